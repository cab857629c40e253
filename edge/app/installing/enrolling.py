"""Checks what an installer wants to enrol, as the settings' import does: every fault, each mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from edge.app.imports import KEY_BYTES, device_of, forgeable
from edge.config import Config, DeviceImport
from edge.config.senses import senses
from edge.domain import Device, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Shape
from edge.errors import ConfigFault
from edge.home.state import DEVICES_MAX
from edge.settings import check

# Shapes of which the settings file says by which line they come.
_ON_A_LINE = {Shape.SERIAL: "serial", Shape.CONTACT: "contact", Shape.MODBUS: "modbus"}
# The table of the home's own broker, by which devices of messages are heard.
BROKER = "ingest"
# What stays as it is when a known device is told anew without it.
_KEPT = ("driver", "role", "address", "label", "room", "person")


class Wish(msgspec.Struct, frozen=True):
    """One device as it was asked for: the fields of a `[[device]]` row, and its key."""

    row: dict[str, Any]
    key: Secret | None = None


def wishes_of(given: object, *, where: str = "device") -> tuple[list[Wish], list[ConfigFault]]:
    """What came over the control socket: `[{"row": {...}, "key": "hex"}, ...]`."""
    wishes: list[Wish] = []
    faults: list[ConfigFault] = []
    for i, one in enumerate(given if isinstance(given, list) else []):
        row, digits = (one.get("row"), one.get("key")) if isinstance(one, dict) else (None, None)
        if not isinstance(row, dict):
            mend = "write each device as a [[device]] table"
            faults.append(ConfigFault("", f"{where}[{i}]", "is not a table", mend))
            row = {}
        key = None
        if digits is not None:
            key = _key(digits)
            if key is None:
                # The digits themselves are never told back.
                wrong, mend = "is not a key", f"a key has {KEY_BYTES * 2} hexadecimal digits"
                faults.append(ConfigFault("", f"{where}[{i}].key", wrong, mend))
        wishes.append(Wish(row, key))
    return wishes, faults


def _key(digits: object) -> Secret | None:
    try:
        raw = bytes.fromhex(digits) if isinstance(digits, str) else b""
    except ValueError:
        return None
    return Secret(raw) if len(raw) == KEY_BYTES else None


def planned(
    config: Config,
    wishes: Sequence[Wish],
    devices: Mapping[str, Device],
    *,
    merge: bool = False,
    file: str = "",
) -> tuple[list[Device], list[ConfigFault]]:
    """The devices to enrol, in order, or every fault of them.

    `merge`: what is not said of a known device stays as it is. A device that keeps driver and
    address keeps its key too when none is given: encryption never goes by an omission.
    """
    faults: list[ConfigFault] = []
    found: list[Device] = []
    rows = [_merged(w.row, devices) if merge else w.row for w in wishes]
    for i, (row, wish) in enumerate(zip(rows, wishes, strict=True)):
        where = f"device[{i}]"
        record, wrong = check(DeviceImport, row, "", where)
        faults += wrong
        device = None if record is None else device_of(config, record, where, faults)
        if device is not None:
            found.append(_keyed(device, wish.key, devices.get(device.id)))
            faults += forgeable(found[-1], where)
    faults += senses({"device": rows}, "")
    faults += _clashes(found, devices)
    return found, [replace(fault, file=file) for fault in faults]


def _merged(row: Mapping[str, Any], devices: Mapping[str, Device]) -> dict[str, Any]:
    known = devices.get(str(row.get("id")))
    if known is None:
        return dict(row)
    before = {name: getattr(known, name) for name in _KEPT}
    merged = {name: value for name, value in before.items() if value is not None} | dict(row)
    same = merged["driver"] == known.driver and merged["role"] == known.role
    if same and known.silent_after_s:
        merged.setdefault("silent_after_s", known.silent_after_s)
    return merged


def _keyed(device: Device, key: Secret | None, before: Device | None) -> Device:
    if key is None and before is not None:
        same = (before.driver, before.address) == (device.driver, device.address)
        key = before.key if same else None
    return device if key is None else msgspec.structs.replace(device, key=key)


def _clashes(found: Sequence[Device], devices: Mapping[str, Device]) -> list[ConfigFault]:
    """Addresses that a device outside of this list has, and one device too many."""
    faults = []
    new = {device.id for device in found}
    owners = {d.address: d.id for d in devices.values() if d.id not in new and d.address}
    for i, device in enumerate(found):
        owner = owners.get(device.address)
        if owner is not None:
            wrong = f"'{device.address}' is the address of '{owner}'"
            mend = f"give '{device.id}' its own, or first: kotivahti device remove {owner}"
            faults.append(ConfigFault("", f"device[{i}].address", wrong, mend))
    total = len(new | devices.keys())
    if total > DEVICES_MAX:
        wrong = f"would be {total} devices"
        faults.append(ConfigFault("", "device", wrong, f"a home has {DEVICES_MAX} at most"))
    return faults


def is_other_thing(before: Device, after: Device) -> bool:
    """Whether the name now means another device: what the driver knew of the former is void."""
    return (before.driver, before.address, before.key) != (after.driver, after.address, after.key)


def needs_line(device: Device, config: Config) -> str | None:
    """The table of the settings file that this device still needs to be heard, or None."""
    driver = DRIVERS.get(device.driver)
    if driver is not None and driver.shape is Shape.MESSAGE:
        return BROKER if getattr(config, BROKER, None) is None else None
    table = None if driver is None else _ON_A_LINE.get(driver.shape)
    return None if table is None or device.id in _lines(config, table) else table


def stands_in(config: Config, ident: str) -> list[str]:
    """The tables of the settings file that name this device."""
    tables = ["device"] if any(row.id == ident for row in config.device) else []
    return tables + [table for table in _ON_A_LINE.values() if ident in _lines(config, table)]


def _lines(config: Config, table: str) -> set[str]:
    rows = getattr(config, table, ())
    return {row.device for row in rows if hasattr(row, "device")}
