"""What named persons decide: who is first has it, and it is carried until the home shows it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import decisions, parcels, reads
from desk.carrier import Carrier
from desk.decisions import AlertNameError, StateRefusedError, decide
from desk.happened import Decided
from desk.parcels import Parcel
from edge.domain import Actor, Alert, AlertState
from edge.uplink import envelope
from edge.uplink.envelope import Ack, AckKind, Outcome
from tests.desk.helpers import AT_MS, alert_body, fresh, say
from tests.support.clock import FakeClock, instant
from tests.support.ids import SeqIds
from tests.uplink import samples
from tests.uplink.samples import ANNA, uid

BEN = Actor(account="ben", role="coordinator")
ALERT = uid(0xA1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A desk with one alert that nobody has."""
    connection = fresh(tmp_path)
    say(connection, alert_body(samples.smoke_alert(), 1))
    yield connection
    connection.close()


def made(
    database: sqlite3.Connection, kind: AckKind, actor: Actor, number: int = 500, **more: object
) -> None:
    """Write one decision down."""
    at = instant(number)
    decide(database, ALERT, kind, actor, id_=uid(number), at=at, **more)  # type: ignore[arg-type]


def states(database: sqlite3.Connection) -> list[str]:
    """Return the states of all decisions, in order."""
    return [s for (s,) in database.execute("SELECT state FROM decision ORDER BY made_ms, id")]


def later(told: Alert, sequence: int) -> bytes:
    return alert_body(told, sequence)


def test_an_accepted_alert_is_somebodys_at_once(database: sqlite3.Connection):
    """The desk shows who has it before the home has confirmed."""
    made(database, AckKind.ACCEPTED, ANNA, eta_s=900)
    (row,) = reads.alerts(database)
    assert (row["state"], row["standing"], row["holder"]) == ("raised", "acknowledged", "anna")


def test_whoever_is_second_is_told_who_was_first(database: sqlite3.Connection):
    """Unless they take it over and say so."""
    made(database, AckKind.ACCEPTED, ANNA)
    with pytest.raises(StateRefusedError, match="taken already by anna"):
        made(database, AckKind.ACCEPTED, BEN, 501)
    made(database, AckKind.ACCEPTED, BEN, 502, take_over=True)
    (row,) = reads.alerts(database)
    assert row["holder"] == "ben"


def test_the_holder_may_accept_again(database: sqlite3.Connection):
    """One more reply extends it."""
    made(database, AckKind.ACCEPTED, ANNA)
    made(database, AckKind.ACCEPTED, ANNA, 501, eta_s=1_800)
    assert states(database) == ["pending", "pending"]


def test_a_closed_alert_takes_no_more_decisions(database: sqlite3.Connection):
    """Also while the home has not confirmed the end."""
    made(database, AckKind.CLOSED, ANNA, outcome=Outcome.HELPED)
    for kind in (AckKind.ACCEPTED, AckKind.DECLINED, AckKind.CLOSED):
        with pytest.raises(StateRefusedError, match="closed already by anna"):
            made(database, kind, BEN, 501, outcome=Outcome.OTHER)


@pytest.mark.parametrize(
    "prefix, says",
    [
        ("019", "first 4 characters"),
        ("ffff", "no alert begins with"),
        ("%%%%", "give an alert's id"),
        ("", "first 4 characters"),
    ],
)
def test_an_alert_is_named_by_its_id_or_a_unique_beginning(
    database: sqlite3.Connection, prefix: str, says: str
):
    """Anything else is refused with what to do."""
    with pytest.raises(AlertNameError, match=says):
        decisions.find(database, prefix)
    assert decisions.find(database, ALERT[:8])["id"] == ALERT
    say(database, alert_body(samples.smoke_alert(id=uid(0xA2)), 2))
    with pytest.raises(AlertNameError, match="more than one"):
        decisions.find(database, ALERT[:8])


def test_the_message_is_the_same_bytes_every_time(database: sqlite3.Connection):
    """The gateway knows a repetition by its id."""
    made(database, AckKind.ACCEPTED, ANNA, eta_s=900)
    (row,) = decisions.pending(database, AT_MS)
    assert decisions.message("area-07", row) == decisions.message("area-07", row)
    ack = envelope.parse_downlink(decisions.message("area-07", row), "gw-0001")
    assert ack == Ack(
        id=uid(500),
        source="urn:kotivahti:desk:area-07",
        of=uid(1),
        kind=AckKind.ACCEPTED,
        alert=ALERT,
        rev=1,
        actor=ANNA,
        eta_s=900,
    )


