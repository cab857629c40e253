"""One home from its first resident to its last byte: by commands, and by what devices send.

Time is virtual; every alert here began as bytes of a device or as time that passed.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.app.erasing import erase_home
from edge.app.house import House
from edge.app.ingest import Ingest
from edge.app.opening import open_house
from edge.app.service import Service
from edge.app.ticker import Ticker
from edge.app.timeline import Timeline
from edge.config import Config, parse
from edge.domain import Observation, Question
from edge.drivers import DRIVERS
from edge.drivers.base import SerialFrame
from edge.errors import NotNowError
from edge.events import Acknowledgement
from edge.home.deciding import is_decided
from edge.home.staying import is_paused
from edge.store.database import Database
from edge.transports.lanes import Heard, LaneQueue
from tests.app.homes import PEER
from tests.drivers.tools import line
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds
from tests.support.living import DAY, HOUR, MINUTE, NURSE, SECOND

CANARY = "canary-7391"
MOTION, DOOR, PRESS, BATTERY = b"\x21", b"\x1a", b"\x3a\x01", b"\x01\x5a"
ROOMS = [
    {"id": "hallway", "outer": True},
    {"id": "kitchen", "next_to": ["hallway"]},
    {"id": "bedroom", "next_to": ["hallway"]},
]
DECIDED = {"basis": "service decision 7/2026", "decided_by": "coordinator.one", "role": "lead"}


class Life:
    """A house with ingest and ticker, as the gateway runs them, under a clock of its own."""

    def __init__(self, house: House, clock: FakeClock, ids: dict[str, int]) -> None:
        self.house = house
        self.clock = clock
        self.handlers = Service(house, Timeline()).handlers()
        self.ingest = Ingest(house, LaneQueue(), self._reply)
        self.ticker = Ticker(house)
        self.numbers = ids

    async def _reply(self, _device: str, data: bytes) -> None:
        assert data.startswith((b"ACK", b"REPLAY"))

    async def tell(self, do: str, **args: Any) -> Any:
        return await self.handlers[do]({"by": "installer.one", **args}, PEER)

    async def enrol(self, ident: str, driver: str, role: str, **more: str) -> None:
        row = {"id": ident, "driver": driver, "role": role, **more}
        found = await self.tell("device_enrol", devices=[{"row": row}], merge=True)
        assert found["faults"] == []

    async def says(self, device: str, objects: bytes) -> None:
        """One BTHome advertisement of a device, as a radio would hand it over."""
        address = self.house.devices[device].address
        packet = self.numbers[device] = (self.numbers.get(device, 0) + 1) % 256
        said = b"\x44\x00" + bytes((packet,)) + objects
        frame = DRIVERS["bthome"].from_payload(said, address)
        await self.ingest.take([Heard(device, frame, self.clock.now())])

    async def event(self, robot: str, name: str) -> None:
        """One event of a medication robot on its line."""
        number = self.numbers[robot] = self.numbers.get(robot, 0) + 1
        serial = self.house.devices[robot].address
        body = f"{serial},EV,1,{number},{number * 1000},event={name},id={number}"
        frame = SerialFrame(data=line(body))
        await self.ingest.take([Heard(robot, frame, self.clock.now())])

    async def passes(
        self, ms: int, *, heard: tuple[str, ...] = (), every: int = 15 * MINUTE
    ) -> None:
        """Time passes; what is `heard` beacons its battery `every` ms."""
        end = self.clock.now().boottime_ms + ms
        while (left := end - self.clock.now().boottime_ms) > 0:
            wake = self.house.keeper.wake_at_ms
            now = self.clock.now().boottime_ms
            soon = left if wake is None else max(SECOND, wake - now)
            self.clock.pass_time(min(left, soon, every))
            await self.ticker.turn()
            for device in heard:
                await self.says(device, BATTERY)

    def open(self, code: str) -> list[str]:
        """Subjects of the open alerts of this code."""
        return sorted(a.subject for a in self.house.keeper.home.alerts.values() if a.code == code)

    async def close_all(self) -> None:
        for alert in list(self.house.keeper.home.alerts.values()):
            done = Acknowledgement(alert=alert.id, kind="closed", actor=NURSE, outcome="helped")
            assert self.house.tell(done) == ()
        await self.house.commit()


def config_in(folder: Path) -> Config:
    return parse(
        '[gateway]\nid = "gw-1"\nsite = "site-88"\ncustomer = "c-1"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{folder}/home.db"\n[rules.night_door]\ndevices = ["front"]\n',
        "test",
    )


@asynccontextmanager
async def living(config: Config, clock: FakeClock, ids: dict[str, int]) -> AsyncIterator[Life]:
    async with open_house(config, clock, SeqIds(ids.setdefault("ids", 0))) as house:
        ids["ids"] += 1000
        yield Life(house, clock, ids)


@pytest.mark.timeout(60)
async def test_a_whole_life(tmp_path: Path, clock: FakeClock) -> None:
    """Enrolled, two residents, a visitor, a pet, moved and swapped devices, hospital and back,
    a decision through its days, a move, a death, the removal, and nothing left of it.
    """
    config, ids = config_in(tmp_path), dict[str, int]()
    async with living(config, clock, ids) as life:
        await settles_in(life)
        await two_and_a_visitor(life)
        await with_a_cat(life)
        await things_change_places(life)
        await hospital_and_home_again(life)
        await a_decision_through_its_days(life)
    async with living(config, clock, ids) as life:  # what was told outlives a restart
        assert list(life.house.keeper.home.persons) == ["r-1", "r-2", "cat"]
        await another_dwelling(life)
        await a_death(life)
        await the_removal(life)
    await the_wipe(config, tmp_path, clock)


async def settles_in(life: Life) -> None:
    """One resident, a plan, and a button that is heard."""
    await life.tell("person_add", person="r-1", kind="resident", label=CANARY)
    await life.tell("room_import", rooms=ROOMS)
    await life.enrol(
        "button", "bthome", "help_button", address="54:48:E6:00:00:01", room="bedroom",
        person="r-1", label=CANARY,
    )  # fmt: skip
    await life.enrol("front", "bthome", "door", address="54:48:E6:00:00:02", room="hallway")
    await life.enrol("eye-1", "bthome", "motion", address="54:48:E6:00:00:03", room="kitchen")
    await life.enrol("eye-2", "bthome", "motion", address="54:48:E6:00:00:04", room="bedroom")
    await life.enrol("smoke", "bthome", "smoke_alarm", address="54:48:E6:00:00:05", room="hallway")
    await life.enrol("robot-1", "appliance", "medication_robot", address="MR-1", person="r-1")
    await life.says("button", PRESS)
    assert life.open("help_button") == ["button"]
    assert life.house.keeper.home.alerts["help_button/button"].flags == ()
    await life.close_all()


async def two_and_a_visitor(life: Life) -> None:
    """A second resident makes a button that is nobody's doubtful; a visit explains a press."""
    added = await life.tell("person_add", person="r-2", kind="resident")
    assert added["advice"] == []
    await life.enrol("robot-2", "appliance", "medication_robot", address="MR-2", person="r-2")
    await life.enrol("spare", "bthome", "help_button", address="54:48:E6:00:00:06")
    await life.says("spare", PRESS)
    assert life.house.keeper.home.alerts["help_button/spare"].flags == ("who_unknown",)
    await life.close_all()
    now = life.clock.now().wall_ms
    visit = {"ref": "v-1", "kind": "physical", "role": "home_care", "from_ms": now}
    await life.tell("visit_add", visits=[visit | {"until_ms": now + HOUR}])
    await life.says("button", PRESS)
    assert life.house.keeper.home.alerts["help_button/button"].flags == ("visitor_present",)
    await life.close_all()
    await life.passes(2 * HOUR)


