"""A radio whose faults a test can choose, behind bleak's real scanner and client classes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakDBusError

from edge.events import Fault

if TYPE_CHECKING:
    from edge.transports.ble.radio import Detected

BUTTON = "C4:11:22:33:44:01"
CLIMATE = "C4:11:22:33:44:02"
CUFF = "C4:11:22:33:44:03"
STRANGER = "5A:99:88:77:66:55"

Raises = Exception | None


def advertisement(service: dict[str, bytes] | None = None) -> AdvertisementData:
    """What bleak hands to a detection callback."""
    return AdvertisementData("name", {0x0499: b"\x05"}, service or {}, [], None, -60, ())


class FakeBackend(BaseBleakScanner):
    """A bleak backend that does what its radio was told to do."""

    def __init__(
        self, detection_callback: Detected, service_uuids: None, _mode: str, **options: Any
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._radio: FakeRadio = options["radio"]

    async def start(self) -> None:
        self._radio.starts += 1
        if self._radio.start_hangs:
            await asyncio.Event().wait()
        if self._radio.start_raises is not None:
            raise self._radio.start_raises
        self._radio.live = self

    async def stop(self) -> None:
        self._radio.stops += 1
        self._radio.live = None
        if self._radio.stop_hangs:
            await asyncio.Event().wait()
        if self._radio.stop_raises is not None:
            raise self._radio.stop_raises


class NoBonds:
    """The part of `radio.Radio` that has to do with pairing, of a radio that knows none."""

    def agent(self, address: str, prompts: object) -> AbstractAsyncContextManager[None]:
        raise BleakDBusError("org.bluez.Error.NotSupported", [address, prompts])

    async def is_bonded(self, _: str) -> bool:
        return False

    async def unpair(self, address: str) -> None:
        """Nothing is kept."""


class FakeRadio(NoBonds):
    """Implements `radio.Radio`; `say` is an advertisement over the air."""

    name = "fake"

    def __init__(self) -> None:
        self.starts = 0
        self.stops = 0
        self.start_raises: Raises = None
        self.start_hangs = False
        self.stop_raises: Raises = None
        self.stop_hangs = False
        self.live: FakeBackend | None = None

    def scanner(self, detected: Detected) -> BleakScanner:
        return BleakScanner(detected, backend=FakeBackend, radio=self)

    def client(
        self, device: BLEDevice, lost: Callable[[BleakClient], None], timeout_s: float
    ) -> BleakClient:
        raise BleakDBusError("org.bluez.Error.Failed", [device.address, lost, timeout_s])

    async def close(self) -> None:
        self.live = None

    def say(self, address: str, said: AdvertisementData | None = None) -> None:
        """Heard only by a scanner that is running, as in the air."""
        if self.live is not None:
            found = BLEDevice(address, None, None)
            self.live.call_detection_callbacks(found, said or advertisement())


class Faults:
    """Collects what `on_fault` is told."""

    def __init__(self) -> None:
        self.told: list[Fault] = []

    def __call__(self, fault: Fault) -> None:
        self.told.append(fault)

    @property
    def gone(self) -> list[bool]:
        return [fault.gone for fault in self.told]


class Beats:
    """Counts the ticks of a loop."""

    def __init__(self) -> None:
        self.count: dict[str, int] = {}

    def __call__(self, loop: str) -> None:
        self.count[loop] = self.count.get(loop, 0) + 1
