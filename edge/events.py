"""What `advance` is told (events) and what it asks for (effects).

Both are closed unions: a new kind of event or effect is added here, and mypy
then shows every place that must answer to it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain import (
    Actor,
    Alert,
    Answer,
    Checklist,
    Considered,
    Decision,
    Device,
    Hazard,
    Observation,
    Person,
    PersonLeft,
    Plan,
    Proof,
    Reason,
    Record,
    RiskAssessment,
    Routine,
    Stay,
    Task,
    Tenancy,
    Visit,
    VitalLimit,
    VitalLimitEnded,
    Withdrawn,
)


class Tick(Record, frozen=True, kw_only=True, tag="tick"):
    """Time has passed; nothing else happened."""


class NightDoor(Record, frozen=True, kw_only=True):
    """How outer doors are watched at night, where that is decided (`Question.NIGHT_DOORS`)."""

    devices: tuple[str, ...]  # the door sensors of outer doors
    from_min: int = 22 * 60  # minutes after local midnight; the night goes over midnight
    until_min: int = 6 * 60
    back_within_s: int = 10 * 60


class ConfigLoaded(msgspec.Struct, frozen=True, kw_only=True, tag="config"):
    """The site's settings that rules need, and the checklists in force; told at every start."""

    no_activity_after_s: int = 8 * 3600
    day_from_min: int = 8 * 60  # minutes after local midnight; no-activity counts only by day
    day_until_min: int = 22 * 60
    dose_grace_s: int = 30 * 60
    stove_unattended_after_s: int = 30 * 60
    meal_grace_s: int = 60 * 60
    meal_by_min: int | None = None  # minutes after local midnight; None: no hour is agreed
    fall_still_s: int = 5 * 60
    tag_unworn_after_s: int = 4 * 3600  # by day, like no-activity
    appliance_door_open_s: int = 15 * 60
    vitals: bool = False  # readings are held against limits, where a nurse has set some
    night_door: NightDoor | None = None
    paths: tuple[str, ...] = ()  # that the site has to tell of an alert: "mqtt", "sms"
    checklists: dict[str, Checklist] = {}


class Enrolled(Record, frozen=True, kw_only=True, tag="enrolled"):
    device: Device


class Removed(Record, frozen=True, kw_only=True, tag="removed"):
    device: str


class Acknowledgement(Record, frozen=True, kw_only=True, tag="acknowledgement"):
    """What a named person decided about one alert."""

    alert: str
    kind: str  # accepted, declined, closed
    actor: Actor
    eta_s: int | None = None
    outcome: str | None = None
    message: str = ""  # the downlink message's id, so that a second delivery is harmless
    rev: int | None = None  # the newest revision that they had seen; None: not known


class Escalated(Record, frozen=True, kw_only=True, tag="escalated"):
    """Nobody has accepted in time: the next level of the plan is asked about this alert."""

    alert: str
    level: int


class Receipt(Record, frozen=True, kw_only=True, tag="receipt"):
    """The receiving system has committed the message that told revision `rev` of `alert`."""

    alert: str
    rev: int


class Answered(Record, frozen=True, kw_only=True, tag="answered"):
    answers: tuple[Answer, ...]


class TaskVerb(StrEnum):
    ASSIGN = "assign"
    ORDER = "order"
    REMIND = "remind"
    DONE = "done"  # what could be done was; the hazard itself stays (a fall that happened)
    CLAIM = "claim"  # said to be done: an answer ends it, or nobody has shown it yet
    CANCEL = "cancel"


class TaskTold(Record, frozen=True, kw_only=True, tag="task_told"):
    """What a person says of one open task. It never ends one that an answer holds open but by
    `cancel`, which a critical one refuses.
    """

    task: str
    verb: TaskVerb
    by: str
    role: str
    party: str = ""  # who has it, or from whom it was ordered
    until_ms: int | None = None  # UTC: ordered until, or reminded at
    proof: Proof | None = None
    note: str = ""


class TasksTaken(msgspec.Struct, frozen=True, kw_only=True, tag="tasks_taken"):
    """The tasks of a home that another box watched before: how often each was found, who has it."""

    tasks: tuple[Task, ...]


class Disputed(Record, frozen=True, kw_only=True, tag="disputed"):
    """The items, and no others, at which a device says now otherwise than a person did."""

    items: tuple[str, ...]


class Trigger(StrEnum):
    """Why a home is assessed anew before its answers have grown old."""

    FALL = "fall"
    FIRE_EVENT = "fire_event"
    DISCHARGE = "discharge"  # home from hospital or respite care
    MOVE = "move"


class Reassess(Record, frozen=True, kw_only=True, tag="reassess"):
    """A person says what has happened; alarms and stays say it themselves."""

    trigger: Trigger
    by: str


