"""One press heard by the radio and by two satellites is one event, for every kind of sender."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.app.house import House
from edge.app.ingest import Ingest
from edge.app.local import Local
from edge.app.opening import open_house
from edge.config import parse
from edge.domain import Device, Observation, Role, Secret
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.advert.ruuvitag import COMPANY_ID
from edge.drivers.base import Advert
from edge.events import Enrolled, Removed
from edge.transports.lanes import Heard, LaneQueue
from tests.drivers.tools import KEY, MAC, sealed
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds
from tests.transports.fakes import Beats, Faults

RECEIVERS = ("", "kitchen", "hall")
RUUVI = bytes.fromhex("0512FC5394C37C0004FFFC040CAC364200CDFFFFFFFFFFFF")
RUUVI_NEXT = RUUVI[:16] + b"\x00\xce" + RUUVI[18:]
PRESS = bytes.fromhex("3a01")


class Home:
    """A house with its ingest; what each receiver hears is put where the transports put it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.queue = LaneQueue()
        self.ingest = Ingest(house, self.queue, self._no_reply)
        self.seen: list[Observation] = []
        house.when_heard.append(self.seen.append)
        settings = house.config.ingest
        assert settings is not None
        self.local = Local(
            settings, "gw-1", self.queue, house.clock, on_fault=Faults(), beat=Beats()
        )
        self._numbers = itertools.count(1)

    async def _no_reply(self, *_: object) -> None:
        raise AssertionError("nothing that advertises is answered")

    def enrol(self, role: Role, driver: str, key: bytes | None = None) -> None:
        device = Device(
            id="one",
            driver=driver,
            role=role,
            address=MAC,
            key=None if key is None else Secret(key),
        )
        self.house.tell(Enrolled(device=device))
        self.local.enrol([device])

    async def hears(
        self,
        source: str,
        *,
        manufacturer: bytes = b"",
        service: bytes = b"",
        apple: bytes = b"",
        said_at: int | None = None,
    ) -> None:
        """One advertisement at one receiver, through the whole ingest; `said_at`: it comes late."""
        if source:
            said = {
                "boot": 1,
                "seq": next(self._numbers),
                "t": self.house.clock.now().boottime_ms if said_at is None else said_at,
                "address": MAC,
                "manufacturer": {
                    company: data.hex()
                    for company, data in (("0499", manufacturer), ("004c", apple))
                    if data
                },
                "service": {"fcd2": service.hex()} if service else {},
            }
            topic = f"kotivahti/v1/satellite/{source}/adv"
            at = self.house.clock.now()
            self.local.broker.satellites.heard(topic, json.dumps(said).encode(), at)
        else:
            advert = Advert(
                address=MAC,
                manufacturer={COMPANY_ID: manufacturer} if manufacturer else {},
                service={SERVICE: service} if service else {},
            )
            self.queue.put_nowait(Heard("one", advert, self.house.clock.now()))
        if self.queue:
            await self.ingest.take(await self.queue.get_batch(100))

    def told(self, kind: str) -> list[tuple[object, str]]:
        return [(one.value, one.quality.value) for one in self.seen if one.kind == kind]


@pytest.fixture
async def home(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Home]:
    config = parse(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        '[ingest]\n[[ingest.satellite]]\nid = "kitchen"\n[[ingest.satellite]]\nid = "hall"\n'
        f'[store]\npath = "{tmp_path}/home.db"\n',
        "test",
    )
    async with open_house(config, clock, SeqIds()) as house:
        yield Home(house)


@pytest.mark.parametrize("order", list(itertools.permutations(RECEIVERS)))
@pytest.mark.parametrize("sender", ["packet-id", "no-packet-id", "encrypted"])
async def test_one_press_is_one_event(
    home: Home, clock: FakeClock, sender: str, order: tuple[str, ...]
) -> None:
    """Whoever hears it first; a burst of five copies at each receiver; then a second press."""
    key = KEY if sender == "encrypted" else None
    home.enrol(Role.HELP_BUTTON, "bthome", key)

    def press(number: int) -> bytes:
        if sender == "encrypted":
            return sealed(PRESS, 5_000 + number)
        return b"\x44" + (bytes([0, number]) if sender == "packet-id" else b"") + PRESS

    for _ in range(5):
        for source in order:
            await home.hears(source, service=press(1))
            clock.pass_time(60)
    assert home.told("button") == [("press", "ok")]
    clock.pass_time(10_000)
    for source in order:
        await home.hears(source, service=press(2))
    assert home.told("button") == [("press", "ok")] * 2


