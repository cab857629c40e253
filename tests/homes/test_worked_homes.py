"""Twelve homes, worked by hand from the sources: what the gateway makes of them, and why."""

from __future__ import annotations

import pytest

from edge.events import Answered, Reassess, Trigger
from tests.homes.worked import Worked, read_all
from tests.risk.lists import LISTS, SETTINGS
from tests.support.living import Living

HOMES = read_all()

each = pytest.mark.parametrize("name", sorted(HOMES))


def lived(worked: Worked) -> Living:
    """The home after the visit in which it was asked, and what happened then."""
    home = Living(settings=SETTINGS)
    home.tell(Answered(answers=worked.given(home.now)))
    home.wait(1_000)
    if worked.happened:
        home.tell(Reassess(trigger=Trigger(worked.happened), by="anna"))
        home.wait(1_000)
    return home


def test_there_are_twelve() -> None:
    assert len(HOMES) == 12
    for worked in HOMES.values():
        items = {item.id for name in worked.lists for item in LISTS[name].items}
        assert set(worked.answers) <= items
        assert worked.hazards()


@each
def test_the_levels_are_what_the_sources_argue_for(name: str) -> None:
    """Level, open criticals, grades and points of each hazard."""
    worked = HOMES[name]
    found = lived(worked).home.assessments
    for hazard, expected in worked.hazards().items():
        is_ = found[hazard]
        assert (hazard, is_.level.value) == (hazard, expected.level), is_.reasons
        assert set(is_.open_critical) == set(expected.open_critical)
        if expected.points is not None:
            assert sum(is_.points.values()) == expected.points
        for gate, grade in expected.grades.items():
            starts = LISTS["fire"].gates[gate]
            assert sum(is_.points.get(gate, 0) >= start for start in starts) == grade, gate


# What a level is argued from: studies by first author, laws, and the field's own practice.
SOURCES = ("Runefors", "Runyan", "Marshall", "Jonsson", "Nilson", "Bjorkgren", "EVAC", "SPEK",
           "Deandrea", "Mol", "Home FAST", "Rescue Act", "UKK", "Kodin turvallisuusarvio",
           "national\nguide")  # fmt: skip


@each
def test_every_argument_is_written_down(name: str) -> None:
    """Nobody has to guess why a level is right, and from what."""
    hazards = HOMES[name].hazards().values()
    for expected in hazards:
        assert len(expected.because.split()) >= 6
    assert any(source in one.because for one in hazards for source in SOURCES)
    assert len(HOMES[name].story.split()) >= 12


def test_they_span_every_level_of_both_hazards() -> None:
    """A set that is all of one colour proves nothing."""
    fire = {worked.fire.level for worked in HOMES.values() if worked.fire}
    assert fire == {"green", "yellow", "orange", "red", "grey"}
    falls = {worked.fall.level for worked in HOMES.values() if worked.fall}
    assert falls >= {"green", "orange", "red", "grey"}
