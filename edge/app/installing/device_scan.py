"""What is in the air and on the ports right now: `device scan` and `device identify`.

Both listen only while somebody asks. Without them the scanner has no onlooker.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from edge.app.imports import MAC
from edge.app.installing.device_ports import identify_port, ports_of
from edge.app.installing.devices import Devices
from edge.app.installing.enrolling import wishes_of
from edge.app.installing.listening import Window, seconds
from edge.app.installing.recognise import claims, fitting_roles, model_of, samples, short_uuid, why
from edge.app.installing.sightings import Focus, Sighting, Sightings, sighting_row
from edge.app.view import observation_row
from edge.control.protocol import Peer
from edge.domain import Device, Secret
from edge.drivers.base import Advert, Driver, Shape
from edge.errors import ControlError
from edge.locale.refusing import given, worded

if TYPE_CHECKING:
    from edge.app.ble import Ble

# After the first packet of the one that is looked for: its other packets carry name and model.
LINGER_S = 2.0
# Rows of one answer: half a kilobyte each, and an answer has 256 kB.
ROWS_MAX = 200


class DeviceScan:
    """The two listening commands. `devices` knows what is enrolled, and the running radio."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._house = devices.house
        self._listening: list[Sightings] = []

    async def scan(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """How it stands every half second; the last word has the table and the ports."""
        window_s = seconds(args, default_s=10.0)
        ble = self._devices.ble
        ports = await ports_of(self._house)
        if ble is None:
            yield self._table(Sightings(), ports, 0.0) | {"radio": False, "done": True}
            return
        seen = Sightings()
        with self._looking(ble, seen):
            async for left_s in Window(window_s):
                yield self._table(seen, ports, left_s) | {"radio": True, "done": left_s <= 0}

    async def identify(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """One advertiser or port in depth; ends soon after it was heard.

        `key`, as hexadecimal digits, decrypts the sample; it is used for that and forgotten.
        """
        target = args.get("target")
        if not isinstance(target, str) or not target:
            raise worded(ControlError, "target_missing")
        wishes, faults = wishes_of([{"row": {}, "key": args.get("key")}])
        if faults:
            raise worded(ControlError, "no_key_digits")
        if target.startswith("/"):
            asked = None if args.get("seconds") is None else seconds(args, default_s=0.0)
            async for row in identify_port(target, self._house, asked):
                yield row
            return
        address = target.upper().replace("-", ":")
        if MAC.fullmatch(address) is None:
            raise worded(ControlError, "no_target", name=given(target))
        ble = self._devices.ble
        if ble is None:
            raise worded(ControlError, "no_radio")
        window_s = seconds(args, default_s=30.0)
        role_wanted = args.get("until_role") is True
        focus = Focus(address)
        with self._looking(ble, focus):
            async for left_s in Window(window_s):
                found = focus.get(address)
                if left_s <= 0 or (found is not None and self._is_enough(found)):
                    row = self._in_depth(address, focus, wishes[0].key)
                    if left_s <= 0 or not role_wanted or row.get("suggested_role"):
                        yield row
                        return
                packets = 0 if found is None else found.packets
                yield {"done": False, "left_s": round(left_s, 1), "packets": packets}

    def _is_enough(self, found: Sighting) -> bool:
        return self._house.clock.now().boottime_ms - found.first_ms >= LINGER_S * 1000

    # -- the air -------------------------------------------------------------------------------

    @contextmanager
    def _looking(self, ble: Ble, seen: Sightings) -> Iterator[None]:
        """Look on while the block lasts; several installers may look at once."""
        self._listening.append(seen)
        ble.scanner.onlooker = self._saw
        try:
            yield
        finally:
            self._listening.remove(seen)
            if not self._listening:
                ble.scanner.onlooker = None

    def _saw(self, advert: Advert, uuids: tuple[str, ...]) -> None:
        now_ms = self._house.clock.now().boottime_ms
        for seen in self._listening:
            seen.take(advert, uuids, now_ms)

    def _table(self, seen: Sightings, ports: list[dict[str, Any]], left_s: float) -> dict[str, Any]:
        at = self._house.clock.now()
        rows = [sighting_row(s, self._enrolled(s.address), at) for s in seen]
        rows.sort(key=lambda r: (r["noise"], r["device"] is None, -r["claim"], -r["rssi_dbm"]))
        return {
            "left_s": round(max(0.0, left_s), 1),
            "packets": seen.packets,
            "advertisers": len(seen) + seen.dropped,
            "not_shown": seen.dropped + max(0, len(rows) - ROWS_MAX),
            "rows": rows[:ROWS_MAX],
            "ports": ports,
        }

    def _enrolled(self, address: str) -> Device | None:
        devices = self._house.devices.values()
        return next((d for d in devices if d.address == address), None)

    def _in_depth(self, address: str, focus: Focus, key: Secret | None) -> dict[str, Any]:
        seen = focus.get(address)
        at = self._house.clock.now()
        device = self._enrolled(address)
        if seen is None:
            return {
                "done": True,
                "heard": False,
                "address": address,
                "device": None if device is None else device.id,
                "hints": ["not_heard"],
            }
        advert = seen.advert()
        found = claims(advert)
        row = sighting_row(seen, device, at) | {
            "done": True,
            "heard": True,
            "claims": [_claim_row(driver, advert, claim) for claim, driver in found],
            "service": {short_uuid(u): d.hex().upper() for u, d in seen.service.items()},
            "manufacturer": {f"0x{c:04X}": d.hex().upper() for c, d in seen.manufacturer.items()},
            "sample": [],
            "refused": None,
            "roles": [],
            "suggested_role": None,
            "hints": [] if device is None else ["enrolled"],
        }
        if not found:
            return row | {"hints": [*row["hints"], "no_driver"]}
        driver = found[0][1]
        observations, refusal = samples(driver, focus.adverts, device, key, at)
        fits = fitting_roles(driver, advert, observations)
        return row | {
            "sample": [observation_row(o) for o in observations],
            "refused": refusal,
            "roles": sorted(driver.roles),
            "suggested_role": fits[0] if len(fits) == 1 else None,
            "hints": [*row["hints"], *_hints(driver, refusal)],
        }


def _claim_row(driver: Driver, advert: Advert, claim: int) -> dict[str, Any]:
    return {
        "driver": driver.id,
        "title": driver.title,
        "claim": claim,
        "why": why(driver, advert, claim),
        "model": model_of(driver, advert),
    }


def _hints(driver: Driver, refusal: str | None) -> list[str]:
    hints = []
    if refusal == "no_key":
        hints.append("needs_key")
    elif refusal == "wrong_key":
        hints.append("wrong_key")
    if driver.shape is Shape.GATT:
        hints.append("measure_now")
        if driver.plan is not None and driver.plan.bonded:
            hints.append("needs_pairing")
    return hints
