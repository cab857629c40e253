"""The watchdog is fed while every loop turns, and by nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.app.beats import BEAT_WITHIN_MS, Beats
from edge.app.notify import notify, watchdog_interval_s
from tests.support.clock import FakeClock


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The service manager's end of NOTIFY_SOCKET."""
    path = tmp_path / "notify"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    sock.settimeout(0)
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    yield sock
    sock.close()


def _heard(sock: socket.socket) -> list[bytes]:
    told = []
    while True:
        try:
            told.append(sock.recv(100))
        except BlockingIOError:
            return told


def test_the_interval_is_a_third_of_the_units_watchdog(manager):
    """WatchdogSec=30 is fed every 10 s, so two signs may be late."""
    assert watchdog_interval_s() == 10.0


def test_without_a_manager_nothing_is_sent(monkeypatch):
    """By hand on a terminal there is nobody to tell."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert notify("READY=1") is False


async def test_the_watchdog_is_fed_while_all_loops_turn(manager, clock: FakeClock):
    """Four loops that beat: a sign every ten seconds."""
    beats = Beats(clock)
    task = asyncio.create_task(beats.feed_watchdog())
    for _ in range(6):
        for loop in ("ingest", "ticker", "uplink", "ble"):
            beats.beat(loop)
        await clock.advance(10_000)
    assert len(_heard(manager)) >= 6
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_one_stuck_loop_ends_the_feeding(manager, clock: FakeClock):
    """The others go on beating; the watchdog hears nothing more and ends the process."""
    beats = Beats(clock)
    for loop in ("ingest", "uplink"):
        beats.beat(loop)
    task = asyncio.create_task(beats.feed_watchdog())
    await clock.advance(BEAT_WITHIN_MS)
    _heard(manager)
    for _ in range(10):
        beats.beat("uplink")
        await clock.advance(5_000)
    assert beats.late() == ["ingest"]
    assert _heard(manager) == []
    beats.beat("ingest")
    await clock.advance(10_000)
    assert b"WATCHDOG=1" in _heard(manager)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
