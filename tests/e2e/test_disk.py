"""The disk fails under a running gateway: alerts reach the desk all the same."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import World, eventually
from tests.store import disks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings(disks.TOLD),
]


def _on(world: World, folder: Path) -> None:
    """The gateway's database on this disk."""
    text = world.settings.read_text(encoding="utf-8")
    own = json.dumps(str(world.folder / "home.db"))
    assert own in text
    world.settings.write_text(text.replace(own, json.dumps(str(folder / "home.db"))), "utf-8")


def _disk(world: World) -> Any:
    return world.gateway("status")["disk"]


def test_the_card_turns_read_only_and_the_press_arrives(own_world: World, tmp_path: Path) -> None:
    """From the radio to the desk out of memory, with a fault beside it; what was stored stays."""
    if not disks.can_mount():
        return
    with disks.disk(tmp_path, size_bytes=64 * 1024 * 1024) as disk:
        own_world.start_desk()
        own_world.start_home()
        _on(own_world, disk.folder)
        own_world.start_gateway()
        own_world.happen("smoke", "smoke-1", "on")
        own_world.on_desk("smoke")
        disk.abort()
        own_world.happen("press", "help-button")
        own_world.on_desk("help_button")
        own_world.on_desk("gateway_fault", within_s=60)
        eventually("both are held", lambda: _disk(own_world)["held_alerts"] >= 2)
        assert _disk(own_world)["trouble"] in ("read_only", "io")
        assert "memory only" in own_world.gateway_says("status")
        own_world.kill("gateway", signal.SIGKILL)
        own_world.start_gateway()  # from a card that is read-only at the start
        own_world.happen("press", "help-button")
        eventually("it hears", lambda: _disk(own_world)["held_alerts"])
        assert own_world.kill("gateway", signal.SIGTERM) == 0


def test_a_database_with_flipped_bits_is_set_aside_at_the_start(own_world: World) -> None:
    """A new store under a new id, the devices of the settings, the fault at the desk."""
    own_world.start_desk()
    own_world.start_home()
    own_world.start_gateway()
    before = own_world.gateway("status")["store"]["heads"]["store_id"]
    assert own_world.kill("gateway", signal.SIGTERM) == 0
    path = own_world.folder / "home.db"
    with path.open("r+b") as file:
        file.write(b"\0" * 64)
    own_world.start_gateway()
    after = own_world.gateway("status")
    assert after["store"]["heads"]["store_id"] != before
    (name,) = eventually("the look at the disk", lambda: _disk(own_world).get("aside"))
    assert (own_world.folder / name).read_bytes()[:64] == b"\0" * 64
    own_world.on_desk("gateway_fault")
    own_world.happen("press", "help-button")
    own_world.on_desk("help_button")
