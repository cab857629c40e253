"""The two lanes: bounds, order, what is dropped and what never is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.drivers.base import Advert, Notification, SerialFrame
from edge.transports.lanes import (
    ALARM_LANE_MAX,
    ALARM_LANE_PER_DEVICE_MAX,
    CROWDED_AT,
    TELEMETRY_LANE_MAX,
    Heard,
    LaneQueue,
)

if TYPE_CHECKING:
    from edge.domain import Instant


def heard(device: str, number: int, at: Instant) -> Heard:
    return Heard(device, SerialFrame(data=number.to_bytes(4, "little")), at)


def numbers(batch: list[Heard]) -> list[int]:
    return [
        int.from_bytes(h.frame.data, "little") for h in batch if isinstance(h.frame, SerialFrame)
    ]


async def test_alarms_leave_first_and_each_lane_keeps_its_order(at: Instant) -> None:
    """A press that comes after a pile of readings is the first thing the consumer gets."""
    queue = LaneQueue()
    queue.put_all([heard("climate", n, at) for n in (1, 2, 3)])
    queue.put_nowait(heard("button", 4, at), alarm=True)
    queue.put_nowait(heard("button", 5, at), alarm=True)
    assert numbers(await queue.get_batch(3)) == [4, 5, 1]
    assert numbers(await queue.get_batch(3)) == [2, 3]


async def test_a_full_telemetry_lane_drops_its_oldest_and_counts(at: Instant) -> None:
    """A fresh reading beats a stale one, and no reading goes uncounted."""
    queue = LaneQueue()
    queue.put_all([heard("climate", n, at) for n in range(TELEMETRY_LANE_MAX + 3)])
    assert len(queue) == TELEMETRY_LANE_MAX
    assert queue.telemetry_dropped == 3
    assert numbers(await queue.get_batch(1)) == [3]


async def test_a_flood_of_advertisements_drops_nothing_that_is_said_once(at: Instant) -> None:
    """A stored record that is lost is never asked for again, once the one after it is known."""
    queue = LaneQueue()
    record = Notification(characteristic="2a18", value=b"record")
    queue.put_nowait(Heard("meter", record, at))
    advert = Advert(address="C4:00:00:00:00:51")
    for _ in range(TELEMETRY_LANE_MAX + 5):
        queue.put_nowait(Heard("climate", advert, at))
    assert len(queue) == TELEMETRY_LANE_MAX
    assert queue.telemetry_dropped == 6
    batch = await queue.get_batch(TELEMETRY_LANE_MAX)
    assert [heard.device for heard in batch if heard.frame == record] == ["meter"]


async def test_telemetry_leaves_in_the_order_in_which_it_came(at: Instant) -> None:
    """Whatever made room for what, the consumer sees the moments in their order."""
    queue = LaneQueue()
    for number in range(6):
        later = msgspec.structs.replace(at, boottime_ms=at.boottime_ms + number)
        frame = SerialFrame(data=b"") if number % 3 else Advert(address="C4:00:00:00:00:51")
        queue.put_nowait(Heard(f"device-{number}", frame, later))
    batch = await queue.get_batch(4) + await queue.get_batch(4)
    assert [heard.device for heard in batch] == [f"device-{number}" for number in range(6)]


async def test_a_full_alarm_lane_keeps_the_first_press(at: Instant) -> None:
    """The oldest frame carries the moment of the press, so the newest is refused and counted."""
    queue = LaneQueue()
    for n in range(ALARM_LANE_PER_DEVICE_MAX + 7):
        queue.put_nowait(heard("button", n, at), alarm=True)
    assert queue.alarm_refused == 7
    batch = await queue.get_batch(1000)
    assert numbers(batch) == list(range(ALARM_LANE_PER_DEVICE_MAX))


async def test_a_stuck_button_leaves_room_for_the_smoke_alarm(at: Instant) -> None:
    """One device cannot fill the alarm lane, whoever sends in its name."""
    queue = LaneQueue()
    for n in range(ALARM_LANE_MAX * 2):
        queue.put_nowait(heard("button", n, at), alarm=True)
    queue.put_nowait(heard("smoke", 1, at), alarm=True)
    batch = await queue.get_batch(ALARM_LANE_MAX)
    assert batch[-1].device == "smoke"


async def test_the_alarm_lane_has_a_bound_over_all_devices(at: Instant) -> None:
    """However many devices there are, the lane is bounded; a drained device has its room again."""
    queue = LaneQueue()
    for n in range(ALARM_LANE_MAX + 10):
        queue.put_nowait(heard(f"button-{n % 20}", n, at), alarm=True)
    assert len(queue) == ALARM_LANE_MAX
    assert queue.alarm_refused == 10
    await queue.get_batch(ALARM_LANE_MAX)
    queue.put_nowait(heard("button-0", 1, at), alarm=True)
    assert queue.alarm_refused == 10


async def test_alarms_do_not_touch_telemetry(at: Instant) -> None:
    """A flood of alarms drops no reading; it only goes first."""
    queue = LaneQueue()
    queue.put_all([heard("climate", n, at) for n in range(TELEMETRY_LANE_MAX)])
    for n in range(ALARM_LANE_PER_DEVICE_MAX):
        queue.put_nowait(heard("button", n, at), alarm=True)
    assert queue.telemetry_dropped == 0


async def test_the_consumer_sleeps_until_there_is_a_frame(at: Instant) -> None:
    """`get_batch` waits instead of polling, and is woken by the first frame."""
    queue = LaneQueue()
    waiting = asyncio.create_task(queue.get_batch(10))
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.put_nowait(heard("climate", 1, at))
    assert numbers(await waiting) == [1]


async def test_a_crowd_is_told_once_when_it_is_gone(at: Instant) -> None:
    """A line that was asked to wait goes on when the lane is half empty, and only once."""
    queue = LaneQueue()
    told: list[str] = []
    queue.put_all([heard("robot", n, at) for n in range(CROWDED_AT)])
    assert queue.crowded
    queue.when_roomy(lambda: told.append("go on"))
    await queue.get_batch(10)
    assert told == []
    await queue.get_batch(CROWDED_AT)
    await asyncio.wait_for(_one_more(queue, at), 1)
    assert told == ["go on"]


async def _one_more(queue: LaneQueue, at: Instant) -> None:
    queue.put_nowait(heard("robot", 0, at))
    await queue.get_batch(1)


@pytest.mark.parametrize("alarm", [True, False])
async def test_a_batch_never_exceeds_its_limit(at: Instant, alarm: bool) -> None:
    """The consumer's commit stays as small as it asked for."""
    queue = LaneQueue()
    queue.put_all([heard("device", n, at) for n in range(20)], alarm=alarm)
    assert len(await queue.get_batch(8)) == 8
