"""A worn device says "possible fall"; a press or stillness after it makes it worse.

Once somebody is called nothing makes it better: movement and the OK button are noted, and a
person closes.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import (
    Finding,
    Note,
    Said,
    device_params,
    doubts_of,
    evidence_of,
    unsure_eyes,
)
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation, Priority
from edge.events import Event, Removed
from edge.home.contradictions import Fact, against
from edge.home.hearing import is_let_through
from edge.home.placing import last_place
from edge.home.state import Home, alert_key
from edge.home.watch import Fall

CODE = "possible_fall"


def check(before: Home, after: Home, event: Event, now: Instant) -> Iterator[Said]:
    """Raised at once; `edge.home.waiting` judges the stillness, `watching` the press."""
    if isinstance(event, Observation) and event.kind == "fall":
        yield from _told(before, after, event, now)
        return
    evidence = evidence_of(event) if isinstance(event, Observation) else ()
    if isinstance(event, Removed):
        yield from _unworn(before, event.device, now)
    for key, fall in after.watch.falls.items():
        old = before.watch.falls.get(key)
        if old is None or old is fall:
            continue
        waited = old.told_by_ms is not None and fall.told_by_ms is None
        if waited and not fall.pressed and not fall.still:
            yield _waited(after, key, fall, now)
        if fall.pressed and not old.pressed:
            yield _worse(after, key, fall, Flag.CONFIRMED_BUTTON, evidence, now)
        # Who closed it within these minutes has heard from the resident.
        is_told = waited or alert_key(CODE, key) in after.alerts
        if fall.still and not old.still and is_told:
            yield _worse(after, key, fall, Flag.CONFIRMED_STILL, (), now, unsure_eyes(after))
        if fall.blind and not old.blind:
            yield Note(code=CODE, subject=key, flag=Flag.SENSOR_MISSING)
        if fall.moved and not old.moved:
            yield Note(code=CODE, subject=key, flag=Flag.ACTIVITY_SEEN, evidence=evidence)
        if fall.fine and not old.fine:
            yield Note(code=CODE, subject=key, flag=Flag.OK_PRESSED, evidence=evidence)


def _told(before: Home, after: Home, event: Observation, now: Instant) -> Iterator[Said]:
    if event.value is not True or not is_let_through(before, after, event):
        return
    device, fall = after.devices[event.device], after.watch.falls[event.device]
    if fall.told_by_ms is not None:
        return  # they may be seen walking yet (`edge.home.afoot`)
    confirmed = (Flag.CONFIRMED_BUTTON.value,) if fall.pressed else ()
    yield Finding(
        code=CODE,
        subject=device.id,
        priority=Priority.CRITICAL if fall.pressed else Priority.HIGH,
        evidence=evidence_of(event),
        params={**device_params(device), **last_place(after, device, now)},
        flags=(*doubts_of(event), *confirmed, *against(after, Fact.FALL, device)),
        room=device.room,
        person=device.person,
        fresh=before.watch.falls.get(device.id) is not fall,
    )


def _unworn(before: Home, key: str, now: Instant) -> Iterator[Said]:
    """Whoever takes a device away while its fall waits need not have seen its wearer."""
    fall = before.watch.falls.get(key)
    if fall is not None and fall.told_by_ms is not None:
        yield _waited(before, key, fall, now)


def _waited(home: Home, key: str, fall: Fall, now: Instant) -> Finding:
    """Nobody is known to be on their feet: a call. Otherwise today's list, they may be hurt."""
    device = home.devices[key]
    told = Evidence(device=key, kind="fall", value=True, unit="1", at=fall.at)
    seen = (Flag.ACTIVITY_SEEN.value,) if fall.is_afoot else ()
    return Finding(
        code=CODE,
        subject=key,
        priority=Priority.NORMAL if fall.is_afoot else Priority.HIGH,
        evidence=(told,),
        params={**device_params(device), **last_place(home, device, now)},
        flags=(*seen, *against(home, Fact.FALL, device)),
        room=device.room,
        person=device.person,
    )


def _worse(
    home: Home,
    key: str,
    fall: Fall,
    flag: Flag,
    evidence: tuple[Evidence, ...],
    now: Instant,
    flags: tuple[str, ...] = (),
) -> Finding:
    device = home.devices[key]
    told = Evidence(device=key, kind="fall", value=True, unit="1", at=fall.at)
    return Finding(
        code=CODE,
        subject=key,
        priority=Priority.CRITICAL,
        evidence=(*evidence, told),
        params={**device_params(device), **last_place(home, device, now)},
        flags=(flag, *flags, *against(home, Fact.FALL, device)),
        room=device.room,
        person=device.person,
    )