def test_decisions_about_one_alert_go_one_after_the_other(database: sqlite3.Connection):
    """The end is not told before the beginning is known."""
    made(database, AckKind.ACCEPTED, ANNA)
    made(database, AckKind.CLOSED, ANNA, 501, outcome=Outcome.HELPED)
    assert [row["kind"] for row in decisions.pending(database, AT_MS)] == ["accepted"]
    told = say(database, later(samples.taken_alert(), 2))
    assert [h.state for h in told.happened if isinstance(h, Decided)] == ["shown"]
    assert [row["kind"] for row in decisions.pending(database, AT_MS)] == ["closed"]
    closed = samples.smoke_alert(3, state=AlertState.CLOSED, actor=ANNA, outcome="helped")
    say(database, later(closed, 3))
    assert states(database) == ["shown", "shown"]


def test_another_persons_revision_supersedes(database: sqlite3.Connection):
    """Somebody who was faster on another path is not overruled by a repetition."""
    made(database, AckKind.ACCEPTED, BEN)
    say(database, later(samples.taken_alert(), 2))
    assert states(database) == ["superseded"]


def test_a_repeated_alert_does_not_settle_a_decision(database: sqlite3.Connection):
    """A higher revision that is still raised says that the home has not heard."""
    made(database, AckKind.ACCEPTED, ANNA)
    say(database, later(samples.smoke_alert(2, repeats=1), 2))
    assert states(database) == ["pending"]


def test_a_declined_alert_settles_with_the_next_level(database: sqlite3.Connection):
    """It stays raised, one level higher."""
    made(database, AckKind.DECLINED, ANNA)
    say(database, later(samples.smoke_alert(2, repeats=1), 2))
    assert states(database) == ["pending"]
    say(database, later(samples.smoke_alert(3, escalation=2), 3))
    assert states(database) == ["shown"]


def test_a_cancelled_alert_ends_what_waits(database: sqlite3.Connection):
    """There is nothing left to decide."""
    made(database, AckKind.ACCEPTED, ANNA)
    say(database, later(samples.smoke_alert(2, state=AlertState.CANCELLED), 2))
    assert states(database) == ["superseded"]


def test_a_day_old_decision_is_given_up(database: sqlite3.Connection):
    """Nobody is on the way any more."""
    made(database, AckKind.ACCEPTED, ANNA)
    old_ms = instant(86_400_000 + 501).wall_ms
    assert decisions.pending(database, old_ms) == []
    assert len(decisions.expire(database, old_ms)) == 1
    assert states(database) == ["expired"]


def test_decisions_expire_together(database: sqlite3.Connection):
    """While one process gives them up, no other settles or makes one."""
    made(database, AckKind.ACCEPTED, ANNA)
    said: list[str] = []
    database.set_trace_callback(said.append)
    decisions.expire(database, instant(86_400_000 + 501).wall_ms)
    database.set_trace_callback(None)
    assert (said[0], said[-1]) == ("BEGIN IMMEDIATE", "COMMIT")


def test_only_who_has_an_alert_gives_it_back(database: sqlite3.Connection):
    """A raised one anybody may decline; a colleague's is the colleague's."""
    made(database, AckKind.DECLINED, BEN)
    made(database, AckKind.ACCEPTED, ANNA, 501)
    with pytest.raises(StateRefusedError, match="taken by anna: who has it gives it back"):
        made(database, AckKind.DECLINED, BEN, 502)
    made(database, AckKind.DECLINED, ANNA, 503)
    assert reads.alerts(database)[0]["holder"] is None


async def test_a_decision_is_repeated_until_the_home_shows_it(
    database: sqlite3.Connection, clock: FakeClock
):
    """3, 6, 12 s on; then no more."""
    made(database, AckKind.ACCEPTED, ANNA)
    sent: list[int] = []
    shown: list[str] = []

    async def pending() -> list[Parcel]:
        return parcels.pending(database, clock.now().wall_ms)

    async def message(parcel: Parcel) -> bytes | None:
        return parcels.message(database, "area-07", parcel, SeqIds(), clock.now())

    async def publish(topic: str, body: bytes) -> None:
        assert topic == "kotivahti/v1/gw-0001/down/ack"
        assert envelope.parse_downlink(body, "gw-0001").id == uid(500)
        sent.append(clock.now().boottime_ms)

    carrier = Carrier(
        clock=clock, pending=pending, message=message, show=lambda d: shown.append(d.state)
    )
    carrier.connected()
    running = asyncio.create_task(carrier.run(publish))
    begin_ms = clock.now().boottime_ms
    for _ in range(30):
        await clock.advance(1_000)
        carrier.due.set()
    await clock.advance(0)
    assert [ms - begin_ms for ms in sent] == [0, 3_000, 9_000, 21_000]
    say(database, later(samples.taken_alert(), 2))
    for _ in range(60):
        await clock.advance(1_000)
        carrier.due.set()
    await clock.advance(0)
    assert len(sent) == 4
    assert shown == ["made", "sent"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
