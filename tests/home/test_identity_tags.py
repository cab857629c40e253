"""Tags that are on the wrong person, and sensors and tags that cannot both be right."""

from __future__ import annotations

import random

import pytest

from edge.domain import (
    Decision,
    Person,
    PersonKind,
    Plan,
    Question,
    Role,
    Room,
    Visit,
    VisitKind,
    Withdrawn,
)
from edge.events import Confirmed
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


def walk(home: Living, tag: str, room: str) -> None:
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


def test_sensors_that_hang_in_each_others_rooms_are_found() -> None:
    """The bedroom's and the kitchen's are exchanged: neither ever agrees with the tag."""
    home = flat("p", tag="p")
    rng = random.Random(1)
    really = {"m_bed": "shed", "m_kitchen": "kitchen", "m_living": "living_room"}
    stroll(home, rng, "tag", 5, really)
    assert doubts(home) == {"m_bed": ("impossible_room",)}


def test_a_tag_that_nobody_wears_where_the_sensors_see_somebody() -> None:
    """It says bedroom for days while all sensors see somebody elsewhere: the tag is in doubt."""
    home = flat("p", tag="p")
    walk(home, "tag", "bedroom")
    rng = random.Random(2)
    for _ in range(60):
        home.wait(15 * MINUTE)
        home.observe(rng.choice(("m_kitchen", "m_living")), "motion", value=True)
        home.wait(3 * MINUTE)
        home.observe(rng.choice(("m_kitchen", "m_living")), "motion", value=True)
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


def test_two_tags_of_one_person_in_two_places() -> None:
    """Three times within days, both stirring: then it is not known whose they are."""
    home = flat("p", tag="p", other="p")
    for n in range(3):
        assert doubts(home) == {}, n
        for one, two in (("hall", "hall"), ("bedroom", "kitchen")):
            home.wait(HOUR)
            walk(home, "tag", one)
            walk(home, "other", two)
        home.wait(90 * SECOND)
        walk(home, "tag", "bedroom")  # said again: nothing new
    assert doubts(home) == {"tag": ("two_at_once",), "other": ("two_at_once",)}
    assert home.open("identity_doubtful", "tag").params["other"] == "other"
    home.tell(Confirmed(device="tag", by="nurse.one"))
    home.wait(HOUR)
    walk(home, "tag", "hall")
    walk(home, "other", "hall")
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


@pytest.mark.parametrize("exchanged", [0, 1, 2])
def test_tags_that_sleep_in_each_others_rooms(exchanged: int) -> None:
    """Two nights in a row; one is a bad night."""
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
    expected = {"one": ("swapped_wearer",), "two": ("swapped_wearer",)} if exchanged == 2 else {}
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


def test_whereabouts_are_forgotten_with_the_decision() -> None:
    home = flat("p", tag="p")
    stroll(home, random.Random(3), "tag", 2, SENSORS)
    assert home.home.likeness.tags
    assert home.home.likeness.agreements
    home.tell(Withdrawn(question=Question.LOCATION, by="c.one"))
    kept = home.home.likeness
    assert (kept.tags, kept.pairs, kept.agreements) == ({}, {}, {})
