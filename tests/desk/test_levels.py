"""What the desk alone has reached goes down to the home, until the home shows it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import decisions, levels, parcels, replaced, roster
from edge.clock import RandomIds
from edge.events import Escalated
from edge.uplink.envelope import AckKind, as_event, parse_downlink
from tests.desk.helpers import AT_MS, alert_body, fresh, say
from tests.desk.test_roster import ANNA, at, press
from tests.escalation.plans import made
from tests.uplink import samples
from tests.uplink.samples import uid


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    roster.put_in_force(connection, "gw-0001", made(), by="os:test", at_ms=AT_MS)
    say(connection, press())
    roster.turn(connection, at(1))
    yield connection
    connection.close()


def owed(database: sqlite3.Connection) -> list[parcels.Parcel]:
    return parcels.pending(database, at(121).wall_ms)


def test_a_level_goes_down_until_the_home_shows_it(database: sqlite3.Connection):
    """The home hears which one, and its next revision ends it."""
    assert owed(database) == []
    roster.turn(database, at(121))
    (parcel,) = owed(database)
    assert parcel.topic == "kotivahti/v1/gw-0001/down/ack"
    assert parcel.after_ms == levels.OWN_WORD_MS
    body = parcels.message(database, "area-07", parcel, RandomIds(), at(131))
    assert body is not None
    assert as_event(parse_downlink(body, "gw-0001")) == Escalated(alert=uid(0xA1), level=2)
    say(database, press(2, escalation=2, changed=at(132)))
    assert owed(database) == []


def test_a_higher_level_takes_the_place_of_the_lower(database: sqlite3.Connection):
    roster.turn(database, at(121))
    roster.turn(database, at(241))
    assert [row["level"] for row in levels.pending(database)] == [3]


def test_what_a_person_said_goes_first(database: sqlite3.Connection):
    """A decline is one more than the home's own level: told after it, it would count twice."""
    decisions.decide(database, uid(0xA1), AckKind.DECLINED, ANNA, id_=uid(9), at=at(2))
    roster.turn(database, at(3))
    assert levels.pending(database) == []


def test_smoke_needs_no_ladder(database: sqlite3.Connection, tmp_path: Path):
    """Everybody is asked at once on both sides; a level would only be one more message."""
    (tmp_path / "other").mkdir()
    other = fresh(tmp_path / "other")
    roster.put_in_force(other, "gw-0001", made(), by="os:test", at_ms=AT_MS)
    say(other, alert_body(samples.smoke_alert(flags=()), 1))
    roster.turn(other, at(1))
    assert levels.pending(other) == []
    other.close()


def test_a_box_that_was_replaced_is_told_nothing(database: sqlite3.Connection):
    roster.turn(database, at(121))
    replaced.record(database, "gw-0001", "gw-0002", AT_MS)
    assert levels.pending(database) == []
