"""Faults between the keys of a settings file."""

from __future__ import annotations

import difflib
import zoneinfo

from edge.config.line import command_senses, mqtt_senses
from edge.config.wired import pager_senses, sounder_senses, wired_senses
from edge.errors import ConfigFault
from edge.kinds import KINDS


def senses(data: dict[str, object], file: str) -> list[ConfigFault]:
    """Faults between keys; looks at the raw tables so that it also speaks about a broken file."""
    faults: list[ConfigFault] = []

    def table(name: str) -> dict[str, object]:
        value = data.get(name)
        return value if isinstance(value, dict) else {}

    def rows(name: str) -> list[dict[str, object]]:
        value = data.get(name)
        return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []

    zone = table("gateway").get("zone", "Europe/Helsinki")
    if isinstance(zone, str) and zone not in zoneinfo.available_timezones():
        mend = 'write an IANA name, for example zone = "Europe/Helsinki"'
        faults.append(ConfigFault(file, "gateway.zone", f"'{zone}' is not a time zone", mend))
    if "mqtt" in data:  # without it, the schema has said so
        faults += mqtt_senses(table("mqtt"), file)
    faults += _ingest_senses(data.get("ingest"), file)
    faults += _device_senses(rows("device"), rows("serial"), file)
    faults += wired_senses(rows("serial"), rows("contact"), rows("modbus"), file)
    faults += pager_senses(table("pager"), rows("serial"), rows("contact"), rows("modbus"), file)
    faults += sounder_senses(data.get("sounder"), data, file)
    faults += _share_senses(rows("share"), file)
    keys = rows("command_key")
    faults += command_senses(keys, file)
    faults += _twice(keys, "command_key", "id", "give each key its own id", file)
    rules = table("rules")
    start, end = rules.get("day_from_min", 480), rules.get("day_until_min", 1320)
    if isinstance(start, int) and isinstance(end, int) and start >= end:
        wrong = f"the day begins at {start} and ends at {end}"
        faults.append(
            ConfigFault(file, "rules.day_from_min", wrong, "make day_from_min the smaller one")
        )
    night = rules.get("night_door")
    faults += _night_senses(night if isinstance(night, dict) else {}, file)
    return faults


def _night_senses(night: dict[str, object], file: str) -> list[ConfigFault]:
    """A night that has no hours."""
    faults = []
    start, end = night.get("from_min", 1320), night.get("until_min", 360)
    if isinstance(start, int) and start == end:
        wrong = f"the night begins and ends at {start}"
        mend = "give until_min another value; the night may go over midnight"
        faults.append(ConfigFault(file, "rules.night_door.until_min", wrong, mend))
    return faults


def _ingest_senses(ingest: object, file: str) -> list[ConfigFault]:
    """As of the broker upstream; without TLS unless it is asked for, so only on this machine."""
    if not isinstance(ingest, dict):
        return []
    faults = mqtt_senses({"tls": False, **ingest}, file, "ingest")
    found = ingest.get("satellite")
    rows = [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []
    mend = "give each satellite its own id"
    return faults + _twice(rows, "ingest.satellite", "id", mend, file)


def _share_senses(shares: list[dict[str, object]], file: str) -> list[ConfigFault]:
    faults = []
    for i, share in enumerate(shares):
        kinds = share.get("kinds")
        for kind in kinds if isinstance(kinds, list) else []:
            if isinstance(kind, str) and kind not in KINDS:
                close = difflib.get_close_matches(kind, KINDS, n=1)
                mend = f"did you mean '{close[0]}'?" if close else "see docs/developer.md"
                wrong = f"'{kind}' is no kind of observation"
                faults.append(ConfigFault(file, f"share[{i}].kinds", wrong, mend))
    return faults


def _device_senses(
    devices: list[dict[str, object]], lines: list[dict[str, object]], file: str
) -> list[ConfigFault]:
    faults = _twice(devices, "device", "id", "give each device its own id", file)
    faults += _twice(devices, "device", "address", "give each device its own address", file)
    by_name = [{} if line.get("port") == "auto" else line for line in lines]
    faults += _twice(by_name, "serial", "port", "one device per port", file)
    faults += _twice(lines, "serial", "device", "one port per device", file)
    return faults


def _twice(
    rows: list[dict[str, object]], table: str, key: str, mend: str, file: str
) -> list[ConfigFault]:
    """Rows that have the same `key`; a radio address is the same in every spelling."""
    faults = []
    seen: dict[str, int] = {}
    for i, row in enumerate(rows):
        value = row.get(key)
        if not isinstance(value, str):
            continue
        name = value.upper().replace("-", ":") if key == "address" else value
        if name in seen:
            wrong = f"'{value}' stands at {table}[{seen[name]}] already"
            faults.append(ConfigFault(file, f"{table}[{i}].{key}", wrong, mend))
        seen.setdefault(name, i)
    return faults
