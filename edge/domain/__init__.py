"""The nouns of the house: frozen records that every other part speaks in.

Nothing here does anything. A record is made once and never changed; a new
state is a new record. Units stand in the names, times are `Instant`s, and a
value that is not known is `None` beside a `Quality` that says why.

Names follow FHIR R5/R6 (Observation, Device, Location, Encounter,
Questionnaire, RiskAssessment, DeviceAlert), ISA-18.2 (acknowledgement) and,
for codes and units, LOINC, ISO/IEEE 11073 and UCUM.
"""

from edge.domain.alert import Alert, AlertState, Evidence, OutboxClass, OutboxEntry
from edge.domain.base import (
    Actor,
    Hazard,
    Instant,
    Level,
    Priority,
    Quality,
    Record,
    Scalar,
    Secret,
    Sync,
)
from edge.domain.claim import Claim, ClaimKind, ClaimState, ProfileSent
from edge.domain.command import WITHOUT_CLOCK, CommandName
from edge.domain.home import (
    ALARM_ROLES,
    Decision,
    Device,
    Observation,
    Person,
    PersonKind,
    PersonLeft,
    Plan,
    Question,
    Role,
    Room,
    Stay,
    StayKind,
    Visit,
    VisitKind,
    Withdrawn,
)
from edge.domain.risk import (
    Answer,
    AnswerState,
    Checklist,
    ChecklistAnswer,
    ChecklistItem,
    LevelRules,
    Raised,
    Reason,
    RedCase,
    RiskAssessment,
)

__all__ = [
    "ALARM_ROLES",
    "WITHOUT_CLOCK",
    "Actor",
    "Alert",
    "AlertState",
    "Answer",
    "AnswerState",
    "Checklist",
    "ChecklistAnswer",
    "ChecklistItem",
    "Claim",
    "ClaimKind",
    "ClaimState",
    "CommandName",
    "Decision",
    "Device",
    "Evidence",
    "Hazard",
    "Instant",
    "Level",
    "LevelRules",
    "Observation",
    "OutboxClass",
    "OutboxEntry",
    "Person",
    "PersonKind",
    "PersonLeft",
    "Plan",
    "Priority",
    "ProfileSent",
    "Quality",
    "Question",
    "Raised",
    "Reason",
    "Record",
    "RedCase",
    "RiskAssessment",
    "Role",
    "Room",
    "Scalar",
    "Secret",
    "Stay",
    "StayKind",
    "Sync",
    "Visit",
    "VisitKind",
    "Withdrawn",
]
