"""What speaks against a word: the whole list, in one table.

A contradiction never raises an alert and never suppresses one. It takes back
some of the reassurance that a word would give ("the dose is taken"), or tells
who answers an alarm what they should know first ("the resident is said to be
in hospital"). Only what is known counts: nobody is guessed to be elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from edge.domain import Observation, Role
from edge.home.state import DeviceState, Home, is_visited
from edge.home.staying import is_elsewhere, residents
from edge.home.watch import DOUBTS_MAX, Doubt


class Against(StrEnum):
    """What speaks against it; `edge.alerts.flags` has the same names for alerts."""

    STAY = "stay_elsewhere"  # the resident is said to be elsewhere now
    TAG = "tag_not_heard"  # what the person wears is not heard in the home
    VISITOR = "visitor_present"  # a visit goes on: it may have been the visitor
    WHO = "who_unknown"  # several live here, and the button is nobody's in particular


class Fact(StrEnum):
    DOSE_TAKEN = "dose_taken"
    MEAL_TAKEN = "meal_taken"
    STOVE_ON = "stove_on"
    STOVE_CUT = "stove_cut"
    PRESSED = "pressed"
    FALL = "fall"


def is_wearer_unheard(home: Home, person: str | None) -> bool:
    """Whether every tag of this person (None: of anybody) is silent, and not for our own fault.

    A tag that is nobody's says nothing of anybody, and one of doubtful identity that is heard
    does not prove who is there. Of everybody it is said only when each resident who is told
    either is elsewhere or has a silent tag.
    """
    told = residents(home)
    if person is None and told:
        here = [one for one in told if not is_elsewhere(home, one)]
        return bool(here) and all(is_wearer_unheard(home, one) for one in here)
    tags = [
        d
        for d in home.devices.values()
        if d.role is Role.TAG
        and d.person is not None
        and person in (None, d.person)
        and (d.silent or not d.identity)
    ]
    return bool(tags) and all(tag.silent and not tag.masked for tag in tags)


def _is_anybodys(home: Home, device: DeviceState) -> bool:
    """Who is told to live here counts; where nobody was told, whose devices there are."""
    persons = set(residents(home)) or {d.person for d in home.devices.values()} - {None}
    return device.person is None and len(persons) > 1


Test = Callable[[Home, DeviceState], bool]
_STAY: tuple[Against, Test] = (Against.STAY, lambda home, d: is_elsewhere(home, d.person))
_TAG: tuple[Against, Test] = (Against.TAG, lambda home, d: is_wearer_unheard(home, d.person))
_VISITOR: tuple[Against, Test] = (Against.VISITOR, lambda home, _: is_visited(home))
_WHO: tuple[Against, Test] = (Against.WHO, _is_anybodys)

TABLE: dict[Fact, tuple[tuple[Against, Test], ...]] = {
    # A hand took it: whose, when its owner is not here?
    Fact.DOSE_TAKEN: (_STAY, _TAG),
    Fact.MEAL_TAKEN: (_STAY, _TAG),
    # Somebody is here although nobody should be: the stay is not what was told.
    Fact.STOVE_ON: (_STAY,),
    Fact.STOVE_CUT: (_STAY, _VISITOR),
    # An alarm is an alarm; who answers it should know who may have given it.
    Fact.PRESSED: (_STAY, _VISITOR, _WHO),
    Fact.FALL: (_STAY, _VISITOR),
}
# What would reassure, or fits a stay badly: remembered when something speaks against it.
REMEMBERED = frozenset({Fact.DOSE_TAKEN, Fact.MEAL_TAKEN, Fact.STOVE_ON})


def against(home: Home, fact: Fact, device: DeviceState) -> tuple[str, ...]:
    """What speaks against this word of this device now."""
    return tuple(what.value for what, test in TABLE[fact] if test(home, device))


def remember_doubt(home: Home, fact: Fact, seen: Observation) -> Home:
    """The home with the word noted as doubtful, when something speaks against it."""
    why = against(home, fact, home.devices[seen.device])
    if not why:
        return home
    doubt = Doubt(fact=fact.value, device=seen.device, at=seen.at, against=why)
    doubts = (*home.watch.doubts, doubt)[-DOUBTS_MAX:]
    return msgspec.structs.replace(home, watch=msgspec.structs.replace(home.watch, doubts=doubts))
