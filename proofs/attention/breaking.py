"""What breaks in a week of the story: the radio, a battery, the line, the power."""

from __future__ import annotations

import random
from functools import partial

from edge.events import Fault, FaultKind
from proofs.attention.asked import Asked
from proofs.attention.living import DAY_MS, HOUR_MS, MINUTE_MS, LivingHome
from proofs.attention.story import DAYS, Planted, hour_of, visit_at
from proofs.attention.things import LOW, Things

RADIO_KNOWN_MS, PATH_KNOWN_MS = 3 * MINUTE_MS, MINUTE_MS


class Breaking:
    """Each public method breaks one thing on a day; `faults`: what may be asked because of it."""

    def __init__(self, home: LivingHome, things: Things, rng: random.Random) -> None:
        self._home, self._things, self._rng = home, things, rng
        self.faults: list[Planted] = []
        home.when_asked.append(self._replace)

    def radio_gone(self, day: int) -> None:
        at, length = self._span(day, 0.2, 6)
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
        self.broken("battery", ("device_silent",), at, 72 * HOUR_MS, beacon.device.id)

    def broker_away(self, day: int) -> None:
        at, length = self._at(day, 0, 23), round(self._rng.uniform(0.2, 6) * HOUR_MS)
        for when, gone in ((at + PATH_KNOWN_MS, True), (at + length, False)):
            self._home.do(when, partial(self._fault, FaultKind.PATH, "mqtt", gone=gone))
        self.broken("line", ("gateway_fault",), at, length)

    def power_cut(self, day: int) -> None:
        at, length = self._span(day, 2 / 60, 1)
        self._home.do(at, self._home.cut_power)
        self._home.do(at + length, partial(self._home.power_back, clock_set=False))
        self._home.do(at + length + 10 * MINUTE_MS, self._home.set_clock)

    def unheard(self, planted: Planted) -> Planted | None:
        """What was planted at a device that was dead then: no frame of it was ever sent.

        All that can be asked is that somebody is told of the device within a day.
        """
        for beacon in self._things.beacons:
            for span in beacon.deaths:
                if beacon.device.id == planted.device and span.holds(planted.at_ms):
                    return Planted(
                        kind="dead device",
                        codes=("device_silent",),
                        at_ms=span.begin,
                        until_ms=span.begin + DAY_MS + HOUR_MS,
                        how=planted.kind.replace("_", " "),
                        subject=planted.device,
                    )
        return None

    def _replace(self, asked: Asked) -> None:
        """Whoever was told that a device is silent has a battery along at the next visit."""
        for beacon in self._things.beacons:
            if asked.code == "device_silent" and asked.subject == beacon.device.id:
                visit = next(v for d in range(DAYS + 2) if (v := visit_at(d)) > asked.at_ms)
                self._home.do(visit, partial(beacon.die, dead=False))

    def broken(
        self, kind: str, codes: tuple[str, ...], at: int, length: int, subject: str = ""
    ) -> None:
        self.faults.append(
            Planted(kind=kind, codes=codes, at_ms=at, until_ms=at + length, subject=subject)
        )

    def _at(self, day: int, first_h: float, last_h: float) -> int:
        return hour_of(day, self._rng.uniform(first_h, last_h))

    def _span(self, day: int, least_h: float, most_h: float) -> tuple[int, int]:
        """When, and for how long: over by midnight, because the next day may have its own story."""
        at, length = self._at(day, 0, 23), round(self._rng.uniform(least_h, most_h) * HOUR_MS)
        return at, min(length, hour_of(day + 1, 0) - at)

    def _set_radio(self, *, up: bool) -> None:
        self._things.radio.is_up = up

    def _fault(self, kind: FaultKind, subject: str, *, gone: bool) -> None:
        self._home.tell(Fault(kind=kind, subject=subject, gone=gone, detail="mute"))
