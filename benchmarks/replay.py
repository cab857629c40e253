"""Observations per second of a replayed home: rules, coverage, messages and synced commits.

The home is an invented one, so the figure can be had by everybody. Beside it
stand the reader alone and the same rows committed in the same lots without any
rule, which is what this machine's disk and SQLite allow.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from edge.app.keeper import TELEMETRY_ROWS_MAX
from edge.domain import Observation
from edge.ports import Batch
from edge.replay.generate import generate
from edge.replay.recording import HomeRecording
from edge.replay.run import replay_home
from edge.replay.tihm import read
from edge.store.database import Database

OBSERVATIONS_PER_S_MIN = 10_000
# The best of a few runs: what the code costs, without what else the machine had to do.
ROUNDS = 3


def run() -> list[dict[str, Any]]:
    """One row a measurement; `ok` where there is a limit."""
    with tempfile.TemporaryDirectory(prefix="kotivahti-bench-") as folder:
        homes = Path(folder) / "homes"
        generate(homes, homes=1, days=91, seed=1)
        home = read(homes).home("SYNTH-01")
        return [
            _row("reading the files", len(home), _best(lambda: read(homes))),
            _row("committing the rows, no rule", len(home), _best(lambda: _store(home))),
            _row(
                "replay of one home",
                len(home),
                _best(lambda: replay_home(home)),
                OBSERVATIONS_PER_S_MIN,
            ),
        ]


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def _row(measure: str, count: int, took_s: float, least: int | None = None) -> dict[str, Any]:
    per_s = count / took_s
    row: dict[str, Any] = {"measure": measure, "value": f"{per_s:,.0f} observations/s"}
    if least is not None:
        row |= {"limit": f">= {least:,}", "ok": per_s >= least}
    return row


def _store(home: HomeRecording) -> None:
    """The raw limit: the same rows in the same lots, devices enrolled, nothing else."""
    with (
        tempfile.TemporaryDirectory(prefix="kotivahti-bench-") as folder,
        Database.open(Path(folder) / "home.db") as database,
    ):
        enrolled, first = tuple(home.devices().values()), 1
        for lot in _lots(home):
            batch = Batch(
                at=lot[-1].at, first_observation=first, observations=lot, enrolled=enrolled
            )
            database.record(batch)
            enrolled, first = (), first + len(lot)


def _lots(home: HomeRecording) -> Iterator[list[Observation]]:
    lot: list[Observation] = []
    for seen in home.observations():
        lot.append(seen)
        if len(lot) == TELEMETRY_ROWS_MAX:
            yield lot
            lot = []
    if lot:
        yield lot
