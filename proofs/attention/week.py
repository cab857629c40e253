"""A week of the story put into a virtual home: every thing that happens as its devices tell it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from edge.domain import Person, PersonKind, Plan, Room, StayKind, Visit, VisitKind
from edge.domain import Stay as ToldStay
from edge.events import ConfigLoaded
from edge.sim.beacons import CARBON_MONOXIDE, DOOR, MOTION, SMOKE
from proofs.attention.asked import Asked
from proofs.attention.assessing import SHARES, answers
from proofs.attention.breaking import Breaking
from proofs.attention.living import DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_MS, LivingHome, checklists
from proofs.attention.story import (
    DAYS,
    DOSES_H,
    HELP_AFTER_MS,
    OK_MIN,
    PLANTS,
    PRESSES_OK,
    RATES,
    VISIT_MIN,
    VISITS_KEPT,
    Life,
    Planted,
    Span,
    hour_of,
    visit_at,
)
from proofs.attention.things import IDLE_EVERY_MS, RESIDENT, ROBOT_BEATS_MS, ROOMS, Beacon, Things

SECOND_MS = 1_000
END_MS = MONDAY_MS + DAYS * DAY_MS
MOTION_HOLD_MS, DOOR_OPEN_MS = 30 * SECOND_MS, 20 * SECOND_MS
# A robot gives up after an hour and a half of its own reminders.
ROBOT_WAITS_MS = 90 * MINUTE_MS
# To the wall of the hallway, and a breath there.
ROUND_THE_WALL_MS = 20 * SECOND_MS


class Lived(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one home-week."""

    name: str
    asked: tuple[Asked, ...]
    planted: tuple[Planted, ...]
    unheard: tuple[Planted, ...]  # in the place of what was planted at a device that was dead
    faults: tuple[Planted, ...]
    happened: dict[str, int]
    frames: int


