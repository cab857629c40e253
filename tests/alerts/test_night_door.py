from __future__ import annotations

import msgspec
import pytest

from edge.domain import (
    Decision,
    Priority,
    Quality,
    Question,
    Role,
    Stay,
    StayKind,
    Sync,
    Visit,
    VisitKind,
    Withdrawn,
)
from edge.events import ConfigLoaded, NightDoor
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living, decision

DOORS = NightDoor(devices=("front",), back_within_s=600)
DECISION = decision(Question.NIGHT_DOORS, "2026-05-01")
WITHIN = 10 * MINUTE


def living(told: Decision | None = DECISION, doors: NightDoor = DOORS) -> Living:
    """A home at 01:00 in the night after the decision."""
    home = Living(settings=ConfigLoaded(night_door=doors))
    if told is not None:
        home.tell(told)
    for name, role, room in (
        ("front", Role.DOOR, "hallway"),
        ("fridge", Role.DOOR, "kitchen"),
        ("hall", Role.MOTION, "hallway"),
        ("bedroom", Role.MOTION, "bedroom"),
    ):
        home.enrol(name, role, room=room, silent_after_s=86_400)
        home.observe(name, "battery", 90)
    home.wait(11 * HOUR)
    home.observe("front", "door", value=False)
    return home


def go_out(home: Living, door: str = "front") -> None:
    home.observe(door, "door", value=True)
    home.wait(5 * SECOND)
    home.observe(door, "door", value=False)
    home.observe("hall", "motion", value=True)


def test_opened_at_night_and_nobody_seen_inside() -> None:
    """High, when the time to be back is over; what the hallway saw was the leaving."""
    home = living()
    go_out(home)
    home.wait(WITHIN - 5 * SECOND - 1)
    assert home.codes() == []
    home.wait(1)
    alert = home.open("night_door", "front")
    assert alert.priority is Priority.HIGH
    assert alert.params["opened"] == "2026-03-03 01:00"
    assert alert.flags == ()


@pytest.mark.parametrize("room, after", [("bedroom", 2 * SECOND), ("hall", MINUTE)])
def test_somebody_seen_inside_ends_the_wait(room: str, after: int) -> None:
    """In another room at any time, in the hallway once the leaving is over."""
    home = living()
    go_out(home)
    home.wait(after)
    home.observe(room, "motion", value=True)
    home.wait(HOUR)
    assert home.codes() == []


def test_somebody_seen_later_is_noted() -> None:
    """They are back: a person closes."""
    home = living()
    go_out(home)
    home.wait(HOUR)
    home.observe("bedroom", "motion", value=True)
    assert home.open("night_door").flags == ("activity_seen",)


def test_the_door_again_is_a_return_or_the_next_leaving() -> None:
    """With eyes inside, the wait begins anew: who came back is seen there."""
    home = living()
    go_out(home)
    home.wait(5 * MINUTE)
    home.observe("front", "door", value=True)
    home.wait(6 * MINUTE)
    assert home.codes() == []
    home.wait(4 * MINUTE)
    assert home.is_open("night_door")


def test_without_eyes_inside_the_door_again_is_the_return() -> None:
    """And without that the alert says that a sensor might have known better."""
    home = living()
    for name in ("hall", "bedroom"):
        home.enrol(name, Role.MOTION, silent_after_s=60)
    home.wait(2 * MINUTE)
    home.observe("front", "door", value=True)
    home.observe("front", "door", value=False)
    home.wait(5 * MINUTE)
    home.observe("front", "door", value=True)
    home.wait(HOUR)
    assert not home.is_open("night_door")
    home.observe("front", "door", value=False)
    home.observe("front", "door", value=True)
    home.wait(WITHIN)
    assert home.open("night_door").flags == ("sensor_missing",)


@pytest.mark.parametrize(
    "change",
    [
        None,
        {"basis": ""},
        {"basis": "   "},
        {"decided_by": ""},
        {"review_by": "2026-03-02"},
        {"review_by": "soon"},
        {"question": Question.SLEEP},
    ],
)
def test_off_without_a_decision_in_force(change: dict[str, object] | None) -> None:
    """No basis, no decider, a review date that is past: nobody's door is watched."""
    home = living(None if change is None else msgspec.structs.replace(DECISION, **change))
    go_out(home)
    home.wait(HOUR)
    assert "night_door" not in home.codes()


@pytest.mark.parametrize("doors", [{"devices": ("back",)}, {"from_min": 120}])
def test_a_decision_watches_the_doors_and_hours_of_the_settings(doors: dict[str, object]) -> None:
    """Another door, or a night that begins later."""
    home = living(doors=msgspec.structs.replace(DOORS, **doors))
    go_out(home)
    home.wait(HOUR)
    assert "night_door" not in home.codes()


