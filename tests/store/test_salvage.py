"""What a file that is set aside still tells of devices: with its log, from a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from edge.store import aside
from edge.store.bounds import DEFAULT_BOUNDS
from edge.store.database import Database
from tests.store.samples import BUTTON, CLIMATE, batch


@pytest.fixture
def torn(path: Path, tmp_path: Path) -> Path:
    """A database of which the last enrolment stands in the log alone, as a power cut leaves it."""
    cut = tmp_path / "cut" / "home.db"
    cut.parent.mkdir()
    with Database.open(path) as database:
        database.record(batch(enrolled=[BUTTON]))
        database._checkpoint()
        database.record(batch(enrolled=[CLIMATE], driver_states={CLIMATE.id: b"7"}))
        for part in ("", "-wal"):
            shutil.copyfile(path.with_name(path.name + part), cut.with_name(cut.name + part))
    return cut


def test_the_log_is_read_too(torn: Path) -> None:
    """A device of the last hours is heard again; neither file nor log is touched."""
    before = [part.read_bytes() for part in sorted(torn.parent.iterdir())]
    found = aside.salvage(torn, DEFAULT_BOUNDS)
    assert [device.id for device in found.devices] == [BUTTON.id, CLIMATE.id]
    assert found.states == {CLIMATE.id: b"7"}
    assert [part.read_bytes() for part in sorted(torn.parent.iterdir())] == before
    assert not list(aside._MEMORY.glob("kotivahti-*"))


def test_a_file_that_is_too_large_to_copy_is_read_as_it_lies(torn: Path) -> None:
    """Without its log: what was written back into the file is better than nothing."""
    small = msgspec.structs.replace(DEFAULT_BOUNDS, copy_bytes=0)
    assert [d.id for d in aside.salvage(torn, small).devices] == [BUTTON.id]


def test_a_log_that_is_not_one_hides_nothing(torn: Path) -> None:
    """Noise in the log's place: SQLite ignores what has no checksum, and so do we."""
    log = torn.with_name(torn.name + "-wal")
    log.write_bytes(b"\xff" * log.stat().st_size)
    assert [d.id for d in aside.salvage(torn, DEFAULT_BOUNDS).devices] == [BUTTON.id]


def test_what_is_no_database_tells_nothing(tmp_path: Path) -> None:
    """And raises nothing: the start goes on without it."""
    path = tmp_path / "home.db"
    path.write_bytes(b"noise" * 1_000)
    assert aside.salvage(path, DEFAULT_BOUNDS) == aside.Salvaged()
