"""A home that turns red asks its named case manager first, over real processes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge.demo import scene
from tests.e2e.world import NURSE, World, eventually

pytestmark = pytest.mark.timeout(120)

PLAN = """
[[level]]
[[level.recipient]]
id = "duty"
role = "coordinator"
language = "fi"
alias = "Koti 88"
staffed = ["24/7"]
address = true
[[level]]
[[level.recipient]]
id = "anna"
role = "nurse"
language = "fi"
alias = "Koti 88"
staffed = ["24/7"]
address = false
"""


def test_the_case_manager_is_asked_and_then_the_others(own_world: World) -> None:
    """A press asks the duty desk as ever, red the case manager alone; "not me" asks them all."""
    world = own_world
    world.start_desk()
    world.start_home()
    world.start_gateway()
    password = str(scene.password_file(world.folder))

    def office(*words: str) -> str:
        return world.desk(*words, "--as", NURSE, "--password-file", password)

    (gateway,) = [home["gateway"] for home in eventually("the home is known", known_by(world))]
    plan = world.folder / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    office("escalation", "set", gateway, str(plan))
    office("customer", "add", "c-demo", "--name", "Aino Mallikas", "--address", "Mallikatu 5 A 12")
    office("life", "manager", "c-demo", "--account", NURSE)
    world.gateway("checklist", "ask", "fire", "--by", "anna", "--answer", "FS-05=bed",
                  "--answer", "FS-22=no")  # fmt: skip
    world.happen("press", "help-button")

    def asked(code: str, *who: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            rows = [row for row in world.desk_alerts() if row["code"] == code]
            return rows[0] if rows and rows[0]["asked"] == sorted(who) else None

        found: dict[str, Any] = eventually(f"{code} asks {who}", look)
        return found

    asked("help_button", "duty")
    red = asked("level_changed", NURSE)
    mine = json.loads(office("life", "due", "--mine", "--json"))
    assert {one["kind"] for one in mine} == {"alert", "notice"}
    world.decide("decline", red["id"])
    asked("level_changed", NURSE, "duty")


def known_by(world: World) -> Any:
    return lambda: json.loads(world.desk("homes", "--json"))
