"""GATT sessions on a fake client: when they are held, what a failure costs, what is written."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError

from edge.domain import Instant, Sync
from edge.drivers.base import GattPlan, Notification, Write
from edge.transports import gatt_session
from edge.transports.current_time import CURRENT_TIME, DATE_TIME
from edge.transports.gatt import (
    COOL_DOWN_DONE_MS,
    COOL_DOWN_FAILED_MS,
    COOL_DOWN_LIVE_MS,
    COOL_DOWN_MAX_MS,
    COOL_DOWN_UNBONDED_MS,
    FRESH_MS,
    GattSessions,
)
from edge.transports.gatt_session import GattLimits, beating
from edge.transports.lanes import LaneQueue
from tests.transports.fakes import CUFF, Beats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.clock import FakeClock

MEASUREMENT = "00002a35-0000-1000-8000-00805f9b34fb"
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"
CONTEXT = "00002a34-0000-1000-8000-00805f9b34fb"
CONTROL = "00002a52-0000-1000-8000-00805f9b34fb"
PLAN = GattPlan(service="", write_time=True, subscribe=(MEASUREMENT,), quiet_s=0.05)
FOUND = BLEDevice(CUFF, None, None)


class FakeCharacteristic(msgspec.Struct):
    """As much of bleak's as a session looks at."""

    uuid: str
    properties: tuple[str, ...] = ("read", "write", "indicate")
    value: bytes = b""
    service_uuid: str = ""


class FakeClient:
    """As much of a bleak client as a session uses; does what its bench was told."""

    def __init__(self, bench: Bench, lost: Callable[[Any], None]) -> None:
        self.bench = bench
        self.lost = lost

    @property
    def services(self) -> FakeClient:
        return self

    @property
    def characteristics(self) -> dict[int, FakeCharacteristic]:
        return dict(enumerate(self.bench.characteristics))

    async def connect(self) -> None:
        self.bench.paused_at_connect.append(self.bench.paused)
        if self.bench.connect_raises is not None:
            raise self.bench.connect_raises
        if self.bench.connect_hangs:
            await asyncio.Event().wait()

    async def disconnect(self) -> None:
        self.bench.disconnects += 1
        self.lost(self)
        if self.bench.disconnect_raises is not None:
            raise self.bench.disconnect_raises

    async def read_gatt_char(self, found: FakeCharacteristic) -> bytearray:
        self.bench.steps.append(f"read {found.uuid[4:8]}")
        if self.bench.read_raises is not None:
            raise self.bench.read_raises
        return bytearray(found.value)

    async def write_gatt_char(
        self, found: FakeCharacteristic, data: bytes, *, response: bool
    ) -> None:
        assert response
        self.bench.steps.append(f"write {found.uuid[4:8]}")
        if self.bench.write_raises is not None:
            raise self.bench.write_raises
        self.bench.written.append((found.uuid, data))
        self.bench.answer(found.uuid, data)

    async def start_notify(
        self, found: FakeCharacteristic, heard: Callable[[Any, bytearray], None]
    ) -> None:
        self.bench.steps.append(f"subscribe {found.uuid[4:8]}")
        self.bench.paused_at_subscribe.append(self.bench.paused)
        self.bench.notify[found.uuid] = lambda value: heard(None, bytearray(value))
        for value in self.bench.values if found.uuid == MEASUREMENT else []:
            heard(None, bytearray(value))


class Bench:
    """Implements `radio.Radio` for one cuff, and owns the sessions under test."""

    name = "fake"

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.queue = LaneQueue()
        self.beats = Beats()
        self.paused = False
        self.paused_at_connect: list[bool] = []
        self.paused_at_subscribe: list[bool] = []
        self.characteristics = [
            FakeCharacteristic(MEASUREMENT, ("indicate",)),
            FakeCharacteristic(CURRENT_TIME, value=bytes.fromhex("ea0703020e0000010000")),
        ]
        self.steps: list[str] = []
        self.notify: dict[str, Callable[[bytes], None]] = {}
        self.answer: Callable[[str, bytes], None] = lambda _uuid, _data: None
        self.read_raises: Exception | None = None
        self.bonded: set[str] = set()
        self.states: dict[str, bytes] = {}
        self.values = [b"\x01", b"\x02"]
        self.written: list[tuple[str, bytes]] = []
        self.disconnects = 0
        self.connect_raises: Exception | None = None
        self.connect_hangs = False
        self.pause_hangs = False
        self.resume_hangs_s = 0.0
        self.disconnect_raises: Exception | None = None
        self.write_raises: Exception | None = None
        self.sessions = GattSessions(
            self,  # type: ignore[arg-type]
            self.pause,
            self.queue,
            clock,
            beat=self.beats,
            limits=GattLimits(pause_s=0.1, connect_s=0.1, step_s=0.1, prepare_s=1, beat_s=0.01),
            state_of=lambda device: self.states.get(device, b""),
        )
        self.sessions.enrol({"bp-1": PLAN})

    async def is_bonded(self, address: str) -> bool:
        return address in self.bonded

    def client(self, _: BLEDevice, lost: Callable[[Any], None], __: float) -> FakeClient:
        return FakeClient(self, lost)

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        if self.pause_hangs:
            await asyncio.Event().wait()
        self.paused = True
        try:
            yield
        finally:
            await asyncio.sleep(self.resume_hangs_s)
            self.paused = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.sessions.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def held(self, sessions: int) -> None:
        """Wait until that many sessions have ended."""
        counts = self.sessions.counts
        async with asyncio.timeout(3):
            while counts.completed + counts.failed + counts.link_lost < sessions:
                await asyncio.sleep(0.005)


