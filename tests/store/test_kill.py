from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.store.database import Database

KILLS = 12
# A child commits a few thousand times a second; the kill falls anywhere in its work.
LIFE_MAX_S = 0.15


def run_and_kill(path: Path, life_s: float) -> int:
    """Let a child store until it is killed; returns the last number that it said was stored."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.store.kill_child", str(path)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    while child.stdout.readline().strip() != b"open":
        assert child.poll() is None
    time.sleep(life_s)  # the moment of the kill, not a wait for anything
    child.kill()
    said = child.communicate()[0].split(b"\n")[:-1]  # what has no line end was not said
    return int(said[-1]) if said else 0


@pytest.mark.timeout(60)
def test_nothing_that_was_reported_stored_is_lost_by_a_kill(path: Path) -> None:
    """SIGKILL at any moment: every number printed is there whole, and the file is sound."""
    rng = random.Random(20260302)
    reported = 0
    for _ in range(KILLS):
        reported = max(reported, run_and_kill(path, rng.uniform(0, LIFE_MAX_S)))
        with Database.open(path) as database:
            last = database.heads().message
            # The child may have died between its commit and its word, but never two commits on.
            assert reported <= last <= reported + 1
            assert database._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert len(database.owed(1_000_000)) == last
            assert database.heads().observation == sum(1 + n % 50 for n in range(1, last + 1))
            assert {a.id for a in database.alerts()} == {
                f"alert-{n:04}" for n in range(max(1, last - 9_999), last + 1)
            }
            states = database.driver_states()
            if last:
                assert states == {"help-button": last.to_bytes(8, "big")}
                assert database.snapshot() == (
                    last.to_bytes(8, "big"),
                    database.heads().observation,
                )
            reported = last
    assert reported > KILLS
