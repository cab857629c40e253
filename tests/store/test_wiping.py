"""Wiping the log in place takes nothing that was stored, wherever the power or the process goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.store import wiping
from edge.store.bounds import Bounds
from edge.store.database import Database
from tests.store.samples import AT, batch, message, reading

TOLD = 120  # commits: more than CHECKPOINT_EVERY_COMMITS, so that a tidy is due
LARGE_LOG = Bounds(wal_bytes=100_000)


def tell(database: Database, count: int = TOLD) -> None:
    for _ in range(count):
        number = database.heads().message + 1
        seen = [reading("x" * 500, AT) for _ in range(20)]
        database.record(batch(database, observations=seen, messages=[message(number)]))


class Card:
    """A disk that keeps what was synced, and of what was not any piece that it likes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path, into: Path) -> None:
        self._log, self._path, self._into = wiping.log_of(path), path, into
        self.left: list[Path] = []  # databases as a power cut at some moment leaves them
        self._synced = b""
        for name, call in (
            ("pwrite", self._pwrite),
            ("ftruncate", self._ftruncate),
            ("fsync", self._fsync),
        ):
            monkeypatch.setattr(os, name, self._with(getattr(os, name), call))

    def begin(self) -> None:
        self._synced = self._log.read_bytes()

    def _with(
        self, real: Callable[..., object], seen: Callable[..., None]
    ) -> Callable[..., object]:
        def call(*args: object) -> object:
            if self._synced:
                seen(*args)
            return real(*args)

        return call

    def _pwrite(self, _: int, data: bytes, at: int) -> None:
        half = len(data) // 2
        for start, piece in ((0, data), (half, data[half:])):
            log = bytearray(self._synced)
            log[at + start : at + start + len(piece)] = piece
            self._cut(bytes(log))

    def _ftruncate(self, _: int, size: int) -> None:
        self._cut(self._synced[:size])

    def _fsync(self, _: int) -> None:
        self._synced = self._log.read_bytes()
        self._cut(self._synced)

    def _cut(self, log: bytes) -> None:
        copy = self._into / f"{len(self.left)}.db"
        shutil.copyfile(self._path, copy)
        wiping.log_of(copy).write_bytes(log)
        self.left.append(copy)


def whole(path: Path, count: int) -> bool:
    with Database.open(path) as database:
        assert database.status(check=True).integrity == "ok", path.name
        return (database.heads().message, len(database.owed(10_000))) == (count, count)


@pytest.mark.parametrize("why", ["large", "erased", "closed"])
def test_no_cut_of_the_power_while_the_log_is_wiped_takes_a_row(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """A log of which the beginning still stands would be played back over newer pages."""
    folder = tmp_path / "cuts"
    folder.mkdir()
    card = Card(monkeypatch, path, folder)
    bounds = LARGE_LOG if why == "large" else Bounds(wal_bytes=1 << 30)
    with Database.open(path, bounds=bounds) as database:
        tell(database)
        # A checkpoint has passed over some of it before, as in a life of weeks.
        database._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        tell(database)
        wiping.emptied(database._connection)  # so that `begin` sees the log as the wipe does
        card.begin()
        if why == "erased":
            database._empty_log = True
        if why != "closed":
            database.tidy()
    assert len(card.left) > 3
    monkeypatch.undo()
    assert [cut.name for cut in card.left if not whole(cut, 2 * TOLD)] == []


CHILD = """
import sys
from edge.store.bounds import Bounds
from edge.store.database import Database
from tests.store.test_wiping import LARGE_LOG, TOLD, tell
with Database.open(sys.argv[1], bounds=LARGE_LOG) as database:
    tell(database)
    print("told", flush=True)
    if sys.argv[2] == "erased":
        database._empty_log = True
    if sys.argv[2] != "closed":
        database.tidy()
        print("tidy", flush=True)
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("why", ["large", "erased", "closed"])
def test_a_kill_right_after_the_log_was_cut_takes_no_row(path: Path, why: str) -> None:
    """The next process finds a log that is shorter than its commits, or none."""
    command = [sys.executable, "-c", CHILD, str(path), why]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == (0 if why == "closed" else -signal.SIGKILL), done.stderr
    assert whole(path, TOLD)
