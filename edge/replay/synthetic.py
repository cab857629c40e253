"""One invented home: an ordinary life drawn from a seed, and what is planted in it.

Full days without any event, one sensor that dies, nights of wandering, one day
on which somebody who is at home does not move, a slow rise of blood pressure
and loss of weight. Only `random()` is drawn from, which Python promises to
keep, and no function of the C library is used: so a seed gives the same bytes
with every release and on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import msgspec

from edge.replay.localtime import LocalTime, NoSuchLocalTimeError

_MINUTES_PER_DAY = 1440

# One stretch of an ordinary day: from hour to hour, activations an hour, and where.
_Weights = Mapping[str, float]

_MORNING: _Weights = {"kitchen": 5, "hallway": 2, "bathroom": 1, "bedroom": 1, "lounge": 1}
_MIDDAY: _Weights = {"lounge": 5, "hallway": 3, "kitchen": 2, "bedroom": 1, "bathroom": 0.5}
_MEAL: _Weights = {"kitchen": 8, "hallway": 1, "lounge": 2}
_EVENING: _Weights = {"lounge": 8, "hallway": 2, "kitchen": 1, "bathroom": 0.6}
_STRETCHES = (
    (7.4, 9.2, 34, _MORNING),
    (9.2, 11.8, 22, _MIDDAY),
    (11.8, 12.9, 36, _MEAL),
    (12.9, 16.8, 18, _MIDDAY),
    (16.8, 18.0, 34, _MEAL),
    (18.0, 22.3, 17, _EVENING),
)
_MEALS = (7.9, 12.2, 17.1)
# Home care's morning and evening visit.
_VISITS = (8.6, 18.2)
# Flats have no door to a garden: every other home is one.
_HAS_GARDEN = ("0", "2", "4", "6", "8")
# How often a day has each: going out, the garden, and the readings that are agreed on.
_GOES_OUT, _GARDEN = 0.4, 0.5
_MEASURES_PRESSURE, _WEIGHS, _MEASURES_FEVER = 0.8, 0.6, 0.7
# Local hours: the silence begins on the afternoon before its first full day and ends in the
# morning after its last; the still day has a morning and a late evening.
_SILENT_FROM_H, _SILENT_UNTIL_H = 14.3, 9.1
_STILL_FROM_H, _STILL_UNTIL_H = 9.0, 20.5


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in one invented home on purpose; days as ISO dates."""

    silent_days: tuple[str, ...]
    wandering_nights: tuple[str, ...]
    still_day: str
    dead_sensor: str
    dead_from: str
    dead_until: str


class Event(msgspec.Struct, frozen=True, order=True):
    """One activation: minutes after the first day's local midnight, and the place."""

    minute: float
    place: str


