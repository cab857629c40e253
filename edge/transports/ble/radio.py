"""What a radio is: a configured bleak backend, and nothing above it knows which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from bleak import BleakClient, BleakScanner
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    Detected = Callable[[BLEDevice, AdvertisementData], None]


# A passkey has six digits (Core Specification, Vol 3 Part H 2.3.5.3).
PASSKEY_MAX = 999_999


class Prompts(msgspec.Struct, frozen=True):
    """How a pairing reaches the person beside the device. Each number has six digits."""

    ask: Callable[[], Awaitable[int]]  # type in what the device shows
    show: Callable[[int], None]  # type this in on the device


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

    def agent(self, address: str, prompts: Prompts | None) -> AbstractAsyncContextManager[None]:
        """Answers the questions of a pairing with this address, inside the block only.

        Without `prompts` nobody can read or type (NoInputNoOutput, "just works"); with them
        KeyboardDisplay. Raises RADIO_ERRORS or TransportError when it cannot be set up.
        """
        ...

    async def is_bonded(self, address: str) -> bool:
        """Whether keys of this device are kept; RADIO_ERRORS or TransportError: nobody knows."""
        ...

    async def unpair(self, address: str) -> None:
        """Forget the keys of this device, here; harmless when there are none."""
        ...

    async def close(self) -> None:
        """Give back what the radio holds open; harmless when nothing is."""
        ...
