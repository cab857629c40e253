"""What a home waits for besides doses: cookers, falls, meals, doors, and words that do not fit.

`edge.home.watching` folds observations into these records, and `edge.home.waiting` says what
becomes of them as time passes.
"""

from __future__ import annotations

import msgspec

from edge.domain import Instant, Record
from edge.home.localday import DAY_MS

# Words that did not fit, remembered: a stay of two weeks with one a day, and a little more.
DOUBTS_MAX = 16


class Wait(Record, frozen=True, kw_only=True):
    """Something that should have ended by `due_ms`. `told`: it had not, and an alert says so."""

    due_ms: int
    at: Instant
    told: bool = False


class Stove(Record, frozen=True, kw_only=True):
    """A cooker in use. `near_ms`, `away_ms`: movement last seen in its room, and elsewhere."""

    at: Instant
    on_ms: int
    near_ms: int
    away_ms: int | None = None
    told: bool = False
    times: int = 0  # how often it was told since it was turned on


class Fall(Record, frozen=True, kw_only=True):
    """A possible fall that a worn device told of, until it is old.

    `still_by_ms`: when stillness after it is judged, once. `still`, `pressed`: what confirmed
    it. `moved`: movement was seen after it. `blind`: nothing could have seen any.
    `told_by_ms`: told then unless they are seen walking before; None: told. `rooms`: where
    movement was seen just before it and meanwhile. `walked`: in so many
    of them that somebody is on their feet. `fine`: they pressed the OK button on the wall.
    """

    at: Instant
    at_ms: int
    still_by_ms: int
    until_ms: int
    judged: bool = False
    still: bool = False
    blind: bool = False
    pressed: bool = False
    moved: bool = False
    told_by_ms: int | None = None
    rooms: tuple[str, ...] = ()
    walked: bool = False
    fine: bool = False

    @property
    def is_afoot(self) -> bool:
        return self.walked or self.fine


class Meal(Record, frozen=True, kw_only=True):
    """One meal dispenser. Days are local days since 1970."""

    wait: Wait | None = None
    taken_day: int | None = None
    taken_at: int | None = None  # when it was last taken by the appliance's clock, UTC ms
    unset_ms: int | None = None  # when it was last taken under an unset clock, boottime
    missed_day: int | None = None  # nothing was taken by the agreed hour of that day


class Outing(Record, frozen=True, kw_only=True):
    """An outer door that was opened at night, until somebody is seen inside.

    `again`: this opening followed another one, and is a return as likely as a leaving.
    """

    at: Instant
    opened_ms: int
    due_ms: int
    told: bool = False
    again: bool = False


class Doubt(Record, frozen=True, kw_only=True):
    """A reassuring word that something else speaks against; `edge.home.contradictions`."""

    fact: str
    device: str
    at: Instant
    against: tuple[str, ...]


class Worn(Record, frozen=True, kw_only=True):
    """A worn device that tells of movement. `idle_ms`: heard by day without any of its own."""

    count: float | None = None
    looked_ms: int
    moved_ms: int | None = None
    idle_ms: int = 0
    off: bool = False  # idle for so long that nobody can be wearing it


class Watch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it, by device; no more entries than devices."""

    stoves: dict[str, Stove] = {}
    falls: dict[str, Fall] = {}
    meals: dict[str, Meal] = {}
    outings: dict[str, Outing] = {}
    doors: dict[str, Wait] = {}  # appliances whose door stands open
    doubts: tuple[Doubt, ...] = ()  # newest last
    meal_day: int | None = None  # the last local day whose agreed hour was looked at
    lapsed: tuple[str, ...] = ()  # questions that are off because their decision ran out
    reviews: tuple[str, ...] = ()  # questions whose decision has to be made anew soon


def changed_in(watch: Watch, **parts: object) -> Watch:
    """The same record unless something is another one: `advance` asks for that."""
    new = {name: part for name, part in parts.items() if part != getattr(watch, name)}
    return msgspec.structs.replace(watch, **new) if new else watch


def move(watch: Watch, listen_ms: int, world_ms: int) -> Watch:
    """The same after a gap: what must be seen counts listening time, what is awaited any time."""

    def later(wait: Wait) -> Wait:
        return msgspec.structs.replace(wait, due_ms=wait.due_ms + world_ms)

    return msgspec.structs.replace(
        watch,
        stoves={
            key: msgspec.structs.replace(
                s,
                on_ms=s.on_ms + listen_ms,
                near_ms=s.near_ms + listen_ms,
                away_ms=None if s.away_ms is None else s.away_ms + listen_ms,
            )
            for key, s in watch.stoves.items()
        },
        falls={
            key: msgspec.structs.replace(
                f,
                at_ms=f.at_ms + listen_ms,
                still_by_ms=f.still_by_ms + listen_ms,
                until_ms=f.until_ms + listen_ms,
                told_by_ms=None if f.told_by_ms is None else f.told_by_ms + listen_ms,
            )
            for key, f in watch.falls.items()
        },
        outings={
            key: msgspec.structs.replace(
                o, opened_ms=o.opened_ms + world_ms, due_ms=o.due_ms + world_ms
            )
            for key, o in watch.outings.items()
        },
        doors={key: later(door) for key, door in watch.doors.items()},
        meals={
            key: msgspec.structs.replace(
                meal,
                wait=None if meal.wait is None else later(meal.wait),
                # On which day of a boot without a clock is lost with that boot.
                unset_ms=None if world_ms else meal.unset_ms,
            )
            for key, meal in watch.meals.items()
        },
    )


def date_meals(watch: Watch, local_shift_ms: int) -> Watch:
    """The same once the clock is set: meals taken before that have their local day."""
    if all(meal.unset_ms is None for meal in watch.meals.values()):
        return watch
    meals = {
        key: meal
        if meal.unset_ms is None
        else msgspec.structs.replace(
            meal,
            unset_ms=None,
            taken_day=max(meal.taken_day or 0, (meal.unset_ms + local_shift_ms) // DAY_MS),
        )
        for key, meal in watch.meals.items()
    }
    return changed_in(watch, meals=meals)


def forget(watch: Watch, device: str) -> Watch:
    """The same without a device that was removed."""
    return changed_in(
        watch,
        stoves={k: v for k, v in watch.stoves.items() if k != device},
        falls={k: v for k, v in watch.falls.items() if k != device},
        meals={k: v for k, v in watch.meals.items() if k != device},
        outings={k: v for k, v in watch.outings.items() if k != device},
        doors={k: v for k, v in watch.doors.items() if k != device},
    )
