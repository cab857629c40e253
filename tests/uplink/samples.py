"""One of every record that the messages are made of: always the same, of a made-up home."""

from __future__ import annotations

import msgspec

from edge.domain import (
    Actor,
    Alert,
    AlertState,
    Considered,
    Device,
    Evidence,
    Finding,
    Group,
    Hazard,
    Instant,
    Level,
    NextVisit,
    Observation,
    OutboxClass,
    OutboxEntry,
    Priority,
    Proof,
    ProofKind,
    Quality,
    Role,
    Secret,
    Sync,
    Task,
    TaskState,
    Tenure,
    Work,
    WorkLine,
)
from edge.kinds import observation
from edge.uplink.envelope import (
    ClaimedData,
    ClaimRefusal,
    Health,
    HeldPart,
    OfPart,
    Origin,
    ProfilePart,
    RestoreData,
    Sharing,
    work,
    work_data,
)
from tests.support.clock import instant
from tests.support.ids import SeqIds

ORIGIN = Origin(gateway="gw-0001", store_id="st-1", site="site-88", customer="c-0188")
NOW = instant()
TITLES = {"fi": "Palovaroitin: keittiö", "sv": "Brandvarnare: kök", "en": "Smoke alarm: kitchen"}
SHARING = Sharing.of([("upkeep", ["battery"]), ("blood pressure follow-up", ["pulse_rate"])])


def uid(number: int) -> str:
    """Return the `number`-th id of the tests' noon."""
    return SeqIds(number).uuid7(NOW)


def smoke_alert(rev: int = 1, **changes: object) -> Alert:
    """Return a smoke alert with evidence that may be told and evidence that may not."""
    facts: dict[str, object] = {
        "id": uid(0xA1),
        "rev": rev,
        "code": "smoke",
        "subject": "smoke-1",
        "priority": Priority.CRITICAL,
        "state": AlertState.RAISED,
        "raised": NOW,
        "changed": NOW,
        "room": "kitchen",
        "evidence": (
            Evidence(device="smoke-1", kind="smoke", value=True, unit="1", at=NOW),
            Evidence(
                device="climate-1", kind="temperature", value=41.5, unit="Cel", at=instant(-9_000)
            ),
        ),
        "params": {"device": "smoke-1", "pulse_rate": 112},
        "flags": ("unauthenticated",),
    }
    return Alert(**(facts | changes))  # type: ignore[arg-type]


def taken_alert() -> Alert:
    """Return the same alert, taken by a named person three minutes later."""
    return smoke_alert(
        2,
        state=AlertState.ACKNOWLEDGED,
        changed=instant(180_000),
        actor=Actor(account="anna", role="nurse"),
        next_by=instant(180_000 + 45 * 60_000),
    )


def rows() -> list[Observation]:
    """Return four readings, two of which have a purpose to leave the home."""
    return [
        observation("button-1", "battery", 88, NOW),
        observation("motion-1", "motion", value=True, at=instant(1_000)),
        observation("bp-1", "pulse_rate", None, instant(2_000), Quality.NOT_A_NUMBER),
        observation("bp-1", "blood_pressure_systolic", 138.0, instant(2_000)),
    ]


DEVICE = Device(
    id="button-1",
    driver="bthome",
    role=Role.HELP_BUTTON,
    address="54:48:E6:8F:80:A5",
    room="bedroom",
    key=Secret(bytes(range(16))),
)
HEALTH = Health(
    software="0.1.0",
    uptime_s=3_600,
    last_message=42,
    last_observation=4_711,
    owed_alerts=1,
    owed=3,
    oldest_owed_s=12,
    devices_ok=6,
    devices_degraded=1,
    devices_lost=1,
    faults=("radio",),
    model=(("fire", "home-risk/1.0.0"),),
)
OF = OfPart(source="urn:kotivahti:gateway:gw-0001", id=uid(0x10), alert=uid(0xA1), rev=1)
ANNA = Actor(account="anna", role="nurse")
CODE = "0123456789P"
CLAIMED = ClaimedData(
    gateway="urn:kotivahti:gateway:gw-0001",
    request=uid(9),
    state="confirmed",
    customer="c-0188",
    name="Aino Mallikas",
    address="Mallikatu 5 A 12, 02100 Espoo",
    replaces="gw-0000",
)
REFUSED = ClaimedData(
    gateway="urn:kotivahti:gateway:gw-0001",
    request=uid(9),
    state="refused",
    reason=ClaimRefusal.WRONG_CODE,
)


