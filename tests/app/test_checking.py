"""Answering the lists of a real house: shared questions, devices' words, conflicts, restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.app.checking import Checking
from edge.app.house import House
from edge.app.signals import gather
from edge.domain import Actor, Device, Quality, Role, Scalar
from edge.errors import ControlError
from edge.events import Acknowledgement, Enrolled
from edge.kinds import observation
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


def enrol(house: House, name: str, role: Role, **more: object) -> None:
    device = Device(id=name, driver="test", role=role, address=name, room="hallway")
    house.tell(Enrolled(device=msgspec.structs.replace(device, **more)))


def observe(
    house: House, device: str, kind: str, value: Scalar, quality: Quality = Quality.OK
) -> None:
    house.tell(observation(device, kind, value, house.clock.now(), quality))


def close(house: House, code: str, outcome: str) -> None:
    alert = next(a for a in house.keeper.home.alerts.values() if a.code == code)
    nurse = Actor(account="anna", role="nurse")
    house.tell(Acknowledgement(alert=alert.id, kind="closed", actor=nurse, outcome=outcome))


async def answer(house: House, name: str, answers: dict[str, str], **more: str) -> dict[str, Any]:
    args = {"checklist": name, "by": "anna", "role": "home_care", "answers": answers} | more
    return await Checking(house).answer(args, PEER)


async def show(house: House, name: str) -> dict[str, Any]:
    return await Checking(house).show({"checklist": name}, PEER)


async def test_a_shared_question_is_asked_once(tmp_path: Path, clock: FakeClock) -> None:
    """Goods told in the ten stand in the fire list, marked as answered there, for this visit."""
    async with house_in(tmp_path, clock) as house:
        await answer(house, "ten", {"TE-05": "crowded", "TE-01": "ok"})
        shown = await show(house, "fire")
        assert shown["answers"]["FS-18"]["code"] == "crowded"
        assert shown["items"]["FS-18"]["answered_in"] == "ten"
        assert shown["items"]["FS-01"]["answered_in"] == ""
        assert shown["opened_by"] == {"FS-19": ["TE-05"]}
        clock.pass_time(DAY_MS)
        assert (await show(house, "fire"))["items"]["FS-18"]["answered_in"] == ""


async def test_the_answers_survive_a_lost_snapshot(tmp_path: Path, clock: FakeClock) -> None:
    """From the tables alone: every list, a worker's finding, and no relative's word over it."""
    async with house_in(tmp_path, clock) as house:
        await answer(house, "fire", {"FS-01": "short"})
        await answer(house, "fire", {"FS-01": "ok"}, role="relative")
        await answer(house, "fall", {"FA-01": "once"})
        await answer(house, "fall", {"FA-01": "unknown"})
        before = house.keeper.home.answers
        assert before["fire"]["FS-01"].code == "short"
        await house.store.look(lambda c, _: c.execute("DELETE FROM snapshot"))
    async with house_in(tmp_path, clock) as house:
        assert house.keeper.home.answers == before


async def test_a_fall_is_remembered_without_the_snapshot(tmp_path: Path, clock: FakeClock) -> None:
    """The alert says it: the list is asked for again; what was closed as false is not."""
    async with house_in(tmp_path, clock) as house:
        enrol(house, "band", Role.FALL_DETECTOR, person="r-1")
        enrol(house, "alarm", Role.SMOKE_ALARM)
        observe(house, "band", "fall", value=True)
        observe(house, "alarm", "smoke", value=True)
        close(house, "possible_fall", "helped")
        close(house, "smoke", "false_alarm")
        await house.commit()
        assert (await show(house, "fall"))["reassess"] == ["fall"]
        await house.store.look(lambda c, _: c.execute("DELETE FROM snapshot"))
    async with house_in(tmp_path, clock) as house:
        assert (await show(house, "fall"))["reassess"] == ["fall"]
        assert (await show(house, "fire"))["reassess"] == []


async def test_a_device_fills_in_what_nobody_answered(tmp_path: Path, clock: FakeClock) -> None:
    """Proposed before, kept as the device's word with the person's answers, for seven days."""
    async with house_in(tmp_path, clock) as house:
        enrol(house, "alarm", Role.SMOKE_ALARM)
        observe(house, "alarm", "alarm_test", value=True)
        await house.commit()
        (proposed,) = (await show(house, "fire"))["suggested"]
        assert (proposed["item"], proposed["code"]) == ("FS-02", "ok")
        assert proposed["signal"] == "smoke_alarm.tested_days"
        assert (await show(house, "fire"))["answers"] == {}
        await answer(house, "fire", {"FS-01": "ok"})
        filled = (await show(house, "fire"))["answers"]["FS-02"]
        assert (filled["source"], filled["code"]) == ("device", "ok")
        assert not (await show(house, "fire"))["items"]["FS-02"]["expired"]
        clock.pass_time(7 * DAY_MS)
        assert (await show(house, "fire"))["items"]["FS-02"]["expired"]


async def test_a_device_against_a_person_is_a_conflict(tmp_path: Path, clock: FakeClock) -> None:
    """Both sides are told, and the person's answer stays."""
    async with house_in(tmp_path, clock) as house:
        enrol(house, "alarm", Role.SMOKE_ALARM)
        await answer(house, "fire", {"FS-02": "ok"})
        observe(house, "alarm", "battery_low", value=True)
        await house.commit()
        found = await Checking(house).score({"checklist": "fire"}, PEER)
        (conflict,) = found["conflicts"]
        assert (conflict["item"], conflict["said"]) == ("FS-02", "ok")
        assert conflict["code"] == "old_or_untested"
        assert conflict["by"].startswith("anna")
        assert (await show(house, "fire"))["answers"]["FS-02"]["code"] == "ok"


