"""What a device saw and what a person said of the same thing, from its bytes to the desk's list."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.world import World, eventually

pytestmark = pytest.mark.timeout(120)

BY = ("--by", "anna")


def fire(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.gateway("checklist", "show", "fire")
    return found


def test_a_smoke_alarm_fills_in_and_contradicts_and_replaces_nobody(own_world: World) -> None:
    """An alarm that a nurse closed as real: it proposes "once", and stands beside a person's "no"
    on the list of the next visit, which the desk has too.
    """
    world = own_world
    world.start_desk()
    world.start_home()
    world.start_gateway()
    assert fire(world)["suggested"] == []
    world.happen("smoke", "smoke-1", "on")
    world.decide("close", world.on_desk("smoke")["id"], "--outcome", "helped")
    heard = eventually("the device's word", lambda: fire(world)["suggested"])
    assert [(one["item"], one["code"], one["source"]) for one in heard] == [
        ("FS-20", "once", "device"),
    ]

    world.gateway("checklist", "ask", "fire", *BY, "--answer", "FS-20=none")
    found = fire(world)
    assert found["answers"]["FS-20"]["source"] == "human", "the person's word stands"
    (against,) = found["conflicts"]
    assert (against["item"], against["said"], against["code"]) == ("FS-20", "none", "once")

    def told() -> list[str]:
        rows = json.loads(world.desk("work", "--json"))
        lines = [line for row in rows for line in row["lines"] if line["code"] == "conflict"]
        return [line["params"]["items"] for line in lines]

    assert eventually("the conflict at the desk", told) == ["FS-20"]
