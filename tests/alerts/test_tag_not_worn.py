from __future__ import annotations

import pytest

from edge.domain import Priority, Quality, Role, Scalar, Stay, StayKind, Sync, Visit, VisitKind
from edge.events import ConfigLoaded
from tests.support.living import DAY, HOUR, MINUTE, Living

AFTER_H = 4


def living(role: Role = Role.TAG, person: str | None = "resident") -> Living:
    home = Living(settings=ConfigLoaded(tag_unworn_after_s=AFTER_H * 3600))
    home.enrol("tag", role, person=person, silent_after_s=600)
    home.enrol("motion", Role.MOTION)
    return home


def live(
    home: Living, hours: float, kind: str = "movement_counter", value: Scalar = 7, *, moves: bool
) -> None:
    """The tag says the same every five minutes; somebody moves about in the home, or not."""
    for _ in range(int(hours * 12)):
        home.wait(5 * MINUTE)
        home.observe("motion", "motion", value=moves)
        home.observe("tag", kind, value)


@pytest.mark.parametrize(
    "kind, still, stirs",
    [("movement_counter", 7, 8), ("moving", False, True), ("vibration", False, True)],
)
def test_heard_and_never_moving_while_others_do(kind: str, still: Scalar, stirs: Scalar) -> None:
    """For the next visit, about the equipment; when it stirs that is noted."""
    home = living()
    live(home, AFTER_H, kind, still, moves=True)
    assert home.codes() == []
    live(home, 0.5, kind, still, moves=True)
    alert = home.open("tag_not_worn", "tag")
    assert alert.priority is Priority.NORMAL
    assert alert.params["hours"] == AFTER_H
    home.observe("tag", kind, stirs)
    assert home.open("tag_not_worn").flags == ("moves_again",)


@pytest.mark.parametrize("role", [Role.TAG, Role.FALL_DETECTOR])
def test_one_that_moves_is_worn(role: Role) -> None:
    """A counter that counts."""
    home = living(role)
    for n in range(10):
        live(home, 1, value=n, moves=True)
    assert home.codes() == []


def test_one_that_tells_no_movement_is_not_judged() -> None:
    """A beacon without a sensor of its own lies and is worn alike; a press is no sensor."""
    home = living()
    home.observe("tag", "button", "press")
    live(home, 7, "heartbeat", value=True, moves=True)
    assert home.codes() == ["help_button"]
    assert home.home.devices["tag"].worn is None


def test_a_tag_on_a_thing_is_not_worn_by_anybody() -> None:
    """Without a person it may hang on a walker."""
    home = living(person=None)
    live(home, 7, moves=True)
    assert home.codes() == []


def test_where_nobody_moves_nobody_can_be_wearing_it() -> None:
    """The resident sleeps, or is out: that is not this rule's business."""
    home = living()
    live(home, 7, moves=False)
    assert "tag_not_worn" not in home.codes()


def test_nights_do_not_count() -> None:
    """On the bedside table until eight in the morning."""
    home = living()
    home.wait(8 * HOUR)
    live(home, 9.5, moves=True)
    assert "tag_not_worn" not in home.codes()


def test_a_stay_does_not_count() -> None:
    """The tag was left at home, and somebody waters the flowers."""
    home = living()
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    live(home, 7, moves=True)
    assert home.codes() == []


def test_a_visit_does_not_count() -> None:
    """It is the visitor who moves."""
    home = living()
    now = home.now.wall_ms
    home.tell(Visit(kind=VisitKind.PHYSICAL, role="cleaner", from_ms=now, until_ms=now + 7 * HOUR))
    live(home, 7, moves=True)
    assert home.codes() == []


def test_a_tag_that_is_not_heard_is_silent_and_not_unworn() -> None:
    """Gaps beyond its deadline count for nothing."""
    home = living()
    for _ in range(20):
        home.wait(11 * MINUTE)
        home.observe("motion", "motion", value=True)
        home.observe("tag", "movement_counter", 7)
    worn = home.home.devices["tag"].worn
    assert worn is not None
    assert worn.idle_ms == 0


def test_under_an_unset_clock_day_is_not_known() -> None:
    """Nothing is counted."""
    home = living()
    home.reboot(0, sync=Sync.NONE)
    live(home, 7, moves=True)
    assert home.codes() == []


def test_a_doubtful_word_is_none() -> None:
    """Neither worn nor unworn by a replayed frame."""
    home = living()
    live(home, 2, moves=True)
    before = home.home.devices["tag"].worn
    home.observe("tag", "movement_counter", 8, Quality.POSSIBLE_REPLAY)
    assert home.home.devices["tag"].worn is before


def test_an_unworn_tag_covers_nothing() -> None:
    """What is heard of it is not about its wearer: its coverage stops growing."""
    home = living()
    live(home, 5, moves=True)
    covered = home.home.coverage.devices["tag"]
    live(home, 1, moves=True)
    assert home.home.coverage.devices["tag"] == covered
    live(home, 1, value=8, moves=True)
    assert home.home.coverage.devices["tag"] > covered


def test_left_on_the_shelf_it_is_told_again_after_a_week() -> None:
    """Closed, and nobody put it on."""
    home = living()
    live(home, 5, moves=True)
    home.close(home.open("tag_not_worn"))
    home.wait(6 * DAY)
    assert not home.is_open("tag_not_worn")
    home.wait(2 * DAY)
    assert home.is_open("tag_not_worn")


def test_a_restart_keeps_the_count() -> None:
    """Half before, half after; the time off counts for nothing."""
    home = living()
    live(home, 2, moves=True)
    home.restart(MINUTE)
    live(home, 2.5, moves=True)
    assert home.is_open("tag_not_worn")
