"""Faults between the keys of contacts, Modbus modules, serial lines and the modem."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from edge.errors import ConfigFault
from edge.kinds import KINDS, SWITCHED_KINDS

Row = dict[str, object]


def wired_senses(
    serial: list[Row], contacts: list[Row], modules: list[Row], file: str
) -> list[ConfigFault]:
    """Looks at the raw tables, so that it also speaks about a broken file."""
    return [
        *_contacts(contacts, file),
        *_shared_ports(serial, contacts, modules, file),
        *_buses(modules, file),
        *(fault for i, row in enumerate(modules) for fault in _module(row, f"modbus[{i}]", file)),
    ]


def pager_senses(
    pager: Row, serial: list[Row], contacts: list[Row], modules: list[Row], file: str
) -> list[ConfigFault]:
    """The modem has a port of its own."""
    port = pager.get("port")
    if not isinstance(port, str):
        return []
    owners = [f"serial[{i}]" for i, row in enumerate(serial) if port in _ports(row.get("port"))]
    owners += [f"modbus[{i}]" for i, row in enumerate(modules) if row.get("port") == port]
    for i, row in enumerate(contacts):
        line = row.get("line")
        owners += [f"contact[{i}]"] if isinstance(line, str) and port_of(line) == port else []
    mend = "give the modem a port of its own"
    wrong = f"'{port}' carries the data of"
    return [ConfigFault(file, "pager.port", f"{wrong} {owner}", mend) for owner in owners[:1]]


def _ports(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _contacts(contacts: list[Row], file: str) -> Iterator[ConfigFault]:
    used: dict[str, str] = {}
    for i, row in enumerate(contacts):
        for key in ("line", "rest_line"):
            line, where = row.get(key), f"contact[{i}].{key}"
            if isinstance(line, str) and line in used:
                wrong = f"'{line}' stands at {used[line]} already"
                yield ConfigFault(file, where, wrong, "give each contact its own line")
            if isinstance(line, str):
                used.setdefault(line, where)
        line, rest = row.get("line"), row.get("rest_line")
        if not isinstance(line, str) or not isinstance(rest, str):
            continue
        if port_of(line) != port_of(rest):
            wrong = "is not on the port of its line"
            mend = "wire both contacts of the relay to one adapter or one GPIO chip"
            yield ConfigFault(file, f"contact[{i}].rest_line", wrong, mend)
        if row.get("active") == "open":
            wrong = "'open', although the contact at rest has a line of its own"
            mend = 'write active = "closed": line closes in alarm, rest_line is closed at rest'
            yield ConfigFault(file, f"contact[{i}].active", wrong, mend)
    yield from _once(contacts, "contact", "device", "one line per device", file)


def port_of(line: str) -> str:
    """The device file of an input line."""
    return line.removeprefix("gpio:").rpartition(":")[0]


def _shared_ports(
    serial: list[Row], contacts: list[Row], modules: list[Row], file: str
) -> Iterator[ConfigFault]:
    """A port carries one appliance, or one bus, or contacts."""
    owner: dict[str, str] = {}
    for i, row in enumerate(serial):
        port = row.get("port")
        if isinstance(port, str):
            owner.setdefault(port, f"serial[{i}]")
    for i, row in enumerate(modules):
        port, where = row.get("port"), f"modbus[{i}]"
        if isinstance(port, str) and owner.setdefault(port, where).startswith("serial"):
            wrong = f"'{port}' carries the data of {owner[port]}"
            yield ConfigFault(file, f"{where}.port", wrong, "give the bus a port of its own")
    for i, row in enumerate(contacts):
        line = row.get("line")
        port = port_of(line) if isinstance(line, str) else None
        if isinstance(port, str) and port in owner:
            wrong = f"'{port}' carries the data of {owner[port]}"
            mend = "give the contact an adapter of its own, or a GPIO line"
            yield ConfigFault(file, f"contact[{i}].line", wrong, mend)


def sounder_senses(sounder: object, data: dict[str, object], file: str) -> Iterator[ConfigFault]:
    """A sounder that makes no sound, a hook that a shell would have to find, a port used twice."""
    if not isinstance(sounder, dict):
        return
    line = sounder.get("line")
    if not line and not sounder.get("hook") and not sounder.get("ask"):
        mend = 'name an output line, for example line = "/dev/serial/by-id/...:rts", or a hook'
        yield ConfigFault(file, "sounder", "has neither line nor hook", mend)
    for key in ("hook", "ask"):
        argv = sounder.get(key)
        first = argv[0] if isinstance(argv, list) and argv else None
        if isinstance(first, str) and not first.startswith("/"):
            wrong = f"'{first}' is no absolute path"
            mend = 'write "/usr/local/bin/..."; no shell runs'
            yield ConfigFault(file, f"sounder.{key}", wrong, mend)
    if isinstance(line, str):
        yield from _lonely(line.rpartition(":")[0], data, file)


def _lonely(port: str, data: dict[str, object], file: str) -> Iterator[ConfigFault]:
    """Whoever opens a port moves its output lines: a sounder's adapter is for nothing else."""
    for table, key in (("serial", "port"), ("modbus", "port"), ("contact", "line")):
        rows = data.get(table)
        for i, row in enumerate(rows if isinstance(rows, list) else []):
            used = row.get(key) if isinstance(row, dict) else None
            used = port_of(used) if table == "contact" and isinstance(used, str) else used
            if used == port or (isinstance(used, list) and port in used):
                wrong = f"'{port}' is the port of {table}[{i}]"
                mend = "give the sounder an adapter of its own"
                yield ConfigFault(file, "sounder.line", wrong, mend)


