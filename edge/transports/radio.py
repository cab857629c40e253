"""Which radio the gateway uses: a configured bleak backend, and nothing above it knows which.

`open_radio` imports the one that is asked for: a home on BlueZ never loads the
virtual radio, and a home without Bluetooth loads neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from edge.errors import TransportError

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


def open_radio(backend: str, adapter: str | None = None) -> Radio:
    """The radio named by `[ble] backend`: "bluez", or "bumble:<transport>" of the extra `sim`.

    Raises TransportError, naming the mend, for an unknown name or a missing package.
    """
    kind, _, rest = backend.partition(":")
    if kind == "bluez" and not rest:
        from edge.transports.bluez import BluezRadio  # noqa: PLC0415 (loads D-Bus)

        return BluezRadio(adapter)
    if kind == "bumble" and rest:
        try:
            from edge.transports.bumble_backend import BumbleRadio  # noqa: PLC0415 (extra `sim`)
        except ImportError as error:
            text = f"[ble] backend {backend!r} needs the extra 'sim': pip install kotivahti[sim]"
            raise TransportError(text) from error
        return BumbleRadio(rest)
    text = f"[ble] backend {backend!r} is not known; write 'bluez' or 'bumble:<transport>'"
    raise TransportError(text)
