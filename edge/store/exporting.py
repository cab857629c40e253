"""The home's data as plain rows, in bounded pieces: which columns, says the register.

A piece never holds the store's thread for long, so an export delays no alarm. What came after
`marks` was asked is not in it; what is old may go meanwhile by retention, the oldest first.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from edge.domain import Instant, Record, Sync
from edge.home.moments import UNKNOWN, BootFact, When, when
from edge.store import boots
from edge.store.names import Names, instant_columns
from edge.store.register import INSTANT, Table, tables

# One piece is one line of the control socket, which has four times that; 200 rows hold the
# store's thread for 10 ms.
PIECE_BYTES_MAX = 64 * 1024
PIECE_ROWS_MAX = 200
# Names that stand in rows as numbers: table -> how `Names` knows them.
_INTERNED = {"device": "devices", "room": "rooms", "person": "persons"}


class Piece(Record, frozen=True, kw_only=True):
    """Rows as plain values; `after` is where the next piece begins, None after the last one."""

    rows: list[dict[str, Any]]
    after: list[Any] | None


def exported(file: str) -> list[str]:
    """The tables of a file of the export, in the register's order."""
    return [name for name, table in tables().items() if table.file == file]


def marks(connection: sqlite3.Connection, _names: Names) -> dict[str, int]:
    """The last row number of every exported table that counts its rows, at one moment."""
    found = {}
    for name, table in tables().items():
        key = _key(connection, name)
        if table.file and len(key) == 1:
            (last,) = connection.execute(f"SELECT max({key[0]}) FROM {name}").fetchone()  # noqa: S608
            found[name] = last if isinstance(last, int) else 0
    return found


def piece(
    connection: sqlite3.Connection,
    names: Names,
    name: str,
    after: Sequence[Any] | None,
    up_to: int | None,
) -> Piece:
    """The rows of a table behind the key `after`, up to the number `up_to` where there is one."""
    table, key = tables()[name], _key(connection, name)
    columns = [*key, *table.plain()]
    columns += [part for stem in _stems(table) for part in instant_columns(stem).split(", ")]
    places = ", ".join("?" * len(key))
    where, given = ["1"], []
    if after is not None:
        where.append(f"({', '.join(key)}) > ({places})")
        given += list(after)
    if up_to is not None:
        where.append(f"{key[0]} <= ?")
        given.append(up_to)
    found = connection.execute(
        f"SELECT {', '.join(columns)} FROM {name} WHERE {' AND '.join(where)} "  # noqa: S608
        f"ORDER BY {', '.join(key)} LIMIT ?",
        (*given, PIECE_ROWS_MAX + 1),
    )
    facts: dict[int, BootFact] = {}
    foreign = {one: one for one in _INTERNED}
    foreign |= {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list({name})")}
    rows: list[dict[str, Any]] = []
    size, last = 0, None
    for raw in found:
        row = _row(names, table, foreign, raw[len(key) :])
        if _is_undated(table, row):
            facts = facts or _facts(connection, names)
            row = _dated(table, row, facts, names)
        size += len(json.dumps(row))
        if rows and (size > PIECE_BYTES_MAX or len(rows) == PIECE_ROWS_MAX):
            return Piece(rows=rows, after=last)
        rows.append(row)
        last = list(raw[: len(key)])
    return Piece(rows=rows, after=None)


def _stems(table: Table) -> list[str]:
    return [stem for stem in table.instants if stem not in table.withheld]


def _key(connection: sqlite3.Connection, name: str) -> list[str]:
    """The columns of a table's primary key, in their order."""
    found = [(row[5], row[1]) for row in connection.execute(f"PRAGMA table_info({name})")]
    return [column for place, column in sorted(found) if place]


def _row(
    names: Names, table: Table, foreign: Mapping[str, str], raw: Sequence[Any]
) -> dict[str, Any]:
    """One row by column; `foreign` says which columns are numbers of another table's names."""
    plain = dict(zip(table.plain(), raw, strict=False))
    is_bool = plain.pop("is_bool", 0)
    row: dict[str, Any] = {}
    for column, value in plain.items():
        if value is None or column not in foreign:
            row[column] = bool(value) if column == "value" and is_bool else _told(column, value)
        elif foreign[column] == "kind":
            row["kind"], row["unit"], row["code"] = names.kinds.back[value]
        elif foreign[column] in _INTERNED and isinstance(value, int):
            row[column] = getattr(names, _INTERNED[foreign[column]]).back.get(value)
        else:
            row[column] = value
    rest = raw[len(table.plain()) :]
    for place, stem in enumerate(_stems(table)):
        row[stem] = _instant(rest[place * len(INSTANT) : (place + 1) * len(INSTANT)])
    return row


def _facts(connection: sqlite3.Connection, names: Names) -> dict[int, BootFact]:
    """What is known of each boot, by its number."""
    found = boots.facts(connection, names)
    return {key: found[ident] for ident, key in names.boots.items() if ident in found}


def _is_undated(table: Table, row: Mapping[str, Any]) -> bool:
    """Whether a moment of the row was noted while the clock was not set."""
    return any((row[stem] or {}).get("sync") == Sync.NONE.value for stem in _stems(table))


def _dated(
    table: Table, row: dict[str, Any], facts: Mapping[int, BootFact], names: Names
) -> dict[str, Any]:
    """The row with what is known by now beside what the clock said."""
    for stem in _stems(table):
        told = row[stem]
        if told is None or told["sync"] != Sync.NONE.value:
            continue
        raw = datetime.fromisoformat(told["time"])
        offset_min = int((raw.utcoffset() or timedelta()).total_seconds()) // 60
        at = Instant(
            boot=names.boots.back[told["boot"]],
            boottime_ms=told["boottime_ms"],
            wall_ms=round(raw.timestamp() * 1000),
            offset_min=offset_min,
            sync=Sync.NONE,
        )
        found = when(at, facts.get(told["boot"], UNKNOWN))
        row[stem] = {**told, "time": _found(found), "raw": told["time"]}
        if found.wall_ms is not None:
            row[stem]["error_ms"] = found.error_ms
    return row


def _found(found: When) -> str:
    """A moment, or the interval of ISO 8601 with `..` for an end that nobody knows."""
    if found.wall_ms is not None:
        return _iso(found.wall_ms, found.offset_min)
    ends = (found.after_ms, found.before_ms)
    return "/".join(".." if ms is None else _iso(ms, found.offset_min) for ms in ends)


def _iso(wall_ms: int, offset_min: int) -> str:
    zone = timezone(timedelta(minutes=offset_min))
    moment = datetime.fromtimestamp(wall_ms // 1000, UTC).astimezone(zone)
    return moment.replace(microsecond=wall_ms % 1000 * 1000).isoformat(timespec="milliseconds")


def _told(column: str, value: Any) -> Any:
    """JSON where a column holds JSON; bytes as base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if column == "body" and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _instant(parts: Sequence[Any]) -> dict[str, Any] | None:
    boot, boottime_ms, wall_ms, offset_min, sync = parts
    if boot is None:
        return None
    return {
        "time": _iso(wall_ms, offset_min),
        "sync": sync,
        "boot": boot,
        "boottime_ms": boottime_ms,
    }
