"""`kotivahti desk request`: what customers asked for, what was done, who answered them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from desk import looks, requests
from desk.common import (
    EPILOG,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    say,
)
from desk.lines import plain
from desk.person import Person, person_options
from desk.rights import Right
from desk.words import word
from edge.clock import SystemClock
from edge.locale import render


@click.group(epilog=EPILOG)
def request() -> None:
    """What customers ask by way of their homes: to erase their data, to stop readings.

    \b
    Examples:
      kotivahti desk request list --lang fi
      kotivahti desk request answer 3 --as anna
    """


@request.command("list", epilog=EPILOG)
@person_options
@config_option
@json_option
@lang_option
def request_list(person: Person, config_path: Path, lang: str, *, as_json: bool) -> None:
    """The newest requests: what was erased, what is kept and why, and who answered."""
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.REQUESTS)
        rows = requests.listed(connection)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        of = [row["client"] for row in rows]
        looks.note(connection, actor.account, "requests", of, now_ms, each=False)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo("\n".join(plain(line) for line in _told(row, config.desk.zone, lang)))
    if not rows:
        click.echo(word("none", lang))


@request.command("answer", epilog=EPILOG)
@click.argument("key", type=click.IntRange(min=1))
@person_options
@config_option
@json_option
@lang_option
def request_answer(
    key: int, person: Person, config_path: Path, lang: str, *, as_json: bool
) -> None:
    """Say that you told the customer what was erased, and what stays and why."""
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.REQUESTS, named=True)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        requests.answered(connection, key, actor.account, now_ms)
    if as_json:
        print_json({"key": key, "answered_by": actor.account})
        return
    click.echo(say(lang, "request_answered", key=key, who=actor.account))


def _told(row: dict[str, Any], zone: str, lang: str) -> list[str]:
    head = f"{row['key']}  {_when(row['received_ms'], zone)}  {row['gateway']}  {row['client']}"
    if row["kind"] != "erase":
        state = word("switched_on" if row["allowed"] else "switched_off", lang)
        what = render(lang, f"sent.{row['class']}", {})
        return [f"{head}  {word('request_sending', lang)}: {what} {state}"]
    lines = [f"{head}  {word('request_erase', lang)}: {sum(row['erased'].values())}"]
    went = ", ".join(
        f"{render(lang, f'desk_erased.{what}', {})} {rows}"
        for what, rows in row["erased"].items()
        if rows
    )
    lines.append(f"  {word('request_erased', lang)}: {went or '-'}")
    lines.append(f"  {word('request_kept', lang)}:")
    lines += [
        f"    {rows}  {word('kept_' + what, lang)}" for what, rows in row["kept"].items() if rows
    ]
    if row["answered_ms"] is None:
        due = _when(row["received_ms"] + requests.ANSWER_WITHIN_MS, zone)[:10]
        lines.append(f"  ! {word('request_open', lang)} {due}")
    else:
        lines.append(f"  {word('request_answered', lang)} {row['answered_by']}")
    return lines


def _when(at_ms: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