@pytest.fixture
async def bench(clock: FakeClock) -> Bench:
    return Bench(clock)


async def test_scanning_is_paused_for_connecting_and_for_nothing_else(bench: Bench) -> None:
    """Adapters fail to connect while they scan; alarms are deaf for that moment only."""
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
    assert bench.paused_at_connect == [True]
    assert bench.paused_at_subscribe == [False]


async def test_each_notification_is_a_frame_of_its_device(bench: Bench) -> None:
    """Characteristic and value arrive as they were sent, in order, with a moment."""
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        batch = await bench.queue.get_batch(10)
    assert [heard.device for heard in batch] == ["bp-1", "bp-1"]
    assert [heard.frame for heard in batch] == [
        Notification(characteristic=MEASUREMENT, value=value, clock_offset_s=0, indicated=True)
        for value in (b"\x01", b"\x02")
    ]
    assert bench.sessions.counts.notifications == 2
    assert bench.disconnects == 1


async def test_the_device_s_clock_is_set_when_ours_is_good(bench: Bench) -> None:
    """Ten bytes of local time before the subscription; none when our clock was never set."""
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        assert [(uuid, len(data)) for uuid, data in bench.written] == [(CURRENT_TIME, 10)]
        bench.clock.sync = Sync.NONE
        bench.clock.pass_time(COOL_DOWN_DONE_MS)
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(2)
        assert len(bench.written) == 1


async def test_a_device_that_refuses_the_time_still_gives_its_measurements(bench: Bench) -> None:
    """The clock is a service to the device, not a condition."""
    bench.write_raises = BleakError("not permitted")
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
    assert bench.sessions.counts.completed == 1


@pytest.mark.parametrize(
    "error", [BleakError("busy"), OSError("bus gone"), EOFError(), TimeoutError()]
)
async def test_no_failure_of_the_radio_ends_the_loop(bench: Bench, error: Exception) -> None:
    """A failed connection, and a failed disconnection after it, are counted; the next one works."""
    bench.connect_raises = error
    bench.disconnect_raises = error
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        bench.connect_raises = None
        bench.clock.pass_time(COOL_DOWN_MAX_MS)
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(2)
    assert bench.sessions.counts.failed == 1
    assert bench.sessions.counts.completed == 1


async def test_a_hanging_connection_costs_its_bound(bench: Bench) -> None:
    """The scanner is paused meanwhile, so the bound is what an alarm may have to wait."""
    bench.connect_hangs = True
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        assert not bench.paused
    assert bench.sessions.counts.failed == 1


@pytest.mark.parametrize("hangs", ["pause", "connect", "resume"])
async def test_a_hung_bluez_does_not_starve_the_beat(bench: Bench, hangs: str) -> None:
    """Each of the waits before the first step is bounded, and is no sign of a dead gateway."""
    bench.pause_hangs = hangs == "pause"
    bench.connect_hangs = hangs == "connect"
    bench.resume_hangs_s = 0.1 if hangs == "resume" else 0.0
    async with bench.running():
        await asyncio.sleep(0)
        before = bench.beats.count["gatt"]
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        assert bench.beats.count["gatt"] - before >= 7
    assert bench.sessions.counts.failed == (0 if hangs == "resume" else 1)


async def test_a_wait_beyond_its_bound_is_noticed() -> None:
    """Whoever is stuck for good falls silent, and the watchdog ends it."""
    beats: list[float] = []
    with beating(lambda: beats.append(0.0), every_s=0.01, bound_s=0.05):
        await asyncio.sleep(0.15)
        at_the_bound = len(beats)
        await asyncio.sleep(0.1)
        assert len(beats) == at_the_bound
    assert 3 <= at_the_bound <= 7


