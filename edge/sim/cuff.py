"""A blood pressure cuff: remembers measurements, advertises, and indicates them when asked."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bumble.att import ATT_Error, ErrorCode
from bumble.controller import Controller
from bumble.core import UUID, BaseBumbleError
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address

from edge.sim import encode
from edge.sim.air import Air

# Measurements kept until a collector has confirmed them; real cuffs keep 30 to 100.
MEMORY_MAX = 60
# A cuff advertises about a minute after a measurement, then saves its battery.
ADVERTISE_S = 60.0
# Milliseconds between advertisements.
INTERVAL_MS = 100.0
# Between two stored measurements on the link.
BETWEEN_S = 0.05

BLOOD_PRESSURE_SERVICE = 0x1810
MEASUREMENT = 0x2A35
FEATURE = 0x2A49
CURRENT_TIME_SERVICE = 0x1805
CURRENT_TIME = 0x2A2B
CURRENT_TIME_BYTES = 10
DEVICE_INFORMATION = 0x180A
MAKER = 0x2A29
MODEL = 0x2A24
BATTERY_SERVICE = 0x180F
BATTERY_LEVEL = 0x2A19

_READ = Characteristic.Properties.READ
_WRITE = Characteristic.Properties.WRITE
_INDICATE = Characteristic.Properties.INDICATE


class Cuff:
    """Peripheral of the Blood Pressure Profile on the virtual air."""

    def __init__(self, air: Air, address: str, name: str, say: Callable[[str], None]) -> None:
        self.sent = 0
        self._air = air
        self._name = name
        self._say = say
        self._memory: deque[bytes] = deque(maxlen=MEMORY_MAX)
        self._ahead = timedelta()  # its clock against this machine's
        self._wake = asyncio.Event()
        self._asked: Connection | None = None
        self._controller = Controller(name, link=air.link)
        self._device = Device.with_hci(name, Address(address), self._controller, self._controller)
        self._measurement = Characteristic(
            UUID.from_16_bits(MEASUREMENT), _INDICATE, Characteristic.Permissions(0), b""
        )

    @property
    def stored(self) -> int:
        return len(self._memory)

    def measure(self, systolic: int, diastolic: int, pulse: int) -> None:
        when = datetime.now(tz=UTC).astimezone() + self._ahead
        self._memory.append(encode.blood_pressure(systolic, diastolic, pulse, when))
        self._wake.set()

    async def run(self) -> None:
        await self._start()
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._asked is not None:
                await self._indicate(self._asked)
            elif self._memory:
                await self._advertise()

    async def drop_link(self) -> None:
        """Walk out of range in the middle of whatever is going on."""
        for connection in list(self._device.connections.values()):
            await connection.disconnect()

    async def _start(self) -> None:
        services = [
            Service(
                UUID.from_16_bits(BLOOD_PRESSURE_SERVICE),
                [self._measurement, _readable(FEATURE, b"\x00\x00")],
            ),
            Service(UUID.from_16_bits(CURRENT_TIME_SERVICE), [self._clock()]),
            Service(
                UUID.from_16_bits(DEVICE_INFORMATION),
                [_readable(MAKER, b"Kotivahti"), _readable(MODEL, b"Virtual cuff")],
            ),
            Service(UUID.from_16_bits(BATTERY_SERVICE), [_readable(BATTERY_LEVEL, b"\x5b")]),
        ]
        self._device.add_services(services)
        self._device.on(Device.EVENT_CONNECTION, self._connected)
        self._measurement.on(Characteristic.EVENT_SUBSCRIPTION, self._subscribed)
        await self._device.power_on()
        _end_if_cancelled()

    async def _advertise(self) -> None:
        await self._device.start_advertising(
            advertising_data=encode.cuff_advert(self._name),
            advertising_interval_min=INTERVAL_MS,
            advertising_interval_max=INTERVAL_MS,
        )
        _end_if_cancelled()
        try:
            async with asyncio.timeout(ADVERTISE_S):
                await self._wake.wait()
        except TimeoutError:
            await self._device.stop_advertising()

    def _connected(self, connection: Connection) -> None:
        connection.on(connection.EVENT_DISCONNECTION, self._disconnected)

    def _disconnected(self, _: int) -> None:
        self._asked = None
        self._wake.set()  # whatever is left is advertised again

    def _subscribed(self, connection: Connection, _: bool, indicate: bool) -> None:
        self._asked = connection if indicate else None
        self._wake.set()

    async def _indicate(self, connection: Connection) -> None:
        """Oldest first; a measurement is forgotten when the collector has confirmed it."""
        while self._memory:
            sending = self._device.indicate_subscriber(
                connection, self._measurement, self._memory[0]
            )
            try:
                await connection.cancel_on_disconnection(sending)
            except (BaseBumbleError, TimeoutError, asyncio.CancelledError):
                _end_if_cancelled()
                if self._asked is connection:
                    raise
                return  # the link is gone; `_disconnected` has been told
            self._memory.popleft()
            self.sent += 1
            self._say(f"sent a stored measurement, {len(self._memory)} left")
            await asyncio.sleep(BETWEEN_S)

    def _clock(self) -> Characteristic[bytes]:
        return Characteristic(
            UUID.from_16_bits(CURRENT_TIME),
            _READ | _WRITE,
            Characteristic.READABLE | Characteristic.WRITEABLE,
            CharacteristicValue(read=self._read_clock, write=self._set_clock),
        )

    def _read_clock(self, _: Connection) -> bytes:
        now = datetime.now(tz=UTC).astimezone() + self._ahead
        return encode.date_time(now) + bytes((now.isoweekday(), 0, 0))

    def _set_clock(self, _: Connection, value: bytes) -> None:
        if len(value) != CURRENT_TIME_BYTES:
            raise ATT_Error(ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        year, month, day, hour, minute, second = struct.unpack_from("<H5B", value)
        machine = datetime.now(tz=UTC).astimezone()
        told = datetime(year, month, day, hour, minute, second, tzinfo=machine.tzinfo)
        self._ahead = told - machine
        self._say(f"clock set to {told:%H:%M:%S}")


def _end_if_cancelled() -> None:
    """Bumble's waits lose a cancellation that comes with their result (Python before 3.12)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _readable(uuid: int, value: bytes) -> Characteristic[bytes]:
    return Characteristic(UUID.from_16_bits(uuid), _READ, Characteristic.READABLE, value)