@pytest.mark.parametrize(
    "change",
    [
        ConfigLoaded(),
        ConfigLoaded(night_door=msgspec.structs.replace(DOORS, devices=("back",))),
        decision(Question.NIGHT_DOORS, "2026-03-02"),
        Withdrawn(question=Question.NIGHT_DOORS, by="coordinator.one"),
    ],
)
@pytest.mark.parametrize("told", [False, True])
def test_a_decision_that_is_withdrawn_ends_what_was_waited_for(
    change: ConfigLoaded | Decision | Withdrawn, told: bool
) -> None:
    """What was begun under it is not gone on with, and nobody is said to be back."""
    home = living()
    go_out(home)
    home.wait(HOUR if told else MINUTE)
    if isinstance(change, ConfigLoaded):
        home.settings = change
        home.restart(SECOND)
    else:
        home.tell(change)
    home.wait(HOUR)
    assert home.is_open("night_door") is told
    assert home.home.watch.outings == {}
    if told:
        assert home.open("night_door").flags == ()


def test_an_unset_clock_ends_no_wait() -> None:
    """The decision stands; whether its last day is over, nobody knows."""
    home = living()
    go_out(home)
    home.reboot(MINUTE, sync=Sync.NONE)
    home.wait(HOUR)
    assert home.is_open("night_door")


def test_a_decision_that_runs_out_says_so_once() -> None:
    """The last day holds; then it is off, and told aloud; a new date puts that away."""
    home = living(msgspec.structs.replace(DECISION, review_by="2026-03-03"))
    home.wait(23 * HOUR - 1)
    assert "decision_expired" not in home.codes()
    home.wait(1)
    alert = home.open("decision_expired", "night_doors")
    assert alert.priority is Priority.NORMAL
    assert alert.params["decided_by"] == "coordinator.one"
    go_out(home)
    home.restart(MINUTE)
    home.reboot(HOUR)
    home.wait(3 * DAY)
    assert home.codes().count("decision_expired") == 1
    assert home.open("decision_expired").rev == 1
    assert "night_door" not in home.codes()
    home.tell(decision(Question.NIGHT_DOORS, "2026-09-01"))
    assert not home.is_open("decision_expired")
    go_out(home)
    home.wait(HOUR)
    assert home.is_open("night_door")


def test_a_decision_that_is_left_lapsed_is_asked_about_monthly() -> None:
    """Closed, and the old decision still stands there."""
    home = living(msgspec.structs.replace(DECISION, review_by="2026-03-03"))
    home.wait(DAY)
    home.close(home.open("decision_expired"))
    home.wait(29 * DAY)
    assert not home.is_open("decision_expired")
    home.wait(2 * DAY)
    assert home.is_open("decision_expired")


def test_by_day_no_door_is_watched() -> None:
    """From 06:00 on people go where they like."""
    home = living()
    home.wait(5 * HOUR)
    go_out(home)
    home.wait(HOUR)
    assert "night_door" not in home.codes()


def test_only_outer_doors_count() -> None:
    """A refrigerator at night is nobody's business."""
    home = living()
    go_out(home, "fridge")
    home.wait(HOUR)
    assert home.codes() == []


def test_a_stay_pauses_it() -> None:
    """Also when it is told while the door stands open."""
    home = living()
    go_out(home)
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0))
    home.wait(HOUR)
    go_out(home)
    home.wait(HOUR)
    assert home.codes() == []


def test_a_visit_explains_the_door() -> None:
    """A nurse on the night round comes and goes."""
    home = living()
    now = home.now.wall_ms
    until = now + 30 * MINUTE
    home.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=until))
    go_out(home)
    home.wait(HOUR)
    assert home.codes() == []


def test_a_visit_that_begins_meanwhile_only_waits() -> None:
    """If it finds nobody, and nobody moves inside, it is told at its end."""
    home = living()
    go_out(home)
    now = home.now.wall_ms
    until = now + 30 * MINUTE
    home.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=until))
    home.wait(30 * MINUTE - 1)
    assert home.codes() == []
    home.wait(1)
    assert home.is_open("night_door")


def test_doubtful_words_neither_open_nor_return() -> None:
    """A replayed movement brings nobody home."""
    home = living()
    home.observe("front", "door", value=True, quality=Quality.POSSIBLE_REPLAY)
    home.wait(HOUR)
    assert home.codes() == []
    go_out(home)
    home.wait(2 * MINUTE)
    home.observe("bedroom", "motion", value=True, quality=Quality.POSSIBLE_REPLAY)
    home.wait(WITHIN)
    assert home.is_open("night_door")


def test_a_repeated_state_opens_no_door() -> None:
    """A contact that says "open" every hour opened once."""
    home = living()
    home.observe("front", "door", value=True)
    home.wait(2 * MINUTE)
    home.observe("bedroom", "motion", value=True)
    home.beacon("front", "door", value=True, every=HOUR, until=4 * HOUR)
    assert home.codes() == []


def test_without_a_set_clock_no_night_is_known() -> None:
    """The rule abstains, and what had begun is waited for."""
    home = living()
    go_out(home)
    home.reboot(MINUTE, sync=Sync.NONE)
    home.wait(WITHIN)
    assert home.codes().count("night_door") == 1
    home.close(home.open("night_door"))
    go_out(home)
    home.wait(HOUR)
    assert home.codes().count("night_door") == 1
