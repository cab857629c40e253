"""Keeps the state of the home and what must be stored of it: the two lanes.

Everything that happens is told to the keeper, which runs `advance`, collects
the effects and hands out batches. It does no I/O, so the gateway and a replay
run through the very same lines, only with other clocks and other stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edge.advance import advance
from edge.app.conditions import Condition, Conditions
from edge.app.journal import Journal
from edge.domain import (
    Alert,
    Claim,
    Considered,
    Decision,
    Hazard,
    HourCoverage,
    Instant,
    Observation,
    OutboxEntry,
    Person,
    PersonLeft,
    Plan,
    ProfileSent,
    Stay,
    Tenancy,
    Visit,
    VitalLimit,
    VitalLimitEnded,
    Withdrawn,
)
from edge.events import (
    Answered,
    Consult,
    Enrolled,
    Event,
    KeepAssessment,
    KeepTask,
    Raise,
    Removed,
    Revise,
)
from edge.home.ledger_rows import forget_hours, is_due, write_out
from edge.home.state import Home, encode
from edge.kinds import ALARM_KINDS
from edge.ports import Batch, Decided, Heads, Ids

# One commit of the telemetry lane. More rows a commit no longer pay for their delay.
TELEMETRY_ROWS_MAX = 500
# What a power cut may cost of telemetry that no device waits for.
TELEMETRY_AGE_MAX_MS = 60_000


class Make(Protocol):
    """Makes one message when its id and number are known."""

    def __call__(self, *, id: str, sequence: int, at: Instant) -> OutboxEntry: ...  # noqa: A002


# Of these a refusal is whole; of others (a decision about a closed alert) the rest stands.
_ALERTS = Raise | Revise
_ALL_OR_NOTHING = Observation | Enrolled | Person | Plan


class Sealer(Protocol):
    """Makes outbox entries: envelopes with their final bytes."""

    def alert(self, alert: Alert, *, entry_id: str, sequence: int, at: Instant) -> OutboxEntry: ...

    def observations(
        self, rows: Sequence[Observation], *, first: int, entry_id: str, sequence: int, at: Instant
    ) -> OutboxEntry | None:
        """Those rows that may leave the home, or None; `first` is the first row's number."""
        ...

    def device(
        self, condition: Condition, home: Home, *, entry_id: str, sequence: int, at: Instant
    ) -> OutboxEntry | None:
        """How one device is; None when nobody is told about it."""
        ...


def _begins_to_wait(before: Home, after: Home, device: str) -> bool:
    """Whether a fall of this device waits from now on: no power cut may cost the call."""
    if after.watch.falls is before.watch.falls:
        return False
    old, fall = before.watch.falls.get(device), after.watch.falls.get(device)
    if fall is None or fall.told_by_ms is None:
        return False
    return old is None or old.at_ms != fall.at_ms


