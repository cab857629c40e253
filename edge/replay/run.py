"""Runs recorded homes through the gateway's own code under a virtual clock.

The keeper, the rules, the coverage, the sealing of messages and the store are
the gateway's; only time and ids are ours. Time comes from the recording, and
between two observations every moment at which the rules asked to be woken.
Commits are as in the home: what raises an alert at once, the rest by 500 rows
(the 60 s of the telemetry lane are real time, in which a replay fills far more
than 500 rows), each synced to a real file.

A sensor is enrolled when it is first heard: the recording does not say when it
was installed, and its first activation is the only proof that it was there.

In the home an alert ends when a person closes it. Here a made-up coordinator
closes one as soon as its cause is gone, so that the next stretch of the same
fault is an alert of its own and the rates count stretches.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from edge.alerts.flags import seems_over
from edge.alerts.rules import device_silent
from edge.app.checklists import load as load_checklist
from edge.app.keeper import TELEMETRY_ROWS_MAX, Keeper
from edge.app.seal import EnvelopeSealer
from edge.clock import uuid7
from edge.config import Config, Gateway, Mqtt
from edge.domain import Actor, Alert, Checklist, Hazard, Instant, Level
from edge.errors import EdgeError
from edge.events import Acknowledgement, ConfigLoaded, Enrolled, Tick
from edge.home.coverage import DAYS_MAX, DayShare, shares
from edge.home.state import Home
from edge.replay.localtime import MS_PER_DAY
from edge.replay.recording import HomeRecording
from edge.replay.result import HomeResult, RaisedAlert, counted, day_text
from edge.replay.tihm import ZONE
from edge.resources import resource
from edge.store.database import Database

# The home remembers so many days of coverage; it is read well before they are forgotten.
_COVERAGE_EVERY_DAYS = DAYS_MAX // 4
# A rule that asks to be woken at a moment that does not pass would never let the clock go on.
WAKES_AT_ONE_MOMENT_MAX = 1_000

_COORDINATOR = Actor(account="replay", role="coordinator")

OnCommit = Callable[[int], None]
OnAlerts = Callable[[Sequence[Alert], Instant], None]


class SeededIds:
    """Implements `ports.Ids` from a name: the same replay gives the same ids."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._given = 0

    def uuid7(self, at: Instant) -> str:
        self._given += 1
        digest = hashlib.sha256(f"{self._name}/{self._given}".encode()).digest()
        return uuid7(at.wall_ms, int.from_bytes(digest[:10], "big"))


