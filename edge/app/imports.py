"""Devices that a settings file brings into the home."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from edge.config import Config, DeviceImport
from edge.domain import Device, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import BY_RADIO, Driver, Shape
from edge.errors import ConfigError, ConfigFault
from edge.home.silence import SILENT_AFTER_MS

# AES-128: BTHome v2's bind key.
KEY_BYTES = 16
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
    devices = [device_of(row, where, faults) for where, row in rows]
    faults += _line_faults(config, known)
    if faults:
        raise ConfigError([replace(fault, file=file) for fault in faults])
    return [device for device in devices if device is not None]


def device_of(row: DeviceImport, where: str, faults: list[ConfigFault]) -> Device | None:
    """One row as a device; its faults are added to `faults`, with None where nothing can be made.

    `where` is the row's key in the file, "" when there is no file.
    """
    at = f"{where}." if where else ""
    driver = DRIVERS.get(row.driver)
    if driver is None:
        mend = f"known: {', '.join(sorted(DRIVERS))}"
        faults.append(ConfigFault("settings", f"{at}driver", f"'{row.driver}'", mend))
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


def _address(row: DeviceImport, driver: Driver, where: str, faults: list[ConfigFault]) -> str:
    """A radio address as the scanner gives it; the serial number of an appliance as it stands."""
    if driver.shape is Shape.SERIAL:
        return row.address
    address = row.address.upper().replace("-", ":")
    if MAC.fullmatch(address) is None:
        mend = 'write a radio address, for example "54:48:E6:8F:80:A5"'
        faults.append(ConfigFault("settings", where, f"'{row.address}' is none", mend))
    return address


def _line_faults(config: Config, known: frozenset[str] | None) -> list[ConfigFault]:
    """Serial lines of devices that have none, and appliances without a line."""
    faults = []
    by_id = {row.id: DRIVERS.get(row.driver) for row in config.device}
    lines = {row.device for row in config.serial}
    for i, line in enumerate(config.serial):
        if known is not None and line.device not in by_id and line.device not in known:
            mend = "add a [[device]] with this id"
            wrong = f"'{line.device}' is not enrolled"
            faults.append(ConfigFault("settings", f"serial[{i}].device", wrong, mend))
        driver = by_id.get(line.device)
        if driver is not None and driver.shape is not Shape.SERIAL:
            wrong = f"'{line.device}' speaks by radio ({driver.id})"
            mend = "take the line away, or give the device another driver"
            faults.append(ConfigFault("settings", f"serial[{i}].device", wrong, mend))
    for i, row in enumerate(config.device):
        driver = by_id[row.id]
        if driver is not None and driver.shape is Shape.SERIAL and row.id not in lines:
            wrong = f"'{row.id}' has no line and would never be heard"
            mend = f'add a [[serial]] with device = "{row.id}"'
            faults.append(ConfigFault("settings", f"device[{i}].id", wrong, mend))
    return faults


def _silence_s(driver: Driver, role: Role) -> int:
    """The shorter of what a device of this driver and one of this role may be quiet for."""
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
