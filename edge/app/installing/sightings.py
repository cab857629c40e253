"""Who is in the air while an installer looks around: a bounded table that lives as long as that.

Strangers' addresses are in here and nowhere else: they go to the terminal of the
person who asked, are never logged and never stored, and are gone with the command.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from edge.app.installing.recognise import claims, model_of, sample, why
from edge.domain import Device, Instant
from edge.drivers.base import Advert

# Advertisers kept at once. A block of flats at rush hour has some hundreds, most of them noise;
# a table of this many rows is one answer of the control socket (256 kB) with room to spare.
ADVERTISERS_MAX = 256
# What stays when the table is full: the strongest half, so that clearing it is rare under a flood.
KEPT_WHEN_FULL = ADVERTISERS_MAX // 2
# Kinds of data that one advertiser may show. Real ones have one to three.
PARTS_MAX = 8
# Different packets kept of one that is looked at closely: a press and the rest that follow it.
DIFFERENT_MAX = 16
# A name of 248 bytes is legal; a terminal's column is not that wide.
NAME_MAX_CHARS = 40

# Makers whose telephones, computers and headphones fill the air (Bluetooth SIG company ids).
NOISY_COMPANIES = frozenset({0x004C, 0x0006, 0x0075, 0x00E0})  # Apple, Microsoft, Samsung, Google
# Top two bits of a random address that changes by itself (Core Specification, Vol 6 Part B 1.3).
_CHANGING = frozenset({0b00, 0b01})


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


class Focus(Sightings):
    """The window of one advertiser: everybody else's packets are counted and let go at once."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.adverts: deque[Advert] = deque(maxlen=DIFFERENT_MAX)  # what it said, oldest first
        self._address = address

    def take(self, advert: Advert, uuids: tuple[str, ...], now_ms: int) -> None:
        if advert.address != self._address:
            return
        super().take(advert, uuids, now_ms)
        said = [(a.service, a.manufacturer) for a in self.adverts]
        if (advert.service, advert.manufacturer) not in said:
            self.adverts.append(advert)


def _learn(known: dict[Any, bytes], said: Mapping[Any, bytes]) -> None:
    for key, data in said.items():
        if key in known or len(known) < PARTS_MAX:
            known[key] = data


def is_noise(seen: Sighting) -> bool:
    """A telephone, a computer or a passer-by: what no driver claims and nobody would enrol."""
    if NOISY_COMPANIES.intersection(seen.manufacturer):
        return True
    return not seen.name and int(seen.address[:2], 16) >> 6 in _CHANGING


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