class Week:
    """`live()` once."""

    def __init__(
        self,
        seed: int,
        happens: Mapping[str, int],
        settings: ConfigLoaded | None = None,
        *,
        has_ok: bool = True,
    ) -> None:
        """`happens`: how often each disturbance comes; `settings`: in place of the defaults;
        `has_ok`: whether an OK button hangs on the wall.
        """
        self._happens = happens
        self._rng = random.Random(seed)
        self._home = LivingHome(f"week-{seed}", settings)
        self._things = Things(self._home, has_ok=has_ok)
        self._home.tell(Person(id=RESIDENT, kind=PersonKind.RESIDENT, by="installer.one"))
        rooms = tuple(Room(id=name, outer=name == "hallway") for name in ROOMS)
        self._home.tell(Plan(rooms=rooms, by="installer.one"))
        self._breaking = Breaking(self._home, self._things, self._rng)
        self._life = Life(self._rng)
        self._planted: list[Planted] = []
        self._happened: dict[str, int] = {}
        self._cancelled: set[int] = set()
        self._busy: list[int] = []  # days on which something is planted
        self._missed: dict[tuple[int, int], str] = {}  # (day, which dose) -> "missed" or "late"
        self._gone: list[Span] = []  # nobody there to take a dose

    def live(self) -> Lived:
        free = list(range(DAYS - 1))  # what begins on Sunday would end outside of the week
        self._rng.shuffle(free)
        for kind, chance in PLANTS.items():
            if free and self._rng.random() < chance:
                self._count(kind)
                self._busy.append(free[-1])
                getattr(self, f"_{kind}")(free.pop())
        days = free or [DAYS - 1]
        for kind in RATES:
            for _ in range(self._happens.get(kind, 0)):
                self._count(kind)
                happen = getattr(self._breaking, kind, None) or getattr(self, f"_{kind}")
                happen(self._rng.choice(days))
        self._routine()
        self._home.live(END_MS)
        unheard = {one: self._breaking.unheard(one) for one in self._planted}
        return Lived(
            name=self._home.name,
            asked=tuple(self._home.attentive.asked),
            planted=tuple(one for one, dead in unheard.items() if dead is None),
            unheard=tuple(dead for dead in unheard.values() if dead is not None),
            faults=tuple(self._breaking.faults),
            happened=self._happened,
            frames=self._home.frames,
        )

    # -- planted emergencies ----------------------------------------------------

    def _fall(self, day: int) -> None:
        at = self._at(day, 10.6, 19.0)
        how = self._rng.choices(("lies still", "moves on the floor", "gets up"), (5, 3, 2))[0]
        room = self._life.room_at(at)
        self._home.do(at, self._things.band.falls)
        if how == "gets up":
            upright = at + round(self._rng.uniform(0.5, 8) * MINUTE_MS)
            self._life.hold(at, upright, room, 2 * MINUTE_MS)
            self._say_fine(upright)
        else:
            found = at + HELP_AFTER_MS
            self._life.unseen.append(Span(at + SECOND_MS, found))
            if how == "moves on the floor":
                self._life.hold(at + 40 * SECOND_MS, found, room, 3 * MINUTE_MS)
                if self._rng.random() < 0.3:  # in a doorway: the hallway's sensor sees them too
                    self._life.hold(at + 20 * SECOND_MS, found, "hallway", 3 * MINUTE_MS)
            self._come_and_go(found, 40 * MINUTE_MS)
            if self._rng.random() < 0.25:
                how += ", presses"
                press = at + round(self._rng.uniform(1, 5) * MINUTE_MS)
                self._home.do(press, self._things.button.press)
                self._plant("press", ("help_button",), press, MINUTE_MS, "on the floor", "button")
        self._plant("fall", ("possible_fall",), at, 15 * MINUTE_MS, how)

    def _press(self, day: int) -> None:
        at = self._at(day, 0.5, 23.0)
        self._home.do(at, self._things.button.press)
        self._plant("press", ("help_button",), at, MINUTE_MS, "alone", "button")

    def _silence(self, day: int) -> None:
        """Somebody lies unseen from late morning until home care comes the next day."""
        how = self._rng.choices(("", "after a visit", "after a relative"), (77, 20, 3))[0]
        visit_end = visit_at(day) + VISIT_MIN * MINUTE_MS
        at = visit_end + MINUTE_MS if how == "after a visit" else self._at(day, 11.0, 13.5)
        if how == "after a relative":
            self._come_and_go(at - HOUR_MS, HOUR_MS - MINUTE_MS)
        found = visit_at(day + 1)
        self._life.unseen.append(Span(at, found))
        self._gone.append(Span(at, found))
        self._plant("silence", ("no_activity",), at, found - at, how)
        # The evening's dose is missed because of it: true, and not what was planted.
        self._breaking.faults.append(
            Planted(kind="silence", codes=("missed_dose",), at_ms=at, until_ms=found + DAY_MS)
        )

    def _missed_dose(self, day: int) -> None:
        which = self._rng.randrange(len(DOSES_H))
        self._missed[day, which] = "missed"
        due = hour_of(day, DOSES_H[which])
        self._plant("missed_dose", ("missed_dose",), due, ROBOT_WAITS_MS + 5 * MINUTE_MS)

    def _smoke(self, day: int) -> None:
        self._alarm(day, "smoke", self._things.smoke, SMOKE)

    def _carbon_monoxide(self, day: int) -> None:
        self._alarm(day, "carbon_monoxide", self._things.co, CARBON_MONOXIDE)

    def _alarm(self, day: int, kind: str, beacon: Beacon, number: int) -> None:
        at, become = self._at(day, 0.5, 23.0), partial(beacon.become, number)
        self._home.do(at, partial(become, on=True))
        self._home.do(at + 3 * MINUTE_MS, partial(become, on=False))
        self._plant(kind, (kind,), at, MINUTE_MS, device=beacon.device.id)

    def _red_level(self, day: int) -> None:
        """Told when the visit is over: who stands there knows it."""
        end = self._assessed(day, "red")
        self._plant("red_level", ("level_changed",), end, 5 * MINUTE_MS)

    # -- what disturbs -----------------------------------------------------------

    def _false_fall(self, day: int) -> None:
        """A hand hits something while its owner moves; three of ten by sitting down hard."""
        about = [at for at, _ in self._life.seen() if hour_of(day, 7.8) < at < hour_of(day, 21.5)]
        if not about:
            return
        at = self._rng.choice(about) + 5 * SECOND_MS
        self._home.do(at, self._things.band.falls)
        if self._rng.random() < 0.3:
            sits = round(self._rng.uniform(20, 40) * MINUTE_MS)
            self._life.hold(at, at + sits, self._life.room_at(at), 6 * MINUTE_MS)
        self._say_fine(at)

    def _say_fine(self, at: int) -> None:
        """Whoever can gets up to the wall and presses, if they heed it; and goes back."""
        presses, pressed = self._rng.random() < PRESSES_OK, self._rng.uniform(*OK_MIN)
        if self._things.ok is None or not presses:
            return
        pressed_at = at + round(pressed * MINUTE_MS)
        self._life.hold(pressed_at, pressed_at + ROUND_THE_WALL_MS, "hallway", MINUTE_MS)
        self._home.do(pressed_at + SECOND_MS, self._things.ok.press)

    def _stray_press(self, day: int) -> None:
        self._home.do(self._at(day, 7.8, 22.0), self._things.button.press)

    def _visitor(self, day: int) -> None:
        self._come_and_go(self._at(day, 11.0, 19.0), round(self._rng.uniform(1, 2) * HOUR_MS))

    def _absence_untold(self, day: int) -> None:
        self._cancelled.add(day)  # home care would have found the door shut, and asked
        begin, end = self._at(day, 8.5, 9.5), self._at(day, 17.6, 21.0)
        self._leave(begin, end)
        # A dose that is not taken meanwhile is missed in truth, whoever knows why.
        self._breaking.faults.append(
            Planted(kind="absence", codes=("missed_dose",), at_ms=begin, until_ms=end + 2 * HOUR_MS)
        )

    def _absence_told(self, day: int) -> None:
        begin = self._at(day, 11.0, 15.0)
        # Whoever is away cannot lie at home: back on the evening before something is planted.
        needed = min((hour_of(one, 0) for one in self._busy if one > day), default=END_MS)
        end = min(begin + round(self._rng.uniform(20, 50) * HOUR_MS), needed - 6 * HOUR_MS)
        said = end + round(self._rng.uniform(-3, 3) * HOUR_MS)  # back earlier or later than said
        stay = ToldStay(kind=StayKind.AWAY, by="relative", from_ms=begin, until_ms=said)
        self._home.do(begin - HOUR_MS, partial(self._home.tell, stay))
        # Later than said, a dose may be due meanwhile: it is missed in truth.
        self._breaking.broken(
            "stay", ("stay_expired", "missed_dose"), begin, end - begin + 3 * HOUR_MS
        )
        self._cancelled |= {d for d in range(DAYS) if begin < visit_at(d) < end}
        self._leave(begin, end)

    def _late_dose(self, day: int) -> None:
        self._missed.setdefault((day, self._rng.randrange(len(DOSES_H))), "late")

    def _assessment(self, day: int) -> None:
        end = self._assessed(day, self._rng.choices(list(SHARES), list(SHARES.values()))[0])
        self._breaking.broken("assessment", ("level_changed",), end, HOUR_MS)

    def _assessed(self, day: int, found: str) -> int:
        """A told visit of an hour, in whose middle the list is answered; when it ends."""
        at = self._at(day, 12.0, 15.0)
        self._come_and_go(at, HOUR_MS)
        told = Visit(
            kind=VisitKind.PHYSICAL,
            role="nurse",
            from_ms=at,
            until_ms=at + HOUR_MS,
            ref=f"assessment-{day}",
        )
        self._home.do(at - HOUR_MS, partial(self._home.tell, told))
        self._home.do(at + HOUR_MS // 2, partial(self._assess, found))
        return at + HOUR_MS

    def _assess(self, found: str) -> None:
        self._home.tell(answers(found, checklists()["fire"], self._home.now))

    # -- every week ---------------------------------------------------------------

    def _routine(self) -> None:
        do, things = self._home.do, self._things
        for number, beacon in enumerate(things.beacons):
            offset = number * 7 * MINUTE_MS % IDLE_EVERY_MS
            self._every(IDLE_EVERY_MS, offset, beacon.idle)
        self._every(IDLE_EVERY_MS, 5 * MINUTE_MS, things.band.idle)
        self._every(ROBOT_BEATS_MS, SECOND_MS, things.robot.beat)
        for day in range(DAYS):
            self._visit(day)
            for which, hour in enumerate(DOSES_H):
                self._dose(day, which, hour_of(day, hour))
        for at, room in self._life.seen():
            do(at, partial(things.motion[room].become, MOTION, on=True))
            do(at + MOTION_HOLD_MS, partial(things.motion[room].become, MOTION, on=False))

    def _visit(self, day: int) -> None:
        at = visit_at(day)
        told = Visit(
            kind=VisitKind.PHYSICAL,
            role="nurse",
            from_ms=at,
            until_ms=at + VISIT_MIN * MINUTE_MS,
            ref=f"visit-{day}",
        )
        self._home.do(MONDAY_MS + 1, partial(self._home.tell, told))
        if day not in self._cancelled and self._rng.random() < VISITS_KEPT:
            self._come_and_go(at, VISIT_MIN * MINUTE_MS)

    def _dose(self, day: int, which: int, due: int) -> None:
        robot, do = self._things.robot, self._home.do
        do(due, partial(robot.say, "due"))
        how = self._missed.get((day, which), "taken")
        after_ms = round(self._rng.uniform(1, 20) * MINUTE_MS)
        if how == "late":
            after_ms = round((31 + self._rng.expovariate(1 / 20)) * MINUTE_MS)
        for span in self._gone:  # whoever comes home finds the robot still reminding
            if span.holds(due + after_ms):
                after_ms = span.end + 5 * MINUTE_MS - due
        if how == "missed" or (how == "taken" and after_ms > ROBOT_WAITS_MS):
            do(due + ROBOT_WAITS_MS, partial(robot.say, "missed"))
        elif after_ms > ROBOT_WAITS_MS:
            do(due + ROBOT_WAITS_MS, partial(robot.say, "missed"))
            do(due + after_ms, partial(robot.say, "late"))
        else:
            do(due + after_ms, partial(robot.say, "taken"))

    def _come_and_go(self, at: int, length: int) -> None:
        """Somebody else in the home: through the door, about, and out again."""
        do, things, rng = self._home.do, self._things, self._rng
        for edge in (at, at + length):
            do(edge, partial(things.door.become, DOOR, on=True))
            do(edge + DOOR_OPEN_MS, partial(things.door.become, DOOR, on=False))
        moment = at + 10 * SECOND_MS
        while moment < at + length - MINUTE_MS:
            motion = things.motion[rng.choice(ROOMS)]
            do(moment, partial(motion.become, MOTION, on=True))
            do(moment + MOTION_HOLD_MS, partial(motion.become, MOTION, on=False))
            moment += 40 * SECOND_MS + round(rng.expovariate(1 / (2 * MINUTE_MS)))

    def _leave(self, begin: int, end: int) -> None:
        self._life.unseen.append(Span(begin, end))
        self._gone.append(Span(begin, end))
        hall = self._things.motion["hallway"]
        for edge, motion in ((begin, begin - 20 * SECOND_MS), (end, end + 5 * SECOND_MS)):
            for at, become in ((edge, self._things.door.become), (motion, hall.become)):
                number = DOOR if become == self._things.door.become else MOTION
                self._home.do(at, partial(become, number, on=True))
                self._home.do(at + DOOR_OPEN_MS, partial(become, number, on=False))

    # -- helpers --------------------------------------------------------------------

    def _count(self, kind: str) -> None:
        self._happened[kind] = self._happened.get(kind, 0) + 1

    def _at(self, day: int, first_h: float, last_h: float) -> int:
        return hour_of(day, self._rng.uniform(first_h, last_h))

    def _every(self, every_ms: int, offset_ms: int, what: Callable[[], None]) -> None:
        for at in range(MONDAY_MS + offset_ms, END_MS, every_ms):
            self._home.do(at, what)

    def _plant(
        self,
        kind: str,
        codes: tuple[str, ...],
        at: int,
        length: int,
        how: str = "",
        device: str = "",
    ) -> None:
        self._planted.append(
            Planted(kind=kind, codes=codes, at_ms=at, until_ms=at + length, how=how, device=device)
        )
