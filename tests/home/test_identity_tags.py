"""Tags that are on the wrong person, and sensors and tags that cannot both be right."""

from __future__ import annotations

import random

import pytest

from edge.domain import (
    Decision,
    Person,
    PersonKind,
    PersonLeft,
    Plan,
    Question,
    Role,
    Room,
    Visit,
    VisitKind,
    Withdrawn,
)
from edge.events import Confirmed, Located
from edge.home.state import decode, encode
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

# In a row: bedroom - hall - kitchen - porch - shed, and a living room beside the hall.
DOORS = {
    "bedroom": ("hall",),
    "hall": ("bedroom", "kitchen", "living_room"),
    "kitchen": ("hall", "porch"),
    "porch": ("kitchen", "shed"),
    "shed": ("porch",),
    "living_room": ("hall",),
}
SENSORS = {"m_bed": "bedroom", "m_kitchen": "kitchen", "m_living": "living_room"}


def flat(*residents: str, **tags: str) -> Living:
    """A home with these residents; `tags`: tag -> who wears it."""
    home = Living()
    for person in residents:
        home.tell(Person(id=person, kind=PersonKind.RESIDENT, by="installer"))
    rooms = tuple(Room(id=room, next_to=near) for room, near in DOORS.items())
    home.tell(Plan(rooms=rooms, by="installer"))
    basis = {"basis": "agreed", "decided_by": "c.one", "role": "coordinator", "by": "c.one"}
    home.tell(Decision(question=Question.LOCATION, review_by="2027-01-01", **basis))
    for tag, person in tags.items():
        home.enrol(tag, Role.TAG, person=person, room=None, silent_after_s=30 * 86_400)
    for sensor, room in SENSORS.items():
        home.enrol(sensor, Role.MOTION, room=room, silent_after_s=30 * 86_400)
    return home


def doubts(home: Living) -> dict[str, tuple[str, ...]]:
    return {d.id: d.identity for d in home.home.devices.values() if d.identity}


def walk(home: Living, tag: str, room: str, confidence: float = 0.97) -> None:
    home.tell(Located(device=tag, place=room, confidence=confidence))
    home.observe(tag, "location", room)


def stroll(home: Living, rng: random.Random, tag: str, days: int, at: dict[str, str]) -> None:
    """A person with the tag walks about by day; `at`: where each sensor really hangs."""
    here = "bedroom"
    for _ in range(days * 24 * 2):
        home.wait(30 * MINUTE)
        hour = (home.now.wall_ms + home.now.offset_min * MINUTE) // HOUR % 24
        if not 7 <= hour < 22:
            if here != "bedroom":
                here = "bedroom"
                walk(home, tag, "hall")
                home.wait(20 * SECOND)
                walk(home, tag, here)
            continue
        if rng.random() < 0.5:
            for step in (*(("hall",) if here != "hall" else ()), rng.choice(sorted(at.values()))):
                if step != here:
                    here = step
                    for sensor, room in at.items():
                        if room == here:
                            home.observe(sensor, "motion", value=True)
                    home.wait(25 * SECOND)
                    walk(home, tag, here)
        for _ in range(4):
            home.wait(2 * MINUTE)
            for sensor, room in at.items():
                if room == here:
                    home.observe(sensor, "motion", value=True)


@pytest.mark.parametrize("seed", range(3))
def test_a_month_of_one_person_is_no_doubt(seed: int) -> None:
    """Toilet at night, walks, a locator that lags: sensors and tag agree."""
    home = flat("p", tag="p")
    stroll(home, random.Random(seed), "tag", 31, SENSORS)
    assert doubts(home) == {}
    kept = home.home.likeness
    assert decode(encode(home.home)).likeness == kept
    assert len(kept.tags["tag"].nights) == 14


def test_one_sensor_that_disagrees_is_not_doubted() -> None:
    """It may hang elsewhere, or see the armchair of which the locator is wrong: nobody knows."""
    home = flat("p", tag="p")
    rng = random.Random(1)
    really = {"m_bed": "shed", "m_kitchen": "kitchen", "m_living": "living_room"}
    stroll(home, rng, "tag", 5, really)
    assert doubts(home) == {}


