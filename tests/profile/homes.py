"""A whole home as a profile holds it, and homes that hypothesis makes up."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from edge.domain import (
    Answer,
    AnswerState,
    Decision,
    Instant,
    Person,
    PersonKind,
    Plan,
    Priority,
    Question,
    Role,
    Room,
    Stay,
    StayKind,
    Sync,
    Visit,
    VisitKind,
    VitalLimit,
)
from edge.escalation import encode as encode_plan
from edge.profile import (
    CertificatePart,
    ClaimPart,
    Enrolment,
    EscalationPart,
    FitPart,
    Profile,
)
from tests.escalation.plans import made
from tests.support.clock import instant

CANARY = "canary-Alma-Virtanen"


def whole(**changes: Any) -> Profile:
    """A home with one of everything; each text for people holds the canary."""
    parts: dict[str, Any] = {
        "gateway": "gw-0001",
        "store_id": "store-1",
        "message": 118,
        "made": instant(),
        "site": "site-88",
        "customer": "c-0188",
        "store_path": "/var/lib/kotivahti/home.db",
        "devices": (
            Enrolment(
                id="help-button",
                driver="bthome",
                role=Role.HELP_BUTTON,
                address="54:48:E6:8F:80:A5",
                label=CANARY,
                room="bedroom",
                person="resident-1",
                silent_after_s=3600,
                key=bytes(range(16)),
            ),
        ),
        "states": {"help-button": b"\x00\x01counter"},
        "persons": (Person(id="resident-1", kind=PersonKind.RESIDENT, label=CANARY),),
        "plan": Plan(rooms=(Room(id="bedroom", next_to=("hall",)), Room(id="hall")), by="anna"),
        "decisions": (
            Decision(
                question=Question.LOCATION,
                basis=CANARY,
                decided_by="anna",
                role="nurse",
                review_by="2026-12-01",
                by="anna",
            ),
        ),
        "limits": (
            VitalLimit(
                person="resident-1",
                kind="pulse_rate",
                low=50.0,
                high=None,
                priority=Priority.HIGH,
                confirm_s=900,
                set_by=CANARY,
                role="nurse",
                valid_until="2026-12-01",
                by="anna",
            ),
        ),
        "stays": (Stay(kind=StayKind.HOME, by="anna", from_ms=1),),
        "visits": (Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=1, until_ms=2),),
        "answers": (
            Answer(
                checklist="fire",
                item="FS-02",
                code="ok",
                state=AnswerState.OK,
                by="anna",
                role="nurse",
                source="human",
                at=instant(),
                note=CANARY,
            ),
        ),
        "fit": FitPart(windows=9, by="anna", fitted=instant(), body=b"fit"),
        "claim": ClaimPart(customer="c-0188", name=CANARY, address=CANARY),
        "escalation": EscalationPart(by="anna", told=instant(), body=encode_plan(made()).decode()),
        "certificate": CertificatePart(
            id="c-1", by="anna", begun=instant(), ended=instant(), body="{}"
        ),
        "bonded": ("cuff",),
        "settings": {"gateway": {"site": "site-88"}},
    }
    return Profile(**(parts | changes))


_names = st.text(min_size=1, max_size=12)
_instants = st.builds(
    Instant,
    boot=_names,
    boottime_ms=st.integers(0, 2**40),
    wall_ms=st.integers(0, 2**41),
    offset_min=st.integers(-720, 840),
    sync=st.sampled_from(Sync),
)
_parts = [EscalationPart, FitPart, ClaimPart, CertificatePart]
_records = [Enrolment, Person, Decision, Stay, Visit, Answer, *_parts]
for _record in _records:
    st.register_type_strategy(_record, st.builds(_record))
st.register_type_strategy(Instant, _instants)

profiles = st.builds(
    Profile,
    made=_instants,
    format=st.just(1),
    settings=st.dictionaries(_names, st.booleans() | _names | st.integers(-(2**40), 2**40)),
    states=st.dictionaries(_names, st.binary(max_size=40), max_size=4),
    devices=st.lists(st.builds(Enrolment), max_size=4).map(tuple),
    number=st.integers(0, 2**40),
    message=st.integers(0, 2**40),
)