class SyntheticHome:
    """One invented home; draws its days in order from one generator."""

    def __init__(self, home: str, days: int, first: date, rng: random.Random) -> None:
        self.id = home
        self._days = days
        self._has_garden = home.endswith(_HAS_GARDEN)
        self._first = first
        self._rng = rng
        # Positions are shares of the whole, so that a short recording has them all too.
        shift = self._between(-0.03, 0.03)
        nights = max(1, min(6, days // 14))
        silent = max(1, min(3, days // 20))
        self._wander = range(round(days * (0.30 + shift)), round(days * (0.30 + shift)) + nights)
        self._silent = range(round(days * (0.60 + shift)), round(days * (0.60 + shift)) + silent)
        self._still = min(days - 2, self._silent.stop + max(1, days // 10))
        dead = max(1, min(5, days // 16))
        self._dead = range(days - 1 - dead, days - 1)
        self._events: list[Event] = []

    @property
    def planted(self) -> Planted:
        return Planted(
            silent_days=tuple(self._iso(day) for day in self._silent),
            wandering_nights=tuple(self._iso(day) for day in self._wander),
            still_day=self._iso(self._still),
            dead_sensor="bathroom",
            dead_from=self._iso(self._dead.start),
            dead_until=self._iso(self._dead.stop - 1),
        )

    def activity(self, clock: LocalTime) -> list[str]:
        for day in range(self._days):
            self._ordinary_day(day)
        kept = sorted(event for event in self._events if self._is_seen(event))
        rows = ((self._text(event.minute), event.place) for event in kept)
        return [f"{self.id},{place},{text}" for text, place in rows if _exists(clock, text)]

    def physiology(self, clock: LocalTime) -> list[str]:
        rows = []
        for day in range(self._days):
            for minute, name, value, unit in self._measured(day):
                text = self._text(day * _MINUTES_PER_DAY + minute)
                if _exists(clock, text):
                    rows.append(f"{self.id},{text},{name},{value:.1f},{unit}")
        return rows

    def labels(self) -> list[str]:
        wandered = [f"{self.id},{self._iso(day)} 09:10:00,Agitation" for day in self._wander[1:]]
        late = self._days - 6
        pressure = [f"{self.id},{self._iso(late)} 09:40:00,Blood pressure"] if late > 0 else []
        return wandered + pressure

    # -- one day --------------------------------------------------------------

    def _ordinary_day(self, day: int) -> None:
        early = self._between(-0.4, 0.4)
        out = self._outing()
        for start, end, rate, weights in _STRETCHES:
            self._stretch(day, (start + early, end + early), rate, weights, out)
        for meal in _MEALS:
            for _ in range(2 + self._below(3)):
                self._add(day, meal + early + self._between(0, 0.7), "fridge-door", out)
        if out is not None:
            for edge in out:
                self._add(day, edge - 0.02, "hallway")
                self._add(day, edge, "front-door")
        for visit in _VISITS:
            self._visit(day, visit + self._between(-0.4, 0.4))
        if self._has_garden and self._rng.random() < _GARDEN:
            self._garden(day, out)
        self._night(day)
        if day in self._wander:
            self._wandering(day)

    def _outing(self) -> tuple[float, float] | None:
        if self._rng.random() > _GOES_OUT:
            return None
        start = self._between(9.8, 14.5)
        return start, start + self._between(0.7, 2.6)

    def _stretch(
        self,
        day: int,
        hours: tuple[float, float],
        rate: float,
        weights: _Weights,
        out: tuple[float, float] | None,
    ) -> None:
        """Activations in bursts, as when somebody walks through and sits down again."""
        hour = hours[0]
        while hour < hours[1]:
            hour += self._between(0.2, 1.8) * 4.0 / rate
            place = self._pick(weights)
            for _ in range(1 + self._below(7)):
                self._add(day, hour + self._between(0, 0.09), place, out)

    def _visit(self, day: int, hour: float) -> None:
        """Home care comes, stays for a quarter of an hour and goes."""
        for edge in (hour, hour + self._between(0.2, 0.4)):
            self._add(day, edge, "front-door")
            self._add(day, edge + 0.01, "hallway")

    def _garden(self, day: int, out: tuple[float, float] | None) -> None:
        hour = self._between(10.0, 18.5)
        for _ in range(2 + self._below(3)):
            self._add(day, hour + self._between(0, 0.4), "back-door", out)

    def _night(self, day: int) -> None:
        self._add(day, 22.6 + self._between(0, 0.4), "bathroom")
        for _ in range(3 + self._below(4)):
            self._add(day, 22.8 + self._between(0, 0.5), "bedroom")
        for _ in range(self._below(5)):
            self._add(day, self._between(23.5, 31.0), "bedroom")
        for _ in range(1 + self._below(2)):
            hour = self._between(24.0, 30.2)
            for step, place in enumerate(("bedroom", "hallway", "bathroom", "hallway", "bedroom")):
                self._add(day, hour + step * 0.025 + self._between(0, 0.01), place)

    def _wandering(self, day: int) -> None:
        """Hours of walking between one and half past four, with tries at the front door."""
        weights = {"hallway": 6, "lounge": 3, "kitchen": 3, "bedroom": 1, "front-door": 1.2}
        start = self._between(1.0, 1.8)
        self._stretch(day, (start, start + self._between(1.8, 2.8)), 55, weights, None)

    def _measured(self, day: int) -> Iterator[tuple[float, str, float, str]]:
        share = day / max(1, self._days - 1)
        minute = self._between(8.2, 9.6) * 60
        rise = 26 * max(0.0, share - 0.7) / 0.3
        if self._reports(day) and self._rng.random() < _MEASURES_PRESSURE:
            systolic = 134 + rise + self._between(-11, 11)
            yield minute, "Systolic blood pressure", systolic, "mm[Hg]"
            yield (
                minute,
                "Diastolic blood pressure",
                systolic * 0.55 + self._between(-5, 5),
                "mm[Hg]",
            )
            yield minute, "Heart rate", 70 + self._between(-8, 8), "beats/min"
        if self._reports(day) and self._rng.random() < _WEIGHS:
            weight = 66.5 - 3.2 * share + self._between(-0.4, 0.4)
            yield minute + 6, "Body weight", weight, "kg"
            yield minute + 6, "Total body water", 49 + self._between(-1, 1), "%"
        if self._reports(day) and self._rng.random() < _MEASURES_FEVER:
            yield minute + 9, "Body Temperature", 36.5 + self._between(-0.4, 0.4), "Cel"

    # -- what is taken away again ---------------------------------------------

    def _reports(self, day: int) -> bool:
        return day not in self._silent

    def _is_seen(self, event: Event) -> bool:
        day, minute = divmod(event.minute, _MINUTES_PER_DAY)
        day, hour = int(day), minute / 60
        if not self._reports(day) or day >= self._days:
            return False
        if day == self._silent.start - 1 and hour > _SILENT_FROM_H:
            return False
        if day == self._silent.stop and hour < _SILENT_UNTIL_H:
            return False
        if day == self._still and _STILL_FROM_H < hour < _STILL_UNTIL_H:
            return False
        return not (event.place == "bathroom" and day in self._dead)

    # -- drawing --------------------------------------------------------------

    def _add(
        self, day: int, hour: float, place: str, out: tuple[float, float] | None = None
    ) -> None:
        if out is None or not out[0] <= hour <= out[1]:
            self._events.append(Event(day * _MINUTES_PER_DAY + hour * 60, place))

    def _between(self, low: float, high: float) -> float:
        return low + (high - low) * self._rng.random()

    def _below(self, count: int) -> int:
        return int(self._rng.random() * count)

    def _pick(self, weights: _Weights) -> str:
        left = self._rng.random() * sum(weights.values())
        for place, weight in weights.items():
            left -= weight
            if left < 0:
                return place
        return next(iter(weights))

    def _iso(self, day: int) -> str:
        return (self._first + timedelta(days=day)).isoformat()

    def _text(self, minute: float) -> str:
        moment = datetime.combine(self._first, datetime.min.time()) + timedelta(
            seconds=int(minute * 60)
        )
        return moment.isoformat(sep=" ")


def _exists(clock: LocalTime, text: str) -> bool:
    try:
        clock.utc_ms(text)
    except NoSuchLocalTimeError:
        return False
    return True
