"""A notification as a person at the desk reads it: one line of it, and what it lacks."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from desk import home_facts, rights
from desk import notice_papers as papers
from desk.config import DeskConfig
from desk.lines import plain
from edge.domain.notification import NotificationContent, NotificationState
from edge.locale import render
from edge.notification.bounds import missing
from edge.notification.prompting import DECIDE_WITHIN_MS


def head(row: sqlite3.Row, at_ms: int) -> dict[str, Any]:
    """What a list shows of one; `to_decide`: a red level asked and nobody has decided.

    `overdue`: nobody has for a day, whoever made it.
    """
    waits = row["state"] == NotificationState.DRAFT.value and row["decided_ms"] is None
    to_decide = waits and row["decide_ms"] is not None
    by_ms = row["decide_ms"] if to_decide else row["made_ms"] + DECIDE_WITHIN_MS
    names = ("id", "customer", "gateway", "kind", "state", "revision", "origin", "level", "alert")
    return {name: row[name] for name in names} | {
        "made_ms": row["made_ms"],
        "findings": msgspec.json.decode(row["findings"]),
        "worse": msgspec.json.decode(row["worse"]),
        "to_decide": to_decide,
        "decide_ms": row["decide_ms"],
        "overdue": waits and by_ms <= at_ms,
        "deputy": row["deputy"],
    }


def shown_of(
    connection: sqlite3.Connection,
    config: DeskConfig,
    row: sqlite3.Row,
    content: NotificationContent,
    at_ms: int,
) -> dict[str, Any]:
    basis = papers.basis_of(config, content.basis)
    lacking = [one for one in missing(content) if not one.startswith("notifier")]
    return head(row, at_ms) | {
        "missing": lacking,
        "doubts": msgspec.to_builtins(papers.doubts_of(content)),
        "basis": basis.code,
        "basis_title": basis.title,
        "basis_stale": papers.stale(config, basis, at_ms),
        "access": home_facts.has_access(connection, row["customer"]),
    }


def echo(shown: dict[str, Any], lang: str, config: DeskConfig) -> None:
    def say(key: str, **params: Any) -> None:
        click.echo(plain("  " + render(lang, f"notify_cli.{key}", params)))

    click.echo(plain(line_of(shown, lang, config)))
    if shown["missing"]:
        names = [render(lang, f"notify_field.{one}", {}) for one in shown["missing"]]
        say("lacking", what=", ".join(names))
    for one in shown["doubts"]:
        say("doubt", field=one["field"], word=one["word"])
    if shown["basis_stale"]:
        say("stale", basis=shown["basis_title"][lang])


def line_of(shown: dict[str, Any], lang: str, config: DeskConfig) -> str:
    params = {name: shown[name] for name in ("id", "kind", "state", "customer")}
    text = render(lang, "notify_cli.head", {**params, "n": shown["revision"]})
    if shown["overdue"]:
        who = shown["deputy"] or render(lang, "notify_cli.nobody", {})
        text += f"  ! {render(lang, 'notify_cli.overdue', {'who': who})}"
    elif shown["to_decide"]:
        by = moment(config, shown["decide_ms"])
        text += f"  ! {render(lang, 'notify_cli.decide', {'at': by})}"
    worse = [render(lang, f"notify_worse.{one}", {}) for one in shown["worse"]]
    return text + (f"  ({', '.join(worse)})" if worse else "")


def step_of(step: dict[str, Any], lang: str) -> str:
    """What was done with a notification, by whom, and what they said of it."""
    role = rights.said(step["role"], lang)
    done = render(lang, "notify_cli.step", {"step": step["step"], "n": step["revision"]})
    facts = ", ".join(_fact(name, value, lang) for name, value in step["facts"].items() if value)
    return f"{step['account']} ({role})  {done}  {facts}".rstrip()


def _fact(name: str, value: object, lang: str) -> str:
    """A fact by its name; a code by its word, "yes" by the name alone."""
    label = render(lang, f"notify_fact.{name}", {})
    if value is True:
        return label
    table = {"channel": "notify_channel", "outcome": "notify_outcome"}.get(name)
    return f"{label} {value if table is None else render(lang, f'{table}.{value}', {})}"


def day_of(config: DeskConfig, at_ms: int) -> str:
    return _local(config, at_ms).date().isoformat()


def moment(config: DeskConfig, at_ms: int) -> str:
    return f"{_local(config, at_ms):%Y-%m-%d %H:%M}"


def _local(config: DeskConfig, at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(config.desk.zone))
