"""From a cuff's first advertisement to its measurement in the database, over the virtual radio.

A whole gateway hears a virtual cuff through HCI, connects, reads, sets its clock, subscribes,
and commits what is indicated. Each cuff is used once, as at home: a device that was just heard
is left alone for a while.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks.machine import broker, percentile
from benchmarks.rig import gateway, settings_text
from edge.app.gateway import Gateway
from edge.config import parse
from edge.ports import Batch
from edge.sim.air import Air, HciPort
from edge.sim.cuff import Cuff
from edge.transports.ble.backends import open_radio

CUFFS = 5
LIMIT_S = 3.0
# One session with its five seconds of silence at the end, on a busy machine.
SESSION_WITHIN_S = 30.0


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name, broker() as port:
        took = asyncio.run(_sessions(Path(name), port))
    worst = max(took)
    return [
        {
            "measure": f"cuff's advertisement to committed measurement, median of {CUFFS}",
            "value": f"{percentile(took, 0.5):.2f} s",
        },
        {
            "measure": "the same, the slowest",
            "value": f"{worst:.2f} s",
            "limit": f"{LIMIT_S:.0f} s",
            "ok": worst <= LIMIT_S,
        },
    ]


async def _sessions(folder: Path, port: int) -> list[float]:
    air = Air()
    hci = HciPort(air)
    radio = open_radio(f"bumble:tcp-client:127.0.0.1:{await hci.open()}")
    rows = "".join(_row(number) for number in range(CUFFS))
    config = parse(settings_text(folder, port, extra=rows), "bench")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(hci.close)
        running = await stack.enter_async_context(gateway(config, radio))
        committed: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        running.house.after_commit.append(lambda batch: _note(batch, committed))
        return [await _one(air, running, number, committed) for number in range(CUFFS)]


async def _one(
    air: Air, running: Gateway, number: int, committed: asyncio.Queue[tuple[str, float]]
) -> float:
    cuff = Cuff(air, _address(number), "Cuff", lambda _: None)
    living = asyncio.create_task(cuff.run())
    cuff.measure(138, 84, 66)
    began = time.monotonic()
    try:
        async with asyncio.timeout(SESSION_WITHIN_S):
            while True:
                device, at = await committed.get()
                if device == f"bp-{number}":
                    break
            counts = running.ble.sessions.counts if running.ble is not None else None
            while counts is not None and counts.completed <= number:
                await asyncio.sleep(0.01)
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    return at - began


def _note(batch: Batch, committed: asyncio.Queue[tuple[str, float]]) -> None:
    for seen in batch.observations:
        if seen.kind == "blood_pressure_systolic":
            committed.put_nowait((seen.device, time.monotonic()))


def _address(number: int) -> str:
    return f"C4:4B:56:48:03:{number:02X}"


def _row(number: int) -> str:
    return f"""
[[device]]
id = "bp-{number}"
driver = "blood_pressure"
role = "vitals"
address = "{_address(number)}"
"""
