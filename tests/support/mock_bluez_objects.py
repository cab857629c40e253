"""The objects of a mocked BlueZ: a device in the air, its characteristics, the adapter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dbus_fast import Variant

if TYPE_CHECKING:
    from collections.abc import Callable

ADAPTER_PATH = "/org/bluez/hci0"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
AGENT_MANAGER = "org.bluez.AgentManager1"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
ERROR = "org.bluez.Error"
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"

YES = Variant("b", True)  # noqa: FBT003 (D-Bus has no names for its booleans)
NO = Variant("b", False)  # noqa: FBT003

Properties = dict[str, Variant]


class Refusal(Exception):  # noqa: N818 (BlueZ's answer, not a fault of the mock)
    """An error reply."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.text = text


@dataclass
class MockCharacteristic:
    uuid: str
    flags: list[str]
    value: bytes = b""
    bonded: bool = False  # "Not paired" without a bond
    path: str = ""
    notifying: bool = False

    def properties(self, service: str) -> Properties:
        return {
            "UUID": Variant("s", self.uuid),
            "Service": Variant("o", service),
            "Flags": Variant("as", self.flags),
            "MTU": Variant("q", 247),
        }


@dataclass
class MockDevice:
    """One device in the air. `subscribed` and `written` are what it does when it is asked."""

    address: str
    name: str = "Device"
    service: str = "00001810-0000-1000-8000-00805f9b34fb"
    characteristics: list[MockCharacteristic] = field(default_factory=list)
    passkey: int | None = None
    pairing_mode: bool = True
    vanishes: bool = False  # when somebody connects: its object is gone before the link is there
    wants_bond: bool = False  # bluetoothd reads a closed value while it connects, so it pairs then
    hangs: bool = False  # when somebody connects: never an answer
    paired: bool = False
    connected: bool = False
    subscribed: Callable[[MockCharacteristic], None] = lambda _: None
    written: Callable[[MockCharacteristic, bytes], None] = lambda _c, _v: None

    @property
    def path(self) -> str:
        return f"{ADAPTER_PATH}/dev_{self.address.replace(':', '_')}"

    def properties(self) -> Properties:
        return {
            "Address": Variant("s", self.address),
            "Adapter": Variant("o", ADAPTER_PATH),
            "Alias": Variant("s", self.name),
            "Name": Variant("s", self.name),
            "UUIDs": Variant("as", [self.service]),
            "Paired": Variant("b", self.paired),
            "Bonded": Variant("b", self.paired),
            "Connected": Variant("b", self.connected),
            "ServicesResolved": Variant("b", self.connected),
        }

    def service_properties(self) -> Properties:
        return {
            "UUID": Variant("s", self.service),
            "Device": Variant("o", self.path),
            "Primary": YES,
        }


def adapter_properties(*, powered: bool) -> Properties:
    return {
        "Address": Variant("s", "00:00:5E:00:53:01"),
        "Powered": Variant("b", powered),
        "Roles": Variant("as", ["central", "peripheral"]),
    }
