"""A gateway in a process of its own under a crowd of advertisers; prints one JSON line at the end.

    python -m benchmarks.flood_home FOLDER PORT CROWD SECONDS

CROWD is `strangers` (10,000 a second, a new address each time, and a press of the help button
every second) or `home` (50 enrolled devices and 300 strangers, 40 advertisements a second).
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from benchmarks.rig import BTHOME, BUTTON, InjectedRadio, gateway, press, settings

STRANGERS_PER_S = 10_000
STRANGERS_PER_BURST = 50
HOME_PER_S = 40
ENROLLED, STRANGERS = 50, 300
WARM_UP_S = 20.0
RUUVI = 0x0499
RUUVI_FIELDS = struct.Struct(">BhHHhhhHBH6s")
NOISE = [
    {0x004C: bytes.fromhex("10063b1e9d2f4a01")},
    {0x004C: bytes.fromhex("1219003d5c6b7a8998a7b6c5d4e3f2011022334455667788990000")},
    {0x0006: bytes.fromhex("01092022a1b2c3d4e5f60718293a4b5c6d7e8f9001122334455667")},
    {0x00E0: bytes.fromhex("0102030405060708")},
]


def address(number: int) -> str:
    return ":".join(f"{0xC00000000000 + number:012X}"[i : i + 2] for i in range(0, 12, 2))


def enrolled(folder: Path) -> str:
    """40 climate tags and ten doors beside the help button."""
    rows = []
    for number in range(1, ENROLLED):
        driver, role = ("ruuvitag", "climate") if number <= 40 else ("bthome", "door")
        rows.append(
            f'[[device]]\nid = "d-{number}"\ndriver = "{driver}"\nrole = "{role}"\n'
            f'address = "{address(number)}"\n'
        )
    del folder
    return "".join(rows)


def climate(number: int, sequence: int) -> dict[int, bytes]:
    mac = bytes.fromhex(address(number).replace(":", ""))
    fields = (5, 4300 + sequence % 50, 17000, 51325, 4, -4, 1036, 44086, 66, sequence % 65535, mac)
    return {RUUVI: RUUVI_FIELDS.pack(*fields)}


async def strangers(radio: InjectedRadio, end: float) -> int:
    """As fast as a loop that does other things hands them over; returns how many."""
    began, said = time.monotonic(), 0
    while time.monotonic() < end:
        due = int((time.monotonic() - began) * STRANGERS_PER_S)
        for _ in range(min(due - said, STRANGERS_PER_BURST)):
            said += 1
            radio.say(f"{random.getrandbits(48):012X}", {}, NOISE[said % len(NOISE)])
        await asyncio.sleep(0 if due > said else STRANGERS_PER_BURST / STRANGERS_PER_S)
    return said


async def presses(radio: InjectedRadio, end: float, said: Callable[[int], None]) -> None:
    number = 0
    while time.monotonic() < end:
        said(time.monotonic_ns())
        radio.say(BUTTON, press(number))
        number += 1
        await asyncio.sleep(random.uniform(0.8, 1.2))


async def home(radio: InjectedRadio, end: float) -> int:
    """Half of what is in the air is ours: devices in turn, strangers at random."""
    said = 0
    while time.monotonic() < end:
        said += 1
        number = (said // 2) % (ENROLLED - 1) + 1
        if said % 2:
            radio.say(address(100_000 + random.randrange(STRANGERS)), {}, NOISE[said % len(NOISE)])
        elif number <= 40:
            radio.say(address(number), {}, climate(number, said))
        else:
            radio.say(address(number), {BTHOME: bytes([0x44, 0, said % 256, 0x1A, said // 98 % 2])})
        await asyncio.sleep(1 / HOME_PER_S)
    return said


def rss_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def main(folder: Path, port: int, crowd: str, seconds: float) -> None:
    radio = InjectedRadio()
    pressed: list[int] = []
    extra = enrolled(folder) if crowd == "home" else ""
    async with gateway(settings(folder, port, extra), radio) as running:
        rss: list[float] = []
        cpu_s = wall_s = 0.0
        said = 0
        for part, part_s in (("warm", WARM_UP_S), ("measured", seconds)):
            end = time.monotonic() + part_s
            cpu_s, wall_s = time.process_time(), time.monotonic()
            rss.append(rss_mb())
            play = home(radio, end) if crowd == "home" else strangers(radio, end)
            async with asyncio.TaskGroup() as tasks:
                counted = tasks.create_task(play)
                if crowd != "home" and part == "measured":
                    tasks.create_task(presses(radio, end, pressed.append))
            said = counted.result()
        cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - wall_s
        rss.append(rss_mb())
        await asyncio.sleep(2)  # the last press is on its way
        result = {
            "said": said,
            "per_s": said / seconds,
            "cpu_percent": cpu_s / wall_s * 100,
            "rss_mb": rss,
            "pressed_ns": pressed,
            "frames": running.ingest.frames,
        }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