class Keeper:
    """The one place where home, rules, numbering and lanes meet."""

    def __init__(self, *, home: Home, heads: Heads, ids: Ids, seal: Sealer) -> None:
        self.home = home
        self.wake_at_ms: int | None = None
        self.urgent = False
        self.closing = False  # the next batch is the last of this process
        self.consults: dict[Hazard, Consult] = {}  # the newest question of each hazard
        self._ids = ids
        self._seal = seal
        self._conditions = Conditions(home)
        self._journal = Journal()
        self._observation = heads.observation
        self._message = heads.message
        self._pending_since_ms: int | None = None
        self._start_batch()

    def _start_batch(self) -> None:
        self._observations: list[Observation] = []
        self._driver_states: dict[str, bytes] = {}
        self._effects: list[Raise | Revise | KeepAssessment | KeepTask] = []
        self._answered: list[Answered] = []
        self._enrolled: list[Enrolled] = []
        self._removed: list[Removed] = []
        self._visits: list[Visit] = []
        self._stays: list[Stay] = []
        self._claims: dict[str, Claim] = {}
        self._profile: ProfileSent | None = None
        self._owed: list[Make] = []
        self._persons: list[Person | PersonLeft] = []
        self._plans: list[Plan] = []
        self._decisions: list[Decided] = []
        self._considered: list[Considered] = []
        self._tenancies: list[Tenancy] = []
        self._pending_since_ms = None
        self.urgent = False

    @property
    def pending(self) -> int:
        """Observations that wait for a commit."""
        return len(self._observations)

    @property
    def last_message(self) -> int:
        """The last sequence number given to a message."""
        return self._message

    @property
    def last_observation(self) -> int:
        """The last sequence number given to an observation."""
        return self._observation

    def tell(self, event: Event, at: Instant) -> tuple[str, ...]:
        """Run one event through the rules; what it asks for waits for the next batch.

        Returns what of the event was refused, in short codes ("alert_is_over").
        """
        before = self.home
        step = advance(before, event, at, self._ids)
        self.home = step.home
        self.wake_at_ms = step.wake_at_ms
        if step.refused and isinstance(event, _ALL_OR_NOTHING):
            return step.refused  # nothing of it is kept, so nothing of it is stored
        self._journal.note(event, at, self._observation + self.pending, before)
        if isinstance(event, Observation):
            self._observations.append(event)
            alarms = event.kind in ALARM_KINDS and event.value is True
            self.urgent = self.urgent or alarms or _begins_to_wait(before, step.home, event.device)
        else:
            self._keep(event)
        for effect in step.effects:
            if isinstance(effect, Consult):
                self.consults[effect.hazard] = effect
            else:
                self._effects.append(effect)
                self.urgent = True
        return step.refused

    def remember(self, device: str, state: bytes) -> None:
        """A driver's state, to be committed together with what its frame said."""
        self._driver_states[device] = state

    def owe(
        self, *makes: Make, claim: Claim | None = None, profile: ProfileSent | None = None
    ) -> None:
        """Messages that no rule asked for, to be committed with the row that they tell of."""
        self._owed += makes
        if claim is not None:
            self._claims[claim.id] = claim
        self._profile = profile or self._profile
        self.urgent = True

    def forget_hours(self) -> None:
        """What the coverage ledger keeps of hours that are over, once they are erased."""
        self.home = forget_hours(self.home)

    def restate(self) -> None:
        """Every open alert as it is, once more: for a store that has none of them."""
        waiting = {effect.alert.id for effect in self._effects if isinstance(effect, _ALERTS)}
        self._effects += [
            Revise(alert=alert) for alert in self.home.alerts.values() if alert.id not in waiting
        ]

    def correct(self, alerts: Sequence[Alert]) -> None:
        """New revisions of alerts that are over: the rules know them no more, upstream does."""
        self._effects += [Revise(alert=alert) for alert in alerts]
        self.urgent = self.urgent or bool(alerts)

    def _keep(self, event: Event) -> None:
        """What people and installers say is never left to the telemetry lane."""
        match event:
            case Answered():
                self._answered.append(event)
            case Enrolled():
                self._enrolled.append(event)
            case Removed():
                self._removed.append(event)
                # The batch wipes what its driver knew; what waits must not bring it back.
                self._driver_states.pop(event.device, None)
            case Visit():
                self._visits.append(event)
            case Stay():
                self._stays.append(event)
            case Person() | PersonLeft():
                self._persons.append(event)
            case Plan():
                self._plans.append(event)
            case Decision() | Withdrawn() | VitalLimit() | VitalLimitEnded():
                self._decisions.append(event)
            case Considered():
                self._considered.append(event)
            case Tenancy():
                self._tenancies.append(event)
            case _:
                return
        self.urgent = True

    def due(self, real_ms: int) -> bool:
        """Whether the telemetry lane must commit now; `real_ms` is real time, also in a replay."""
        at_ms = self.due_at_ms(real_ms)
        return at_ms is not None and real_ms >= at_ms

    def due_at_ms(self, real_ms: int) -> int | None:
        """When the telemetry lane must commit as it is now; None: nothing waits in it."""
        if not self._observations and not self._driver_states:
            return None
        if self._pending_since_ms is None:
            self._pending_since_ms = real_ms
        full = len(self._observations) >= TELEMETRY_ROWS_MAX
        return real_ms if full else self._pending_since_ms + TELEMETRY_AGE_MAX_MS

    def batch(self, at: Instant) -> Batch:
        """All that waits, numbered and sealed, as one commit; the keeper starts a new one."""
        hours, until_ms = self._hours()
        first = self._observation + 1
        self._observation += len(self._observations)
        alerts = [e.alert for e in self._effects if isinstance(e, _ALERTS)]
        messages = [self._sealed_alert(alert, at) for alert in alerts]
        messages += self._sealed_observations(first, at)
        messages += self._sealed_conditions(at)
        for make in self._owed:
            entry = make(id=self._ids.uuid7(at), sequence=self._message + 1, at=at)
            messages += self._numbered(entry)
        batch = Batch(
            at=at,
            first_observation=first,
            observations=self._observations,
            driver_states=self._driver_states,
            alerts=alerts,
            assessments=[e.assessment for e in self._effects if isinstance(e, KeepAssessment)],
            answers=[answer for told in self._answered for answer in told.answers],
            enrolled=[told.device for told in self._enrolled],
            removed=[told.device for told in self._removed],
            visits=self._visits,
            stays=self._stays,
            persons=self._persons,
            plans=self._plans,
            decisions=self._decisions,
            tasks=[e.task for e in self._effects if isinstance(e, KeepTask)],
            considered=self._considered,
            tenancies=self._tenancies,
            messages=messages,
            claims=tuple(self._claims.values()),
            profile=self._profile,
            coverage=hours,
            coverage_until_ms=until_ms,
            home=encode(self.home),
            told=self._journal.take(),
            checkpoint=self._journal.is_due(self.home),
        )
        self._start_batch()
        return batch

    def _hours(self) -> tuple[list[HourCoverage], int | None]:
        """Hours of the coverage ledger that are over; with the last batch, the one that runs."""
        if not (is_due(self.home) or self.closing):
            return [], None
        self.home, rows, until_ms = write_out(self.home, running=self.closing)
        return rows, until_ms

    def _sealed_alert(self, alert: Alert, at: Instant) -> OutboxEntry:
        self._message += 1
        return self._seal.alert(alert, entry_id=self._ids.uuid7(at), sequence=self._message, at=at)

    def _sealed_observations(self, first: int, at: Instant) -> list[OutboxEntry]:
        if not self._observations:
            return []
        entry = self._seal.observations(
            self._observations,
            first=first,
            entry_id=self._ids.uuid7(at),
            sequence=self._message + 1,
            at=at,
        )
        return self._numbered(entry)

    def _sealed_conditions(self, at: Instant) -> list[OutboxEntry]:
        sealed: list[OutboxEntry] = []
        for condition in self._conditions.changed(self.home):
            sealed += self._numbered(
                self._seal.device(
                    condition,
                    self.home,
                    entry_id=self._ids.uuid7(at),
                    sequence=self._message + 1,
                    at=at,
                )
            )
        return sealed

    def _numbered(self, entry: OutboxEntry | None) -> list[OutboxEntry]:
        """A message takes its number only when there is one: the desk counts without holes."""
        if entry is None:
            return []
        self._message += 1
        return [entry]
