"""From advertisements at a radio and two satellites to a doubt that a person ends."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edge.app.gateway import Gateway
from edge.app.house import House
from edge.app.opening import open_house
from edge.cli.main import main
from edge.config import parse
from edge.control.protocol import Peer
from edge.domain import Device, Instant, Observation, Person, PersonKind, Quality, Role, Sync
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert, ContactFrame, Notification
from edge.drivers.gatt import weight_scale
from edge.errors import ControlError
from edge.events import Doubted, Enrolled, Tick
from edge.home.identity_place import LEARN_WINDOWS
from edge.transports.lanes import Heard
from tests.support.clock import NOON_WALL_MS, OFFSET_MIN, FakeClock
from tests.support.ids import SeqIds

MOTION, HALL = "54:48:E6:00:00:01", "54:48:E6:00:00:02"
STRANGER = "54:48:E6:00:00:09"
ME = Peer(pid=1, uid=1000)
# How each receiver hears the sensor of the living room, where it hangs and in the bedroom.
AT_HOME = {"": -52, "kitchen": -66, "hall": -70}
ELSEWHERE = {"": -74, "kitchen": -55, "hall": -58}
HALL_LEVELS = {"": -66, "kitchen": -62, "hall": -50}
MINUTE = 60_000


class Flat:
    """A gateway whose radio and satellites hear what the test lets devices send."""

    def __init__(self, house: House, clock: FakeClock) -> None:
        self.house, self.clock = house, clock
        self.gateway = Gateway(house)
        self._numbers = itertools.count(1)

    def enrol(self, name: str, role: Role, address: str, room: str, driver: str = "bthome") -> None:
        device = Device(id=name, driver=driver, role=role, address=address, room=room)
        self.house.tell(Enrolled(device=device))
        for listener in self.house.when_enrolled:
            listener()

    async def sends(self, name: str, address: str, objects: str, levels: dict[str, int]) -> None:
        """One BTHome advertisement, as each receiver in `levels` hears it."""
        number = next(self._numbers)
        data = bytes([0x44, 0x00, number % 256]) + bytes.fromhex(objects)
        local = self.gateway.local
        assert local is not None
        for source, dbm in levels.items():
            now = self.clock.now()
            if not source:
                advert = Advert(address=address, service={SERVICE: data}, rssi_dbm=dbm)
                self.gateway.queue.put_nowait(Heard(name, advert, now))
                continue
            said = {"boot": 1, "seq": next(self._numbers), "t": now.boottime_ms} | {
                "address": address,
                "rssi": dbm,
                "service": {"fcd2": data.hex()},
            }
            topic = f"kotivahti/v1/satellite/{source}/adv"
            local.broker.satellites.heard(topic, json.dumps(said).encode(), now)
        await self.gateway.ingest.take(await self.gateway.queue.get_batch(100))

    async def live(self, windows: int, levels: dict[str, int]) -> None:
        """Both sensors speak now and then; nobody moves."""
        for _ in range(windows):
            self.clock.pass_time(10 * MINUTE)
            self.house.tell(Tick())
            await self.sends("motion", MOTION, "2100", levels)
            await self.sends("hallway", HALL, "2100", HALL_LEVELS)

    async def ask(self, command: str, **args: Any) -> Any:
        return await self.gateway.service.handlers()[command](args, ME)

    def open(self, code: str) -> Any:
        alerts = self.house.keeper.home.alerts.values()
        return next(alert for alert in alerts if alert.code == code)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n[ble]\nbackend = "off"\n'
        '[ingest]\n[[ingest.satellite]]\nid = "kitchen"\n[[ingest.satellite]]\nid = "hall"\n'
        f'[store]\npath = "{tmp_path}/home.db"\n[control]\nsocket = "{tmp_path}/control.sock"\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
async def flat(settings: Path) -> AsyncIterator[Flat]:
    clock = FakeClock(_noon())
    async with open_house(parse(settings.read_text("utf-8"), "test"), clock, SeqIds()) as house:
        flat = Flat(house, clock)
        flat.enrol("motion", Role.MOTION, MOTION, "living_room")
        flat.enrol("hallway", Role.MOTION, HALL, "hallway")
        flat.enrol("band", Role.FALL_DETECTOR, "line-1", "bedroom", driver="contact")
        yield flat


def _noon() -> Instant:
    return Instant(
        boot="boot-1",
        boottime_ms=1_000_000,
        wall_ms=NOON_WALL_MS,
        offset_min=OFFSET_MIN,
        sync=Sync.NTP,
    )


async def test_a_sensor_that_was_moved(flat: Flat) -> None:
    """Its word is flagged and ends no stillness after a fall, until somebody has looked."""
    await flat.live(LEARN_WINDOWS + 6, AT_HOME)
    await flat.sends("stranger", STRANGER, "2101", AT_HOME)
    assert set(flat.house.keeper.home.likeness.places) == {"motion", "hallway"}
    await flat.live(3, ELSEWHERE)
    assert flat.house.keeper.home.devices["motion"].identity == ()
    await flat.live(5, ELSEWHERE)
    status = await flat.ask("status")
    doubted = {row["id"]: row["identity"] for row in status["devices"] if row["identity"]}
    assert doubted == {"motion": ["moved"]}
    assert flat.open("identity_doubtful").priority == "normal"

    now = flat.clock.now()
    flat.gateway.queue.put_nowait(Heard("band", ContactFrame(active=True), now))
    await flat.gateway.ingest.take(await flat.gateway.queue.get_batch(1))
    flat.clock.pass_time(2 * MINUTE)
    flat.house.tell(Tick())
    await flat.sends("motion", MOTION, "2101", ELSEWHERE)
    await flat.house.commit()
    shown = await flat.ask("device_show", device="motion")
    assert {r["quality"] for r in shown["readings"] if r["kind"] == "motion"} == {
        "identity_doubtful"
    }
    flat.clock.pass_time(4 * MINUTE)
    flat.house.tell(Tick())
    fall = flat.open("possible_fall")
    assert (fall.priority, "identity_doubtful" in fall.flags) == ("critical", True)

    with pytest.raises(ControlError, match="by is missing"):
        await flat.ask("device_confirm", device="motion")
    told = await flat.ask("device_confirm", device="motion", by="installer.one")
    assert (told["over"], told["identity"]) == (["moved"], [])
    assert "motion" not in flat.house.keeper.home.likeness.places
    shown = await flat.ask("device_show", device="motion")
    assert (shown["confirmed_by"], shown["open_alerts"]) == ("installer.one", [])
    await flat.live(12, ELSEWHERE)
    assert flat.house.keeper.home.devices["motion"].identity == ()


async def test_a_reading_of_the_scales_other_user_is_flagged_in_its_own_frame(flat: Flat) -> None:
    """The number of the user stands at the frame's end; the value is kept as it came."""
    flat.house.tell(Person(id="she", kind=PersonKind.RESIDENT, by="installer"))
    device = Device(
        id="scale", driver="weight_scale", role=Role.VITALS, address=STRANGER, person="she"
    )
    flat.house.tell(Enrolled(device=device))
    seen: list[Observation] = []
    flat.house.when_heard.append(seen.append)

    async def stands_on_it(kilograms: float, user: int) -> Observation:
        flat.clock.pass_time(24 * 60 * MINUTE)
        value = b"\x04" + round(kilograms / 0.005).to_bytes(2, "little") + bytes([user])
        frame = Notification(characteristic=weight_scale.MEASUREMENT, value=value)
        flat.gateway.queue.put_nowait(Heard("scale", frame, flat.clock.now()))
        await flat.gateway.ingest.take(await flat.gateway.queue.get_batch(1))
        return next(one for one in reversed(seen) if one.kind == "body_weight")

    for day in range(8):
        assert (await stands_on_it(62.0 + day / 10, 1)).quality is Quality.OK
    strange = await stands_on_it(62.5, 2)
    assert (strange.quality, strange.value) == (Quality.IDENTITY_DOUBTFUL, 62.5)
    strange = await stands_on_it(88.0, 1)
    assert (strange.quality, strange.value) == (Quality.IDENTITY_DOUBTFUL, 88.0)
    assert (await stands_on_it(62.3, 1)).quality is Quality.OK


