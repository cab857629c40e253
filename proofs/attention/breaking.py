"""What breaks in a week of the story: the radio, a battery, the line, the power."""

from __future__ import annotations

import random
from functools import partial

from edge.events import Fault, FaultKind
from proofs.attention.living import DAY_MS, HOUR_MS, MINUTE_MS, LivingHome
from proofs.attention.story import DAYS, Planted, hour_of, visit_at
from proofs.attention.things import LOW, Things

RADIO_KNOWN_MS, PATH_KNOWN_MS = 3 * MINUTE_MS, MINUTE_MS


class Breaking:
    """Each public method breaks one thing on a day; `faults`: what may be asked because of it."""

    def __init__(self, home: LivingHome, things: Things, rng: random.Random) -> None:
        self._home, self._things, self._rng = home, things, rng
        self.faults: list[Planted] = []

    def radio_gone(self, day: int) -> None:
        at, length = self._at(day, 0, 23), round(self._rng.uniform(0.2, 6) * HOUR_MS)
        self._home.do(at, partial(self._set_radio, up=False))
        self._home.do(at + RADIO_KNOWN_MS, partial(self._fault, FaultKind.RADIO, "hci0", gone=True))
        self._home.do(at + length, partial(self._set_radio, up=True))
        self._home.do(at + length, partial(self._fault, FaultKind.RADIO, "hci0", gone=False))
        codes = ("gateway_fault", "home_silent", "device_silent")
        self.broken("radio", codes, at, length + DAY_MS)

    def battery(self, day: int) -> None:
        beacon = self._rng.choice(self._things.beacons)
        at = self._at(day, 0, 23)
        self.broken("battery", ("battery_low",), at, DAY_MS, beacon.device.id)
        if self._rng.random() < 0.7:
            visits = [v for d in range(day, DAYS) if (v := visit_at(d)) > at]
            self._home.do(at, partial(setattr, beacon, "battery", LOW))
            if visits:  # the work list said so, and the carer has one along
                self._home.do(visits[0], partial(setattr, beacon, "battery", 100))
            return
        self._home.do(at, partial(beacon.die, dead=True))
        self._home.do(at + 48 * HOUR_MS, partial(beacon.die, dead=False))
        self.broken("battery", ("device_silent",), at, 72 * HOUR_MS, beacon.device.id)

    def broker_away(self, day: int) -> None:
        at, length = self._at(day, 0, 23), round(self._rng.uniform(0.2, 6) * HOUR_MS)
        for when, gone in ((at + PATH_KNOWN_MS, True), (at + length, False)):
            self._home.do(when, partial(self._fault, FaultKind.PATH, "mqtt", gone=gone))
        self.broken("line", ("gateway_fault",), at, length)

    def power_cut(self, day: int) -> None:
        at, length = self._at(day, 0, 23), round(self._rng.uniform(2, 60) * MINUTE_MS)
        self._home.do(at, self._home.cut_power)
        self._home.do(at + length, partial(self._home.power_back, clock_set=False))
        self._home.do(at + length + 10 * MINUTE_MS, self._home.set_clock)

    def broken(
        self, kind: str, codes: tuple[str, ...], at: int, length: int, subject: str = ""
    ) -> None:
        self.faults.append(
            Planted(kind=kind, codes=codes, at_ms=at, until_ms=at + length, subject=subject)
        )

    def _at(self, day: int, first_h: float, last_h: float) -> int:
        return hour_of(day, self._rng.uniform(first_h, last_h))

    def _set_radio(self, *, up: bool) -> None:
        self._things.radio.is_up = up

    def _fault(self, kind: FaultKind, subject: str, *, gone: bool) -> None:
        self._home.tell(Fault(kind=kind, subject=subject, gone=gone, detail="mute"))
