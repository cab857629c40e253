"""What the disk would not take, in memory, as one batch: bounded, in order, never called stored.

Batches follow each other without a hole, so joined they are one batch again. It
goes to the disk in one commit when the disk takes it, with the same numbers,
ids and bytes that went upstream from here meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.domain import Alert, Instant, OutboxEntry, Priority, Record
from edge.ports import Batch, Heads
from edge.store import coverage, journal, outbox
from edge.store.bounds import Bounds

_LAST_TO_GO = {Priority.CRITICAL: 2, Priority.HIGH: 1}


class Gone(Record, frozen=True):
    """What memory had no room for: how many, and the span of their numbers."""

    what: str  # telemetry, observation, alert
    rows: int
    bytes: int
    first: int
    last: int


class Held:
    """One batch that grows. Times and order are the batches' own."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.batch: Batch | None = None
        self.heads: Heads | None = None  # the last numbers given out
        self.receipts: dict[str, Instant] = {}
        self.gone: dict[str, Gone] = {}

    @property
    def messages(self) -> list[OutboxEntry]:
        """Held messages that are still owed."""
        every = () if self.batch is None else self.batch.messages
        return [entry for entry in every if entry.id not in self.receipts]

    @property
    def alerts(self) -> int:
        """How many alerts have something here."""
        return 0 if self.batch is None else len({alert.id for alert in self.batch.alerts})

    def take(self, batch: Batch, heads: Heads) -> None:
        """Hold this one too; what there is no room for goes, oldest telemetry first."""
        joined = batch if self.batch is None else join(self.batch, batch)
        self.heads = heads
        rows, messages = list(joined.observations), list(joined.messages)
        first = joined.first_observation
        surplus = len(rows) - self._bounds.held_rows
        if surplus > 0:
            del rows[:surplus]
            self._note("observation", surplus, 0, first, first + surplus - 1)
            first += surplus
        self.batch = msgspec.structs.replace(
            joined,
            observations=rows,
            first_observation=first,
            messages=self._fitting(messages),
            alerts=self._newest(joined.alerts),
        )

    def settle(self, ids: Iterable[str], at: Instant) -> list[str]:
        """Note receipts that the disk cannot take; those that were news."""
        fresh = [i for i in dict.fromkeys(ids) if i not in self.receipts]
        for ident in fresh:
            self.receipts[ident] = at
        while len(self.receipts) > self._bounds.held_receipts:
            del self.receipts[next(iter(self.receipts))]  # sent once more, receipted once more
        return fresh

    def _fitting(self, messages: list[OutboxEntry]) -> list[OutboxEntry]:
        """Telemetry within its bound; of alerts first those that are received, then the least."""
        telemetry = [e for e in messages if outbox.rank(e) == outbox.TELEMETRY_RANK]
        drop = telemetry[: max(0, len(telemetry) - self._bounds.held_telemetry)]
        surplus = len(messages) - len(telemetry) - self._bounds.held_alerts
        if surplus > 0:
            others = [e for e in messages if outbox.rank(e) != outbox.TELEMETRY_RANK]
            others.sort(key=self._worth)
            drop += others[:surplus]
        for entry in drop:
            telemetric = outbox.rank(entry) == outbox.TELEMETRY_RANK
            if telemetric or entry.id not in self.receipts:
                what = "telemetry" if telemetric else "alert"
                self._note(what, 1, len(entry.body), entry.sequence, entry.sequence)
        gone = {entry.id for entry in drop}
        return [entry for entry in messages if entry.id not in gone]

    def _worth(self, entry: OutboxEntry) -> tuple[bool, int, int]:
        least = 0 if entry.priority is None else _LAST_TO_GO.get(entry.priority, 0)
        return entry.id not in self.receipts, least, entry.sequence

    def _newest(self, alerts: Iterable[Alert]) -> list[Alert]:
        """Revisions within their bound: of an alert that has a newer one, the older goes."""
        alerts = list(alerts)
        surplus = len(alerts) - self._bounds.held_revisions
        if surplus <= 0:
            return alerts
        last = {alert.id: n for n, alert in enumerate(alerts)}
        old = [n for n, alert in enumerate(alerts) if last[alert.id] != n]
        gone = set(old[:surplus]) or set(range(surplus))
        return [alert for n, alert in enumerate(alerts) if n not in gone]

    def _note(self, what: str, rows: int, size: int, first: int, last: int) -> None:
        was = self.gone.get(what)
        if was is not None:
            rows, size, first = was.rows + rows, was.bytes + size, min(was.first, first)
            last = max(was.last, last)
        self.gone[what] = Gone(what, rows, size, first, last)


def join(a: Batch, b: Batch) -> Batch:
    """`a` and then `b` as one; a removal in `b` takes back what `a` enrolled under that id."""
    removed = set(b.removed)
    return Batch(
        at=b.at,
        first_observation=a.first_observation,
        observations=[*a.observations, *b.observations],
        driver_states={
            **{device: state for device, state in a.driver_states.items() if device not in removed},
            **b.driver_states,
        },
        alerts=[*a.alerts, *b.alerts],
        assessments=[*a.assessments, *b.assessments],
        answers=[*a.answers, *b.answers],
        tasks=[*a.tasks, *b.tasks],
        considered=[*a.considered, *b.considered],
        tenancies=[*a.tenancies, *b.tenancies],
        enrolled=[*(d for d in a.enrolled if d.id not in removed), *b.enrolled],
        removed=[*a.removed, *b.removed],
        visits=[*a.visits, *b.visits],
        stays=[*a.stays, *b.stays],
        persons=[*a.persons, *b.persons],
        plans=[*a.plans, *b.plans],
        decisions=[*a.decisions, *b.decisions],
        messages=[*a.messages, *b.messages],
        claims=tuple({claim.id: claim for claim in (*a.claims, *b.claims)}.values()),
        profile=b.profile or a.profile,
        coverage=coverage.joined(a, b),
        coverage_until_ms=coverage.earlier(a.coverage_until_ms, b.coverage_until_ms),
        home=b.home if b.home is not None else a.home,
        told=journal.joined(a, b),
        checkpoint=a.checkpoint or b.checkpoint,
    )
