"""Runs the rules again over what a home stored: the same alerts and levels, or what is otherwise.

The rules are told what they were told, in that order: each event after as many observations as
came before it, at the moment it had. Time passes as the rules asked to be woken; where the gateway
woke a little later, what it stored then says when. Ids are not part of it: a name made of what
an id is about stands for it on both sides.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

import msgspec

from edge.advance import advance
from edge.domain import Alert, Checklist, Hazard, Instant, Observation, Record, RiskAssessment, Sync
from edge.events import (
    Acknowledgement,
    Assessed,
    ConfigLoaded,
    Escalated,
    Event,
    KeepAssessment,
    Raise,
    Revise,
    Tick,
)
from edge.home.state import Home, alert_key
from edge.ports import Told

# A gateway looks at its clock once a second; a busy one wakes its rules a little late.
LATE_MAX_MS = 60_000
# A rule that asks for a moment that does not pass would never let the clock go on.
WAKES_MAX = 1_000_000

Moment = tuple[str, int]

_KINDS: dict[str, type] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Event) if kind is not Observation
}


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it when it was lived: every revision and every assessment, as stored."""

    alerts: Sequence[Alert]
    assessments: Sequence[RiskAssessment]


class Relived(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of it now."""

    alerts: list[Alert]
    assessments: list[RiskAssessment]
    ids: dict[str, str]  # id of this run -> the name that stands for it
    told: int  # observations


class _Ids:
    """Ids of this run; none is one that was ever given."""

    def __init__(self) -> None:
        self._given = 0

    def uuid7(self, _at: Instant) -> str:
        self._given += 1
        return f"relived-{self._given:012}"  # none is the beginning of another


class Reliving:
    """One run, from a state on: the first state of a home, or a checkpoint."""

    def __init__(
        self,
        home: Home,
        settings: ConfigLoaded | None,
        lists: Mapping[str, Checklist],
        stored: Stored,
    ) -> None:
        """`settings`: those in force at a checkpoint; `lists`: the checklists, as they are now."""
        self._lists = dict(lists)
        loaded = None if settings is None else self._with_lists(settings)
        self._home = home if loaded is None else msgspec.structs.replace(home, settings=loaded)
        self._ids = _Ids()
        self._names: dict[str, str] = {}
        self._stored_key = {a.id: alert_key(a.code, a.subject) for a in stored.alerts}
        self._stored_key |= {a.id: key for key, a in home.alerts.items()}
        self._words = {(*_moment(a.at), a.hazard): a for a in stored.assessments if _has_word(a)}
        self._moments = _moments(stored)
        self._known = {boot: list(moments) for boot, moments in self._moments.items()}
        self._found = Relived(alerts=[], assessments=[], ids=self._names, told=0)
        self._told = 0

    def run(
        self,
        events: Iterable[Told],
        observations: Iterable[tuple[int, Observation]],
        until: Instant | None = None,
    ) -> Relived:
        """All of it, or up to a moment of the last boot that is told."""
        rows = iter(observations)
        row = next(rows, None)
        for one in events:
            while row is not None and row[0] <= one.after:
                if self._is_past(row[1].at, until):
                    return self._end(until)
                self._observe(row[1])
                row = next(rows, None)
            if self._is_past(one.at, until):
                return self._end(until)
            self._event(one)
        while row is not None and not self._is_past(row[1].at, until):
            self._observe(row[1])
            row = next(rows, None)
        return self._end(until)

    def _is_past(self, at: Instant, until: Instant | None) -> bool:
        if until is None:
            return False
        if at.boot == until.boot:
            return at.boottime_ms > until.boottime_ms
        return self._home.frame.boot == until.boot  # a later boot

    def _end(self, until: Instant | None) -> Relived:
        frame = self._home.frame
        later = [ms for ms in self._moments.get(frame.boot, {}) if ms >= self._home.at_ms]
        end_ms = max(later, default=None)
        if until is not None:
            end_ms = until.boottime_ms if until.boot == frame.boot else None
        if end_ms is not None:
            self._wake(end_ms + 1)
        return msgspec.structs.replace(self._found, told=self._told)

    def _observe(self, seen: Observation) -> None:
        self._told += 1
        self._wake_before(seen.at)
        self._tell(seen, seen.at)

    def _event(self, one: Told) -> None:
        if one.kind == "config":
            self._start(one)
            return
        self._wake_before(one.at)
        event = self._decoded(one)
        if event is not None:
            self._tell(event, one.at)

    def _start(self, one: Told) -> None:
        """A start: time had passed for the rules up to the state that it went on from."""
        told = msgspec.json.decode(one.body, type=_Start)
        self._wake(told.state_ms)
        if self._home.frame.boot and told.state_ms > self._home.at_ms:
            self._tell(Tick(), self._instant(told.state_ms))
        self._tell(self._with_lists(told.settings), one.at)

    def _decoded(self, one: Told) -> Event | None:
        if one.kind == "assessed":
            beside = msgspec.json.decode(one.body, type=_Beside)
            kept = self._words.get((*_moment(one.at), beside.hazard))
            return None if kept is None else _word(kept, beside)
        event: Event = msgspec.json.decode(one.body, type=_KINDS[one.kind])
        if isinstance(event, Acknowledgement | Escalated):
            key = self._stored_key.get(event.alert, "")
            alert = self._home.alerts.get(key)
            closed = self._home.closed.get(key)
            ident = alert.id if alert else closed.id if closed else event.alert
            return msgspec.structs.replace(event, alert=ident)
        return event

    def _with_lists(self, settings: ConfigLoaded) -> ConfigLoaded:
        return msgspec.structs.replace(settings, checklists=self._lists)

    # -- time ------------------------------------------------------------------------------

    def _wake_before(self, at: Instant) -> None:
        """Time up to `at`, where the boot of `at` has begun already."""
        if at.boot == self._home.frame.boot:
            self._wake(at.boottime_ms)

    def _wake(self, until_ms: int) -> None:
        """Every moment before `until_ms` at which something was stored, or the rules wanted it."""
        boot = self._home.frame.boot
        moments, known = self._moments.get(boot, {}), self._known.get(boot, [])
        for _ in range(WAKES_MAX):
            home = self._home
            place = bisect_right(known, home.at_ms)
            stored_ms = known[place] if place < len(known) else None
            due_ms = None if home.due_ms is None else max(home.due_ms, home.at_ms)
            if due_ms is not None and (stored_ms is None or due_ms + LATE_MAX_MS < stored_ms):
                next_ms, at = due_ms, self._instant(due_ms)
            elif stored_ms is not None:
                next_ms, at = stored_ms, moments[stored_ms]
            else:
                return
            if next_ms >= until_ms:
                return
            self._tell(Tick(), at)
            if (self._home.due_ms, self._home.at_ms) == (home.due_ms, home.at_ms):
                return

    def _instant(self, boottime_ms: int) -> Instant:
        frame = self._home.frame
        return Instant(
            boot=frame.boot,
            boottime_ms=boottime_ms,
            wall_ms=boottime_ms + frame.drift_ms,
            offset_min=frame.offset_min,
            sync=Sync.NTP if frame.synced else Sync.NONE,
        )

    def _tell(self, event: Event, at: Instant) -> None:
        step = advance(self._home, event, at, self._ids)
        self._home = step.home
        for effect in step.effects:
            if isinstance(effect, Raise | Revise):
                self._names.setdefault(effect.alert.id, name_of(effect.alert))
                self._found.alerts.append(effect.alert)
            elif isinstance(effect, KeepAssessment):
                self._names.setdefault(effect.assessment.id, name_of(effect.assessment))
                self._found.assessments.append(effect.assessment)


class _Beside(msgspec.Struct, frozen=True):
    """What an assessment does not keep of the word that made it."""

    hazard: Hazard
    alert_from: float | None = None
    calm_below: float | None = None
    explained: bool = False


class _Start(msgspec.Struct, frozen=True):
    settings: ConfigLoaded
    state_ms: int
    release: str = ""


def release_of(told: Told) -> str:
    """The release whose rules were told these settings."""
    return msgspec.json.decode(told.body, type=_Start).release


def settings_of(told: Told) -> ConfigLoaded:
    """The settings of a start, without its checklists."""
    return msgspec.json.decode(told.body, type=_Start).settings


class Difference(Record, frozen=True, kw_only=True):
    """One part that comes out otherwise; values as JSON, None: there is no such part."""

    of: str  # "smoke/alarm-1 rev 2"
    part: str
    lived: str | None
    relived: str | None


def compare(stored: Stored, found: Relived, around: Stored | None = None) -> list[Difference]:
    """What differs, by revision and assessment in the order lived; ids are left out.

    `around`: all that was stored, where `stored` is a part of it that names others.
    """
    whole = around or stored
    ids = {a.id: name_of(a) for a in whole.alerts}
    ids |= {a.id: name_of(a) for a in whole.assessments}
    differences: list[Difference] = []
    for lived, relived in (
        (_by_name(stored.alerts, ids), _by_name(found.alerts, found.ids)),
        (_by_name(stored.assessments, ids), _by_name(found.assessments, found.ids)),
    ):
        for name in [*lived, *(name for name in relived if name not in lived)]:
            differences += _differences(name, lived.get(name), relived.get(name))
    return differences


def name_of(one: Alert | RiskAssessment) -> str:
    """What one is about and when it began: the same in every run."""
    if isinstance(one, Alert):
        at = one.raised
        return f"{one.code}/{one.subject} {at.boot[-4:]}+{at.boottime_ms}"
    return f"{one.hazard} {one.at.boot[-4:]}+{one.at.boottime_ms}"


def _by_name(
    records: Iterable[Alert | RiskAssessment], ids: Mapping[str, str]
) -> dict[str, dict[str, object]]:
    """Records as plain values by name and revision, every id in them replaced by its name."""
    found: dict[str, dict[str, object]] = {}
    for one in records:
        text = msgspec.json.encode(one).decode()
        for ident in _ids_in(one):
            if ident in ids:
                text = text.replace(ident, ids[ident])
        more = f" rev {one.rev}" if isinstance(one, Alert) else ""
        name = f"{name_of(one)}{more}"
        while name in found:  # two words on one hazard in one millisecond
            name += "+"
        found[name] = json.loads(text)
    return found


def _ids_in(one: Alert | RiskAssessment) -> Iterator[str]:
    yield one.id
    if isinstance(one, Alert):
        yield str(one.params.get("assessment", one.id))
    elif one.grounds is not None:
        yield from one.grounds.happened


def _differences(
    name: str, lived: dict[str, object] | None, relived: dict[str, object] | None
) -> Iterator[Difference]:
    if lived is None or relived is None:
        there, gone = (lived, None) if relived is None else (None, relived)
        whole = [None if one is None else "..." for one in (there, gone)]
        yield Difference(of=name, part="", lived=whole[0], relived=whole[1])
        return
    for part in lived:
        if lived[part] != relived.get(part):
            old, new = json.dumps(lived[part]), json.dumps(relived.get(part))
            yield Difference(of=name, part=part, lived=old, relived=new)


def _moment(at: Instant) -> Moment:
    return at.boot, at.boottime_ms


def _moments(stored: Stored) -> dict[str, dict[int, Instant]]:
    """By boot, each moment at which something was stored, in order."""
    found: dict[str, dict[int, Instant]] = {}
    for at in (*(a.changed for a in stored.alerts), *(a.at for a in stored.assessments)):
        found.setdefault(at.boot, {})[at.boottime_ms] = at
    return {boot: dict(sorted(moments.items())) for boot, moments in found.items()}


def _has_word(one: RiskAssessment) -> bool:
    return one.model is not None or one.abstained is not None


def _word(one: RiskAssessment, beside: _Beside) -> Assessed:
    """What was said of a day, out of the assessment that keeps it, and what stood beside it."""
    return Assessed(
        hazard=one.hazard,
        index=one.index,
        reasons=tuple(r for r in one.reasons if r.source.startswith("model:")),
        model=one.model,
        manifest=one.model_manifest,
        abstained=one.abstained,
        features=one.features,
        day=one.day,
        feature_hash=one.feature_hash,
        outputs=one.outputs,
        contributions=one.contributions,
        routine=one.routine,
        alert_from=beside.alert_from,
        calm_below=beside.calm_below,
        explained=beside.explained,
    )
