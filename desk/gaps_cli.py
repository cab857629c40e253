"""`kotivahti desk gaps`: day by day, whether everything that a home sent is here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from desk import digests, looks, reads
from desk.common import (
    EPILOG,
    EXIT_REFUSED,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
)
from desk.lines import plain
from desk.person import Person, person_options, utf8_or_none
from desk.rights import Right
from desk.words import word
from edge.clock import SystemClock

DAY_MS = 86_400_000
# Stretches of numbers on one line; the rest is counted, and stands in the JSON.
SHOWN_MAX = 12


@click.command("gaps", epilog=EPILOG)
@click.argument("gateway", required=False, callback=utf8_or_none)
@click.option(
    "--days",
    type=click.IntRange(1, 400),
    default=31,
    show_default=True,
    help="How far back.",
)
@person_options
@config_option
@json_option
@lang_option
def gaps_of(
    gateway: str | None, days: int, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Day by day: whether every message that a home numbered is here, and which is not.

    Each home tells a digest of what it sent once a day; it is made of what is here too, and
    compared. What the home itself dropped, parked or took back is named, and is no gap. With
    GATEWAY, also what was proved before is held against what is here now. Days are of UTC.

    Exit code 1 when a message is missing, or another one stands in its place.

    \b
    Examples:
      kotivahti desk gaps
      kotivahti desk gaps gw-0001 --days 7 --lang fi
      kotivahti desk gaps --json | jq '.[] | select(.state == "missing")'
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS, Right.INSTALLATIONS)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        rows = digests.listed(connection, gateway, now_ms - days * DAY_MS)
        of = reads.clients_of(connection, (str(row["gateway"]) for row in rows))
        looks.note(connection, actor.account, "gaps", of, now_ms, each=gateway is not None)
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            click.echo("\n".join(plain(line) for line in _lines(row, lang)))
        if not rows:
            click.echo(word("none", lang))
    if any(is_gap(row) for row in rows):
        sys.exit(EXIT_REFUSED)


def is_gap(row: dict[str, Any]) -> bool:
    """Whether something that was sent is not here; the stretch that is still open may fill up."""
    return row["state"] in ("missing", "different") or (
        row["state"] == "unproved" and bool(row["missing"])
    )


def _lines(row: dict[str, Any], lang: str) -> list[str]:
    head = (
        *(row["gateway"], row["day"] or "-", _stretch(row["first"], row["last"])),
        *(str(row["count"]), word(f"digest_{row['state']}", lang)),
    )
    lines = ["  ".join(head)]
    lines += [
        f"  ! {word(f'digest_{key}', lang)}: {_stretches(row[key])}"
        for key in ("missing", "different")
        if row[key]
    ]
    lines += [
        f"    {word(f'left_{why}', lang)}: {_stretches(found)}"
        for why, found in row["left_out"].items()
    ]
    return lines


def _stretches(found: Sequence[Sequence[int]]) -> str:
    shown = ", ".join(_stretch(*one) for one in found[:SHOWN_MAX])
    more = len(found) - SHOWN_MAX
    return shown + (f", +{more}" if more > 0 else "")


def _stretch(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}\N{EN DASH}{last}"
