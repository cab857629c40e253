"""`kotivahti desk incidents` and `incident`: homes that nobody can see, the frailest first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from desk import incidents as table
from desk import looks, reads, rights
from desk.common import (
    EPILOG,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    say,
    utf8,
)
from desk.lines import plain
from desk.person import Person, person_options
from desk.rights import Right
from desk.words import word
from edge.clock import SystemClock


@click.command(epilog=EPILOG)
@click.option("--all", "all_", is_flag=True, help="Also what is over.")
@person_options
@config_option
@json_option
@lang_option
def incidents(person: Person, config_path: Path, lang: str, *, all_: bool, as_json: bool) -> None:
    """Homes that nobody can see: incidents of an area, then single homes, the frailest first.

    It is a fault of installations, told to maintenance first; it never means that all is well.

    \b
    Examples:
      kotivahti desk incidents
      kotivahti desk incidents --all --json
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS, Right.INSTALLATIONS)
        rows = table.listed(connection, all_=all_)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        homes = [one for row in rows for one in row.get("homes", [row])]
        of = [one["client"] for one in homes]
        looks.note(connection, actor.account, "incidents", of, now_ms, each=False)
        rows = [
            {**row, "homes": [reads.seen_by(actor.role, one) for one in row["homes"]]}
            if row["kind"] == "incident"
            else reads.seen_by(actor.role, row)
            for row in rows
        ]
    if as_json:
        print_json(rows)
        return
    zone = ZoneInfo(config.desk.zone)
    for row in rows:
        for line in _told(row, zone, lang):
            click.echo(plain(line))
    if not rows:
        click.echo(word("none", lang))


@click.group(epilog=EPILOG)
def incident() -> None:
    """What people say of an incident, or of one silent home.

    \b
    Example:
      kotivahti desk incident note 3 "mast without mains, mended at 14" --as pekka
    """


@incident.command("note", epilog=EPILOG)
@click.argument("key", type=click.IntRange(min=1))
@click.argument("text", callback=utf8)
@click.option(
    "--home", "of_home", is_flag=True, help="KEY is that of one silent home, not of an incident."
)
@person_options
@config_option
@json_option
@lang_option
def incident_note(
    key: int, text: str, person: Person, config_path: Path, lang: str, *, of_home: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Keep a line about it with your name. It ends by itself, when its homes are heard again."""
    kind = "home" if of_home else "incident"
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.MEND, named=True)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        client = table.note(connection, kind, key, actor, text, now_ms)
        looks.note(connection, actor.account, "silence noted", [client], now_ms)
    if as_json:
        print_json({"kind": kind, "key": key, "by": actor.account})
        return
    click.echo(say(lang, f"noted_{kind}", key=key, who=actor.account))


def _told(row: dict[str, Any], zone: ZoneInfo, lang: str) -> list[str]:
    if row["kind"] == "home":
        return _home(row, zone, lang)
    area = row["area"] or word("area_untold", lang)
    head = f"{word('incident', lang)} {row['key']}  {area}  {row['silent']} "
    lines = [head + word("silent_homes", lang) + _times(row, row["over_ms"], zone, lang)]
    lines += [f"  {line}" for home in row["homes"] for line in _home(home, zone, lang)]
    return lines + _notes(row, lang)


def _home(row: dict[str, Any], zone: ZoneInfo, lang: str) -> list[str]:
    facts = []
    if row.get("open_critical"):
        facts.append(word("open_critical", lang))
    if "escape" in row:
        facts.append(
            f"{word('escape', lang)}: {word('escape_' + (row['escape'] or 'untold'), lang)}"
        )
    if row["back_ms"] is not None:
        facts.append(f"{word('came_late', lang)}: {row['late_alerts']} / {row['late_messages']}")
    site = f"  {row['site']}" if row.get("site") else ""
    head = f"{row['key']}  {row['gateway']}{site}{_times(row, row['back_ms'], zone, lang)}"
    return ["  ".join([head, *facts]), *_notes(row, lang)]


def _times(row: dict[str, Any], end_ms: int | None, zone: ZoneInfo, lang: str) -> str:
    """Since when, who is told, and until when."""
    told = "told_maintenance" if row["coordinator_ms"] is None else "told_coordinator"
    until = f"  {word('back_at', lang)} {_when(end_ms, zone)}" if end_ms is not None else ""
    since = f"{word('silent_since', lang)} {_when(row['since_ms'], zone)}"
    return f"  {since}{until or '  ' + word(told, lang)}"


def _notes(row: dict[str, Any], lang: str) -> list[str]:
    return [
        f"    > {one['account']} ({rights.said(one['role'], lang)}): {one['text']}"
        for one in row["notes"]
    ]


def _when(at_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"
