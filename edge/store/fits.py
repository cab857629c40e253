"""What the room locator learned of this home: walked rooms, and fits with who made them, kept."""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, Record
from edge.store.household import end_fits
from edge.store.names import Names

_FITTED = "fitted_boot, fitted_boottime_ms, fitted_wall_ms, fitted_offset_min, fitted_sync"
_WALKED = "walked_boot, walked_boottime_ms, walked_wall_ms, walked_offset_min, walked_sync"


# A fit is some hundred kilobytes, and a home is walked anew when it changes: years of them.
FITS_KEPT = 8


class StoredFit(Record, frozen=True, kw_only=True):
    """A fit as it was stored. `body` is the locator's own."""

    windows: int
    by: str
    at: Instant
    body: bytes


class StoredWalk(Record, frozen=True, kw_only=True):
    """One stay in one room, by somebody who said so. `body` is the locator's own."""

    room: str
    session: str
    windows: int
    by: str
    at: Instant
    body: bytes


def put_fit(connection: sqlite3.Connection, names: Names, told: StoredFit) -> None:
    """Put a fit in force; the one before is ended, and kept."""
    end_fits(connection, names, told.at)
    connection.execute(
        f"INSERT INTO locator_fit (windows, told_by, {_FITTED}, body) "  # noqa: S608 (constants)
        "VALUES (?,?,?,?,?,?,?,?)",
        (told.windows, told.by, *names.moment(told.at), told.body),
    )
    connection.execute(
        "DELETE FROM locator_fit WHERE key NOT IN "
        "(SELECT key FROM locator_fit ORDER BY key DESC LIMIT ?)",
        (FITS_KEPT,),
    )


def fit_in_force(connection: sqlite3.Connection, names: Names) -> StoredFit | None:
    found = connection.execute(
        f"SELECT windows, told_by, body, {_FITTED} FROM locator_fit "  # noqa: S608 (constants)
        "WHERE ended_boot IS NULL ORDER BY key DESC LIMIT 1"
    ).fetchone()
    if found is None:
        return None
    windows, by, body, *at = found
    return StoredFit(windows=windows, by=by, body=body, at=names.instant(*at))


def taken_over(connection: sqlite3.Connection, names: Names) -> Instant | None:
    """When this store took over from another box last; None: never."""
    found = connection.execute(
        "SELECT taken_boot, taken_boottime_ms, taken_wall_ms, taken_offset_min, taken_sync "
        "FROM predecessor ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return None if found is None else names.instant(*found)


def put_walk(connection: sqlite3.Connection, names: Names, told: StoredWalk, most: int) -> None:
    """Keep one stay; of the same room and session the newest `most` are kept."""
    room = names.rooms[told.room]
    connection.execute(
        f"INSERT INTO locator_walk (room, session, windows, told_by, {_WALKED}, body) "  # noqa: S608 (constants)
        "VALUES (?,?,?,?,?,?,?,?,?,?)",
        (room, told.session, told.windows, told.by, *names.moment(told.at), told.body),
    )
    connection.execute(
        "DELETE FROM locator_walk WHERE room = ? AND session = ? AND key NOT IN "
        "(SELECT key FROM locator_walk WHERE room = ? AND session = ? ORDER BY key DESC LIMIT ?)",
        (room, told.session, room, told.session, most),
    )


def walks(connection: sqlite3.Connection, names: Names, limit: int) -> list[StoredWalk]:
    """The newest stays, in the order in which they were walked."""
    found = connection.execute(
        f"SELECT room, session, windows, told_by, body, {_WALKED} FROM locator_walk "  # noqa: S608 (constants)
        "ORDER BY key DESC LIMIT ?",
        (limit,),
    ).fetchall()
    return [
        StoredWalk(
            room=names.rooms.back[room],
            session=session,
            windows=windows,
            by=by,
            body=body,
            at=names.instant(*at),
        )
        for room, session, windows, by, body, *at in reversed(found)
    ]


def forget_walks(connection: sqlite3.Connection, names: Names, room: str | None = None) -> int:
    """Take the walks of one room, or all of them, away; how many there were."""
    if room is None:
        return connection.execute("DELETE FROM locator_walk").rowcount
    key = names.rooms.get(room)
    return connection.execute("DELETE FROM locator_walk WHERE room = ?", (key,)).rowcount
