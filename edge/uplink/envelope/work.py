"""What waits for the next visit of a home: open findings, tasks, the visit's list. Pure.

Items, codes, days and roles: no name, no address, no word that anybody typed. The newest of a
home takes the place of the others, so a receiver needs no history of them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.domain import (
    Finding,
    Hazard,
    Instant,
    Level,
    OutboxClass,
    OutboxEntry,
    Scalar,
    Sync,
    Task,
    TaskState,
    Telling,
    Work,
)
from edge.uplink.envelope.instants import iso, iso_after
from edge.uplink.envelope.line import UP_BYTES_MAX, gateway_source
from edge.uplink.envelope.origin import Origin, clock_part
from edge.uplink.envelope.reading import decode, expect_origin, expect_time
from edge.uplink.envelope.wire import (
    ClockPart,
    Count,
    OwedEnvelope,
    Part,
    Positive,
    SubjectPart,
    Time,
)

# As long as somebody would still plan a visit by it; it is told anew before.
WORK_EXPIRES_S = 7 * 86_400
# Items of every list with those that officers added, twice over: 160 tasks of 300 B are 48 kB.
FINDINGS_MAX = 320
TASKS_MAX = 160
LINES_MAX = 200

_CODE = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}\Z"
_IS_CODE = re.compile(_CODE)
Code = Annotated[str, Meta(pattern=_CODE)]
# "home-risk/2.0.0", "fire/2026.1".
_VERSION = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}/[A-Za-z0-9][A-Za-z0-9_.-]{0,29}\Z"
_IS_VERSION = re.compile(_VERSION)
Version = Annotated[str, Meta(pattern=_VERSION)]
# Who answered, by a closed list: what a person types as a role may be a name.
ROLES = frozenset(
    {
        *("home_care", "nurse", "coordinator", "social_work", "telecare", "rescue", "paramedic"),
        *("physician", "physiotherapist", "installer", "self", "relative", "device"),
    }
)
OTHER_ROLE = "other"


class FindingPart(Part, frozen=True, kw_only=True):
    """`repeated`: how often persons found it open, again or after its day; left out: once."""

    hazards: tuple[Hazard, ...]
    checklist: Code
    version: Code
    item: Code
    answer: Code
    gates: tuple[Code, ...]
    points: Count
    role: Code
    source: Literal["human", "device", "import"]
    state: Literal["hazard", "expired"] = "hazard"
    critical: bool = False
    at: Time | None = None  # left out: before the clock was set
    repeated: Positive = 1
    task: Code | None = None  # of another item, which asks the same question


class TaskPart(Part, frozen=True, kw_only=True):
    id: Code
    rev: Positive
    checklist: Code
    answer: Code
    state: TaskState
    responsible: Code
    opened: Time | None = None
    changed: Time | None = None  # of one that ended: when it did
    due: Time | None = None
    critical: bool = False
    overdue: bool = False
    climbed: bool = False
    times: Positive = 1
    proof: Code | None = None  # photo, seen, device, receipt, said
    ordered_by: Code | None = None
    ordered_until: Time | None = None


class ConsideredPart(Part, frozen=True, kw_only=True):
    """That a notification (Rescue Act, 42 §) was considered; why stays with who did."""

    item: Code
    notify: bool
    role: Code
    at: Time | None = None


class LevelPart(Part, frozen=True, kw_only=True):
    """`assessed`: when persons last went through a list about it; left out: never, or undated.

    With a red level what a notification says of the method: `index` orders homes, 0 to 100.
    """

    hazard: Hazard
    level: Level
    assessed: Time | None = None
    index: Annotated[int, Meta(ge=0, le=100)] | None = None
    model: Version | None = None
    checklist: Version | None = None


class LinePart(Part, frozen=True, kw_only=True):
    group: Literal["fix", "ask", "change"]
    code: Code
    params: dict[str, Scalar] = {}
    minutes: Annotated[float, Meta(ge=0, le=1_440)] | None = None


class VisitPart(Part, frozen=True, kw_only=True):
    begins: Time
    ends: Time
    kind: Code


class WorkData(Part, frozen=True, kw_only=True):
    subject: SubjectPart
    clock: ClockPart
    tenure: Code
    levels: tuple[LevelPart, ...] = ()
    worn_percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    findings: tuple[FindingPart, ...] = ()
    tasks: tuple[TaskPart, ...] = ()
    considered: tuple[ConsideredPart, ...] = ()
    lines: tuple[LinePart, ...] = ()
    visit: VisitPart | None = None


class WorkEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    expirytime: Time
    data: WorkData


def _level(found: Work, hazard: Hazard, level: Level) -> LevelPart:
    ranked = found.ranked.get(hazard)
    return LevelPart(
        hazard=hazard,
        level=level,
        assessed=_iso(found.assessed[hazard]) if hazard in found.assessed else None,
        index=None if ranked is None else ranked.index,
        model=None if ranked is None else version_in(ranked.model),
        checklist=None if ranked is None else version_in(ranked.checklist),
    )


def version_in(text: str) -> str | None:
    """A name with its version; one of a list or model with an odd name holds up no message."""
    return text if _IS_VERSION.fullmatch(text) else None


def work_data(origin: Origin, found: Work, at: Instant, *, climbed: frozenset[str]) -> WorkData:
    """What is told; `climbed`: tasks of deficiencies that were found again and again."""
    return WorkData(
        subject=SubjectPart(client=origin.customer, site=origin.site),
        clock=clock_part(at),
        tenure=found.tenure.value,
        levels=tuple(_level(found, hazard, level) for hazard, level in found.levels.items()),
        worn_percent=found.worn_percent,
        findings=tuple(_finding(one) for one in found.findings[:FINDINGS_MAX]),
        tasks=tuple(_task(one, at, climbed) for one in found.tasks[:TASKS_MAX]),
        considered=tuple(
            ConsideredPart(
                item=one.item, notify=one.notify, role=role_of(one.role), at=_iso(one.at)
            )
            for one in found.considered
        ),
        lines=tuple(
            LinePart(group=one.group.value, code=one.code, params=one.params, minutes=one.minutes)
            for one in found.lines[:LINES_MAX]
        ),
        visit=None
        if found.visit is None
        else VisitPart(
            begins=_local(found.visit.from_ms, at),
            ends=_local(found.visit.until_ms, at),
            kind=found.visit.kind,
        ),
    )


def work(
    origin: Origin,
    data: WorkData,
    *,
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
) -> OutboxEntry:
    """The list as a message, in the telemetry's place of the queue."""
    envelope = WorkEnvelope(
        specversion="1.0",
        type="fi.kotivahti.work.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:work:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        expirytime=iso_after(at, WORK_EXPIRES_S),
        data=data,
    )
    return OutboxEntry(
        sequence=sequence,
        id=id,
        cls=OutboxClass.WORK,
        priority=None,
        body=msgspec.json.encode(envelope),
        created_ms=at.wall_ms,
        tells=Telling(what="work"),
    )


