"""Small recordings of our own making: no row of a real home is in this repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.replay.generate import generate
from edge.replay.result import HomeResult
from edge.replay.run import replay_home
from edge.replay.tihm import read

Write = Callable[..., Path]

HEADERS = {
    "Activity.csv": "patient_id,location_name,date",
    "Physiology.csv": "patient_id,date,device_type,value,unit",
    "Labels.csv": "patient_id,date,type",
    "Demographics.csv": "patient_id,age,sex",
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a recording: one list of rows a file, with the format's own header."""

    def write_files(**tables: list[str]) -> Path:
        folder = tmp_path / "recording"
        folder.mkdir(exist_ok=True)
        for name, rows in tables.items():
            file = f"{name}.csv"
            lines = [HEADERS[file], *rows]
            (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    return write_files


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two invented homes of three weeks."""
    folder = tmp_path_factory.mktemp("synthetic") / "homes"
    generate(folder, homes=2, days=21, seed=3)
    return folder


@pytest.fixture(scope="session")
def result(synthetic: Path) -> HomeResult:
    """What a replay of the first invented home finds."""
    return replay_home(read(synthetic, home="SYNTH-01").home("SYNTH-01"))
