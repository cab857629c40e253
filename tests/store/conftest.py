from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """A new database; close and reopen `path` yourself to see what is on the disk."""
    with Database.open(path) as opened:
        yield opened
