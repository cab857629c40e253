"""From a command to the modem's port and back: processes, a pty, and the modem's own decoder."""

from __future__ import annotations

from typing import Any

import pytest

from edge.control.client import ask
from tests.e2e.world import World, eventually, kotivahti

pytestmark = pytest.mark.timeout(90)

NUMBER = "+358401234567"


@pytest.fixture
def world(own_world: World) -> World:
    """A home with a modem and its gateway; no desk is needed."""
    own_world.start_home("--home", "modem")
    own_world.start_gateway()
    return own_world


def pager(world: World) -> dict[str, Any]:
    """As `kotivahti status` has it; asked at the socket, since it is asked often."""
    found: dict[str, Any] = ask(world.folder / "control.sock", "status")["pager"]
    return found


def test_a_message_goes_out_a_reply_comes_in_and_a_dead_modem_is_told(world: World) -> None:
    """The whole path, by public commands; numbers and words are in no log of the gateway."""
    config = ("--config", str(world.settings))
    eventually("the modem is ready", lambda: pager(world)["up"])
    assert "Text messages can be sent" in kotivahti("pager", "status", *config)

    said = kotivahti("pager", "test", NUMBER, "--lang", "fi", *config)
    assert "Verkko otti viestin vastaan" in said
    sent = world.happen("status")
    assert f"to {NUMBER}: Tämä on Kotivahdin tekstiviestien kokeilu." in sent

    world.happen("sms", "modem-1", NUMBER, "K7QZ4M", "ok")
    eventually("the reply has come in", lambda: pager(world)["received"] == 1)

    world.happen("modem", "modem-1", "error", "1")
    refused = kotivahti("pager", "test", NUMBER, *config, check=False)
    assert refused == ""
    assert pager(world)["refused"] == 1

    world.happen("unplug", "modem-1")
    eventually("the modem is gone", lambda: not pager(world)["up"])
    eventually("its alert is open", lambda: _open_faults(world) == ["path/sms"])
    world.happen("plug", "modem-1")
    eventually("the modem is back", lambda: pager(world)["up"])
    eventually("its alert is over", lambda: _open_faults(world) == [])

    log = world.log("gateway")
    assert NUMBER not in log
    assert "K7QZ4M" not in log


def _open_faults(world: World) -> list[str]:
    rows = ask(world.folder / "control.sock", "alerts", {"open": True})
    parts = [f"{row['params']['fault']}/{row['params']['part']}" for row in rows]
    return [part for part in parts if part == "path/sms"]
