"""What bleak leaves to others: BlueZ's pairing agent and its bonds, over a bus of our own.

Source: BlueZ's D-Bus documentation, org.bluez.Agent, org.bluez.AgentManager,
org.bluez.Adapter and org.bluez.Device. The agent is ours and lives as long as
one pairing: without one, a box without a screen would have to trust whatever
agent some desktop left behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from dbus_fast import AuthError, BusType, DBusError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import (
    DBusObjectPath,
    DBusSignature,
    DBusStr,
    DBusUInt16,
    DBusUInt32,
)
from dbus_fast.service import ServiceInterface, dbus_method

from edge.errors import TransportError
from edge.transports.ble.radio import PASSKEY_MAX, Prompts

BLUEZ = "org.bluez"
AGENT_PATH = "/org/kotivahti/agent"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
AGENT_MANAGER = "org.bluez.AgentManager1"

_REJECTED = "org.bluez.Error.Rejected"
_GONE_ALREADY = frozenset(
    {"org.bluez.Error.DoesNotExist", "org.freedesktop.DBus.Error.UnknownObject"}
)


_Nothing = Annotated[None, DBusSignature("")]


class Agent(ServiceInterface):
    """`org.bluez.Agent1` for one device; whatever asks about another one is turned away."""

    def __init__(self, address: str, prompts: Prompts | None) -> None:
        super().__init__("org.bluez.Agent1")
        self._device = _node(address)
        self._prompts = prompts

    def _check(self, device: str) -> None:
        if not device.endswith(self._device):
            raise DBusError(_REJECTED, "this pairing is with another device")

    def _asked(self, device: str) -> Prompts:
        self._check(device)
        if self._prompts is None:
            raise DBusError(_REJECTED, "nobody is there to read or type a number")
        return self._prompts

    async def _number(self, prompts: Prompts) -> int:
        number = await prompts.ask()
        if not 0 <= number <= PASSKEY_MAX:
            raise DBusError(_REJECTED, "a passkey has six digits")
        return number

    @dbus_method()
    def Release(self) -> _Nothing:  # noqa: N802 (BlueZ's name, as all below)
        """BlueZ lets go of the agent: it ends."""

    @dbus_method()
    def Cancel(self) -> _Nothing:  # noqa: N802
        """BlueZ takes its question back; the answer will not be used."""

    @dbus_method()
    def RequestPinCode(self, device: DBusObjectPath) -> DBusStr:  # noqa: N802
        self._check(device)
        raise DBusError(_REJECTED, "PIN codes belong to devices before Bluetooth 2.1")

    @dbus_method()
    async def RequestPasskey(self, device: DBusObjectPath) -> DBusUInt32:  # noqa: N802
        return await self._number(self._asked(device))

    @dbus_method()
    def DisplayPasskey(  # noqa: N802
        self,
        device: DBusObjectPath,
        passkey: DBusUInt32,
        entered: DBusUInt16,
    ) -> _Nothing:
        prompts = self._asked(device)
        if not entered:  # BlueZ says it again at every key that is pressed
            prompts.show(passkey)

    @dbus_method()
    async def RequestConfirmation(  # noqa: N802
        self, device: DBusObjectPath, passkey: DBusUInt32
    ) -> _Nothing:
        """Both sides show a number: the person types in the device's, and they must be equal."""
        if await self._number(self._asked(device)) != passkey:
            raise DBusError(_REJECTED, "the device shows another number")

    @dbus_method()
    def RequestAuthorization(self, device: DBusObjectPath) -> _Nothing:  # noqa: N802
        """Just works: the installer has given the address, and stands beside the device."""
        self._check(device)

    @dbus_method()
    def AuthorizeService(self, device: DBusObjectPath, uuid: DBusStr) -> _Nothing:  # noqa: ARG002, N802
        self._check(device)


@asynccontextmanager
async def agent(address: str, prompts: Prompts | None) -> AsyncIterator[None]:
    """Our agent, the default one, inside the block. bleak pairs over a bus of its own."""
    async with system_bus() as bus:
        bus.export(AGENT_PATH, Agent(address, prompts))
        capability = "NoInputNoOutput" if prompts is None else "KeyboardDisplay"
        manager = ("/org/bluez", AGENT_MANAGER)
        await call(bus, *manager, "RegisterAgent", "os", [AGENT_PATH, capability])
        try:
            await call(bus, *manager, "RequestDefaultAgent", "o", [AGENT_PATH])
            yield
        finally:
            if bus.connected:
                await _send(bus, *manager, "UnregisterAgent", "o", [AGENT_PATH])


async def is_bonded(address: str, adapter: str | None) -> bool:
    """Whether BlueZ keeps keys for this device."""
    async with system_bus() as bus:
        device = await _device(bus, address, adapter)
    if device is None:
        return False
    properties = device[1]
    bonded = properties.get("Bonded", properties.get("Paired"))  # Bonded came with BlueZ 5.65
    return bonded is not None and bool(bonded.value)


async def forget(address: str, adapter: str | None) -> None:
    """Remove the device with its keys (Adapter1.RemoveDevice)."""
    async with system_bus() as bus:
        device = await _device(bus, address, adapter)
        if device is None:
            return
        path, properties = device
        reply = await _send(bus, properties["Adapter"].value, ADAPTER, "RemoveDevice", "o", [path])
        if reply.message_type is MessageType.ERROR and reply.error_name not in _GONE_ALREADY:
            raise TransportError(f"BlueZ would not forget the device: {reply.error_name}")


@asynccontextmanager
async def system_bus() -> AsyncIterator[MessageBus]:
    """A connection to the system bus; OSError or TransportError when there is none."""
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        try:
            await bus.connect()
        except AuthError as error:
            text = "the system bus refused us; put the gateway's user into the group bluetooth"
            raise TransportError(text) from error
        yield bus
    finally:
        bus.disconnect()  # also when it never came to a connection: it holds a socket


async def call(
    bus: MessageBus, path: str, interface: str, member: str, signature: str, body: list[Any]
) -> list[Any]:
    """One call to BlueZ; TransportError with its error name."""
    reply = await _send(bus, path, interface, member, signature, body)
    if reply.message_type is MessageType.ERROR:
        raise TransportError(f"BlueZ refused {member}: {reply.error_name}")
    return list(reply.body)


async def _send(
    bus: MessageBus, path: str, interface: str, member: str, signature: str, body: list[Any]
) -> Message:
    reply = await bus.call(
        Message(
            destination=BLUEZ,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body,
        )
    )
    if reply is None:
        raise TransportError(f"BlueZ did not answer {member}")
    return reply


async def _device(
    bus: MessageBus, address: str, adapter: str | None
) -> tuple[str, dict[str, Any]] | None:
    """Path and properties of the device, on the adapter that is ours when one is named."""
    manager = "org.freedesktop.DBus.ObjectManager"
    (objects,) = await call(bus, "/", manager, "GetManagedObjects", "", [])
    on = f"/{adapter}/" if adapter else "/"
    for path, interfaces in objects.items():
        if path.endswith(_node(address)) and on in path and DEVICE in interfaces:
            return path, interfaces[DEVICE]
    return None


def _node(address: str) -> str:
    return "/dev_" + address.upper().replace(":", "_")
