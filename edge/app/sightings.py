"""Who is in the air while an installer looks around: a bounded table that lives as long as that.

Strangers' addresses are in here and nowhere else: they go to the terminal of the
person who asked, are never logged and never stored, and are gone with the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from edge.domain import Device, Instant, Observation, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Advert, Driver, Shape
from edge.errors import DecodeError

# Advertisers kept at once. A block of flats at rush hour has some hundreds, most of them noise;
# a table of this many rows is one answer of the control socket (256 kB) with room to spare.
ADVERTISERS_MAX = 256
# What stays when the table is full: the strongest half, so that clearing it is rare under a flood.
KEPT_WHEN_FULL = ADVERTISERS_MAX // 2
# Kinds of data that one advertiser may show. Real ones have one to three.
PARTS_MAX = 8
# Bytes of a part that are shown as its beginning.
HEAD_BYTES = 1
# A name of 248 bytes is legal; a terminal's column is not that wide.
NAME_MAX_CHARS = 40

# Makers whose telephones, computers and headphones fill the air (Bluetooth SIG company ids).
NOISY_COMPANIES = frozenset({0x004C, 0x0006, 0x0075, 0x00E0})  # Apple, Microsoft, Samsung, Google
# Top two bits of a random address that changes by itself (Core Specification, Vol 6 Part B 1.3).
_CHANGING = frozenset({0b00, 0b01})
_SHORT_UUID_TAIL = "-0000-1000-8000-00805f9b34fb"

# What a sample says about what its sender is for.
ROLE_OF_KIND: Mapping[str, Role] = {
    "button": Role.HELP_BUTTON,
    "smoke": Role.SMOKE_ALARM,
    "carbon_monoxide": Role.CO_ALARM,
    "heat": Role.HEAT_ALARM,
    "gas": Role.GAS_ALARM,
    "moisture": Role.WATER_ALARM,
    "stove_cut": Role.STOVE_GUARD,
    "fall": Role.FALL_DETECTOR,
    "motion": Role.MOTION,
    "occupancy": Role.MOTION,
    "door": Role.DOOR,
    "window": Role.DOOR,
    "opening": Role.DOOR,
    "temperature": Role.CLIMATE,
    "humidity": Role.CLIMATE,
    "beacon": Role.TAG,
}


class Sighting(msgspec.Struct):
    """One advertiser: all that it showed, the newest of each part."""

    address: str
    first_ms: int
    last_ms: int = 0
    packets: int = 0
    rssi_dbm: int = 0
    name: str | None = None
    manufacturer: dict[int, bytes] = {}
    service: dict[str, bytes] = {}
    judged: dict[str, Any] | None = None  # who claims it and why, until it shows something new

    def take(self, advert: Advert, uuids: tuple[str, ...], now_ms: int) -> None:
        self.packets += 1
        self.last_ms = now_ms
        self.rssi_dbm = advert.rssi_dbm
        shown = (self.name, len(self.manufacturer), len(self.service))
        if advert.name:
            self.name = "".join(c for c in advert.name if c.isprintable())[:NAME_MAX_CHARS]
        _learn(self.manufacturer, advert.manufacturer)
        _learn(self.service, advert.service)
        # A service that is only named counts as one without data: a cuff says no more than that.
        _learn(self.service, {uuid: b"" for uuid in uuids if uuid not in self.service})
        if shown != (self.name, len(self.manufacturer), len(self.service)):
            self.judged = None

    def advert(self) -> Advert:
        """Everything it showed as one advertisement."""
        return Advert(
            address=self.address,
            name=self.name,
            manufacturer=dict(self.manufacturer),
            service=dict(self.service),
            rssi_dbm=self.rssi_dbm,
        )


class Sightings:
    """The table of one listening window."""

    def __init__(self) -> None:
        self.packets = 0
        self.dropped = 0  # advertisers that were let go for want of room
        self._seen: dict[str, Sighting] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[Sighting]:
        return iter(self._seen.values())

    def take(self, advert: Advert, uuids: tuple[str, ...], now_ms: int) -> None:
        self.packets += 1
        seen = self._seen.get(advert.address)
        if seen is None:
            if len(self._seen) >= ADVERTISERS_MAX:
                self._make_room()
            seen = self._seen[advert.address] = Sighting(address=advert.address, first_ms=now_ms)
        seen.take(advert, uuids, now_ms)

    def get(self, address: str) -> Sighting | None:
        return self._seen.get(address)

    def _make_room(self) -> None:
        ranked = sorted(
            self._seen.values(), key=lambda s: (bool(claims(s.advert())), s.rssi_dbm), reverse=True
        )
        self.dropped += len(ranked) - KEPT_WHEN_FULL
        self._seen = {s.address: s for s in ranked[:KEPT_WHEN_FULL]}


def _learn(known: dict[Any, bytes], said: Mapping[Any, bytes]) -> None:
    for key, data in said.items():
        if key in known or len(known) < PARTS_MAX:
            known[key] = data


def claims(advert: Advert) -> list[tuple[int, Driver]]:
    """Every driver that claims this advertisement, the surest first."""
    found = [(d.match(advert), d) for d in DRIVERS.values() if d.match is not None]
    return sorted((one for one in found if one[0] > 0), key=lambda one: -one[0])


def why(driver: Driver, advert: Advert, claim: int) -> list[dict[str, str]]:
    """What the claim stands on: the parts without which it would be lower.

    Found by asking the driver again without each part, so it is the driver's own reason and
    never a second opinion. A part that another one makes up for is named when it is enough alone.
    """
    if driver.match is None:
        return []
    parts = _parts(advert)
    needed = [part for part, without, _ in parts if driver.match(without) < claim]
    return needed or [part for part, _, only in parts if driver.match(only) == claim]


def _parts(advert: Advert) -> list[tuple[dict[str, str], Advert, Advert]]:
    """Each part as (its words, the advertisement without it, it alone)."""
    bare = Advert(address=advert.address)
    found: list[tuple[dict[str, str], Advert, Advert]] = []
    for uuid, data in advert.service.items():
        part = {"part": "service_data" if data else "service", "id": short_uuid(uuid)}
        rest = {u: d for u, d in advert.service.items() if u != uuid}
        found.append(
            (
                part | _head(data),
                msgspec.structs.replace(advert, service=rest),
                msgspec.structs.replace(bare, service={uuid: data}),
            )
        )
    for company, data in advert.manufacturer.items():
        part = {"part": "manufacturer", "id": f"0x{company:04X}"}
        others = {c: d for c, d in advert.manufacturer.items() if c != company}
        found.append(
            (
                part | _head(data),
                msgspec.structs.replace(advert, manufacturer=others),
                msgspec.structs.replace(bare, manufacturer={company: data}),
            )
        )
    if advert.name:
        found.append(
            (
                {"part": "name", "id": advert.name},
                msgspec.structs.replace(advert, name=None),
                msgspec.structs.replace(bare, name=advert.name),
            )
        )
    return found


def _head(data: bytes) -> dict[str, str]:
    return {"head": data[:HEAD_BYTES].hex().upper()} if data else {}


def short_uuid(uuid: str) -> str:
    """0xFCD2 for a UUID of the Bluetooth SIG, the whole one otherwise."""
    if uuid.endswith(_SHORT_UUID_TAIL) and uuid.startswith("0000"):
        return "0x" + uuid[4:8].upper()
    return uuid


def is_noise(seen: Sighting) -> bool:
    """A telephone, a computer or a passer-by: what no driver claims and nobody would enrol."""
    if NOISY_COMPANIES.intersection(seen.manufacturer):
        return True
    return not seen.name and int(seen.address[:2], 16) >> 6 in _CHANGING


def model_of(driver: Driver, advert: Advert) -> str | None:
    """The model by name, from a driver that knows its makers' models."""
    ask = getattr(driver, "model", None)
    found = ask(advert) if callable(ask) else None
    return found if isinstance(found, str) and found else None


