"""Writes invented homes in the TIHM format, for tests, pictures and benchmarks.

No row of them was ever measured; the ids say so (SYNTH-01, ...). What a test or
a reader should find again is planted and told in planted.json.
"""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path

import msgspec

from edge.errors import ConfigError, ConfigFault
from edge.replay.localtime import LocalTime
from edge.replay.synthetic import Planted, SyntheticHome
from edge.replay.tihm import ZONE

# "SYNTH-01" to "SYNTH-99".
HOMES_MAX = 99
# A planted silence needs a day before and one after it; ten years are no test.
DAYS_MIN, DAYS_MAX = 5, 3_650
FIRST_DAY = date(2025, 4, 1)


def generate(
    directory: Path, *, homes: int = 1, days: int = 91, seed: int = 1, first: date = FIRST_DAY
) -> dict[str, Planted]:
    """Write `homes` invented homes of `days` days to `directory`; returns what was planted.

    Also written there as planted.json. Raises ConfigError for numbers out of range, and
    for a directory that holds a recording already: a real one must not be written over.
    """
    _check(directory, homes, days)
    directory.mkdir(parents=True, exist_ok=True)
    clock = LocalTime(ZONE)
    planted: dict[str, Planted] = {}
    tables: dict[str, list[str]] = {
        "Activity.csv": ["patient_id,location_name,date"],
        "Physiology.csv": ["patient_id,date,device_type,value,unit"],
        "Labels.csv": ["patient_id,date,type"],
        "Demographics.csv": ["patient_id,age,sex"],
    }
    for number in range(1, homes + 1):
        home = SyntheticHome(f"SYNTH-{number:02d}", days, first, random.Random(f"{seed}/{number}"))  # noqa: S311 - invented homes, not keys
        planted[home.id] = home.planted
        tables["Activity.csv"] += home.activity(clock)
        tables["Physiology.csv"] += home.physiology(clock)
        tables["Labels.csv"] += home.labels()
        tables["Demographics.csv"].append(f'{home.id},"(80, 90]",Female')
    for name, lines in tables.items():
        (directory / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = {home: msgspec.to_builtins(what) for home, what in planted.items()}
    text = json.dumps(told, indent=2, sort_keys=True) + "\n"
    (directory / "planted.json").write_text(text, encoding="utf-8")
    return planted


def _check(directory: Path, homes: int, days: int) -> None:
    where, faults = str(directory), []
    if not 1 <= homes <= HOMES_MAX:
        faults.append(ConfigFault(where, "homes", f"is {homes}", f"1 to {HOMES_MAX}"))
    if not DAYS_MIN <= days <= DAYS_MAX:
        faults.append(ConfigFault(where, "days", f"is {days}", f"{DAYS_MIN} to {DAYS_MAX}"))
    if any((directory / name).exists() for name in ("Activity.csv", "Activity.csv.gz")):
        faults.append(ConfigFault(where, "directory", "holds a recording", "name an empty one"))
    if faults:
        raise ConfigError(faults)
