"""`kotivahti desk work`: what waits for the next visits, across homes."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from desk import dwellings, home_work, lists, looks, replaced
from desk.common import (
    EPILOG,
    EXIT_USAGE,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from desk.home_work import HomeWork
from desk.lines import plain
from desk.person import Person, person_options, utf8_or_none, why_option
from desk.rights import Right
from desk.words import word
from edge.clock import SystemClock
from edge.locale import render
from edge.locale.refusing import given
from edge.paper.work import grouped, line_text
from edge.uplink.envelope import gateway_source, wall_ms

DAY_MS = 86_400_000
# Of homes without a list so many are named; there are other ways to find the rest.
NAMED_MAX = 20
_SOURCE = gateway_source("")


@click.command("work", epilog=EPILOG)
@click.option("--home", "gateway", callback=utf8_or_none, help="One home, by its gateway.")
@click.option("--area", callback=utf8_or_none, help="Homes of this area.")
@click.option(
    "--due",
    "days",
    type=click.IntRange(0, 366),
    metavar="DAYS",
    help="Homes with a task that is overdue or due within so many days.",
)
@why_option
@person_options
@config_option
@json_option
@lang_option
def work_of(
    gateway: str | None,
    area: str | None,
    days: int | None,
    why: str,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """What waits for the next visits: to fix, to ask and to change, home by home.

    Homes stand by their next planned visit, then by the day of their first task. What is critical
    or high is an alert and stands in `alerts`; nothing here interrupts anybody.

    \b
    Examples:
      kotivahti desk work --as anna --lang fi
      kotivahti desk work --area tapiola --due 3 --as anna
      kotivahti desk work --home gw-0001 --json --as anna | jq '.[0].tasks'
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.RESIDENTS)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        source = None if gateway is None else gateway_source(gateway)
        silent = without_list(connection, gateway=gateway, area=area)
        rows = listed(connection, now_ms, source=source, area=area, days=days)
        if gateway is not None and not silent and not home_work.newest(connection, source):
            refuse("no_gateway_ever", EXIT_USAGE, name=given(gateway))
        of = [str(row["client"]) for row in rows]
        looks.note(connection, actor.account, "work", of, now_ms, why=why, each=gateway is not None)
    if as_json:
        print_json(rows)
        return
    zone = ZoneInfo(config.desk.zone)
    for row in rows:
        click.echo("\n".join(plain_lines(row, zone, lang)))
    if not rows and not silent:
        click.echo(word("none", lang))
    for name in silent[:NAMED_MAX]:
        click.echo(f"{name}  {word('no_list', lang)}")
    if len(silent) > NAMED_MAX:
        click.echo(f"+{len(silent) - NAMED_MAX}  {word('no_list', lang)}")


def without_list(
    connection: sqlite3.Connection, *, gateway: str | None = None, area: str | None = None
) -> list[str]:
    """The gateways that spoke and told no list: not begun, switched off, or shed on the way."""
    told = {one.source for one in home_work.newest(connection)}
    rows = connection.execute(
        "SELECT id, client FROM gateway WHERE ?1 IS NULL OR id = ?1 ORDER BY id", (gateway,)
    )
    return [
        row["id"]
        for row in rows
        if gateway_source(row["id"]) not in told
        and replaced.successor(connection, row["id"]) is None
        and area in (None, dwellings.of(connection, row["client"]).area)
    ]


def listed(
    connection: sqlite3.Connection,
    now_ms: int,
    *,
    source: str | None = None,
    area: str | None = None,
    days: int | None = None,
) -> list[dict[str, Any]]:
    """One row a home that has not been replaced, in the order of visits and days."""
    rows = []
    for one in home_work.newest(connection, source):
        if replaced.successor(connection, one.source.removeprefix(_SOURCE)) is not None:
            continue
        row = _row(one, dwellings.of(connection, one.client).area, now_ms)
        due_ms = row["due_ms"]
        soon = days is None or (due_ms is not None and due_ms <= now_ms + days * DAY_MS)
        if soon and area in (None, row["area"]):
            rows.append(row)
    return sorted(rows, key=_order)


def _row(one: HomeWork, area: str, now_ms: int) -> dict[str, Any]:
    data = one.data
    # A visit that is over is no next one, and the home may not have had a line since.
    ahead = data.visit is not None and wall_ms(data.visit.ends) > now_ms
    return {
        "gateway": one.source.removeprefix(_SOURCE),
        "client": one.client,
        "site": one.site,
        "area": area,
        "visit_ms": one.visit_ms if ahead else None,
        "due_ms": one.due_ms,
        "made_ms": one.made_ms,
        "received_ms": one.received_ms,
        "levels": {level.hazard.value: level.level.value for level in data.levels},
        "tenure": data.tenure,
        "minutes": round(sum(line.minutes or 0.0 for line in data.lines)),
        "lines": msgspec.to_builtins(data.lines),
        "tasks": msgspec.to_builtins(data.tasks),
        "findings": msgspec.to_builtins(data.findings),
        "considered": msgspec.to_builtins(data.considered),
    }


def _order(row: dict[str, Any]) -> tuple[float, float, str]:
    visit_ms, due_ms = row["visit_ms"], row["due_ms"]
    last = float("inf")
    return (last if visit_ms is None else visit_ms, last if due_ms is None else due_ms, row["site"])


def plain_lines(row: dict[str, Any], zone: ZoneInfo, lang: str) -> list[str]:
    """One home for people: its head, and its lines by group."""
    visit = (
        render(lang, "work.no_visit", {})
        if row["visit_ms"] is None
        else render(lang, "work.visit_at", {"when": _minute(row["visit_ms"], zone)})
    )
    levels = ", ".join(
        f"{render(lang, f'hazard.{hazard}', {})} {render(lang, f'level.{level}', {})}"
        for hazard, level in row["levels"].items()
    )
    about = render(lang, "work.about", {"n": row["minutes"]}) if row["minutes"] else ""
    told = render(lang, "work.told", {"when": _minute(row["received_ms"], zone)})
    head = (row["gateway"], row["client"], row["area"], visit, about, levels, told)
    lines = ["  ".join(plain(str(part)) for part in head if part)]
    names = lists.names(lang)
    dues = {task["id"]: task.get("due", "")[:10] for task in row["tasks"]}
    for group, found in grouped(row["lines"]).items():
        lines.append("  " + render(lang, f"work_group.{group}", {}))
        lines += ["    " + plain(line_text(_dated(one, dues), names, lang)) for one in found]
    return lines


def _dated(line: dict[str, Any], dues: dict[str, str]) -> dict[str, Any]:
    """With the day of its task; a member that has its default is not there."""
    params = line.get("params", {})
    return {**line, "params": {**params, "due": dues.get(str(params.get("task")))}}


def _minute(at_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
