"""Who belongs to the home, how its rooms hang together, and what was decided; with history."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from edge.domain import (
    Decision,
    Instant,
    Person,
    PersonKind,
    PersonLeft,
    Plan,
    Question,
    Room,
    Withdrawn,
)
from edge.ports import Decided
from edge.store.names import Names

_ENDED = "ended_boot = ?, ended_boottime_ms = ?, ended_wall_ms = ?, ended_offset_min = ?"
_TOLD = "told_by, told_boot, told_boottime_ms, told_wall_ms, told_offset_min, told_sync"
_ROOMS = msgspec.json.Decoder(tuple[Room, ...])


def write_persons(
    connection: sqlite3.Connection,
    names: Names,
    persons: Sequence[Person | PersonLeft],
    at: Instant,
) -> None:
    """Put persons in force; whoever was known under that name before is ended first."""
    for one in persons:
        key = names.persons[one.person if isinstance(one, PersonLeft) else one.id]
        connection.execute(
            f"UPDATE person_told SET ended_by = ?, {_ENDED}, ended_sync = ? "  # noqa: S608 (constants)
            "WHERE person = ? AND ended_boot IS NULL",
            (one.by, *names.moment(at), key),
        )
        if isinstance(one, Person):
            connection.execute(
                f"INSERT INTO person_told (person, kind, label, {_TOLD}) "  # noqa: S608 (constants)
                "VALUES (?,?,?,?,?,?,?,?,?)",
                (key, one.kind.value, one.label, one.by, *names.moment(at)),
            )


def write_plans(
    connection: sqlite3.Connection, names: Names, plans: Sequence[Plan], at: Instant
) -> None:
    for plan in plans:
        connection.execute(
            f"INSERT INTO plan ({_TOLD}, body) VALUES (?,?,?,?,?,?,?)",  # noqa: S608 (constants)
            (plan.by, *names.moment(at), msgspec.json.encode(plan.rooms).decode()),
        )


def write_decisions(
    connection: sqlite3.Connection,
    names: Names,
    decisions: Sequence[Decided],
    at: Instant,
) -> None:
    """Put decisions in force; the one before on the same question is ended first."""
    for one in decisions:
        if not isinstance(one, Decision | Withdrawn):
            continue
        connection.execute(
            f"UPDATE decision SET ended_by = ?, {_ENDED}, ended_sync = ? "  # noqa: S608 (constants)
            "WHERE question = ? AND ended_boot IS NULL",
            (one.by, *names.moment(at), one.question.value),
        )
        if isinstance(one, Decision):
            connection.execute(
                f"INSERT INTO decision (question, basis, decided_by, role, review_by, {_TOLD}) "  # noqa: S608 (constants)
                "VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (
                    *(one.question.value, one.basis, one.decided_by, one.role, one.review_by),
                    *(one.by, *names.moment(at)),
                ),
            )


def persons(connection: sqlite3.Connection, names: Names) -> list[Person]:
    """Persons in force, in the order in which they were first told."""
    found = connection.execute(
        "SELECT person, kind, label, told_by FROM person_told WHERE ended_boot IS NULL "
        "ORDER BY person"
    )
    return [
        Person(id=names.persons.back[person], kind=PersonKind(kind), label=label, by=by)
        for person, kind, label, by in found.fetchall()
    ]


def plan(connection: sqlite3.Connection, _names: Names) -> Plan | None:
    """The plan in force; None: nobody told one yet."""
    found = connection.execute(
        "SELECT told_by, body FROM plan ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return None if found is None else Plan(by=found[0], rooms=_ROOMS.decode(found[1]))


def decisions(connection: sqlite3.Connection, _names: Names) -> list[Decision]:
    """Decisions that were told and not taken back; whether they hold today is for the rules."""
    found = connection.execute(
        "SELECT question, basis, decided_by, role, review_by, told_by FROM decision "
        "WHERE ended_boot IS NULL ORDER BY question"
    )
    return [
        Decision(
            question=Question(question),
            basis=basis,
            decided_by=decided_by,
            role=role,
            review_by=review_by,
            by=by,
        )
        for question, basis, decided_by, role, review_by, by in found.fetchall()
    ]


def ever_decided(connection: sqlite3.Connection, _names: Names) -> frozenset[Question]:
    """Questions on which anything was ever decided, also what was taken back since."""
    found = connection.execute("SELECT DISTINCT question FROM decision")
    return frozenset(Question(question) for (question,) in found.fetchall())


def fit_in_force(connection: sqlite3.Connection, names: Names) -> Instant | None:
    """When the room locator was last fitted; None: it never was, or the fit has ended."""
    found = connection.execute(
        "SELECT fitted_boot, fitted_boottime_ms, fitted_wall_ms, fitted_offset_min, fitted_sync "
        "FROM locator_fit WHERE ended_boot IS NULL ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return None if found is None else names.instant(*found)


def end_fits(connection: sqlite3.Connection, names: Names, at: Instant) -> int:
    """End every fit of the room locator: it is of other rooms. Returns how many there were."""
    return connection.execute(
        f"UPDATE locator_fit SET {_ENDED}, ended_sync = ? WHERE ended_boot IS NULL",  # noqa: S608 (constants)
        names.moment(at),
    ).rowcount


def last_move(connection: sqlite3.Connection, names: Names) -> Instant | None:
    """When the home last moved: what was claimed or commissioned before that is of another place.

    A move tells a plan without rooms; nobody tells one otherwise.
    """
    found = connection.execute(
        "SELECT told_boot, told_boottime_ms, told_wall_ms, told_offset_min, told_sync FROM plan "
        "WHERE body = '[]' ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return None if found is None else names.instant(*found)


def moved_since_fit(connection: sqlite3.Connection, _names: Names) -> list[str]:
    """Devices that stand in another room than when the locator was fitted: walk again.

    By wall times, since an enrolment and a fit may be of different boots.
    """
    found = connection.execute(
        "SELECT DISTINCT device.id FROM locator_fit AS fit JOIN enrolment AS before "
        "ON before.enrolled_wall_ms <= fit.fitted_wall_ms "
        "AND (before.removed_wall_ms IS NULL OR before.removed_wall_ms > fit.fitted_wall_ms) "
        "JOIN enrolment AS now ON now.device = before.device AND now.removed_boot IS NULL "
        "JOIN device ON device.key = now.device "
        "WHERE fit.ended_boot IS NULL AND before.room IS NOT now.room ORDER BY device.id"
    )
    return [ident for (ident,) in found.fetchall()]
