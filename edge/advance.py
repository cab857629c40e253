"""The one step: what happened, and what follows from it.

`advance(home, event, now, ids)` is the whole of the gateway's judgement: a pure
function from the state of the home and one event to the next state, what is
to be stored, and when to wake. Time comes as an argument, ids from `ids`.

Each event is folded into the state (`edge.home`), the rules that listen to it
say what the change means (`edge.alerts.rules`), and what they say is merged
into the open alerts (`edge.alerts.merge`). Time that has run out is dealt with
first, so that it makes no difference how often `Tick` is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from edge.alerts.findings import Rule
from edge.alerts.flags import Flag
from edge.alerts.lifecycle import Refused, acknowledge, escalate, flagged, reopen
from edge.alerts.merge import keep, merge, put_away, settle
from edge.alerts.rules import BY_EVENT, BY_KIND, ON_RETURN, ON_WATCH
from edge.alerts.rules.gateway_fault import fault_key
from edge.domain import (
    Alert,
    AlertState,
    Checklist,
    Considered,
    Decision,
    Hazard,
    Instant,
    Level,
    Observation,
    Person,
    PersonLeft,
    Plan,
    RiskAssessment,
    Stay,
    StayKind,
    Tenancy,
    Visit,
    VitalLimit,
    VitalLimitEnded,
    Withdrawn,
)
from edge.events import (
    Acknowledgement,
    Answered,
    Assessed,
    ConfigLoaded,
    Confirmed,
    Counted,
    Disputed,
    Doubted,
    Effect,
    Enrolled,
    Escalated,
    Event,
    Fault,
    Located,
    Reassess,
    Receipt,
    Removed,
    Revise,
    Surveyed,
    TasksTaken,
    TaskTold,
    Tick,
)
from edge.home import identity, told
from edge.home.accounting import account, hear, pass_time
from edge.home.behaving import behaved
from edge.home.boot import enter, is_moved, resume
from edge.home.folding import fold_kinds
from edge.home.identity_place import survey
from edge.home.placing import LOCATION_KINDS, fold_located, forget_places, is_located
from edge.home.reassess import after_alerts, after_word, hazards_of
from edge.home.state import MESSAGES_MAX, Home
from edge.home.staying import is_ended
from edge.home.timers import next_due
from edge.home.waiting import lapse
from edge.ports import Ids
from edge.risk import profile
from edge.risk.levels import with_model
from edge.risk.scoring import is_touched, rescore, rescore_all, run_out
from edge.risk.scoring import keep as keep_assessment
from edge.risk.task_told import tell as tell_work

_TICK = Tick()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What follows. `wake_at_ms`: tell a `Tick` at that boottime, if nothing comes before.

    It may be earlier than needed, never later. `refused`: in short codes, what of the event could
    not be done (an acknowledgement of an alert that is over); nothing else of the step hangs on it.
    """

    home: Home
    effects: tuple[Effect, ...] = ()
    wake_at_ms: int | None = None
    refused: tuple[str, ...] = ()


def advance(home: Home, event: Event, now: Instant, ids: Ids) -> Step:
    """The next state of the home, and all that follows from `event` at `now`."""
    answers = home.answers
    if is_moved(home.frame, now):
        home = enter(home, now)
    if type(event) is ConfigLoaded:
        # A snapshot has no settings, and what ran out meanwhile is judged by those of the site.
        home = msgspec.structs.replace(resume(home, now), settings=event)
    if now.boottime_ms > home.at_ms:
        home = msgspec.structs.replace(home, at_ms=now.boottime_ms)
    turn, start = _Turn(home, now, ids), home
    if home.due_ms is not None and home.at_ms >= home.due_ms:
        turn.pass_time()
    if type(event) is Observation:
        turn.observe(event)
    elif type(event) is not Tick:
        before = turn.home
        _HANDLERS[type(event)](turn, event)
        after = account(before, turn.home, event)
        turn.home = msgspec.structs.replace(after, due_ms=next_due(after))
    if turn.home.answers is not answers and type(event) is not Answered:
        turn.work()  # they got their dates
    if turn.home.alerts is not start.alerts or turn.home.anew is not start.anew:
        turn.assess_anew(start)
    return Step(
        home=turn.home,
        effects=turn.effects,
        wake_at_ms=turn.home.due_ms,
        refused=turn.refused,
    )


