"""What the house makes of a disk that refuses: a fault, no false word, and a new beginning."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge.app.disk import CHECK_EVERY_MS, DiskWatch
from edge.app.house import House
from edge.app.ingest import Ingest
from edge.domain import Alert
from edge.drivers.base import SerialFrame
from edge.errors import NotDurableError, StoreError
from edge.kinds import observation
from edge.store.database import Database
from edge.store.steadfast import PROBE_AFTER_MS
from edge.transports.lanes import Heard, LaneQueue
from tests.app.homes import house_in
from tests.drivers.tools import SERIAL, line
from tests.support.clock import FakeClock

ROBOT = (
    '[[device]]\nid = "robot-1"\ndriver = "appliance"\nrole = "medication_robot"\n'
    f'address = "{SERIAL}"\n'
    '[[serial]]\ndevice = "robot-1"\nport = "/dev/null"\n'
)


class Card:
    """A card that refuses every commit while `fault` says how."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fault = ""
        real = Database.record

        def record(database: Database, *args: object, **kwargs: object) -> None:
            if self.fault and str(database.path) != ":memory:":
                raise StoreError("the card refuses", self.fault)
            real(database, *args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(Database, "record", record)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    return Card(monkeypatch)


async def _missed(house: House, number: int) -> list[bytes]:
    """The robot tells of a missed dose over its line; what it is answered."""
    answers: list[bytes] = []

    async def reply(_: str, data: bytes) -> None:
        if data.startswith(b"ACK"):
            answers.append(data)

    frame = SerialFrame(data=line(f"{SERIAL},EV,7,{number},60000,event=DOSE_MISSED,id={number}"))
    at = house.clock.now()
    await Ingest(house, LaneQueue(), reply).take([Heard(device="robot-1", frame=frame, at=at)])
    return answers


def _open(house: House) -> dict[str, Alert]:
    return {alert.code: alert for alert in house.keeper.home.alerts.values()}


async def test_a_device_is_told_stored_only_when_it_is(
    tmp_path: Path, clock: FakeClock, card: Card
) -> None:
    """The robot gets no ACK while its event is only in memory, and one when it repeats it later."""
    async with house_in(tmp_path, clock, ROBOT) as house:
        assert await _missed(house, 1) == [b"ACK 7,1\r\n"]
        card.fault = "io"
        assert await _missed(house, 2) == []
        assert house.unstored
        assert (await house.store.heads()).observation == 2
        card.fault = ""
        clock.pass_time(2_000)
        assert await _missed(house, 2) == [b"ACK 7,2\r\n"]
        assert [o.device_seq for _, o in await house.store.observations(0, 9)] == [1, 2]


async def test_a_person_is_told_that_it_is_only_in_memory(
    tmp_path: Path, clock: FakeClock, card: Card
) -> None:
    """Whoever answered a checklist must know that a power cut would take it away."""
    async with house_in(tmp_path, clock, ROBOT) as house:
        card.fault = "full"
        with pytest.raises(NotDurableError, match="held in memory"):
            await house.commit()
        assert not house.lost.is_set()
        card.fault = ""


async def test_the_fault_is_told_and_over(tmp_path: Path, clock: FakeClock, card: Card) -> None:
    """One alert while the disk refuses, cancelled when what was held is stored."""
    async with house_in(tmp_path, clock, ROBOT) as house:
        watch = DiskWatch(house)
        await watch.turn()
        assert "gateway_fault" not in _open(house)
        card.fault = "read_only"
        await _missed(house, 1)
        await watch.turn()
        fault = _open(house)["gateway_fault"]
        assert fault.subject == "store/disk"
        assert fault.params["detail"] == "read_only"
        assert watch.status()["held_alerts"] == 1
        card.fault = ""
        clock.pass_time(CHECK_EVERY_MS)
        await watch.turn()
        assert "gateway_fault" not in _open(house)
        await house.keep()
        assert await house.store.alerts(open_only=True) == list(_open(house).values())


async def test_a_corrupt_database_in_use_gives_way_to_a_new_one(
    tmp_path: Path, clock: FakeClock, card: Card
) -> None:
    """The process ends, and the next one knows devices, counters and the open alert."""
    async with house_in(tmp_path, clock, ROBOT) as house:
        await _missed(house, 1)
        (alert,) = _open(house).values()
        card.fault = "corrupt"
        assert await _missed(house, 2) == []
        card.fault = ""
        old = house.origin.store_id
        await DiskWatch(house).turn()
        assert house.lost.is_set()
        assert "began anew" in house.lost_why
    async with house_in(tmp_path, clock) as again:
        assert again.origin.store_id != old
        assert list(again.devices) == ["robot-1"]
        assert _open(again)["missed_dose"].id == alert.id
        assert [e.sequence < 0 for e in await again.store.owed(9)][:1] == [True]
        watch = DiskWatch(again)
        await watch.turn()
        assert _open(again)["gateway_fault"].subject == "store/database"
        assert await _missed(again, 2) == [b"ACK 7,2\r\n"]  # never acknowledged: sent once more
        assert len(await again.store.observations(0, 9)) == 1


async def test_what_waits_is_the_probe_of_a_quiet_disk(
    tmp_path: Path, clock: FakeClock, card: Card
) -> None:
    """A minute's telemetry is written before the minute is over, and nothing else is."""
    async with house_in(tmp_path, clock, ROBOT) as house:
        await _missed(house, 1)
        watch = DiskWatch(house)
        await watch.turn()
        assert house.hear(observation("robot-1", "temperature", 21.0, clock.now()))
        clock.pass_time(PROBE_AFTER_MS - 1)
        await watch.turn()
        assert house.keeper.pending
        clock.pass_time(1)
        await watch.turn()
        assert not house.keeper.pending
        wrote_ms = watch.status()["wrote_ms"]
        assert wrote_ms == clock.now().boottime_ms
        # The next quiet stretch ends with a card that refuses: told in the very turn.
        assert house.hear(observation("robot-1", "temperature", 21.0, clock.now()))
        card.fault = "io"
        clock.pass_time(PROBE_AFTER_MS)
        await watch.turn()
        assert _open(house)["gateway_fault"].params["detail"] == "io"
        card.fault = ""


async def test_the_watch_does_not_sleep_past_the_probe(tmp_path: Path, clock: FakeClock) -> None:
    """Whenever the last write was: from there no look is later than it is promised."""
    async with house_in(tmp_path, clock, ROBOT) as house:
        watch = DiskWatch(house)
        running = asyncio.create_task(watch.run(lambda: None))
        try:
            await clock.advance(3_300)
            await house.commit()
            wrote_ms = clock.now().boottime_ms
            for _ in range(PROBE_AFTER_MS // 500):
                await clock.advance(500)
                await house.store.heads()
            status = watch.status()
            assert status["wrote_ms"] == wrote_ms + PROBE_AFTER_MS
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
