"""From bleak's detection callback to a subscriber in another process, durable before it is sent.

Every press goes through look-up, decoding, rules, one synced commit, the
envelope, MQTT at QoS 1, a real broker and a second process. It is measured
beside one bare synced commit plus one bare QoS 1 publish of the same sitting;
with strangers, 5,000 foreign advertisements a second come in at the same callback.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import bare_commit_ms, bare_publish_ms, broker, percentile
from benchmarks.rig import BUTTON, InjectedRadio, gateway, listener, press, settings

PRESSES = 300
GAP_S = 0.02
STRANGERS_PER_S = 5_000
# As bleak hands them over: a few at every turn of the loop.
STRANGERS_PER_BURST = 25
P50_TIMES_MAX = 6.0
P99_TIMES_MAX = 15.0
P99_ABOVE_IDLE_MS_MAX = 50.0


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name, broker() as port:
        folder = Path(name)
        bare = [
            commit + publish
            for commit, publish in zip(bare_commit_ms(folder), bare_publish_ms(port), strict=True)
        ]
        idle = asyncio.run(_presses(folder / "idle", port, strangers=False))
        flooded = asyncio.run(_presses(folder / "flooded", port, strangers=True))
    return _rows(bare, idle, flooded)


async def _presses(folder: Path, port: int, *, strangers: bool) -> list[float]:
    folder.mkdir()
    radio = InjectedRadio()
    took = []
    topic = "kotivahti/v1/gw-bench/up/alert"
    async with listener(port, topic) as heard, gateway(settings(folder, port), radio):
        flood = asyncio.create_task(_flood(radio)) if strangers else None
        for number in range(PRESSES):
            began = time.monotonic_ns()
            radio.say(BUTTON, press(number))
            line = await asyncio.wait_for(heard.readline(), 10)
            took.append((int(line.split()[0]) - began) / 1e6)
            await asyncio.sleep(GAP_S * random.uniform(0.5, 1.5))
        if flood is not None:
            flood.cancel()
    return took


async def _flood(radio: InjectedRadio) -> None:
    """Strangers' advertisements at a steady rate, whatever the loop is doing."""
    began, said = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * STRANGERS_PER_S)
        for _ in range(min(due - said, STRANGERS_PER_BURST)):
            said += 1
            radio.say(f"{said % 300:012X}", {})
        await asyncio.sleep(0 if due > said else STRANGERS_PER_BURST / STRANGERS_PER_S)


def _rows(bare: list[float], idle: list[float], flooded: list[float]) -> list[dict[str, Any]]:
    p50, p99 = percentile(idle, 0.5), percentile(idle, 0.99)
    base50 = percentile(bare, 0.5)
    above = percentile(flooded, 0.99) - p99
    return [
        {"measure": "bare synced commit + bare QoS 1 publish, p50", "value": f"{base50:.2f} ms"},
        {
            "measure": "help button, callback to subscriber, p50",
            "value": f"{p50:.2f} ms = {p50 / base50:.1f} x bare",
            "limit": f"{P50_TIMES_MAX} x",
            "ok": p50 <= P50_TIMES_MAX * base50,
        },
        {
            "measure": "help button, callback to subscriber, p99",
            "value": f"{p99:.2f} ms = {p99 / base50:.1f} x bare",
            "limit": f"{P99_TIMES_MAX} x",
            "ok": p99 <= P99_TIMES_MAX * base50,
        },
        {
            "measure": f"the same with {STRANGERS_PER_S} strangers/s, p99",
            "value": f"{p99 + above:.2f} ms = {above:+.2f} ms above idle",
            "limit": f"+{P99_ABOVE_IDLE_MS_MAX:.0f} ms",
            "ok": above <= P99_ABOVE_IDLE_MS_MAX,
        },
    ]
