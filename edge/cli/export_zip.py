"""Writes the customer's data as one ZIP file, a piece at a time: nothing of it is held whole."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from edge.cli.call import Asking
from edge.errors import NotNowError
from edge.locale import LANGUAGES, render
from edge.locale.refusing import worded
from edge.resources import resource
from edge.store.register import tables

# A reader opens the first of them; the others are for programs.
CSV_COLUMNS = (
    *("time", "clock", "device", "kind", "value", "unit", "code", "quality", "room", "person"),
    *("device_time", "number", "raw_time"),
)
# What a spreadsheet would take for a formula (OWASP, CSV injection); a device's text may be one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
SCHEMA = "config/schemas/export-1.0.json"
Progress = Callable[[str, int], None]


def write(path: Path, ask: Asking, by: str, progress: Progress) -> dict[str, Any]:
    """Make the file; raises NotNowError when it is there, or cannot be written.

    It has its name only when it is whole; what was written of a broken one is removed.
    """
    part = path.with_name(path.name + ".part")
    _expect_free(path)
    try:
        with (
            _opened(part) as out,
            # It has no name in its folder: what is left of a command that was killed is nothing.
            tempfile.TemporaryFile("w+", encoding="utf-8", newline="", dir=path.parent) as table,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            rows = _Export(archive, ask, progress, table).all(by)
        _expect_free(path)
        part.rename(path)
    except FileExistsError as error:
        raise worded(NotNowError, "export_left", file=str(part)) from error
    except OSError as error:
        _removed(part)
        why = error.strerror or str(error)
        raise worded(NotNowError, "unwritable", file=str(path), why=why) from error
    except BaseException:
        _removed(part)
        raise
    return {"file": str(path), "bytes": path.stat().st_size, "rows": rows}


def _expect_free(path: Path) -> None:
    if path.exists():
        raise worded(NotNowError, "there_already", file=str(path))


def _removed(part: Path) -> None:
    with contextlib.suppress(OSError):  # it could not be made, and why is told already
        part.unlink()


@contextlib.contextmanager
def _opened(part: Path) -> Iterator[io.BufferedWriter]:
    """A new file of the owner's alone, on the disk when the block ends."""
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


class _Export:
    def __init__(
        self, archive: zipfile.ZipFile, ask: Asking, progress: Progress, table: IO[str]
    ) -> None:
        self._archive = archive
        self._ask = ask
        self._progress = progress
        self._marks: dict[str, int] = {}
        # The readings as a table (RFC 4180), made in the same reading of them and put in later:
        # an archive takes one member after the other.
        self._table = table
        self._csv = csv.writer(table)
        self._csv.writerow(CSV_COLUMNS)

    def all(self, by: str) -> dict[str, int]:
        """Every file of the export; gives the rows of each table."""
        begun = self._ask("export_begin", {"by": by})
        self._marks, about = begun["marks"], begun["about"]
        for lang in LANGUAGES:
            self._archive.writestr(f"README.{lang}.txt", readme(lang, about))
        counts: dict[str, int] = {}
        for file, names in begun["files"].items():
            counts |= self._json(file, names, about)
        self._put_table()
        register = {name: _as_plain(name) for name in tables()}
        self._archive.writestr("register.json", _dumped(register))
        self._archive.write(resource(SCHEMA), "schema/export-1.0.json")
        self._archive.writestr("manifest.json", _dumped(about | {"rows": counts}))
        return counts

    def _json(self, file: str, names: list[str], about: dict[str, Any]) -> dict[str, int]:
        """One class of data: `{"class", "made", "tables": {name: [row, ...]}}`."""
        counts = {}
        with self._open(f"{file}.json") as out:
            head = json.dumps({"format": 1, "class": file, "made": about["made"]})
            out.write(head[:-1] + ', "tables": {')
            for place, name in enumerate(names):
                out.write(("," if place else "") + f'\n"{name}": [')
                count = 0
                for row in self._rows(name):
                    text = json.dumps(row, ensure_ascii=False)
                    out.write((",\n" if count else "\n") + text)
                    count += 1
                    if name == "observation":
                        self._csv.writerow(_cells(row))
                out.write("\n]")
                counts[name] = count
                self._progress(name, count)
            out.write("\n}}\n")
        return counts

    def _put_table(self) -> None:
        self._table.seek(0)
        with self._open("readings.csv") as out:
            shutil.copyfileobj(self._table, out)

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        after = None
        while True:
            args = {"table": name, "after": after, "up_to": self._marks.get(name)}
            found = self._ask("export_piece", args)
            yield from found["rows"]
            after = found["after"]
            if after is None:
                return

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[io.TextIOWrapper]:
        info = zipfile.ZipInfo(name, datetime.now().astimezone().timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        with (
            self._archive.open(info, "w", force_zip64=True) as raw,
            io.TextIOWrapper(raw, encoding="utf-8", newline="") as out,
        ):
            yield out


def readme(lang: str, about: dict[str, Any]) -> str:
    """What the files are, for somebody who lives there or is close to them."""
    text = render(lang, "export.readme", {"site": about["site"], "made": about["made"][:16]})
    return text.strip().replace("\n", "\r\n") + "\r\n"


def _as_plain(name: str) -> dict[str, Any]:
    table = tables()[name]
    return {
        "purpose": table.purpose,
        "basis": table.basis,
        "kept": table.kept,
        "leaves": table.leaves,
        "file": table.file,
        "columns": table.classes(),
        "withheld": table.withheld,
    }


def _cells(row: dict[str, Any]) -> list[Any]:
    """A reading for a spreadsheet."""
    at = row["at"]
    told = {"time": at["time"], "clock": at["sync"], "raw_time": at.get("raw")}
    flat = row | told | {"number": row["seq"]}
    return [_cell(flat[column]) for column in CSV_COLUMNS]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value


def _dumped(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
