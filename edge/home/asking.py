"""What is asked of a home, and what stands in the way of an answer now.

A question is one as long as the home has something for it: a device, a decision, a line. A stay
elsewhere pauses what is asked of a person's day; alarms, a leak and the cooker are asked always.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from edge.domain import Question, Role
from edge.events import FaultKind
from edge.home.deciding import is_decided
from edge.home.hearing import can_see
from edge.home.state import DeviceState, Home
from edge.home.staying import is_elsewhere, is_paused

# The paths of `ConfigLoaded.paths`, named as in their faults.
UPSTREAM, SECOND = "mqtt", "sms"


class Asked(StrEnum):
    """Questions, in the order in which people read them."""

    ALARM_BUTTON = "alarm_button"  # would a press have been heard?
    FIRE_ALARM = "fire_alarm"  # smoke, CO, heat and gas alarms
    WATER_ALARM = "water_alarm"
    STOVE_GUARD = "stove_guard"
    FALL_DETECTOR = "fall_detector"
    TAG_WORN = "tag_worn"  # is the tag worn?
    MOVEMENT = "movement"  # would anybody's movement have been seen at all?
    ROOMS = "rooms"  # in each room that has a sensor?
    DOORS = "doors"
    LOCATION = "location"  # in which room is who wears the tag?
    DOSES = "doses"
    MEALS = "meals"
    VITALS = "vitals"
    INDOOR_AIR = "indoor_air"
    UPSTREAM = "upstream"  # would an alert have left the home?
    SECOND_PATH = "second_path"  # by text message too?
    CLOCK = "clock"  # was it known what time it was?
    GATEWAY = "gateway"  # did it run at all?


class Why(StrEnum):
    """What stood in the way; several at once: the first of these is said."""

    GATEWAY_OFF = "gateway_off"
    CLOCK_UNSET = "clock_unset"
    RADIO_FAULT = "radio_fault"
    HOME_SILENT = "home_silent"  # no wireless device of the home is heard
    LINE_FAULT = "line_fault"
    WIRE_FAULT = "wire_fault"
    NEVER_HEARD = "never_heard"
    DEVICE_SILENT = "device_silent"
    DEVICE_DOUBTFUL = "device_doubtful"  # it may be another device, elsewhere, or another's
    NOT_WORN = "not_worn"
    PLACE_UNKNOWN = "place_unknown"
    PATH_DOWN = "path_down"


_FIRE = (Role.SMOKE_ALARM, Role.CO_ALARM, Role.HEAT_ALARM, Role.GAS_ALARM)
# Each of them is answered by every device of these roles together, `MOVEMENT` by any one. The OK
# button answers none: without it nothing is unheard, and a fall is called as it is without one.
BY_ROLE: dict[Role, Asked] = {
    Role.HELP_BUTTON: Asked.ALARM_BUTTON,
    **dict.fromkeys(_FIRE, Asked.FIRE_ALARM),
    Role.WATER_ALARM: Asked.WATER_ALARM,
    Role.STOVE_GUARD: Asked.STOVE_GUARD,
    Role.FALL_DETECTOR: Asked.FALL_DETECTOR,
    Role.TAG: Asked.TAG_WORN,
    Role.MOTION: Asked.ROOMS,
    Role.DOOR: Asked.DOORS,
    Role.MEDICATION_ROBOT: Asked.DOSES,
    Role.MEAL_DISPENSER: Asked.MEALS,
    Role.VITALS: Asked.VITALS,
    Role.CLIMATE: Asked.INDOOR_AIR,
}
# About a person's day: not asked while they are elsewhere.
_OF_A_PERSON = frozenset(
    {
        Asked.FALL_DETECTOR,
        Asked.TAG_WORN,
        Asked.ROOMS,
        Asked.DOORS,
        Asked.DOSES,
        Asked.MEALS,
        Asked.VITALS,
    }
)
_RANK = {why: place for place, why in enumerate(Why)}


def asked_now(home: Home) -> dict[str, str]:
    """Every question that is one at `home.at_ms`, and what stands in its way, "" for nothing."""
    found: dict[str, str] = {}
    for device in home.devices.values():
        question = question_of(home, device)
        if question is not None:
            found[question] = _first(found.get(question, ""), in_the_way(home, device))
    if any(sees(d) for d in home.devices.values()) and not is_paused(home):
        found[Asked.MOVEMENT] = _of_movement(home)
    located = _of_location(home)
    if located is not None:
        found[Asked.LOCATION] = located
    for path, question in ((UPSTREAM, Asked.UPSTREAM), (SECOND, Asked.SECOND_PATH)):
        if path in home.ledger.paths:
            down = f"{FaultKind.PATH}/{path}" in home.faults
            down = down or (path == UPSTREAM and not home.ledger.path_up)
            found[question] = Why.PATH_DOWN if down else ""
    found[Asked.CLOCK] = "" if home.frame.synced else Why.CLOCK_UNSET
    found[Asked.GATEWAY] = ""
    return found


def question_of(home: Home, device: DeviceState) -> Asked | None:
    """What this device is needed for now, besides movement."""
    if device.role is Role.TAG and device.person is None:
        return None
    question = BY_ROLE.get(device.role)
    if question in _OF_A_PERSON and is_elsewhere(home, device.person):
        return None
    return question


def sees(device: DeviceState) -> bool:
    """Whether it vouches that somebody's movement would have been seen."""
    return can_see(device.role, device.silent_after_ms)


