"""The log has its room at once, and a commit makes no file longer."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from edge.store import logroom, wiping
from edge.store.database import CHECKPOINT_EVERY_COMMITS, Database
from tests.store.samples import AT, batch, reading, telemetry


def fill(database: Database, commits: int) -> None:
    for _ in range(commits):
        number = database.heads().message + 1
        database.record(
            batch(database, observations=[reading(21.5)] * 60, messages=[telemetry(number)])
        )
        database.tidy()
        database.mark_received([f"message-{number:06}"], AT)


def test_commits_of_a_day_leave_the_log_as_long_as_it_was(path: Path) -> None:
    """A longer file is blocks in the file system's journal, within the commit of an alarm."""
    Database.open(path).close()  # a first start writes the tables too
    with Database.open(path) as database:
        for _ in range(4):
            fill(database, CHECKPOINT_EVERY_COMMITS)
            assert wiping.log_of(path).stat().st_size == logroom.ROOM_BYTES


def test_zeros_behind_the_commits_are_no_commits(path: Path, tmp_path: Path) -> None:
    """Who is killed with room in the log has after it what was stored before, all of it."""
    killed = tmp_path / "killed.db"
    with Database.open(path) as database:
        fill(database, 3)
        shutil.copyfile(path, killed)
        shutil.copyfile(wiping.log_of(path), wiping.log_of(killed))
    with Database.open(killed) as database:
        assert database.status(check=True).integrity == "ok"
        assert (database.heads().message, len(database.observations(0, 999))) == (3, 180)
        fill(database, 1)
        assert database.heads().message == 4


def test_a_disk_without_that_much_room_gets_back_what_was_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last blocks of a card are for alerts; a log can grow with them."""
    real = os.pwrite

    def short(fd: int, data: bytes, at: int) -> int:
        if at > logroom.PIECE_BYTES // 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data[: len(data) // 2], at)

    with Database.open(path) as database:
        before = wiping.log_of(path).stat().st_size
        monkeypatch.setattr(os, "pwrite", short)
        database.tidy()
        monkeypatch.undo()
        assert wiping.log_of(path).stat().st_size == before
        fill(database, 1)
        assert database.heads().message == 1


def test_a_log_that_is_longer_stays_so(tmp_path: Path) -> None:
    """Only `wiping` cuts a log."""
    file = tmp_path / "h.db-wal"
    assert not logroom.take(file, 10)
    file.write_bytes(b"x" * 20)
    assert logroom.take(file, 10)
    assert file.read_bytes() == b"x" * 20
