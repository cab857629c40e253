"""A whole gateway in this process, with a radio that the measurement plays."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from edge.app.gateway import Gateway
from edge.app.house import House
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import Config, parse
from edge.transports.ble.radio import Radio

BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"
BUTTON = "C4:4B:56:48:00:01"
READY_WITHIN_S = 10.0


class InjectedRadio:
    """Implements `transports.radio.Radio`: `say` is what bleak's detection callback gets."""

    name = "injected"

    def __init__(self) -> None:
        self._detected: Callable[[BLEDevice, AdvertisementData], None] | None = None

    def scanner(self, detected: Callable[[BLEDevice, AdvertisementData], None]) -> Any:
        self._detected = detected
        return self

    def client(self, device: BLEDevice, lost: Any, timeout_s: float) -> Any:  # noqa: ARG002
        raise AssertionError("nothing here is connected to")

    def agent(self, address: str, prompts: Any) -> Any:  # noqa: ARG002
        raise AssertionError("nothing here is paired")

    async def is_bonded(self, address: str) -> bool:  # noqa: ARG002
        return False

    async def unpair(self, address: str) -> None:
        """No keys are kept."""

    async def start(self) -> None:
        """Scanning."""

    async def stop(self) -> None:
        """Not scanning."""

    async def close(self) -> None:
        """Nothing is held open."""

    def say(
        self, address: str, service: dict[str, bytes], company: dict[int, bytes] | None = None
    ) -> None:
        if self._detected is not None:
            said = AdvertisementData(None, company or {}, service, [BTHOME], None, -60, ())
            self._detected(BLEDevice(address, None, None), said)


def press(number: int) -> dict[str, bytes]:
    """BTHome v2, not encrypted: packet id, button 1 pressed."""
    return {BTHOME: bytes([0x40, 0x00, number % 256, 0x3A, 0x01])}


def settings_text(folder: Path, port: int, *, ble: str = "off", extra: str = "") -> str:
    """The settings of a gateway with one help button."""
    return f"""
[gateway]
id = "gw-bench"
site = "site-bench"
customer = "c-bench"
trusted_clock = true
[store]
path = "{folder}/home.db"
[mqtt]
host = "127.0.0.1"
port = {port}
tls = false
[ble]
backend = "{ble}"
[control]
socket = "{folder}/c.sock"
[[device]]
id = "button"
driver = "bthome"
role = "help_button"
address = "{BUTTON}"
{extra}"""


def settings(folder: Path, port: int, extra: str = "") -> Config:
    """The same, read; the radio is the measurement's own."""
    return parse(settings_text(folder, port, extra=extra), "bench")


@contextlib.asynccontextmanager
async def gateway(config: Config, radio: Radio | None = None) -> AsyncIterator[Gateway]:
    """A running, connected gateway."""
    clock = SystemClock("UTC", trusted=True)
    async with open_house(config, clock, RandomIds()) as house, gateway_of(house, radio) as running:
        yield running


@contextlib.asynccontextmanager
async def gateway_of(house: House, radio: Radio | None = None) -> AsyncIterator[Gateway]:
    """The same around a house that is open already."""
    stop = asyncio.Event()
    running = Gateway(house, radio)
    task = asyncio.create_task(running.run(stop))
    async with asyncio.timeout(READY_WITHIN_S):
        while not running.upstream.delivery.status().connected:
            await asyncio.sleep(0.01)
    try:
        yield running
    finally:
        stop.set()
        await task


@contextlib.asynccontextmanager
async def listener(port: int, topic: str) -> AsyncIterator[asyncio.StreamReader]:
    """`benchmarks.listener` in another process, subscribed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.listener",
        str(port),
        topic,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield process.stdout
    finally:
        process.terminate()
        await process.wait()
