"""Which gateways are silent, what of it is one incident, and who is told when. Pure.

A silence is one gateway from its last word to its next one; an incident is many of one area at
once: a mast, a mains failure, a broker's route. Both are faults of installations, and a home that
cannot be seen is never a home in which all is well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from edge.domain import Record
from edge.uplink.envelope import GATEWAY_LOST_AFTER_MS

# Three heartbeats, less what the look around and its commit may take: known within 180 s.
LOST_AFTER_MS = GATEWAY_LOST_AFTER_MS - 2_000
# A wall clock that moves by more than this against the boot clock was set: nobody was silent.
CLOCK_STEP_MS = 10_000
# A last will that stands so long. A gateway that changes its line is back in 60 s at most; with
# the broker's 22.5 s and the will's delay of 30 s it is known within 113 s.
GOODBYE_AFTER_MS = 60_000
# How many of one area within how long are one incident: below it are ordinary faults of a week.
INCIDENT_HOMES_MIN = 10
INCIDENT_WITHIN_MS = 5 * 60_000
# Batteries of boxes and masts end later than the mains did: who falls silent this long after the
# newest home of an incident still belongs to it.
JOINS_WITHIN_MS = 30 * 60_000
# Maintenance has had its time; now somebody has to ask whether the resident is well.
COORDINATOR_AFTER_MS = 30 * 60_000


class By(StrEnum):
    """How a silence was known."""

    SILENT = "silent"  # no word within LOST_AFTER_MS
    WILL = "will"  # the broker said so


class Heard(Record, frozen=True, kw_only=True):
    """One gateway as it was last heard. `urgent`: its home can wait for no timer."""

    gateway: str
    area: str
    heard_ms: int
    goodbye_ms: int | None = None
    urgent: bool = False


class Silence(Record, frozen=True, kw_only=True):
    """One gateway that is silent; `since_ms` is its last word."""

    gateway: str
    area: str
    since_ms: int
    known_ms: int
    by: By
    incident: int | None = None
    coordinator_ms: int | None = None


class Incident(Record, frozen=True, kw_only=True):
    """Many silences of one area. `newest_ms`: the last word of the home that had it last."""

    key: int
    area: str
    since_ms: int
    newest_ms: int
    known_ms: int
    coordinator_ms: int | None = None


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """What is open: silences by gateway, incidents by number."""

    silences: Mapping[str, Silence] = {}
    incidents: Mapping[int, Incident] = {}
    next_key: int = 1


class News(StrEnum):
    LOST = "lost"  # maintenance is told
    BACK = "back"
    REPLACED = "replaced"  # another box speaks for this home now
    INCIDENT = "incident"  # maintenance is told, once for all
    JOINED = "joined"
    COORDINATOR = "coordinator"  # the coordinator is told too
    OVER = "over"


class Said(Record, frozen=True, kw_only=True):
    """One piece of news, about a gateway or an incident (or a gateway in one)."""

    news: News
    gateway: str | None = None
    incident: int | None = None


def step(
    fleet: Fleet, heard: Sequence[Heard], at_ms: int, listening_ms: int | None
) -> tuple[Fleet, list[Said]]:
    """What is open at `at_ms`, and what is new about it.

    `listening_ms`: since when the desk itself has been able to hear; None while it cannot. A desk
    that was deaf gives everybody their time anew, and while it is deaf nothing new begins.
    """
    by_name = {one.gateway: one for one in heard}
    said: list[Said] = []
    silences = dict(fleet.silences)
    for name, silence in fleet.silences.items():
        one = by_name.get(name)
        if one is None or one.heard_ms != silence.since_ms:
            del silences[name]
            news = News.REPLACED if one is None else News.BACK
            said.append(Said(news=news, gateway=name, incident=silence.incident))
    began: list[str] = []
    for one in heard:
        by = None if one.gateway in silences else silent_by(one, at_ms, listening_ms)
        if by is not None:
            began.append(one.gateway)
            silences[one.gateway] = Silence(
                gateway=one.gateway, area=one.area, since_ms=one.heard_ms, known_ms=at_ms, by=by
            )
    incidents = _still_held(silences, fleet, said)
    next_key = fleet.next_key
    if began:  # nobody else can make a crowd
        next_key = _grouped(silences, incidents, next_key, at_ms, said)
    said += [
        Said(news=News.LOST, gateway=name) for name in began if silences[name].incident is None
    ]
    _told(silences, incidents, by_name, at_ms, said)
    return Fleet(silences=silences, incidents=incidents, next_key=next_key), said


def silent_by(one: Heard, at_ms: int, listening_ms: int | None) -> By | None:
    """How we know that this gateway is silent; None when we do not."""
    if listening_ms is None:
        return None
    if _since(one.heard_ms, at_ms, listening_ms) >= LOST_AFTER_MS:
        return By.SILENT
    if one.goodbye_ms is None or _since(one.goodbye_ms, at_ms, listening_ms) < GOODBYE_AFTER_MS:
        return None
    return By.WILL


def _since(then_ms: int, at_ms: int, listening_ms: int) -> int:
    """How long that is ago, as far as the desk could hear.

    What came under a clock that was ahead has no time here: it must not keep a gateway alive
    until that time has come.
    """
    is_ahead = then_ms - at_ms > CLOCK_STEP_MS
    return at_ms - (listening_ms if is_ahead else max(then_ms, listening_ms))


def _still_held(
    silences: Mapping[str, Silence], fleet: Fleet, said: list[Said]
) -> dict[int, Incident]:
    """The incidents that some home is still in; of the others their end."""
    held = {one.incident for one in silences.values()}
    said += [Said(news=News.OVER, incident=key) for key in fleet.incidents if key not in held]
    return {key: one for key, one in fleet.incidents.items() if key in held}


def _grouped(
    silences: dict[str, Silence],
    incidents: dict[int, Incident],
    next_key: int,
    at_ms: int,
    said: list[Said],
) -> int:
    """Let silences join the incident of their area, or make one of them; the next free number."""
    for area in sorted({one.area for one in silences.values() if one.incident is None}):
        for incident in [one for one in incidents.values() if one.area == area]:
            incidents[incident.key] = _join(silences, incident, said)
        while (members := _crowd(_loose(silences, area))) is not None:
            made = Incident(
                key=next_key,
                area=area,
                since_ms=members[0].since_ms,
                newest_ms=members[-1].since_ms,
                known_ms=at_ms,
            )
            next_key += 1
            said.append(Said(news=News.INCIDENT, incident=made.key))
            for one in members:
                silences[one.gateway] = msgspec.structs.replace(one, incident=made.key)
            # Who was silent with them, or soon after, is of it; that is no news of its own.
            incidents[made.key] = _join(silences, made, [])
    return next_key


def _loose(silences: Mapping[str, Silence], area: str) -> list[Silence]:
    """The silences of an area that are in no incident, by their last word."""
    found = [one for one in silences.values() if one.area == area and one.incident is None]
    return sorted(found, key=lambda one: (one.since_ms, one.gateway))


def _crowd(loose: Sequence[Silence]) -> list[Silence] | None:
    """The first INCIDENT_HOMES_MIN or more that fell silent within INCIDENT_WITHIN_MS."""
    for n, first in enumerate(loose):
        members = [one for one in loose[n:] if one.since_ms - first.since_ms <= INCIDENT_WITHIN_MS]
        if len(members) >= INCIDENT_HOMES_MIN:
            return members
    return None


def _join(silences: dict[str, Silence], incident: Incident, said: list[Said]) -> Incident:
    """Add everybody whose last word is near those of the incident's homes, in turn."""
    for one in _loose(silences, incident.area):
        early = one.since_ms < incident.since_ms - INCIDENT_WITHIN_MS
        if early or one.since_ms > incident.newest_ms + JOINS_WITHIN_MS:
            continue
        silences[one.gateway] = msgspec.structs.replace(one, incident=incident.key)
        newest_ms = max(incident.newest_ms, one.since_ms)
        incident = msgspec.structs.replace(incident, newest_ms=newest_ms)
        said.append(Said(news=News.JOINED, gateway=one.gateway, incident=incident.key))
    return incident


