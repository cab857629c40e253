"""The gateway's process: memory, time to its first message, and what it costs to wait.

The process is `kotivahti run` with the model runtime installed. It has answered
a checklist, so a model has been run on its behalf, before memory is read. It
always asks BlueZ for a radio: on a machine without one the radio is a fault, and
the attempts to start it are part of the idle figure.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.machine import broker, percentile
from benchmarks.rig import settings_text
from edge.control.client import ask

STARTS = 7
SETTLE_S = 5.0
IDLE_S = 30.0
RSS_MB_MAX = 75.0
FIRST_MESSAGE_S_MAX = 0.6
IDLE_CPU_PERCENT_MAX = 0.3
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name, broker() as port:
        folder = Path(name)
        file = _settings(folder, port)
        first = _first_message_s(file, port)
        starts = [_first_message_s(file, port) for _ in range(STARTS)]
        with _gateway(file) as process:
            _answer(folder)
            time.sleep(SETTLE_S)
            rss_mb, ticks = _rss_mb(process.pid), _ticks(process.pid)
            time.sleep(IDLE_S)
            idle = (_ticks(process.pid) - ticks) / TICKS_PER_S / IDLE_S * 100
            rss_mb = max(rss_mb, _rss_mb(process.pid))
    start = percentile(starts, 0.5)
    return [
        {
            "measure": "resident memory, steady, after a model run",
            "value": f"{rss_mb:.1f} MB",
            "limit": f"{RSS_MB_MAX:.0f} MB",
            "ok": rss_mb <= RSS_MB_MAX,
        },
        {
            "measure": "process start to first message at a subscriber, p50",
            "value": f"{start:.2f} s (the first ever, making the database: {first:.2f} s)",
            "limit": f"{FIRST_MESSAGE_S_MAX} s",
            "ok": start <= FIRST_MESSAGE_S_MAX,
        },
        {
            "measure": f"processor while idle, {IDLE_S:.0f} s",
            "value": f"{idle:.2f} % of a core",
            "limit": f"{IDLE_CPU_PERCENT_MAX} %",
            "ok": idle <= IDLE_CPU_PERCENT_MAX,
        },
    ]


def _settings(folder: Path, port: int) -> Path:
    file = folder / "gateway.toml"
    file.write_text(settings_text(folder, port, ble="bluez"))
    return file


@contextlib.contextmanager
def _gateway(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`kotivahti run`, and its answer that it is there."""
    command = [sys.executable, "-m", "edge", "run", "--config", str(file)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=_installed())
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _installed() -> dict[str, str]:
    """The environment, but with bytecode kept: an installed gateway's modules are compiled."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _first_message_s(file: Path, port: int) -> float:
    """From the start of the process to the first message of that start at a subscriber."""
    heard: list[float] = []
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda *_: heard.append(time.monotonic())
    client.connect("127.0.0.1", port)
    client.subscribe("kotivahti/v1/gw-bench/up/#", qos=1)
    client.loop_start()
    began = time.monotonic()
    try:
        with _gateway(file):
            while not heard and time.monotonic() - began < 20:
                time.sleep(0.002)
    finally:
        client.disconnect()
        client.loop_stop()
    return heard[0] - began


def _answer(folder: Path) -> None:
    """One answer, so that the model's process has run for this gateway."""
    socket, end = folder / "c.sock", time.monotonic() + 10
    while not socket.exists() and time.monotonic() < end:
        time.sleep(0.05)
    args = {"checklist": "fire", "by": "bench", "role": "bench", "answers": {"FS-05": "inside"}}
    assert ask(socket, "checklist_answer", args)["model"] is not None


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
