"""Reads one table of text, plain or gzipped, row by row; a bad row never stops the rest."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from edge.errors import ConfigError, ConfigFault

Take = Callable[[Sequence[str]], None]
Refuse = Callable[[str, int, str], None]


class BadRowError(ValueError):
    """A row that cannot be read; the text says what is wrong with it."""


class Table(msgspec.Struct, frozen=True):
    """One file: its columns, who takes a row's fields in that order, and how many rows at most."""

    path: Path
    columns: tuple[str, ...]
    take: Take
    rows_max: int


def read_rows(table: Table, refuse: Refuse) -> None:
    """Give the fields of every data row to the table's `take`.

    What `take` raises as ValueError makes the row a bad one: `refuse` gets file, line and why.
    Raises ConfigError when the file or a column is missing, or the file cannot be read.
    """
    path = table.path
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
            order = _columns(path.name, next(lines, ""), table.columns)
            _read_lines(table, lines, order, refuse)
    except FileNotFoundError:
        raise broken(str(path), "file", "is not there", "put it there, plain or as .gz") from None
    except (OSError, EOFError, zlib.error) as error:
        raise broken(str(path), "file", f"cannot be read ({error})", "copy it anew") from error


def _columns(file: str, header: str, columns: tuple[str, ...]) -> list[int]:
    there = [name.strip().lower() for name in next(csv.reader([header]), [])]
    missing = [name for name in columns if name not in there]
    if missing:
        raise ConfigError(
            [
                ConfigFault(
                    file, f"column {name}", "is missing", f"columns are {', '.join(columns)}"
                )
                for name in missing
            ]
        )
    return [there.index(name) for name in columns]


def _read_lines(table: Table, lines: Iterator[str], order: list[int], refuse: Refuse) -> None:
    """Each line for itself, so that a stray quote spoils one row and not the rest."""
    plain = order == list(range(len(order)))
    width, file, take, rows_max = len(order), table.path.name, table.take, table.rows_max
    for number, line in enumerate(lines, start=2):
        if number > rows_max + 1:
            raise broken(file, f"line {number}", "is one too many", f"keep it to {rows_max} rows")
        fields = line.rstrip("\r\n").split(",")
        try:
            if '"' in line:
                fields = _quoted(line)
            if not plain or len(fields) != width:
                fields = _picked(fields, order)
            take(fields)
        except (ValueError, OverflowError) as error:
            if fields != [""]:
                refuse(file, number, str(error))


def _quoted(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        msg = f"not a row of CSV ({error})"
        raise BadRowError(msg) from None


def _picked(fields: list[str], order: list[int]) -> list[str]:
    if len(fields) <= max(order):
        msg = f"has {len(fields)} fields, wants at least {max(order) + 1}"
        raise BadRowError(msg)
    return [fields[index] for index in order]


def broken(file: str, key: str, wrong: str, mend: str) -> ConfigError:
    """A fault that stops the reading, as an error of its own."""
    return ConfigError([ConfigFault(file, key, wrong, mend)])
