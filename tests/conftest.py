"""What every test gets: the guard against leaked tasks, virtual time, counted ids."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, settings

from tests.support.clock import FakeClock, instant
from tests.support.ids import SeqIds
from tests.support.mosquitto import Mosquitto
from tests.support.mosquitto import free_port as find_free_port
from tests.support.mosquitto import mosquitto as run_mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from edge.domain import Instant

# The function-scoped fixtures here hold no state that an example could change.
_BASE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# `house` searches anew in every run; `ci` repeats itself, so that a red build means a
# changed program; `deep` is for a long look by hand: HYPOTHESIS_PROFILE=deep make test.
settings.register_profile("house", _BASE, max_examples=100)
settings.register_profile("ci", _BASE, max_examples=100, derandomize=True, database=None)
settings.register_profile("deep", _BASE, max_examples=10_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "house")
)

# Turns of the event loop in which a task that was cancelled by its test may still end.
LAST_TURNS = 10


@pytest_asyncio.fixture(autouse=True)
async def no_task_left_behind() -> AsyncIterator[None]:
    """Fail a test that leaves an asyncio task running.

    It must be an async fixture: a synchronous one sees no running loop and
    would pass everything.
    """
    before = asyncio.all_tasks()
    yield
    for _ in range(LAST_TURNS):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    names = sorted(task.get_name() for task in left)
    assert not left, f"the test left {len(left)} task(s) running: {names}"


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Undo what a command run in this process set up: a command that answers in JSON silences
    the log, and the next test of this worker would wait in vain for a line of it.
    """
    yield
    structlog.reset_defaults()


@pytest.fixture
def at() -> Instant:
    """Noon on Monday 2 March 2026 (UTC), one hour after boot, Helsinki winter time."""
    return instant()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at `at` until the test lets time pass."""
    return FakeClock()


@pytest.fixture
def ids() -> SeqIds:
    """Ids that are the same in every run."""
    return SeqIds()


@pytest.fixture
def free_port() -> int:
    """A loopback port that nothing listens on."""
    return find_free_port()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running real broker; mark the test `@pytest.mark.timeout(60)`."""
    with run_mosquitto(tmp_path) as broker:
        yield broker