def test_a_tag_that_nobody_wears_where_the_sensors_see_somebody() -> None:
    """It says bedroom for days while all sensors see somebody elsewhere: the tag is in doubt."""
    home = flat("p", tag="p")
    walk(home, "tag", "bedroom")
    rng = random.Random(2)
    for n in range(3 * 24 * 4):
        home.wait(12 * MINUTE)
        home.observe(rng.choice(("m_kitchen", "m_living")), "motion", value=True)
        home.wait(3 * MINUTE)
        home.observe(rng.choice(("m_kitchen", "m_living")), "motion", value=True)
        assert n > 24 * 4 or doubts(home) == {}, "told within a day"
    assert doubts(home) == {"tag": ("impossible_room",)}


@pytest.mark.parametrize("why", ["visit", "second", "pet", "no_plan"])
def test_what_somebody_else_may_explain_is_no_contradiction(why: str) -> None:
    home = flat("p", tag="p")
    if why == "second":
        home.tell(Person(id="q", kind=PersonKind.RESIDENT, by="installer"))
    elif why == "pet":
        home.tell(Person(id="dog", kind=PersonKind.PET, by="installer"))
    elif why == "no_plan":
        home.tell(Plan(rooms=(), by="installer"))
    else:
        now = home.now.wall_ms
        visit = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=now + 30 * DAY)
        home.tell(visit)
    walk(home, "tag", "bedroom")
    for _ in range(100):
        home.wait(7 * MINUTE)
        home.observe("m_kitchen", "motion", value=True)
    assert doubts(home) == {}


APART = (("bedroom", "kitchen"), ("living_room", "kitchen"), ("bedroom", "living_room"))


def apart(home: Living, days: int) -> None:
    """Both tags of one person stir, each in another room than the other."""
    for n in range(days * 6):
        one, two = APART[n % 3]
        home.wait(4 * HOUR - 4 * MINUTE)
        for tag, room in (("tag", one), ("other", two)):
            walk(home, tag, "hall")
            walk(home, tag, room)
        home.wait(4 * MINUTE)
        walk(home, "tag", one)  # said again: nothing new


def test_two_tags_of_one_person_in_two_places() -> None:
    """For days, in many rooms, both stirring: then it is not known whose they are."""
    home = flat("p", tag="p", other="p")
    apart(home, 1)
    assert doubts(home) == {}
    apart(home, 2)
    assert doubts(home) == {"tag": ("two_at_once",), "other": ("two_at_once",)}
    assert home.open("identity_doubtful", "tag").params["other"] == "other"
    home.tell(Confirmed(device="tag", by="nurse.one"))
    for _ in range(2):
        home.wait(HOUR)
        walk(home, "tag", "hall")
        walk(home, "other", "hall")
        home.wait(90 * SECOND)
        walk(home, "tag", "hall")
    assert doubts(home) == {}


def test_a_place_that_is_not_sure_is_no_evidence() -> None:
    home = flat("p", tag="p", other="p")
    for n in range(5 * 6):
        one, two = APART[n % 3]
        home.wait(4 * HOUR - 4 * MINUTE)
        for tag, room in (("tag", one), ("other", two)):
            walk(home, tag, "hall", 0.7)
            walk(home, tag, room, 0.7)
        home.wait(4 * MINUTE)
        walk(home, "tag", one, 0.7)
    assert doubts(home) == {}


def test_rooms_of_which_nobody_told_the_doors_are_not_far_apart() -> None:
    """A plan that names rooms and no ways between them: nothing is known to be impossible."""
    home = flat("p", tag="p", other="p")
    home.tell(Plan(rooms=tuple(Room(id=room) for room in DOORS), by="installer"))
    apart(home, 4)
    for n in range(3 * 24 * 6):
        home.wait(10 * MINUTE)
        home.observe(("m_kitchen", "m_living")[n % 2], "motion", value=True)
    assert doubts(home) == {}