def restored(part: ProfilePart | None = None, **changes: object) -> RestoreData:
    """Return one part for the box that takes over; without one, that there is no profile."""
    facts: dict[str, object] = {
        "gateway": "urn:kotivahti:gateway:gw-0001",
        "request": uid(9),
        "replaces": "gw-0000",
        "number": 0 if part is None else part.number,
        "digest": "e3b0c442" * 8 if part is None else part.digest,
        "size": 0 if part is None else part.size,
        "part": 0 if part is None else part.part,
        "parts": 0 if part is None else part.parts,
        "body": b"" if part is None else part.body,
        "held": (HeldPart(storeid="st-0", highest=121, missing=((118, 119), (121, 121))),),
    }
    return RestoreData(**(facts | changes))  # type: ignore[arg-type]


def entry(
    sequence: int, priority: Priority | None = Priority.CRITICAL, body: bytes = b"{}"
) -> OutboxEntry:
    """Return an outbox entry; telemetry when `priority` is None."""
    return OutboxEntry(
        sequence=sequence,
        id=uid(sequence),
        cls=OutboxClass.ALERT if priority else OutboxClass.OBSERVATIONS,
        priority=priority,
        body=body,
        created_ms=NOW.wall_ms,
    )


UNSYNCED = Instant(boot="b0", boottime_ms=5, wall_ms=0, offset_min=-210, sync=Sync.NONE)


def waiting(tenure: Tenure = Tenure.APARTMENT) -> Work:
    """Return what waits in a home with a dead smoke alarm, told before and found again."""
    finding = Finding(
        checklist="fire",
        version="2026.1",
        item="FS-02",
        code="dead",
        critical=True,
        points=4,
        gates=("D",),
        hazards=(Hazard.FIRE,),
        at=instant(-86_400_000),
        role="anna mallikas",
        source="human",
        days=3,
        responsible={"apartment": "building_owner"},
        times=2,
    )
    task = Task(
        id="FS-02",
        rev=3,
        checklist="fire",
        code="dead",
        critical=True,
        state=TaskState.ACCEPTED,
        responsible="building_owner",
        opened=instant(-10 * 86_400_000),
        since=instant(-86_400_000),
        found=instant(-86_400_000),
        role="home_care",
        source="human",
        changed=NOW,
        by="anna mallikas (uid 1000)",
        due_ms=NOW.wall_ms + 2 * 86_400_000,
        times=2,
        ordered_by="building_owner",
        ordered_until_ms=NOW.wall_ms + 86_400_000,
        note="Ordered from Aino Mallikas, Mallikatu 5",
    )
    seen = Proof(kind=ProofKind.SEEN, by="anna mallikas", role="nurse", at=NOW, ref="IMG 7")
    ended = msgspec.structs.replace(
        task, id="FS-11", code="minor", critical=False, state=TaskState.COMPLETED, proof=seen
    )
    considered = Considered(
        item="FS-02",
        checklist="fire",
        notify=False,
        why="Aino's son fits one tomorrow",
        by="anna mallikas",
        role="home_care",
        at=NOW,
    )
    fix = {"task": "FS-02", "answer": "dead", "responsible": "building_owner"}
    battery = {"device": "button-1", "role": "help_button", "room": "bedroom"}
    return Work(
        tenure=tenure,
        levels={Hazard.FIRE: Level.RED},
        assessed={Hazard.FIRE: NOW},
        worn_percent=82,
        findings=(finding,),
        tasks=(task, ended),
        considered=(considered,),
        lines=(
            WorkLine(group=Group.FIX, code="task", params=dict(fix)),
            WorkLine(group=Group.CHANGE, code="battery", params=dict(battery), minutes=5.0),
        ),
        visit=NextVisit(
            from_ms=NOW.wall_ms + 3_600_000,
            until_ms=NOW.wall_ms + 5_400_000,
            kind="physical",
            role="home_care",
        ),
    )


def work_list(tenure: Tenure = Tenure.APARTMENT, sequence: int = 51) -> OutboxEntry:
    """Return that as a message."""
    data = work_data(ORIGIN, waiting(tenure), NOW, climbed=frozenset({"FS-02"}))
    return work(ORIGIN, data, id=uid(20 + sequence - 51), sequence=sequence, at=NOW)
