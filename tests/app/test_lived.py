"""Signals of nights, weeks, weighings and wearing, out of a real store and its ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.app.checking import Checking
from edge.app.house import House
from edge.app.signals import gather
from edge.app.working.gathered import work_now
from edge.domain import (
    Actor,
    Device,
    Person,
    PersonKind,
    Question,
    Role,
    Scalar,
    Stay,
    StayKind,
    Visit,
    VisitKind,
)
from edge.events import Acknowledgement, Enrolled, Tick
from edge.kinds import observation
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock, instant
from tests.support.living import decision

pytestmark = pytest.mark.timeout(60)

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ROOMS = ("bathroom", "bedroom", "hallway", "kitchen")
PLACED = "".join(f'[[day_place]]\ndevice = "pir-{p}"\nplace = "{p}"\n' for p in ROOMS)
# Noon of a FakeClock is 14 o'clock in its home: back to midnight.
MIDNIGHT_MS = -14 * HOUR
NIGHTS, MOVES, WORN = "toilet.night_visits_7d", "activity.down_percent_7d", "tag.worn_percent_7d"
WEIGHT = "weight.down_percent_90d"


def say(house: House, device: str, kind: str, value: Scalar) -> None:
    house.hear(observation(device, kind, value, house.clock.now()))


def enrol(house: House, name: str, role: Role, person: str | None = None) -> None:
    device = Device(
        id=name, driver="bthome", role=role, address=name, person=person, silent_after_s=7200
    )
    house.tell(Enrolled(device=device))


async def live(house: House, clock: FakeClock, days: list[tuple[int, int]]) -> None:
    """Each day so many visits to the toilet at night, and so many rounds of the rooms by day."""
    for visits, rounds in days:
        todo = [(hour * HOUR + 59 * MINUTE, "") for hour in range(24)]
        for n in range(visits):
            todo += [(n * 75 * MINUTE + 20 * MINUTE, "bedroom")]
            todo += [(n * 75 * MINUTE + 45 * MINUTE, "bathroom")]
        for n in range(rounds):
            todo += [(8 * HOUR + n * 20 * MINUTE + i * MINUTE, p) for i, p in enumerate(ROOMS)]
        before = 0
        for at_ms, room in sorted(todo):
            clock.pass_time(at_ms - before)
            before = at_ms
            house.tell(Tick())
            for one in [room] if room else ROOMS:
                if room:
                    say(house, f"pir-{one}", "motion", value=True)
                say(house, f"pir-{one}", "motion", value=False)
        clock.pass_time(DAY - before)
        house.tell(Tick())
        await house.keep()


CALM, WORSE = [(1, 20)] * 8, [(3, 12)] * 7


def begin(house: House, *, decided: bool = True) -> None:
    for room in ROOMS:
        enrol(house, f"pir-{room}", Role.MOTION)
    house.tell(Person(id="maija", kind=PersonKind.RESIDENT, by="installer.one"))
    if decided:
        house.tell(decision(Question.BEHAVIOUR))


async def test_worse_nights_and_a_quieter_week(tmp_path: Path) -> None:
    """FA-10 is proposed, FA-17 is asked; a person's word stays, and a conflict shows both."""
    clock = FakeClock(instant(MIDNIGHT_MS))
    async with house_in(tmp_path, clock, PLACED) as house:
        begin(house)
        await live(house, clock, CALM + WORSE)
        clock.pass_time(8 * HOUR)
        found = await gather(house)
        assert found[NIGHTS] == 3.0
        assert found[MOVES] == pytest.approx(100 * (1 - 51 / 81), abs=3)
        args = {"checklist": "fall"}
        shown = await Checking(house).show(args, PEER)
        assert {s["item"]: s["code"] for s in shown["suggested"]} == {"FA-10": "often"}
        assert [s["item"] for s in shown["questions"]] == ["FA-17"]
        said = args | {"by": "anna", "role": "home_care", "answers": {"FA-10": "rare"}}
        after = await Checking(house).answer(said, PEER)
        assert [(c["item"], c["said"], c["code"]) for c in after["conflicts"]] == [
            ("FA-10", "rare", "often")
        ]
        shown = await Checking(house).show(args, PEER)
        assert shown["answers"]["FA-10"]["code"] == "rare"
        assert "FA-17" not in shown["answers"]
        waits = {(line.code, line.params["items"]) for line in (await work_now(house)).lines}
        assert {("conflict", "FA-10"), ("device_asks", "FA-17")} <= waits
        await Checking(house).answer(said | {"answers": {"FA-17": "no"}}, PEER)
        waits = {(line.code, line.params["items"]) for line in (await work_now(house)).lines}
        assert ("device_asks", "FA-17") not in waits


