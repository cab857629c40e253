"""The first step: the box itself. Clock, radio, disk, database, both ends of the line, power.

Each function looks at one thing and returns one check; none of them changes anything that
lasts. What is not right yet and may become so by itself (time, broker, receipt) is open.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from edge.app.commissioning import supply
from edge.app.house import House
from edge.commissioning.record import Check, Measure, Verdict
from edge.domain import Sync
from edge.events import FaultKind

# The longest silence of the air that is still no fault: a flat has telephones and neighbours,
# and the scanner's own alarm comes after 60 s.
RADIO_WITHIN_S = 15.0
LOOK_EVERY_S = 0.2
# A month without a line is about 400 MB of messages in the worst home; a card that has less
# than this left is full of something that is not ours.
FREE_MIN_BYTES = 512 * 1024 * 1024
# As much as the busiest commit writes, with room to spare.
PROBE_BYTES = 1024 * 1024
# An alarm's commit is four synced pages. A card that needs longer than this for a megabyte is
# worn out or a counterfeit: good ones take 20 to 200 ms.
PROBE_SLOW_MS = 2_000


class Ports(msgspec.Struct):
    """What only a running gateway can answer; each is None without one, or without the part."""

    path: Callable[[], dict[str, Any]] | None = None  # up, detail, receipts, verdict_ms
    adverts: Callable[[], int] | None = None
    satellites: Callable[[], Mapping[str, Any]] | None = None
    lines: Callable[[], Mapping[str, bool]] | None = None  # device -> whether its port is open


def clock(house: House) -> Check:
    now = house.clock.now()
    measures = (Measure(name="sync", value=now.sync.value, unit=""),)
    if now.sync is Sync.NTP:
        why = "trusted" if house.config.gateway.trusted_clock else ""
        return Check(name="clock", verdict=Verdict.PASSED, why=why, measures=measures)
    why = "no_sync" if now.sync is Sync.NONE else "sync_lost"
    return Check(name="clock", verdict=Verdict.OPEN, why=why, measures=measures)


async def radio(ports: Ports, within_s: float = RADIO_WITHIN_S) -> Check:
    """Whether anybody at all is heard, and how many a second."""
    if ports.adverts is None:
        return Check(name="radio", verdict=Verdict.NOT_APPLICABLE, why="no_radio")
    loop = asyncio.get_running_loop()
    begun_s, before = loop.time(), ports.adverts()
    # Two seconds give a rate; a silent air is waited for.
    while (spent_s := loop.time() - begun_s) < within_s:
        if ports.adverts() > before and spent_s >= min(2.0, within_s / 2):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    heard = ports.adverts() - before
    rate = round(heard / max(spent_s, LOOK_EVERY_S), 1)
    measures = (Measure(name="adverts", value=rate, unit="/s"),)
    if heard == 0:
        return Check(name="radio", verdict=Verdict.FAILED, why="nothing_heard", measures=measures)
    return Check(name="radio", verdict=Verdict.PASSED, measures=measures)


async def disk(folder: Path) -> Check:
    """Room, and how long a megabyte takes until it is on the disk."""
    try:
        free, took_ms = await asyncio.to_thread(_probe, folder)
    except OSError as error:
        text = f"{folder}: {error.strerror or error}"
        return Check(name="disk", verdict=Verdict.FAILED, why="disk_refused", text=text)
    measures = (
        Measure(name="free", value=free // (1024 * 1024), unit="MiBy"),
        Measure(name="sync_ms", value=took_ms, unit="ms"),
    )
    if free < FREE_MIN_BYTES:
        return Check(name="disk", verdict=Verdict.FAILED, why="disk_full", measures=measures)
    if took_ms > PROBE_SLOW_MS:
        return Check(name="disk", verdict=Verdict.FAILED, why="disk_slow", measures=measures)
    return Check(name="disk", verdict=Verdict.PASSED, measures=measures)


def _probe(folder: Path) -> tuple[int, int]:
    """Free bytes, and ms for a synced megabyte; raises OSError for a disk that will not."""
    file = folder / ".commissioning-probe"
    begun_ns = time.perf_counter_ns()
    try:
        with file.open("wb") as opened:
            opened.write(os.urandom(PROBE_BYTES))
            opened.flush()
            os.fsync(opened.fileno())
        took_ms = (time.perf_counter_ns() - begun_ns) // 1_000_000
    finally:
        file.unlink(missing_ok=True)
    return shutil.disk_usage(folder).free, took_ms


async def database(house: House) -> Check:
    found = await house.store.status(check=True)
    measures = (
        Measure(name="schema", value=found.schema_version),
        Measure(name="size", value=found.file_bytes // 1024, unit="KiBy"),
    )
    if found.integrity == "ok":
        return Check(name="database", verdict=Verdict.PASSED, measures=measures)
    text = found.integrity or ""
    return Check(
        name="database", verdict=Verdict.FAILED, why="damaged", text=text, measures=measures
    )


def broker(ports: Ports) -> Check:
    path = None if ports.path is None else ports.path()
    if path is None or not path["up"]:
        text = "" if path is None else path["detail"]
        return Check(name="broker", verdict=Verdict.OPEN, why="no_line", text=text)
    measures: tuple[Measure, ...] = ()
    if path["verdict_ms"] is not None:
        measures = (Measure(name="verdict_ms", value=path["verdict_ms"], unit="ms"),)
    return Check(name="broker", verdict=Verdict.PASSED, measures=measures)


def desk(ports: Ports) -> Check:
    """Whether the desk has ever confirmed that it has a message of this run of the gateway."""
    path = None if ports.path is None else ports.path()
    if path is None or not path["receipts"]:
        return Check(name="desk", verdict=Verdict.OPEN, why="no_receipt_yet")
    measures = (Measure(name="receipts", value=path["receipts"]),)
    return Check(name="desk", verdict=Verdict.PASSED, measures=measures)


def satellites(house: House, ports: Ports) -> list[Check]:
    """Each that the settings name: whether anything of it came."""
    settings = house.config.ingest
    if settings is None or not settings.satellite:
        return []
    counts = {} if ports.satellites is None else ports.satellites()
    return [_satellite(one.id, counts.get(one.id)) for one in settings.satellite]


def _satellite(ident: str, counts: Mapping[str, Any] | None) -> Check:
    records = 0 if counts is None else int(counts["records"])
    measures = (Measure(name="packets", value=records),)
    if counts is None or not (counts["starts"] or records):
        return Check(
            name="satellite",
            subject=ident,
            verdict=Verdict.FAILED,
            why="satellite_silent",
            measures=measures,
        )
    return Check(name="satellite", subject=ident, verdict=Verdict.PASSED, measures=measures)


def serial_lines(house: House, ports: Ports) -> list[Check]:
    """Each device on a cable: whether its port is open, and what is wrong where it is not."""
    faults = house.keeper.home.faults
    checks = []
    for device, is_open in sorted((ports.lines() if ports.lines else {}).items()):
        fault = faults.get(f"{FaultKind.LINE}/{device}")
        if is_open and fault is None:
            checks.append(Check(name="line", subject=device, verdict=Verdict.PASSED))
            continue
        text = "" if fault is None else fault.detail
        checks.append(
            Check(name="line", subject=device, verdict=Verdict.FAILED, why="port_shut", text=text)
        )
    return checks


def power(root: Path) -> Check:
    """What feeds the box; whether it outlasts the mains is a step of its own."""
    found = supply.look(root)
    if not found.battery:
        return Check(name="power", verdict=Verdict.NOT_APPLICABLE, why="no_battery")
    measures = (
        Measure(name="mains", value=found.mains, unit=""),
        Measure(name="capacity", value=found.capacity, unit="%"),
    )
    if found.mains is False:
        return Check(name="power", verdict=Verdict.FAILED, why="on_battery", measures=measures)
    return Check(name="power", verdict=Verdict.PASSED, measures=measures)