async def test_a_copy_that_comes_after_the_next_counter_is_no_replay(
    home: Home, clock: FakeClock
) -> None:
    """The radio has gone on to the next frame when the satellite's copy of the press arrives."""
    home.enrol(Role.HELP_BUTTON, "bthome", KEY)
    press, idle = sealed(PRESS, 5_000), sealed(bytes.fromhex("0161"), 5_001)
    await home.hears("", service=press)
    clock.pass_time(100)
    await home.hears("", service=idle)
    clock.pass_time(900)
    await home.hears("kitchen", service=press)
    assert home.told("button") == [("press", "ok")]
    assert home.ingest.refused == {}
    # Long after, it is what it looks like.
    clock.pass_time(60_000)
    await home.hears("kitchen", service=press)
    assert home.told("button")[1] == ("press", "possible_replay")


async def test_one_measurement_of_a_tag_is_stored_once(home: Home, clock: FakeClock) -> None:
    """Also when a receiver brings the one before the last."""
    home.enrol(Role.CLIMATE, "ruuvitag")
    for source, data in (("", RUUVI), ("", RUUVI_NEXT), ("hall", RUUVI), ("hall", RUUVI_NEXT)):
        await home.hears(source, manufacturer=data)
        clock.pass_time(300)
    assert home.told("measurement_sequence") == [(205, "ok"), (206, "ok")]
    assert home.ingest.echoes.dropped == 2


async def test_a_satellite_alone_raises_what_the_radio_would_raise(home: Home) -> None:
    """Smoke that only the satellite hears is an alert; an unsealed frame of a keyed device is
    flagged, as it is when the radio hears it.
    """
    home.enrol(Role.SMOKE_ALARM, "bthome")
    await home.hears("hall", service=bytes.fromhex("4000012901"))
    assert [alert.code for alert in home.house.keeper.home.alerts.values()] == ["smoke"]
    home.enrol(Role.SMOKE_ALARM, "bthome", KEY)
    await home.hears("hall", service=bytes.fromhex("4000022900"))
    await home.hears("hall", service=bytes.fromhex("4000032901"))
    assert home.told("smoke") == [(True, "ok"), (True, "unauthenticated")]
    assert home.ingest.refused == {("one", "plaintext"): 1}


async def test_another_device_under_the_same_name_is_no_echo(home: Home, clock: FakeClock) -> None:
    """A button is replaced while the installer presses: what the old one said hides nothing."""
    home.enrol(Role.HELP_BUTTON, "bthome")
    await home.hears("kitchen", service=b"\x44" + PRESS)
    home.house.tell(Removed(device="one"))
    home.ingest.forget("one")
    home.enrol(Role.HELP_BUTTON, "bthome")
    clock.pass_time(1_000)
    await home.hears("", service=b"\x44" + PRESS)
    assert home.told("button") == [("press", "ok")] * 2


@pytest.mark.parametrize(
    "role, objects, code",
    [
        (Role.HELP_BUTTON, PRESS, "help_button"),
        (Role.TAG, PRESS, "help_button"),
        (Role.WATER_ALARM, bytes.fromhex("2001"), "water_leak"),
    ],
)
async def test_an_alarm_that_comes_late_is_an_alarm(
    home: Home, clock: FakeClock, role: Role, objects: bytes, code: str
) -> None:
    """A satellite that was cut off tells it afterwards: a press on a tag, and water too."""
    home.enrol(role, "bthome", KEY)
    await home.hears("kitchen", service=sealed(bytes.fromhex("0161"), 5_000))
    said_at = clock.now().boottime_ms
    clock.pass_time(60_000)
    await home.hears("kitchen", service=sealed(objects, 5_001), said_at=said_at)
    assert [alert.code for alert in home.house.keeper.home.alerts.values()] == [code]


async def test_a_late_word_of_a_mere_beacon_is_not_believed(home: Home, clock: FakeClock) -> None:
    """It would say that who wears it is here now."""
    beacon = bytes.fromhex("0215" + "00" * 16 + "00010002" + "c5")
    home.enrol(Role.TAG, "ibeacon")
    await home.hears("kitchen", apple=beacon)
    said_at = clock.now().boottime_ms
    clock.pass_time(90_000)
    await home.hears("kitchen", apple=beacon, said_at=said_at)
    assert len(home.told("beacon")) == 1


async def test_every_reception_is_told_also_what_is_dropped_as_a_copy(home: Home) -> None:
    """Where a device hangs is in how well each receiver hears it; strangers are never told."""
    received: list[tuple[str, str]] = []
    home.ingest.when_received.append(lambda device, advert, _: told(device.id, advert.source))

    def told(device: str, source: str) -> None:
        received.append((device, source))

    home.queue.put_nowait(Heard("stranger", Advert(address=MAC), home.house.clock.now()))
    home.enrol(Role.CLIMATE, "ruuvitag")
    for source in RECEIVERS:
        await home.hears(source, manufacturer=RUUVI)
    assert received == [("one", source) for source in RECEIVERS]
    assert len(home.told("measurement_sequence")) == 1
