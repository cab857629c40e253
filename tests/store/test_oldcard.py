"""The card of a box that broke: read from a copy, whole or with a named error."""

from __future__ import annotations

import hashlib
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import StoreError, StoreTooNewError
from edge.store import oldcard
from edge.store.database import Database
from tests.store.samples import AT, batch, message, telemetry

TAKE = """
import sys
from pathlib import Path
from edge.store import oldcard
with oldcard.opened(Path(sys.argv[1]), Path(sys.argv[2])) as card:
    print(card.heads.message)
"""


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card with two alerts and a telemetry message owed, one alert received; WAL not folded."""
    folder = tmp_path / "card" / "var" / "lib" / "kotivahti"
    folder.mkdir(parents=True)
    path = folder / "home.db"
    live = tmp_path / "live.db"
    with Database.open(live, home="site-88", store_id="store-1") as database:
        database.record(batch(messages=[message(1), telemetry(2), message(3), message(4)]))
        database.mark_received([message(3).id], AT)
        for suffix in ("", "-wal"):  # as a power cut leaves them
            copy = path.with_name(path.name + suffix)
            copy.write_bytes(live.with_name(live.name + suffix).read_bytes())
    assert path.with_name("home.db-wal").stat().st_size, "what matters stands in the log"
    return tmp_path / "card"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_owed_alerts_come_with_the_log_and_the_card_stays_as_it_was(card: Path, scratch: Path):
    """Bytes, ids and order; the log included; not a byte of the card is touched."""
    before = digests(card)
    path = oldcard.find(card)
    with oldcard.opened(path, scratch) as found:
        assert (found.home, found.heads.store_id, found.heads.message) == ("site-88", "store-1", 4)
        assert found.owed_alerts() == [message(1), message(4)]
        assert found.owed_alerts(below=4) == [message(1)]
        assert found.owed_alerts(below=1) == []
        assert found.owed_others() == 1
    assert digests(card) == before


def test_the_database_is_found_where_that_box_kept_it(tmp_path: Path, card: Path):
    """Where its settings said, where ours is by itself, and a file by its own name."""
    assert oldcard.find(card).name == "home.db"
    other = card / "data" / "kv.db"
    other.parent.mkdir()
    other.write_bytes(b"")
    assert oldcard.find(card, "/data/kv.db") == other
    assert oldcard.find(other) == other
    with pytest.raises(StoreError, match="mount the card"):
        oldcard.find(tmp_path / "scratchless")


@pytest.mark.parametrize("kept", [0, 1, 100, 4096, 5000])
def test_a_card_cut_off_is_a_named_error(card: Path, scratch: Path, kept: int):
    """At a page and within one: never a crash, never half of what is owed."""
    path = oldcard.find(card)
    path.with_name("home.db-wal").unlink()
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StoreError, match=";"), oldcard.opened(path, scratch) as found:
        found.owed_alerts()


def test_a_damaged_card_is_a_named_error(card: Path, scratch: Path):
    """Pages of another program's bytes."""
    path = oldcard.find(card)
    path.with_name("home.db-wal").unlink()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    with pytest.raises(StoreError, match=r"home\.db"), oldcard.opened(path, scratch) as found:
        found.owed_alerts()


def test_a_foreign_file_and_a_foreign_database_are_named(tmp_path: Path, scratch: Path):
    """A picture, an empty file, another program's database."""
    for name, content in (("a.db", b"\x89PNG" * 2000), ("b.db", b"")):
        (tmp_path / name).write_bytes(content)
    with sqlite3.connect(tmp_path / "c.db") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    for name in ("a.db", "b.db", "c.db"):
        with pytest.raises(StoreError, match=name), oldcard.opened(tmp_path / name, scratch):
            pass
        for leftover in scratch.iterdir():
            leftover.unlink()


def test_a_newer_release_asks_for_itself(card: Path, scratch: Path):
    """Its tables may mean something else by now."""
    path = oldcard.find(card)
    with sqlite3.connect(path) as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('kotivahti', 'm9999_future', '')"
        )
    database.close()
    with pytest.raises(StoreTooNewError, match="m9999_future"), oldcard.opened(path, scratch):
        pass


def test_an_older_schema_is_read_as_it_is(tmp_path: Path, scratch: Path):
    """The outbox is as old as the first release."""
    schema = Path(__file__).with_name("schemas") / "v1.sql"
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as database:
        database.executescript(schema.read_text(encoding="utf-8"))
        database.execute("INSERT OR IGNORE INTO store (key, store_id) VALUES (1, 'store-0')")
    database.close()
    with oldcard.opened(path, scratch) as found:
        assert isinstance(found.owed_alerts(), list)


@pytest.mark.timeout(30)
def test_a_full_disk_is_named_with_both_places(card: Path, scratch: Path):
    """The kernel's own refusal: a file may not grow beyond 4 kB."""
    path = oldcard.find(card)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(
        [sys.executable, "-c", TAKE, str(path), str(scratch)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small,
    )
    assert done.returncode != 0
    assert str(path) in done.stderr
    assert str(scratch) in done.stderr
    assert "free space" in done.stderr
