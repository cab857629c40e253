"""The command that scores usual days, the shared budget and limits of pulse, on drawn homes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models import tihm
from tests.models.scripts import MODELS

pytestmark = pytest.mark.timeout(60)

DAYS, HOMES = 40, 4


def evaluate(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MODELS / "evaluate_routine.py"), "--data", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


def test_a_directory_is_scored_and_told_as_one_object(tmp_path: Path) -> None:
    """Restless days speak, silent ones never; no home exceeds the budget beyond its first entry."""
    tihm.write(tmp_path, homes=HOMES, days=DAYS)
    with (tmp_path / "Physiology.csv").open("a", encoding="utf-8") as lines:
        lines.write("synthetic-01,2019-06-20 09:00:00,Heart rate,120,beats/min\n")
        lines.write("synthetic-01,2019-06-20 09:05:00,Heart rate,118,beats/min\n")
        lines.write("synthetic-02,2019-06-21 09:00:00,Heart rate,48,beats/min\n")
    with (tmp_path / "Labels.csv").open("a", encoding="utf-8") as lines:
        lines.write("synthetic-01,2019-06-20 12:00:00,Pulse\n")
    done = evaluate(tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    weeks = found["days"] / 7
    assert (found["homes"], found["days"]) == (HOMES, HOMES * DAYS)
    assert found["silent_day_entries"] == 0
    assert found["routine_abstained"]["silent"] > 0
    assert found["routine"]["positive_days_spoken_of"]["days"] > 0
    shared = found["shared"]
    assert sum(shared["days"].values()) == found["days"]
    assert shared["most_of_a_home_beyond_its_first"] <= 0.25
    assert shared["entries_per_home_week"] == round(shared["days"]["told"] / weeks, 3)
    pulse = found["pulse"]
    assert (pulse["labelled_days"], pulse["with_a_reading"]) == (1, 1)
    assert pulse["published"]["labelled_days_beyond"] == {"days": 1, "share": 1.0}
    assert pulse["published"]["off_label_per_home_week"] == round(1 / weeks, 3)
    alerts = pulse["published"]["alerts_per_home_week"]
    assert alerts["first_reading"] == round(2 / weeks, 3)
    assert alerts["within_15_min"] == round(1 / weeks, 3)


def test_the_command_refuses_with_its_codes(tmp_path: Path) -> None:
    done = evaluate(tmp_path)
    assert done.returncode == 2
    assert "give a directory in the TIHM format" in done.stderr
