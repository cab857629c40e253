"""Folds what people, installers and adapters say into the state (observations: `hearing`)."""

from __future__ import annotations

import msgspec

from edge.domain import (
    Answer,
    AnswerState,
    Decision,
    Device,
    Person,
    PersonLeft,
    Plan,
    Stay,
    Visit,
    VitalLimit,
    VitalLimitEnded,
    Withdrawn,
)
from edge.events import Counted, Doubted, Fault, FaultKind
from edge.home.behaving import visited
from edge.home.dating import dated
from edge.home.likeness import forget as forget_likeness
from edge.home.likeness import forget_wearer, without_person
from edge.home.placing import enrolled_anew
from edge.home.silence import is_wired, silent_after_ms
from edge.home.state import (
    ANSWERS_MAX,
    CHECKLISTS_MAX,
    DEVICES_MAX,
    FAULTS_MAX,
    PERSONS_MAX,
    ROOMS_MAX,
    VISITS_MAX,
    DeviceState,
    Home,
)
from edge.home.staying import begin_stay
from edge.home.timers import listen_anew
from edge.home.vitals import limit
from edge.home.watch import forget

# Reasons for one device's doubt; there are eight, and a ninth would say no more.
REASONS_MAX = 8
# Who answers for themselves or their own: no worker, and never held to be one.
AT_HOME = frozenset({"self", "relative"})
DEVICE = "device"
# Said of an item that nobody looked at.
_SHRUGS = frozenset({AnswerState.UNKNOWN, AnswerState.DECLINED})


def enrol(home: Home, device: Device) -> Home | None:
    """The home with this device, new or changed; None when it holds no more."""
    old = home.devices.get(device.id)
    if old is None and len(home.devices) >= DEVICES_MAX:
        return None
    after_ms = silent_after_ms(device)
    if old is None:
        old = DeviceState(id=device.id, role=device.role, silent_after_ms=after_ms, due_ms=0)
    state = msgspec.structs.replace(
        old,
        role=device.role,
        silent_after_ms=after_ms,
        due_ms=home.at_ms + after_ms,  # whoever enrols it has it in hand
        silent=False,
        masked=False,
        wired=is_wired(device),
        keyed=device.key is not None,
        room=device.room,
        label=device.label,
        person=device.person,
        identity=(),
    )
    home = msgspec.structs.replace(home, likeness=forget_likeness(home.likeness, device.id))
    home = enrolled_anew(home, device)
    return msgspec.structs.replace(home, devices={**home.devices, device.id: state})


def remove(home: Home, device: str) -> Home:
    """The home without this device; what it said stays in alerts and coverage."""
    return msgspec.structs.replace(
        home,
        devices={key: d for key, d in home.devices.items() if key != device},
        doses={key: d for key, d in home.doses.items() if key != device},
        watch=forget(home.watch, device),
        likeness=forget_likeness(home.likeness, device),
        places={key: p for key, p in home.places.items() if key != device},
    )


def plan_visit(home: Home, visit: Visit) -> Home:
    """The home with one visit more; those that are over, and the furthest beyond the bound, go.

    One that the planner knows by a name is the same visit when it is told again.
    """
    home = visited(home, (visit,))  # told afterwards, it is over
    wall_ms = home.at_ms + home.frame.drift_ms
    others = (v for v in home.visits if not visit.ref or v.ref != visit.ref)
    ahead = [v for v in (*others, visit) if v.until_ms > wall_ms or not home.frame.synced]
    ahead.sort(key=lambda v: v.from_ms)
    return msgspec.structs.replace(home, visits=tuple(ahead[:VISITS_MAX]))


def stay(home: Home, told: Stay) -> Home:
    """Where everybody, or one person, is from now on."""
    return begin_stay(home, told, PERSONS_MAX)


def person(home: Home, told: Person) -> Home | None:
    """The home with this person, new or changed; None when it holds no more."""
    if told.id not in home.persons and len(home.persons) >= PERSONS_MAX:
        return None
    return msgspec.structs.replace(home, persons={**home.persons, told.id: told})


