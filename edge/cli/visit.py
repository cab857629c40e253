"""`kotivahti visit`: who comes when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from edge import config as settings
from edge.cli.call import call, load, told
from edge.cli.common import EXIT_USAGE, print_json, refuse
from edge.cli.device_words import table
from edge.cli.household_words import minute, moment_ms, say, usual, word
from edge.cli.visit_work import work
from edge.domain import VisitKind
from edge.settings import FILE_MAX_BYTES


@click.group()
def visit() -> None:
    """Planned and done visits: they explain doors and presence, and small things wait for them.

    \b
    Examples:
      kotivahti visit add --role home_care --from 2026-11-24T09:00 --until 2026-11-24T09:30
      kotivahti visit import week-48.csv
      kotivahti visit list
      kotivahti visit work --lang fi
    """


@visit.command(short_help="Tell one visit.")
@click.option("--role", required=True, help="Who comes, such as home_care.")
@click.option("--from", "begins", metavar="WHEN", required=True, help="When it begins.")
@click.option("--until", metavar="WHEN", required=True, help="When it ends.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in VisitKind]),
    default=VisitKind.PHYSICAL.value,
    show_default=True,
)
@click.option("--ref", help="The planner's own name of it: told again, it is the same visit.")
@usual
def add(
    role: str,
    begins: str,
    until: str,
    kind: str,
    ref: str | None,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Tell one visit. WHEN is a moment, in the home's time unless it names a zone.

    \b
    Examples:
      kotivahti visit add --role home_care --from 2026-11-24T09:00 --until 2026-11-24T09:30
      kotivahti visit add --role nurse --kind remote --ref v-17 \\
          --from 2026-11-24T12:00 --until 2026-11-24T12:15
    """
    config = load(config_path)
    row = {
        "role": role,
        "kind": kind,
        "ref": ref,
        "from_ms": moment_ms("--from", begins, config.gateway.zone),
        "until_ms": moment_ms("--until", until, config.gateway.zone),
    }
    found = call(config, "visit_add", {"visits": [row]})
    _told(found | {"faults": []}, lang, as_json=as_json)


@visit.command("import", short_help="Tell the visits of a CSV file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--partial", is_flag=True, help="Take the good lines although others are broken.")
@usual
def import_visits(file: Path, partial: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """Tell the visits of a CSV file with the columns ref,from,until,kind,role.

    Times are ISO 8601 with their zone; kind is physical, remote or appliance. A visit
    whose ref is known replaces the one of before. Every broken line is told with its
    column, and then nothing is taken unless --partial is said.

    \b
    Examples:
      kotivahti visit import week-48.csv
      kotivahti visit import week-48.csv --partial --json
    """
    from edge.app.household.visit_rows import rows_of  # noqa: PLC0415 - for this command alone

    config = load(config_path)
    with told():
        text = settings.read(file)
    if len(text.encode()) > FILE_MAX_BYTES:
        refuse("file_too_large", EXIT_USAGE, file=str(file), most=FILE_MAX_BYTES)
    rows, found_faults = rows_of(text)
    faults = [msgspec.to_builtins(fault) for fault in found_faults]
    found: dict[str, Any] = {"visits": []}
    taken = rows and (partial or not faults)
    if taken:
        found = call(config, "visit_add", {"visits": rows})
    if not as_json:
        for fault in faults:
            where = f"{file}:{fault['line']}: {fault['column']}".rstrip(": ")
            click.echo(f"{where}: {fault['wrong']}; {fault['mend']}", err=True)
    if not faults and not rows:
        refuse("no_visit", EXIT_USAGE, file=str(file))
    if taken or as_json:
        _told(found | {"faults": faults}, lang, as_json=as_json)
    if not taken:
        raise SystemExit(EXIT_USAGE)


@visit.command("list", short_help="The visits ahead.")
@usual
def list_visits(config_path: Path, as_json: bool, lang: str) -> None:
    """The visits that are not over, the soonest first.

    \b
    Examples:
      kotivahti visit list
      kotivahti visit list --json | jq -r '.[0].from'
    """
    rows = call(load(config_path), "visit_list")
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo(say(lang, "visit.none"))
        return
    head = [say(lang, f"column.{name}") for name in ("from", "until", "kind", "role", "ref")]
    for line in table(head, [_cells(row, lang) for row in rows]):
        click.echo(line)


def _cells(row: dict[str, Any], lang: str) -> list[str]:
    kind = word(lang, "visit_kind", row["kind"])
    return [minute(row["from"]), minute(row["until"]), kind, row["role"], row["ref"] or "-"]


def _told(found: dict[str, Any], lang: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for row in found["visits"]:
        click.echo(f"{say(lang, 'visit.' + row['change'])}: {'  '.join(_cells(row, lang))}")
    if not all(row["held"] for row in found["visits"]):
        click.echo(f"! {say(lang, 'visit.not_held', most=found['most'])}", err=True)


visit.add_command(work)
