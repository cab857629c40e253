"""What start-up, the commands and the status page ask of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from edge.domain import (
    Alert,
    Answer,
    AnswerState,
    Observation,
    Record,
    RiskAssessment,
    Stay,
    StayKind,
    Visit,
    VisitKind,
)
from edge.store import rows
from edge.store.names import Names

# One answer of the store is at most so many rows; who wants more asks again from the last.
ROWS_MAX = 10_000


class Shed(Record, frozen=True):
    """Dropped for want of room or for age: `first` and `last` are sequence numbers."""

    what: str  # telemetry, observation
    reason: str  # no_room, too_old
    rows: int
    bytes: int
    first: int
    last: int


def driver_states(connection: sqlite3.Connection, names: Names) -> dict[str, bytes]:
    found = connection.execute("SELECT device, state FROM driver_state ORDER BY device").fetchall()
    return {names.devices.back[device]: state for device, state in found}


def snapshot(connection: sqlite3.Connection) -> tuple[bytes, int] | None:
    """Give the last state of the home and the last observation that it contains."""
    found = connection.execute("SELECT home, observation FROM snapshot").fetchone()
    return None if found is None else (found[0], found[1])


def observations(
    connection: sqlite3.Connection, names: Names, after_seq: int, limit: int
) -> list[tuple[int, Observation]]:
    """Observations with their numbers, from the one after `after_seq` on, in order."""
    found = connection.execute(
        f"SELECT {rows.OBSERVATION_COLUMNS} FROM observation "  # noqa: S608 (constants)
        "WHERE seq > ? ORDER BY seq LIMIT ?",
        (after_seq, min(limit, ROWS_MAX)),
    )
    return [rows.observation(names, row) for row in found.fetchall()]


def latest_observations(
    connection: sqlite3.Connection, names: Names
) -> list[tuple[int, Observation]]:
    """The newest kept observation of every device and kind, in the order they were made."""
    found = connection.execute(
        f"SELECT {rows.OBSERVATION_COLUMNS} FROM observation "  # noqa: S608 (constants)
        "WHERE seq IN (SELECT observation FROM latest) ORDER BY seq"
    )
    newest: dict[tuple[str, str], tuple[int, Observation]] = {}
    for row in found.fetchall():
        seq, o = rows.observation(names, row)
        newest.pop((o.device, o.kind), None)  # the same kind under another unit: the newer counts
        newest[o.device, o.kind] = (seq, o)
    return list(newest.values())


def alerts(connection: sqlite3.Connection, *, open_only: bool) -> list[Alert]:
    """The newest ROWS_MAX alerts in the order of their ids, which is that of their raising."""
    where = "WHERE state IN ('raised', 'acknowledged')" if open_only else ""
    found = connection.execute(
        f"SELECT body FROM alert {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 (constants)
        (ROWS_MAX,),
    )
    return [rows.alert(body) for (body,) in reversed(found.fetchall())]


def undated_alerts(connection: sqlite3.Connection, _names: Names, limit: int) -> list[Alert]:
    """Alerts that ended while nobody knew the time, the oldest first."""
    found = connection.execute(
        "SELECT body FROM alert WHERE state IN ('closed', 'cancelled') AND changed_sync = 'none' "
        "ORDER BY id LIMIT ?",
        (limit,),
    )
    return [rows.alert(body) for (body,) in found.fetchall()]


def alert(connection: sqlite3.Connection, ident: str) -> Alert | None:
    found = connection.execute("SELECT body FROM alert WHERE id = ?", (ident,)).fetchone()
    return None if found is None else rows.alert(found[0])


def alert_history(connection: sqlite3.Connection, ident: str) -> list[Alert]:
    """Every revision of one alert, the first one first."""
    found = connection.execute(
        "SELECT body FROM alert_history WHERE alert = ? ORDER BY rev LIMIT ?", (ident, ROWS_MAX)
    )
    return [rows.alert(body) for (body,) in found.fetchall()]


def last_assessments(connection: sqlite3.Connection) -> list[RiskAssessment]:
    """The newest assessment of every hazard, by the hazard's name."""
    found = connection.execute(
        "SELECT body FROM assessment WHERE key IN (SELECT max(key) FROM assessment "
        "GROUP BY hazard) ORDER BY hazard"
    )
    return [rows.assessment(body) for (body,) in found.fetchall()]


ANSWER_COLUMNS = (
    "checklist, item, code, state, answered_by, role, source, at_boot, at_boottime_ms, "
    "at_wall_ms, at_offset_min, at_sync, valid_until_ms, note"
)


def answers(connection: sqlite3.Connection, names: Names, checklist: str) -> list[Answer]:
    """Every answer ever given to this checklist (the newest ROWS_MAX), in the order given."""
    found = connection.execute(
        f"SELECT {ANSWER_COLUMNS} FROM answer WHERE checklist = ? "  # noqa: S608 (constants)
        "ORDER BY key DESC LIMIT ?",
        (checklist, ROWS_MAX),
    )
    return [answer_of(names, row) for row in reversed(found.fetchall())]


def answered_checklists(connection: sqlite3.Connection, _names: Names) -> list[str]:
    """The names of the checklists that anybody ever answered, in order."""
    found = connection.execute("SELECT DISTINCT checklist FROM answer ORDER BY checklist")
    return [str(name) for (name,) in found.fetchall()]


def answer_of(names: Names, row: Sequence[Any]) -> Answer:
    checklist, item, code, state, by, role, source, *rest = row
    return Answer(
        checklist=checklist,
        item=item,
        code=code,
        state=AnswerState(state),
        by=by,
        role=role,
        source=source,
        at=names.instant(*rest[:5]),
        valid_until_ms=rest[5],
        note=rest[6],
    )


def visits(connection: sqlite3.Connection) -> list[Visit]:
    """The newest ROWS_MAX visits, in the order in which they were told."""
    found = connection.execute(
        "SELECT kind, role, from_ms, until_ms, ref FROM visit ORDER BY key DESC LIMIT ?",
        (ROWS_MAX,),
    )
    return [
        Visit(kind=VisitKind(kind), role=role, from_ms=start, until_ms=until, ref=ref)
        for kind, role, start, until, ref in reversed(found.fetchall())
    ]


def stays(connection: sqlite3.Connection, names: Names) -> list[Stay]:
    """The newest ROWS_MAX stays, in the order in which they were told; a person's last holds."""
    found = connection.execute(
        "SELECT kind, told_by, from_ms, until_ms, person FROM stay ORDER BY key DESC LIMIT ?",
        (ROWS_MAX,),
    )
    return [
        Stay(
            kind=StayKind(kind),
            by=by,
            from_ms=start,
            until_ms=until,
            person=None if person is None else names.persons.back[person],
        )
        for kind, by, start, until, person in reversed(found.fetchall())
    ]


def shed(connection: sqlite3.Connection) -> list[Shed]:
    """What was dropped for want of room or for its age, the newest ROWS_MAX lines."""
    found = connection.execute(
        "SELECT what, reason, rows, bytes, first_number, last_number FROM shed "
        "ORDER BY key DESC LIMIT ?",
        (ROWS_MAX,),
    )
    return [
        Shed(what=what, reason=reason, rows=count, bytes=size, first=first, last=last)
        for what, reason, count, size, first, last in reversed(found.fetchall())
    ]
