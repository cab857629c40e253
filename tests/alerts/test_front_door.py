"""A stillness that began with the front door is told after a whole day of day, and no later."""

from __future__ import annotations

import pytest

from edge.domain import Plan, Role, Room, Visit, VisitKind
from tests.support.living import DAY, HOUR, MINUTE, Living

ROOMS = (Room(id="hallway", outer=True), Room(id="kitchen"))


def living(room: str = "hallway") -> Living:
    """14:00: day goes on until 22:00, and from 08:00 again."""
    home = Living()
    home.tell(Plan(rooms=ROOMS, by="installer.one"))
    home.enrol("motion", Role.MOTION)
    home.enrol("door", Role.DOOR, room=room, silent_after_s=5 * 86_400)
    home.observe("motion", "motion", value=True)
    home.observe("door", "door", value=False)
    return home


def out(home: Living) -> None:
    home.observe("door", "door", value=True)
    home.wait(MINUTE)
    home.observe("door", "door", value=False)


def still_for(home: Living, ms: int) -> list[str]:
    home.beacon("motion", "motion", value=False, every=HOUR // 2, until=ms)
    return home.codes()


def test_whoever_went_out_is_asked_after_when_the_day_has_passed() -> None:
    """Eight hours out are a day out; the next morning somebody should know."""
    home = living()
    out(home)
    assert still_for(home, 18 * HOUR) == []
    assert still_for(home, DAY - 16 * HOUR) == ["no_activity"]
    assert "outer_door_last" in home.open("no_activity").flags


def test_whoever_is_seen_inside_afterwards_came_home() -> None:
    home = living()
    out(home)
    home.wait(MINUTE)
    home.observe("motion", "motion", value=True)
    home.observe("motion", "motion", value=False)
    assert still_for(home, 19 * HOUR) == ["no_activity"]
    assert "outer_door_last" not in home.open("no_activity").flags


@pytest.mark.parametrize("why", ["a carer left", "an inner door", "no plan"])
def test_a_door_that_says_nothing_of_the_resident_puts_nothing_off(why: str) -> None:
    """The carer's door, a door between rooms, and one of which nobody said that it is outer."""
    home = living("kitchen" if why == "an inner door" else "hallway")
    if why == "no plan":
        home.tell(Plan(rooms=(), by="installer.one"))
    if why == "a carer left":
        now = home.now.wall_ms
        told = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=now + HOUR // 2)
        home.tell(told)
        home.wait(HOUR // 2 + 10 * MINUTE)  # late, as rounds are
    out(home)
    assert still_for(home, 20 * HOUR) == ["no_activity"]
