"""What the commands about a home's life share: options, words, moments typed by people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from edge.cli.common import EXIT_USAGE, config_option, json_option, lang_option, refuse, sure
from edge.domain import Scalar
from edge.locale import render

F = TypeVar("F", bound=Callable[..., Any])

by_option = click.option("--by", required=True, help="Who tells it: your own account.")


def usual(command: F) -> F:
    """`--config`, `--json` and `--lang`."""
    return config_option(json_option(lang_option(command)))


def say(lang: str, key: str, **params: Scalar) -> str:
    """The words of `household.<key>`."""
    return render(lang, f"household.{key}", params)


def word(lang: str, table: str, value: str) -> str:
    return render(lang, f"{table}.{value}", {})


def named(row: dict[str, Any], key: str) -> str:
    """A short name, with the words for people where there are some."""
    return f"{row[key]} ({row['label']})" if row.get("label") else str(row[key])


def listed(names: list[str]) -> str:
    return ", ".join(names) or "-"


def moment_ms(option: str, text: str | None, zone: str, *, end: bool = False) -> int | None:
    """UTC ms since 1970 of what was typed, in the home's zone unless it names another.

    A day alone means its beginning, or with `end` its end. Out with exit code 2 for what is none.
    """
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-24"):
            day = date.fromisoformat(text) + timedelta(days=int(end))
            moment = datetime.combine(day, time(), ZoneInfo(zone))
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=ZoneInfo(zone))
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        refuse("no_moment", EXIT_USAGE, key=option, name=text)


def until_ms(option: str, text: str, zone: str) -> int:
    """As `moment_ms`; a day alone is meant to its end."""
    by_day = len(text) == len("2026-11-24")
    return (moment_ms(option, text, zone, end=True) or 0) - int(by_day)


def minute(text: str) -> str:
    """An ISO moment as people read it, in the time that it names."""
    return text[:16].replace("T", " ")


def advise(advice: list[dict[str, Any]], lang: str) -> None:
    """What an installer should see to, on standard error."""
    for one in advice:
        words = say(lang, f"advice.{one['advice']}", devices=listed(one["devices"]))
        click.echo(f"! {words}", err=True)


def confirmed(lang: str, question: str, *, yes: bool) -> None:
    """Go on only after a yes; without a terminal, or with a no, out with exit code 2."""
    if yes:
        return
    try:
        if sure(lang, question):
            return
    except click.Abort:  # no terminal, or Ctrl-C
        click.echo("", err=True)
    refuse("nothing_changed", EXIT_USAGE)