@pytest.mark.parametrize(
    "lacking", ["decision", "places", "bedroom", "alone", "pet", "unseen", "away"]
)
async def test_what_is_not_known_says_nothing(tmp_path: Path, lacking: str) -> None:
    """No decision, no places, a second resident, a cat, half a week without sensors, or away."""
    clock = FakeClock(instant(MIDNIGHT_MS))
    placed = "" if lacking == "places" else PLACED
    if lacking == "bedroom":
        placed = placed.replace('place = "bedroom"', 'place = "lounge"')
    async with house_in(tmp_path, clock, placed) as house:
        begin(house, decided=lacking != "decision")
        if lacking in ("alone", "pet"):
            kind = PersonKind.RESIDENT if lacking == "alone" else PersonKind.PET
            house.tell(Person(id="other", kind=kind, by="installer.one"))
        if lacking == "away":
            from_ms = clock.now().wall_ms + 9 * DAY
            until_ms = from_ms + 3 * DAY
            house.tell(
                Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=from_ms, until_ms=until_ms)
            )
        if lacking == "unseen":
            await live(house, clock, CALM + WORSE[:4])
            clock.pass_time(3 * DAY)
            house.tell(Tick())
        else:
            await live(house, clock, CALM + WORSE)
        clock.pass_time(8 * HOUR)
        found = await gather(house)
        assert NIGHTS not in found
        assert (MOVES in found) == (lacking == "bedroom")


async def test_a_night_with_a_visitor_is_nobodys_night(tmp_path: Path) -> None:
    """Three visits by night care: four nights are left, too few to say."""
    clock = FakeClock(instant(MIDNIGHT_MS))
    async with house_in(tmp_path, clock, PLACED) as house:
        begin(house)
        midnight_ms = clock.now().wall_ms
        for day in (9, 11, 13):
            start_ms = midnight_ms + day * DAY + 2 * HOUR
            house.tell(
                Visit(
                    kind=VisitKind.PHYSICAL,
                    role="nurse",
                    from_ms=start_ms,
                    until_ms=start_ms + 20 * MINUTE,
                )
            )
        await live(house, clock, CALM + WORSE)
        found = await gather(house)
        assert NIGHTS not in found
        assert MOVES in found


async def test_a_lost_weight_of_a_season(tmp_path: Path) -> None:
    """Weekly weighings, most of them thinned by now; only the resident's count."""
    clock = FakeClock(instant())
    async with house_in(tmp_path, clock) as house:
        enrol(house, "scale", Role.VITALS)
        house.tell(Person(id="maija", kind=PersonKind.RESIDENT, by="installer.one"))
        for kg in (72.0, 72.5, 72.0, 71.0, 70.0, 69.0, 68.0, 68.0, 68.0):
            say(house, "scale", "body_weight", kg)
            await house.commit()
            clock.pass_time(7 * DAY)
            house.tell(Tick())
            await house.store.prune(clock.now())
        thinned = await house.store.look(
            lambda c, _: c.execute("SELECT count(*) FROM thinned").fetchone()[0]
        )
        assert thinned >= 6
        assert (await gather(house))[WEIGHT] == pytest.approx(100 * 4 / 72)
        house.tell(Person(id="other", kind=PersonKind.RESIDENT, by="installer.one"))
        assert WEIGHT not in await gather(house)


