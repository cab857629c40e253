"""Fits and walks of the room locator: the newest counts, the older ones are kept or go."""

from __future__ import annotations

from pathlib import Path

from edge.domain import Instant
from edge.store import fits, household
from edge.store.database import Database
from edge.store.fits import FITS_KEPT, StoredFit, StoredWalk
from tests.support.clock import instant


def fit_of(body: bytes, at: Instant) -> StoredFit:
    return StoredFit(windows=30, by="kalle (uid 1000)", at=at, body=body)


def walk_of(room: str, body: bytes, session: str = "walk") -> StoredWalk:
    return StoredWalk(room=room, session=session, windows=6, by="kalle", at=instant(), body=body)


def test_a_new_fit_ends_the_one_before_and_keeps_it(database: Database, path: Path) -> None:
    """In force is the newest; after a restart too; none after it was ended."""
    assert database.look(fits.fit_in_force) is None
    first, second = fit_of(b"one", instant()), fit_of(b"two", instant(60_000))
    database.change(fits.put_fit, first)
    database.change(fits.put_fit, second)
    assert database.look(fits.fit_in_force) == second
    kept = database._connection.execute("SELECT body, ended_wall_ms FROM locator_fit").fetchall()
    assert kept == [(b"one", second.at.wall_ms), (b"two", None)]
    database.close()
    with Database.open(path) as again:
        assert again.look(fits.fit_in_force) == second
        again.change(household.end_fits, instant(120_000))
        assert again.look(fits.fit_in_force) is None


def test_fits_that_are_kept_have_a_bound(database: Database) -> None:
    """Each is some hundred kilobytes: the oldest go."""
    for number in range(FITS_KEPT + 3):
        database.change(fits.put_fit, fit_of(bytes([number]), instant(number)))
    rows = database._connection.execute("SELECT body FROM locator_fit ORDER BY key").fetchall()
    assert [body[0] for (body,) in rows] == list(range(3, FITS_KEPT + 3))


def test_walks_are_kept_by_room_and_session(database: Database) -> None:
    """The newest of each; in the order in which they were walked; one room's can be forgotten."""
    for number in range(3):
        database.change(fits.put_walk, walk_of("kitchen", bytes([number])), 2)
    database.change(fits.put_walk, walk_of("hall", b"h"), 2)
    database.change(fits.put_walk, walk_of("kitchen", b"e", "evening"), 2)
    found = database.look(fits.walks, 10)
    assert [(w.room, w.body) for w in found] == [
        ("kitchen", b"\x01"),
        ("kitchen", b"\x02"),
        ("hall", b"h"),
        ("kitchen", b"e"),
    ]
    assert database.look(fits.walks, 1) == [walk_of("kitchen", b"e", "evening")]
    assert database.change(fits.forget_walks, "kitchen") == 3
    assert database.change(fits.forget_walks, "sauna") == 0
    assert database.change(fits.forget_walks) == 1
    assert database.look(fits.walks, 10) == []


def test_a_store_that_never_took_over_says_so(database: Database) -> None:
    """Then no fit is of another box."""
    assert database.look(fits.taken_over) is None
