from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import StoreBusyError, StoreError
from edge.store.database import Database

HOLDER = """
import sys
from edge.store.database import Database
with Database.open(sys.argv[1]) as database:
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.mark.timeout(60)
def test_a_second_process_is_refused_with_the_first_ones_number(path: Path) -> None:
    """The command that comes while the gateway runs learns who has the database."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        while holder.stdout.readline().strip() != b"open":
            assert holder.poll() is None
        with pytest.raises(StoreBusyError, match=f"process {holder.pid} owns this database"):
            Database.open(path)
        with pytest.raises(StoreBusyError, match="another program"):
            Database.open(path, lock=False)
    finally:
        holder.kill()
        holder.communicate()
    Database.open(path).close()


def test_the_same_process_is_refused_too(database: Database, path: Path) -> None:
    """Two owners in one process would number twice."""
    with pytest.raises(StoreBusyError, match=f"process {os.getpid()} owns"):
        Database.open(path)


def test_a_refused_open_lets_go_of_everything(path: Path) -> None:
    """A file that could be opened after a mend is not locked by the attempt before it."""
    Database.open(path, home="home-1").close()
    for _ in range(2):
        with pytest.raises(StoreError, match="belongs to home"):
            Database.open(path, home="home-2")
    Database.open(path, home="home-1").close()


def test_a_missing_directory_is_named_with_its_mend(tmp_path: Path) -> None:
    """The installer reads what to do, with and without the lock."""
    for lock in (True, False):
        with pytest.raises(StoreError, match=r"No such file.*change \[store\] path"):
            Database.open(tmp_path / "absent" / "home.db", lock=lock)


def test_nobody_reads_the_home_while_we_run(database: Database, path: Path) -> None:
    """No second program reads along, and no shared index file is needed beside the log."""
    other = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("SELECT * FROM store")
    other.close()
    assert not path.with_name("home.db-shm").exists()


def test_every_commit_is_synced(database: Database) -> None:
    """The settings that the promise stands on: WAL, FULL (2), deletion that overwrites."""
    pragmas = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
    found = [database._connection.execute(f"PRAGMA {p}").fetchone()[0] for p in pragmas]
    assert found == ["wal", 2, 1, 1]
