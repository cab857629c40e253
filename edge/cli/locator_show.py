"""`kotivahti locator show`: the fit, what it is worth, and what would make it better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import config_option, json_option, lang_option, print_json
from edge.cli.device_words import table
from edge.cli.locator_words import place, receiver, room, say, share

# Blocks of a picture of one room's windows.
BAR_WIDE = 20
DAY_CHARS = len("2026-03-02 12:00")


@click.command(short_help="The fit: date, rooms, accuracy, mends.")
@config_option
@json_option
@lang_option
def show(config_path: Path, as_json: bool, lang: str) -> None:
    """Whether the locator is on, its fit, how often it is right in each room, and the mends.

    It also says where each worn tag is now, while a decision in force lets that be known.

    \b
    Examples:
      kotivahti locator show --lang fi
      kotivahti locator show --json | jq '.fit.mends'
    """
    found = call(load(config_path), "locator_show")
    if as_json:
        print_json(found)
        return
    for line in _shown(found, lang):
        click.echo(line)


def _shown(found: dict[str, Any], lang: str) -> list[str]:
    lines = [_state(found, lang)]
    if found["trouble"]:
        lines.append(f"! {found['trouble']}")
    lines.append(f"{say(lang, 'show.receivers')}:")
    lines += [f"  {_receiver(row, lang)}" for row in found["receivers"]]
    if found["fit"] is not None:
        lines += fit_lines(found["fit"], lang)
    elif found["on"]:
        lines.append(say(lang, "show.no_fit"))
    if found["walked"]:
        lines.append(f"{say(lang, 'show.walked')}:")
    lines += [
        f"  {room(lang, one['room'])}: "
        + say(lang, "show.walk", windows=one["windows"], by=one["by"], at=_day(one["at"]))
        for one in found["walked"]
    ]
    if found["not_walked"]:
        left = ", ".join(room(lang, one) for one in found["not_walked"])
        lines.append(say(lang, "walk.left", rooms=left))
    for one in found["now"]:
        said = f"{place(lang, one['place'])} {share(one['confidence'])}"
        lines.append(f"{one['person']} ({one['device']}): {said}, {one['since_s']} s")
    return lines


def _state(found: dict[str, Any], lang: str) -> str:
    if not found["on"]:
        return say(lang, "show.off")
    key = "show.on" if found["rooms_told"] else "show.on_without_rooms"
    return say(lang, key, review_by=found["review_by"])


def _receiver(row: dict[str, Any], lang: str) -> str:
    where = f", {room(lang, row['room'])}" if row["room"] else ""
    up = "" if row["up"] is None else f", {say(lang, 'show.up' if row['up'] else 'show.down')}"
    return f"{receiver(lang, row['id'])}{where}{up}"


def fit_lines(fit: dict[str, Any], lang: str) -> list[str]:
    """A fit on paper: a line for each room with what is said of it, then lapses and mends."""
    expected = fit["expected"]
    head = say(lang, "show.fit", at=_day(fit["at"]), by=fit["by"], windows=fit["windows"])
    lines = [head]
    if expected["share_right"] is not None:
        by = say(lang, f"show.by_{expected['by']}")
        lines.append(say(lang, "show.expected", share=share(expected["share_right"]), by=by))
    rows = [
        [f"  {room(lang, name)}", share(score["share_right"]), _bar(score), _mixed(score, lang)]
        for name, score in expected["rooms"].items()
    ]
    if rows:
        names = ("room", "right", "picture", "taken_for")
        columns = [say(lang, f"column.{name}") for name in names]
        lines += table([f"  {columns[0]}", *columns[1:]], rows)
    for one in fit["deaf"]:
        lines.append(f"! {say(lang, 'show.deaf', receiver=receiver(lang, one))}")
    for one in fit["lapsed"]:
        what = receiver(lang, one["what"]) if "receiver" in one["why"] else one["what"]
        lines.append(f"! {say(lang, 'lapsed.' + one['why'], what=what)}")
    if fit["lapsed"]:
        lines.append(f"! {say(lang, 'lapsed.mend', at=_day(fit['at']))}")
    for one in fit["mends"]:
        other = "-" if one["with"] is None else room(lang, one["with"])
        said = say(lang, f"mend.{one['do']}", room=room(lang, one["room"]), other=other)
        lines.append(f"> {said}")
    return lines


def _bar(score: dict[str, Any]) -> str:
    """Its windows as a bar: right, unknown, another room."""
    windows = max(1, score["windows"])
    right: int = round(BAR_WIDE * score["share_right"])
    unknown: int = min(BAR_WIDE - right, round(BAR_WIDE * score["unknown"] / windows))
    return "#" * right + "?" * unknown + "." * (BAR_WIDE - right - unknown)


def _mixed(score: dict[str, Any], lang: str) -> str:
    worst = sorted(score["taken_for"].items(), key=lambda pair: -pair[1])
    return ", ".join(f"{room(lang, one)} {n}" for one, n in worst) or "-"


def _day(at: str) -> str:
    return at[:DAY_CHARS].replace("T", " ")
