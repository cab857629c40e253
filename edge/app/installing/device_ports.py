"""The serial side of `device scan` and `device identify`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

from edge.app.house import House
from edge.app.installing.listening import Window
from edge.app.view import observation_row
from edge.domain import Device, Instant, Observation, Role
from edge.drivers import DRIVERS
from edge.drivers.base import Driver, LineSettings, SerialFrame
from edge.errors import ControlError, DecodeError
from edge.locale.refusing import worded
from edge.transports.lines.port_names import is_unstable, presence, stable_name

# An appliance beats every 30 s; an instrument that is switched on speaks every second.
APPLIANCE_S = 35.0
INSTRUMENT_S = 4.0
# Frames are shown as they came, cut to this many characters.
RAW_MAX_CHARS = 120


async def ports_of(house: House) -> list[dict[str, Any]]:
    """The settings' lines and the adapters that nobody has enrolled yet, by stable name."""
    # The library of serial ports is loaded by homes that have one, and by who asks for them.
    from edge.transports.lines.port_list import serial_ports  # noqa: PLC0415

    adapters = await asyncio.to_thread(serial_ports)
    doubts = _doubts(house)
    rows = []
    taken = set()
    for line in house.config.serial:
        ports: object = line.port  # one path; a choice of them, or a word, where that is allowed
        for name in (ports,) if isinstance(ports, str) else tuple(line.port):
            there = not name.startswith("/") or presence(name) is not None
            taken |= {name, stable_name(name) or name}
            rows.append(_port_row(name, line.device, there=there, warning=doubts.get(line.device)))
    rows += [
        _port_row(port.name, None, product=port.product)
        for port in adapters
        if port.name not in taken and port.device not in taken
    ]
    return rows


async def identify_port(
    port: str, house: House, window_s: float | None
) -> AsyncGenerator[dict[str, Any], None]:
    """Listen with every driver's framer, one line setting after the other; nothing is written.

    `window_s` is for all of them; None: as long as each kind of device needs.
    """
    owner = _owner(house, port)
    if owner is not None:
        raise worded(ControlError, "port_taken", port=port, device=owner)
    found = _Found(house.clock.now())
    rounds = _rounds(window_s)
    stop = threading.Event()
    try:
        for number, (line, drivers, share_s) in enumerate(rounds):
            after_s = sum(one[2] for one in rounds[number + 1 :])
            task = asyncio.create_task(_listened(port, line, drivers, share_s, found, stop))
            async for left_s in Window(share_s):
                if task.done():
                    break
                row = {"done": False, "port": port, "packets": found.bytes}
                yield row | {"left_s": round(left_s + after_s, 1)}
            frames, count = await task
            found.bytes += count
            for driver in drivers:
                found.judge(driver, frames[driver.id])
            if found.claims:
                break
    finally:
        stop.set()
    yield found.row(port)


def _owner(house: House, port: str) -> str | None:
    for row in house.config.serial:
        named: object = row.port  # one path, or a choice of them where that is allowed
        if port == named or (not isinstance(named, str) and port in row.port):
            return row.device
    return None


def _rounds(window_s: float | None) -> list[tuple[LineSettings, list[Driver], float]]:
    """Line settings, their drivers, and how long each is listened to; the quick ones first."""
    groups: dict[LineSettings, list[Driver]] = {}
    for driver in DRIVERS.values():
        if driver.framer is not None:
            groups.setdefault(driver.line, []).append(driver)
    needs = {
        line: INSTRUMENT_S if all(d.roles <= {Role.VITALS} for d in drivers) else APPLIANCE_S
        for line, drivers in groups.items()
    }
    share = 1.0 if window_s is None else window_s / sum(needs.values())
    lines = sorted(groups, key=lambda line: needs[line])
    return [(line, groups[line], needs[line] * share) for line in lines]


class _Found:
    """What the drivers made of one port."""

    def __init__(self, at: Instant) -> None:
        self.bytes = 0
        self.claims: list[dict[str, Any]] = []
        self._at = at
        self._sample: list[dict[str, Any]] = []
        self._raw = ""

    def reads(self, driver: Driver, data: bytes) -> tuple[Observation, ...] | None:
        """What the driver reads in one frame; None when it refuses it."""
        device = Device(id="decoded", driver=driver.id, role=min(driver.roles), address="")
        try:
            return driver.decode(device, b"", SerialFrame(data=data), self._at).observations
        except DecodeError:
            return None

    def judge(self, driver: Driver, frames: list[bytes]) -> None:
        """How many of the frames the driver reads is how surely it is the right one."""
        read = [(data, said) for data in frames if (said := self.reads(driver, data)) is not None]
        if not read:
            return
        claim = max(1, round(100 * len(read) / len(frames)))
        reason = {"part": "frames", "id": str(len(read)), "head": str(len(frames))}
        if not self.claims or claim > self.claims[0]["claim"]:
            self._raw = _text(read[0][0])
            newest = {seen.kind: seen for _, said in read for seen in said}
            self._sample = [observation_row(seen) for seen in newest.values()]
        self.claims.append(
            {"driver": driver.id, "title": driver.title, "claim": claim, "why": [reason]}
        )
        self.claims.sort(key=lambda one: -int(one["claim"]))

    def row(self, port: str) -> dict[str, Any]:
        hints = []
        if not self.claims:
            hints.append("no_driver" if self.bytes else "port_silent")
            if any(d.poll for d in DRIVERS.values()):
                hints.append("speaks_when_asked")
        best = self.claims[0] if self.claims else {"driver": None, "claim": 0, "why": []}
        return best | {
            "done": True,
            "heard": self.bytes > 0,
            "port": port,
            "bytes": self.bytes,
            "claims": self.claims,
            "sample": self._sample,
            "raw": self._raw,
            "hints": [*hints, "needs_line"],
        }


def _text(data: bytes) -> str:
    """A line of text as it stands, which holds an appliance's number; other frames in hex."""
    text = data.decode("ascii", "replace").strip()
    return (text if text.isprintable() and text.isascii() else data.hex(" "))[:RAW_MAX_CHARS]


async def _listened(
    port: str,
    line: LineSettings,
    drivers: list[Driver],
    window_s: float,
    found: _Found,
    stop: threading.Event,
) -> tuple[dict[str, list[bytes]], int]:
    from edge.transports.lines.serial_listen import listen  # noqa: PLC0415 (as `ports_of`)

    framers = {d.id: d.framer() for d in drivers if d.framer is not None}

    def enough(frames: dict[str, list[bytes]]) -> bool:
        return any(
            found.reads(driver, data) is not None
            for driver in drivers
            for data in frames[driver.id]
        )

    return await asyncio.to_thread(listen, port, line, framers, window_s, enough, stop)


def _port_row(
    name: str,
    device: str | None,
    *,
    product: str = "",
    there: bool = True,
    warning: str | None = None,
) -> dict[str, Any]:
    return {
        "port": name,
        "device": device,
        "product": product,
        "there": there,
        "stable": not is_unstable(name),
        "warning": warning or "",
    }


def _doubts(house: House) -> dict[str, str]:
    """Devices whose port no handshake can tell from another one's, each with its rivals."""
    if not house.config.serial:
        return {}
    # The library of serial ports is loaded by homes that have one.
    from edge.app.lines import doubtful_ports  # noqa: PLC0415

    found: dict[str, str] = {}
    for doubt in doubtful_ports(house.config, house.devices):
        for device in doubt.devices:
            found[device] = ", ".join(other for other in doubt.devices if other != device)
    return found
