"""`kotivahti erase`: the home's data leaves this gateway for good, with a confirmation."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from edge.cli.call import load, told
from edge.cli.common import EXIT_STATE, EXIT_USAGE, fail, print_json
from edge.cli.household_words import confirmed, minute, say, usual
from edge.errors import StoreBusyError


@click.command(short_help="Erase the home's data from this gateway.")
@click.option("--home", is_flag=True, help="All data of the home: there is no way back.")
@click.option("--even-unsent", is_flag=True, help="Also when alerts wait to be sent.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@usual
def erase(
    home: bool, even_unsent: bool, yes: bool, config_path: Path, as_json: bool, lang: str
) -> None:
    """Erase the home's data from this gateway, for good, and print what was erased.

    The gateway has to be stopped. Every row is deleted, the file and its log are
    overwritten and removed, and an empty database under a new name takes its place.
    Keep the printout: it says how many rows of each table went, and what remains where.

    \b
    Examples:
      kotivahti erase --home
      kotivahti erase --home --yes --json > erased.json
    """
    # Only here: the store and its clock, for this command alone.
    from edge.app.erasing import erase_home  # noqa: PLC0415
    from edge.clock import SystemClock  # noqa: PLC0415
    from edge.log import configure  # noqa: PLC0415

    if not home:
        fail("say what to erase: --home", EXIT_USAGE)
    configure(level=logging.WARNING)
    config = load(config_path)
    confirmed(lang, say(lang, "erase.ask", site=config.gateway.site), yes=yes)
    clock = SystemClock(config.gateway.zone, trusted=config.gateway.trusted_clock)
    with told():
        try:
            found = erase_home(config, config_path, clock.now(), even_unsent=even_unsent)
        except StoreBusyError as error:
            fail(f"{error}\nstop the gateway first: sudo systemctl stop kotivahti", EXIT_STATE)
    if as_json:
        print_json(found)
        return
    for line in _confirmation(found, lang):
        click.echo(line)


def _confirmation(found: dict[str, Any], lang: str) -> list[str]:
    lines = [say(lang, "erase.done", site=found["site"], at=minute(found["at"]))]
    lines.append(say(lang, "erase.stores", **found["store"]))
    lines.append(f"{say(lang, 'erase.rows')}: {sum(found['rows'].values())}")
    lines += [f"  {table}: {count}" for table, count in sorted(found["rows"].items())]
    lines.append(f"{say(lang, 'erase.files')}: {', '.join(found['files'])}")
    unsent = found["unsent"]
    if any(unsent.values()):
        lines.append(say(lang, "erase.owed", alerts=unsent["alerts"], telemetry=unsent["others"]))
    lines.append(f"{say(lang, 'erase.remains')}:")
    lines += [
        f"  - {say(lang, 'erase.remain.' + one['what'], place=one['place'])}"
        for one in found["remains"]
    ]
    return lines