class _Turn:
    """One call of `advance` while it runs; nothing of it outlives the call."""

    __slots__ = ("effects", "home", "ids", "now", "refused")

    def __init__(self, home: Home, now: Instant, ids: Ids) -> None:
        self.home = home
        self.now = now
        self.ids = ids
        self.effects: tuple[Effect, ...] = ()
        self.refused: tuple[str, ...] = ()

    # -- observations: the hot path -------------------------------------------

    def observe(self, seen: Observation) -> None:
        before = self.home
        device = before.devices.get(seen.device)
        if device is None:
            self.refused += ("unknown_device",)
            return
        if seen.kind in LOCATION_KINDS:  # the locator's word: the device itself said nothing
            if is_located(before):
                self._doubt_by(seen)
            else:
                self.refused += ("not_decided",)
            return
        self.home = fold_kinds(before, hear(before, device, seen), seen)
        if device.silent or before.quiet:
            self._ask(ON_RETURN, before, seen)
        self._ask(BY_KIND.get(seen.kind, ()), before, seen)
        if self.home.watch is not before.watch:
            self._ask((r for r in ON_WATCH if seen.kind not in r.kinds), before, seen)
        self._doubt_by(seen)
        home = self.home
        moved = home.alerts is not before.alerts or home.watch is not before.watch
        if moved or home.doses is not before.doses or before.quiet:
            due_ms = next_due(home)
        else:  # only this device's deadline moved, so what was the earliest is so at the latest
            due_ms = home.devices[device.id].due_ms
            if home.due_ms is not None and home.due_ms <= due_ms:
                return
        self.home = msgspec.structs.replace(home, due_ms=due_ms)

    # -- time -----------------------------------------------------------------

    def pass_time(self) -> None:
        """Everything whose time has come, in one order, however late it is told."""
        before = self.home
        self.home = forget_places(pass_time(before))
        if due := run_out(self.home):
            self.work()
            self.home, told_anew = rescore_all(self.home, due, self.now, self.ids)
            self.effects += told_anew
        self._ask(BY_EVENT[Tick], before, _TICK)
        for key, due_ms in before.holds.items():
            if due_ms <= self.home.at_ms and key in self.home.holds:
                self._revise(key, reopen(self.home.alerts[key], self.now))
        self.home, effects = settle(self.home, self.now, self.ids)
        self.effects += effects
        self.home = msgspec.structs.replace(self.home, due_ms=next_due(self.home))

    # -- what people and installers say ---------------------------------------

    def load(self, settings: ConfigLoaded) -> None:
        before = self.home
        self.home = told.forget_faults(msgspec.structs.replace(before, settings=settings))
        self.home = forget_places(lapse(self.home))
        self.work()
        for hazard, lists in profile.answered(self.home).items():
            # Under an unset clock the level in force stays; it is looked at when the clock is set.
            if self.home.frame.synced or hazard not in self.home.assessments:
                self._score(hazard, lists)
        self._ask(BY_EVENT[ConfigLoaded], before, settings)

    def enrol(self, event: Enrolled) -> None:
        before = self.home
        self.told_if(told.enrol(before, event.device), "too_many_devices")
        self._ask(BY_EVENT[Enrolled], before, event)

    def remove(self, event: Removed) -> None:
        before = self.home
        self.home = told.remove(before, event.device)
        self._ask(BY_EVENT[Removed], before, event)
        for key, alert in self.home.alerts.items():
            if alert.subject == event.device and Flag.REMOVED not in alert.flags:
                self._revise(key, flagged(alert, Flag.REMOVED, self.now))

    def stay(self, event: Stay) -> None:
        before = self.home
        self.home = told.stay(before, event)
        self._ask(BY_EVENT[Stay], before, event)
        if event.kind is not StayKind.ENDED:
            return
        for key, alert in self.home.alerts.items():  # whoever passes them on is told at once
            if is_ended(self.home, alert.person) and Flag.ENDED not in alert.flags:
                self._revise(key, flagged(alert, Flag.ENDED, self.now))

    def decide(self, event: Decision | Withdrawn | VitalLimit | VitalLimitEnded) -> None:
        before = self.home
        self.home = forget_places(lapse(told.decide(before, event)))
        self._ask(BY_EVENT[type(event)], before, event)

    def doubt(self, event: Doubted) -> None:
        before = self.home
        self.home = account(before, told.doubt(before, event))
        self._ask(BY_EVENT[Doubted], before, event)

    def confirm(self, event: Confirmed) -> None:
        before = self.home
        self.home = identity.confirm(before, event, self.now.wall_ms)
        self._ask(BY_EVENT[Confirmed], before, event)

    def survey(self, event: Surveyed) -> None:
        self.home, found = survey(self.home, event)
        for one in found:
            self.doubt(one)

    def _doubt_by(self, seen: Observation) -> None:
        if seen.kind in identity.LISTENS_TO:
            self.home, found = identity.fold(self.home, seen)
            for one in found:
                self.doubt(one)

    def told_if(self, home: Home | None, refusal: str) -> None:
        if home is None:
            self.refused += (refusal,)
        else:
            self.home = home

    def acknowledge(self, ack: Acknowledgement) -> None:
        if ack.message and ack.message in self.home.messages:
            self.refused += ("duplicate",)
            return
        found = next((kv for kv in self.home.alerts.items() if kv[1].id == ack.alert), None)
        if found is None:
            over = any(closed.id == ack.alert for closed in self.home.closed.values())
            self.refused += ("alert_is_over" if over else "unknown_alert",)
            return
        done = self._revise(found[0], acknowledge(found[1], ack, self.now))
        if done and ack.message:
            messages = (*self.home.messages, ack.message)[-MESSAGES_MAX:]
            self.home = msgspec.structs.replace(self.home, messages=messages)

    def escalate(self, event: Escalated) -> None:
        """A level only rises: the later word of the other escalator changes nothing."""
        for key, alert in [kv for kv in self.home.alerts.items() if kv[1].id == event.alert]:
            if (higher := escalate(alert, event.level, self.now)) is not None:
                self._revise(key, higher)

    # -- risk -----------------------------------------------------------------

    def answer(self, event: Answered) -> None:
        before = self.home
        self.home = told.answer(before, event.answers)
        self.work()
        touched = {one.checklist for one in event.answers}
        for hazard, lists in profile.answered(self.home).items():
            if is_touched(self.home, hazard, lists, touched):
                self._score(hazard, lists, always=True)
        self._ask(BY_EVENT[Answered], before, event)

    def assess(self, event: Assessed) -> None:
        """A model's word beside the answers' word; the level stays what the answers made it."""
        before = self.home
        self.home, event = behaved(before, event)
        base = before.assessments.get(event.hazard)
        if base is None:
            base = RiskAssessment(id="", hazard=event.hazard, level=Level.GREY, at=self.now)
        base = msgspec.structs.replace(
            base, id=self.ids.uuid7(self.now), at=self.now, reasons=profile.of_the_list(base)
        )
        self.home, effects = keep_assessment(self.home, with_model(base, event))
        self.effects += effects
        self._ask(BY_EVENT[Assessed], before, event)

    def reassess(self, event: Reassess) -> None:
        anew = after_word(self.home.anew, event, self.now)
        self.home = msgspec.structs.replace(self.home, anew=anew)

    def assess_anew(self, before: Home) -> None:
        """What the step's alerts, or a person, say has happened since the home was assessed."""
        was = self.home
        anew = after_alerts(was.anew, before.alerts, was.alerts, self.now)
        hazards = hazards_of(before.anew, anew)
        if not hazards:
            return
        home = msgspec.structs.replace(was, anew=anew)
        self.home, effects = rescore_all(home, hazards, self.now, self.ids)
        self.effects += effects
        self._ask(BY_EVENT[Assessed], was, _TICK)
        self.home = msgspec.structs.replace(self.home, due_ms=next_due(self.home))

    def work(self, event: Event | None = None) -> None:
        """What people say of tasks; None: what the answers say of them."""
        self.home, effects, refused = tell_work(self.home, event, self.now)
        self.effects += effects
        self.refused += refused

    def _score(self, hazard: Hazard, lists: list[Checklist], *, always: bool = False) -> None:
        was = self.home
        self.home, effects = rescore(was, hazard, lists, self.now, self.ids, always=always)
        self.effects += effects

    def fault(self, event: Fault) -> None:
        before = self.home
        self.home = told.fault(before, fault_key(event), event)
        self._ask(BY_EVENT[Fault], before, event)

    def locate(self, event: Located) -> None:
        self.home = fold_located(self.home, event, self.now)

    def _ask(self, rules: Iterable[Rule], before: Home, event: Event) -> None:
        for rule in rules:
            said = tuple(rule.check(before, self.home, event, self.now))
            if said:
                self.home, effects = merge(self.home, said, self.now, self.ids)
                self.effects += effects

    def _revise(self, key: str, alert: Alert | Refused) -> bool:
        if isinstance(alert, Refused):
            self.refused += (alert.reason,)
            return False
        over = alert.state in (AlertState.CLOSED, AlertState.CANCELLED)
        self.home = (put_away if over else keep)(self.home, key, alert)
        self.effects += (Revise(alert=alert),)
        return True


