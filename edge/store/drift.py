"""Judgements of a model's drift, one a week; never leaves the home."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from edge.domain import Hazard, Instant, Record, RiskAssessment, VisitKind
from edge.store import rows
from edge.store.names import Names


class Judged(Record, frozen=True, kw_only=True):
    """`model` is "daily-change/1.0.0"; days are local, ISO 8601."""

    model: str
    first_day: str
    last_day: str
    at: Instant
    state: str
    body: str  # JSON, as `edge.risk.drift` has it


def keep(connection: sqlite3.Connection, names: Names, judged: Judged) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO drift (model, first_day, last_day, state, judged_boot, "
        "judged_boottime_ms, judged_wall_ms, judged_offset_min, judged_sync, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(judged.model, judged.first_day, judged.last_day, judged.state),
            *names.moment(judged.at),
            judged.body,
        ),
    )


def last(connection: sqlite3.Connection, names: Names, most: int = 1) -> list[Judged]:
    """The newest judgements, the newest first."""
    found = connection.execute(
        "SELECT model, first_day, last_day, state, judged_boot, judged_boottime_ms, "
        "judged_wall_ms, judged_offset_min, judged_sync, body FROM drift ORDER BY key DESC LIMIT ?",
        (most,),
    )
    return [_judged(names, row) for row in found.fetchall()]


def days(
    connection: sqlite3.Connection, _names: Names, hazard: Hazard, most: int
) -> list[RiskAssessment]:
    """The newest assessments of days, oldest first; of a day that was assessed twice the last."""
    found = connection.execute(
        "SELECT body FROM assessment WHERE hazard = ? ORDER BY key DESC LIMIT ?",
        (hazard.value, most),
    )
    by_day: dict[str, RiskAssessment] = {}
    for (body,) in found.fetchall():
        one = rows.assessment(body)
        if one.day is not None:
            by_day.setdefault(one.day, one)
    return [by_day[day] for day in sorted(by_day)]


def is_visited(connection: sqlite3.Connection, _names: Names, after_ms: int, until_ms: int) -> bool:
    """Whether a physical visit ended between two wall times, UTC, as it was told last."""
    found = connection.execute(
        "SELECT 1 FROM visit WHERE kind = ? AND until_ms > ? AND until_ms <= ? AND NOT EXISTS "
        "(SELECT 1 FROM visit AS again WHERE again.ref = visit.ref AND visit.ref <> '' "
        "AND again.key > visit.key) LIMIT 1",
        (VisitKind.PHYSICAL.value, after_ms, until_ms),
    )
    return found.fetchone() is not None


def _judged(names: Names, row: Sequence[Any]) -> Judged:
    model, first_day, last_day, state, *moment, body = row
    return Judged(
        model=model,
        first_day=first_day,
        last_day=last_day,
        at=names.instant(*moment),
        state=state,
        body=body,
    )
