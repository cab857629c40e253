"""The cooker is on, and whoever turned it on is somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params, unsure_eyes
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation
from edge.events import Event
from edge.home.contradictions import Fact, against
from edge.home.hearing import is_sure
from edge.home.localday import MINUTE_MS
from edge.home.state import Home
from edge.home.watch import Stove

CODE = "stove_unattended"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Told once for each time that it is left; somebody back, or "off", is noted.

    `edge.home.waiting` decides. No stay pauses it: an empty home is where nobody sees a pan.
    """
    sure = not isinstance(event, Observation) or is_sure(after, event)
    for key, old in before.watch.stoves.items() if sure else ():
        stove = after.watch.stoves.get(key)
        if stove is None:
            yield Note(code=CODE, subject=key, flag=Flag.STOVE_OFF)
        elif old.told and not stove.told:
            yield Note(code=CODE, subject=key, flag=Flag.ACTIVITY_SEEN)
    for key, stove in after.watch.stoves.items():
        before_it = before.watch.stoves.get(key)
        if stove.told and (before_it is None or not before_it.told):
            yield _finding(after, key, stove)


def _finding(home: Home, key: str, stove: Stove) -> Finding:
    device = home.devices[key]
    return Finding(
        code=CODE,
        subject=key,
        evidence=(Evidence(device=key, kind="stove_on", value=True, unit="1", at=stove.at),),
        params={
            **device_params(device),
            "minutes": (home.at_ms - stove.near_ms) // MINUTE_MS,
        },
        flags=(*against(home, Fact.STOVE_ON, device), *unsure_eyes(home)),
        room=device.room,
        person=device.person,
        fresh=stove.times == 1,
    )
