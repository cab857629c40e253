"""Devices that a settings file brings into the home."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from edge.app.drivers import fault_of
from edge.config import Config, DeviceImport
from edge.domain import Device, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import BY_RADIO, Driver, Shape
from edge.errors import ConfigError, ConfigFault
from edge.home.silence import SILENT_AFTER_MS

# AES-128: BTHome v2's bind key.
KEY_BYTES = 16
# A topic's levels; what a broker would read as wildcards stays out.
TOPIC = re.compile(r"[A-Za-z0-9._:-]+(/[A-Za-z0-9._:-]+)*")
MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")


def devices_of(
    config: Config, known: frozenset[str] | None = None, file: str = "settings"
) -> list[Device]:
    """The devices that the settings file brings; raises ConfigError with every fault.

    Those that are `known` are the store's: their key files need not be there any more.
    None: the store was not asked, so nobody can say which lines have no device.
    """
    faults: list[ConfigFault] = []
    rows = [
        (f"device[{i}]", row)
        for i, row in enumerate(config.device)
        if known is None or row.id not in known
    ]
    devices = [device_of(config, row, where, faults) for where, row in rows]
    for (where, _), device in zip(rows, devices, strict=True):
        faults += [] if device is None else forgeable(device, where)
    faults += _line_faults(config, known)
    faults += _broker_faults(config)
    if faults:
        raise ConfigError([replace(fault, file=file) for fault in faults])
    return [device for device in devices if device is not None]


def device_of(
    config: Config, row: DeviceImport, where: str, faults: list[ConfigFault]
) -> Device | None:
    """One row as a device; its faults are added to `faults`, with None where nothing can be made.

    `where` is the row's key in the file, "" when there is no file.
    """
    at = f"{where}." if where else ""
    driver = DRIVERS.get(row.driver)
    if driver is None:
        mend = f"known: {', '.join(sorted(DRIVERS))}"
        faults.append(ConfigFault("settings", f"{at}driver", f"'{row.driver}'", mend))
        return None
    off = fault_of(config, driver)
    if off is not None:
        mend = f'write [drivers] enable = ["{row.driver}"] once that is decided'
        faults.append(ConfigFault("settings", f"{at}driver", off, mend))
        return None
    if row.role not in driver.roles:
        mend = f"{row.driver} can be: {', '.join(sorted(driver.roles))}"
        faults.append(ConfigFault("settings", f"{at}role", f"'{row.role}'", mend))
        return None
    return Device(
        id=row.id,
        driver=row.driver,
        role=row.role,
        address=_address(row, driver, f"{at}address", faults),
        label=row.label,
        room=row.room,
        person=row.person,
        silent_after_s=row.silent_after_s or _silence_s(driver, row.role),
        key=_key(row.key_file, f"{at}key_file", faults),
        wired=driver.shape not in BY_RADIO,
    )


def forgeable(device: Device, where: str) -> list[ConfigFault]:
    """An OK button whose word anybody on the street could send: what it lowers is a call."""
    if device.role is not Role.OK_BUTTON or device.key is not None or device.wired:
        return []
    wrong = f"'{device.id}' lowers a call, and without a key anybody could send its word"
    mend = "give it a key (--key-prompt, or key_file), or take a button on a wire"
    return [ConfigFault("settings", f"{where}.role", wrong, mend)]


def _address(row: DeviceImport, driver: Driver, where: str, faults: list[ConfigFault]) -> str:
    """A radio address as the scanner gives it; what is written for a device on a line as it stands.

    An appliance's is its serial number. An instrument tells none: there it is a label.
    """
    if driver.shape is Shape.MESSAGE:
        if TOPIC.fullmatch(row.address) is None:
            mend = 'write its topic without wildcards, for example "shellyplussmoke-b0b21c11bfa0"'
            faults.append(ConfigFault("settings", where, f"'{row.address}' is none", mend))
        return row.address
    if driver.shape not in BY_RADIO:
        return row.address
    address = row.address.upper().replace("-", ":")
    if MAC.fullmatch(address) is None:
        mend = 'write a radio address, for example "54:48:E6:8F:80:A5"'
        faults.append(ConfigFault("settings", where, f"'{row.address}' is none", mend))
    return address


# The table of the settings file that says where a device of this shape is wired.
_WIRED = {Shape.SERIAL: "serial", Shape.CONTACT: "contact", Shape.MODBUS: "modbus"}


def _line_faults(config: Config, known: frozenset[str] | None) -> list[ConfigFault]:
    """Lines of devices that have none, and wired devices without a line."""
    faults = []
    by_id = {row.id: DRIVERS.get(row.driver) for row in config.device}
    for shape, table in _WIRED.items():
        lines = [row.device for row in getattr(config, table)]
        for i, device in enumerate(lines):
            where = f"{table}[{i}].device"
            if known is not None and device not in by_id and device not in known:
                mend = "add a [[device]] with this id"
                faults.append(ConfigFault("settings", where, f"'{device}' is not enrolled", mend))
            driver = by_id.get(device)
            if driver is not None and driver.shape is not shape:
                wrong = f"'{device}' is heard by {_HEARD_BY[driver.shape]} ({driver.id})"
                mend = "take the line away, or give the device another driver"
                faults.append(ConfigFault("settings", where, wrong, mend))
        for i, row in enumerate(config.device):
            driver = by_id[row.id]
            if driver is not None and driver.shape is shape and row.id not in lines:
                wrong = f"'{row.id}' has no line and would never be heard"
                mend = f'add a [[{table}]] with device = "{row.id}"'
                faults.append(ConfigFault("settings", f"device[{i}].id", wrong, mend))
    return faults


_HEARD_BY = {
    Shape.ADVERT: "radio",
    Shape.GATT: "radio",
    Shape.SERIAL: "a serial line",
    Shape.CONTACT: "an input line",
    Shape.MODBUS: "a Modbus line",
    Shape.MESSAGE: "the local broker",
}


def _broker_faults(config: Config) -> list[ConfigFault]:
    """Devices of the local broker without one."""
    faults = []
    for i, row in enumerate(config.device):
        driver = DRIVERS.get(row.driver)
        if config.ingest is None and driver is not None and driver.shape is Shape.MESSAGE:
            wrong = f"'{row.id}' speaks over the local broker and would never be heard"
            mend = "add [ingest], the local broker"
            faults.append(ConfigFault("settings", f"device[{i}].id", wrong, mend))
    return faults


def _silence_s(driver: Driver, role: Role) -> int:
    """The shorter of what a device of this driver and one of this role may be quiet for.

    A device of the local broker has a rhythm of its own, whatever others of its role do: a Wi-Fi
    alarm sleeps for a day, a cloud tells of itself every quarter of an hour.
    """
    if driver.shape is Shape.MESSAGE:
        return driver.silent_after_s
    return min(driver.silent_after_s, SILENT_AFTER_MS[role] // 1000)


def _key(file: str | None, where: str, faults: list[ConfigFault]) -> Secret | None:
    if file is None:
        return None
    try:
        key = bytes.fromhex(Path(file).read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        mend = "the file holds the key as 32 hexadecimal digits"
        # ValueError would quote the key's characters: only its class is told.
        faults.append(
            ConfigFault("settings", where, f"{file} is unreadable ({type(error).__name__})", mend)
        )
        return None
    if len(key) != KEY_BYTES:
        faults.append(
            ConfigFault(
                "settings", where, f"{file} holds {len(key)} bytes", f"a key has {KEY_BYTES}"
            )
        )
        return None
    return Secret(key)
