"""Reads the checklists of a folder; a broken one is told and left out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import structlog

from edge.domain import Checklist
from edge.errors import ChecklistError, ConfigFault
from edge.risk.checklist import parse

log = structlog.get_logger()


def load_all(folder: Path, faults: dict[str, str]) -> dict[str, Checklist]:
    """Every checklist in the folder; a broken one is told and left out."""
    lists = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            checklist = load(path)
        except ChecklistError as error:
            faults[f"checklist {path.name}"] = str(error)
            log.error("checklist_broken", file=path.name, count=len(error.faults))
            continue
        lists[checklist.id] = checklist
    return lists


def load(path: Path) -> Checklist:
    """Read one checklist file; raises ChecklistError with every fault."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fault = ConfigFault(str(path), "(file)", str(error), "restore it from the release")
        raise ChecklistError([fault]) from error
    return parse(data, str(path))
