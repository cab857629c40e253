"""Devices and their history: who was enrolled as what, where, from when until when."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from edge.domain import Device, Instant, Role, Secret
from edge.store.names import Names

_COLUMNS = "driver, role, address, label, room, person, silent_after_s, secret, wired"


def enrol(
    connection: sqlite3.Connection, names: Names, devices: Iterable[Device], at: Instant
) -> None:
    """Put devices in force; one that is in force as it is now stays as it is.

    A change ends the enrolment before it. A device of another driver, address or
    key is another thing under the same name: its driver state is forgotten.
    """
    for device in devices:
        before = in_force(connection, names, device.id)
        if before == device:
            continue
        if before is not None:
            _end(connection, names, device.id, at)
            if _thing(before) != _thing(device):
                _forget(connection, device.id)
        connection.execute(
            "INSERT INTO enrolment (device, driver, role, address, label, room, person, "
            "silent_after_s, secret, wired, enrolled_boot, enrolled_boottime_ms, enrolled_wall_ms, "
            "enrolled_offset_min, enrolled_sync) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                names.devices[device.id],
                *(device.driver, device.role.value, device.address, device.label),
                *(names.room(device.room), names.person(device.person), device.silent_after_s),
                None if device.key is None else device.key.reveal(),
                int(device.wired),
                *names.moment(at),
            ),
        )


def remove(connection: sqlite3.Connection, names: Names, ids: Iterable[str], at: Instant) -> None:
    """End enrolments. Observations and history stay; key and driver state are wiped."""
    for ident in ids:
        _end(connection, names, ident, at)
        _forget(connection, ident)


def _thing(device: Device) -> tuple[str, str, Secret | None]:
    return device.driver, device.address, device.key


def _end(connection: sqlite3.Connection, names: Names, ident: str, at: Instant) -> None:
    connection.execute(
        "UPDATE enrolment SET secret = NULL, removed_boot = ?, removed_boottime_ms = ?, "
        "removed_wall_ms = ?, removed_offset_min = ?, removed_sync = ? "
        "WHERE device = (SELECT key FROM device WHERE id = ?) AND removed_boot IS NULL",
        (*names.moment(at), ident),
    )


def _forget(connection: sqlite3.Connection, ident: str) -> None:
    connection.execute(
        "DELETE FROM driver_state WHERE device = (SELECT key FROM device WHERE id = ?)", (ident,)
    )


def in_force(connection: sqlite3.Connection, names: Names, ident: str) -> Device | None:
    row = connection.execute(
        f"SELECT device, {_COLUMNS} FROM enrolment "  # noqa: S608 (constants)
        "WHERE device = (SELECT key FROM device WHERE id = ?) AND removed_boot IS NULL",
        (ident,),
    ).fetchone()
    return None if row is None else _device(names, row)


def all_in_force(connection: sqlite3.Connection, names: Names) -> list[Device]:
    rows = connection.execute(
        f"SELECT device, {_COLUMNS} FROM enrolment "  # noqa: S608 (constants)
        "WHERE removed_boot IS NULL ORDER BY device"
    )
    return [_device(names, row) for row in rows.fetchall()]


def ever(connection: sqlite3.Connection) -> frozenset[str]:
    """Every device that was enrolled at any time."""
    rows = connection.execute(
        "SELECT DISTINCT device.id FROM enrolment JOIN device ON device.key = enrolment.device"
    )
    return frozenset(ident for (ident,) in rows.fetchall())


def _device(names: Names, row: Sequence[Any]) -> Device:
    key, driver, role, address, label, room, person, silent_after_s, secret, wired = row
    return Device(
        id=names.devices.back[key],
        driver=driver,
        role=Role(role),
        address=address,
        label=label,
        room=None if room is None else names.rooms.back[room],
        person=None if person is None else names.persons.back[person],
        silent_after_s=silent_after_s,
        key=None if secret is None else Secret(secret),
        wired=bool(wired),
    )
