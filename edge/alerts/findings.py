"""What a rule can say, and what stands beside a rule in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation, Priority, Quality, Scalar
from edge.events import Event
from edge.home.hearing import DOUBTED, MOVEMENT_ROLES
from edge.home.state import DeviceState, Home


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A person must act. `fresh`: it has just begun; otherwise it is the same one, still there.

    `priority` None takes the rule's own.
    """

    code: str
    subject: str
    priority: Priority | None = None
    evidence: tuple[Evidence, ...] = ()
    params: dict[str, Scalar] = {}
    flags: tuple[str, ...] = ()
    room: str | None = None
    person: str | None = None
    fresh: bool = True


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that belongs to an open alert and neither raises, lowers nor ends it.

    Device evidence that an alarm is over is a note: a person closes (law: unauthenticated
    input never lowers an alert).
    """

    code: str
    subject: str
    flag: Flag
    evidence: tuple[Evidence, ...] = ()
    against: tuple[str, ...] = ()  # flags of what speaks against it; it then reassures nobody


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """A fault of our own is gone, and we know it ourselves: the alert cancels itself, told."""

    code: str
    subject: str
    flag: Flag = Flag.HEARD_AGAIN  # noted instead when somebody has it already: they close it


Said = Finding | Note | Over

Check = Callable[[Home, Home, Event, Instant], Iterable[Said]]
"""`(before, after, event, now)`: what the step from `before` to `after` means for people."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of rules; `edge.alerts.rules` gives the reasons.

    `kinds` are the observation kinds it listens to, `events` the other events; with
    `on_return` it also hears whatever a device says that was silent, with `on_watch` whatever
    changes what the home waits for (`edge.home.watch`). `reopens`: a fresh
    finding takes an acknowledged alert back to raised. `gap_ms`: an unchanged finding revises
    its open alert no oftener than this. `again_ms`: this long after a person closed the alert,
    a cause that `stands` is told anew.
    """

    code: str
    priority: Priority
    check: Check
    kinds: frozenset[str] = frozenset()
    events: frozenset[type] = frozenset()
    on_return: bool = False
    on_watch: bool = False
    reopens: bool = False
    gap_ms: int = 0
    again_ms: int | None = None
    stands: Callable[[Home, str], Finding | None] | None = None


def evidence_of(seen: Observation) -> tuple[Evidence, ...]:
    return (
        Evidence(
            device=seen.device,
            kind=seen.kind,
            value=seen.value,
            unit=seen.unit,
            at=seen.at,
            quality=seen.quality,
        ),
    )


def doubts_of(seen: Observation) -> tuple[str, ...]:
    """The flag that doubt about this observation puts on an alert."""
    if seen.quality in DOUBTED or seen.quality is Quality.QUESTIONABLE:
        return (seen.quality.value,)
    return ()


def unsure_eyes(home: Home) -> tuple[str, ...]:
    """The flag for "nobody moved" where a sensor that could have seen it may hang elsewhere."""
    eyes = (d for d in home.devices.values() if d.role in MOVEMENT_ROLES)
    return (Flag.IDENTITY,) if any(d.identity for d in eyes) else ()


def device_params(device: DeviceState) -> dict[str, Scalar]:
    """What every alert about a device tells of it."""
    return {"device": device.label or device.id, "room": device.room, "role": device.role.value}
