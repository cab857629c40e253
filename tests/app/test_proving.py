"""The alert of our own every day: when it is due, its steps, and who hears of a failure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge import __version__
from edge.app.house import House
from edge.app.proving import due
from edge.app.proving.prover import Prover
from edge.domain import SERVICE, AlertState, Instant, OutboxClass, Priority, Sent, Switch, Sync
from edge.errors import NotNowError
from edge.store import proving
from edge.store.proving import ProofRow
from edge.uplink.envelope import is_proof, parse_alert
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock, instant

HOUR = 3_600_000
DAY = 24 * HOUR
GATEWAY = "gw-1"


def row(ms: int = 0, *, release: str = __version__, **more: Any) -> ProofRow:
    at = more.pop("raised", instant(ms))
    return ProofRow(id=f"p{ms}", path="mqtt", cause="daily", release=release, raised=at, **more)


def asked(now: Instant, last: ProofRow | None, started_ms: int = 0) -> str | None:
    return due.due(now, last, gateway=GATEWAY, release=__version__, started_ms=started_ms)


def test_every_gateway_has_its_minute_among_working_hours() -> None:
    """The same every day, and a region's homes are spread."""
    minutes = [due.slot_min(f"gw-{n:04d}") for n in range(400)]
    assert all(9 * 60 <= minute < 15 * 60 for minute in minutes)
    assert len(set(minutes)) > 200
    assert due.slot_min("gw-0001") == minutes[1]


def test_once_a_day_at_its_minute() -> None:
    """Before it nothing, after it once, whatever the box does meanwhile."""
    # Noon UTC is 14:00 in the home; a day is 24 h from the slot of the day before.
    slot_ms = (due.slot_min(GATEWAY) - 14 * 60) * 60_000
    last = row(slot_ms)
    assert asked(instant(slot_ms + DAY - 60_000), last) is None
    assert asked(instant(slot_ms + DAY), last) == "daily"
    assert asked(instant(slot_ms + DAY + HOUR), row(slot_ms + DAY)) is None


def test_a_new_box_and_a_new_release_prove_themselves() -> None:
    """After the line had two minutes; and a box that was off does not wait for its minute."""
    assert asked(instant(), None, started_ms=instant().boottime_ms - 119_000) is None
    assert asked(instant(), None, started_ms=instant().boottime_ms - 120_000) == "start"
    assert asked(instant(HOUR), row(release="0.0.9")) == "start"
    assert asked(instant(25 * HOUR), row()) == "daily"


def test_without_a_time_of_day_the_boot_counts() -> None:
    """A day of this boot, or another boot."""
    last = row(raised=instant(sync=Sync.NONE))
    assert asked(instant(DAY - 1, sync=Sync.NONE), last) is None
    assert asked(instant(DAY, sync=Sync.NONE), last) == "daily"
    other = msgspec.structs.replace(instant(HOUR), boot="b-2", sync=Sync.NONE)
    assert asked(other, last) == "daily"


@pytest.mark.parametrize(
    "now_ms, received_ms, waiting_ms, up, expected",
    [
        (1 * HOUR, None, None, True, "waiting"),
        (27 * HOUR, None, None, True, "late"),
        (27 * HOUR, 2 * HOUR, None, True, "ok"),
        (29 * HOUR, 2 * HOUR, None, True, "late"),
        (3 * HOUR, 2 * HOUR, 3 * HOUR - 599_000, True, "ok"),
        (3 * HOUR, 2 * HOUR, 3 * HOUR - 601_000, True, "late"),
        # A line that is known to be down has a fault of its own, for a day.
        (3 * HOUR, 2 * HOUR, 3 * HOUR - 601_000, False, "ok"),
        (29 * HOUR, 2 * HOUR, 3 * HOUR, False, "late"),
    ],
)
def test_how_it_stands(
    now_ms: int, received_ms: int | None, waiting_ms: int | None, up: bool, expected: str
) -> None:
    got = None if received_ms is None else row(received=instant(received_ms))
    waiting = None if waiting_ms is None else row(waiting_ms)
    found = due.standing(instant(now_ms), since=instant(), received=got, waiting=waiting, is_up=up)
    assert found == expected


def test_a_box_that_was_off_for_days_gets_its_time() -> None:
    """Its last proof is old, and nothing is wrong with its way yet."""
    old = row(received=instant(-5 * DAY))
    said = [
        due.standing(instant(ms), since=instant(), received=old, waiting=None, is_up=True)
        for ms in (0, 12 * 60_000, 12 * 60_000 + 1)
    ]
    assert said == ["waiting", "waiting", "late"]


def test_a_proof_of_a_clock_that_was_ahead_vouches_for_nothing() -> None:
    """Received ten years from now, in another boot: not ok until then, but waiting, then late."""
    then = msgspec.structs.replace(instant(3_650 * DAY), boot="another")
    old = row(received=then)
    found = [
        due.standing(instant(ms), since=instant(), received=old, waiting=None, is_up=True)
        for ms in (0, 27 * HOUR)
    ]
    assert found == ["waiting", "late"]


