"""Records fetched by request: what was committed is not asked for again, what was lost is.

The driver here is as small as one can be: its state is the last sequence number.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from edge.drivers.base import GattPlan, Notification, Write
from edge.sim.burst import HeartRate, Oximeter, Scale, Thermometer
from edge.sim.cuff import Cuff
from edge.sim.recorder import CgmSensor, GlucoseMeter
from edge.transports.ble.gatt_session import GattLimits
from edge.transports.ble.scanner import Listed
from tests.transports.virtual import Receiver, air_with_radio, living, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from edge.domain import Instant
    from edge.sim.peripheral import Peripheral

ADDRESS = "C4:00:00:00:00:41"


def uuid(short: int) -> str:
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


GLUCOSE = uuid(0x2A18)
RACP = uuid(0x2A52)


def ask(state: bytes, _: Instant) -> tuple[Write, ...]:
    """All records from the one after the last that was committed."""
    wanted = struct.unpack("<H", state)[0] + 1 if state else 0
    return (Write(characteristic=RACP, value=b"\x01\x03\x01" + struct.pack("<H", wanted)),)


PLAN = GattPlan(
    service=uuid(0x1808),
    write_time=True,
    subscribe=(GLUCOSE, RACP),
    quiet_s=4,
    begin=ask,
    ends=lambda frame: frame.characteristic == RACP and frame.value[:1] == b"\x06",
)


class Bench:
    """One device, one receiver, and a consumer that commits the last sequence as ingest does."""

    def __init__(self, device: Peripheral, backend: str, plan: GattPlan, said: list[str]) -> None:
        self.device = device
        self.said = said
        self.states: dict[str, bytes] = {}
        self.frames: list[Notification] = []
        self.receiver = Receiver(
            backend,
            {ADDRESS: Listed("one", connect=True)},
            {"one": plan},
            GattLimits(connect_s=2, step_s=2, prepare_s=5),
            self.states,
        )

    @property
    def counts(self) -> tuple[int, int]:
        return self.receiver.sessions.counts.completed, self.receiver.sessions.counts.link_lost

    def values(self, short: int) -> list[bytes]:
        return [frame.value for frame in self.frames if frame.characteristic == uuid(short)]

    @property
    def sequences(self) -> list[int]:
        return [struct.unpack_from("<H", value, 1)[0] for value in self.values(0x2A18)]

    async def consume(self) -> None:
        while True:
            for heard in await self.receiver.queue.get_batch(100):
                assert isinstance(heard.frame, Notification)
                self.frames.append(heard.frame)
                if heard.frame.characteristic == GLUCOSE:
                    self.states["one"] = heard.frame.value[1:3]

    async def again(self) -> None:
        """Later: cool-downs are over."""
        self.receiver.sessions._past.clear()


@asynccontextmanager
async def bench(kind: type[Peripheral], plan: GattPlan = PLAN) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        air, backend = await stack.enter_async_context(air_with_radio())
        said: list[str] = []
        device = kind(air, ADDRESS, "Device", said.append)
        one = Bench(device, backend, plan, said)
        await stack.enter_async_context(living(device))
        await stack.enter_async_context(one.receiver.running())
        consumer = asyncio.create_task(one.consume())
        stack.callback(consumer.cancel)
        yield one


async def test_only_records_after_the_last_committed_are_asked_for() -> None:
    """First all, then what is new; the answer ends the session; nothing is ever deleted."""
    async with bench(GlucoseMeter) as one:
        meter = one.device
        assert isinstance(meter, GlucoseMeter)
        for value in (5.6, 7.1, 4.9):
            meter.measure(value)
        await until(lambda: one.counts == (1, 0))
        assert one.sequences == [0, 1, 2]
        assert one.frames[-1].value == b"\x06\x00\x01\x01"
        assert one.frames[-1].indicated
        assert not one.frames[0].indicated
        await one.again()
        meter.measure(6.3)
        await until(lambda: one.counts == (2, 0))
        assert one.sequences == [0, 1, 2, 3]
        assert [request.hex() for request in meter.requests] == ["0103010000", "0103010300"]
        assert meter.stored == 4


async def test_no_new_record_is_an_answer_too() -> None:
    """The meter was measured with before its records were fetched another way: `06 00 01 06`."""
    async with bench(GlucoseMeter) as one:
        assert isinstance(one.device, GlucoseMeter)
        one.states["one"] = struct.pack("<H", 0)
        one.device.measure(5.6)
        await until(lambda: one.counts == (1, 0))
        assert [frame.value for frame in one.frames] == [b"\x06\x00\x01\x06"]


async def test_a_link_that_is_lost_in_a_transfer_costs_no_record_and_repeats_none() -> None:
    """The next session goes on after the last one that was committed."""
    async with bench(GlucoseMeter) as one:
        assert isinstance(one.device, GlucoseMeter)
        for number in range(12):
            one.device.measure(5 + number / 10)
        await until(lambda: len(one.sequences) >= 3)
        await one.device.drop_link()
        await until(lambda: one.counts[1] == 1)
        assert len(one.sequences) < 12
        await one.again()
        await until(lambda: one.counts == (1, 1))
        assert one.sequences == list(range(12))


async def test_a_sensor_s_records_carry_their_check() -> None:
    """CGM: the same control point, by time offset; each value ends in its E2E-CRC."""
    plan = GattPlan(
        service=uuid(0x181F),
        read=(uuid(0x2AA8), uuid(0x2AAA)),
        subscribe=(uuid(0x2AA7), RACP),
        begin=lambda _s, _n: (Write(characteristic=RACP, value=b"\x01\x01"),),
        ends=lambda frame: frame.value == b"\x06\x00\x01\x01",
    )
    async with bench(CgmSensor, plan) as one:
        assert isinstance(one.device, CgmSensor)
        for value in (104, 110, 99):
            one.device.measure(value)
        await until(lambda: one.counts == (1, 0))
        values = one.values(0x2AA7)
        assert [struct.unpack_from("<BBHH", value)[2:] for value in values] == [
            (104, 0),
            (110, 5),
            (99, 10),
        ]
        assert {len(value) for value in values} == {values[0][0]}
        assert one.values(0x2AA8)[0][:4] == bytes.fromhex("00100059")


async def test_a_duplicate_indication_is_two_frames_and_the_driver_s_to_know() -> None:
    """A confirmation was lost: the same bytes come again, each of them in the lane."""
    plan = GattPlan(service=uuid(0x1809), subscribe=(uuid(0x2A1C),), quiet_s=0.3)
    async with bench(Thermometer, plan) as one:
        assert isinstance(one.device, Thermometer)
        one.device.copies = 2
        one.device.measure(36.6)
        await until(lambda: one.counts == (1, 0))
        first, second = one.values(0x2A1C)
        assert first == second
        assert all(frame.indicated for frame in one.frames)


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_wrong_clock_is_told_with_its_readings_and_set_for_the_next(
    refuses: bool,
) -> None:
    """Two hours slow, told so once; a device that takes no time goes on being slow, and heard."""
    plan = GattPlan(service=uuid(0x181D), write_time=True, subscribe=(uuid(0x2A9D),), quiet_s=0.2)
    async with bench(Scale, plan) as one:
        assert isinstance(one.device, Scale)
        one.device.clock.ahead = timedelta(hours=-2)
        one.device.clock.refuses = refuses
        one.device.measure(71.2)
        await until(lambda: one.counts == (1, 0))
        await one.again()
        one.device.measure(71.4)
        await until(lambda: one.counts == (2, 0))
        # Both clocks are this machine's, but the gateway of the tests lives in Helsinki.
        slow, then = (frame.clock_offset_s for frame in one.frames)
        assert slow is not None
        assert then is not None
        assert (abs(then - slow) <= 2) is refuses
        assert (abs(then) <= 2) is not refuses


async def test_a_clock_that_was_never_set_is_no_offset() -> None:
    """Year 0: the measurements are told without a comparison."""
    plan = GattPlan(service=uuid(0x1810), subscribe=(uuid(0x2A35),), quiet_s=0.2)
    async with bench(Cuff, plan) as one:
        assert isinstance(one.device, Cuff)
        one.device.clock.set = False
        one.device.measure(120, 80, 60)
        await until(lambda: one.counts == (1, 0))
        assert [frame.clock_offset_s for frame in one.frames] == [None]


async def test_live_values_come_until_the_session_has_had_its_time() -> None:
    """An oximeter gives its stored spot check and then goes on; a strap only goes on."""
    live = uuid(0x2A5F)
    plan = GattPlan(
        service=uuid(0x1822), subscribe=(uuid(0x2A5E),), also=(live,), quiet_s=2, longest_s=0.5
    )
    async with bench(Oximeter, plan) as one:
        assert isinstance(one.device, Oximeter)
        one.device.every_s = 0.1
        one.device.measure(97, 64)
        one.device.wear((96, 70))
        await until(lambda: one.receiver.sessions.counts.live == 1)
        assert len(one.values(0x2A5E)) == 1
        assert len(one.values(0x2A5F)) >= 2


async def test_a_strap_that_is_taken_off_ends_its_session_by_its_silence() -> None:
    """Nothing stored, nothing owed: a completed session and no more advertising."""
    plan = GattPlan(service=uuid(0x180D), subscribe=(uuid(0x2A37),), quiet_s=0.4)
    async with bench(HeartRate, plan) as one:
        assert isinstance(one.device, HeartRate)
        one.device.every_s = 0.1
        one.device.wear(72)
        await until(lambda: len(one.frames) >= 3)
        one.device.wear(None)
        await until(lambda: one.counts == (1, 0))
        assert one.receiver.sessions.counts.live == 0
