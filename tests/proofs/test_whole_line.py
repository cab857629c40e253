"""The model of the whole line finds nothing in the code, and finds what is put into it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from proofs.whole_line.machine import search
from proofs.whole_line.month import Month
from proofs.whole_line.mutations import BY_NAME

ROOT = Path(__file__).parents[2]
STEPS = 1_200
# The others take part in the proof itself: `python -m proofs model`.
IN_THE_SUITE = ("emptied-on-puback", "no-dedupe", "level-falls")

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of broken lines are nothing that anybody reads about."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


def test_no_step_breaks_a_promise():
    """Some ways through deaths, losses and doubles; each ends with both ends agreeing."""
    found = search(STEPS, first_seed=500)
    assert found.steps >= STEPS
    assert found.revisions > 30
    assert found.kills > 10


@pytest.mark.parametrize("name", IN_THE_SUITE)
def test_a_fault_put_into_the_code_is_noticed(name: str):
    """The mutated module runs in a process of its own, and a promise is broken there."""
    done = subprocess.run(
        [sys.executable, "-m", "proofs.whole_line.mutations", name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
    assert done.stdout.startswith(f"noticed: {BY_NAME[name].says}")


def test_an_hour_of_a_home_passes_in_virtual_time():
    """The month's own days, the first hour of them: heartbeats reach the desk."""
    month = Month()
    month.live_minutes(60, os.getpid())
    assert month.counts["heartbeats and states at the desk"] >= 50
    assert (month.lost, month.differing) == (0, 0)
