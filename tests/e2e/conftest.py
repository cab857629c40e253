"""Worlds of real processes: one shared by the tests of a file, or one of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.support.mosquitto import mosquitto


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A home, its gateway and a desk, all running."""
    folder = tmp_path_factory.mktemp("world")
    with mosquitto(folder) as broker:
        one = World(folder, broker)
        try:
            one.start_desk()
            one.start_home()
            one.start_gateway()
            yield one
        finally:
            one.stop()


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """Nothing started yet but the broker: the test says what, when, and kills it."""
    with mosquitto(tmp_path) as broker:
        one = World(tmp_path, broker)
        try:
            yield one
        finally:
            one.stop()
