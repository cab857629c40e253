"""The nouns of the house: frozen records that every other part speaks in.

Nothing here does anything. A record is made once and never changed; a new
state is a new record. Units stand in the names, times are `Instant`s, and a
value that is not known is `None` beside a `Quality` that says why.

Names follow FHIR R5/R6 (Observation, Device, Location, Encounter,
Questionnaire, RiskAssessment, DeviceAlert), ISA-18.2 (acknowledgement) and,
for codes and units, LOINC, ISO/IEEE 11073 and UCUM.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

Scalar = float | int | bool | str | None


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record without containers that could form a cycle (so the collector skips it)."""


class Sync(StrEnum):
    """How far the wall clock can be trusted (reliability: no real-time clock)."""

    NTP = "ntp"  # synchronised in this boot
    HOLDOVER = "holdover"  # was synchronised in this boot, is not now
    NONE = "none"  # never synchronised in this boot


class Instant(Record, frozen=True, kw_only=True):
    """A moment, told so that a wrong wall clock can be repaired later.

    `boottime_ms` (CLOCK_BOOTTIME) is the truth for durations and means nothing
    without `boot`; `wall_ms` is UTC since 1970 and as good as `sync` says;
    `offset_min` is the home's offset from UTC at that moment, in minutes.
    """

    boot: str
    boottime_ms: int
    wall_ms: int
    offset_min: int = 0
    sync: Sync = Sync.NTP


class Priority(StrEnum):
    """How soon a person must act. There is no other scale of urgency."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"


class Level(StrEnum):
    """How a home stands on one hazard. Grey means: not known. Green never says "safe"."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    GREY = "grey"


class Hazard(StrEnum):
    FIRE = "fire"
    FALL = "fall"
    WELLBEING = "wellbeing"


class Quality(StrEnum):
    """Why a value can or cannot be used. Anything but OK stands beside `value=None`,
    except the last four, which flag a value that is there.
    """

    OK = "ok"
    NOT_A_NUMBER = "not_a_number"  # IEEE 11073-20601 NaN
    NOT_AT_RESOLUTION = "not_at_this_resolution"  # IEEE 11073-20601 NRes
    POSITIVE_INFINITY = "positive_infinity"
    NEGATIVE_INFINITY = "negative_infinity"
    RESERVED = "reserved"  # a value the standard keeps for later
    NOT_AVAILABLE = "not_available"  # the device's own "no value"
    OUT_OF_RANGE = "out_of_range"  # outside what the sensor can mean
    POSSIBLE_REPLAY = "possible_replay"  # authentic bytes, old counter
    UNAUTHENTICATED = "unauthenticated"  # plaintext from a device that has a key
    QUESTIONABLE = "questionable"  # the device itself doubts it (cuff loose, movement)
    CLOCK_DOUBTFUL = "clock_doubtful"  # the device's own time cannot be right


class Role(StrEnum):
    """What a device is for in this home; decides its lane and its silence deadline."""

    HELP_BUTTON = "help_button"
    SMOKE_ALARM = "smoke_alarm"
    MEDICATION_ROBOT = "medication_robot"
    MEAL_DISPENSER = "meal_dispenser"
    MOTION = "motion"
    DOOR = "door"
    CLIMATE = "climate"
    TAG = "tag"
    VITALS = "vitals"


ALARM_ROLES = frozenset({Role.HELP_BUTTON, Role.SMOKE_ALARM})
"""Roles whose frames never wait behind telemetry and are never dropped for it."""


class Secret:
    """A key that cannot be printed, logged or serialised by accident.

    msgspec and json refuse it, `repr` hides it; who needs the bytes says `reveal()`.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


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


class AlertState(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Evidence(Record, frozen=True, kw_only=True):
    """What an alert stands on: one fact, with its age and its doubt."""

    device: str | None
    kind: str
    value: Scalar
    unit: str
    at: Instant
    quality: Quality = Quality.OK


class Actor(Record, frozen=True, kw_only=True):
    """A named person: an authenticated personal account, never typed text."""

    account: str
    role: str


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person must act on (FHIR R6 DeviceAlert).

    `rev` grows by one with every change, so that whoever holds a higher `rev`
    holds the newer truth. `code` and `params` are for the catalogues: there is
    no human language in an alert.
    """

    id: str  # UUIDv7
    rev: int
    code: str  # "smoke", "help_button", ...
    subject: str  # the device or hazard it is about: one open alert per (code, subject)
    priority: Priority
    state: AlertState
    raised: Instant
    changed: Instant
    escalation: int = 1
    repeats: int = 0
    room: str | None = None
    person: str | None = None
    evidence: tuple[Evidence, ...] = ()
    params: dict[str, Scalar] = {}
    flags: tuple[str, ...] = ()
    actor: Actor | None = None
    next_by: Instant | None = None  # accepted until then
    outcome: str | None = None  # helped, false_alarm, test, no_contact, handed_to_112, other


