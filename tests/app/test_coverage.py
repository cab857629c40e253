"""The ledger in the store: written by the hour with what commits, whole after a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.app.house import House
from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.domain import Device, Instant, Role, Sync
from edge.errors import ControlError
from edge.events import Enrolled, Tick
from edge.home.asking import Asked, Why
from edge.kinds import observation
from edge.store import coverage
from tests.app.homes import PEER, house_in
from tests.support.clock import NOON_WALL_MS, OFFSET_MIN, FakeClock

MINUTE, HOUR = 60_000, 3_600_000
BUTTON = Device(id="button", driver="bthome", role=Role.HELP_BUTTON, address="A")
Row = tuple[int, str, int, int, str]


async def pass_time(house: House, clock: FakeClock, minutes: int) -> None:
    """As the gateway lives: the button beacons, and a quarter of an hour is the longest rest."""
    for minute in range(1, minutes + 1):
        clock.pass_time(MINUTE)
        if minute % 15 == 0:
            house.hear(observation("button", "battery", 90.0, house.clock.now()))
            house.tell(Tick())
            await house.keep()


async def stored(house: House) -> list[Row]:
    rows = await house.store.look(coverage.hours, from_ms=0, until_ms=1 << 60)
    return [(r.hour_ms, r.question, r.asked_s, r.known_s, r.reason) for r in rows]


async def asked(house: House, **args: Any) -> dict[str, Any]:
    found: dict[str, Any] = await Service(house, Timeline()).coverage.listed(args, PEER)
    return found


def later(clock: FakeClock, off_ms: int, boot: str) -> FakeClock:
    """The clock of a new boot, `off_ms` after the other one stopped."""
    wall_ms = clock.now().wall_ms + off_ms
    return FakeClock(
        Instant(
            boot=boot, boottime_ms=30_000, wall_ms=wall_ms, offset_min=OFFSET_MIN, sync=Sync.NTP
        )
    )


async def test_an_hour_is_written_when_it_is_over_and_the_rest_at_a_clean_stop(
    tmp_path: Path, clock: FakeClock
) -> None:
    """With whatever commit comes: no write of its own."""
    async with house_in(tmp_path, clock) as house:
        house.tell(Enrolled(device=BUTTON))
        house.hear(observation("button", "battery", 90.0, clock.now()))
        await pass_time(house, clock, 45)
        assert await stored(house) == []
        await pass_time(house, clock, 45)
        hours = {row[0] for row in await stored(house)}
        assert hours == {NOON_WALL_MS}
        wanted = (NOON_WALL_MS, Asked.ALARM_BUTTON, 3600, 3600, "")
        assert wanted in await stored(house)
        line = (NOON_WALL_MS, Asked.UPSTREAM, 3600, 0, Why.PATH_DOWN)  # it never was up
        assert line in await stored(house)
    async with house_in(tmp_path, clock) as house:
        rows = await stored(house)
        assert (NOON_WALL_MS + HOUR, Asked.ALARM_BUTTON, 1800, 1800, "") in rows
        live = (await asked(house))["hours"]
        assert [list(row) for row in rows] == live


async def test_a_crash_costs_what_was_not_committed(tmp_path: Path, clock: FakeClock) -> None:
    """The hour that ran is made again of the snapshot; what came after it is not known."""
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    async with house_in(tmp_path, clock) as house:
        house.tell(Enrolled(device=BUTTON))
        house.hear(observation("button", "battery", 90.0, clock.now()))
        await pass_time(house, clock, 100)
        await house.store.status()
        for name in ("home.db", "home.db-wal"):
            (crashed / name).write_bytes((tmp_path / name).read_bytes())
    again = later(clock, 20 * MINUTE, "00000000-0000-4000-8000-000000000002")
    async with house_in(crashed, again) as house:
        found = {(row[0], row[1]): row for row in (await asked(house))["hours"]}
        assert found[NOON_WALL_MS, Asked.GATEWAY][2:4] == [3600, 3600]
        # Committed at 13:30, gone at 13:40, back at 14:00.
        assert found[NOON_WALL_MS + HOUR, Asked.GATEWAY][2:] == [3600, 1800, Why.GATEWAY_OFF]
        assert found[NOON_WALL_MS + HOUR, Asked.ALARM_BUTTON][2:4] == [3600, 1800]


async def test_a_silence_takes_back_what_was_written(tmp_path: Path, clock: FakeClock) -> None:
    """Rows in the store change when a deadline passes, and `settled` told that they may."""
    async with house_in(tmp_path, clock) as house:
        house.tell(Enrolled(device=BUTTON))
        house.hear(observation("button", "battery", 90.0, clock.now()))
        for _ in range(20):
            clock.pass_time(HOUR)
            house.tell(Tick())
            await house.keep()
        known = [r for r in await stored(house) if r[1] == Asked.ALARM_BUTTON]
        assert [row[3] for row in known] == [3600] * 20
        assert (await asked(house))["settled"][Asked.ALARM_BUTTON] == NOON_WALL_MS
        clock.pass_time(5 * HOUR)
        house.tell(Tick())
        await house.keep()
        lost = [r for r in await stored(house) if r[1] == Asked.ALARM_BUTTON]
        assert [row[3:] for row in lost] == [(0, Why.DEVICE_SILENT)] * 25
        assert (await asked(house))["settled"][Asked.ALARM_BUTTON] > NOON_WALL_MS


async def test_what_was_erased_does_not_come_back(tmp_path: Path, clock: FakeClock) -> None:
    """A silence that is found later takes nothing back of hours that are gone."""
    async with house_in(tmp_path, clock) as house:
        house.tell(Enrolled(device=BUTTON))
        house.hear(observation("button", "battery", 90.0, clock.now()))
        await pass_time(house, clock, 60 * 5)
        assert await stored(house)
        await Service(house, Timeline()).disclosures.erase_readings({"by": "maija"}, PEER)
        assert await stored(house) == []
        clock.pass_time(26 * HOUR)
        house.tell(Tick())
        await house.keep()
        rows = await stored(house)
        assert min(row[0] for row in rows) == NOON_WALL_MS + 5 * HOUR
        assert {row[3] for row in rows if row[1] == Asked.ALARM_BUTTON} == {0}


async def test_it_comes_in_pieces(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row once, whichever of it is in the store and whichever is not yet."""
    async with house_in(tmp_path, clock) as house:
        house.tell(Enrolled(device=BUTTON))
        await pass_time(house, clock, 60 * 6 + 20)
        whole = (await asked(house))["hours"]
        assert len(whole) == 7 * 4
        monkeypatch.setattr(coverage, "ROWS_MAX", 5)
        rows: list[Any] = []
        after = None
        while True:
            found = await asked(house, after=after)
            assert len(found["hours"]) <= 5
            rows += found["hours"]
            after = found["next"]
            if after is None:
                break
        assert rows == whole
        one = await asked(house, from_ms=NOON_WALL_MS + HOUR, until_ms=NOON_WALL_MS + 2 * HOUR)
        assert {row[0] for row in one["hours"]} == {NOON_WALL_MS + HOUR}
        with pytest.raises(ControlError, match="after"):
            await asked(house, after=["x"])


async def test_status_tells_the_least_known_of_today(tmp_path: Path, clock: FakeClock) -> None:
    """A question, a share and a reason; nothing of the resident."""
    async with house_in(tmp_path, clock) as house:
        house.tell(Enrolled(device=BUTTON))
        await pass_time(house, clock, 30)
        found = await Service(house, Timeline()).status({}, PEER)
        assert found["coverage"] == {"question": "upstream", "share": 0.0, "reason": "path_down"}