async def owed(house: House) -> list[Any]:
    return [one for one in await house.store.owed(9) if one.cls is OutboxClass.ALERT]


def publish(house: House, ident: str) -> None:
    for listener in house.after_publish:
        listener(ident)


def receipt(house: House, ident: str) -> None:
    for listener in house.when_receipted:
        listener(ident, 1)


async def test_it_takes_the_lane_of_a_critical_alert_and_is_none(tmp_path: Path, clock: FakeClock):
    """Sealed, numbered and stored like one; nothing of it is among the alerts of the home."""
    async with house_in(tmp_path, clock) as house:
        prover = Prover(house)
        made = await prover.make("daily")
        (entry,) = await owed(house)
        assert (entry.id, entry.priority, entry.sequence) == (made.id, Priority.CRITICAL, 1)
        told = parse_alert(entry.body, "gw-1")
        assert is_proof(told)
        assert told.data.alert.state is AlertState.CANCELLED
        assert told.data.alert.params == {"cause": "daily"}
        assert (await house.store.alerts(), house.keeper.home.alerts) == ([], {})


async def test_every_step_is_kept_also_over_a_restart(tmp_path: Path, clock: FakeClock):
    async with house_in(tmp_path, clock) as house:
        prover = Prover(house)
        ident = (await prover.make("daily")).id
        clock.pass_time(5)
        prover.sending(ident)
        clock.pass_time(20)
        publish(house, ident)
        clock.pass_time(7)
        await prover.turn()
    async with house_in(tmp_path, clock) as house:
        prover = Prover(house)
        await prover.load()
        (waiting,) = prover.status()["waiting"]
        assert (waiting["sent_ms"], waiting["puback_ms"], waiting["received_ms"]) == (5, 25, None)
        receipt(house, ident)
        receipt(house, ident)  # a second one is none
        await prover.turn()
        last = prover.status()["last"]
        assert [last[step] for step in ("durable_ms", "puback_ms", "received_ms")] == [0, 25, 32]
        (kept,) = await house.store.look(proving.newest, "mqtt")
        assert kept.received is not None
        assert (prover.standing(), prover.age_s, prover.total_ms) == ("ok", 0, 32)


async def test_no_receipt_is_a_fault_until_one_comes(tmp_path: Path, clock: FakeClock):
    """Told once by the rules of all faults, and over by itself."""
    async with house_in(tmp_path, clock) as house:
        prover = Prover(house)
        prover.is_up = lambda: True
        await prover.load()
        ident = (await prover.make("asked")).id
        await prover.turn()
        assert "path/proof" not in house.keeper.home.faults
        clock.pass_time(10 * 60_000 + 1)
        await prover.turn()
        assert "path/proof" in house.keeper.home.faults
        (alert,) = house.keeper.home.alerts.values()
        assert (alert.code, alert.subject, alert.priority) == (
            *("gateway_fault", "path/proof"),
            Priority.NORMAL,
        )
        receipt(house, ident)
        await prover.turn()
        assert (house.keeper.home.faults, house.keeper.home.alerts) == ({}, {})


async def test_the_loop_makes_one_a_day(tmp_path: Path, clock: FakeClock):
    """Four days of virtual time: one after the start, then one a day."""
    async with house_in(tmp_path, clock) as house:
        prover = Prover(house)
        await prover.load()
        for _ in range(4 * 24 * 12):
            clock.pass_time(5 * 60_000)
            await prover.turn()
            for ident in list(prover._waiting):
                receipt(house, ident)
        rows = await house.store.look(proving.newest, "mqtt")
        assert [one.cause for one in reversed(rows)] == [
            "start",
            "daily",
            "daily",
            "daily",
            "daily",
        ][: len(rows)]
        assert len(rows) in (4, 5)
        days = [(one.raised.wall_ms // 60_000 + one.raised.offset_min) // 1440 for one in rows]
        assert len(set(days)) == len(days)


async def test_who_takes_no_alerts_out_has_none_to_prove(tmp_path: Path, clock: FakeClock):
    async with house_in(tmp_path, clock) as house:
        prover = Prover(house)
        house.sending.put(
            Switch(recipient=SERVICE, cls=Sent.ALERT, allowed=False, by="x", told=clock.now())
        )
        clock.pass_time(DAY)
        await prover.turn()
        assert (await owed(house), prover.standing()) == ([], "off")
        with pytest.raises(NotNowError):
            _ = [one async for one in prover.follow({}, PEER)]


async def test_the_table_has_an_end(tmp_path: Path, clock: FakeClock, monkeypatch: Any):
    monkeypatch.setattr(proving, "ROWS_MAX", 3)
    async with house_in(tmp_path, clock) as house:
        for n in range(5):
            await house.store.change(proving.keep, row(n))
        rows = await house.store.look(proving.newest, "mqtt")
        assert [one.id for one in rows] == ["p4", "p3", "p2"]