@pytest.mark.parametrize("role", [Role.TAG, Role.FALL_DETECTOR])
async def test_what_is_worn_on_the_table(tmp_path: Path, role: Role) -> None:
    """A week in which the ledger knows that it was not worn for two thirds of the time."""
    clock = FakeClock(instant(MIDNIGHT_MS))
    async with house_in(tmp_path, clock, PLACED) as house:
        begin(house, decided=False)
        enrol(house, "worn", role, "maija")
        for day in range(8):
            for minute in range(0, 24 * 60, 30):
                house.tell(Tick())
                say(house, "pir-kitchen", "motion", value=7 * 60 <= minute < 22 * 60)
                say(house, "pir-kitchen", "motion", value=False)
                for other in ROOMS:
                    say(house, f"pir-{other}", "motion", value=False)
                say(house, "worn", "moving", value=day < 2 and 7 * 60 <= minute < 22 * 60)
                clock.pass_time(30 * MINUTE)
            await house.keep()
            if day == 0:
                assert WORN not in await gather(house)
        found = await gather(house)
        assert found[WORN] < 60
        shown = await Checking(house).show({"checklist": "fall"}, PEER)
        assert {s["item"]: s["code"] for s in shown["suggested"]} == {"FA-25": "not_worn"}


def close(house: House, code: str, outcome: str) -> None:
    (alert,) = (a for a in house.keeper.home.alerts.values() if a.code == code)
    nurse = Actor(account="anna", role="nurse")
    house.tell(Acknowledgement(alert=alert.id, kind="closed", actor=nurse, outcome=outcome))


@pytest.mark.parametrize("outcome,count", [("helped", 1.0), ("false_alarm", 0.0), ("test", 0.0)])
async def test_what_a_person_closed_as_having_happened(
    tmp_path: Path, outcome: str, count: float
) -> None:
    """A CO alarm speaks against "no fireplace"; a day without movement asks about the floor."""
    clock = FakeClock(instant(MIDNIGHT_MS))
    async with house_in(tmp_path, clock) as house:
        enrol(house, "co", Role.CO_ALARM)
        enrol(house, "pir-kitchen", Role.MOTION)
        say(house, "co", "carbon_monoxide", value=True)
        say(house, "co", "carbon_monoxide", value=False)
        close(house, "carbon_monoxide", outcome)
        say(house, "pir-kitchen", "motion", value=True)
        for _ in range(24):
            clock.pass_time(HOUR)
            house.tell(Tick())
            say(house, "pir-kitchen", "motion", value=False)
        close(house, "no_activity", outcome)
        await house.commit()
        found = await gather(house)
        assert (found["co_alarm.events_365d"], found["no_activity.events_30d"]) == (count, count)
        said = {"by": "anna", "role": "home_care", "answers": {"FS-15": "na"}}
        fire = await Checking(house).answer(said | {"checklist": "fire"}, PEER)
        assert [c["item"] for c in fire["conflicts"]] == ["FS-15"] * int(count)
        fall = await Checking(house).show({"checklist": "fall"}, PEER)
        assert [q["item"] for q in fall["questions"]] == ["FA-02"] * int(count)


async def test_what_an_appliance_offers_to_nobody_is_not_missed(tmp_path: Path) -> None:
    """Ten days in hospital: the robot's missed doses and uneaten meals are nobody's habit."""
    clock = FakeClock(instant(MIDNIGHT_MS))
    async with house_in(tmp_path, clock) as house:
        enrol(house, "robot", Role.MEDICATION_ROBOT)
        enrol(house, "meals", Role.MEAL_DISPENSER)
        for _ in range(4):
            for _ in range(2):
                say(house, "robot", "dose", "taken")
                clock.pass_time(12 * HOUR)
        from_ms = clock.now().wall_ms
        until_ms = from_ms + 9 * DAY
        house.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=from_ms, until_ms=until_ms))
        for _ in range(9):
            say(house, "robot", "dose", "missed")
            say(house, "meals", "meal", "heat_done")
            clock.pass_time(DAY)
        say(house, "meals", "meal", "heat_done")
        say(house, "meals", "meal", "taken")
        await house.commit()
        found = await gather(house)
        assert (found["dose.taken_percent_14d"], found["meal.missed_7d"]) == (100.0, 0.0)
