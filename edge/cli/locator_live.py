"""`kotivahti locator walk`, `fit`, `check` and `forget`: done with the tag in the hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import (
    EXIT_STATE,
    config_option,
    json_option,
    lang_option,
    print_json,
)
from edge.cli.device_stream import Listening, print_row
from edge.cli.device_words import clear, progress
from edge.cli.locator_show import fit_lines
from edge.cli.locator_words import place, receiver, room, say, share

tag_option = click.option("--tag", metavar="ID", help="The worn device that is carried.")
by_option = click.option("--by", default="installer", show_default=True, help="Who does it.")


@click.command(short_help="Walk one room with the tag on.")
@click.argument("name", metavar="ROOM")
@tag_option
@click.option("--seconds", type=click.FloatRange(10, 900), default=60.0, show_default=True)
@click.option("--session", default="walk", show_default=True, help="Name of this round of rooms.")
@by_option
@config_option
@json_option
@lang_option
def walk(
    name: str,
    tag: str | None,
    seconds: float,
    session: str,
    by: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Walk ROOM with the tag worn as it will be worn.

    Go where one sits, lies and stands in it: turn round once, then stay as one does, 20 s each.

    Says how many packets each receiver heard, and when it is enough. Ctrl-C ends it; what was
    walked is kept, and a room that is walked again adds to what was walked before. Exits 1 when
    nothing was kept.

    \b
    Examples:
      kotivahti locator walk kitchen
      kotivahti locator walk bedroom --seconds 120 --tag tag-1 --lang fi
    """
    config = load(config_path)
    told_to_go = as_json

    def tell(row: dict[str, Any]) -> None:
        nonlocal told_to_go
        if not told_to_go:  # not before the gateway knows the room
            told_to_go = True
            do = say(lang, "walk.do", room=room(lang, name), seconds=round(seconds))
            click.echo(do, err=True)
        if as_json:
            print_row(row)
        elif not row["done"]:
            key = "walk.enough" if row["enough"] else "walk.progress"
            progress(say(lang, key, left=round(row["left_s"]), packets=_packets(row, lang)))

    args = {"room": name, "tag": tag, "seconds": seconds, "session": session, "by": by}
    listening = Listening(config, "locator_walk", args, lang).each(tell)
    last = listening.last
    kept = bool(last.get("kept")) if last.get("done") else last.get("windows", 0) > 0
    if not as_json:
        _walked(last, lang, name, kept=kept)
    if not kept:
        raise SystemExit(EXIT_STATE)


def _walked(last: dict[str, Any], lang: str, name: str, *, kept: bool) -> None:
    clear()
    if not kept:
        click.echo(say(lang, "walk.nothing"), err=True)
        return
    windows = last.get("windows", 0)
    said = {"room": room(lang, name), "windows": windows, "packets": _packets(last, lang)}
    click.echo(say(lang, "walk.kept", **said))
    if not last.get("enough"):
        click.echo(say(lang, "walk.short"))
    down = [one for one in last.get("packets", {}) if one not in last.get("up", [])]
    if down:
        click.echo(say(lang, "walk.down", names=", ".join(receiver(lang, one) for one in down)))
    if last.get("left_out"):
        left = ", ".join(room(lang, one) for one in last["left_out"])
        click.echo(say(lang, "walk.left", rooms=left))
    elif last.get("done"):
        click.echo(say(lang, "walk.all"))


def _packets(row: dict[str, Any], lang: str) -> str:
    counts = row.get("packets", {})
    return ", ".join(f"{receiver(lang, one)} {n}" for one, n in counts.items()) or "-"


@click.command(short_help="Learn the home from what was walked.")
@click.option("--by", required=True, help="Who does it: your own account.")
@config_option
@json_option
@lang_option
def fit(by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Learn the home from what was walked; the fit is in force at once, the one before is kept.

    \b
    Examples:
      kotivahti locator fit --by kalle
      kotivahti locator fit --by kalle --json | jq .fit.expected.share_right
    """

    def tell(row: dict[str, Any]) -> None:
        if not row["done"]:
            progress(say(lang, "fit.progress", seconds=round(row["took_s"])))

    found = Listening(load(config_path), "locator_fit", {"by": by}, lang).each(tell).last
    if not found.get("done"):
        click.echo(say(lang, "fit.stopped"), err=True)
        raise SystemExit(EXIT_STATE)
    if as_json:
        print_json({key: value for key, value in found.items() if key != "done"})
        return
    click.echo(say(lang, "fit.done", seconds=round(found["took_s"])))
    for line in fit_lines(found["fit"], lang):
        click.echo(line)
    if found["not_walked"]:
        left = ", ".join(room(lang, one) for one in found["not_walked"])
        click.echo(say(lang, "walk.left", rooms=left))


@click.command(short_help="Where it takes the carried tag to be.")
@tag_option
@click.option("--seconds", type=click.FloatRange(5, 900), default=60.0, show_default=True)
@click.option("--expect", metavar="ROOM", help="Exit 0 as soon as it says ROOM, 1 if it does not.")
@config_option
@json_option
@lang_option
def check(
    tag: str | None,
    seconds: float,
    expect: str | None,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Where it takes the carried tag to be, every few seconds: go to a room and look.

    With each place: how sure it is, how often it is right in that room by the walk, and what
    each room's probability would be by the last ten seconds alone.

    \b
    Examples:
      kotivahti locator check
      kotivahti locator check --expect kitchen --seconds 30 && echo found
    """
    found = False

    def tell(row: dict[str, Any]) -> None:
        nonlocal found
        if as_json:
            print_row(row)
        else:
            click.echo(_checked(row, lang))
        if expect is not None and row["place"] == expect:
            found = True
            raise KeyboardInterrupt  # the installer stands where it says: nothing more to ask

    args = {"tag": tag, "seconds": seconds}
    Listening(load(config_path), "locator_check", args, lang).each(tell)
    if expect is None:
        return
    if not as_json:
        key = "check.found" if found else "check.missed"
        click.echo(say(lang, key, room=room(lang, expect)), err=not found)
    if not found:
        raise SystemExit(EXIT_STATE)


def _checked(row: dict[str, Any], lang: str) -> str:
    said = [f"{place(lang, row['place']):<14}", share(row["confidence"])]
    if row["expected"] is not None:
        said.append(say(lang, "check.expected", share=share(row["expected"])))
    best = list(row["by_level"].items())[:3]
    if best:
        said.append("| " + ", ".join(f"{room(lang, one)} {share(p)}" for one, p in best))
    return "  ".join(said)


@click.command(short_help="Take away what was walked.")
@click.argument("name", metavar="[ROOM]", required=False)
@config_option
@json_option
@lang_option
def forget(name: str | None, config_path: Path, as_json: bool, lang: str) -> None:
    """Take away what was walked in ROOM, or in every room; the fit in force stays.

    \b
    Examples:
      kotivahti locator forget kitchen
      kotivahti locator forget --json
    """
    found = call(load(config_path), "locator_forget", {"room": name})
    if as_json:
        print_json(found)
    else:
        click.echo(say(lang, "forget.done", walks=found["walks"]))