def test_a_tag_that_lies_on_its_table_is_not_worn_by_another() -> None:
    home = flat("p", tag="p", other="p")
    walk(home, "other", "bedroom")
    for n in range(200):
        home.wait(11 * MINUTE)
        walk(home, "tag", ("kitchen", "hall", "living_room")[n % 3])
    home.wait(HOUR)
    walk(home, "tag", "away")
    home.wait(HOUR)
    assert doubts(home) == {}


def test_one_who_carries_both_tags() -> None:
    """Every walk for days is made by both; a couple's evening together is not that."""
    home = flat("p", "q", one="p", two="q")
    rooms = ("hall", "kitchen", "hall", "living_room")
    for n in range(30):
        home.wait(10 * MINUTE)
        walk(home, "one", rooms[n % 4])
        home.wait(10 * SECOND)
        walk(home, "two", rooms[n % 4])
    assert doubts(home) == {}
    for n in range(30):
        home.wait(3 * HOUR)
        walk(home, "two", rooms[(n + 2) % 4])
        home.wait(10 * SECOND)
        walk(home, "one", rooms[(n + 2) % 4])
    assert doubts(home) == {"one": ("swapped_wearer",), "two": ("swapped_wearer",)}
    for n in range(6):  # apart again: whoever carried both has given one back
        home.wait(HOUR)
        walk(home, "one", rooms[n % 4])
    assert doubts(home) == {}


@pytest.mark.parametrize("exchanged", [0, 2, 3])
def test_tags_that_sleep_in_each_others_rooms(exchanged: int) -> None:
    """Three nights in a row; two are bad nights."""
    home = flat("p", "q", one="p", two="q")
    home.wait(9 * HOUR)
    for night in range(8 + exchanged):
        rooms = ("bedroom", "living_room")
        mine, theirs = reversed(rooms) if night >= 8 else rooms
        walk(home, "one", mine)
        home.wait(MINUTE)
        walk(home, "two", theirs)
        home.wait(10 * HOUR)
        walk(home, "one", "kitchen")
        home.wait(HOUR)
        walk(home, "two", "hall")
        home.wait(13 * HOUR - MINUTE)
    walk(home, "one", "hall")
    expected = {"one": ("swapped_wearer",), "two": ("swapped_wearer",)} if exchanged == 3 else {}
    assert doubts(home) == expected


def test_nobody_walks_through_three_doors_in_ten_seconds_all_day() -> None:
    home = flat("p", tag="p")
    for n in range(5):
        assert doubts(home) == {}, n
        walk(home, "tag", "bedroom")
        home.wait(10 * SECOND)
        walk(home, "tag", "porch")
        home.wait(20 * MINUTE)
    assert doubts(home) == {"tag": ("impossible_room",)}
    for _ in range(5):
        home.wait(DAY)
        walk(home, "tag", "hall")
        home.wait(HOUR)
        walk(home, "tag", "bedroom")
    assert doubts(home) == {}


def test_whereabouts_are_forgotten_with_who_leaves() -> None:
    """The tag stays, and is nobody's: the nights of whoever wore it are no part of it."""
    home = flat("p", "q", one="p", two="q")
    walk(home, "one", "bedroom")
    walk(home, "two", "hall")
    home.tell(PersonLeft(person="p", by="installer"))
    assert home.home.likeness.tags.keys() == {"two"}
    assert home.home.likeness.pairs == {}


def test_whereabouts_are_forgotten_with_the_decision() -> None:
    home = flat("p", tag="p")
    stroll(home, random.Random(3), "tag", 2, SENSORS)
    assert home.home.likeness.tags
    assert home.home.likeness.agreements
    home.tell(Withdrawn(question=Question.LOCATION, by="c.one"))
    kept = home.home.likeness
    assert (kept.tags, kept.pairs, kept.agreements) == ({}, {}, {})
