"""`kotivahti erase`: the home's data leaves this gateway for good, with a confirmation."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.common import EXIT_STATE, EXIT_USAGE, asked_lang, print_json, refuse
from edge.cli.erase_paper import expect_place, put
from edge.cli.household_words import confirmed, minute, say, usual
from edge.config import Config
from edge.errors import StoreBusyError
from edge.locale.refusing import said


@click.command(short_help="Erase the home's data, here and at the service.")
@click.option("--home", is_flag=True, help="All data of the home: there is no way back.")
@click.option("--readings", is_flag=True, help="All readings alone; needs --by.")
@click.option("--request", is_flag=True, help="Ask the service to erase what it may; needs --by.")
@click.option("--by", metavar="NAME", help="Who says so: your own account.")
@click.option("--no-request", is_flag=True, help="With --home: do not ask the service.")
@click.option("--journal", is_flag=True, help="With --home: begin this machine's journal anew.")
@click.option("--even-unsent", is_flag=True, help="Also when alerts wait to be sent.")
@click.option(
    "--confirmation",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the confirmation there too: FILE.txt, or FILE.pdf for paper.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@usual
def erase(
    home: bool,
    readings: bool,
    request: bool,
    by: str | None,
    no_request: bool,
    journal: bool,
    even_unsent: bool,
    confirmation: Path | None,
    yes: bool,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Erase the home's data from this gateway, for good, and print what was erased.

    With --readings the home is watched on: alerts, answers and decisions stay, and the
    gateway may run. With --home the gateway has to be stopped. Every row is deleted, the
    file and its log are overwritten and removed, and an empty database under a new name
    takes its place.
    The service is asked to erase what it may: at once with --request while the gateway
    runs, or by the new database, as soon as it has a line. Keep the printout: it says how
    many rows of each table went, what remains where, and what stays with the service, and why.

    \b
    Examples:
      kotivahti erase --readings --by relative.one
      kotivahti erase --request --by relative.one
      kotivahti erase --home --confirmation erased.pdf --lang fi
      kotivahti erase --home --yes --json > erased.json
    """
    if [home, readings, request].count(True) != 1:
        refuse("erase_what", EXIT_USAGE)
    if not home:
        if by is None:
            refuse("missing_by", EXIT_USAGE, key="--by")
        if readings:
            confirmed(lang, say(lang, "erase.ask_readings"), yes=yes)
        _told(config_path, "erase_readings" if readings else "erase_request", by, lang, as_json)
        return
    if confirmation is not None:
        expect_place(confirmation)
    config = load(config_path)
    confirmed(lang, say(lang, "erase.ask", site=config.gateway.site), yes=yes)
    found = _erased(
        config, config_path, even_unsent=even_unsent, ask_service=not no_request, journal=journal
    )
    lines = _confirmation(found, lang)
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(lines))
    if confirmation is not None:  # last: whatever becomes of the paper, the words were said
        with told():
            put(confirmation, lines, lang)


def _told(config_path: Path, do: str, by: str, lang: str, as_json: bool) -> None:
    """Said to the home, running or not: the service is asked, or the readings go."""
    found = call(load(config_path), do, {"by": by})
    if as_json:
        print_json(found)
    elif do == "erase_readings":
        click.echo(say(lang, "erase.readings_gone", rows=found["rows"]))
    else:
        click.echo(say(lang, "erase.asked_before" if found["known"] else "erase.asked"))


def _erased(config: Config, config_path: Path, **how: bool) -> dict[str, Any]:
    # Only here: the store and its clock, for this command alone.
    from edge.app.erasing import erase_home  # noqa: PLC0415
    from edge.clock import RandomIds, SystemClock  # noqa: PLC0415
    from edge.log import configure  # noqa: PLC0415

    configure(level=logging.WARNING)
    clock = SystemClock(config.gateway.zone, trusted=config.gateway.trusted_clock)
    with told():
        try:
            return erase_home(config, config_path, clock.now(), ids=RandomIds(), **how)
        except StoreBusyError as error:
            refuse("stop_first", EXIT_STATE, why=said(error, asked_lang()))


def _confirmation(found: dict[str, Any], lang: str) -> list[str]:
    lines = [say(lang, "erase.done", site=found["site"], at=minute(found["at"]))]
    lines.append(say(lang, "erase.stores", **found["store"]))
    lines.append(f"{say(lang, 'erase.rows')}: {sum(found['rows'].values())}")
    lines += [f"  {table}: {count}" for table, count in sorted(found["rows"].items())]
    lines.append(f"{say(lang, 'erase.files')}: {', '.join(found['files'])}")
    unsent = found["unsent"]
    if any(unsent.values()):
        lines.append(say(lang, "erase.owed", alerts=unsent["alerts"], telemetry=unsent["others"]))
    lines.append(say(lang, f"erase.request.{found['request']}"))
    lines.append(f"{say(lang, 'erase.remains')}:")
    lines += [
        f"  - {say(lang, 'erase.remain.' + one['what'], place=one['place'])}"
        for one in found["remains"]
        if one["what"] != "journal" or not found["journal"]
    ]
    if found["journal"]:
        lines.append(f"  - {say(lang, 'erase.journal_anew')}")
    lines.append(f"{say(lang, 'erase.stays')}:")
    lines += [f"  - {say(lang, 'erase.stay.' + one)}" for one in found["stays"]]
    return lines
