"""Silences and incidents as people see them: the frailest home first, and what is said of them."""

from __future__ import annotations

import sqlite3
from typing import Any

from desk import vigil
from desk.database import transaction
from desk.silence import Frailty, frailest_first
from edge.domain import Actor
from edge.errors import EdgeError
from edge.locale.refusing import worded

# A screen's worth of what is over; the rest is in the database.
LISTED_MAX = 200
NOTE_CHARS_MAX = 200


class IncidentError(EdgeError):
    """No such silence or incident, or no note; the text says why."""


def listed(connection: sqlite3.Connection, *, all_: bool = False) -> list[dict[str, Any]]:
    """What is silent now: incidents first, then single homes; `all_`: what is over, too.

    One row an incident, with its homes; one row a home that is in none. Frailest first.
    """
    over = "" if all_ else "WHERE over_ms IS NULL "
    incidents = connection.execute(
        f"SELECT * FROM incident {over}ORDER BY over_ms IS NOT NULL, key DESC LIMIT ?",  # noqa: S608 - no input in it
        (LISTED_MAX,),
    ).fetchall()
    rows = [_incident(connection, row) for row in incidents]
    gone = "" if all_ else "AND back_ms IS NULL "
    singles = connection.execute(
        f"SELECT * FROM silence WHERE incident IS NULL {gone}"  # noqa: S608 - no input in it
        "ORDER BY back_ms IS NOT NULL, key DESC LIMIT ?",
        (LISTED_MAX,),
    ).fetchall()
    now = [row for row in singles if row["back_ms"] is None]
    before = [row for row in singles if row["back_ms"] is not None]
    return [
        *rows,
        *_homes(connection, now),
        *(_home(connection, row, None) for row in before),
    ]


def standing(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The incidents that are not over, for the board."""
    rows = connection.execute(
        "SELECT * FROM incident WHERE over_ms IS NULL ORDER BY key DESC"
    ).fetchall()
    return [_incident(connection, row) for row in rows]


def note(
    connection: sqlite3.Connection, kind: str, key: int, by: Actor, text: str, at_ms: int
) -> str:
    """Keep what a person says of a silence or an incident; whose home it is, "" for an incident.

    Raises IncidentError.
    """
    line = " ".join(text.split())
    if not line or len(line) > NOTE_CHARS_MAX or not line.isprintable():
        raise worded(IncidentError, "note_line", most=NOTE_CHARS_MAX)
    table = "silence" if kind == "home" else "incident"
    with transaction(connection):
        row = connection.execute(
            f"SELECT * FROM {table} WHERE key = ?",  # noqa: S608 - our own words
            (key,),
        ).fetchone()
        if row is None:
            if kind == "home":
                raise worded(IncidentError, "no_silence", key=key)
            raise worded(IncidentError, "no_incident", key=key)
        connection.execute(
            f"INSERT INTO silence_note ({table}, account, role, text, made_ms) "  # noqa: S608 - as above
            "VALUES (?, ?, ?, ?, ?)",
            (key, by.account, by.role, line, at_ms),
        )
    return str(row["client"]) if kind == "home" else ""


def _incident(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    members = connection.execute(
        "SELECT * FROM silence WHERE incident = ? ORDER BY key", (row["key"],)
    ).fetchall()
    silent = [one for one in members if one["back_ms"] is None]
    back = [one for one in members if one["back_ms"] is not None]
    return {
        "kind": "incident",
        "key": row["key"],
        "area": row["area"],
        "since_ms": row["since_ms"],
        "known_ms": row["known_ms"],
        "coordinator_ms": row["coordinator_ms"],
        "over_ms": row["over_ms"],
        "silent": len(silent),
        "homes": _homes(connection, silent) + [_home(connection, one, None) for one in back],
        "notes": _notes(connection, "incident", row["key"]),
    }


def _homes(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    """Those who are silent now, in the order in which to ask after them."""
    found = {row["gateway"]: row for row in rows}
    facts = {name: vigil.frailty(connection, name, row["client"]) for name, row in found.items()}
    order = frailest_first((facts[name], row["since_ms"], name) for name, row in found.items())
    return [_home(connection, found[name], facts[name]) for name in order]


def _home(
    connection: sqlite3.Connection, row: sqlite3.Row, facts: Frailty | None
) -> dict[str, Any]:
    site = connection.execute("SELECT site FROM gateway WHERE id = ?", (row["gateway"],)).fetchone()
    told: dict[str, Any] = {
        "kind": "home",
        "key": row["key"],
        "gateway": row["gateway"],
        "client": row["client"],
        "site": None if site is None else site["site"],
        "area": row["area"],
        "incident": row["incident"],
        "known_by": row["known_by"],
        "since_ms": row["since_ms"],
        "known_ms": row["known_ms"],
        "coordinator_ms": row["coordinator_ms"],
        "back_ms": row["back_ms"],
        "ended": row["ended"],
        "late_alerts": row["late_alerts"],
        "late_messages": row["late_messages"],
        "notes": _notes(connection, "silence", row["key"]),
    }
    if facts is not None:
        told |= {
            "open_critical": facts.critical_raised or facts.critical_taken,
            "escape": facts.escape and facts.escape.value,
            "fire_level": facts.level,
        }
    return told


def _notes(connection: sqlite3.Connection, table: str, key: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        f"SELECT account, role, text, made_ms FROM silence_note WHERE {table} = ? ORDER BY key",  # noqa: S608 - our own words
        (key,),
    )
    return [dict(row) for row in rows]
