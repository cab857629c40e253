"""The short list on one screen: a key for each question, and the time that it took.

At a terminal all questions stand there with what was answered, and the one that is asked below
them. Without one, and where output is kept, they come one after another.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence

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
    title, whole = say(listed["title"], lang), _is_terminal()
    if not whole:
        click.echo(f"{title}   {render(lang, 'ask.keys', {})}")
    filled, at, began = Filled(), 0, clock()
    while at < len(items):
        codes = _codes(items[at])
        if whole:
            click.clear()
            click.echo(screen(title, items, at, filled.answers, lang))
        else:
            click.echo(_question(items[at], at + 1, codes, lang))
        chosen = _chosen(codes, lang, whole=whole)
        if chosen == END_KEY:
            break
        if chosen == BACK_KEY:
            at = max(at - 1, 0)
            continue
        if chosen:
            filled.answers[items[at]["id"]] = chosen
        at += 1
    filled.seconds = round(clock() - began)
    if whole:
        click.clear()
    return filled


def screen(title: str, items: Sequence[Row], at: int, answers: Mapping[str, str], lang: str) -> str:
    """All questions with their answers, the one at `at` in full, and the keys; as wide as it is."""
    width = shutil.get_terminal_size().columns
    wide = max(len(say(item["label"], lang)) for item in items)
    lines = [title]
    for number, item in enumerate(items):
        code = answers.get(item["id"])
        said = code_words(item, code, lang) if code else ""
        mark = ">" if number == at else " "
        row = f"{mark}{number + 1:2}  {say(item['label'], lang):<{wide}}  {said}".rstrip()
        lines.append(row if len(row) <= width else row[: width - 1] + "\N{HORIZONTAL ELLIPSIS}")
    asked = items[at]
    lines += ["", *textwrap.wrap(say(asked["ask"], lang), width)]
    for number, words in enumerate(_words(asked, _codes(asked), lang), 1):
        lines += textwrap.wrap(f"[{number}] {words}", width - 2, initial_indent="  ",
                               subsequent_indent="      ")  # fmt: skip
    return "\n".join([*lines, *textwrap.wrap(render(lang, "ask.keys", {}), width)])


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _codes(item: Row) -> list[str]:
    codes = []
    for answer in item["answers"]:
        codes.append(answer["code"])
        if answer["fixable_on_visit"]:
            codes.append(f"{answer['code']}:fixed")
    return codes


def _question(item: Row, number: int, codes: list[str], lang: str) -> str:
    chosen = "  ".join(f"[{n}] {said}" for n, said in enumerate(_words(item, codes, lang), 1))
    return f"{number:2}  {say(item['ask'], lang)}\n    {chosen}"


def _words(item: Row, codes: list[str], lang: str) -> list[str]:
    mended = f"\N{HORIZONTAL ELLIPSIS} {render(lang, 'answer.fixed', {})}"  # what stands before it
    return [mended if ":" in code else code_words(item, code, lang) for code in codes]


def _chosen(codes: list[str], lang: str, *, whole: bool) -> str:
    """An answer's code, a shrug, "" to leave it, or one of the keys to move by."""
    while True:
        key = _key(echo=not whole)
        if key.isdigit() and 1 <= int(key) <= len(codes):
            return codes[int(key) - 1]
        if key in SHRUG_KEYS:
            return SHRUG_KEYS[key]
        if key in ("", BACK_KEY, END_KEY):
            return key
        if not whole:  # there the keys stand on the screen
            click.echo("    " + render(lang, "ask.keys", {}))


def _key(*, echo: bool) -> str:
    """One key of a keyboard, or one line where there is none; the end of input ends the list."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip().lower() if line else END_KEY
    try:
        key = click.getchar()
    except (KeyboardInterrupt, EOFError):
        return END_KEY
    if echo:
        click.echo(f"    > {key.strip()}")
    return key.strip().lower()
