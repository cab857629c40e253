"""The rows of a directory in the TIHM format, each checked; and what of them could not be used.

Of the standard library alone. Who trains wants the table that was meant, and is refused at the
first row that cannot be read (`Notes(strict=True)`). Who scores wants what can be scored, and to
be told of the rest by file and line (`Notes(strict=False)`).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any, NoReturn, TextIO, cast

# "2019-05-15 12:19:32": no zone, the clock of the home. Other tools write a T or parts of a second.
# A zone would say that it may be another clock; without seconds nobody can tell haste from rest.
TIME_CHARS = 19
SEPARATORS = "-- ::"  # every third character from the fifth on
DAY_CHARS = 10
_OTHER_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{1,9})?"
)
# Where only the day counts, as of a label.
_DAY_AND_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2})?")

# Tables say 9999-12-31 or 0001-01-01 where nobody knows the day; neither has a day beside it.
YEARS = range(1970, 2100)

# Rows may break on the way. Where it is one of twenty, and more than a hundred, the table is of
# another kind, and any figure of it would mislead.
BAD_SHARE_MAX, BAD_ROWS_MAX = 0.05, 100
# Nobody reads more of them at once; the rest are counted.
NAMED_MAX = 20
# As many kinds of rooms and instruments as no home has: a column that holds something else.
UNKNOWN_WORDS_MAX = 100


class BadDataError(Exception):
    """A row or file that cannot be read: its name, its line and what is wrong."""


class _YearError(ValueError):
    """A day of no year in which a home was followed; the text says so."""


@dataclass
class Notes:
    """What a reader could not use. `strict`: it refuses instead, but for `passed` words."""

    strict: bool = True
    bad: dict[str, int] = field(default_factory=dict)  # rows by their file
    named: list[str] = field(default_factory=list)  # the first of them: "Activity.csv: line 3: ..."
    unknown: Counter[str] = field(default_factory=Counter)  # rows by a word that has no meaning
    seen: dict[str, str] = field(default_factory=dict)  # where each such word stands first
    absent: list[str] = field(default_factory=list)  # files that may be missing, and are
    repeated: int = 0  # rows that say once more what another said
    labels_elsewhere: int = 0  # labelled days of homes or times without activity

    def bad_row(self, name: str, line: int, wrong: str) -> None:
        """Count and name it; raises BadDataError where there may be none."""
        told = f"{name}: line {line}: {wrong}"
        if self.strict:
            raise BadDataError(told)
        self.bad[name] = self.bad.get(name, 0) + 1
        if self.bad[name] <= NAMED_MAX:
            self.named.append(told)

    def left_out(self, name: str, told: str) -> None:
        """A whole file that could not be read, and without which the rest can be scored."""
        self.bad[name] = self.bad.get(name, 0) + 1
        self.named.append(told)

    def end_file(self, name: str, count: int) -> None:
        """Raises BadDataError when too many of so many rows were bad."""
        bad = self.bad.get(name, 0)
        if bad > max(BAD_ROWS_MAX, BAD_SHARE_MAX * count):
            first = next(told for told in self.named if told.startswith(f"{name}:"))
            message = (
                f"{first}\n{bad} of {count} rows are like it: this is no table in the TIHM format, "
                "whose times are YYYY-MM-DD HH:MM:SS"
            )
            raise BadDataError(message)

    def unknown_word(self, where: tuple[str, int], column: str, word: str, known: str) -> None:
        """A row about something of which the model knows nothing; where strict, a bad row."""
        name, line = where
        if self.strict:
            self.bad_row(name, line, f"{column} {word!r}; known: {known}")
        self.pass_over(where, column, word)

    def pass_over(self, where: tuple[str, int], column: str, word: str) -> None:
        """A row that is sound and of no use."""
        self.unknown[word] += 1
        self.seen.setdefault(word, f"{where[0]}: line {where[1]}: {column} {word!r}")
        if len(self.unknown) > UNKNOWN_WORDS_MAX:
            message = f"{self.seen[word]}: the {len(self.unknown)}th word that nobody knows"
            raise BadDataError(message)

    def lines(self) -> Iterator[str]:
        """All of it for people, in the order of the files."""
        yield from self.named
        for name, count in self.bad.items():
            if count > NAMED_MAX:
                yield f"{name}: and {count - NAMED_MAX} more rows that cannot be read"
        for word, where in self.seen.items():
            yield f"{where}: not known to the model; rows left out: {self.unknown[word]}"
        for name in self.absent:
            yield f"{name}: not found; scored without it"
        if self.repeated:
            yield f"rows that repeat another: {self.repeated}; each counts once"
        if self.labels_elsewhere:
            yield f"labelled days on which their home has no activity: {self.labels_elsewhere}"


def rows(
    folder: Path, name: str, columns: tuple[str, ...], notes: Notes, *, optional: bool = False
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line number and the named columns of every row, in whatever order the file has them.

    The file may be packed ("Labels.csv.gz"). An `optional` one may be missing where not strict.
    """
    path, packed = folder / name, folder / f"{name}.gz"
    if not (path.exists() or packed.exists()):
        if optional and not notes.strict:
            notes.absent.append(name)
            return
        message = f"{path}: not found; give a directory in the TIHM format"
        raise BadDataError(message)
    try:
        with _opened(path, packed) as lines:
            yield from _told(name, csv.reader(lines, strict=True), columns, notes)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{path}: cannot be read ({error})"
        raise BadDataError(message) from error