def in_the_way(home: Home, device: DeviceState) -> str:
    """Why its word would not have come now, or would not have counted; "": nothing."""
    if not device.wired and any(f.kind is FaultKind.RADIO for f in home.faults.values()):
        return Why.RADIO_FAULT
    if not device.wired and home.quiet:
        return Why.HOME_SILENT
    if f"{FaultKind.LINE}/{device.id}" in home.faults:
        return Why.LINE_FAULT
    if device.states.get("wire_fault"):
        return Why.WIRE_FAULT
    if device.heard_ms is None:
        return Why.NEVER_HEARD
    if device.silent:
        return Why.DEVICE_SILENT
    if device.identity:
        return Why.DEVICE_DOUBTFUL
    return Why.NOT_WORN if device.worn is not None and device.worn.off else ""


def decisive(home: Home) -> tuple[object, ...]:
    """What `asked_now` goes by, besides time: the same things, the same answer."""
    lost = {key: place.lost for key, place in home.places.items()} if home.places else None
    return (home.faults, home.quiet, home.persons, home.stay, home.stays, home.decisions, lost)


def _first(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    return worst((one, other))


def worst(whys: Iterable[str]) -> str:
    """The one of these that is said."""
    return min(whys, key=lambda why: _RANK[Why(why)])


def _of_movement(home: Home) -> str:
    found = [in_the_way(home, d) for d in home.devices.values() if sees(d)]
    return "" if "" in found else worst(found)


def _of_location(home: Home) -> str | None:
    """None: nobody's place may be known, or nobody wears a tag and is home."""
    if Question.LOCATION not in home.decisions:
        return None
    if home.frame.synced and not is_decided(home, Question.LOCATION):
        return None
    tags = [
        device
        for device in home.devices.values()
        if device.role is Role.TAG and question_of(home, device) is not None
    ]
    if not tags:
        return None
    if not home.frame.synced:  # whether it was decided that this may be known, nobody can say
        return Why.CLOCK_UNSET
    found = ""
    for tag in tags:
        place = home.places.get(tag.id)
        lost = Why.PLACE_UNKNOWN if place is None or place.lost else ""
        found = _first(found, _first(in_the_way(home, tag), lost))
    return found


def at(home: Home, at_ms: int) -> Home:
    """The home as if it were `at_ms`, boottime: who was elsewhere then, what was decided."""
    return home if home.at_ms == at_ms else msgspec.structs.replace(home, at_ms=at_ms)
