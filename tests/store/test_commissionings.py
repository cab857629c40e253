"""Runs in the database: the newest, those that ended, receipts of what they sent."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from edge.commissioning import course
from edge.commissioning.record import StepName
from edge.store import commissionings
from edge.store.database import Database
from tests.commissioning.runs import BY, at, begun, done, passed, whole
from tests.store.samples import AT, batch, message


def test_a_run_is_kept_as_it_stands(tmp_path: Path) -> None:
    """Stored again it is the same run; a second one comes after it."""
    with Database.open(tmp_path / "home.db") as database:
        assert database.look(commissionings.newest) is None
        run = begun()
        database.change(commissionings.keep, run)
        run = done(run, StepName.BOX, passed("disk"), second=1)
        database.change(commissionings.keep, run)
        assert database.look(commissionings.newest) == run
        assert database.look(commissionings.newest_ended) is None
        ended = replace(whole(), id="01b200f6-8b2d-7aaa-8bbb-0123456789ab")
        database.change(commissionings.keep, ended)
        assert database.look(commissionings.newest) == ended
        later = course.begin("01c2", by=BY, at=at(9), build=run.build, before=ended, new=False)
        database.change(commissionings.keep, later)
    with Database.open(tmp_path / "home.db") as database:
        assert database.look(commissionings.newest) == later
        assert database.look(commissionings.newest_ended) == ended
        assert database.look(commissionings.by_id, "01a200f6") == run
        assert database.look(commissionings.by_id, "01") is None  # three begin so
        assert database.look(commissionings.taken_over) is None


def test_receipts_are_found_by_the_messages_ids(tmp_path: Path) -> None:
    """Owed, received, and not there at all are three things."""
    with Database.open(tmp_path / "home.db") as database:
        one, two = message(1), message(2)
        database.record(batch(messages=[one, two]))
        database.mark_received([one.id], AT)
        found = database.look(commissionings.received, [one.id, two.id, "nobody"])
        assert found == {one.id: AT, two.id: None}
        assert database.look(commissionings.received, []) == {}
