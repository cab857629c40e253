"""A planner's list of visits as CSV: `ref,from,until,kind,role`; every fault by line and column."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import msgspec

from edge.app.household.times import IMPORT_MAX_ROWS, VISIT_MAX_MS
from edge.domain import VisitKind

COLUMNS = ("ref", "from", "until", "kind", "role")
# What a spreadsheet writes between its columns: a comma, or a semicolon where a comma is decimal.
_SEPARATORS = ",;"
_TEXT_MAX_CHARS = 60


class RowFault(msgspec.Struct, frozen=True, kw_only=True):
    """Line 1 is the header. `column` is empty when the whole line is meant."""

    line: int
    column: str = ""
    wrong: str
    mend: str


def rows_of(text: str) -> tuple[list[dict[str, Any]], list[RowFault]]:
    """The visits of the good lines in the order of the file, and the faults of the others."""
    separator = max(_SEPARATORS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    rows: list[dict[str, Any]] = []
    faults: list[RowFault] = []
    try:
        head = [name.strip() for name in next(reader, [])]
        faults += _faults_of_head(head)
        if faults:
            return [], faults
        seen: dict[str, int] = {}
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) >= IMPORT_MAX_ROWS:
                wrong, mend = f"more than {IMPORT_MAX_ROWS} visits", "import them in parts"
                faults.append(RowFault(line=reader.line_num, wrong=wrong, mend=mend))
                break
            row, wrongs = _row_of(dict(zip(head, cells, strict=False)), len(cells), reader.line_num)
            faults += wrongs or _told_before(row, seen, reader.line_num)
            if not wrongs and seen.get(row["ref"], 0) in (0, reader.line_num):
                rows.append(row)
    except csv.Error as error:
        mend = "quote a cell that holds quotes or line ends"
        faults.append(RowFault(line=reader.line_num, wrong=str(error), mend=mend))
    return rows, faults


def _faults_of_head(head: list[str]) -> list[RowFault]:
    mend = f"the first line is {','.join(COLUMNS)}, in any order"
    faults = [
        RowFault(line=1, column=name, wrong="is missing", mend=mend)
        for name in COLUMNS
        if name not in head
    ]
    known = [name for name in head if name in COLUMNS]
    faults += [
        RowFault(line=1, column=name, wrong="is not known", mend=mend)
        for name in head
        if name not in COLUMNS
    ]
    faults += [
        RowFault(line=1, column=name, wrong="stands twice", mend=mend)
        for name in sorted({one for one in known if known.count(one) > 1})
    ]
    return faults


def _row_of(cells: dict[str, str], count: int, line: int) -> tuple[dict[str, Any], list[RowFault]]:
    faults: list[RowFault] = []

    def fault(column: str, wrong: str, mend: str) -> None:
        faults.append(RowFault(line=line, column=column, wrong=wrong, mend=mend))

    if count != len(COLUMNS):
        fault("", f"has {count} cells", f"give it {len(COLUMNS)}")
        return {}, faults
    row: dict[str, Any] = {name: cell.strip() for name, cell in cells.items()}
    for column in ("ref", "role"):
        if not row[column] or len(row[column]) > _TEXT_MAX_CHARS or not row[column].isprintable():
            fault(column, "is no name", f"1 to {_TEXT_MAX_CHARS} printable characters")
    if row["kind"] not in {kind.value for kind in VisitKind}:
        known = ", ".join(kind.value for kind in VisitKind)
        fault("kind", f"'{row['kind'][:_TEXT_MAX_CHARS]}'", f"known: {known}")
    for column in ("from", "until"):
        row[f"{column}_ms"] = wall_ms = _wall_ms(row.pop(column))
        if wall_ms is None:
            mend = "ISO 8601 with its zone, for example 2026-11-24T09:00+02:00"
            fault(column, "is no moment with a zone", mend)
    if not faults and not 0 < row["until_ms"] - row["from_ms"] <= VISIT_MAX_MS:
        hours = VISIT_MAX_MS // 3_600_000
        fault("until", "does not fit from", f"a visit ends after it begins, within {hours} h")
    return row, faults


def _told_before(row: dict[str, Any], seen: dict[str, int], line: int) -> list[RowFault]:
    first = seen.setdefault(row["ref"], line)
    if first == line:
        return []
    wrong, mend = f"'{row['ref']}' stands on line {first} already", "give each visit its own ref"
    return [RowFault(line=line, column="ref", wrong=wrong, mend=mend)]


def _wall_ms(text: str) -> int | None:
    """UTC ms since 1970 of a moment that names its zone; None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
        wall_ms = int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return wall_ms if moment.tzinfo is not None and wall_ms >= 0 else None
