"""Notes what the rules are told, for running them again, and when their whole state is due.

Of an event only what the rules read: no key of a device, no name of a person. Signal strengths,
positions and refused frames come by the minute and are not noted; what they lead to may come out
otherwise.
"""

from __future__ import annotations

import msgspec

from edge import __version__
from edge.domain import Instant, Observation, Person
from edge.events import (
    Assessed,
    ConfigLoaded,
    Counted,
    Enrolled,
    Event,
    Located,
    Receipt,
    Surveyed,
    Tick,
)
from edge.home.localday import DAY_MS
from edge.home.state import Home
from edge.ports import Told

# Observations stand in their own table, time passes by itself, and a receipt changes nothing.
_NOT_NOTED = (Observation, Tick, Receipt, Counted, Located, Surveyed)


class Journal:
    """Events since the last batch."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._boot = ""
        self._checked_ms = 0

    def note(self, event: Event, at: Instant, after: int, before: Home) -> None:
        """`after`: the last observation before it; `before`: the state that it met."""
        if isinstance(event, _NOT_NOTED):
            return
        kind = str(event.__struct_config__.tag)
        body = msgspec.json.encode(_bare(event, before)).decode()
        self._told.append(Told(kind=kind, after=after, at=at, body=body))

    def take(self) -> list[Told]:
        told, self._told = self._told, []
        return told

    def is_due(self, home: Home) -> bool:
        """Whether a checkpoint is due: the first of a process or boot, or a day after one."""
        boot, at_ms = home.frame.boot, home.at_ms
        if boot == self._boot and at_ms - self._checked_ms < DAY_MS:
            return False
        self._boot, self._checked_ms = boot, at_ms
        return True


def _bare(event: Event, before: Home) -> object:
    match event:
        case ConfigLoaded():
            # Up to when the state had come that this start goes on from.
            return {
                "settings": msgspec.structs.replace(event, checklists={}),
                "state_ms": before.at_ms,
                "release": __version__,
            }
        case Enrolled():
            return msgspec.structs.replace(
                event, device=msgspec.structs.replace(event.device, key=None, address="")
            )
        case Person():
            return msgspec.structs.replace(event, label="")
        case Assessed():  # the rest stands in its assessment
            return {
                "hazard": event.hazard,
                "alert_from": event.alert_from,
                "calm_below": event.calm_below,
                "explained": event.explained,
            }
        case _:
            return event
