"""Vector sheets: published payloads with what they mean, as JSON.

A sheet names its `source` and its `driver`, and has `cases`: `name`, `payload`
(hexadecimal), `observations` (kind, value, unit, quality, and `device_time`,
`device_seq` where told), and `mac` and `key` where they are needed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from edge.domain import Observation
from edge.errors import EdgeError

# A sheet is written by people.
SHEET_MAX_BYTES = 4 * 1024 * 1024


class SheetError(EdgeError):
    """A sheet cannot be used; the text names the file and the case."""


class Case(msgspec.Struct, frozen=True):
    """One payload and what it means."""

    name: str
    payload: str
    observations: tuple[dict[str, Any], ...]
    mac: str | None = None
    key: str | None = None

    @property
    def data(self) -> bytes:
        return bytes.fromhex(self.payload)

    @property
    def secret(self) -> bytes | None:
        return None if self.key is None else bytes.fromhex(self.key)


class Sheet(msgspec.Struct, frozen=True):
    source: str
    driver: str = ""
    cases: tuple[Case, ...] = ()


def load(paths: list[Path], driver: str) -> list[Sheet]:
    """The sheets of `driver` in these files and folders; raises SheetError with file and fault."""
    files = [f for p in paths for f in (sorted(p.glob("*.json")) if p.is_dir() else [p])]
    return [sheet for sheet in map(_read, files) if sheet.driver == driver and sheet.cases]


def _read(path: Path) -> Sheet:
    try:
        if path.stat().st_size > SHEET_MAX_BYTES:
            raise SheetError(f"{path}: larger than {SHEET_MAX_BYTES} bytes; split it")
        sheet = msgspec.convert(json.loads(path.read_text(encoding="utf-8")), Sheet, strict=True)
        for case in sheet.cases:
            _ = case.data, case.secret
    except OSError as error:
        raise SheetError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise SheetError(f"{path}: {error}; see docs/developer/drivers.md") from error
    return sheet


def as_row(seen: Observation) -> dict[str, Any]:
    """An observation as the sheets write it: no device, no code, nothing that is None."""
    row: dict[str, Any] = {
        "kind": seen.kind,
        "value": seen.value,
        "unit": seen.unit,
        "quality": seen.quality.value,
        "device_time": seen.device_time,
        "device_seq": seen.device_seq,
    }
    return {
        key: value for key, value in row.items() if value is not None or key in ("value", "unit")
    }
