"""What a session does for a driver's plan: clock, reads, requests, live devices, bonds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from edge.domain import Instant, Sync
from edge.drivers.base import GattPlan, SerialFrame, Write
from edge.transports.ble import gatt_session
from edge.transports.ble.current_time import DATE_TIME
from edge.transports.ble.gatt import (
    COOL_DOWN_DONE_MS,
    COOL_DOWN_FAILED_MS,
    COOL_DOWN_LIVE_MS,
    COOL_DOWN_UNBONDED_MS,
)
from edge.transports.lanes import Heard
from tests.transports.fakes import CUFF
from tests.transports.gatt_bench import (
    BATTERY,
    CONTEXT,
    CONTROL,
    FOUND,
    MEASUREMENT,
    PLAN,
    Bench,
    FakeCharacteristic,
    held_session,
)

if TYPE_CHECKING:
    from tests.support.clock import FakeClock


@pytest.fixture
async def bench(clock: FakeClock) -> Bench:
    return Bench(clock)


@pytest.mark.parametrize(
    "told, sync, offset_s",
    [
        ("ea0703020e0000010000", Sync.NTP, 0),
        ("ea0703020f0000010000", Sync.NTP, 3600),
        ("ea0703020d3b3b010000", Sync.NTP, -1),
        ("d00701010000000600ff", Sync.NTP, -825_775_200),
        ("00000000000000000000", Sync.NTP, None),
        ("ea0702300e0000010000", Sync.NTP, None),
        ("ea0703", Sync.NTP, None),
        ("ea0703020f0000010000", Sync.NONE, None),
    ],
    ids=["right", "hour", "second", "reset", "unset", "february-48", "short", "ours-unset"],
)
async def test_the_device_s_clock_is_compared_before_it_is_set(
    bench: Bench, told: str, sync: Sync, offset_s: int | None
) -> None:
    """Every notification carries how far ahead it was; what is no moment is no offset."""
    bench.clock.sync = sync
    bench.characteristics[1].value = bytes.fromhex(told)
    async with bench.running():
        frames = await held_session(bench, PLAN)
    assert [frame.clock_offset_s for frame in frames] == [offset_s, offset_s]
    written = [] if sync is Sync.NONE else ["write 2a2b"]
    assert bench.steps == ["read 2a2b", *written, "subscribe 2a35"]


async def test_an_older_device_is_told_the_time_by_date_time(bench: Bench) -> None:
    """Without 0x2A2B, 0x2A08: seven bytes. A plan that says nothing of the time writes none."""
    bench.characteristics[1] = FakeCharacteristic(
        DATE_TIME, value=bytes.fromhex("ea0703020e0500"), service_uuid="other"
    )
    async with bench.running():
        frames = await held_session(bench, PLAN)
        assert frames[0].clock_offset_s == 300
        assert bench.written == [(DATE_TIME, bytes.fromhex("ea0703020e0000"))]
        bench.clock.pass_time(COOL_DOWN_DONE_MS)
        await held_session(bench, GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=0.05), 2)
        assert len(bench.written) == 1


async def test_a_clock_that_cannot_be_read_costs_nothing_but_the_offset(bench: Bench) -> None:
    """It may still be set, and the measurements come."""
    bench.read_raises = BleakError("not permitted")
    async with bench.running():
        frames = await held_session(bench, PLAN)
    assert [frame.clock_offset_s for frame in frames] == [None, None]
    assert len(bench.written) == 1


async def test_the_steps_of_a_plan_have_their_order(bench: Bench) -> None:
    """Clock, subscriptions, those that may be missing, reads, then what is asked for."""
    bench.characteristics += [
        FakeCharacteristic(BATTERY, ("read",), b"\x5b"),
        FakeCharacteristic(CONTEXT, ("notify",)),
        FakeCharacteristic(CONTROL, ("write", "indicate")),
    ]
    bench.states["bp-1"] = b"\x07"
    bench.values = []

    def begin(state: bytes, now: Instant) -> tuple[Write, ...]:
        assert now == bench.clock.now()
        return (Write(characteristic=CONTROL, value=b"\x01\x03\x01" + state),)

    def answer(uuid: str, data: bytes) -> None:
        if uuid == CONTROL:
            bench.notify[CONTEXT](b"record")
            bench.notify[CONTROL](b"\x06\x00" + data[:1] + b"\x01")

    bench.answer = answer
    plan = GattPlan(
        service="",
        write_time=True,
        read=(BATTERY, "absent"),
        subscribe=(MEASUREMENT, CONTROL),
        also=(CONTEXT, "absent"),
        quiet_s=60,
        begin=begin,
        ends=lambda frame: frame.characteristic == CONTROL,
    )
    async with bench.running():
        frames = await held_session(bench, plan)
    assert bench.steps == [
        "read 2a2b",
        "write 2a2b",
        "subscribe 2a35",
        "subscribe 2a52",
        "subscribe 2a34",
        "read 2a19",
        "write 2a52",
    ]
    assert bench.written[-1] == (CONTROL, b"\x01\x03\x01\x07")
    assert [(frame.value, frame.indicated) for frame in frames] == [
        (b"\x5b", False),
        (b"record", False),
        (b"\x06\x00\x01\x01", True),
    ]
    assert bench.sessions.counts.completed == 1


async def test_values_that_hang_leave_time_for_the_measurements(bench: Bench) -> None:
    """Each takes its whole bound, a name plate of twelve longer than the session has."""
    plate = tuple(f"0000{number:04x}-0000-1000-8000-00805f9b34fb" for number in range(12))
    bench.characteristics += [FakeCharacteristic(uuid, ("read",)) for uuid in plate]
    bench.read_hangs = True
    plan = GattPlan(service="", read=plate, subscribe=(MEASUREMENT,), quiet_s=0.05)
    async with bench.running():
        frames = await held_session(bench, plan)
    assert [frame.value for frame in frames] == [b"\x01", b"\x02"]
    assert bench.sessions.counts.completed == 1


@pytest.mark.parametrize("asked", [b"\x02\x01", b"", b"\x04\x01"])
async def test_nothing_is_written_but_what_a_driver_may(bench: Bench, asked: bytes) -> None:
    """No record is deleted, whatever the driver of another maker says; counting is a question."""
    bench.characteristics.append(FakeCharacteristic(CONTROL, ("write", "indicate")))
    plan = GattPlan(
        service="",
        subscribe=(MEASUREMENT,),
        quiet_s=0.05,
        begin=lambda _state, _now: (Write(characteristic=CONTROL, value=asked),),
    )
    async with bench.running():
        await held_session(bench, plan)
    allowed = asked[:1] == b"\x04"
    assert bench.written == ([(CONTROL, asked)] if allowed else [])
    assert bench.sessions.counts.failed == (0 if allowed else 1)


async def test_what_an_alarm_says_over_a_connection_does_not_wait_behind_telemetry(
    bench: Bench,
) -> None:
    """A pendant of another maker's driver: its frames leave before a pile of readings."""
    for _ in range(3):
        bench.queue.put_nowait(Heard("climate", SerialFrame(data=b""), bench.clock.now()))
    plan = GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=0.05)
    bench.sessions.enrol({"bp-1": plan}, alarms=["bp-1"])
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
    batch = await bench.queue.get_batch(10)
    assert [heard.device for heard in batch] == ["bp-1"] * 2 + ["climate"] * 3


