"""`kotivahti device confirm`: a person has looked, and the device is what it was enrolled as."""

from __future__ import annotations

from pathlib import Path

import click

from edge.cli.call import call, load
from edge.cli.common import config_option, json_option, lang_option, print_json
from edge.cli.device_words import say


@click.command(short_help="A person has looked: it is right as enrolled.")
@click.argument("ident", metavar="ID")
@click.option("--by", required=True, metavar="NAME", help="Who has looked.")
@config_option
@json_option
@lang_option
def confirm(ident: str, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Device ID is what, where and whose it was enrolled as: its doubts are over.

    What it is known by (how it is heard, what it says of itself, where its wearer goes) is learnt
    anew from now on. Where it has moved for good, enrol it with its new room instead.

    \b
    Examples:
      kotivahti device confirm door-1 --by "M. Virtanen"
      kotivahti device list --json | jq -r '.[] | select(.identity != []) | .id'
    """
    found = call(load(config_path), "device_confirm", {"device": ident, "by": by})
    if as_json:
        print_json(found)
        return
    key = "confirm.done" if found["over"] else "confirm.nothing"
    click.echo(say(lang, key, device=ident, by=by))