Handler = Callable[[_Turn, Any], None]


def _fold(change: Callable[[Home, Any], Home | None], full: str = "") -> Handler:
    """A handler that folds what was told into the state; None: there is no room, so `full`."""
    return lambda turn, event: turn.told_if(change(turn.home, event), full)


_HANDLERS: dict[type, Handler] = {
    ConfigLoaded: _Turn.load,
    Enrolled: _Turn.enrol,
    Removed: _Turn.remove,
    Acknowledgement: _Turn.acknowledge,
    Escalated: _Turn.escalate,
    Receipt: _fold(lambda home, _: home),  # only a person's word changes an alert
    Visit: _fold(told.plan_visit),
    Stay: _Turn.stay,
    Person: _fold(told.person, "too_many_persons"),
    PersonLeft: _fold(told.person_left),
    Plan: _fold(told.plan, "too_many_rooms"),
    **dict.fromkeys((Decision, Withdrawn, VitalLimit, VitalLimitEnded), _Turn.decide),
    Doubted: _Turn.doubt,
    Confirmed: _Turn.confirm,
    Surveyed: _Turn.survey,
    Answered: _Turn.answer,
    Reassess: _Turn.reassess,
    Assessed: _Turn.assess,
    Fault: _Turn.fault,
    Located: _Turn.locate,
    Counted: _fold(told.refuse_frame),
    **dict.fromkeys((Considered, Disputed, TasksTaken, TaskTold, Tenancy), _Turn.work),
}
