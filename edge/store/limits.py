"""Limits that a nurse has set for readings, with history."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from edge.domain import Instant, Priority, VitalLimit, VitalLimitEnded
from edge.ports import Decided
from edge.store.names import Names

# One answer of the store; a home has 32 limits in force, and a plan is changed a few times a year.
ROWS_MAX = 1_000

_SET = "low, high, priority, confirm_s, scale_2, set_by, role, valid_until, told_by"
_TOLD = "told_boot, told_boottime_ms, told_wall_ms, told_offset_min, told_sync"
_ENDED = "ended_boot = ?, ended_boottime_ms = ?, ended_wall_ms = ?, ended_offset_min = ?"


def write(
    connection: sqlite3.Connection, names: Names, decided: Sequence[Decided], at: Instant
) -> None:
    """Put limits in force; the one before of the same person and kind is ended first."""
    for one in decided:
        if not isinstance(one, VitalLimit | VitalLimitEnded):
            continue
        person = names.persons[one.person]
        connection.execute(
            f"UPDATE vital_limit SET ended_by = ?, {_ENDED}, ended_sync = ? "  # noqa: S608 (constants)
            "WHERE person = ? AND kind = ? AND ended_boot IS NULL",
            (one.by, *names.moment(at), person, one.kind),
        )
        if isinstance(one, VitalLimit):
            connection.execute(
                f"INSERT INTO vital_limit (person, kind, {_SET}, {_TOLD}) "  # noqa: S608 (constants)
                "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    *(person, one.kind, one.low, one.high, one.priority.value, one.confirm_s),
                    *(one.scale_2, one.set_by, one.role, one.valid_until, one.by),
                    *names.moment(at),
                ),
            )


def in_force(connection: sqlite3.Connection, names: Names) -> list[VitalLimit]:
    """Limits that were set and not taken back; whether they hold today is for the rules."""
    return [limit for limit, ended_by, _ in history(connection, names) if ended_by is None]


def history(
    connection: sqlite3.Connection, names: Names
) -> list[tuple[VitalLimit, str | None, Instant]]:
    """The newest ROWS_MAX limits as they were set, the first one first: who ended it, when set."""
    found = connection.execute(
        f"SELECT person, kind, {_SET}, ended_by, {_TOLD} FROM vital_limit "  # noqa: S608 (constants)
        "ORDER BY key DESC LIMIT ?",
        (ROWS_MAX,),
    )
    return [_row(names, *row) for row in reversed(found.fetchall())]


def _row(names: Names, *row: Any) -> tuple[VitalLimit, str | None, Instant]:
    person, kind, low, high, priority, confirm_s, scale_2, *told, ended_by = row[:12]
    set_by, role, valid_until, by = told
    limit = VitalLimit(
        person=names.persons.back[person],
        kind=kind,
        low=low,
        high=high,
        priority=Priority(priority),
        confirm_s=confirm_s,
        scale_2=bool(scale_2),
        set_by=set_by,
        role=role,
        valid_until=valid_until,
        by=by,
    )
    return limit, ended_by, names.instant(*row[12:])
