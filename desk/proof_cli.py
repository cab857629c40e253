"""`kotivahti desk proofs`: whose daily test alert came through, when, and how fast."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from desk import looks, proofs, reads
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
from desk.person import Person, person_options
from desk.rights import Right
from desk.words import word
from edge.clock import SystemClock

HOUR_S = 3_600


@click.command("proofs", epilog=EPILOG)
@person_options
@config_option
@json_option
@lang_option
def proofs_of(person: Person, config_path: Path, lang: str, *, as_json: bool) -> None:
    """Whose daily test alert came through the whole way; the late ones first. For maintenance.

    Exit code 1 when one is late: of that home nobody knows whether an alert would come.

    \b
    Examples:
      kotivahti desk proofs --lang fi
      kotivahti desk proofs --json | jq '.[] | select(.state == "late")'
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS, Right.INSTALLATIONS)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        rows = proofs.all_of(connection, now_ms)
        of = reads.clients_of(connection, (str(row["gateway"]) for row in rows))
        looks.note(connection, actor.account, "proofs", of, now_ms, each=False)
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            click.echo(plain(_line(row, lang)))
        if not rows:
            click.echo(word("none", lang))
    if any(row["state"] == "late" for row in rows):
        sys.exit(EXIT_REFUSED)


def _line(row: dict[str, Any], lang: str) -> str:
    parts = [row["gateway"], word(f"proof_{row['state']}", lang)]
    if row["age_s"] is not None:
        parts.append(f"{row['age_s'] // HOUR_S} h {row['age_s'] % HOUR_S // 60} min")
    if row["way_ms"] is not None:
        parts.append(f"+{row['way_ms']} ms")
    return "  ".join(parts)
