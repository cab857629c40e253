"""What a revision shows of the decisions about its alert: facts, not only who and how new."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import decisions
from desk.decisions import decide
from desk.happened import Decided
from edge.domain import Actor, Alert, AlertState
from edge.uplink.envelope import AckKind, Outcome
from tests.desk.helpers import AT_MS, alert_body, fresh, say
from tests.support.clock import instant
from tests.uplink import samples
from tests.uplink.samples import ANNA, uid

BEN = Actor(account="ben", role="coordinator")
CARA = Actor(account="cara", role="nurse")
ALERT = uid(0xA1)
RAISED, TAKEN = AlertState.RAISED, AlertState.ACKNOWLEDGED


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A desk with one alert that nobody has."""
    connection = fresh(tmp_path)
    say(connection, alert_body(samples.smoke_alert(), 1))
    yield connection
    connection.close()


def held(rev: int, actor: Actor, until_ms: int = 3_000_000, **more: object) -> Alert:
    """Return the alert in the hands of `actor`, for so long."""
    return samples.smoke_alert(rev, state=TAKEN, actor=actor, next_by=instant(until_ms), **more)


def came(database: sqlite3.Connection, told: Alert) -> list[str]:
    """Let a revision arrive; what it settled."""
    happened = say(database, alert_body(told, told.rev)).happened
    return [f"{h.account} {h.state}" for h in happened if isinstance(h, Decided)]


def made(
    database: sqlite3.Connection, kind: AckKind, actor: Actor, number: int = 500, **more: object
) -> None:
    """Write one decision down."""
    at = instant(number)
    decide(database, ALERT, kind, actor, id_=uid(number), at=at, **more)  # type: ignore[arg-type]


def test_an_extension_is_shown_by_a_new_time_only(database: sqlite3.Connection):
    """A flag is a newer revision too, in the same hands, and says nothing of the reply."""
    came(database, held(2, ANNA))
    made(database, AckKind.ACCEPTED, ANNA, eta_s=1_800)
    assert came(database, held(3, ANNA, flags=("alarm_quiet",))) == []
    assert came(database, held(4, ANNA, 4_000_000)) == ["anna shown"]


def test_a_take_over_waits_while_the_colleague_has_it(database: sqlite3.Connection):
    """Whoever had it at the time of the decision has not overtaken it."""
    came(database, held(2, ANNA))
    made(database, AckKind.ACCEPTED, BEN, take_over=True)
    assert came(database, held(3, ANNA, flags=("alarm_quiet",))) == []
    assert came(database, held(4, BEN)) == ["ben shown"]


def test_a_third_person_supersedes_a_take_over(database: sqlite3.Connection):
    """Neither the colleague nor the one who decided has it now."""
    came(database, held(2, ANNA))
    made(database, AckKind.ACCEPTED, BEN, take_over=True)
    assert came(database, held(3, CARA)) == ["ben superseded"]


def test_a_take_over_outlives_the_revision_of_the_decision_before(database: sqlite3.Connection):
    """Two decisions wait: the home shows the first, and is then told of the second."""
    made(database, AckKind.ACCEPTED, ANNA)
    made(database, AckKind.ACCEPTED, BEN, 501, take_over=True)
    assert came(database, held(2, ANNA)) == ["anna shown"]
    (row,) = decisions.pending(database, AT_MS)
    assert (row["account"], row["rev"], row["holder"], row["message_id"]) == (
        "ben",
        2,
        "anna",
        uid(2),
    )
    assert came(database, held(3, BEN)) == ["ben shown"]


def test_an_extension_behind_an_unshown_acceptance_is_not_shown_by_it(database: sqlite3.Connection):
    """One revision shows one decision."""
    made(database, AckKind.ACCEPTED, ANNA)
    made(database, AckKind.ACCEPTED, ANNA, 501, eta_s=1_800)
    assert came(database, held(2, ANNA)) == ["anna shown"]
    assert came(database, held(3, ANNA, 4_000_000)) == ["anna shown"]


def test_what_stood_on_an_overtaken_decision_falls_with_it(database: sqlite3.Connection):
    """Giving back what one never had must not take it from the one who has it."""
    made(database, AckKind.ACCEPTED, BEN)
    made(database, AckKind.DECLINED, BEN, 501)
    assert came(database, held(2, ANNA)) == ["ben superseded", "ben superseded"]
    assert decisions.pending(database, AT_MS) == []


def test_a_holder_gives_back_and_the_home_shows_it(database: sqlite3.Connection):
    """Still in the same hands: not yet; raised one level higher: shown."""
    came(database, held(2, ANNA))
    made(database, AckKind.DECLINED, ANNA)
    assert came(database, held(3, ANNA, flags=("alarm_quiet",))) == []
    assert came(database, samples.smoke_alert(4, escalation=2)) == ["anna shown"]


def test_a_third_person_ends_a_waiting_decline(database: sqlite3.Connection):
    """The alert is in hands: the next level need not be asked."""
    made(database, AckKind.DECLINED, ANNA)
    assert came(database, held(2, BEN)) == ["anna superseded"]


def test_a_closing_waits_whoever_takes_the_alert_meanwhile(database: sqlite3.Connection):
    """An end may be told at any time; only another end is before it."""
    made(database, AckKind.CLOSED, ANNA, outcome=Outcome.HELPED)
    assert came(database, held(2, BEN)) == []
    closed = samples.smoke_alert(3, state=AlertState.CLOSED, actor=BEN, outcome="other")
    assert came(database, closed) == ["anna superseded"]


def test_a_revision_that_was_overtaken_on_its_way_shows_what_was_decided(
    database: sqlite3.Connection,
):
    """Taken, pressed again, and the press came first: the acceptance was obeyed all the same.

    Else it waited for a day, in front of whatever the same person decided about the new press.
    """
    made(database, AckKind.ACCEPTED, ANNA)
    assert came(database, samples.smoke_alert(3)) == []
    made(database, AckKind.ACCEPTED, ANNA, 501)
    assert came(database, held(2, ANNA)) == ["anna shown"]
    (row,) = decisions.pending(database, AT_MS)
    assert (row["id"], row["rev"], row["holder"]) == (uid(501), 3, None)
    assert came(database, held(4, ANNA)) == ["anna shown"]
