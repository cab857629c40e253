"""The second path from device bytes to the desk: every part its own process, told by commands."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from edge.control.client import ask
from tests.app.escalation_bench import CODE
from tests.e2e.world import World, eventually

PLAN = Path(__file__).parents[2] / "config/escalation.example.toml"
DUTY = "+358401234501"
BY = ("--by", "installer.one")
# The table's 20 s without a receipt, and the modem's own seconds for one message.
OUT_WITHIN_S = 25.0

pytestmark = pytest.mark.timeout(120)


def test_a_press_without_a_broker_reaches_a_person_and_the_answer_the_desk(
    own_world: World,
) -> None:
    """Radio bytes, a modem on a pty, a reply by text: acknowledged at home, logged, at the desk."""
    world = own_world
    world.start_home("--home", "modem")
    world.start_gateway()
    eventually("the modem is ready", lambda: status(world)["pager"]["up"])
    eventually("connected", lambda: status(world)["path"]["up"])
    assert [len(one["recipient"]) for one in put_in_force(world)] == [1, 1, 1]

    world.broker.kill()
    began = time.monotonic()
    world.happen("press", "help-button")
    said = eventually("the text message is out", lambda: sent_to(world, DUTY), 30)
    took_s = time.monotonic() - began
    assert took_s <= OUT_WITHIN_S, took_s
    assert said.startswith("Koti 88: ")
    code = CODE.search(said)
    assert code is not None, said

    world.happen("sms", "modem-1", DUTY, code[0], "OTAN")
    taken = eventually("somebody has it", lambda: acknowledged(world))
    assert taken["by"] == "telecare"
    lines = eventually("both messages are in the log", lambda: messages(world, 2))
    assert {(row["recipient"], row["what"], row["path"]) for row in lines} == {
        ("telecare", "help_button", "sms")
    }
    assert [(row["basis"], row["messages"]) for row in lines] == [("plan", 1)] * 2
    assert "telecare: text message" in world.gateway_says("disclosures")

    world.broker.start()
    world.start_desk()
    row = world.on_desk("help_button", "acknowledged", 60)
    assert row["holder"] == "telecare"
    log = world.log("gateway")
    assert DUTY not in log
    assert code[0] not in log


def status(world: World) -> dict[str, Any]:
    """As `kotivahti status` has it; asked at the socket, since it is asked often."""
    found: dict[str, Any] = ask(world.folder / "control.sock", "status")
    return found


def put_in_force(world: World) -> list[dict[str, Any]]:
    """The plan by the public command; its levels as they were taken."""
    found: list[dict[str, Any]] = world.gateway("escalation", "set", str(PLAN), *BY)["plan"][
        "level"
    ]
    return found


def sent_to(world: World, number: str) -> str:
    """The newest text that stands in the virtual modem's own record for this number, or ''."""
    found = re.findall(rf"to {re.escape(number)}: ([^;]*)", world.happen("status"))
    return str(found[-1]) if found else ""


def acknowledged(world: World) -> dict[str, Any] | None:
    rows: list[dict[str, Any]] = ask(world.folder / "control.sock", "alerts", {"open": True})
    found = [row for row in rows if row["code"] == "help_button"]
    return next((row for row in found if row["state"] == "acknowledged"), None)


def messages(world: World, least: int) -> list[dict[str, Any]]:
    """The log's text messages once there are so many, and the network has confirmed each."""
    rows = ask(world.folder / "control.sock", "disclosures")["disclosures"]
    found = [row for row in rows if row["class"] == "message"]
    return found if len(found) >= least and all(row["received"] for row in found) else []
