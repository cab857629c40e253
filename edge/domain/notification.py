"""A notification to the rescue authority or to social welfare, as records and code lists.

What the receiver does not need has no field here: no diagnosis, no medicine, no measured value of
a body, no track of where somebody was, no item of a licensed instrument. Free text is bounded, so
that one page holds it (`edge.notification.bounds`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain.base import Level, Record
from edge.domain.task import Tenure


class NotificationKind(StrEnum):
    """By the names that the two acts' own forms have."""

    DANGER = "vaarailmoitus"  # manifest danger of fire or accident, to the rescue authority
    CONCERN = "huoli-ilmoitus"  # somebody evidently needs social welfare


class NotificationState(StrEnum):
    DRAFT = "draft"
    RELEASED = "released"  # by a named employee; nothing has left the desk yet
    SENT = "sent"  # a person's statement: channel, time, hash
    CONFIRMED = "confirmed"  # the receiver's answer, entered by hand
    WITHDRAWN = "withdrawn"


class Urgency(StrEnum):
    NORMAL = "normal"
    PROMPT = "prompt"


class Known(StrEnum):
    """Nothing is yes or no before somebody said so; unknown is never taken for the better one."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SeenBy(StrEnum):
    WORKER = "worker"
    RESIDENT = "resident"  # the resident told it
    DEVICE = "device"


class ConcernCategory(StrEnum):
    ALARMS = "alarms"
    GOODS_LOAD = "goods_load"
    EXITS = "exits"
    STOVE = "stove"
    SMOKING = "smoking"
    BURN_MARKS = "burn_marks"
    OPEN_FIRE = "open_fire"
    HEATING_FIREPLACE = "heating_fireplace"
    SAUNA = "sauna"
    ELECTRICAL = "electrical"
    SUBSTANCES = "substances"
    FUNCTIONAL_ABILITY = "functional_ability"
    SELF_NEGLECT = "self_neglect"
    PREVIOUS_FIRES = "previous_fires"
    OTHER = "other"


class EscapeCapacity(StrEnum):
    """Out of the home in two or three minutes, also at night (EVAC)."""

    CAN = "can"
    MAY = "may"
    CANNOT = "cannot"
    NOT_ASSESSED = "not_assessed"


class RequestedAction(StrEnum):
    INSPECTION = "inspection"
    JOINT_VISIT = "joint_visit"
    ADVICE = "advice"
    SUPPRESSION_ADVICE = "suppression_advice"
    SERVICE_NEED = "service_need"  # of social welfare: an assessment of the need of service


class WorkerRisk(StrEnum):
    DOGS = "dogs"
    AGGRESSION = "aggression"
    HOARDING = "hoarding"
    OXYGEN = "oxygen"


class BuildingType(StrEnum):
    APARTMENT = "apartment"
    TERRACED = "terraced"
    DETACHED = "detached"
    OTHER = "other"
    UNKNOWN = "unknown"


class SendChannel(StrEnum):
    EFORM = "eform"  # the national form on the web
    SECURE_EMAIL = "secure_email"
    POST = "post"
    IN_PERSON = "in_person"
    TELEPHONE = "telephone"


class ReceiverOutcome(StrEnum):
    VISIT_PLANNED = "visit_planned"
    INSPECTED = "inspected"
    ADVISED = "advised"
    PASSED_ON = "passed_on"
    NO_ACTION = "no_action"
    OTHER = "other"


class LegalBasis(msgspec.Struct, frozen=True, kw_only=True):
    """One row of `config/legal_basis.toml`: law is dated data. Days are ISO 8601, "" none."""

    code: str  # "PelL-379-2011-42"
    kind: NotificationKind
    title: dict[str, str]  # by language: "Pelastuslaki 379/2011 42 §"
    note: dict[str, str]
    source: str
    read_on: str  # when the source of our wording was read
    reviewed_on: str  # when somebody held it against the act in force; "" never
    reviewed_by: str
    review_by: str


class Site(Record, frozen=True, kw_only=True):
    """Where it is. `number` is the one that can be seen from the road."""

    street: str = ""
    number: str = ""
    stair: str = ""
    flat: str = ""
    postcode: str = ""
    municipality: str = ""
    building: BuildingType = BuildingType.UNKNOWN
    storey: int | None = None
    storeys: int | None = None
    tenure: Tenure = Tenure.FALLBACK
    owner_contact: str = ""


class Notifier(Record, frozen=True, kw_only=True):
    """Who releases it: a named employee, never a device."""

    name: str = ""
    role: str = ""
    organisation: str = ""
    phone: str = ""
    email: str = ""
    reachable: str = ""


class Resident(Record, frozen=True, kw_only=True):
    """`informed` None: nobody said yet whether the resident knows of this."""

    name: str = ""
    birth_year: int | None = None
    phone: str = ""
    language: str = ""
    informed: bool | None = None
    informed_on: str = ""
    not_informed_why: str = ""


class ObservedFact(Record, frozen=True, kw_only=True):
    """One thing that was seen: a plain sentence in the form's language."""

    text: str
    item: str = ""  # "FS-02", "" when it came from no checklist
    finding: str = ""  # "FS-02:dead"
    on: str = ""  # ISO 8601 day or moment
    seen: SeenBy = SeenBy.WORKER
    photo: str = ""  # a reference, never the picture


class Detection(Record, frozen=True, kw_only=True):
    """Smoke alarms: how many there are and ought to be, and what they do."""

    alarms: int | None = None
    required: int | None = None
    working: int | None = None
    heard: Known = Known.UNKNOWN
    linked: Known = Known.UNKNOWN


class AtRisk(Record, frozen=True, kw_only=True):
    number: int | None = None
    alone_at_night: Known = Known.UNKNOWN
    needs_assistance: Known = Known.UNKNOWN
    neighbours: Known = Known.UNKNOWN


class InterimMeasure(Record, frozen=True, kw_only=True):
    what: str
    by: str = ""
    on: str = ""


class IndexLine(Record, frozen=True, kw_only=True):
    """Printed last and as one line: what a level stands on is above it."""

    level: Level
    list_version: str = ""  # "fire/2026.1"
    index: float | None = None
    model: str = ""
    share_unknown: float | None = None


class NotificationContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that the receiver gets; what is not here cannot be told."""

    kind: NotificationKind
    basis: str  # a code of the legal basis
    urgency: Urgency = Urgency.NORMAL
    observed_first: str = ""
    observed_last: str = ""
    site: Site = Site()
    notifier: Notifier = Notifier()
    resident: Resident = Resident()
    concerns: tuple[ConcernCategory, ...] = ()
    observations: tuple[ObservedFact, ...] = ()
    escape: EscapeCapacity = EscapeCapacity.NOT_ASSESSED
    escape_basis: str = ""
    detection: Detection = Detection()
    at_risk: AtRisk = AtRisk()
    measures: tuple[InterimMeasure, ...] = ()
    requested: tuple[RequestedAction, ...] = ()
    worker_safety: tuple[WorkerRisk, ...] = ()
    worker_safety_note: str = ""
    index: IndexLine | None = None


class ReceiverAnswer(Record, frozen=True, kw_only=True):
    """What the receiver answered, as a person entered it."""

    receiver: str
    case_number: str = ""
    visit_on: str = ""
    outcome: ReceiverOutcome | None = None
    feedback: str = ""
