"""The BlueZ radio as far as it goes without a bus: what reaches the callback, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.transports.ble.backends import open_radio
from edge.transports.ble.bluez import BluezRadio, ForgetfulScanner

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

ADDRESS = "C4:11:22:33:44:01"
PATH = "/org/bluez/hci0/dev_C4_11_22_33_44_01"
PROPERTIES: dict[str, Any] = {
    "Address": ADDRESS,
    "Alias": "Tag",
    "Name": "Tag",
    "ManufacturerData": {0x0499: bytearray(b"\x05\x12")},
    "ServiceData": {"0000fcd2-0000-1000-8000-00805f9b34fb": bytearray(b"\x40")},
    "RSSI": -71,
}


def test_a_property_change_reaches_the_callback_and_is_forgotten() -> None:
    """bleak's list of everybody it saw stays empty: other people's addresses are not ours."""  # noqa: D403
    heard: list[tuple[BLEDevice, AdvertisementData]] = []
    scanner = BluezRadio("hci0").scanner(lambda found, said: heard.append((found, said)))
    backend = scanner._backend
    assert isinstance(backend, ForgetfulScanner)
    backend._handle_advertising_data(PATH, PROPERTIES)  # type: ignore[arg-type]
    (found, said) = heard[0]
    assert (found.address, found.details["path"]) == (ADDRESS, PATH)
    assert said.manufacturer_data == {0x0499: b"\x05\x12"}
    assert said.rssi == -71
    assert scanner.discovered_devices == []
    backend._handle_device_removed(PATH)


def test_the_adapter_of_the_configuration_is_the_one_that_is_used() -> None:
    """A gateway with two adapters scans with the one that its file names."""
    radio = open_radio("bluez", "hci1")
    scanner = radio.scanner(lambda _found, _said: None)
    assert isinstance(scanner._backend, ForgetfulScanner)
    assert scanner._backend._adapter == "hci1"
    assert radio.name == "bluez:hci1"
