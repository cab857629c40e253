"""Recorded levels with room labels, from CSV: `rssi.csv`, `truth.csv`, `adjacency.csv`.

The format is in docs/locator.md. A bad row is named and left out; a file that gives nothing
usable is a ConfigError with its mend.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from edge.errors import ConfigError, ConfigFault
from edge.locating import WINDOW_MS, Sighting

# Larger numbers of time are milliseconds: as seconds they would lie after the year 5000.
MILLISECONDS_FROM = 1e11
# What is written where nothing was heard: 100 in most Wi-Fi sets, -200 in some.
NOT_HEARD_FROM_DBM = 20.0
NOT_HEARD_BELOW_DBM = -120.0
# A longer session is a mistaken clock, and would be walked through window by window.
SESSION_MAX_MS = 14 * 86_400_000
# Faults that are told; a wrong column would tell one for every row.
TOLD_MAX = 20
RSSI = ("time", "session", "tag", "receiver", "rssi")
TRUTH = ("time", "session", "room")


@dataclass
class Session:
    """One recording: receptions in order, and from when on which room ("" where not labelled)."""

    name: str
    sightings: list[Sighting] = field(default_factory=list)
    rooms: list[tuple[int, str]] = field(default_factory=list)
    begin_ms: int = 0
    end_ms: int = 0

    def room_at(self, at_ms: int) -> str:
        found = bisect_right(self.rooms, at_ms, key=lambda row: row[0]) - 1
        return self.rooms[found][1] if found >= 0 else ""

    def time_in_rooms(self, from_ms: int, until_ms: int) -> dict[str, int]:
        """Milliseconds in each room, with "" for those without a label."""
        spent: dict[str, int] = {}
        at = bisect_right(self.rooms, from_ms, key=lambda row: row[0]) - 1
        begin = from_ms
        while begin < until_ms:
            room = self.rooms[at][1] if at >= 0 else ""
            end = self.rooms[at + 1][0] if at + 1 < len(self.rooms) else until_ms
            end = min(max(end, begin), until_ms)
            spent[room] = spent.get(room, 0) + end - begin
            begin, at = end, at + 1
        return spent


@dataclass
class Recording:
    """What a folder holds. `faults` are the first of the rows that were left out."""

    sessions: dict[str, Session]
    receivers: tuple[str, ...]
    neighbours: Mapping[str, frozenset[str]] | None
    skipped: int
    faults: list[str]


def read(folder: Path) -> Recording:
    """Every session that has levels and labels, in the order of their names."""
    reader = _Reader()
    heard: dict[str, list[Sighting]] = {}
    path = folder / "rssi.csv"
    for line, row in reader.rows(path, RSSI):
        sighting = reader.sighting(path, line, row)
        if sighting is not None:
            heard.setdefault(row["session"], []).append(sighting)
    truth: dict[str, list[tuple[int, str]]] = {}
    path = folder / "truth.csv"
    for line, row in reader.rows(path, TRUTH):
        at_ms = reader.time_ms(path, line, row["time"])
        if at_ms is not None:
            truth.setdefault(row["session"], []).append((at_ms, row["room"]))
    both = sorted(heard.keys() & truth.keys())
    if not both:
        wrong = f"no session has levels and labels ({len(heard)} and {len(truth)} sessions)"
        mend = "name the sessions alike in rssi.csv and truth.csv"
        raise ConfigError([ConfigFault(str(folder), "session", wrong, mend), *reader.as_faults()])
    sessions = {name: _session(folder, name, heard[name], truth[name]) for name in both}
    receivers = {one.receiver for session in sessions.values() for one in session.sightings}
    return Recording(
        sessions=sessions,
        receivers=tuple(sorted(receivers)),
        neighbours=_neighbours(reader, folder / "adjacency.csv"),
        skipped=reader.skipped,
        faults=reader.faults,
    )


def _session(
    folder: Path, name: str, sightings: list[Sighting], truth: list[tuple[int, str]]
) -> Session:
    sightings.sort(key=lambda one: one.at_ms)
    truth.sort()
    begin = min(sightings[0].at_ms, truth[0][0])
    end = max(sightings[-1].at_ms, truth[-1][0]) + 1
    if end - begin > SESSION_MAX_MS:
        wrong = f"session {name!r} lasts {(end - begin) / 86_400_000:.0f} days"
        mend = "use one clock in both files, and a session a recording"
        raise ConfigError([ConfigFault(str(folder), "time", wrong, mend)])
    rooms = _held(truth)
    if rooms[-1][1] == "":
        end = max(sightings[-1].at_ms + 1, rooms[-1][0])
    return Session(name=name, sightings=sightings, rooms=rooms, begin_ms=begin, end_ms=end)


def _held(truth: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Rows of truth as a log of changes; samples hold for a while only, then nothing is known."""
    spaces = sorted(b[0] - a[0] for a, b in pairwise(truth))
    repeats = sum(a[1] == b[1] for a, b in pairwise(truth))
    if not spaces or 2 * repeats <= len(spaces):
        return list(truth)
    hold = max(2 * spaces[len(spaces) // 2], WINDOW_MS)
    found: list[tuple[int, str]] = []
    for at, (at_ms, room) in enumerate(truth):
        if not found or found[-1][1] != room:
            found.append((at_ms, room))
        following = truth[at + 1][0] if at + 1 < len(truth) else math.inf
        if following - at_ms > hold and room:
            found.append((at_ms + hold, ""))
    return found


def _neighbours(reader: _Reader, path: Path) -> Mapping[str, frozenset[str]] | None:
    """Pairs of rooms with a door between them: the first two columns, whatever their names."""
    if not path.is_file():
        return None
    found: dict[str, set[str]] = {}
    for line, row in reader.rows(path, ()):
        pair = list(row.values())[:2]
        if len(pair) != 2 or not all(pair):  # noqa: PLR2004 (a pair)
            reader.fault(path, line, "two rooms are asked for")
            continue
        found.setdefault(pair[0], set()).add(pair[1])
        found.setdefault(pair[1], set()).add(pair[0])
    return {room: frozenset(near) for room, near in found.items()}


class _Reader:
    """Reads rows and keeps count of those that were left out."""

    def __init__(self) -> None:
        self.skipped = 0
        self.faults: list[str] = []

    def as_faults(self) -> list[ConfigFault]:
        return [ConfigFault("rows", "", text, "mend them") for text in self.faults]

    def fault(self, path: Path, line: int, text: str) -> None:
        self.skipped += 1
        if len(self.faults) < TOLD_MAX:
            self.faults.append(f"{path.name}:{line}: {text}; row left out")

    def rows(self, path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
        """Line and cells of each row, by column name in lower case."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                head = file.readline()
                sign = ";" if head.count(";") > head.count(",") else ","
                names = [one.strip().strip('"').lower() for one in head.split(sign)]
                names = [n if n not in names[:at] else f"{n} {at}" for at, n in enumerate(names)]
                missing = [name for name in needed if name not in names]
                if missing:
                    wrong = f"no column {', '.join(missing)}"
                    mend = f"the first line names {', '.join(needed)} in any order"
                    raise ConfigError([ConfigFault(str(path), "line 1", wrong, mend)])
                cells = csv.reader(file, delimiter=sign)
                while True:
                    try:
                        row = next(cells)
                    except StopIteration:
                        return
                    except csv.Error as error:
                        self.fault(path, cells.line_num + 1, str(error))
                        continue
                    line = cells.line_num + 1
                    if not row:
                        continue
                    if len(row) < len(names):
                        self.fault(path, line, f"{len(row)} cells, {len(names)} columns")
                        continue
                    found = dict(zip(names, (one.strip() for one in row), strict=False))
                    yield line, _points(found) if sign == ";" else found
        except (OSError, UnicodeDecodeError) as error:
            wrong = getattr(error, "strerror", None) or str(error)
            mend = "a text file in UTF-8, as in docs/locator.md"
            raise ConfigError([ConfigFault(str(path), "(file)", wrong, mend)]) from error

    def sighting(self, path: Path, line: int, row: Mapping[str, str]) -> Sighting | None:
        """One reception, or None where nothing was heard or the row is bad."""
        at_ms = self.time_ms(path, line, row["time"])
        if at_ms is None:
            return None
        text = row["rssi"]
        try:
            level = float(text) if text else math.nan
        except ValueError:
            self.fault(path, line, f"rssi {text[:20]!r} is no number")
            return None
        if not NOT_HEARD_BELOW_DBM <= level < NOT_HEARD_FROM_DBM or level == 0.0:
            return None
        return Sighting(receiver=row["receiver"], rssi_dbm=round(level), at_ms=at_ms)

    def time_ms(self, path: Path, line: int, text: str) -> int | None:
        """Milliseconds of a time in seconds, in milliseconds or in ISO 8601."""
        try:
            number = float(text)
        except ValueError:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                self.fault(path, line, f"time {text[:40]!r} is no number and not ISO 8601")
                return None
            zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return round(zoned.timestamp() * 1000)
        if not math.isfinite(number):
            self.fault(path, line, f"time {text[:40]!r} is not finite")
            return None
        return round(number if abs(number) > MILLISECONDS_FROM else number * 1000.0)


def _points(row: dict[str, str]) -> dict[str, str]:
    """Tables with semicolons often have decimal commas; names keep theirs."""
    return row | {name: row[name].replace(",", ".") for name in ("time", "rssi") if name in row}
