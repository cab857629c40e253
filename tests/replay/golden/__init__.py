"""The results and the picture of invented homes, as they were looked at and agreed on.

python -m tests.replay.golden      writes them anew after a change that is meant
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from edge.replay.generate import generate
from edge.replay.picture import draw
from edge.replay.result import Replayed, as_json
from edge.replay.run import replay_home
from edge.replay.story import tell, unseen_stretches
from edge.replay.tihm import read

FILE = Path(__file__).with_name("synthetic.json")
# The example that the documentation shows.
PICTURE = Path(__file__).resolve().parents[3] / "docs" / "images" / "replay-generated-home.svg"


def build() -> str:
    """The JSON of a replay of two invented homes of three weeks."""
    with tempfile.TemporaryDirectory() as folder:
        homes = Path(folder) / "homes"
        generate(homes, homes=2, days=21, seed=3)
        recording = read(homes)
        results = tuple(replay_home(recording.home(name)) for name in recording.homes)
    return as_json(Replayed(homes=results, bad_rows={}, bad_rows_named=()))


def paint() -> str:
    """The picture of one invented home's three months."""
    with tempfile.TemporaryDirectory() as folder:
        homes = Path(folder) / "homes"
        generate(homes, homes=1, days=91, seed=7)
        home = read(homes).home("SYNTH-01")
        return draw(tell(home, replay_home(home), unseen_stretches(home)))