async def test_failures_are_spaced_more_and_more(bench: Bench) -> None:
    """A broken bond must not make the radio deaf every two seconds for days."""
    bench.connect_raises = BleakError("authentication failed")
    waits_ms: list[int] = []
    async with bench.running():
        for number in range(1, 8):
            waited_ms = 0
            bench.sessions.invited("bp-1", FOUND)
            while bench.sessions.counts.sessions < number:
                bench.clock.pass_time(500)
                waited_ms += 500
                bench.sessions.invited("bp-1", FOUND)
                await asyncio.sleep(0.001)
            waits_ms.append(waited_ms)
            await bench.held(number)
    assert waits_ms[0] <= 500
    assert waits_ms[1:] == sorted(waits_ms[1:])
    assert 2_000 <= waits_ms[1] <= 3_000
    assert COOL_DOWN_MAX_MS <= waits_ms[-1] <= COOL_DOWN_MAX_MS + 1_000


async def test_an_old_invitation_is_not_followed(bench: Bench) -> None:
    """The device has stopped advertising: trying would only keep the radio from listening."""
    bench.sessions.invited("bp-1", FOUND)
    bench.clock.pass_time(FRESH_MS + 1)
    async with bench.running():
        await asyncio.sleep(0.05)
    assert bench.sessions.counts.sessions == 0


async def _session(bench: Bench, plan: GattPlan, number: int = 1) -> list[Notification]:
    bench.sessions.enrol({"bp-1": plan})
    bench.sessions.invited("bp-1", FOUND)
    await bench.held(number)
    if not len(bench.queue):
        return []
    frames = [heard.frame for heard in await bench.queue.get_batch(100)]
    return [frame for frame in frames if isinstance(frame, Notification)]


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
        frames = await _session(bench, PLAN)
    assert [frame.clock_offset_s for frame in frames] == [offset_s, offset_s]
    written = [] if sync is Sync.NONE else ["write 2a2b"]
    assert bench.steps == ["read 2a2b", *written, "subscribe 2a35"]


async def test_an_older_device_is_told_the_time_by_date_time(bench: Bench) -> None:
    """Without 0x2A2B, 0x2A08: seven bytes. A plan that says nothing of the time writes none."""
    bench.characteristics[1] = FakeCharacteristic(
        DATE_TIME, value=bytes.fromhex("ea0703020e0500"), service_uuid="other"
    )
    async with bench.running():
        frames = await _session(bench, PLAN)
        assert frames[0].clock_offset_s == 300
        assert bench.written == [(DATE_TIME, bytes.fromhex("ea0703020e0000"))]
        bench.clock.pass_time(COOL_DOWN_DONE_MS)
        await _session(bench, GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=0.05), 2)
        assert len(bench.written) == 1


async def test_a_clock_that_cannot_be_read_costs_nothing_but_the_offset(bench: Bench) -> None:
    """It may still be set, and the measurements come."""
    bench.read_raises = BleakError("not permitted")
    async with bench.running():
        frames = await _session(bench, PLAN)
    assert [frame.clock_offset_s for frame in frames] == [None, None]
    assert len(bench.written) == 1


async def test_the_steps_of_a_plan_have_their_order(bench: Bench) -> None:
    """Clock, reads, subscriptions, those that may be missing, then what is asked for."""
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
        frames = await _session(bench, plan)
    assert bench.steps == [
        "read 2a2b",
        "write 2a2b",
        "read 2a19",
        "subscribe 2a35",
        "subscribe 2a52",
        "subscribe 2a34",
        "write 2a52",
    ]
    assert bench.written[-1] == (CONTROL, b"\x01\x03\x01\x07")
    assert [(frame.value, frame.indicated) for frame in frames] == [
        (b"\x5b", False),
        (b"record", False),
        (b"\x06\x00\x01\x01", True),
    ]
    assert bench.sessions.counts.completed == 1


async def test_the_plan_s_own_service_has_the_first_claim(bench: Bench) -> None:
    """Two services with one characteristic each: the profile's own is the one that is meant."""
    bench.characteristics += [
        FakeCharacteristic(BATTERY, ("read",), b"\x01", "other"),
        FakeCharacteristic(BATTERY, ("read",), b"\x02", "mine"),
    ]
    async with bench.running():
        frames = await _session(bench, GattPlan(service="mine", read=(BATTERY,)))
    assert [frame.value for frame in frames] == [b"\x02"]


async def test_a_live_device_gets_its_share_and_is_then_left_alone(bench: Bench) -> None:
    """It would send all day: the session ends in time, and the next one is not soon."""
    plan = GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=5, longest_s=0.1)
    async with bench.running():
        await _session(bench, plan)
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
        await _session(bench, plan)
        assert bench.sessions.counts.live == 0
        bench.clock.pass_time(COOL_DOWN_FAILED_MS)
        await _session(bench, plan, 2)
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
        await _session(bench, plan)
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


async def test_a_device_that_is_not_enrolled_is_never_connected_to(bench: Bench) -> None:
    """An invitation of a removed device is nothing to us."""
    bench.sessions.enrol({})
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await asyncio.sleep(0.02)
    assert bench.sessions.counts.sessions == 0