async def with_a_cat(life: Life) -> None:
    """From now on movement ends no stillness, and the front door does."""
    await life.says("eye-1", MOTION + b"\x01")
    assert life.house.keeper.home.still.since is not None
    await life.tell("person_add", person="cat", kind="pet")
    since = life.house.keeper.home.still.since
    await life.passes(10 * MINUTE)
    await life.says("eye-1", MOTION + b"\x01")
    assert life.house.keeper.home.still.since == since
    await life.says("front", DOOR + b"\x00")
    await life.says("front", DOOR + b"\x01")
    assert life.house.keeper.home.still.since == life.clock.now()
    await life.close_all()


async def things_change_places(life: Life) -> None:
    """A sensor is moved, two were mixed up, a button breaks: what they say is of the new place."""
    await life.tell("device_move", device="eye-2", room="hallway")
    await life.tell("device_swap", device="eye-1", other="eye-2")
    rooms = {name: life.house.devices[name].room for name in ("eye-1", "eye-2")}
    assert rooms == {"eye-1": "hallway", "eye-2": "kitchen"}
    seen: list[Observation] = []
    life.house.when_heard.append(seen.append)
    await life.says("eye-1", MOTION + b"\x01")
    assert [(one.device, one.room) for one in seen] == [("eye-1", "hallway")]
    new = "54:48:E6:00:00:07"
    await life.tell("device_replace", device="button", address=new)
    seen.clear()
    await life.says("button", PRESS)
    assert [(one.person, one.room) for one in seen] == [("r-1", "bedroom")]
    assert life.open("help_button") == ["button"]
    await life.close_all()


async def hospital_and_home_again(life: Life) -> None:
    """Doses of the one in hospital are not waited for; the other's are; smoke always is told."""
    told = await life.tell("stay_begin", kind="hospital", person="r-1")
    assert (told["paused"], told["devices"]) == (False, ["robot-1"])
    for robot in ("robot-1", "robot-2"):
        await life.event(robot, "DOSE_DUE")
    await life.passes(2 * HOUR)
    assert life.open("missed_dose") == ["robot-2"]
    await life.says("smoke", b"\x29\x01")
    assert life.open("smoke") == ["smoke"]
    await life.close_all()
    back = await life.tell("stay_end", person="r-1")
    assert back["assessment_due"]
    assert life.open("assessment_due") == ["r-1"]
    await life.event("robot-1", "DOSE_DUE")
    await life.passes(2 * HOUR)
    assert life.open("missed_dose") == ["robot-1"]
    for robot in ("robot-1", "robot-2"):
        await life.event(robot, "DOSE_RETRIEVED_LATE")
    await life.close_all()
    respite = life.clock.now().wall_ms + DAY
    await life.tell("stay_begin", kind="respite", person="r-2", until_ms=respite)
    await life.passes(DAY)
    assert life.open("stay_expired") == ["r-2"]
    await life.close_all()


