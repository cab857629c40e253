"""The radio of a real gateway: BlueZ over D-Bus, through bleak."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from bleak import BleakClient, BleakScanner
from bleak.args.bluez import BlueZClientArgs, BlueZScannerArgs
from bleak.backends.bluezdbus.scanner import BleakScannerBlueZDBus
from bleak.backends.device import BLEDevice

from edge.transports.ble import bluez_agent

if TYPE_CHECKING:
    from bleak.backends.scanner import AdvertisementData

    from edge.transports.ble.radio import Detected, Prompts


class ForgetfulScanner(BleakScannerBlueZDBus):
    """bleak's scanner without its list of everybody who ever passed by.

    bleak keeps name, address and last advertisement of each advertiser. In a block of flats
    that is the neighbourhood's telephones, with an address that changes every quarter of an
    hour: other people's data, and a table without a bound.
    """

    def create_or_update_device(
        self,
        key: str,  # noqa: ARG002 (bleak's signature)
        address: str,
        name: str | None,
        details: Any,
        adv: AdvertisementData,  # noqa: ARG002
    ) -> BLEDevice:
        return BLEDevice(address, name, details)


class BluezRadio:
    """Implements `radio.Radio`; `adapter` is "hci0" and the like, None for the default one."""

    def __init__(self, adapter: str | None = None) -> None:
        self._adapter = adapter
        self.name = f"bluez:{adapter}" if adapter else "bluez"
        self._scanner_args: BlueZScannerArgs = {"adapter": adapter} if adapter else {}
        self._client_args: BlueZClientArgs = {"adapter": adapter} if adapter else {}

    def scanner(self, detected: Detected) -> BleakScanner:
        return BleakScanner(detected, backend=ForgetfulScanner, bluez=self._scanner_args)

    def client(
        self, device: BLEDevice, lost: Callable[[BleakClient], None], timeout_s: float
    ) -> BleakClient:
        return BleakClient(device, lost, timeout=timeout_s, bluez=self._client_args)

    def agent(self, address: str, prompts: Prompts | None) -> AbstractAsyncContextManager[None]:
        return bluez_agent.agent(address, prompts)

    async def is_bonded(self, address: str) -> bool:
        return await bluez_agent.is_bonded(address, self._adapter)

    async def unpair(self, address: str) -> None:
        await bluez_agent.forget(address, self._adapter)

    async def close(self) -> None:
        """Nothing to give back: bleak shares one D-Bus connection for the process."""