def sample(
    driver: Driver, advert: Advert, device: Device | None, key: Secret | None, at: Instant
) -> tuple[tuple[Observation, ...], str | None]:
    """What the driver reads in it, and the short code of its refusal.

    Read as of a device that was never heard before, so nothing counts as a repetition.
    """
    if driver.shape is not Shape.ADVERT:
        return (), None
    if device is None or device.driver != driver.id:
        device = Device(
            id="decoded", driver=driver.id, role=min(driver.roles), address=advert.address, key=key
        )
    try:
        return driver.decode(device, b"", advert, at).observations, None
    except DecodeError as error:
        return (), error.reason


def fitting_roles(driver: Driver, seen: tuple[Observation, ...]) -> list[Role]:
    """The roles that this one may have, by what it says; one is a suggestion, several are none."""
    if len(driver.roles) == 1:
        return list(driver.roles)
    said = {ROLE_OF_KIND[o.kind] for o in seen if o.kind in ROLE_OF_KIND} & driver.roles
    if len(said) > 1:
        said.discard(Role.CLIMATE)  # many a sensor measures the air besides
    return sorted(said)


def sighting_row(seen: Sighting, device: Device | None, at: Instant) -> dict[str, Any]:
    """One line of `device scan`."""
    if seen.judged is None:
        seen.judged = _judged(seen, device, at)
    return seen.judged | {
        "address": seen.address,
        "name": seen.name,
        "rssi_dbm": seen.rssi_dbm,
        "packets": seen.packets,
        "heard_s_ago": max(0, at.boottime_ms - seen.last_ms) // 1000,
        "device": None if device is None else device.id,
        "noise": device is None and not seen.judged["claim"] and is_noise(seen),
    }


def _judged(seen: Sighting, device: Device | None, at: Instant) -> dict[str, Any]:
    advert = seen.advert()
    found = claims(advert)
    if not found:
        return {"driver": None, "claim": 0, "why": [], "model": None, "needs_key": False}
    claim, driver = found[0]
    _, refusal = sample(driver, advert, device, None, at)
    return {
        "driver": driver.id,
        "title": driver.title,
        "claim": claim,
        "why": why(driver, advert, claim),
        "model": model_of(driver, advert),
        "needs_key": refusal == "no_key",
    }
