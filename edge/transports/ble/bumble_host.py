"""Bumble's host stack on a controller that is reached over HCI: opened when needed, reopened.

The controller is named as Bumble names transports: "tcp-client:127.0.0.1:9100",
"unix:/run/radio.sock", "usb:0".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from bleak.exc import BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble.att import ATT_Error
from bumble.core import UUID, BaseBumbleError
from bumble.device import Connection, Device
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport
from bumble.transport.common import Transport

from edge.transports.ble.radio import PASSKEY_MAX, Prompts

# A static random address (Core Specification, Vol 6 Part B 1.3.2.1): the gateway's own, fixed,
# so that a virtual device knows its gateway again.
OWN_ADDRESS = "F0:4B:56:48:00:01"


@contextmanager
def as_bleak_error() -> Iterator[None]:
    """Whatever Bumble raises, a caller of bleak gets BleakError, and a cancellation stays one.

    Bumble ends a wait whose link is lost by cancelling it, as if the caller had been cancelled.
    And it waits with `asyncio.wait_for`, which before Python 3.12 loses a cancellation that
    comes together with the result: the caller would go on as if nobody had asked it to end.
    """
    task = asyncio.current_task()
    try:
        yield
    except asyncio.CancelledError:
        if task is not None and task.cancelling():
            raise
        raise BleakError("the link was lost") from None
    except ATT_Error as error:
        raise BleakGATTProtocolError(error.error_code) from error
    except BaseBumbleError as error:
        raise BleakError(f"{type(error).__name__}: {error}") from error
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def bleak_uuid(uuid: UUID) -> str:
    """The 128-bit text form in lower case, as bleak writes it."""
    return normalize_uuid_str(uuid.to_hex_str("-").lower())


class BumbleHost:
    """The one host device of this process."""

    def __init__(self, transport: str) -> None:
        self._spec = transport
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._keys = MemoryKeyStore()  # bonds last as long as this process
        self._prompts: Prompts | None = None

    @property
    def lost(self) -> bool:
        """Whether the line to the controller has ended, or was never open."""
        return self._transport is None or self._transport.source.terminated.done()

    async def device(self) -> Device:
        """The powered host device; raises BleakError or OSError when the controller is away."""
        if self._device is not None and not self.lost:
            return self._device
        await self.close()
        with as_bleak_error():
            self._transport = await open_transport(self._spec)
            source, sink = self._transport
            device = Device.with_hci("kotivahti", Address(OWN_ADDRESS), source, sink)
            device.keystore = self._keys
            device.pairing_config_factory = self._pairing_config
            await device.power_on()
        self._device = device
        return device

    async def is_bonded(self, address: str) -> bool:
        return any(name.upper() == address.upper() for name, _ in await self._bonds())

    async def forget(self, address: str) -> None:
        for name, key in await self._bonds():
            if name.upper() == address.upper():
                await self._keys.delete(key)

    @asynccontextmanager
    async def agent(self, prompts: Prompts | None) -> AsyncIterator[None]:
        """Pairings inside the block are answered by these."""
        self._prompts = prompts
        try:
            yield
        finally:
            self._prompts = None

    async def _bonds(self) -> list[tuple[str, str]]:
        """Address as people write it, and Bumble's name for it ("/P" marks a public one)."""
        return [(key.partition("/")[0], key) for key, _ in await self._keys.get_all()]

    def _pairing_config(self, _: Connection) -> PairingConfig:
        """LE Secure Connections with bonding; protected against a man in the middle when a
        person can read and type (Core Specification, Vol 3 Part H 2.3.5.1).
        """
        delegate = PairingDelegate() if self._prompts is None else _Person(self._prompts)
        return PairingConfig(mitm=self._prompts is not None, delegate=delegate)

    async def close(self) -> None:
        """Drop the line to the controller; what was connected through it is gone."""
        transport, self._transport, self._device = self._transport, None, None
        if transport is not None:
            await transport.close()


class _Person(PairingDelegate):
    """Keyboard and display."""

    def __init__(self, prompts: Prompts) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT)
        self._prompts = prompts

    async def get_number(self) -> int | None:
        number = await self._prompts.ask()
        return number if 0 <= number <= PASSKEY_MAX else None

    async def display_number(self, number: int, digits: int) -> None:  # noqa: ARG002
        self._prompts.show(number)

    async def compare_numbers(self, number: int, digits: int) -> bool:  # noqa: ARG002
        return await self._prompts.ask() == number