def parse_work(body: bytes, gateway: str | None) -> WorkEnvelope:
    """A work list sent by `gateway`; raises MessageError."""
    envelope = decode(body, _WORK, UP_BYTES_MAX)
    expect_origin(envelope, "work", gateway)
    data = envelope.data
    for part, keys in (
        *((one, ("at",)) for one in (*data.findings, *data.considered)),
        *((one, ("assessed",)) for one in data.levels),
        *((one, ("opened", "changed", "due", "ordered_until")) for one in data.tasks),
        *((one, ("begins", "ends")) for one in (data.visit,) if one is not None),
    ):
        for key in keys:
            expect_time(getattr(part, key), f"data.{key}")
    return envelope


def role_of(told: str) -> str:
    """The role by the closed list; what is not in it may be a name."""
    return told if told in ROLES else OTHER_ROLE


def _finding(one: Finding) -> FindingPart:
    return FindingPart(
        hazards=one.hazards,
        checklist=one.checklist,
        version=one.version,
        item=one.item,
        answer=one.code,
        gates=tuple(map(_code, one.gates)),
        points=one.points,
        role=role_of(one.role),
        source=one.source,  # type: ignore[arg-type]
        state="expired" if one.doubt else "hazard",
        critical=one.critical,
        at=_iso(one.at),
        repeated=one.times,
        task=one.twin or None,
    )


def _task(one: Task, at: Instant, climbed: frozenset[str]) -> TaskPart:
    is_over = one.state in (TaskState.COMPLETED, TaskState.CANCELLED)
    return TaskPart(
        id=one.id,
        rev=one.rev,
        checklist=one.checklist,
        answer=one.code,
        state=one.state,
        responsible=_code(one.responsible),
        opened=_iso(one.opened),
        changed=_iso(one.changed),
        due=None if one.due_ms is None else _local(one.due_ms, at),
        critical=one.critical,
        overdue=not is_over and one.due_ms is not None and at.wall_ms >= one.due_ms,
        climbed=one.id in climbed,
        times=one.times,
        proof=None if one.proof is None else one.proof.kind.value,
        ordered_by=_code(one.ordered_by) if one.ordered_by else None,
        ordered_until=None if one.ordered_until_ms is None else _local(one.ordered_until_ms, at),
    )


def _code(told: str) -> str:
    """A name out of a list: one of a municipality's own may hold anything, and holds up nothing."""
    return told if _IS_CODE.fullmatch(told) else OTHER_ROLE


def _iso(at: Instant) -> str | None:
    return None if at.sync is Sync.NONE else iso(at)


def _local(wall_ms: int, at: Instant) -> str:
    """A day ahead in the home's offset of now."""
    return iso(msgspec.structs.replace(at, wall_ms=wall_ms))


_WORK = msgspec.json.Decoder(WorkEnvelope)
