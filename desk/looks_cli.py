"""`kotivahti desk views`: who looked at a customer, for the supervisor and for the customer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from desk import customers, looks, requests, rights
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
from desk.lines import plain
from desk.person import Person, person_options, utf8_or_none, why_option
from desk.rights import Right
from desk.words import word
from edge.clock import SystemClock

DAY_MS = 86_400_000


@click.command(epilog=EPILOG)
@click.option("--customer", callback=utf8_or_none, help="Whose: the customer's id.")
@click.option("--request", "key", type=click.IntRange(min=1), help="Whose: who made this request.")
@click.option("--days", type=click.IntRange(1, 4_392), help="Only the last so many days.")
@why_option
@person_options
@config_option
@json_option
@lang_option
def views(
    customer: str | None,
    key: int | None,
    days: int | None,
    why: str,
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Who looked at a customer's data, when, in which view, and why. Nobody can change it.

    This look is written down too. What it prints is what the customer gets who asks.

    \b
    Examples:
      kotivahti desk views --customer c-0188 --as sari
      kotivahti desk views --request 3 --json > c-0188-views.json
    """
    if (customer is None) == (key is None):
        refuse("either_option", EXIT_USAGE, one="--customer", other="--request")
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.LOOKS)
        whose = requests.client_of(connection, key) if key is not None else str(customer)
        if key is None and not looks.known(connection, whose):
            customers.of(connection, whose)  # raises, and names nobody
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        looks.note(connection, actor.account, "views", [whose], now_ms, why=why)
        since_ms = 0 if days is None else now_ms - days * DAY_MS
        rows = looks.of(connection, whose, since_ms=since_ms)
    if as_json:
        print_json({"customer": whose, "views": rows})
        return
    zone = ZoneInfo(config.desk.zone)
    for row in rows:
        when = datetime.fromtimestamp(row["at_ms"] / 1000, UTC).astimezone(zone)
        who = f"{row['who']} ({rights.said(row['role'], lang)})" if row["role"] else row["who"]
        reason = f"  {word('why', lang)}: {row['why']}" if row["why"] else ""
        what = looks.said(row["what"], lang)
        click.echo(plain(f"{when:%Y-%m-%d %H:%M:%S}  {who}  {what}{reason}"))