def person_left(home: Home, told: PersonLeft) -> Home:
    """The home without this person. Their devices stay enrolled, and are nobody's until told."""
    likeness = without_person(home.likeness, told.person)
    for device in home.devices.values():
        if device.person == told.person:
            likeness = forget_wearer(likeness, device.id)
    return msgspec.structs.replace(
        home,
        persons={key: p for key, p in home.persons.items() if key != told.person},
        stays={key: s for key, s in home.stays.items() if key != told.person},
        likeness=likeness,
        devices={
            key: msgspec.structs.replace(d, person=None) if d.person == told.person else d
            for key, d in home.devices.items()
        },
        places={
            key: p for key, p in home.places.items() if home.devices[key].person != told.person
        },
    )


def plan(home: Home, told: Plan) -> Home | None:
    """The home with these rooms and no others; None when they are too many."""
    if len(told.rooms) > ROOMS_MAX:
        return None
    return msgspec.structs.replace(home, rooms={room.id: room for room in told.rooms})


def decide(home: Home, told: Decision | Withdrawn | VitalLimit | VitalLimitEnded) -> Home:
    """One question answered, or its answer taken back; a limit set, or taken back."""
    if isinstance(told, VitalLimit | VitalLimitEnded):
        return limit(home, told)
    decisions = {key: d for key, d in home.decisions.items() if key is not told.question}
    if isinstance(told, Decision):
        decisions[told.question] = told
    return msgspec.structs.replace(home, decisions=decisions)


def doubt(home: Home, told: Doubted) -> Home:
    """A device's identity in doubt for one more reason, or for one less."""
    device = home.devices.get(told.device)
    full = device is not None and len(device.identity) >= REASONS_MAX and not told.gone
    if device is None or full or (told.reason in device.identity) is not told.gone:
        return home
    reasons = tuple(one for one in device.identity if one != told.reason)
    if not told.gone:
        reasons = (*reasons, told.reason)
    changed = msgspec.structs.replace(device, identity=reasons)
    return msgspec.structs.replace(home, devices={**home.devices, device.id: changed})


def answer(home: Home, answers: tuple[Answer, ...]) -> Home:
    """The newest answer to each item is in force; the store keeps the older ones.

    "Not known" and "declined" put no hazard away: an orange home does not turn
    grey by a shrug. Nor does the resident's or a relative's word put away what a worker found,
    and a device never replaces what a person said.
    """
    kept = {key: dict(items) for key, items in home.answers.items()}
    for one in answers:
        if one.checklist not in kept and len(kept) >= CHECKLISTS_MAX:
            continue
        items = kept.setdefault(one.checklist, {})
        if one.item in items and not _replaces(one, items[one.item]):
            continue
        if one.item in items or len(items) < ANSWERS_MAX:
            items[one.item] = dated(home, one)
    return msgspec.structs.replace(home, answers=kept)


def _replaces(new: Answer, old: Answer) -> bool:
    """Whether the newer answer takes the place of the older one."""
    if new.source == DEVICE:
        return old.source == DEVICE
    if old.state is not AnswerState.HAZARD:
        return True
    if new.state in _SHRUGS:
        return False
    at_home = new.role in AT_HOME and old.role not in AT_HOME
    return new.state is AnswerState.HAZARD or old.source == DEVICE or not at_home


def fault(home: Home, key: str, told: Fault) -> Home:
    """A fault that stands, or one that is gone; a radio that is back listens anew."""
    faults = {k: f for k, f in home.faults.items() if k != key}
    if told.gone:
        if len(faults) < FAULTS_MAX:
            faults[key] = told
        return msgspec.structs.replace(home, faults=faults)
    home = msgspec.structs.replace(home, faults=faults)
    return (
        msgspec.structs.replace(home, devices=listen_anew(home))
        if told.kind is FaultKind.RADIO
        else home
    )


def forget_faults(home: Home) -> Home:
    """A start: whoever finds a fault tells it again, and nothing hides behind an old one."""
    if not home.faults:
        return home
    radio = any(f.kind is FaultKind.RADIO for f in home.faults.values())
    home = msgspec.structs.replace(home, faults={})
    return msgspec.structs.replace(home, devices=listen_anew(home)) if radio else home


def refuse_frame(home: Home, told: Counted) -> Home:
    """A frame that the decoder refused proves nothing, not even that the device is there."""
    device = home.devices.get(told.device)
    if device is None:
        return home
    counted = msgspec.structs.replace(device, refused=device.refused + 1)
    return msgspec.structs.replace(home, devices={**home.devices, device.id: counted})
