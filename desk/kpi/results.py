"""The weighted key results of a service: what it set out to reach, and how much of it was. Pure.

A key result takes its actual from a figure of this desk over all areas, or from what a person
imported (NPS, emergency visits). What has no actual counts for nothing and is said: the sum is told
beside the share of the weight that it stands on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from desk.kpi.figures import DAYS_TO_CLOSE, TOTAL, Kpi, Row
from edge.config import Section, read
from edge.domain import Record
from edge.errors import ConfigError, ConfigFault
from edge.settings import check, parse_toml

IMPORTED = "imported"
WEIGHTS = 100
KEY_RESULTS_MAX = 30  # more than a page holds is no key to anything

Key = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}$", description="lower-case letters, digits, _; at most 40"
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=80, description="words of at most 80 signs")]


class Label(Section, frozen=True, kw_only=True):
    fi: Text
    sv: Text
    en: Text


class KeyResult(Section, frozen=True, kw_only=True):
    """One row: weight in percent, target in the figure's unit, and where the actual is from."""

    id: Key
    label: Label
    weight: Annotated[int, Meta(ge=1, le=WEIGHTS, description="percent of the whole, 1 to 100")]
    target: Annotated[float, Meta(ge=0, description="what is to be reached; 0 or more")]
    better: Annotated[
        Literal["higher", "lower"], Meta(description='"higher" or "lower" than the target is good')
    ]
    source: Annotated[
        str, Meta(description='a figure of the desk, such as "useful_share", or "imported"')
    ]


class KeyResults(Section, frozen=True, kw_only=True):
    key_result: Annotated[
        tuple[KeyResult, ...],
        Meta(max_length=KEY_RESULTS_MAX, description="[[key_result]] tables, at most 30"),
    ] = ()


class Reached(Record, frozen=True, kw_only=True):
    """One row of the table: `attainment` 0-1, None where nobody knows the actual."""

    id: str
    weight: int
    target: float
    better: str
    source: str
    actual: float | None
    said_by: str = ""  # of an imported one: the source that it names
    attainment: float | None
    hidden: bool = False  # there is an actual, and it stands on too few to be told


class Outcome(Record, frozen=True, kw_only=True):
    """The table with its sum: 0-1 over the `known` percent of the weights."""

    rows: tuple[Reached, ...]
    attainment: float | None
    known: int


def load(path: Path) -> KeyResults:
    """Read and check a table; raises one ConfigError with every fault and its mend."""
    file = str(path)
    found, faults = check(KeyResults, parse_toml(read(path), file), file)
    if found is not None:
        faults = _senses(found, file)
    if found is None or faults:
        raise ConfigError(faults)
    return found


def _senses(table: KeyResults, file: str) -> list[ConfigFault]:
    faults = []
    seen: set[str] = set()
    for i, one in enumerate(table.key_result):
        at = f"key_result[{i}]"
        if one.id in seen:
            faults.append(ConfigFault(file, f"{at}.id", f"is '{one.id}' again", "give it its own"))
        seen.add(one.id)
        name = one.source.partition(":")[0]
        if name not in {*Kpi, DAYS_TO_CLOSE, IMPORTED}:
            known = ", ".join([*Kpi, f"{DAYS_TO_CLOSE}:PARTY", IMPORTED])
            faults.append(
                ConfigFault(file, f"{at}.source", f"is '{one.source}'", f"name one of {known}")
            )
    weights = sum(one.weight for one in table.key_result)
    if table.key_result and weights != WEIGHTS:
        faults.append(
            ConfigFault(
                file, "key_result", f"weights add up to {weights}", f"let them be {WEIGHTS}"
            )
        )
    return faults


def reached(
    table: KeyResults, rows: Mapping[str, Row], imported: Mapping[str, tuple[float, str]]
) -> Outcome:
    """The table filled in; `imported` is (value, source) by key."""
    filled = tuple(_row(one, rows.get(TOTAL, {}), imported) for one in table.key_result)
    known = sum(row.weight for row in filled if row.attainment is not None)
    total = sum(row.weight * row.attainment for row in filled if row.attainment is not None)
    return Outcome(rows=filled, attainment=total / known if known else None, known=known)


def _row(one: KeyResult, total: Row, imported: Mapping[str, tuple[float, str]]) -> Reached:
    said_by = ""
    actual: float | None = None
    hidden = False
    if one.source == IMPORTED:
        actual, said_by = imported.get(one.id, (None, ""))
    elif (cell := total.get(one.source)) is not None:
        actual, hidden = cell.value, cell.hidden
    row = Reached(
        id=one.id,
        weight=one.weight,
        target=one.target,
        better=one.better,
        source=one.source,
        actual=actual,
        said_by=said_by,
        attainment=None,
        hidden=hidden,
    )
    if actual is None:
        return row
    return msgspec.structs.replace(row, attainment=_attained(actual, one.target, one.better))


def _attained(actual: float, target: float, better: str) -> float:
    """0-1; more than the target is not more than reached."""
    if better == "higher":
        return min(1.0, max(0.0, actual) / target) if target else 1.0
    if actual <= target:
        return 1.0
    return target / actual
