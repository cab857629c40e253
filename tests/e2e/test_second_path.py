"""The second path from device bytes to the desk: every part its own process, told by commands."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from edge.control.client import ask
from tests.app.escalation_bench import CODE
from tests.e2e.world import World, eventually
from tests.store import disks

PLAN = Path(__file__).parents[2] / "config/escalation.example.toml"
DUTY = "+358401234501"
BY = ("--by", "installer.one")
# The table's 20 s without a receipt, and the modem's own seconds for one message.
OUT_WITHIN_S = 25.0

pytestmark = [pytest.mark.timeout(120), pytest.mark.filterwarnings(disks.TOLD)]


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
    world.kill("gateway", signal.SIGTERM)  # a new process waits for no retry of up to a minute
    world.start_gateway()
    row = world.on_desk("help_button", "acknowledged", 30)
    assert row["holder"] == "telecare"
    log = world.log("gateway")
    assert DUTY not in log
    assert code[0] not in log


def test_a_card_that_turns_read_only_holds_no_message_back(
    own_world: World, tmp_path: Path
) -> None:
    """No broker and no disk: everybody is asked, an answer counts, and so it does after a death."""
    if not disks.can_mount():
        return
    world = own_world
    with disks.disk(tmp_path, size_bytes=64 * 1024 * 1024) as disk:
        world.start_home("--home", "modem")
        move_database(world, disk.folder)
        world.start_gateway()
        eventually("the modem is ready", lambda: status(world)["pager"]["up"])
        put_in_force(world)
        world.broker.kill()
        disk.abort()
        world.happen("smoke", "smoke-1", "on")
        said = eventually("the text message is out", lambda: sent_to(world, DUTY), 10)
        code = CODE.search(said)
        assert code is not None, said
        world.happen("sms", "modem-1", DUTY, code[0], "OTAN")
        taken = eventually("somebody has it", lambda: acknowledged(world, "smoke"))
        assert taken["by"] == "telecare"
        assert world.ended("gateway") is None
        world.kill("gateway")
        world.start_gateway()  # from a card that is read-only at the start
        eventually("the modem is ready", lambda: status(world)["pager"]["up"])
        world.happen("smoke", "smoke-1", "off")
        before = sent_to(world, DUTY)
        world.happen("smoke", "smoke-1", "on")
        eventually("asked anew", lambda: sent_to(world, DUTY) != before, 10)
        world.stop()  # before its disk goes


def move_database(world: World, folder: Path) -> None:
    """The gateway's database on this disk."""
    text = world.settings.read_text(encoding="utf-8")
    own = json.dumps(str(world.folder / "home.db"))
    assert own in text
    world.settings.write_text(text.replace(own, json.dumps(str(folder / "home.db"))), "utf-8")


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


def acknowledged(world: World, code: str = "help_button") -> dict[str, Any] | None:
    rows: list[dict[str, Any]] = ask(world.folder / "control.sock", "alerts", {"open": True})
    found = [row for row in rows if row["code"] == code]
    return next((row for row in found if row["state"] == "acknowledged"), None)


def messages(world: World, least: int) -> list[dict[str, Any]]:
    """The log's text messages once there are so many, and the network has confirmed each."""
    rows = ask(world.folder / "control.sock", "disclosures")["disclosures"]
    found = [row for row in rows if row["class"] == "message"]
    return found if len(found) >= least and all(row["received"] for row in found) else []
