"""An outer door was opened at night, and nobody was seen inside after it.

Off until the settings record a basis, a decider and a review date (`NightDoor`).
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation
from edge.events import Event
from edge.home.dating import told_minute
from edge.home.hearing import is_sure
from edge.home.state import Home, has_eyes
from edge.home.watch import Outing

CODE = "night_door"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Told once for each opening; somebody inside, or the door again, is noted.

    A wait that time ends, because its decision is no longer in force, says that of nobody.
    """
    seen = isinstance(event, Observation) and is_sure(after, event)
    for key, old in before.watch.outings.items() if seen else ():
        outing = after.watch.outings.get(key)
        if old.told and (outing is None or outing.opened_ms != old.opened_ms):
            yield Note(code=CODE, subject=key, flag=Flag.ACTIVITY_SEEN)
    for key, outing in after.watch.outings.items():
        before_it = before.watch.outings.get(key)
        if outing.told and (before_it is None or not before_it.told):
            yield _finding(after, key, outing)


def _finding(home: Home, key: str, outing: Outing) -> Finding:
    device = home.devices[key]
    return Finding(
        code=CODE,
        subject=key,
        evidence=(Evidence(device=key, kind="door", value=True, unit="1", at=outing.at),),
        params={
            **device_params(device),
            "opened": told_minute(home, outing.at),
        },
        flags=() if has_eyes(home) else (Flag.SENSOR_MISSING,),
        room=device.room,
    )
