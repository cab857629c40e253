"""One batch as rows of every table it touches; the caller holds the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from edge.domain import Alert, Answer, Instant, RiskAssessment, Stay, Visit
from edge.ports import Batch
from edge.store import (
    claims,
    coverage,
    enrolment,
    household,
    journal,
    limits,
    outbox,
    rows,
    tasks,
)
from edge.store.multirow import MultiRow
from edge.store.names import Names

_ALERTS = MultiRow(
    "alert (id, rev, code, subject, priority, state, changed_boot, changed_boottime_ms, "
    "changed_wall_ms, changed_offset_min, changed_sync, body)",
    width=12,
    conflict="ON CONFLICT (id) DO UPDATE SET rev = excluded.rev, code = excluded.code, "
    "subject = excluded.subject, priority = excluded.priority, state = excluded.state, "
    "changed_boot = excluded.changed_boot, changed_boottime_ms = excluded.changed_boottime_ms, "
    "changed_wall_ms = excluded.changed_wall_ms, "
    "changed_offset_min = excluded.changed_offset_min, changed_sync = excluded.changed_sync, "
    "body = excluded.body WHERE excluded.rev > alert.rev",
)
_HISTORY = MultiRow(
    "alert_history (alert, rev, changed_boot, changed_boottime_ms, changed_wall_ms, "
    "changed_offset_min, changed_sync, body)",
    width=8,
)
_STATES = MultiRow(
    "driver_state (device, state, changed_boot, changed_boottime_ms, changed_wall_ms, "
    "changed_offset_min, changed_sync)",
    width=7,
    conflict="ON CONFLICT (device) DO UPDATE SET state = excluded.state, "
    "changed_boot = excluded.changed_boot, changed_boottime_ms = excluded.changed_boottime_ms, "
    "changed_wall_ms = excluded.changed_wall_ms, "
    "changed_offset_min = excluded.changed_offset_min, changed_sync = excluded.changed_sync",
)
_ASSESSMENTS = MultiRow(
    "assessment (id, hazard, level, at_boot, at_boottime_ms, at_wall_ms, at_offset_min, at_sync, "
    "body)",
    width=9,
)
_ANSWERS = MultiRow(
    "answer (checklist, item, code, state, answered_by, role, source, at_boot, at_boottime_ms, "
    "at_wall_ms, at_offset_min, at_sync, valid_until_ms, note)",
    width=14,
)
_VISITS = MultiRow(
    "visit (kind, role, from_ms, until_ms, ref, told_boot, told_boottime_ms, told_wall_ms, "
    "told_offset_min, told_sync)",
    width=10,
)
_STAYS = MultiRow(
    "stay (kind, told_by, from_ms, until_ms, person, told_boot, told_boottime_ms, told_wall_ms, "
    "told_offset_min, told_sync)",
    width=10,
)


def write(connection: sqlite3.Connection, names: Names, batch: Batch) -> None:
    """Store every part of the batch. A device is enrolled before its first state."""
    at = batch.at
    names.anchor(at)
    enrolment.remove(connection, names, batch.removed, at)
    enrolment.enrol(connection, names, batch.enrolled, at)
    if batch.observations:
        rows.insert_observations(connection, names, batch.observations, batch.first_observation)
    if batch.driver_states:
        _write_driver_states(connection, names, batch.driver_states, at)
    if batch.alerts:
        _write_alerts(connection, names, batch.alerts)
    if batch.assessments:
        _write_assessments(connection, names, batch.assessments)
    if batch.answers:
        _write_answers(connection, names, batch.answers)
    if batch.visits:
        _write_visits(connection, names, batch.visits, at)
    if batch.stays:
        _write_stays(connection, names, batch.stays, at)
    _write_upstream(connection, names, batch)
    coverage.write(connection, batch)
    household.write_persons(connection, names, batch.persons, at)
    household.write_plans(connection, names, batch.plans, at)
    household.write_decisions(connection, names, batch.decisions, at)
    tasks.write(connection, names, batch)
    limits.write(connection, names, batch.decisions, at)
    if batch.home is not None:
        last = batch.first_observation + len(batch.observations) - 1
        connection.execute(
            "INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
            (last, batch.home, *names.moment(at)),
        )
    journal.write(connection, names, batch)


def _write_upstream(connection: sqlite3.Connection, names: Names, batch: Batch) -> None:
    """What is owed, and the rows that it tells of."""
    if batch.claims:
        claims.write(connection, names, batch.claims)
    if batch.profile is not None:
        claims.write_profile(connection, names, batch.profile)
    if batch.messages:
        outbox.insert(connection, names, batch.messages, batch.at)


def _write_driver_states(
    connection: sqlite3.Connection, names: Names, states: Mapping[str, bytes], at: Instant
) -> None:
    moment = names.moment(at)
    flat: list[Any] = []
    for device, state in states.items():
        flat += (names.devices[device], state, *moment)
    _STATES.insert(connection, flat)


def _write_alerts(connection: sqlite3.Connection, names: Names, alerts: Sequence[Alert]) -> None:
    current: list[Any] = []
    history: list[Any] = []
    for a in alerts:
        changed, body = names.moment(a.changed), rows.to_json(a)
        current += (a.id, a.rev, a.code, a.subject, a.priority.value, a.state.value)
        current += (*changed, body)
        history += (a.id, a.rev, *changed, body)
    _ALERTS.insert(connection, current)
    _HISTORY.insert(connection, history)


def _write_assessments(
    connection: sqlite3.Connection, names: Names, assessments: Sequence[RiskAssessment]
) -> None:
    flat: list[Any] = []
    for a in assessments:
        flat += (a.id, a.hazard.value, a.level.value, *names.moment(a.at), rows.to_json(a))
    _ASSESSMENTS.insert(connection, flat)


def _write_answers(connection: sqlite3.Connection, names: Names, answers: Sequence[Answer]) -> None:
    flat: list[Any] = []
    for a in answers:
        flat += (a.checklist, a.item, a.code, a.state.value, a.by, a.role, a.source)
        flat += (*names.moment(a.at), a.valid_until_ms, a.note)
    _ANSWERS.insert(connection, flat)


def _write_visits(
    connection: sqlite3.Connection, names: Names, visits: Sequence[Visit], at: Instant
) -> None:
    moment = names.moment(at)
    flat: list[Any] = []
    for v in visits:
        flat += (v.kind.value, v.role, v.from_ms, v.until_ms, v.ref, *moment)
    _VISITS.insert(connection, flat)


def _write_stays(
    connection: sqlite3.Connection, names: Names, stays: Sequence[Stay], at: Instant
) -> None:
    moment = names.moment(at)
    flat: list[Any] = []
    for s in stays:
        flat += (s.kind.value, s.by, s.from_ms, s.until_ms, names.person(s.person), *moment)
    _STAYS.insert(connection, flat)