async def a_decision_through_its_days(life: Life) -> None:
    """Night doors: off, decided, asked about, run out, renewed, withdrawn."""
    await goes_out_at_night(life)
    assert life.open("night_door") == []
    await life.tell("decision_add", question="night_doors", review_by="2026-04-10", **DECIDED)
    await goes_out_at_night(life)
    assert life.open("night_door") == ["front"]
    await life.close_all()
    quiet = ("front", "eye-1")
    await life.passes(8 * DAY, heard=quiet, every=6 * HOUR)
    assert life.open("decision_review") == ["night_doors"]
    await life.passes(31 * DAY, heard=quiet, every=6 * HOUR)
    assert life.open("decision_expired") == ["night_doors"]
    await life.close_all()
    await goes_out_at_night(life)
    assert life.open("night_door") == []
    await life.tell("decision_add", question="night_doors", review_by="2026-09-01", **DECIDED)
    assert life.open("decision_expired") == []
    await goes_out_at_night(life)
    assert life.open("night_door") == ["front"]
    await life.tell("decision_withdraw", question="night_doors")
    assert not is_decided(life.house.keeper.home, Question.NIGHT_DOORS)
    await life.close_all()


async def goes_out_at_night(life: Life) -> None:
    """Waits for one in the morning, and opens the front door; nobody is seen inside after."""
    now = life.clock.now()
    local = (now.wall_ms + now.offset_min * MINUTE) % DAY
    await life.passes((25 * HOUR - local) % DAY or DAY, heard=("front", "eye-1"), every=HOUR)
    await life.says("front", DOOR + b"\x00")
    await life.says("front", DOOR + b"\x01")
    await life.passes(30 * MINUTE)


async def another_dwelling(life: Life) -> None:
    """Rooms and places lapse; a press is still theirs."""
    await life.tell("decision_add", question="location", review_by="2026-09-01", **DECIDED)
    moved = await life.tell("home_move")
    assert moved["decisions"] == ["location"]
    assert "button" in moved["unplaced"]
    seen: list[Observation] = []
    life.house.when_heard.append(seen.append)
    await life.says("button", PRESS)
    assert [(one.person, one.room) for one in seen] == [("r-1", None)]
    await life.close_all()
    await life.tell("room_import", rooms=ROOMS)
    for device in ("button", "front", "eye-1", "eye-2", "smoke"):
        await life.tell("device_move", device=device, room="hallway")


async def a_death(life: Life) -> None:
    """What was r-1's is quiet, the other lives on; then the residence ends for both."""
    await life.close_all()
    await life.tell("home_end", person="r-1")
    assert not is_paused(life.house.keeper.home)
    for robot in ("robot-1", "robot-2"):
        await life.event(robot, "DOSE_MISSED")
    assert life.open("missed_dose") == ["robot-2"]
    await life.close_all()
    await life.tell("home_end")
    await life.event("robot-2", "DOSE_MISSED")
    assert life.open("missed_dose") == []
    await life.passes(3 * DAY, heard=("front", "eye-1"), every=6 * HOUR)
    assert life.open("no_activity") == []
    await life.says("smoke", b"\x29\x01")
    await life.says("button", PRESS)
    alerts = life.house.keeper.home.alerts
    for key in ("smoke/smoke", "help_button/button"):
        assert "residence_ended" in alerts[key].flags
    await life.close_all()


async def the_removal(life: Life) -> None:
    """Each device is taken away; nothing is heard of any."""
    for device in list(life.house.devices):
        await life.tell("device_remove", device=device)
    assert life.house.devices == {}
    assert (await life.tell("home_show"))["ended"]


async def the_wipe(config: Config, folder: Path, clock: FakeClock) -> None:
    """Unsent alerts hold it up; then no byte of the home is left in the folder."""
    path = Path(config.store.path)
    assert CANARY.encode() in path.read_bytes()
    with pytest.raises(NotNowError, match="--even-unsent"):
        erase_home(config, folder / "gateway.toml", clock.now(), ids=SeqIds(), even_unsent=False)
    done = erase_home(config, folder / "gateway.toml", clock.now(), ids=SeqIds(), even_unsent=True)
    assert done["rows"]["person_told"] >= 3
    assert done["unsent"]["alerts"] > 0
    for file in folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert CANARY.encode() not in content
        assert struct.pack("6B", 0x54, 0x48, 0xE6, 0, 0, 1) not in content
    with Database.open(path, home="site-88") as database:
        assert database.heads().store_id == done["store"]["new"]
        assert database.devices() == []
