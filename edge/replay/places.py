"""What the sensors and instruments of a TIHM recording are in our terms.

TIHM 1.5 (Palermo et al., Scientific Data 10, 606, 2023) names eight places and
eight measured quantities. A place is one battery-powered sensor that speaks
only when something happens; quantities that one instrument measures together
are one device here, because it is the instrument that can fall silent.
"""

from __future__ import annotations

import msgspec

from edge.domain import Device, Role

_DAY_S = 86_400

# These sensors speak only when something happens. A room's sensor sees a resident who is at home
# many times a day: a night and a day out stay together under 24 h, and a whole day without any
# event can never count as watched.
ROOM_SILENT_AFTER_S = _DAY_S
# Somebody who eats at home opens the fridge; two days outlast a day away and a visit.
FRIDGE_SILENT_AFTER_S = 2 * _DAY_S
# A front door may stay shut for a week of winter, a back door for two.
FRONT_DOOR_SILENT_AFTER_S = 7 * _DAY_S
BACK_DOOR_SILENT_AFTER_S = 14 * _DAY_S
# A person takes the reading when they choose: days without one say nothing about the
# instrument. A month outlasts every agreed rhythm of measuring.
VITALS_SILENT_AFTER_S = 31 * _DAY_S


class Place(msgspec.Struct, frozen=True):
    """One sensor of the house: `name` as the recording has it, and what it is."""

    name: str
    role: Role
    kind: str
    room: str | None
    silent_after_s: int = ROOM_SILENT_AFTER_S


class Quantity(msgspec.Struct, frozen=True):
    """One measured quantity: `name` and `unit` as the recording has them (lower case)."""

    name: str
    unit: str
    kind: str
    instrument: str


# The order is part of the format of the packed index and of every result: append only.
PLACES = (
    Place("kitchen", Role.MOTION, "motion", "kitchen"),
    Place("lounge", Role.MOTION, "motion", "lounge"),
    Place("bedroom", Role.MOTION, "motion", "bedroom"),
    Place("bathroom", Role.MOTION, "motion", "bathroom"),
    Place("hallway", Role.MOTION, "motion", "hallway"),
    Place("fridge-door", Role.DOOR, "usage", "kitchen", FRIDGE_SILENT_AFTER_S),
    Place("front-door", Role.DOOR, "door", "hallway", FRONT_DOOR_SILENT_AFTER_S),
    Place("back-door", Role.DOOR, "door", None, BACK_DOOR_SILENT_AFTER_S),
)
PLACE_INDEX = {place.name: index for index, place in enumerate(PLACES)}

_CUFF, _SCALE = "blood-pressure-monitor", "scale"
_THERMOMETER, _SKIN = "thermometer", "skin-thermometer"

QUANTITIES = (
    Quantity("systolic blood pressure", "mm[hg]", "blood_pressure_systolic", _CUFF),
    Quantity("diastolic blood pressure", "mm[hg]", "blood_pressure_diastolic", _CUFF),
    Quantity("heart rate", "beats/min", "pulse_rate", _CUFF),
    Quantity("body weight", "kg", "body_weight", _SCALE),
    Quantity("total body water", "%", "body_water", _SCALE),
    Quantity("o/e - muscle mass", "kg", "muscle_mass", _SCALE),
    Quantity("body temperature", "cel", "body_temperature", _THERMOMETER),
    Quantity("skin temperature", "cel", "skin_temperature", _SKIN),
)
QUANTITY_INDEX = {quantity.name: index for index, quantity in enumerate(QUANTITIES)}

DRIVER = "replay"


def place_device(place: Place) -> Device:
    """The sensor of a place as an enrolled device."""
    return Device(
        id=place.name,
        driver=DRIVER,
        role=place.role,
        address=place.name,
        room=place.room,
        silent_after_s=place.silent_after_s,
    )


def instrument_device(quantity: Quantity) -> Device:
    """The instrument that measures this quantity as an enrolled device."""
    return Device(
        id=quantity.instrument,
        driver=DRIVER,
        role=Role.VITALS,
        address=quantity.instrument,
        silent_after_s=VITALS_SILENT_AFTER_S,
    )