def _told(
    name: str, reader: Any, columns: tuple[str, ...], notes: Notes
) -> Iterator[tuple[int, tuple[str, ...]]]:
    head: list[str] = []
    count = 0
    for line, row in _records(name, reader, notes):
        count += 1
        if not head:
            head = [column.strip() for column in row]
            missing = [column for column in columns if column not in head]
            if missing:
                _refuse(name, line, f"has no column {missing[0]!r}")
            at = [head.index(column) for column in columns]
        elif len(row) != len(head):
            notes.bad_row(name, line, f"{len(row)} values, the header has {len(head)}")
        else:
            found = tuple(row[i].strip() for i in at)
            if wrong := _unsound(found):
                notes.bad_row(name, line, wrong)
                continue
            yield line, found
    notes.end_file(name, count)
    if not head:
        _refuse(name, 1, f"has no column {columns[0]!r}")


def _records(name: str, reader: Any, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """The first line of each row that is not empty, and its values."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            wrong = f"cannot be read ({error})"
            if reader.line_num > line:  # a quote that never ends: which rows it took, who knows
                _refuse(name, line, wrong)
            notes.bad_row(name, line, wrong)
            continue
        if any(row):  # an empty line, as at the end of many files, says nothing
            yield line, row


def fingerprint(folder: Path, names: Sequence[str]) -> str:
    """SHA-256 over these files' names and lines, in order; raises BadDataError.

    As little as a model does it hang on the order of the rows, or on how a file is packed.
    """
    digest = hashlib.sha256()
    for name in names:
        path, packed = folder / name, folder / f"{name}.gz"
        try:
            raw = path.read_bytes() if path.exists() else gzip.decompress(packed.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            message = f"{path}: cannot be read ({error})"
            raise BadDataError(message) from error
        digest.update(b"\n".join([name.encode(), *sorted(raw.splitlines()), b""]))
    return digest.hexdigest()


def _opened(path: Path, packed: Path) -> TextIO:
    """Bytes that are no UTF-8 come through as what they are, so that their row can be named."""
    if path.exists():
        return path.open(newline="", encoding="utf-8-sig", errors="surrogateescape")
    return cast(
        "TextIO",
        gzip.open(packed, "rt", newline="", encoding="utf-8-sig", errors="surrogateescape"),
    )


def _unsound(found: tuple[str, ...]) -> str:
    if not found[0]:
        return "patient_id is empty"
    text = "".join(found)
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        return "has bytes that are no UTF-8"
    return ""


class Times:
    """Reads "YYYY-MM-DD HH:MM:SS" as day and second; a day is read once."""

    def __init__(self) -> None:
        self._days: dict[str, date] = {}

    def of(self, text: str) -> tuple[date, int]:
        """Raises ValueError with what is wrong."""
        try:
            clock = time.fromisoformat(_clock(text))
            return self.day(text), clock.hour * 3600 + clock.minute * 60 + clock.second
        except _YearError:
            raise
        except ValueError as error:
            message = f"date {text!r} is not YYYY-MM-DD HH:MM:SS"
            raise ValueError(message) from error

    def day_of(self, text: str) -> date:
        """The day alone, of a time or of what has no seconds; raises ValueError as `of`."""
        if not _DAY_AND_MINUTE.fullmatch(text):
            return self.of(text)[0]
        try:
            return self.day(text)
        except _YearError:
            raise
        except ValueError as error:
            message = f"date {text!r} is not YYYY-MM-DD"
            raise ValueError(message) from error

    def day(self, text: str) -> date:
        day = self._days.get(text[:DAY_CHARS])
        if day is None:
            day = date.fromisoformat(text[:DAY_CHARS])
            if day.year not in YEARS:
                message = f"date {text!r} is of no year from {YEARS[0]} to {YEARS[-1]}"
                raise _YearError(message)
            self._days[text[:DAY_CHARS]] = day
        return day


def _clock(text: str) -> str:
    if len(text) == TIME_CHARS and text[4:17:3] == SEPARATORS:
        return text[DAY_CHARS + 1 :]
    if not _OTHER_TIME.fullmatch(text):
        raise ValueError(text)
    return text[DAY_CHARS + 1 : TIME_CHARS]


def _refuse(name: str, line: int, wrong: str) -> NoReturn:
    message = f"{name}: line {line}: {wrong}"
    raise BadDataError(message)
