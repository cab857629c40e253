"""Killed or without room in the middle of taking a home over: empty or whole, and resumable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge.store import takeover
from tests.app.homes import PEER
from tests.app.spares import given, spare_in, taking_of
from tests.support.clock import FakeClock

pytestmark = pytest.mark.timeout(60)


def child(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.app.take_child", str(folder), how]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)


async def is_whole(folder: Path, clock: FakeClock) -> bool:
    """Whether the home is there; fails when a part of it is."""
    async with spare_in(folder, clock) as house:
        home, before = house.keeper.home, await house.store.look(takeover.predecessors)
        parts = [
            bool(house.devices),
            bool(house.driver_states),
            bool(home.persons),
            bool(home.rooms),
            bool(home.decisions),
            bool(home.answers),
            home.stay is not None,
            bool(before),
        ]
        assert len(set(parts)) == 1, parts
        return parts[0]


@pytest.mark.parametrize("how, there", [("before", False), ("inside", False), ("after", True)])
async def test_killed_in_the_middle_it_is_empty_or_whole(
    tmp_path: Path, clock: FakeClock, how: str, there: bool
):
    """And asked again it goes on from there."""
    assert child(tmp_path, how).returncode == -9
    assert await is_whole(tmp_path, clock) is there
    async with spare_in(tmp_path, clock) as house:
        found = await taking_of(house).take(given(), PEER)
        assert found["taken"]["gateway"] == "gw-0001"
    assert await is_whole(tmp_path, clock)


async def test_without_room_nothing_is_taken_and_the_disk_is_named(
    tmp_path: Path, clock: FakeClock
):
    """A disk that is full in the middle of the commit, as the kernel says it."""
    done = child(tmp_path, "full")
    assert done.returncode == 1, done.stderr
    assert "refused: " in done.stdout
    assert "spare.db" in done.stdout
    assert not await is_whole(tmp_path, clock)
    async with spare_in(tmp_path, clock) as house:
        await taking_of(house).take(given(), PEER)
    assert await is_whole(tmp_path, clock)
