"""One of every record that the store keeps, and short ways to make batches of them."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.domain import (
    Actor,
    Alert,
    AlertState,
    Answer,
    AnswerState,
    Considered,
    Decision,
    Device,
    Evidence,
    Hazard,
    HourCoverage,
    Instant,
    Level,
    Observation,
    OutboxClass,
    OutboxEntry,
    Person,
    PersonKind,
    PersonLeft,
    Plan,
    Priority,
    Quality,
    Question,
    Reason,
    RiskAssessment,
    Role,
    Room,
    Secret,
    Stay,
    StayKind,
    Task,
    TaskState,
    Tenancy,
    Tenure,
    Visit,
    VisitKind,
    VitalLimit,
    VitalLimitEnded,
    Withdrawn,
)
from edge.kinds import observation
from edge.ports import Batch, Told
from edge.store.database import Database
from tests.support.clock import instant

AT = instant()
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")

BUTTON = Device(
    id="help-button",
    driver="bthome",
    role=Role.HELP_BUTTON,
    address="A4:C1:38:00:00:01",
    label="by the bed",
    room="bedroom",
    person="resident-1",
    silent_after_s=3600,
    key=Secret(KEY),
)
CLIMATE = Device(id="climate-1", driver="ruuvitag", role=Role.CLIMATE, address="CB:B8:33:4C:88:4F")


def reading(value: Any = 21.5, at: Instant = AT, **changes: Any) -> Observation:
    return msgspec.structs.replace(observation("climate-1", "temperature", value, at), **changes)


def alert(number: int = 1, rev: int = 1, **changes: Any) -> Alert:
    pressed = Evidence(device="help-button", kind="button", value="press", unit="1", at=AT)
    plain = Alert(
        id=f"alert-{number:04}",
        rev=rev,
        code="help_button",
        subject="help-button",
        priority=Priority.CRITICAL,
        state=AlertState.RAISED,
        raised=AT,
        changed=AT,
        room="bedroom",
        person="resident-1",
        evidence=(pressed,),
        params={"presses": 2, "seconds": 1.5, "long": False, "pattern": "press", "none": None},
        flags=("possible_replay",),
    )
    return msgspec.structs.replace(plain, **changes)


def message(
    sequence: int,
    priority: Priority | None = Priority.CRITICAL,
    cls: OutboxClass = OutboxClass.ALERT,
    body: bytes = b'{"specversion":"1.0"}',
) -> OutboxEntry:
    return OutboxEntry(
        sequence=sequence,
        id=f"message-{sequence:06}",
        cls=cls,
        priority=priority,
        body=body,
        created_ms=AT.wall_ms + sequence,
    )


def telemetry(sequence: int, body: bytes = b"[]") -> OutboxEntry:
    return message(sequence, None, OutboxClass.OBSERVATIONS, body)


def assessment(number: int = 1, level: Level = Level.YELLOW) -> RiskAssessment:
    return RiskAssessment(
        id=f"assessment-{number:04}",
        hazard=Hazard.FIRE,
        level=level,
        at=AT,
        reasons=(Reason(code="fs_02", weight=2.0, source="checklist:fire/2026.1"),),
        share_unknown=0.125,
        points={"ignition": 3},
        open_critical=("FS-02",),
        index=41.25,
        checklist="fire/2026.1",
        model="home-risk/1.0.0",
        model_manifest="0123456789ab",
    )


def answer(item: str = "FS-02", code: str = "no", at: Instant = AT) -> Answer:
    return Answer(
        checklist="fire",
        item=item,
        code=code,
        state=AnswerState.HAZARD,
        by="maija.m",
        role="nurse",
        source="human",
        at=at,
        valid_until_ms=AT.wall_ms + 1,
        note="seen on the visit",
    )


VISIT = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=AT.wall_ms, until_ms=AT.wall_ms + 9)
STAY = Stay(kind=StayKind.HOSPITAL, by="maija.m", from_ms=AT.wall_ms)
STAY_OF_ONE = msgspec.structs.replace(STAY, person="resident-1")
ANNA = Person(id="resident-1", kind=PersonKind.RESIDENT, label="Anna", by="installer")
GUEST = Person(id="guest", kind=PersonKind.VISITOR, by="installer")
PLAN = Plan(
    rooms=(Room(id="hall", outer=True, next_to=("kitchen",)), Room(id="kitchen", label="Keittiö")),
    by="installer",
)
LOCATED = Decision(
    question=Question.LOCATION,
    basis="service decision",
    decided_by="coordinator.one",
    role="coordinator",
    review_by="2027-05-01",
    by="installer",
)
PULSE = VitalLimit(
    person="resident-1",
    kind="pulse_rate",
    low=50.0,
    high=110.0,
    priority=Priority.HIGH,
    confirm_s=900,
    set_by="nurse.one",
    role="nurse",
    valid_until="2027-05-01",
    by="installer",
)
SATURATION = msgspec.structs.replace(
    PULSE, kind="oxygen_saturation", low=88.0, high=None, scale_2=True
)
SLEEP = msgspec.structs.replace(LOCATED, question=Question.SLEEP)


TASK = Task(
    id="FS-02",
    rev=1,
    checklist="fire",
    code="dead",
    critical=True,
    state=TaskState.REQUESTED,
    responsible="building_owner",
    opened=AT,
    since=AT,
    found=AT,
    role="home_care",
    source="human",
    changed=AT,
    due_ms=AT.wall_ms + 3 * 86_400_000,
)
CONSIDERED = Considered(
    item="FS-02",
    checklist="fire",
    notify=False,
    why="a loan alarm was fitted",
    by="anna (uid 1000)",
    role="home_care",
    at=AT,
)
TENANCY = Tenancy(tenure=Tenure.RENTED, by="anna (uid 1000)")

HOUR = HourCoverage(
    hour_ms=1_772_452_800_000,
    question="alarm_button",
    asked_s=3600,
    known_s=3540,
    reason="home_silent",
)


def batch(database: Database | int = 0, **parts: Any) -> Batch:
    """Make a batch that follows the database's last observation (or the given number)."""
    last = database if isinstance(database, int) else database.heads().observation
    return Batch(**{"at": AT, "first_observation": last + 1, **parts})


