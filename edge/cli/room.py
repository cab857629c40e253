"""`kotivahti room`: the plan of the home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge import config as settings
from edge.cli.call import call, load, told
from edge.cli.common import EXIT_USAGE, print_json
from edge.cli.household_words import by_option, say, usual
from edge.cli.plan_text import drawn
from edge.settings import parse_toml


@click.group()
def room() -> None:
    """The rooms of the home and how they hang together.

    \b
    Examples:
      kotivahti room add hallway --outer --by installer.one
      kotivahti room add kitchen --next-to hallway --by installer.one
      kotivahti room import plan.toml --by installer.one
      kotivahti room list
    """


@room.command(short_help="Tell a room, or change it.")
@click.argument("ident", metavar="ID")
@click.option("--label", help="Words for people.")
@click.option("--outer/--inner", default=None, help="With or without a door to the outside.")
@click.option("--next-to", metavar="A,B", help="The rooms that one can walk into from here.")
@by_option
@usual
def add(
    ident: str,
    label: str | None,
    outer: bool | None,
    next_to: str | None,
    by: str,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Tell room ID, or change it; what is not said of a known room stays.

    A door leads both ways: the rooms named with --next-to are told of it too.

    \b
    Examples:
      kotivahti room add bathroom --next-to hallway,bedroom --by installer.one
      kotivahti room add hallway --label "Hall" --outer --by installer.one
    """
    args: dict[str, Any] = {"room": ident, "label": label, "outer": outer, "by": by}
    if next_to is not None:
        args["next_to"] = [name.strip() for name in next_to.split(",") if name.strip()]
    _told(call(load(config_path), "room_add", args), lang, as_json=as_json)


@room.command("list", short_help="The plan, drawn.")
@usual
def list_rooms(config_path: Path, as_json: bool, lang: str) -> None:
    """The plan of the home, from the doors to the outside inwards, with its devices.

    \b
    Examples:
      kotivahti room list --lang sv
      kotivahti room list --json | jq -r '.rooms[].room'
    """
    _told(call(load(config_path), "room_list"), lang, as_json=as_json)


@room.command(short_help="Take a room out of the plan.")
@click.argument("ident", metavar="ID")
@by_option
@usual
def remove(ident: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Take room ID out of the plan; its devices have to be moved first.

    \b
    Examples:
      kotivahti room remove sauna --by installer.one
    """
    _told(call(load(config_path), "room_remove", {"room": ident, "by": by}), lang, as_json=as_json)


@room.command("import", short_help="Tell the whole plan from a TOML file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@by_option
@usual
def import_plan(file: Path, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Replace the plan by the [[room]] tables of a TOML file; says every fault of it.

    A table has id, and may have label, outer = true and next_to = ["hallway"].

    \b
    Examples:
      kotivahti room import plan.toml --by installer.one
    """
    config = load(config_path)
    with told():
        data = parse_toml(settings.read(file), str(file))
    faults = [
        {"key": name, "wrong": "is not known", "mend": "a plan has [[room]] tables alone"}
        for name in data
        if name != "room"
    ]
    found: dict[str, Any] = {"faults": faults, "rooms": []}
    if not faults:
        found = call(config, "room_import", {"rooms": data.get("room"), "by": by})
    if found["faults"]:
        if as_json:
            print_json(found)
        for fault in () if as_json else found["faults"]:
            click.echo(f"{file}: {fault['key']}: {fault['wrong']}; {fault['mend']}", err=True)
        raise SystemExit(EXIT_USAGE)
    _told(found, lang, as_json=as_json)


def _told(found: dict[str, Any], lang: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    if "change" in found:
        click.echo(say(lang, f"room.{found['change']}", room=found["room"]))
    if not found["rooms"]:
        click.echo(say(lang, "room.none"))
    for line in drawn(found["rooms"], say(lang, "room.outside"), say(lang, "room.beside")):
        click.echo(line)
    for one in found["elsewhere"]:
        key = "room.unplaced" if one["room"] is None else "room.unknown"
        click.echo(f"! {say(lang, key, device=one['device'], place=one['room'])}", err=True)
