"""Devices that a settings file brings into the home."""

from __future__ import annotations

from pathlib import Path

from edge.config import Config
from edge.domain import Device, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Driver
from edge.errors import ConfigError, ConfigFault
from edge.home.silence import SILENT_AFTER_MS

# AES-128: BTHome v2's bind key.
KEY_BYTES = 16


def devices_of(config: Config, known: frozenset[str] = frozenset()) -> list[Device]:
    """The devices that the settings file brings; raises ConfigError with every fault.

    Those that are `known` are the store's: their key files need not be there any more.
    """
    faults: list[ConfigFault] = []
    devices = []
    for i, row in enumerate(config.device):
        if row.id in known:
            continue
        where = f"device[{i}]"
        driver = DRIVERS.get(row.driver)
        if driver is None:
            mend = f"known: {', '.join(sorted(DRIVERS))}"
            faults.append(ConfigFault("settings", f"{where}.driver", f"'{row.driver}'", mend))
            continue
        if row.role not in driver.roles:
            mend = f"{row.driver} can be: {', '.join(sorted(driver.roles))}"
            faults.append(ConfigFault("settings", f"{where}.role", f"'{row.role}'", mend))
            continue
        devices.append(
            Device(
                id=row.id,
                driver=row.driver,
                role=row.role,
                address=row.address,
                label=row.label,
                room=row.room,
                person=row.person,
                silent_after_s=row.silent_after_s or _silence_s(driver, row.role),
                key=_key(row.key_file, f"{where}.key_file", faults),
            )
        )
    if faults:
        raise ConfigError(faults)
    return devices


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
        faults.append(ConfigFault(file, where, f"unreadable ({type(error).__name__})", mend))
        return None
    if len(key) != KEY_BYTES:
        faults.append(ConfigFault(file, where, f"{len(key)} bytes", f"a key has {KEY_BYTES}"))
        return None
    return Secret(key)
