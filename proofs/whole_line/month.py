"""Thirty days of one home in virtual time: what happens in a home, and what happens to its line."""

from __future__ import annotations

import random
from collections import Counter

from desk import decisions
from edge.uplink.envelope import AckKind
from proofs.line_world.load import rss_mb
from proofs.whole_line.ends import BUTTONS
from proofs.whole_line.world import World

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
# How often a day, about: presses and toasts, nurses, deaths of the process, boots, broken lines.
PRESSES, SMOKES, DEATHS, BOOTS, CUTS, OUTAGES = 6, 1, 2, 0.5, 10, 1.5
READING_EVERY_MINUTES = 5
# An outage lasts a minute, or up to half a day.
OUTAGE_MINUTES_MAX = 12 * 60
# A nurse looks at the board every few minutes.
NURSE_LOOKS_A_DAY = 200


class Month:
    """`live` so many days; what happened is in `counts`."""

    def __init__(self, seed: int = 30) -> None:
        self._rng = random.Random(seed)
        self.world = World()
        self.counts: Counter[str] = Counter()
        self.rss_mb: list[float] = []  # of this process, each day
        self.lost = self.differing = 0
        self._back_at = 0

    def live(self, days: int, pid: int) -> None:
        self.live_minutes(days * DAY_MINUTES, pid)

    def live_minutes(self, minutes: int, pid: int) -> None:
        for minute in range(minutes):
            if minute % DAY_MINUTES == 0:
                self.rss_mb.append(rss_mb(pid))
                self.world.desk.tidy()
            self._home(minute)
            self._line(minute)
            self._nurse()
            self.world.settle(MINUTE_MS)
            if self.world.broker.is_up:
                self._exchange()
        self.counts["heartbeats and states at the desk"] = self.world.desk.heartbeats
        self.world.heal()
        oracle = self.world.oracle
        self.counts["revisions of alerts"] = len(oracle.stored)
        self.lost, self.differing = len(oracle.missing()), len(oracle.disagreements())
        self.rss_mb.append(rss_mb(pid))
        self.world.close()

    def _happens(self, a_day: float) -> bool:
        return self._rng.random() < a_day / DAY_MINUTES

    def _home(self, minute: int) -> None:
        home = self.world.home
        if minute % READING_EVERY_MINUTES == 0:
            home.temperature(2_100 + self._rng.randint(-200, 200))
        if self._happens(PRESSES):
            home.press(self._rng.choice(BUTTONS))
            self.counts["presses"] += 1
        if self._happens(SMOKES):
            home.smoke(on=True)
            self.world.settle(self._rng.randint(0, 3 * MINUTE_MS))
            home.smoke(on=False)
            self.counts["smokes"] += 1
        if self._happens(DEATHS):
            home.kill_at(self._rng.randint(0, 20), before=self._rng.random() < 0.5)
            self.counts["deaths of the process"] += 1
        if self._happens(BOOTS):
            self.world.run(home.kill(reboot=True))
            self.counts["boots"] += 1

    def _line(self, minute: int) -> None:
        broker = self.world.broker
        if self._happens(CUTS):
            broker.cut()
            self.counts["cut lines"] += 1
        if broker.is_up and self._happens(OUTAGES):
            broker.die()
            self._back_at = minute + self._rng.randint(1, OUTAGE_MINUTES_MAX)
            self.counts["outages of the broker"] += 1
        if not broker.is_up and minute >= self._back_at:
            broker.is_up = True

    def _nurse(self) -> None:
        desk = self.world.desk
        alerts = desk.open_alerts()
        if alerts and self._happens(NURSE_LOOKS_A_DAY):
            kind = self._rng.choice((AckKind.ACCEPTED, AckKind.CLOSED, AckKind.DECLINED))
            desk.decide(self._rng.choice(alerts), kind, self._rng.choice(("anna", "bertta")))
            self.counts["decisions"] += 1

    def _exchange(self) -> None:
        if decisions.pending(self.world.desk.connection, self.world.clock.now().wall_ms):
            self.world.desk.carry()
        self.world.exchange()
        self.world.settle()
