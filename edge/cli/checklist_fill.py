"""The short list on one screen: a key for each question, and the time that it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

from edge.cli.checklist_words import Row, code_words, say, spoken
from edge.locale import render

# A list that fits no screen is asked question by question instead.
ITEMS_MAX = 12

# Not knowing and not wanting to answer are answers too; neither ever counts as safe.
SHRUG_KEYS = {"u": "unknown", "d": "declined"}
BACK_KEY, END_KEY = "b", "q"

Key = Callable[[], str]


class Filled:
    """What was chosen, and in how many seconds."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.seconds = 0


def fill_in(found: Row, lang: str, *, clock: Callable[[], float] = time.monotonic) -> Filled:
    """Ask every item that counts now; Enter leaves one, `b` goes back, `q` ends."""
    listed = found["checklist"]
    lang = spoken(listed, lang)
    items = [item for item in listed["items"] if found["items"][item["id"]]["in_season"]]
    click.echo(f"{say(listed['title'], lang)}   {render(lang, 'ask.keys', {})}")
    filled, at, began = Filled(), 0, clock()
    while at < len(items):
        codes = _codes(items[at])
        click.echo(_question(items[at], at + 1, codes, lang))
        chosen = _chosen(codes, lang)
        if chosen == END_KEY:
            break
        if chosen == BACK_KEY:
            at = max(at - 1, 0)
            continue
        if chosen:
            filled.answers[items[at]["id"]] = chosen
        at += 1
    filled.seconds = round(clock() - began)
    return filled


def _codes(item: Row) -> list[str]:
    codes = []
    for answer in item["answers"]:
        codes.append(answer["code"])
        if answer["fixable_on_visit"]:
            codes.append(f"{answer['code']}:fixed")
    return codes


def _question(item: Row, number: int, codes: list[str], lang: str) -> str:
    mended = f"\N{HORIZONTAL ELLIPSIS} {render(lang, 'answer.fixed', {})}"  # what stands before it
    words = (mended if ":" in code else code_words(item, code, lang) for code in codes)
    chosen = "  ".join(f"[{n}] {said}" for n, said in enumerate(words, 1))
    return f"{number:2}  {say(item['ask'], lang)}\n    {chosen}"


def _chosen(codes: list[str], lang: str) -> str:
    """An answer's code, a shrug, "" to leave it, or one of the keys to move by."""
    while True:
        key = _key()
        if key.isdigit() and 1 <= int(key) <= len(codes):
            return codes[int(key) - 1]
        if key in SHRUG_KEYS:
            return SHRUG_KEYS[key]
        if key in ("", BACK_KEY, END_KEY):
            return key
        click.echo("    " + render(lang, "ask.keys", {}))


def _key() -> str:
    """One key of a keyboard, or one line where there is none; the end of input ends the list."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip().lower() if line else END_KEY
    try:
        key = click.getchar()
    except (KeyboardInterrupt, EOFError):
        return END_KEY
    click.echo(f"    > {key.strip()}")
    return key.strip().lower()
