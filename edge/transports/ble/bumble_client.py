"""bleak's client over Bumble: connect, discover, read, write, subscribe, pair."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError
from bumble.device import Connection, Device, Peer
from bumble.hci import Address, HCI_LE_Create_Connection_Cancel_Command

from edge.transports.ble.bumble_host import BumbleHost, as_bleak_error, bleak_uuid

if TYPE_CHECKING:
    from bleak.args import SizedBuffer
    from bleak.assigned_numbers import CharacteristicPropertyName
    from bumble.gatt_client import CharacteristicProxy

# Core Specification, Vol 3 Part G 3.3.1.1: bit n of Characteristic Properties, in bleak's words.
PROPERTIES: tuple[CharacteristicPropertyName, ...] = (
    "broadcast",
    "read",
    "write-without-response",
    "write",
    "notify",
    "indicate",
    "authenticated-signed-writes",
    "extended-properties",
)

# To end a link whose other side may be gone. Over loopback it takes milliseconds.
ABANDON_S = 0.5


class BumbleClient(BaseBleakClient):
    """One connection as central."""

    def __init__(
        self, address_or_ble_device: BLEDevice | str, *, host: BumbleHost, **options: Any
    ) -> None:
        super().__init__(
            address_or_ble_device,
            disconnected_callback=options["disconnected_callback"],
            timeout=options["timeout"],
        )
        if isinstance(address_or_ble_device, BLEDevice):
            self._peer_address: Address = address_or_ble_device.details
            self._peer_name = address_or_ble_device.name
        else:
            self._peer_address = Address(address_or_ble_device)
            self._peer_name = None
        self._host = host
        self._connection: Connection | None = None
        self._subscribers: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self._peer_name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return self._link.att_mtu

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    @property
    def _link(self) -> Connection:
        if self._connection is None:
            raise BleakError("not connected")
        return self._connection

    @contextmanager
    def _on_link(self) -> Iterator[None]:
        """Without a link Bumble would wait out its 30 s for an answer that cannot come."""
        if self._connection is None:
            raise BleakError("not connected")
        with as_bleak_error():
            yield

    async def connect(self, pair: bool, **_: Any) -> None:
        device = await self._host.device()
        with as_bleak_error():
            try:
                connection = await device.connect(self._peer_address, timeout=self._timeout)
            except asyncio.CancelledError:
                await self._give_up_connecting(device)
                raise
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)
        try:
            if pair:
                await self.pair()
            with as_bleak_error():
                if not pair and await self._host.is_bonded(self.address):
                    await connection.encrypt()
                self.services = await self._discover(Peer(connection))
        except BaseException:  # a connection that fails leaves nothing behind
            with suppress(BleakError, TimeoutError):
                async with asyncio.timeout(ABANDON_S):
                    await self.disconnect()
            raise

    async def _give_up_connecting(self, device: Device) -> None:
        """A controller goes on trying until it is told otherwise, and refuses the next attempt."""
        if not self._host.lost:
            await device.send_sync_command(HCI_LE_Create_Connection_Cancel_Command())

    async def disconnect(self) -> None:
        if self._connection is not None and not self._host.lost:
            with as_bleak_error():
                await self._connection.disconnect()

    async def pair(self, *_: Any, **__: Any) -> None:
        with as_bleak_error():
            await self._link.pair()

    async def unpair(self) -> None:
        await self._host.forget(self.address)

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_: Any) -> bytearray:
        with self._on_link():
            return bytearray(await characteristic.obj.read_value())

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_: Any) -> bytearray:
        with self._on_link():
            return bytearray(await descriptor.obj.read_value())

    async def write_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        data: SizedBuffer,
        response: bool,
    ) -> None:
        with self._on_link():
            await characteristic.obj.write_value(bytes(data), with_response=response)

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        with self._on_link():
            await descriptor.obj.write_value(bytes(data), with_response=True)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any
    ) -> None:
        def heard(value: bytes) -> None:
            callback(bytearray(value))

        self._subscribers[characteristic.handle] = heard
        prefer_notify = "notify" in characteristic.properties
        with self._on_link():
            await characteristic.obj.subscribe(heard, prefer_notify=prefer_notify)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        with self._on_link():
            await characteristic.obj.unsubscribe(self._subscribers.pop(characteristic.handle))

    def _on_disconnection(self, _: int) -> None:
        self._connection = None
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            of = BleakGATTService(service, service.handle, bleak_uuid(service.uuid))
            found.add_service(of)
            for characteristic in await service.discover_characteristics():
                one = self._characteristic(characteristic, of)
                found.add_characteristic(one)
                for descriptor in await characteristic.discover_descriptors():
                    uuid = bleak_uuid(descriptor.type)
                    found.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, uuid, one)
                    )
        return found

    def _characteristic(
        self, proxy: CharacteristicProxy[bytes], service: BleakGATTService
    ) -> BleakGATTCharacteristic:
        bits = int(proxy.properties)
        return BleakGATTCharacteristic(
            proxy,
            proxy.handle,
            bleak_uuid(proxy.uuid),
            [name for bit, name in enumerate(PROPERTIES) if bits & (1 << bit)],
            lambda: self._link.att_mtu - 3,  # ATT opcode and handle
            service,
        )