def _buses(modules: list[Row], file: str) -> Iterator[ConfigFault]:
    """Modules on one port share its speed, and differ by their address."""
    first: dict[object, int] = {}
    units: dict[tuple[object, object], int] = {}
    for i, row in enumerate(modules):
        port, unit = row.get("port"), row.get("unit")
        if not isinstance(port, str):
            continue
        other = modules[first.setdefault(port, i)]
        for key, usual in (("baud", 9600), ("parity", "N"), ("stop_bits", 1)):
            if row.get(key, usual) != other.get(key, usual):
                wrong = f"differs from modbus[{first[port]}] on the same port"
                yield ConfigFault(file, f"modbus[{i}].{key}", wrong, f"give both the same {key}")
        if isinstance(unit, int) and units.setdefault((port, unit), i) != i:
            wrong = f"{unit} is modbus[{units[port, unit]}] on the same port already"
            yield ConfigFault(file, f"modbus[{i}].unit", wrong, "set another address at the module")
    yield from _once(modules, "modbus", "device", "one module per device", file)


def _module(row: Row, where: str, file: str) -> Iterator[ConfigFault]:
    inputs, registers = _table(row, "inputs"), _table(row, "registers")
    if not inputs and not registers:
        mend = 'name what is wired, for example inputs = { 0 = "smoke" }'
        yield ConfigFault(file, where, "has neither inputs nor registers", mend)
    kinds: dict[object, str] = {}
    for key, kind in inputs.items():
        at = f"{where}.inputs.{key}"
        yield from _kind(kind, SWITCHED_KINDS, "nothing that an input can say", at, file)
        yield from _second(kind, kinds, at, file)
    for key, register in registers.items():
        kind = register.get("kind") if isinstance(register, dict) else None
        at = f"{where}.registers.{key}"
        measured = KINDS.keys() - SWITCHED_KINDS
        yield from _kind(kind, measured, "nothing that a register measures", at, file)
        yield from _second(kind, kinds, at, file)
    opens = row.get("opens")
    for channel in opens if isinstance(opens, list) else []:
        if str(channel) not in inputs:
            wrong, mend = f"{channel} is no input of the module", "name it in inputs as well"
            yield ConfigFault(file, f"{where}.opens", wrong, mend)


def _table(row: Row, key: str) -> Row:
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def _kind(
    kind: object, fitting: Iterable[str], what: str, at: str, file: str
) -> Iterator[ConfigFault]:
    fitting = sorted(fitting)
    if not isinstance(kind, str) or kind in fitting:
        return
    close = difflib.get_close_matches(kind, fitting, n=1)
    mend = f"did you mean '{close[0]}'?" if close else f"for example '{fitting[0]}'"
    yield ConfigFault(file, at, f"'{kind}' is {what}", mend)


def _second(kind: object, kinds: dict[object, str], at: str, file: str) -> Iterator[ConfigFault]:
    """A device says one thing of each kind: two smoke relays on two inputs would contradict."""
    if not isinstance(kind, str):
        return
    if kind in kinds:
        wrong = f"'{kind}' is {kinds[kind]} already"
        mend = "wire contacts of one kind to one input, or take a second module"
        yield ConfigFault(file, at, wrong, mend)
    kinds.setdefault(kind, at)


def _once(rows: list[Row], table: str, key: str, mend: str, file: str) -> Iterator[ConfigFault]:
    seen: dict[object, int] = {}
    for i, row in enumerate(rows):
        value = row.get(key)
        if isinstance(value, str) and seen.setdefault(value, i) != i:
            wrong = f"'{value}' stands at {table}[{seen[value]}] already"
            yield ConfigFault(file, f"{table}[{i}].{key}", wrong, mend)
