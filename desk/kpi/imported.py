"""Figures that other systems count, from a CSV file: period, figure, value, source."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterable
from math import isfinite

from desk.database import transaction
from edge.domain import Actor, Record
from edge.errors import ConfigError, ConfigFault

COLUMNS = ("period", "figure", "value", "source")
ROWS_MAX = 1_000  # a decade of months of a few figures
SOURCE_CHARS_MAX = 80
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?")
_FIGURE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Figure(Record, frozen=True, kw_only=True):
    period: str
    figure: str
    value: float
    said_by: str


def parse(text: str, file: str) -> list[Figure]:
    """Every row; raises one ConfigError that names each bad one by its line."""
    # Spreadsheets put a byte order mark before the first word.
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    faults: list[ConfigFault] = []
    found: list[Figure] = []
    try:
        head = next(reader, [])
        if tuple(head) != COLUMNS:
            mend = f"write {','.join(COLUMNS)}"
            raise ConfigError([ConfigFault(file, "line 1", f"is {','.join(head)!r}", mend)])
        for row in reader:
            if len(found) + len(faults) >= ROWS_MAX:
                mend = "import it in parts"
                faults.append(ConfigFault(file, "(file)", f"has more than {ROWS_MAX} rows", mend))
                break
            if row:
                _take(row, f"line {reader.line_num}", file, found, faults)
    except csv.Error as error:
        mend = "export it as CSV with commas"
        faults.append(ConfigFault(file, f"line {reader.line_num}", str(error), mend))
    if faults:
        raise ConfigError(faults)
    return found


def _take(
    row: list[str], at: str, file: str, found: list[Figure], faults: list[ConfigFault]
) -> None:
    if len(row) != len(COLUMNS):
        mend = f"give {', '.join(COLUMNS)}"
        faults.append(ConfigFault(file, at, f"has {len(row)} columns", mend))
        return
    period, figure, value, source = (cell.strip() for cell in row)
    wrong = len(faults)
    if _PERIOD.fullmatch(period) is None:
        mend = "write 2026, 2026-Q3 or 2026-09"
        faults.append(ConfigFault(file, f"{at}, period", f"is {period!r}", mend))
    if _FIGURE.fullmatch(figure) is None:
        mend = "write the id of a key result"
        faults.append(ConfigFault(file, f"{at}, figure", f"is {figure!r}", mend))
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        mend = "write a number with a point"
        faults.append(ConfigFault(file, f"{at}, value", f"is {value!r}", mend))
    if not 0 < len(source) <= SOURCE_CHARS_MAX or not source.isprintable():
        mend = f"say in 1 to {SOURCE_CHARS_MAX} signs where the figure is from"
        faults.append(ConfigFault(file, f"{at}, source", f"is {source!r}", mend))
    if len(faults) == wrong:
        found.append(Figure(period=period, figure=figure, value=number, said_by=source))


def keep(connection: sqlite3.Connection, rows: Iterable[Figure], by: Actor, at_ms: int) -> int:
    """Keep them beside what was told before; how many."""
    told = [(r.period, r.figure, r.value, r.said_by, by.account, at_ms) for r in rows]
    with transaction(connection):
        connection.executemany(
            "INSERT INTO imported_figure (period, figure, value, said_by, told_by, told_ms) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            told,
        )
    return len(told)


def of(connection: sqlite3.Connection, period: str) -> dict[str, tuple[float, str]]:
    """(value, source) by figure, as it was told last of this very period."""
    rows = connection.execute(
        "SELECT figure, value, said_by FROM imported_figure WHERE period = ? ORDER BY key",
        (period,),
    )
    return {row["figure"]: (row["value"], row["said_by"]) for row in rows}