class Assessed(msgspec.Struct, frozen=True, kw_only=True, tag="assessed"):
    """A model's word on one hazard; `abstained` says why it gave none."""

    hazard: Hazard
    index: float | None  # of several, the one that ranks
    reasons: tuple[Reason, ...]
    model: str | None
    manifest: str | None
    abstained: str | None = None
    features: dict[str, float | None] | None = None  # what the model was told, as float32
    day: str | None = None  # the local day it is about; None: about now
    feature_hash: str | None = None
    outputs: dict[str, float] = {}  # by the output's name
    contributions: dict[str, dict[str, float]] = {}  # output -> feature -> log odds
    # The model's own threshold for what is told, and below what its change is over; None: it tells
    # nobody.
    alert_from: float | None = None
    calm_below: float | None = None
    routine: Routine | None = None  # what the home's own usual days say of that day
    explained: bool = False  # an alert of a rule was raised on that day
    entry: str | None = None  # filled in by the rules: edge.home.budget.Entry


class FaultKind(StrEnum):
    RADIO = "radio"
    LINE = "line"
    PATH = "path"
    CLOCK = "clock"
    MODEL = "model"
    STORE = "store"
    CERTIFICATE = "certificate"  # of the line ends soon; the detail says when
    POWER = "power"  # the mains are gone, or the battery is nearly empty
    OUTBOX = "outbox"  # the other side refuses a message of ours


class Fault(Record, frozen=True, kw_only=True, tag="fault"):
    """Something of ours broke or is back: never a statement about the resident."""

    kind: FaultKind
    subject: str
    gone: bool  # True: lost, False: back
    detail: str = ""


class Doubted(Record, frozen=True, kw_only=True, tag="doubted"):
    """A device may be another one, elsewhere, or somebody else's; `gone`: no longer so.

    `reason` is a short code. What it says is stored and flagged, and goes into no score; what it
    calls for help about is raised all the same.
    """

    device: str
    reason: str
    gone: bool = False
    detail: str = ""


class Confirmed(Record, frozen=True, kw_only=True, tag="confirmed"):
    """A named person has looked: the device is what, where and whose it was enrolled as."""

    device: str
    by: str


class Surveyed(msgspec.Struct, frozen=True, kw_only=True, tag="surveyed"):
    """How the receivers heard the enrolled devices over one window of time.

    `heard`: device -> receiver ("" is the gateway's own radio) -> median in dBm.
    """

    heard: dict[str, dict[str, int]]


class Located(Record, frozen=True, kw_only=True, tag="located"):
    """Where the locator takes a worn device to be now; said at every turn, and never stored.

    `place` is a room's id, "home", "near", "away" or "unknown"; `confidence` a probability. What
    is stored of it are observations, when it changes.
    """

    device: str
    place: str
    confidence: float


class Counted(Record, frozen=True, kw_only=True, tag="counted"):
    """A device's frame was refused; `reason` is a short code (see errors.DecodeError)."""

    device: str
    reason: str


Event = (
    Observation
    | Tick
    | ConfigLoaded
    | Enrolled
    | Removed
    | Acknowledgement
    | Escalated
    | Receipt
    | Visit
    | Stay
    | Person
    | PersonLeft
    | Plan
    | Decision
    | Withdrawn
    | VitalLimit
    | VitalLimitEnded
    | Doubted
    | Confirmed
    | Surveyed
    | Answered
    | Considered
    | Disputed
    | TasksTaken
    | Tenancy
    | TaskTold
    | Reassess
    | Assessed
    | Fault
    | Located
    | Counted
)


# -- Effects: what `advance` asks for ----------------------------------------


class Raise(msgspec.Struct, frozen=True, kw_only=True, tag="raise"):
    """A new alert: store it and its outbox entry at once, in one transaction."""

    alert: Alert


class Revise(msgspec.Struct, frozen=True, kw_only=True, tag="revise"):
    """An alert changed: the same lane, a higher `rev`."""

    alert: Alert


class KeepAssessment(msgspec.Struct, frozen=True, kw_only=True, tag="keep_assessment"):
    """Store this assessment; the level it carries is the one in force now."""

    assessment: RiskAssessment


class KeepTask(msgspec.Struct, frozen=True, kw_only=True, tag="keep_task"):
    """Store this revision of a task; the older ones are kept."""

    task: Task


class Consult(msgspec.Struct, frozen=True, kw_only=True, tag="consult"):
    """Ask a model, outside this process and this moment; the answer comes as `Assessed`.

    `features` are in the model's own names; None is "not known" and stays so.
    """

    hazard: Hazard
    model: str  # "home-risk"
    features: dict[str, float | None]
    day: str | None = None  # the local day it is about; None: about now


Effect = Raise | Revise | KeepAssessment | KeepTask | Consult