def test_a_person_ends_it_at_the_terminal(settings: Path) -> None:
    """Without a gateway too: status, list and show say it, confirm ends it, in three languages."""

    async def doubted() -> None:
        clock = FakeClock(_noon())
        async with open_house(parse(settings.read_text("utf-8"), "test"), clock, SeqIds()) as house:
            flat = Flat(house, clock)
            flat.enrol("motion", Role.MOTION, MOTION, "living_room")
            house.tell(Doubted(device="motion", reason="moved"))
            await house.commit()

    asyncio.run(doubted())

    def run(*command: str) -> str:
        result = CliRunner().invoke(main, [*command, "--config", str(settings)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "IN DOUBT" in run("device", "list", "--lang", "en")
    assert "EPÄVARMA" in run("status", "--lang", "fi")
    assert "som från en annan plats" in run("device", "show", "motion", "--lang", "sv")
    (row,) = json.loads(run("device", "list", "--json"))
    assert row["identity"] == ["moved"]
    said = run("device", "confirm", "motion", "--by", "installer.one", "--lang", "en")
    assert "motion is as enrolled, says installer.one" in said
    assert "IN DOUBT" not in run("status", "--lang", "en")
    assert "confirmed as enrolled by installer.one" in run("device", "show", "motion")
    said = run("device", "confirm", "motion", "--by", "installer.one", "--lang", "en")
    assert "was not in doubt" in said
    missing = CliRunner().invoke(
        main, ["device", "confirm", "no", "--by", "x", "--config", str(settings)]
    )
    assert missing.exit_code == 2
