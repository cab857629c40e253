"""A battery-driven GATT device on the virtual air: advertises, lets one gateway in, has a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from bumble.controller import Controller
from bumble.core import UUID, BaseBumbleError
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

from edge.sim import encode_health
from edge.sim.air import Air
from edge.sim.device_clock import DeviceClock

# Such a device advertises about a minute after a measurement, then saves its battery.
ADVERTISE_S = 60.0
# Milliseconds between advertisements.
INTERVAL_MS = 100.0
# Between two stored measurements on the link.
BETWEEN_S = 0.05

CURRENT_TIME_SERVICE = 0x1805
CURRENT_TIME = 0x2A2B
DEVICE_INFORMATION = 0x180A
MAKER = 0x2A29
MODEL = 0x2A24
SERIAL = 0x2A25
BATTERY_SERVICE = 0x180F
BATTERY_LEVEL = 0x2A19

READ = Characteristic.Properties.READ
WRITE = Characteristic.Properties.WRITE
NOTIFY = Characteristic.Properties.NOTIFY
INDICATE = Characteristic.Properties.INDICATE

Say = Callable[[str], None]
Value = Characteristic[bytes]


class Peripheral:
    """Base of the virtual health devices.

    `bonded`, set before it runs, makes it one that lets nobody read, write or subscribe without
    a bond, which it makes in its pairing mode only; `passkey` is what it shows then, and without
    one it has no display. A subclass has a `service`, its characteristics, and what it does when
    it is asked.
    """

    service: ClassVar[int]
    model: ClassVar[str]

    def __init__(self, air: Air, address: str, name: str, say: Say) -> None:
        self.sent = 0
        self.copies = 1  # 2: sends everything twice, as if no confirmation had come
        self.clock = DeviceClock()
        self.bonded = False
        self.passkey: int | None = None
        self.pairing = False
        self.on = True
        self._name = name
        self._say = say
        self._woken_up = False  # batteries put in: it advertises without a reason of its own
        self._wake = asyncio.Event()
        self._link: Connection | None = None
        self._asked: set[int] = set()  # UUIDs that the gateway is subscribed to
        self._controller = Controller(name, link=air.link)
        self._device = Device.with_hci(name, Address(address), self._controller, self._controller)
        self._device.keystore = MemoryKeyStore()
        self._device.pairing_config_factory = self._pairing_config

    # -- what a subclass says -------------------------------------------------------------------

    def characteristics(self) -> list[Value]:
        """Those of its own service; none by itself."""
        return []

    @property
    def eager(self) -> bool:
        """Whether it has a reason to advertise; by itself only its pairing mode is one."""
        return False

    async def serve(self, link: Connection) -> None:
        """Do what can be done on the link now; called at every change."""

    # -- what happens to it ---------------------------------------------------------------------

    async def run(self) -> None:
        await self._start()
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._link is not None:
                await self.serve(self._link)
            elif not self.on:
                await self._device.stop_advertising()
            elif self.eager or self.pairing or self._woken_up:
                await self._advertise()

    async def drop_link(self) -> None:
        """Walk out of range in the middle of whatever is going on."""
        for connection in list(self._device.connections.values()):
            await connection.disconnect()

    async def power(self, *, on: bool) -> None:
        """Take the batteries out, or put them in; what is stored and its bonds stay."""
        self.on = on
        self._woken_up = on
        if not on:
            self.pairing = False
            await self.drop_link()
        self._wake.set()

    def pairing_mode(self) -> None:
        """Hold the button until the display blinks."""
        self.pairing = True
        self._wake.set()

    async def forget_bonds(self) -> None:
        """Clear the pairing, as the manual calls it."""
        await self._device.keystore.delete_all()  # type: ignore[union-attr]  # ours since __init__

    # -- for subclasses -------------------------------------------------------------------------

    def stir(self) -> None:
        """Something has changed: look whether there is something to do."""
        self._wake.set()

    def is_asked(self, uuid: int) -> bool:
        """Whether the gateway is subscribed, on a link that this device trusts."""
        trusted = not self.bonded or (self._link is not None and self._link.encryption > 0)
        return trusted and uuid in self._asked

    def sender(self, uuid: int, properties: Characteristic.Properties) -> Value:
        """A characteristic that is notified or indicated; what is subscribed is kept."""
        made = Characteristic(
            UUID.from_16_bits(uuid), properties, Characteristic.Permissions(0), b""
        )

        def subscribed(_: Connection, notify: bool, indicate: bool) -> None:
            (self._asked.add if notify or indicate else self._asked.discard)(uuid)
            self._wake.set()

        made.on(Characteristic.EVENT_SUBSCRIPTION, subscribed)
        return made

    def readable(self, uuid: int, value: bytes | Callable[[], bytes]) -> Value:
        permissions = Characteristic.READABLE
        if self.bonded:
            permissions |= Characteristic.READ_REQUIRES_ENCRYPTION
        if isinstance(value, bytes):
            return Characteristic(UUID.from_16_bits(uuid), READ, permissions, value)
        dynamic = CharacteristicValue(read=lambda _: value())
        return Characteristic(UUID.from_16_bits(uuid), READ, permissions, dynamic)

    def writable(
        self,
        uuid: int,
        properties: Characteristic.Properties,
        written: Callable[[bytes], None],
        read: Callable[[], bytes] = bytes,
    ) -> Value:
        permissions = Characteristic.WRITEABLE
        if self.bonded:
            permissions |= Characteristic.WRITE_REQUIRES_ENCRYPTION
        if properties & READ:
            permissions |= Characteristic.READABLE
        value: CharacteristicValue[bytes] = CharacteristicValue(
            read=lambda _: read(), write=lambda _, data: written(data)
        )
        made: Value = Characteristic(UUID.from_16_bits(uuid), properties, permissions, value)

        def subscribed(_: Connection, notify: bool, indicate: bool) -> None:
            (self._asked.add if notify or indicate else self._asked.discard)(uuid)

        made.on(Characteristic.EVENT_SUBSCRIPTION, subscribed)
        return made

    async def send(
        self, link: Connection, characteristic: Value, value: bytes, *, indicate: bool
    ) -> bool:
        """Notify or indicate; False when the link went before it was out (or confirmed).

        Who has confirmed may end the link in the same breath, as a collector does with the last.
        """
        send = self._device.indicate_subscriber if indicate else self._device.notify_subscriber
        for _ in range(self.copies):
            if self._link is not link:
                return False  # nobody is subscribed any more, and Bumble would say nothing
            if not await self._on_link(link, send(link, characteristic, value)):
                return False
        return indicate or self._link is link

    # -- inside ---------------------------------------------------------------------------------

    async def _on_link(self, link: Connection, sending: Awaitable[None]) -> bool:
        try:
            await link.cancel_on_disconnection(sending)
        except (BaseBumbleError, TimeoutError, asyncio.CancelledError):
            end_if_cancelled()
            if self._link is link:
                raise
            return False  # the link is gone; `_disconnected` has been told
        return True

    async def _start(self) -> None:
        clock = self.writable(CURRENT_TIME, READ | WRITE, self._set_clock, self.clock.read)
        about = [
            self.readable(MAKER, b"Kotivahti"),
            self.readable(MODEL, self.model.encode()),
            self.readable(SERIAL, str(self._device.random_address).replace(":", "").encode()),
        ]
        services = [
            Service(UUID.from_16_bits(self.service), self.characteristics()),
            Service(UUID.from_16_bits(CURRENT_TIME_SERVICE), [clock]),
            Service(UUID.from_16_bits(DEVICE_INFORMATION), about),
            Service(UUID.from_16_bits(BATTERY_SERVICE), [self.readable(BATTERY_LEVEL, b"\x5b")]),
        ]
        self._device.add_services(services)
        self._device.on(Device.EVENT_CONNECTION, self._connected)
        await self._device.power_on()
        end_if_cancelled()

    def _set_clock(self, value: bytes) -> None:
        self._say(f"clock set to {self.clock.write(value):%H:%M:%S}")

    async def _advertise(self) -> None:
        await self._device.start_advertising(
            advertising_data=encode_health.advert(self.service, self._name),
            advertising_interval_min=INTERVAL_MS,
            advertising_interval_max=INTERVAL_MS,
        )
        end_if_cancelled()
        try:
            async with asyncio.timeout(ADVERTISE_S):
                await self._wake.wait()
        except TimeoutError:
            self._woken_up = False
            await self._device.stop_advertising()

    def _connected(self, connection: Connection) -> None:
        self._link = connection
        self._woken_up = False
        connection.on(connection.EVENT_DISCONNECTION, self._disconnected)
        connection.on(connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, self._wake.set)
        connection.on(connection.EVENT_PAIRING, self._paired)

    def _disconnected(self, _: int) -> None:
        self._link = None
        self._asked.clear()
        self._wake.set()  # whatever is left is advertised again

    def _paired(self, _: object) -> None:
        self.pairing = False
        self._say("paired")

    def _pairing_config(self, _: Connection) -> PairingConfig:
        return PairingConfig(mitm=self.passkey is not None, delegate=_Button(self))

    def accepts_pairing(self) -> bool:
        """In its pairing mode, or when it is one of those that let everybody in."""
        accepted = self.pairing or not self.bonded
        self._say("pairing" if accepted else "refused to pair: not in pairing mode")
        return accepted

    def shown_passkey(self) -> int | None:
        if self.passkey is not None:
            self._say(f"shows {self.passkey:06}")
        return self.passkey


class _Button(PairingDelegate):
    """The pairing button of a device, and its display when it has one."""

    def __init__(self, peripheral: Peripheral) -> None:
        shows = peripheral.passkey is not None
        super().__init__(self.DISPLAY_OUTPUT_ONLY if shows else self.NO_OUTPUT_NO_INPUT)
        self._peripheral = peripheral

    async def accept(self) -> bool:
        return self._peripheral.accepts_pairing()

    async def generate_passkey(self) -> int:
        return self._peripheral.shown_passkey() or 0


def end_if_cancelled() -> None:
    """Bumble's waits lose a cancellation that comes with their result (Python before 3.12)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
