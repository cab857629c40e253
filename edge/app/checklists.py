"""Reads the checklists of a folder; a broken one is told and left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import structlog

from edge.domain import Checklist, Record
from edge.errors import ChecklistError, ConfigFault
from edge.risk.checklist import parse
from edge.risk.together import check_together
from edge.risk.toml_lines import line_of, lines_of

log = structlog.get_logger()

# How tomllib tells where a text is no TOML.
_AT_LINE = re.compile(r"\(at line (\d+)")

# A list of a hundred items in three languages has below 200 kB.
LIST_BYTES_MAX = 1_000_000


class Flaw(Record, frozen=True, kw_only=True):
    """One fault of a file with its line, from 1."""

    file: str
    line: int
    key: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.wrong}; {self.mend}"


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
    together = check_together([(f"{name}.toml", one) for name, one in lists.items()])
    if together:
        faults["checklists together"] = "\n".join(map(str, together))
        log.error("checklists_disagree", count=len(together))
    return lists


def lint(paths: Sequence[Path]) -> list[Flaw]:
    """Every fault of these files, each alone and with the lists beside it, by file and line."""
    flaws: list[Flaw] = []
    for path in paths:
        try:
            faults = _beside(path, load(path))
        except ChecklistError as error:
            faults = list(error.faults)
        flaws += _placed(path, faults)
    return sorted(flaws, key=lambda flaw: (flaw.file, flaw.line, flaw.key))


def _beside(path: Path, checklist: Checklist) -> list[ConfigFault]:
    """What the list says against its neighbours; broken ones are left out, and tell themselves."""
    others: list[tuple[str, Checklist]] = []
    whole = True
    for other in sorted(path.parent.glob("*.toml")):
        if other.name == path.name:
            continue
        try:
            others.append((str(other), load(other)))
        except ChecklistError:
            whole = False
    found = check_together([*others, (str(path), checklist)])
    mine = [fault for fault in found if fault.file == str(path)]
    return mine if whole else [fault for fault in mine if not fault.key.endswith(".opens")]


def _placed(path: Path, faults: Sequence[ConfigFault]) -> list[Flaw]:
    try:
        text = path.read_text(encoding="utf-8")
        tomllib.loads(text)
        lines = lines_of(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        lines = {}
    flaws = []
    for fault in faults:
        said = _AT_LINE.search(fault.wrong)
        line = line_of(lines, fault.key) if said is None or lines else int(said.group(1))
        flaws.append(
            Flaw(file=fault.file, line=line, key=fault.key, wrong=fault.wrong, mend=fault.mend)
        )
    return flaws


def load(path: Path) -> Checklist:
    """Read one checklist file; raises ChecklistError with every fault."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(LIST_BYTES_MAX + 1)
        if len(raw) > LIST_BYTES_MAX:
            wrong = f"is larger than {LIST_BYTES_MAX} bytes"
            fault = ConfigFault(str(path), "(file)", wrong, "no checklist is; restore it")
            raise ChecklistError([fault])
        data = tomllib.loads(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fault = ConfigFault(str(path), "(file)", str(error), "restore it from the release")
        raise ChecklistError([fault]) from error
    return parse(data, str(path))
