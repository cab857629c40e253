"""`kotivahti checklist`: ask, show and score a safety checklist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import (
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from edge.locale import render

FALLBACK = "en"


@click.group()
def checklist() -> None:
    """Ask, show and score a safety checklist of the home.

    \b
    Examples:
      kotivahti checklist ask fire --by anna --role home_care
      kotivahti checklist ask fire --by anna --role home_care --answer FS-02=ok
      kotivahti checklist ask fire --by anna --answer FS-02=dead:fixed
      kotivahti checklist score fire --lang fi
    """


@checklist.command("ask")
@click.argument("name", default="fire")
@click.option("--by", required=True, help="Who answers.")
@click.option("--role", default="home_care", show_default=True, help="In what role.")
@click.option("--answer", "given", multiple=True, metavar="ITEM=CODE", help="Without questions.")
@click.option("--note", default="", help="A note that is kept with the answers.")
@config_option
@json_option
@lang_option
def ask(
    name: str,
    by: str,
    role: str,
    given: tuple[str, ...],
    note: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Ask the questions of checklist NAME and store the answers.

    Enter leaves an item as it is; 'q' ends and stores what was answered. Not
    knowing is an answer too ('unknown'), and is never counted as safe.
    """
    config = load(config_path)
    answers = _pairs(given)
    if not answers:
        answers = _questions(call(config, "checklist_show", {"checklist": name}), lang)
        if not answers:
            click.echo("nothing answered, nothing stored")
            return
    args = {"checklist": name, "by": by, "role": role, "answers": answers, "note": note}
    _print_score(call(config, "checklist_answer", args), config, name, as_json=as_json, lang=lang)


@checklist.command("show")
@click.argument("name", default="fire")
@config_option
@json_option
@lang_option
def show(name: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Show checklist NAME with the answers in force and who gave them."""
    found = call(load(config_path), "checklist_show", {"checklist": name})
    if as_json:
        print_json(found)
        return
    listed = found["checklist"]
    lang = _spoken(listed, lang)
    click.echo(f"{_say(listed['title'], lang)}, version {listed['version']}")
    for item in listed["items"]:
        answer = found["answers"].get(item["id"])
        click.echo(
            f"{item['id']}  {_say(item['label'], lang)}: {_answer_words(item, answer, lang)}"
        )


@checklist.command("score")
@click.argument("name", default="fire")
@config_option
@json_option
@lang_option
def score(name: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Show the level of checklist NAME with its reasons, the number last."""
    config = load(config_path)
    found = call(config, "checklist_score", {"checklist": name})
    _print_score(found, config, name, as_json=as_json, lang=lang)


def _pair(text: str) -> tuple[str, str]:
    item, equals, code = text.partition("=")
    if not equals or not item or not code:
        refuse("answer_form", EXIT_USAGE, name=text)
    return item.strip().upper(), code.strip()


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    answers: dict[str, str] = {}
    for item, code in map(_pair, given):
        if item in answers:
            refuse("answered_twice", EXIT_USAGE, item=item)
        answers[item] = code
    return answers


def _questions(found: dict[str, Any], lang: str) -> dict[str, str]:
    answers: dict[str, str] = {}
    items = found["checklist"]["items"]
    lang = _spoken(found["checklist"], lang)
    for number, item in enumerate(items, 1):
        click.echo(f"\n{number}/{len(items)}  {item['id']}  {_say(item['ask'], lang)}")
        before = found["answers"].get(item["id"])
        if before is not None:
            now = render(lang, "ask.now", {})
            click.echo(f"      {now}: {_answer_words(item, before, lang)}")
        codes = [a["code"] for a in item["answers"]]
        codes += [f"{a['code']}:fixed" for a in item["answers"] if a["fixable_on_visit"]]
        codes += ["unknown", "declined"]
        for i, code in enumerate(codes, 1):
            click.echo(f"   {i}  {_code_words(item, code, lang)}")
        chosen = _choose(codes, lang)
        if chosen is None:
            break
        if chosen:
            answers[item["id"]] = chosen
    return answers


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


def _print_score(
    found: dict[str, Any], config: Any, name: str, *, as_json: bool, lang: str
) -> None:
    if as_json:
        print_json(found)
        return
    listed = call(config, "checklist_show", {"checklist": name})["checklist"]
    lang = _spoken(listed, lang)
    items = {item["id"]: item for item in listed["items"]}
    click.echo(f"{_say(listed['title'], lang)}: {render(lang, 'level.' + found['level'], {})}")
    for reason in found["reasons"]:
        click.echo(f"  - {_reason_words(items, reason, lang)}")
    unknown = round(found["share_unknown"] * 100)
    click.echo("  " + render(lang, "ask.unknown", {"percent": unknown, "items": found["items"]}))
    if found["abstained"]:
        click.echo("  " + render(lang, "ask.abstained", {"why": found["abstained"]}))
    elif found["index"] is not None and found["level"] == "grey":
        # A home of which little is known has a middling index: it would rank above a known danger.
        click.echo("  " + render(lang, "ask.no_index", {}))
    elif found["index"] is not None:
        shown = {"index": round(found["index"]), "model": found["model"]}
        click.echo("  " + render(lang, "ask.index", shown))


def _reason_words(items: dict[str, Any], reason: dict[str, Any], lang: str) -> str:
    item_id, _, code = reason["code"].partition(":")
    if item_id in items:
        item = items[item_id]
        return f"{item_id} {_say(item['label'], lang)}: {_code_words(item, code, lang)}"
    said = render(lang, f"reason.{reason['code']}", {})
    return f"{said} ({render(lang, 'answer.model', {})})"


def _answer_words(item: dict[str, Any], answer: dict[str, Any] | None, lang: str) -> str:
    if answer is None:
        return "-"
    code = answer["code"] or answer["state"]
    mended = answer["state"] == "fixed_on_visit" and code != "fixed"
    words = _code_words(item, f"{code}:fixed" if mended else code, lang)
    return f"{words} ({answer['by']})"


def _code_words(item: dict[str, Any], code: str, lang: str) -> str:
    code, _, how = code.partition(":")
    words = item["answer_labels"].get(code)
    said = _say(words, lang) if words else render(lang, f"answer.{code}", {})
    return f"{said}; {render(lang, 'answer.fixed', {})}" if how else said


def _spoken(listed: dict[str, Any], lang: str) -> str:
    """The language asked for, or English for the whole page when the list has no words in it."""
    return lang if lang in listed["title"] else FALLBACK


def _say(words: dict[str, str], lang: str) -> str:
    return words.get(lang) or words[FALLBACK]