def _told(
    silences: dict[str, Silence],
    incidents: dict[int, Incident],
    by_name: Mapping[str, Heard],
    at_ms: int,
    said: list[Said],
) -> None:
    """Tell the coordinator of what maintenance has had for its time, and of what cannot wait."""
    urgent: set[int | None] = {
        one.incident for one in silences.values() if by_name[one.gateway].urgent
    }
    for key, incident in incidents.items():
        if incident.coordinator_ms is None and (key in urgent or _is_old(incident.known_ms, at_ms)):
            incidents[key] = msgspec.structs.replace(incident, coordinator_ms=at_ms)
            said.append(Said(news=News.COORDINATOR, incident=key))
    for name, one in silences.items():
        if one.incident is not None or one.coordinator_ms is not None:
            continue
        if by_name[name].urgent or _is_old(one.known_ms, at_ms):
            silences[name] = msgspec.structs.replace(one, coordinator_ms=at_ms)
            said.append(Said(news=News.COORDINATOR, gateway=name))


def _is_old(known_ms: int, at_ms: int) -> bool:
    return at_ms - known_ms >= COORDINATOR_AFTER_MS


# -- which home first -----------------------------------------------------------------------


class Escape(StrEnum):
    """Whether a resident gets out of the home unaided, as rescue services ask (EVAC).

    `out`: in two or three minutes. `maybe`: with trouble. `no`: not without help.
    """

    OUT = "out"
    MAYBE = "maybe"
    NO = "no"


class Frailty(Record, frozen=True, kw_only=True):
    """What the desk knows of a home that nobody can see; None where nobody has told."""

    critical_raised: bool = False
    critical_taken: bool = False
    high_open: bool = False
    escape: Escape | None = None
    level: str | None = None  # of its fire assessment

    @property
    def urgent(self) -> bool:
        """Whether the coordinator is told at once."""
        return self.critical_raised or self.critical_taken or self.escape is Escape.NO


# What nobody has told stands before what was told to be good: unknown is never safe.
_ESCAPES = (Escape.NO, None, Escape.MAYBE, Escape.OUT)
_LEVELS = ("red", "orange", "grey", "yellow", "green")


def frailest_first(homes: Iterable[tuple[Frailty, int, str]]) -> list[str]:
    """Gateways in the order in which to ask after their residents.

    Each comes with its frailty and the time of its last word: longest silent first among equals.
    """

    def rank(home: tuple[Frailty, int, str]) -> tuple[object, ...]:
        facts, since_ms, gateway = home
        level = facts.level if facts.level in _LEVELS else "grey"
        return (
            not facts.critical_raised,
            not facts.critical_taken,
            _ESCAPES.index(facts.escape),
            not facts.high_open,
            _LEVELS.index(level),
            since_ms,
            gateway,
        )

    return [gateway for _, _, gateway in sorted(homes, key=rank)]
