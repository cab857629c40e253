"""A list asked question by question: what counts now, with what is known beside it."""

from __future__ import annotations

from typing import Any

import click

from edge.cli.checklist_words import answer_words, code_words, say, spoken, wondered
from edge.locale import render


def ask_in_turn(
    found: dict[str, Any], lang: str, *, opened: bool, everything: bool
) -> dict[str, str]:
    """The chosen codes by item; 'q' and the end of input keep what was answered until then."""
    answers: dict[str, str] = {}
    lang = spoken(found["checklist"], lang)
    items = _to_ask(found, opened=opened, everything=everything)
    heard = {one["item"]: one for one in found["suggested"]}
    wondering = {one["item"]: one for one in found["questions"]}
    for number, item in enumerate(items, 1):
        click.echo(f"\n{number}/{len(items)}  {item['id']}  {say(item['ask'], lang)}")
        before = found["answers"].get(item["id"])
        if before is not None:
            now = render(lang, "ask.now", {})
            click.echo(f"      {now}: {answer_words(item, before, lang)}")
        elif item["id"] in heard:
            words = code_words(item, heard[item["id"]]["code"], lang)
            click.echo(f"      {render(lang, 'answer.device', {})}: {words}")
        if item["id"] in wondering:
            click.echo(f"      ? {wondered(wondering[item['id']], lang)}")
        codes = [a["code"] for a in item["answers"]]
        codes += [f"{a['code']}:fixed" for a in item["answers"] if a["fixable_on_visit"]]
        codes += ["unknown", "declined"]
        for i, code in enumerate(codes, 1):
            click.echo(f"   {i}  {code_words(item, code, lang)}")
        chosen = _choose(codes, lang)
        if chosen is None:
            break
        if chosen:
            answers[item["id"]] = chosen
    return answers


def _to_ask(found: dict[str, Any], *, opened: bool, everything: bool) -> list[dict[str, Any]]:
    """The items that count now, without those that another list asked on this visit."""
    chosen = []
    for item in found["checklist"]["items"]:
        about, asked = found["items"][item["id"]], item["id"] in found["opened_by"]
        if not about["in_season"] or (opened and not asked):
            continue
        if everything or asked or not about["answered_in"]:
            chosen.append(item)
    return chosen


def _choose(codes: list[str], lang: str) -> str | None:
    """The chosen code, "" to leave the item as it is, None to stop asking.

    Ctrl-C and the end of input stop as 'q' does: what was answered is stored.
    """
    label = "   " + render(lang, "ask.answer", {})
    while True:
        try:
            text = click.prompt(label, default="", show_default=False).strip().lower()
        except click.Abort:
            return None
        if text == "q":
            return None
        if not text or text in codes:
            return str(text)
        if text.isdigit() and 1 <= int(text) <= len(codes):
            return codes[int(text) - 1]
        click.echo("   " + render(lang, "ask.how", {"last": len(codes)}))