@pytest.mark.parametrize("outcome,count", [("helped", 1.0), ("false_alarm", 0.0), ("test", 0.0)])
async def test_falls_count_when_a_person_says_so(
    tmp_path: Path, clock: FakeClock, outcome: str, count: float
) -> None:
    """An open alert is only possible; a closed one happened, unless it was closed as false."""
    async with house_in(tmp_path, clock) as house:
        enrol(house, "band", Role.FALL_DETECTOR, person="r-1")
        await answer(house, "fall", {"FA-01": "none"})
        observe(house, "band", "fall", value=True)
        await house.commit()
        assert (await gather(house))["falls.count_365d"] == 0.0
        close(house, "possible_fall", outcome)
        await house.commit()
        signals = await gather(house)
        assert (signals["falls.count_30d"], signals["falls.count_365d"]) == (count, count)
        assert len((await show(house, "fall"))["conflicts"]) == count
        clock.pass_time(31 * DAY_MS)
        signals = await gather(house)
        assert (signals["falls.count_30d"], signals["falls.count_365d"]) == (0.0, count)


async def test_doses_and_meals_are_counted_over_days(tmp_path: Path, clock: FakeClock) -> None:
    """Six of eight doses taken: 75 %, few; three meals heated and one taken: two missed."""
    async with house_in(tmp_path, clock) as house:
        enrol(house, "robot", Role.MEDICATION_ROBOT)
        enrol(house, "meals", Role.MEAL_DISPENSER)
        for number in range(8):
            observe(house, "robot", "dose", "taken" if number < 6 else "missed")
            clock.pass_time(HOUR_MS)
        for _ in range(3):
            observe(house, "meals", "meal", "heat_done")
            clock.pass_time(HOUR_MS)
        observe(house, "meals", "meal", "taken")
        observe(house, "robot", "dose", "missed", Quality.QUESTIONABLE)
        await house.commit()
        signals = await gather(house)
        assert (signals["dose.taken_percent_14d"], signals["meal.missed_7d"]) == (75.0, 2.0)
        suggested = {s["item"]: s["code"] for s in (await show(house, "fall"))["suggested"]}
        assert suggested["FA-09"] == "many_missed"
        clock.pass_time(15 * DAY_MS)
        assert "dose.taken_percent_14d" not in await gather(house)


async def test_no_device_says_nothing(tmp_path: Path, clock: FakeClock) -> None:
    """A home without devices proposes nothing for them; silence of an unknown is no signal."""
    async with house_in(tmp_path, clock) as house:
        signals = await gather(house)
        assert not {name for name in signals if name.startswith(("smoke_alarm", "dose", "tag"))}


async def test_a_reassessment_says_which_lists(tmp_path: Path, clock: FakeClock) -> None:
    """A move asks for both full lists; an unknown reason is refused with those that are known."""
    async with house_in(tmp_path, clock) as house:
        args = {"by": "anna", "because": "move"}
        found = await Checking(house).reassess(args, PEER)
        assert found == {"fall": ["move"], "fire": ["move"], "ten": []}
        with pytest.raises(ControlError, match="known: fall, fire_event, discharge, move"):
            await Checking(house).reassess(args | {"because": "weather"}, PEER)


async def test_how_much_is_known_of_the_list_itself(tmp_path: Path, clock: FakeClock) -> None:
    """Ten have their own completeness, whatever is known of the full lists."""
    async with house_in(tmp_path, clock) as house:
        found = await answer(house, "ten", {"TE-01": "ok", "TE-02": "unknown", "TE-10": "no"})
        assert found["answered"] == {"of": 10, "known": 2}
        assert set(found["hazards"]) == {"fire", "fall"}
        assert found["level"] == found["hazards"]["fire"]["level"] == "grey"


async def test_an_answer_carries_until_when_it_stands(tmp_path: Path, clock: FakeClock) -> None:
    """By the class of its item, also in the other list; a device's word for a week."""
    async with house_in(tmp_path, clock) as house:
        enrol(house, "smoke-1", Role.SMOKE_ALARM)
        observe(house, "smoke-1", "battery_low", value=True)
        now_ms = clock.now().wall_ms
        await answer(house, "fire", {"FS-01": "ok", "FS-18": "crowded"})
        held = house.keeper.home.answers
        days = {
            item: ((one.valid_until_ms or 0) - now_ms) / DAY_MS
            for name in ("fire", "ten")
            for item, one in held[name].items()
        }
        assert days == {"FS-01": 365, "FS-18": 182, "TE-05": 182, "FS-02": 7}
        shown = (await show(house, "fire"))["items"]
        assert shown["FS-18"]["until"] > shown["FS-18"]["answered"]
        assert shown["FS-03"]["until"] is None


async def test_a_note_is_kept_whole_or_refused(tmp_path: Path, clock: FakeClock) -> None:
    """Nobody's sentence is cut in the middle without a word."""
    async with house_in(tmp_path, clock) as house:
        await answer(house, "fire", {"FS-01": "ok"}, note="x" * 500)
        assert house.keeper.home.answers["fire"]["FS-01"].note == "x" * 500
        for wrong in ("x" * 501, "one\ntwo"):
            with pytest.raises(ControlError, match="note"):
                await answer(house, "fire", {"FS-01": "short"}, note=wrong)
        assert house.keeper.home.answers["fire"]["FS-01"].code == "ok"