async def test_a_value_that_is_not_shown_is_passed_over(bench: Bench) -> None:
    """A battery level that wants a bond must not cost the measurement."""
    bench.characteristics.append(FakeCharacteristic(BATTERY, ("read",)))
    bench.read_raises = BleakError("insufficient authentication")
    plan = GattPlan(service="", read=(BATTERY,), subscribe=(MEASUREMENT,), quiet_s=0.05)
    async with bench.running():
        frames = await held_session(bench, plan)
    assert [frame.value for frame in frames] == [b"\x01", b"\x02"]


async def test_a_refused_subscription_that_may_be_missing_costs_no_measurement(
    bench: Bench,
) -> None:
    """A meter that will not send its contexts still sends its measurements."""
    bench.characteristics.append(FakeCharacteristic(CONTEXT, ("notify",)))
    bench.subscribe_raises[CONTEXT] = BleakError("not permitted")
    plan = GattPlan(service="", subscribe=(MEASUREMENT,), also=(CONTEXT,), quiet_s=0.05)
    async with bench.running():
        frames = await held_session(bench, plan)
        assert [frame.value for frame in frames] == [b"\x01", b"\x02"]
        assert bench.sessions.counts.completed == 1
        bench.clock.pass_time(COOL_DOWN_DONE_MS)
        bench.subscribe_raises[MEASUREMENT] = BleakError("not permitted")
        await held_session(bench, plan, 2)
    assert bench.sessions.counts.failed == 1


@pytest.mark.parametrize("also, completed", [((CONTEXT,), 0), ((CONTEXT, MEASUREMENT), 1)])
async def test_a_plan_of_choices_needs_one_of_them(
    bench: Bench, also: tuple[str, ...], completed: int
) -> None:
    """An oximeter has spot checks, continuous values or both; one with neither is none."""
    async with bench.running():
        await held_session(bench, GattPlan(service="", also=also, quiet_s=0.05))
    assert bench.sessions.counts.completed == completed
    assert bench.sessions.counts.failed == 1 - completed


async def test_a_device_that_ends_the_link_itself_is_not_made_to_wait_longer(
    bench: Bench,
) -> None:
    """It brought something each time: two seconds, and two seconds again."""
    bench.leaves = True
    plan = GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=60)
    async with bench.running():
        for number in range(1, 5):
            assert len(await held_session(bench, plan, number)) == 2
            assert bench.sessions.counts.link_lost == number
            bench.clock.pass_time(COOL_DOWN_FAILED_MS)


