"""BlueZ as far as a gateway sees it, on a private bus, with the faults that real ones have.

Names, signatures and errors as in BlueZ's D-Bus documentation (org.bluez.Adapter, Device,
GattService, GattCharacteristic, AgentManager). Unlike a real controller it hears what a test
says, but only while somebody has a discovery running: a scanner that was forgotten by a
restarted service stays silent here too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.support.mock_bluez_objects import (
    ADAPTER,
    ADAPTER_PATH,
    CHARACTERISTIC,
    DEVICE,
    ERROR,
    NO,
    OBJECT_MANAGER,
    PROPERTIES,
    SERVICE,
    UNKNOWN_OBJECT,
    YES,
    MockCharacteristic,
    MockDevice,
    Properties,
    Refusal,
    adapter_properties,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class MockBluez:
    """The service `org.bluez`."""

    def __init__(self) -> None:
        self.powered = True
        self.stalled = False  # discovery goes on by its own word, and nothing is heard
        self.calls: Counter[str] = Counter()
        self.agents: list[str] = []  # capability of each agent that was registered
        self.agent: tuple[str, str] | None = None  # who answers now: bus name, path
        self.pairs: list[str | None] = []  # at each Pair: the capability of the agent, if any
        self._bus: MessageBus | None = None
        self._devices: dict[str, MockDevice] = {}
        self._known: set[str] = set()  # paths of devices that have an object now
        self._discovering: set[str] = set()
        self._refusals: dict[str, list[Refusal]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what a test does -----------------------------------------------------------------------

    async def start(self) -> None:
        """Take the name, as bluetoothd does when it starts."""
        self._bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        self._bus.add_message_handler(self._heard)
        await self._bus.request_name("org.bluez")
        self._added(ADAPTER_PATH, {ADAPTER: adapter_properties(powered=self.powered)})

    async def stop(self) -> None:
        """Die as a crashed daemon does: no signal says so, and nothing is remembered but bonds."""
        bus, self._bus = self._bus, None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if bus is not None:
            bus.disconnect()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._discovering.clear()
        self._known.clear()
        self.agent = None
        for device in self._devices.values():
            device.connected = False

    @property
    def discovering(self) -> bool:
        return bool(self._discovering)

    def refuse(self, member: str, error: str, times: int = 1) -> None:
        """The next `times` calls of this method get this error."""
        self._refusals.setdefault(member, []).extend([Refusal(f"{ERROR}.{error}")] * times)

    def place(self, device: MockDevice) -> MockDevice:
        """Bring a device into the room; it is known to nobody until it advertises."""
        self._devices[device.path] = device
        return device

    def say(
        self,
        device: MockDevice,
        *,
        manufacturer: dict[int, bytes] | None = None,
        service: dict[str, bytes] | None = None,
    ) -> None:
        """One advertisement; heard only while a discovery runs."""
        if not self._discovering or self.stalled or self._bus is None:
            return
        said: Properties = {"RSSI": Variant("n", -60)}
        if manufacturer:
            by_company = {k: Variant("ay", v) for k, v in manufacturer.items()}
            said["ManufacturerData"] = Variant("a{qv}", by_company)
        if service:
            by_uuid = {k: Variant("ay", v) for k, v in service.items()}
            said["ServiceData"] = Variant("a{sv}", by_uuid)
        if device.path in self._known:
            self._changed(device.path, DEVICE, said)
        else:
            self._known.add(device.path)
            self._added(device.path, {DEVICE: device.properties() | said})

    def notify(self, characteristic: MockCharacteristic, value: bytes) -> None:
        """A notification or indication; BlueZ shows both as a changed value."""
        if characteristic.notifying:
            self._changed(characteristic.path, CHARACTERISTIC, {"Value": Variant("ay", value)})

    def drop(self, device: MockDevice) -> None:
        """The link ends."""
        if not device.connected:
            return
        device.connected = False
        gone = {"Connected": NO, "ServicesResolved": NO}
        self._changed(device.path, DEVICE, gone)
        for characteristic in device.characteristics:
            characteristic.notifying = False
            self._removed(characteristic.path, [CHARACTERISTIC])
        self._removed(f"{device.path}/service0010", [SERVICE])

    def remove(self, device: MockDevice) -> None:
        """Its object goes, as after RemoveDevice or when BlueZ cleans up."""
        self.drop(device)
        self._known.discard(device.path)
        self._removed(device.path, [DEVICE])

    # -- the bus --------------------------------------------------------------------------------

    def _heard(self, message: Message) -> bool:
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        if not (message.path or "").startswith(("/org/bluez", "/")) or message.member == "Hello":
            return False
        task = asyncio.ensure_future(self._reply(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _reply(self, message: Message) -> None:
        try:
            signature, body = await self._answer(message)
            reply = Message.new_method_return(message, signature, body)
        except Refusal as refusal:
            reply = Message.new_error(message, refusal.name, refusal.text)
        if self._bus is not None:
            await self._bus.send(reply)

    async def _answer(self, message: Message) -> tuple[str, list[Any]]:
        member = message.member or ""
        self.calls[member] += 1
        refusals = self._refusals.get(member)
        if refusals:
            raise refusals.pop(0)
        match message.interface:
            case "org.freedesktop.DBus.ObjectManager":
                return "a{oa{sa{sv}}}", [self._objects()]
            case "org.freedesktop.DBus.Properties":
                return "", []  # Set: Trusted is all that is ever set
            case "org.bluez.Adapter1":
                self._adapter_call(member, message)
            case "org.bluez.Device1":
                await self._device_call(member, self._known_device(message.path or ""))
            case "org.bluez.GattCharacteristic1":
                return self._characteristic_call(member, message)
            case "org.bluez.AgentManager1":
                self._agent_call(member, message)
            case _:
                raise Refusal("org.freedesktop.DBus.Error.UnknownInterface")
        return "", []

    # -- adapter, agent -------------------------------------------------------------------------

    def _adapter_call(self, member: str, message: Message) -> None:
        sender = message.sender or ""
        if member != "RemoveDevice" and not self.powered:
            raise Refusal(f"{ERROR}.NotReady", "Resource Not Ready")
        if member == "StartDiscovery":
            if sender in self._discovering:
                raise Refusal(f"{ERROR}.InProgress", "Operation already in progress")
            self._discovering.add(sender)
            self.stalled = False
        elif member == "StopDiscovery":
            if sender not in self._discovering:
                raise Refusal(f"{ERROR}.Failed", "No discovery started")
            self._discovering.remove(sender)
        elif member == "RemoveDevice":
            device = self._known_device(message.body[0])
            device.paired = False
            self.remove(device)

    def _agent_call(self, member: str, message: Message) -> None:
        if member == "RegisterAgent":
            path, capability = message.body
            self.agents.append(capability)
            self.agent = (message.sender or "", path)
        elif member == "UnregisterAgent":
            self.agent = None

    # -- devices --------------------------------------------------------------------------------

    def _known_device(self, path: str) -> MockDevice:
        if path not in self._known:
            raise Refusal(UNKNOWN_OBJECT, f"no object at {path}")
        return self._devices[path]

    async def _device_call(self, member: str, device: MockDevice) -> None:
        if member == "Connect":
            await self._connect(device)
        elif member == "Disconnect":
            self.drop(device)
        elif member == "Pair":
            await self._pair(device)

    async def _connect(self, device: MockDevice) -> None:
        if device.hangs:
            await asyncio.Event().wait()
        if device.vanishes:
            self.remove(device)
            raise Refusal(UNKNOWN_OBJECT, "gone")
        device.connected = True
        self._changed(device.path, DEVICE, {"Connected": YES})
        service = f"{device.path}/service0010"
        self._added(service, {SERVICE: device.service_properties()})
        for number, characteristic in enumerate(device.characteristics, 0x11):
            characteristic.path = f"{service}/char{number:04x}"
            self._added(
                characteristic.path,
                {CHARACTERISTIC: characteristic.properties(service)},
            )
        if device.wants_bond and not device.paired:
            try:
                await self._pair(device)
            except Refusal:
                self.drop(device)  # as the kernel ends the link after a pairing that failed
                return
        self._changed(device.path, DEVICE, {"ServicesResolved": YES})

    async def _pair(self, device: MockDevice) -> None:
        self.pairs.append(self.agents[-1] if self.agent else None)
        if device.paired:
            raise Refusal(f"{ERROR}.AlreadyExists", "Already Exists")
        if not device.pairing_mode:
            raise Refusal(f"{ERROR}.AuthenticationRejected", "Authentication Rejected")
        if device.passkey is not None and await self._passkey(device) != device.passkey:
            raise Refusal(f"{ERROR}.AuthenticationFailed", "Authentication Failed")
        device.paired = True
        device.pairing_mode = False
        told = {"Paired": YES, "Bonded": YES}
        self._changed(device.path, DEVICE, told)

    async def _passkey(self, device: MockDevice) -> int | None:
        """What the agent says; its error is the end of the pairing."""
        reply = await self.ask_agent("RequestPasskey", "o", [device.path])
        if reply is None or reply.message_type is MessageType.ERROR:
            return None
        number: int = reply.body[0]
        return number

    async def ask_agent(self, member: str, signature: str, body: list[Any]) -> Message | None:
        """A question of bluetoothd to the agent that is registered; None when there is none."""
        if self.agent is None or self._bus is None:
            return None
        return await self._bus.call(
            Message(
                destination=self.agent[0],
                path=self.agent[1],
                interface="org.bluez.Agent1",
                member=member,
                signature=signature,
                body=body,
            )
        )

    def _characteristic_call(self, member: str, message: Message) -> tuple[str, list[Any]]:
        device, characteristic = next(
            (device, characteristic)
            for device in self._devices.values()
            for characteristic in device.characteristics
            if characteristic.path == message.path
        )
        if characteristic.bonded and not device.paired:
            raise Refusal(f"{ERROR}.NotPermitted", "Not paired")
        if member == "ReadValue":
            return "ay", [characteristic.value]
        if member == "WriteValue":
            if "write" not in characteristic.flags:
                raise Refusal(f"{ERROR}.NotPermitted", "Write not permitted")
            device.written(characteristic, bytes(message.body[0]))
        elif member in ("StartNotify", "StopNotify"):
            characteristic.notifying = member == "StartNotify"
            if characteristic.notifying:
                asyncio.get_running_loop().call_soon(device.subscribed, characteristic)
        return "", []

    # -- signals --------------------------------------------------------------------------------

    def _objects(self) -> dict[str, dict[str, Properties]]:
        found = {ADAPTER_PATH: {ADAPTER: adapter_properties(powered=self.powered)}}
        for path in self._known:
            found[path] = {DEVICE: self._devices[path].properties()}
        return found

    def _added(self, path: str, interfaces: dict[str, Properties]) -> None:
        self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def _removed(self, path: str, interfaces: list[str]) -> None:
        self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, interfaces])

    def _changed(self, path: str, interface: str, changed: Properties) -> None:
        body = [interface, changed, []]
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def _signal(self, path: str, interface: str, member: str, kind: str, body: list[Any]) -> None:
        if self._bus is not None:
            self._bus.send(Message.new_signal(path, interface, member, kind, body))


@asynccontextmanager
async def mock_bluez() -> AsyncIterator[MockBluez]:
    """A running mock; bleak's connection to it is closed at the end."""
    bluez = MockBluez()
    await bluez.start()
    try:
        yield bluez
    finally:
        await _let_go()
        await bluez.stop()


async def _let_go() -> None:
    """What bleak keeps: one connection for each event loop, for as long as that lives."""
    from bleak.backends.bluezdbus import manager  # noqa: PLC0415 (only where it was used)

    kept = manager._global_instances.pop(asyncio.get_running_loop(), None)
    if kept is not None and kept._bus is not None:
        kept._bus.disconnect()
        if kept._bus_watcher_task is not None:
            await asyncio.wait({kept._bus_watcher_task})
