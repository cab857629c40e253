"""What is to be done about an open hazard, by whom and until when; what waits for a visit."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain.base import Hazard, Instant, Level, Record, Scalar


class Tenure(StrEnum):
    """How the dwelling is held: who answers for what hangs on it (Rescue Act 379/2011, 17 §)."""

    APARTMENT = "apartment"  # owned, in a housing company
    RENTED = "rented"
    OWN_HOUSE = "own_house"
    FALLBACK = "fallback"  # nobody told


class Tenancy(Record, frozen=True, kw_only=True, tag="tenancy"):
    """How the dwelling is held, from now on."""

    tenure: Tenure
    by: str


class TaskState(StrEnum):
    """FHIR Task.status, as far as it is used here."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"  # somebody has it: assigned or ordered
    IN_PROGRESS = "in_progress"  # said to be done, and not shown yet
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OPEN_TASK = frozenset({TaskState.REQUESTED, TaskState.ACCEPTED, TaskState.IN_PROGRESS})


class ProofKind(StrEnum):
    """What stands behind "it is done"."""

    PHOTO = "photo"  # the reference of a picture, which is kept elsewhere
    SEEN = "seen"  # by a worker, on the spot
    DEVICE = "device"  # a device of the home says so
    RECEIPT = "receipt"  # the number of a receipt or an order
    SAID = "said"  # by the resident or a relative


class Proof(Record, frozen=True, kw_only=True):
    kind: ProofKind
    by: str
    role: str
    at: Instant
    ref: str = ""


class Task(Record, frozen=True, kw_only=True):
    """One corrective action (FHIR Task); there is one for an item at most, by the item's id.

    `times`: how often a person found the same deficiency open: again after it was mended, or still
    after its day was over. Names and `note` never leave the home.
    """

    id: str  # the item's: "FS-02"
    rev: int  # grows with every change
    checklist: str
    code: str  # the answer that opened it
    critical: bool
    state: TaskState
    responsible: str  # a party of the list: "building_owner"
    opened: Instant  # this time
    since: Instant  # from when its days are counted
    found: Instant  # the answer that says so now
    role: str  # of who found it
    source: str  # human, device, import
    changed: Instant
    by: str = ""  # who changed it last; "": nobody, it follows from answers
    due_ms: int | None = None  # UTC; None: found before the clock was set
    remind_ms: int | None = None  # a day of its own for the reminder, UTC
    times: int = 1
    proof: Proof | None = None
    ordered_by: str = ""  # a party
    ordered_until_ms: int | None = None
    note: str = ""
    stays: bool = False  # done, and the hazard cannot be mended: found again it is no repetition


class Considered(Record, frozen=True, kw_only=True, tag="considered"):
    """That a worker considered a notification by the Rescue Act, 42 §: yes or no, and why."""

    item: str
    checklist: str
    notify: bool
    why: str
    by: str
    role: str
    at: Instant


class Finding(Record, frozen=True, kw_only=True):
    """An open hazard as it stands: what somebody answered, and nobody has shown to be mended."""

    checklist: str
    version: str
    item: str
    code: str
    critical: bool
    points: int
    gates: tuple[str, ...]
    hazards: tuple[Hazard, ...]
    at: Instant
    role: str
    source: str
    days: int  # by when the corrective action is due, from the answer
    responsible: dict[str, str]  # by tenure
    doubt: str = ""  # "expired": old, and a hazard still
    twin: str = ""  # another finding of the same question has the task
    times: int = 1


class Group(StrEnum):
    """What a visit does with a line of its list."""

    FIX = "fix"
    ASK = "ask"
    CHANGE = "change"


class WorkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing for the next visit: a code of the catalogues with its parameters, never a name."""

    group: Group
    code: str
    params: dict[str, Scalar] = {}
    minutes: float | None = None  # None: nobody can say


class NextVisit(Record, frozen=True, kw_only=True):
    from_ms: int
    until_ms: int
    kind: str
    role: str


class Ranked(Record, frozen=True, kw_only=True):
    """Beside a level: the index that orders homes (0 to 100), the model and the list it is by."""

    index: int | None
    model: str
    checklist: str


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """All that waits for a visit of one home, as it is told upstream."""

    tenure: Tenure
    levels: dict[Hazard, Level]
    assessed: dict[Hazard, Instant] = {}  # when persons last went through a list about it
    ranked: dict[Hazard, Ranked] = {}  # of red levels alone: a notification tells it last
    worn_percent: int | None = None  # of the time in which it was asked; None: nobody wears a tag
    findings: tuple[Finding, ...] = ()
    tasks: tuple[Task, ...] = ()  # open ones, and those that ended lately
    considered: tuple[Considered, ...] = ()
    lines: tuple[WorkLine, ...] = ()
    visit: NextVisit | None = None