async def test_the_plan_s_own_service_has_the_first_claim(bench: Bench) -> None:
    """Two services with one characteristic each: the profile's own is the one that is meant."""
    bench.characteristics += [
        FakeCharacteristic(BATTERY, ("read",), b"\x01", "other"),
        FakeCharacteristic(BATTERY, ("read",), b"\x02", "mine"),
    ]
    async with bench.running():
        frames = await held_session(bench, GattPlan(service="mine", read=(BATTERY,)))
    assert [frame.value for frame in frames] == [b"\x02"]


async def test_a_live_device_gets_its_share_and_is_then_left_alone(bench: Bench) -> None:
    """It would send all day: the session ends in time, and the next one is not soon."""
    plan = GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=5, longest_s=0.1)
    async with bench.running():
        await held_session(bench, plan)
        assert (bench.sessions.counts.completed, bench.sessions.counts.live) == (1, 1)
        for passed_ms, sessions in ((COOL_DOWN_LIVE_MS - 1, 1), (1, 2)):
            bench.clock.pass_time(passed_ms)
            bench.sessions.invited("bp-1", FOUND)
            await asyncio.sleep(0.05)
            assert bench.sessions.counts.sessions == sessions
        await bench.held(2)


async def test_a_live_session_makes_room_for_a_device_that_waits(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cuff advertises for a minute; a heart is there all day."""
    monkeypatch.setattr(gatt_session, "LIVE_SHARE_S", 0.05)
    plan = GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=60)
    async with bench.running():
        bench.sessions.enrol({"heart": plan, "bp-1": PLAN})
        bench.sessions.invited("heart", FOUND)
        while not bench.notify:
            await asyncio.sleep(0.005)
        bench.sessions.invited("bp-1", BLEDevice("C4:11:22:33:44:99", None, None))
        await bench.held(2)
    assert bench.sessions.counts.live == 1
    assert bench.sessions.counts.completed == 2


async def test_a_live_session_makes_room_for_an_installer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person stands beside the device that is to be paired; a heart beats tomorrow too."""
    monkeypatch.setattr(gatt_session, "LIVE_SHARE_S", 0.05)
    bench.sessions.enrol({"heart": GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=60)})
    async with bench.running():
        bench.sessions.invited("heart", FOUND)
        while not bench.notify:
            await asyncio.sleep(0.005)
        async with asyncio.timeout(3), bench.sessions.linking():
            assert bench.sessions.counts.completed == 1


async def test_who_has_been_quiet_for_long_gives_way_and_was_not_live(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One spot check and a finger still in the clip: done, with the ordinary cool-down."""
    monkeypatch.setattr(gatt_session, "LIVE_SHARE_S", 0.1)
    monkeypatch.setattr(gatt_session, "LIVE_EVERY_S", 0.05)
    bench.sessions.enrol(
        {"oximeter": GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=60), "bp-1": PLAN}
    )
    async with bench.running():
        bench.sessions.invited("oximeter", FOUND)
        while not bench.notify:
            await asyncio.sleep(0.005)
        bench.sessions.invited("bp-1", BLEDevice("C4:11:22:33:44:99", None, None))
        await bench.held(2)
    assert (bench.sessions.counts.completed, bench.sessions.counts.live) == (2, 0)


async def test_a_transfer_that_was_cut_short_goes_on_soon(bench: Bench) -> None:
    """The longest session was too short for all records; the next one asks for the rest."""
    plan = GattPlan(
        service="", subscribe=(MEASUREMENT,), quiet_s=5, longest_s=0.1, begin=lambda _s, _n: ()
    )
    async with bench.running():
        await held_session(bench, plan)
        assert bench.sessions.counts.live == 0
        bench.clock.pass_time(COOL_DOWN_FAILED_MS)
        await held_session(bench, plan, 2)
    assert bench.sessions.counts.completed == 2


async def test_a_plan_that_needs_a_bond_waits_for_an_installer(bench: Bench) -> None:
    """No bond, no connection: nothing is paired by itself, and the radio is not kept busy."""
    plan = GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=0.05, bonded=True)
    bench.sessions.enrol({"bp-1": plan})
    async with bench.running():
        for _ in range(3):
            bench.sessions.invited("bp-1", FOUND)
            await asyncio.sleep(0.02)
        assert bench.sessions.counts.unbonded == 1
        assert bench.paused_at_connect == []
        bench.bonded.add(CUFF)
        bench.clock.pass_time(COOL_DOWN_UNBONDED_MS)
        await held_session(bench, plan)
    assert bench.sessions.counts.completed == 1


async def test_no_session_is_held_while_somebody_else_makes_a_connection(bench: Bench) -> None:
    """A pairing has the one connection; the session follows when it is done."""
    async with bench.running():
        async with bench.sessions.linking():
            bench.sessions.invited("bp-1", FOUND)
            await asyncio.sleep(0.05)
            assert bench.sessions.counts.sessions == 0
            assert bench.beats.count["gatt"] >= 2
        await bench.held(1)
        bench.clock.pass_time(COOL_DOWN_DONE_MS)
        async with bench.sessions.reserved(CUFF):
            bench.sessions.invited("bp-1", FOUND)
            await asyncio.sleep(0.05)
        assert bench.sessions.counts.sessions == 1
