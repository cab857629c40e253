"""Brokers for the uplink's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mosquitto import Mosquitto
from tests.uplink.brokers import Amqtt, engine


@pytest.fixture(params=["mosquitto", "amqtt"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mosquitto | Amqtt]:
    """Each of the two engines in turn."""
    with engine(request.param, tmp_path) as running:
        yield running
