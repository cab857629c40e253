"""Contacts and Modbus modules of the settings file, as loops of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from edge.app.drivers import is_urgent
from edge.app.house import House
from edge.config import Config, Contact, Modbus
from edge.domain import ALARM_ROLES, Device
from edge.drivers import shape_of
from edge.drivers.base import RegisterMeaning, Shape
from edge.events import Fault
from edge.transports.inputs.contact import ContactLines, ContactSettings
from edge.transports.inputs.input_port import LineName, line_name
from edge.transports.inputs.modbus import BusSettings, ModbusBus, ModuleSettings
from edge.transports.lanes import LaneQueue

# A stove guard's relay, a smoke alarm's and a cord that somebody holds: after an hour it is
# the contact or its wire, and a person must look. A door may stand open for a day.
HELD_MAX_S = 3600

Loop = tuple[str, Coroutine[Any, Any, None]]


def input_loops(
    house: House,
    queue: LaneQueue,
    on_fault: Callable[[Fault], None],
    beat: Callable[[str], None],
) -> list[Loop]:
    """One loop for each port with contacts and for each Modbus bus."""
    loops: list[Loop] = []
    for (port, gpio), contacts in _by_port(house).items():
        lines = ContactLines(
            port, contacts, queue, house.clock, gpio=gpio, on_fault=on_fault, beat=beat
        )
        loops.append((f"contact:{port}", lines.run()))
    modules = [row for row in house.config.modbus if _is_heard(house, row.device, Shape.MODBUS)]
    for port in dict.fromkeys(row.port for row in modules):
        rows = [row for row in modules if row.port == port]
        line = BusSettings(
            port=port, baud=rows[0].baud, parity=rows[0].parity, stop_bits=rows[0].stop_bits
        )
        settings = [_module(row, alarm=_is_alarm(house, row.device)) for row in rows]
        bus = ModbusBus(line, settings, queue, house.clock, on_fault=on_fault, beat=beat)
        loops.append((f"modbus:{port}", bus.run()))
    return loops


def input_ports(config: Config) -> tuple[str, ...]:
    """The ports of contacts, of Modbus buses and of the modem: no serial line's."""
    contacts = (line_name(row.line).port for row in config.contact)
    modem = [] if config.pager is None else [config.pager.port]
    return tuple(dict.fromkeys([*contacts, *(row.port for row in config.modbus), *modem]))


def _by_port(house: House) -> dict[tuple[str, bool], list[ContactSettings]]:
    found: dict[tuple[str, bool], list[ContactSettings]] = {}
    for row in house.config.contact:
        if not _is_heard(house, row.device, Shape.CONTACT):
            continue
        name = line_name(row.line)
        device = house.devices[row.device]
        found.setdefault((name.port, name.gpio), []).append(_contact(row, name, device))
    return found


def _is_heard(house: House, device: str, shape: Shape) -> bool:
    """False for a row of a device that was removed, or whose driver is not there any more."""
    return device in house.devices and shape_of(house.devices[device]) is shape


def _is_alarm(house: House, device: str) -> bool:
    return is_urgent(house.devices[device])


def _contact(row: Contact, name: LineName, device: Device) -> ContactSettings:
    held_max_s = row.held_max_s
    if held_max_s is None:
        # Water may stand for hours; what else alarms for an hour is the contact or its wire.
        held_max_s = HELD_MAX_S if device.role in ALARM_ROLES else 0
    return ContactSettings(
        device=row.device,
        line=name.line,
        rest_line=None if row.rest_line is None else line_name(row.rest_line).line,
        opens=row.active == "open",
        debounce_ms=row.debounce_ms,
        pull=row.pull,
        held_max_s=held_max_s or None,
        alarm=is_urgent(device),
    )


def _module(row: Modbus, *, alarm: bool) -> ModuleSettings:
    inputs = {int(channel): kind for channel, kind in row.inputs.items()}
    registers = {int(channel): register for channel, register in row.registers.items()}
    channels = range(max(inputs, default=-1) + 1)
    return ModuleSettings(
        device=row.device,
        unit=row.unit,
        inputs=tuple(inputs.get(channel) for channel in channels),
        opens=tuple(channel in row.opens for channel in channels),
        meanings=tuple(
            RegisterMeaning(
                kind=register.kind,
                scale=register.scale,
                signed=register.signed,
                absent=register.absent,
            )
            if (register := registers.get(channel)) is not None
            else None
            for channel in range(max(registers, default=-1) + 1)
        ),
        poll_ms=round(row.poll_s * 1000),
        alarm=alarm,
    )
