"""Where a tag was last said to be: who may know it, and what it never proves."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import (
    Decision,
    Device,
    Person,
    PersonKind,
    PersonLeft,
    Question,
    Role,
    Sync,
    Withdrawn,
)
from edge.events import Enrolled, Located, Removed
from edge.home.state import decode, encode
from tests.support.living import HOUR, MINUTE, SECOND, Living

DECIDED = Decision(
    question=Question.LOCATION,
    basis="service decision",
    decided_by="anna",
    role="nurse",
    review_by="2026-12-31",
    by="anna",
)


def home_with_tag(*, decided: bool = True) -> Living:
    one = Living()
    one.tell(Person(id="resident", kind=PersonKind.RESIDENT, by="anna"))
    one.enrol("tag-1", Role.TAG, person="resident")
    one.enrol("button", Role.HELP_BUTTON, person="resident")
    one.enrol("other", Role.HELP_BUTTON, person="second")
    if decided:
        one.tell(DECIDED)
    return one


def locate(one: Living, place: str, confidence: float = 0.9) -> None:
    one.tell(Located(device="tag-1", place=place, confidence=confidence))


def press(one: Living, device: str = "button") -> dict[str, object]:
    one.observe(device, "button", "press")
    return {
        key: value
        for key, value in one.open("help_button", device).params.items()
        if key.startswith("last_room")
    }


def test_a_call_for_help_tells_where_its_wearer_was_last() -> None:
    """By any device of the same person; the age grows while the tag is not heard."""
    one = home_with_tag()
    locate(one, "kitchen", 0.934)
    one.wait(20 * SECOND)
    assert press(one) == {
        "last_room": "kitchen",
        "last_room_confidence": 93,
        "last_room_age_s": 20,
    }
    one.wait(10 * MINUTE)
    locate(one, "unknown", 0.0)
    assert press(one)["last_room"] == "kitchen"
    assert press(one)["last_room_age_s"] == 620


def test_what_was_never_known_is_said_as_unknown() -> None:
    """And of somebody whom nobody locates nothing is said at all."""
    one = home_with_tag()
    locate(one, "unknown", 0.0)
    assert press(one) == {
        "last_room": "unknown",
        "last_room_confidence": None,
        "last_room_age_s": None,
    }
    assert press(one, "other") == {}


@pytest.mark.parametrize(
    "decision",
    [
        None,
        msgspec.structs.replace(DECIDED, basis=""),
        msgspec.structs.replace(DECIDED, review_by="2026-03-01"),
        msgspec.structs.replace(DECIDED, question=Question.WANDERING),
    ],
)
def test_without_a_decision_in_force_nothing_is_known(decision: Decision | None) -> None:
    """None, one without a basis, one that ran out, one about something else."""
    one = home_with_tag(decided=False)
    if decision is not None:
        one.tell(decision)
    locate(one, "kitchen")
    assert one.home.places == {}
    one.observe("tag-1", "location", "kitchen")
    assert one.refused == ("not_decided",)
    assert press(one) == {}


def test_with_the_decision_the_place_goes() -> None:
    """Withdrawn, or run out at the end of its last day: what was known is forgotten."""
    one = home_with_tag()
    locate(one, "kitchen")
    one.tell(Withdrawn(question=Question.LOCATION, by="anna"))
    assert one.home.places == {}
    one.tell(msgspec.structs.replace(DECIDED, review_by="2026-03-02"))
    locate(one, "kitchen")
    one.wait(13 * HOUR, tick_ms=15 * MINUTE)
    assert one.home.places == {}


def test_a_clock_that_is_not_set_hides_the_place_and_forgets_nothing() -> None:
    """A reboot without a time server: nobody is told, until the day is known again."""
    one = home_with_tag()
    locate(one, "kitchen")
    one.reboot(MINUTE, sync=Sync.NONE)
    assert press(one) == {}
    assert set(one.home.places) == {"tag-1"}


def test_a_place_is_no_word_of_the_device_and_no_activity() -> None:
    """It neither keeps a silent tag from being missed nor shows that somebody moves."""
    one = home_with_tag()
    before = one.home.devices["tag-1"]
    still = one.home.still
    one.wait(MINUTE)
    locate(one, "kitchen")
    one.observe("tag-1", "location", "kitchen")
    one.observe("tag-1", "location_confidence", 90)
    assert one.refused == ()
    assert one.home.devices["tag-1"] == before
    assert one.home.still == still
    assert one.home.heard_ms is None
    assert one.codes() == []


def test_a_tag_takes_nobodys_place_along() -> None:
    """Another wearer, a wearer who left, a tag that is gone."""
    one = home_with_tag()
    for change in (
        Enrolled(
            device=Device(id="tag-1", driver="t", role=Role.TAG, address="A", person="second")
        ),
        PersonLeft(person="second", by="anna"),
        Removed(device="tag-1"),
    ):
        one.tell(Located(device="tag-1", place="kitchen", confidence=0.9))
        one.tell(change)
        assert one.home.places == {}


def test_the_snapshot_holds_the_place() -> None:
    """After a restart a call for help still tells where its wearer was."""
    one = home_with_tag()
    locate(one, "kitchen")
    assert decode(encode(one.home)).places == one.home.places
