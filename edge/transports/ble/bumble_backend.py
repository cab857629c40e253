"""A bleak backend over Bumble: the virtual radio of the demo and the tests.

Everything above bleak runs unchanged. Wants the extra `sim`; imported only when
`[ble] backend` says "bumble:<transport>".
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement, Device

from edge.transports.ble.bumble_client import BumbleClient
from edge.transports.ble.bumble_host import BumbleHost, as_bleak_error, bleak_uuid

if TYPE_CHECKING:
    from edge.transports.ble.radio import Detected, Prompts


class BumbleRadio:
    """Implements `radio.Radio`; bleak hands `host` on to the backend classes."""

    name = "bumble"

    def __init__(self, transport: str) -> None:
        self._host = BumbleHost(transport)

    def scanner(self, detected: Detected) -> BleakScanner:
        return BleakScanner(detected, backend=BumbleScanner, host=self._host)

    def client(
        self, device: BLEDevice, lost: Callable[[BleakClient], None], timeout_s: float
    ) -> BleakClient:
        return BleakClient(device, lost, timeout=timeout_s, backend=BumbleClient, host=self._host)

    def agent(
        self,
        address: str,  # noqa: ARG002 (this host pairs with nobody but whom it asks to)
        prompts: Prompts | None,
    ) -> AbstractAsyncContextManager[None]:
        return self._host.agent(prompts)

    async def is_bonded(self, address: str) -> bool:
        return await self._host.is_bonded(address)

    async def unpair(self, address: str) -> None:
        await self._host.forget(address)

    async def close(self) -> None:
        await self._host.close()


class BumbleScanner(BaseBleakScanner):
    """Active scanning by legacy advertising reports; forgets every device at once."""

    def __init__(
        self,
        detection_callback: Detected | None,
        service_uuids: list[str] | None,
        _scanning_mode: str,
        *,
        host: BumbleHost,
        **_: object,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._host = host
        self._device: Device | None = None

    async def start(self) -> None:
        device = await self._host.device()
        device.on(Device.EVENT_ADVERTISEMENT, self._heard)
        self._device = device
        with as_bleak_error():
            await device.start_scanning(legacy=True)

    async def stop(self) -> None:
        device, self._device = self._device, None
        if device is None:
            return
        device.remove_listener(Device.EVENT_ADVERTISEMENT, self._heard)
        if not self._host.lost:
            with as_bleak_error():
                await device.stop_scanning(legacy=True)

    def _heard(self, advertisement: Advertisement) -> None:
        said = advertisement_data(advertisement)
        if self.is_allowed_uuid(said.service_uuids):
            address = advertisement.address.to_string(with_type_qualifier=False)
            found = BLEDevice(address, said.local_name, advertisement.address)
            self.call_detection_callbacks(found, said)


def advertisement_data(advertisement: Advertisement) -> AdvertisementData:
    """Sort the AD structures (Core Specification Supplement, Part A) into bleak's record."""
    name: str | None = None
    manufacturer: dict[int, bytes] = {}
    service: dict[str, bytes] = {}
    uuids: list[str] = []
    tx_power: int | None = None
    for kind, data in advertisement.data.ad_structures:
        match kind:
            case AdvertisingData.COMPLETE_LOCAL_NAME | AdvertisingData.SHORTENED_LOCAL_NAME:
                name = data.decode("utf-8", "replace")
            case AdvertisingData.MANUFACTURER_SPECIFIC_DATA:
                manufacturer[int.from_bytes(data[:2], "little")] = bytes(data[2:])
            case AdvertisingData.SERVICE_DATA_16_BIT_UUID:
                service[_uuid_of(data[:2])] = bytes(data[2:])
            case AdvertisingData.SERVICE_DATA_128_BIT_UUID:
                service[_uuid_of(data[:16])] = bytes(data[16:])
            case (
                AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
                | AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS
            ):
                uuids += [_uuid_of(data[i : i + 2]) for i in range(0, len(data) - 1, 2)]
            case AdvertisingData.TX_POWER_LEVEL:
                tx_power = int.from_bytes(data[:1], "little", signed=True)
    return AdvertisementData(
        name, manufacturer, service, uuids, tx_power, advertisement.rssi, (advertisement,)
    )


def _uuid_of(data: bytes) -> str:
    return bleak_uuid(UUID.from_bytes(bytes(data)))
