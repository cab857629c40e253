"""What a radio is: a configured bleak backend, and nothing above it knows which."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bleak import BleakClient, BleakScanner
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    Detected = Callable[[BLEDevice, AdvertisementData], None]


class Radio(Protocol):
    """A radio's scanners and connections, all as bleak's own classes."""

    @property
    def name(self) -> str:
        """How faults and logs call it ("bluez", "bluez:hci1", "bumble")."""
        ...

    def scanner(self, detected: Detected) -> BleakScanner:
        """A new scanner, not started; it keeps nothing of the devices it sees."""
        ...

    def client(
        self, device: BLEDevice, lost: Callable[[BleakClient], None], timeout_s: float
    ) -> BleakClient:
        """A new connection to an advertiser, not connected; `lost` is called when it ends."""
        ...

    async def close(self) -> None:
        """Give back what the radio holds open; harmless when nothing is."""
        ...