def one_of_everything() -> Batch:
    """Make the batch that the frozen databases hold; changing it changes none of those."""
    closed = msgspec.structs.replace(
        alert(2, rev=2),
        state=AlertState.CLOSED,
        actor=Actor(account="maija.m", role="nurse"),
        next_by=instant(60_000),
        outcome="helped",
    )
    return batch(
        observations=[
            reading(21.5),
            reading(None, quality=Quality.NOT_AVAILABLE, device_seq=7),
            observation("help-button", "button", "press", AT, Quality.POSSIBLE_REPLAY),
            reading(17, room="kitchen", person="resident-1", device_time="2026-03-02T14:00:00"),
            observation("help-button", "battery_low", value=True, at=AT),
        ],
        enrolled=[BUTTON, CLIMATE],
        driver_states={"help-button": b"\x00\x01\xff"},
        alerts=[alert(1), alert(2), closed],
        assessments=[assessment()],
        answers=[answer(), answer("FS-03", code="")],
        visits=[VISIT],
        stays=[STAY],
        persons=[ANNA, GUEST, PersonLeft(person="guest", by="anna")],
        plans=[Plan(rooms=(), by="anna"), PLAN],
        decisions=[
            *(LOCATED, SLEEP, Withdrawn(question=Question.SLEEP, by="anna"), PULSE),
            *(SATURATION, VitalLimitEnded(person="resident-1", kind="pulse_rate", by="anna")),
        ],
        tasks=[TASK, msgspec.structs.replace(TASK, rev=2, state=TaskState.ACCEPTED)],
        considered=[CONSIDERED],
        tenancies=[TENANCY],
        messages=[message(1), telemetry(2, b"[1,2]")],
        coverage=[HOUR],
        coverage_until_ms=HOUR.hour_ms,
        home=b"state of the home",
        told=[Told(kind="fault", after=2, at=AT, body='{"kind":"radio"}')],
        checkpoint=True,
    )
