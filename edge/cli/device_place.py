"""`kotivahti device move`, `swap` and `replace`: a device that is elsewhere, or another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load
from edge.cli.common import print_json
from edge.cli.device_enrol import tell_enrolled
from edge.cli.device_key import KeyFile, key_options, read_key
from edge.cli.device_words import room as room_words
from edge.cli.device_words import say
from edge.cli.household_words import listed, usual


@click.command(short_help="A device stands in another room.")
@click.argument("ident", metavar="ID")
@click.argument("room")
@usual
def move(ident: str, room: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Tell that device ID stands in ROOM; its history stays with it.

    Where the room locator was fitted with it, the home has to be walked again.

    \b
    Examples:
      kotivahti device move motion-1 bedroom
    """
    found = call(load(config_path), "device_move", {"device": ident, "room": room})
    if as_json:
        print_json(found)
        return
    before = room_words(lang, found["from"])
    after = room_words(lang, found["room"])
    click.echo(say(lang, "place.moved", device=ident, before=before, after=after))
    _walk(found, lang)


@click.command(short_help="Two devices had each other's place.")
@click.argument("ident", metavar="A")
@click.argument("other", metavar="B")
@usual
def swap(ident: str, other: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Exchange room, person and label of two devices of one role that were mixed up.

    What each has told stays with it: the name, key and counters are of the thing.

    \b
    Examples:
      kotivahti device swap motion-1 motion-2
    """
    found = call(load(config_path), "device_swap", {"device": ident, "other": other})
    if as_json:
        print_json(found)
        return
    for row in found["devices"]:
        where = ", ".join(
            part for part in (room_words(lang, row["room"]), row["person"], row["label"]) if part
        )
        click.echo(say(lang, "place.swapped", device=row["device"], where=where))
    _walk(found, lang)


@click.command(short_help="A successor for a broken device.")
@click.argument("ident", metavar="ID")
@click.option("--address", required=True, help="Radio address, or serial number, of the new one.")
@click.option("--driver", help="Without it: as before.")
@click.option("--plain", is_flag=True, help="The new one has no key although the old one had.")
@key_options
@usual
def replace(
    ident: str,
    address: str,
    driver: str | None,
    plain: bool,
    key_file: KeyFile,
    key_prompt: bool,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Put a new device in the place of ID: room, person and label stay, counters begin anew.

    \b
    Examples:
      kotivahti device replace help-button --address 54:48:E6:8F:80:A6 --key-prompt
    """
    args: dict[str, Any] = {
        "device": ident,
        "address": address,
        "driver": driver,
        "key": read_key(key_file, key_prompt),
        "plain": plain,
    }
    found = call(load(config_path), "device_replace", args)
    tell_enrolled(found, lang, as_json=as_json)
    if not as_json:
        _walk(found, lang)


def _walk(found: dict[str, Any], lang: str) -> None:
    if found["walk_again"]:
        words = say(lang, "place.walk", devices=listed(found["walk_again"]))
        click.echo(f"! {words}", err=True)
