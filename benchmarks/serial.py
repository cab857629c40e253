"""Serial frames from a pty to acknowledgement and to a subscriber upstream.

An appliance sends event frames as fast as the line takes them. Every frame is
decoded, run through the rules, committed with `synchronous=FULL` before its
ACK, batched upstream and counted by a second process. Two frames share each
millisecond of the device's clock.
"""

from __future__ import annotations

import asyncio
import os
import pty
import sys
import tempfile
import tty
from pathlib import Path
from typing import Any

from benchmarks.machine import broker
from benchmarks.rig import gateway, listener, settings

FRAMES = 30_000
SERIAL = "KV-MEAL-0001"
FRAMES_PER_S_MIN = 5_000


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name, broker() as port:
        seconds, acked, stored, upstream = asyncio.run(_feed(Path(name), port))
    rate = acked / seconds
    return [
        {
            "measure": "serial readings stored and acknowledged",
            "value": f"{rate:,.0f}/s",
            "limit": f"{FRAMES_PER_S_MIN:,}/s",
            "ok": rate >= FRAMES_PER_S_MIN,
        },
        {
            "measure": f"of {FRAMES:,} sent: acknowledged / stored / counted upstream",
            "value": f"{acked:,} / {stored:,} / {upstream:,}",
            "limit": "all",
            "ok": acked == stored == upstream == FRAMES,
        },
    ]


async def _feed(folder: Path, port: int) -> tuple[float, int, int, int]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    line = os.ttyname(slave)
    extra = f"""
[[device]]
id = "meal"
driver = "appliance"
role = "meal_dispenser"
address = "{SERIAL}"
[[serial]]
device = "meal"
port = "{line}"
[[share]]
purpose = "measurement"
kinds = ["meal"]
"""
    topic = "kotivahti/v1/gw-bench/up/obs"
    async with listener(port, topic) as heard, gateway(settings(folder, port, extra)) as running:
        before = running.house.keeper.last_observation
        sender = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.appliance_sender", str(master), str(FRAMES), SERIAL,
            pass_fds=(master,), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await sender.communicate()
        seconds, acked = out.split()
        stored = running.house.keeper.last_observation - before
        upstream = await _counted(heard)
    os.close(master)
    os.close(slave)
    return float(seconds), int(acked), stored, upstream


async def _counted(heard: asyncio.StreamReader) -> int:
    """Rows the second process has seen, each batch once, until nothing more comes."""
    total = 0
    while total < FRAMES:
        try:
            line = await asyncio.wait_for(heard.readline(), 5)
        except TimeoutError:
            break
        total += int(line.split()[3])
    return total