class HomeReplay:
    """One home's run: feeds the keeper, commits, and notes what came of it."""

    def __init__(
        self,
        home: HomeRecording,
        database: Database,
        on_commit: OnCommit,
        on_alerts: OnAlerts = lambda _, __: None,
    ) -> None:
        self._home = home
        self._database = database
        self._on_commit = on_commit
        self._on_alerts = on_alerts
        heads = database.heads()
        self._keeper = Keeper(
            home=Home.new(),
            heads=heads,
            ids=SeededIds(home.id),
            seal=EnvelopeSealer(_config(home.id), heads.store_id),
        )
        self._commits = 0
        self._raised: dict[str, RaisedAlert] = {}
        self._coverage: dict[str, DayShare] = {}
        self._told = 0

    def run(self) -> HomeResult:
        """Every observation of the home, in time order; returns what was found."""
        home, keeper = self._home, self._keeper
        devices = home.devices()
        epoch_ms = home.epoch_ms
        start = home.instant(epoch_ms)
        keeper.tell(ConfigLoaded(checklists=_checklists()), start)
        at = start
        look_ms = _COVERAGE_EVERY_DAYS * MS_PER_DAY
        for seen in home.observations():
            at = seen.at
            if keeper.wake_at_ms is not None and keeper.wake_at_ms <= at.boottime_ms:
                self._wake(epoch_ms, at.boottime_ms)
            if seen.device in devices:
                keeper.tell(Enrolled(device=devices.pop(seen.device)), at)
            keeper.tell(seen, at)
            self._told += 1
            if keeper.home.alerts:
                self._close_what_is_over(at)
            if keeper.urgent or keeper.pending >= TELEMETRY_ROWS_MAX:
                self._commit(at)
            if at.boottime_ms >= look_ms:
                look_ms = at.boottime_ms + _COVERAGE_EVERY_DAYS * MS_PER_DAY
                self._note_coverage()
        self._commit(at)
        self._note_coverage()
        return self._result()

    def _wake(self, epoch_ms: int, until_ms: int) -> None:
        """Every moment up to `until_ms` at which the rules wanted to look again."""
        keeper, before_ms, times = self._keeper, -1, 0
        while keeper.wake_at_ms is not None and keeper.wake_at_ms <= until_ms:
            wake_ms = max(keeper.wake_at_ms, before_ms)
            times = times + 1 if wake_ms == before_ms else 0
            if times > WAKES_AT_ONE_MOMENT_MAX:
                msg = f"home {self._home.id}: the rules ask for {wake_ms} ms again and again"
                raise EdgeError(msg)
            before_ms = wake_ms
            at = self._home.instant(epoch_ms + wake_ms)
            keeper.tell(Tick(), at)
            if keeper.urgent:
                self._commit(at)

    def _close_what_is_over(self, at: Instant) -> None:
        home = self._keeper.home
        for alert in [a for a in home.alerts.values() if _is_over(home, a)]:
            closed = Acknowledgement(
                alert=alert.id, kind="closed", actor=_COORDINATOR, outcome="other"
            )
            self._keeper.tell(closed, at)

    def _commit(self, at: Instant) -> None:
        batch = self._keeper.batch(at)
        self._database.record(batch)
        self._database.tidy()
        self._commits += 1
        self._on_alerts(batch.alerts, at)
        for alert in batch.alerts:
            self._raised.setdefault(alert.id, _raised(alert))
        self._on_commit(self._told)

    def _note_coverage(self) -> None:
        """Later looks know more about a day than earlier ones did."""
        self._coverage.update({day.date: day for day in shares(self._keeper.home.coverage)})

    def _result(self) -> HomeResult:
        home = self._home
        days = [day_text(day) for day in range(home.first_day, home.last_day + 1)]
        moments = [at_ms for at_ms, _ in home.events()]
        sensed = {home.local_day(at_ms) for at_ms in moments}
        coverage = {
            day: self._coverage[day].activity if day in self._coverage else 0.0 for day in days
        }
        gaps = [later - earlier for earlier, later in pairwise(moments)]
        kept = self._keeper.home.assessments
        return HomeResult(
            home=home.id,
            age=home.person.age,
            sex=home.person.sex,
            first_day=days[0],
            last_day=days[-1],
            days=len(days),
            observations=self._told,
            devices=len(home.devices()),
            coverage=coverage,
            coverage_share=sum(coverage.values()) / len(days),
            silent_days=tuple(
                day_text(day)
                for day in range(home.first_day, home.last_day + 1)
                if day not in sensed
            ),
            alerts=tuple(self._raised.values()),
            levels={
                hazard.value: (kept[hazard].level if hazard in kept else Level.GREY).value
                for hazard in Hazard
            },
            commits=self._commits,
            longest_gap_s=max(gaps, default=0) // 1000,
            labels=counted([label.type for label in home.labels]),
        )


def replay_home(
    home: HomeRecording,
    on_commit: OnCommit = lambda _: None,
    on_alerts: OnAlerts = lambda _, __: None,
) -> HomeResult:
    """Run one home into a database of its own, which is deleted afterwards.

    `on_commit` is told how many observations went in, `on_alerts` what each commit said of alerts.
    """
    with tempfile.TemporaryDirectory(prefix="kotivahti-replay-") as folder:
        path = Path(folder) / "home.db"
        with Database.open(path, home=home.id, store_id=f"replay-{home.id}") as database:
            return HomeReplay(home, database, on_commit, on_alerts).run()


def _is_over(home: Home, alert: Alert) -> bool:
    if alert.code == device_silent.CODE:
        device = home.devices.get(alert.subject)
        return device is None or not device.silent
    return seems_over(alert.flags)


def _raised(alert: Alert) -> RaisedAlert:
    return RaisedAlert(alert.raised.wall_ms, alert.code, alert.subject, alert.priority.value)


def _config(home: str) -> Config:
    """Settings as a home without any shared purpose has them: alerts leave, readings do not."""
    site = f"replay-{home.lower()}"
    return Config(
        gateway=Gateway(id="gw-replay", site=site, customer=site, zone=ZONE),
        mqtt=Mqtt(host="localhost", tls=False),
    )


def _checklists() -> dict[str, Checklist]:
    lists = [load_checklist(path) for path in sorted(resource("config/checklists").glob("*.toml"))]
    return {checklist.id: checklist for checklist in lists}
