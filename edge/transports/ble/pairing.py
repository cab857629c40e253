"""Bonding with a device: an installer's command, with the device in the hand.

Never done by itself: whoever could make the gateway pair could feed it readings.
The steps are those that real cuffs ask for: our own agent, no scanning while
connecting, a reading over the bonded link, and at the end the test that finds
the bonds which work only once: the device is switched off and on, and must let
the gateway in again without its pairing mode and without an agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog

from edge.errors import TransportError
from edge.locale.refusing import worded
from edge.transports.ble.bond import needs_bond
from edge.transports.ble.radio import Prompts
from edge.transports.ble.scanner import RADIO_ERRORS, error_kind

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.device import BLEDevice

    from edge.transports.ble.radio import Radio

log = structlog.get_logger()

Passkey = Callable[[], Awaitable[int]]
"""Asks the person for the six digits that the device shows."""

# Values read over the bonded link. A device has ten to twenty that can be read.
READ_MAX = 16
# Attempts at a connection: the first one is often lost to the air.
TRIES = 3


class Tell(Protocol):
    """Gets each step as it begins: looking, found, connecting, pairing, (passkey), bonded,
    reading, power_cycle, reconnecting, verified.

    `passkey` comes without parameters when `passkey` is about to be asked, and with
    `show="123456"` when that is to be typed in on the device.
    """

    def __call__(self, step: str, **params: str) -> None: ...


class PairingLimits(msgspec.Struct, frozen=True):
    """Bounds of the steps, in seconds of real time: they wait for a device and a person."""

    look_s: float = 60.0  # to find the button of the pairing mode and hold it
    pause_s: float = 35.0  # as for a session
    connect_s: float = 15.0
    pair_s: float = 30.0  # SMP's own bound (Core Specification, Vol 3 Part H 3.4)
    passkey_s: float = 90.0  # the same, with a person who reads and types
    step_s: float = 10.0  # one read, or a disconnection
    link_s: float = 240.0  # all of it together that keeps sessions from the one connection
    off_s: float = 5.0  # not heard for so long: it was switched off, or sleeps
    power_cycle_s: float = 180.0  # to take out batteries and put them in again


class PairingContext(msgspec.Struct, frozen=True):
    """What a pairing needs of the gateway's radio."""

    radio: Radio
    paused: Callable[[], AbstractAsyncContextManager[None]]  # no scanning inside
    linking: Callable[[], AbstractAsyncContextManager[None]]  # no other connection inside
    sight: Callable[[str], Awaitable[BLEDevice]]  # the next advertisement of an address
    limits: PairingLimits


async def pair(
    context: PairingContext, address: str, *, tell: Tell, passkey: Passkey | None = None
) -> None:
    """Bond with the device at `address` and prove that the bond lasts.

    Raises TransportError that names the mend. A bond that does not carry is removed again; one
    that only was not tried to the end is kept.
    """
    await _Pairing(context, address, tell, passkey).run()