class Reason(Record, frozen=True, kw_only=True):
    """One reason of an assessment: a catalogue code, what it weighs and where it comes from."""

    code: str
    weight: float  # points of the checklist, or log odds of the model
    source: str  # "checklist:fire/2026.1" or "model:home-risk/1.0.0"


class RiskAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """The level of one hazard and what it stands on (FHIR RiskAssessment).

    Points, gates and open criticals set `level`; `index` (0-100) and the
    model's reasons only rank and add. `share_unknown` is 0.0-1.0.
    """

    id: str
    hazard: Hazard
    level: Level
    at: Instant
    reasons: tuple[Reason, ...] = ()
    share_unknown: float = 1.0
    points: dict[str, int] = {}  # per gate
    open_critical: tuple[str, ...] = ()
    index: float | None = None
    checklist: str | None = None  # "fire/2026.1"
    model: str | None = None  # "home-risk/1.0.0"
    model_manifest: str | None = None  # first 12 hex digits of the manifest's SHA-256
    abstained: str | None = None  # why the model said nothing


class AnswerState(StrEnum):
    OK = "ok"
    HAZARD = "hazard"
    FIXED_ON_VISIT = "fixed_on_visit"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    NOT_APPLICABLE = "na"


class Answer(Record, frozen=True, kw_only=True):
    """One answer to one checklist item; an older answer is kept, never overwritten."""

    checklist: str  # "fire"
    item: str  # "FS-02"
    code: str  # the answer's code in the list, "" when state is unknown or declined
    state: AnswerState
    by: str
    role: str
    source: str  # human, device, import
    at: Instant
    valid_until_ms: int | None = None  # UTC wall time
    note: str = ""


class OutboxClass(StrEnum):
    """What a message is; the topic below `up/` and its place in the queue."""

    ALERT = "alert"
    RISK = "risk"
    DEVICE_STATUS = "devstatus"
    OBSERVATIONS = "obs"


class OutboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A message owed upstream. The same bytes and id go out on every attempt."""

    sequence: int  # per store, strictly increasing
    id: str  # UUIDv7 of the envelope
    cls: OutboxClass
    priority: Priority | None  # None: telemetry, last of all
    body: bytes
    created_ms: int


class ChecklistAnswer(Record, frozen=True, kw_only=True):
    """One possible answer of an item: what it scores and whether it is critical."""

    code: str
    points: int
    critical: bool = False
    fixable_on_visit: bool = False


class ChecklistItem(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a checklist (FHIR Questionnaire.item)."""

    id: str  # "FS-02"
    gates: tuple[str, ...]  # I ignition, D detection, E escape, R rescue access
    label: dict[str, str]  # by language
    ask: dict[str, str]
    answers: tuple[ChecklistAnswer, ...]
    answer_labels: dict[str, dict[str, str]]  # answer code -> language -> words
    responsible: dict[str, str]  # by tenure: apartment, rented, own_house, fallback
    action: dict[str, str]  # corrective action, by language
    due_days: dict[str, int]  # answer code -> days
    valid_days: int
    refs: tuple[str, ...] = ()


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """A versioned set of questions about one hazard (FHIR Questionnaire)."""

    id: str  # "fire"
    version: str  # "2026.1"
    hazard: Hazard
    title: dict[str, str]
    gates: dict[str, tuple[int, int]]  # gate -> lowest points of grade 1 and of grade 2
    items: tuple[ChecklistItem, ...]
    unknown_share_max: float  # above it the profile is incomplete: grey, never green


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
