"""The home's things and what they say: devices, observations, visits, stays."""

from __future__ import annotations

from enum import StrEnum

from edge.domain.base import Instant, Quality, Record, Scalar, Secret


class Role(StrEnum):
    """What a device is for in this home; decides its lane and its silence deadline."""

    HELP_BUTTON = "help_button"
    OK_BUTTON = "ok_button"  # on a wall, out of reach from the floor: "I am fine"
    SMOKE_ALARM = "smoke_alarm"
    CO_ALARM = "co_alarm"
    HEAT_ALARM = "heat_alarm"
    GAS_ALARM = "gas_alarm"
    WATER_ALARM = "water_alarm"
    STOVE_GUARD = "stove_guard"  # cuts the cooker by itself and says so (EN 50615)
    FALL_DETECTOR = "fall_detector"  # worn; says "possible fall", and often has a button
    MEDICATION_ROBOT = "medication_robot"
    MEAL_DISPENSER = "meal_dispenser"
    MOTION = "motion"
    DOOR = "door"
    CLIMATE = "climate"
    TAG = "tag"
    VITALS = "vitals"


ALARM_ROLES = frozenset(
    {
        Role.HELP_BUTTON,
        Role.SMOKE_ALARM,
        Role.CO_ALARM,
        Role.HEAT_ALARM,
        Role.GAS_ALARM,
        Role.STOVE_GUARD,
        Role.FALL_DETECTOR,
    }
)
"""Roles whose frames never wait behind telemetry and are never dropped for it."""


class Device(Record, frozen=True, kw_only=True):
    """One enrolled device (FHIR Device). Its key is for decoders and the store alone."""

    id: str
    driver: str
    role: Role
    address: str  # MAC in display order, or the serial port's stable name
    label: str = ""
    room: str | None = None
    person: str | None = None
    silent_after_s: int = 0  # 0: the role's own deadline
    key: Secret | None = None
    wired: bool = False  # by a line or the network: says nothing of the radio, and it nothing of it


class Observation(Record, frozen=True, kw_only=True):
    """One reading or event that a device made (FHIR Observation)."""

    device: str
    kind: str  # a key of edge.kinds.KINDS
    value: Scalar
    unit: str  # UCUM, "1" for a pure number or event
    code: str  # LOINC, or ISO/IEEE 11073 as "mdc:528503"
    at: Instant  # when the gateway had it
    quality: Quality = Quality.OK
    device_time: str | None = None  # the device's own clock, ISO 8601 as far as known
    device_seq: int | None = None  # the device's own counter, for repeats
    room: str | None = None
    person: str | None = None
    # How far the device's own clock was ahead of ours, in s, when it was last compared.
    device_offset_s: int | None = None


class PersonKind(StrEnum):
    RESIDENT = "resident"
    RELATIVE = "relative"
    WORKER = "worker"
    VISITOR = "visitor"
    PET = "pet"  # moves, and opens no door, takes no dose, wears no button


class Person(Record, frozen=True, kw_only=True, tag="person"):
    """Somebody of this home (FHIR Patient, RelatedPerson, Practitioner), by a pseudonym."""

    id: str
    kind: PersonKind
    label: str = ""  # words for people
    by: str = ""  # who told it


class PersonLeft(Record, frozen=True, kw_only=True, tag="person_left"):
    """Somebody is no longer of this home; nothing is theirs from now on."""

    person: str
    by: str


class Room(Record, frozen=True, kw_only=True):
    """A place of the home (FHIR Location). `next_to`: rooms that one can walk into from here."""

    id: str
    label: str = ""
    outer: bool = False  # has a door to the outside
    next_to: tuple[str, ...] = ()


class Plan(Record, frozen=True, kw_only=True, tag="plan"):
    """All rooms of the home and how they hang together; a new plan replaces the old one."""

    rooms: tuple[Room, ...]
    by: str


class Question(StrEnum):
    """What is watched only where somebody decided it; each is off until then."""

    LOCATION = "location"
    WANDERING = "wandering"
    NIGHT_DOORS = "night_doors"
    SLEEP = "sleep"
    BEHAVIOUR = "behaviour"  # days held against the home's own usual days
    VITALS = "vitals"  # readings held against limits that a nurse has set


class Decision(Record, frozen=True, kw_only=True, tag="decision"):
    """That one question is answered in this home: on what basis, by whom, until when.

    It holds up to the end of the day `review_by` (ISO 8601) in the home's own time.
    """

    question: Question
    basis: str
    decided_by: str
    role: str
    review_by: str
    by: str  # who told it to the gateway


class Withdrawn(Record, frozen=True, kw_only=True, tag="withdrawn"):
    """A decision was taken back: the question is off from now on."""

    question: Question
    by: str


class VisitKind(StrEnum):
    PHYSICAL = "physical"
    REMOTE = "remote"
    APPLIANCE = "appliance"


class Visit(Record, frozen=True, kw_only=True, tag="visit"):
    """Planned or done (FHIR Encounter): explains presence, and is when small things wait for."""

    kind: VisitKind
    role: str
    from_ms: int
    until_ms: int
    ref: str = ""  # the planner's own name of it: told again, it is the same visit


class StayKind(StrEnum):
    HOME = "home"
    AWAY = "away"
    HOSPITAL = "hospital"
    RESPITE = "respite"
    ENDED = "ended"


class Stay(Record, frozen=True, kw_only=True, tag="stay"):
    """Where the resident is. Pauses behaviour and dose rules; never smoke, CO or button."""

    kind: StayKind
    by: str
    from_ms: int
    until_ms: int | None = None  # None: until told otherwise
    person: str | None = None  # None: every resident