class _Pairing:
    def __init__(
        self, context: PairingContext, address: str, tell: Tell, passkey: Passkey | None
    ) -> None:
        self._context = context
        self._limits = context.limits
        self._radio = context.radio
        self._address = address
        self._tell = tell
        self._passkey = passkey
        self._told_pairing = False
        self._asked = False
        self._connecting: tuple[asyncio.Timeout, AsyncExitStack] | None = None

    async def run(self) -> None:
        self._tell("looking")
        await self._seen(self._limits.look_s)
        self._tell("found")
        if await self._is_bonded():  # with keys that the device has lost, or why pair again
            await self._forget()
        await self._bond()
        self._tell("power_cycle")
        await self._power_cycled()
        self._tell("reconnecting")
        await self._reconnect()
        self._tell("verified")

    async def _bond(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._context.linking())
                await stack.enter_async_context(asyncio.timeout(self._limits.link_s))
                async with asyncio.timeout(self._limits.step_s):
                    agent = self._radio.agent(self._address, self._prompts())
                    await stack.enter_async_context(agent)
                self._tell("connecting")
                client = await self._connected(stack)
                self._say_pairing()
                async with asyncio.timeout(self._pair_s):
                    await client.pair()
                await self._keys_kept()
                self._tell("bonded")
                self._tell("reading")
                await self._read(client)
        except RADIO_ERRORS as error:
            await self._forget()
            raise worded(TransportError, "pairing_failed", why=error_kind(error)) from error
        except (TransportError, asyncio.CancelledError):
            await self._forget()  # half a bond would be taken for a whole one
            raise

    @property
    def _pair_s(self) -> float:
        return self._limits.pair_s if self._passkey is None else self._limits.passkey_s

    async def _power_cycled(self) -> None:
        """Wait until it has not been heard for a while, and then is again."""
        try:
            async with asyncio.timeout(self._limits.power_cycle_s):
                while await self._is_heard():
                    pass
                await self._context.sight(self._address)
        except TimeoutError as error:
            raise worded(TransportError, "bond_not_tested") from error

    async def _is_heard(self) -> bool:
        try:
            async with asyncio.timeout(self._limits.off_s):
                await self._context.sight(self._address)
        except TimeoutError:
            return False
        return True

    async def _reconnect(self) -> None:
        """Without an agent: whatever needs a new pairing now fails, as it would at night."""
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._context.linking())
                await stack.enter_async_context(asyncio.timeout(self._limits.link_s))
                client = await self._connected(stack)
                await self._read(client)
        except (*RADIO_ERRORS, TransportError) as error:
            await self._forget()
            raise worded(TransportError, "bond_lost") from error

    async def _connected(self, stack: AsyncExitStack) -> BleakClient:
        """A connection that ends with `stack`; scanning is paused while it is made.

        BlueZ pairs within its own connecting when a value of the device wants it: the person is
        asked then, and `_wait_for_the_person` gives them their time.
        """
        limits = self._limits
        for left in reversed(range(TRIES)):
            found = await self._seen(limits.look_s)
            client = self._radio.client(found, lambda _: None, limits.connect_s + self._pair_s)
            try:
                async with AsyncExitStack() as resumed:
                    async with asyncio.timeout(limits.pause_s):
                        await resumed.enter_async_context(self._context.paused())
                    async with asyncio.timeout(limits.connect_s) as bound:
                        self._connecting = bound, resumed
                        await client.connect()
                        self._connecting = None
                    stack.push_async_callback(self._disconnect, client)
            except RADIO_ERRORS as error:
                log.info("pairing_connection_failed", error=error_kind(error))
                if self._asked:  # a wrong number, or none: not to be asked twice for one look
                    raise
                if not left:
                    raise worded(TransportError, "no_connection", why=error_kind(error)) from error
            else:
                return client
            finally:
                self._connecting = None
        raise AssertionError("unreachable")

    async def _wait_for_the_person(self) -> None:
        """The link is up, and somebody reads and types: alarms are heard again meanwhile."""
        if self._connecting is not None:
            bound, resumed = self._connecting
            self._connecting = None
            if not bound.expired():
                bound.reschedule(asyncio.get_running_loop().time() + self._limits.passkey_s)
            await resumed.aclose()

    async def _read(self, client: BleakClient) -> None:
        """Read what can be read; TransportError when the device says that the bond is missing.

        Nothing is subscribed to: a cuff would send what it has stored, and forget it.
        """
        done = 0
        readable = [c for c in client.services.characteristics.values() if "read" in c.properties]
        for characteristic in readable[:READ_MAX]:
            try:
                async with asyncio.timeout(self._limits.step_s):
                    await client.read_gatt_char(characteristic)
                done += 1
            except RADIO_ERRORS as error:
                if needs_bond(error):
                    raise worded(TransportError, "bond_lost") from error
                if not client.is_connected:
                    raise
        if not done:
            raise worded(TransportError, "bonded_shows_nothing")

    async def _seen(self, within_s: float) -> BLEDevice:
        try:
            async with asyncio.timeout(within_s):
                return await self._context.sight(self._address)
        except TimeoutError as error:
            raise worded(TransportError, "not_heard") from error

    async def _is_bonded(self) -> bool:
        try:
            async with asyncio.timeout(self._limits.step_s):
                return await self._radio.is_bonded(self._address)
        except RADIO_ERRORS as error:
            raise worded(TransportError, "radio_mute", why=error_kind(error)) from error

    async def _keys_kept(self) -> None:
        if not await self._is_bonded():
            raise worded(TransportError, "no_keys_kept")

    async def _forget(self) -> None:
        try:
            async with asyncio.timeout(self._limits.step_s):
                await self._radio.unpair(self._address)
        except (*RADIO_ERRORS, TransportError) as error:
            log.warning("pairing_bond_kept", error=error_kind(error))

    async def _disconnect(self, client: BleakClient) -> None:
        try:
            async with asyncio.timeout(self._limits.step_s):
                await client.disconnect()
        except RADIO_ERRORS as error:
            log.info("pairing_disconnect_failed", error=error_kind(error))

    def _say_pairing(self) -> None:
        if not self._told_pairing:
            self._told_pairing = True
            self._tell("pairing")

    def _prompts(self) -> Prompts | None:
        passkey = self._passkey
        if passkey is None:
            return None

        async def ask() -> int:
            self._asked = True
            self._say_pairing()
            await self._wait_for_the_person()
            self._tell("passkey")
            return await passkey()

        def show(number: int) -> None:
            self._say_pairing()
            self._tell("passkey", show=f"{number:06}")

        return Prompts(ask, show)
