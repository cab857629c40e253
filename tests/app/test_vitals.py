"""The commands of readings and their limits, over a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.app.house import House
from edge.app.household.decisions import Decisions
from edge.app.household.vitals import VitalsCommands
from edge.domain import Device, Person, PersonKind, Role
from edge.errors import ControlError, MisaskedError, NotNowError
from edge.events import Enrolled
from edge.home.limits import LIMITS_MAX
from edge.kinds import observation
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock

ON = "[rules]\nvitals = true\n"
DECIDED = {
    "question": "vitals",
    "basis": "care plan",
    "decided_by": "nurse.one",
    "role": "nurse",
    "review_by": "2026-12-31",
}
LIMIT = {
    "person": "r-1",
    "kind": "pulse_rate",
    "low": 50.0,
    "high": 110.0,
    "priority": "high",
    "confirm_s": 900,
    "set_by": "nurse.one",
    "role": "nurse",
    "valid_until": "2026-12-31",
}


class Tell:
    def __init__(self, house: House, clock: FakeClock) -> None:
        self.house, self.clock = house, clock
        self._handlers = {**VitalsCommands(house).handlers(), **Decisions(house).handlers()}

    async def __call__(self, name: str, **args: Any) -> Any:
        return await self._handlers[name](args, PEER)

    def measure(self, kind: str, value: float, device: str = "cuff") -> None:
        self.house.hear(observation(device, kind, value, self.clock.now()))


@asynccontextmanager
async def told(folder: Path, more: str = ON, *, decided: bool = True) -> AsyncIterator[Tell]:
    clock = FakeClock()
    async with house_in(folder, clock, more) as house:
        tell = Tell(house, clock)
        house.tell(Person(id="r-1", kind=PersonKind.RESIDENT, by="nurse.one"))
        for name, person in (("cuff", "r-1"), ("other", None)):
            device = Device(
                id=name, driver="x", role=Role.VITALS, address=name, person=person, room="lounge"
            )
            house.tell(Enrolled(device=device))
        if decided:
            await tell("decision_add", **DECIDED)
        yield tell


async def test_a_limit_is_set_confirmed_shown_and_kept_in_the_history(tmp_path: Path) -> None:
    async with told(tmp_path) as tell:
        found = await tell("vital_limit_set", **LIMIT)
        assert (found["setting"], found["decided"]) == (True, True)
        assert found["limits"][0]["by"] == "nurse.one (uid 1000)"
        tell.measure("pulse_rate", 120.0)
        (row,) = (await tell("vital_limits"))["limits"]
        assert (row["beyond"]["value"], row["beyond"]["confirmed"]) == (120.0, False)
        tell.clock.pass_time(5 * 60_000)
        tell.measure("pulse_rate", 121.0)
        assert any(a.code == "vital_limit" for a in tell.house.keeper.home.alerts.values())
        await tell("vital_limit_set", **(LIMIT | {"high": 130.0, "set_by": "nurse.two"}))
        await tell("vital_limit_off", person="r-1", kind="pulse_rate", by="nurse.two")
        found = await tell("vital_limits", history=True)
        assert found["limits"] == []
        assert [(row["high"], row["ended_by"]) for row in found["history"]] == [
            (110.0, "nurse.two (uid 1000)"),
            (130.0, "nurse.two (uid 1000)"),
        ]
        with pytest.raises(NotNowError):
            await tell("vital_limit_off", person="r-1", kind="pulse_rate", by="nurse.two")


async def test_limits_come_back_from_the_tables_when_the_state_cannot_be_read(
    tmp_path: Path,
) -> None:
    async with told(tmp_path) as tell:
        await tell("vital_limit_set", **LIMIT)
        await tell.house.store.look(lambda c, _: c.execute("DELETE FROM snapshot"))
    async with house_in(tmp_path, FakeClock(), ON) as house:
        assert [one.high for one in house.keeper.home.vitals.limits.values()] == [110.0]


@pytest.mark.parametrize(
    "change, error",
    [
        ({"role": "relative"}, ControlError),
        ({"low": None, "high": None}, ControlError),
        ({"low": 110.0, "high": 50.0}, ControlError),
        ({"kind": "motion"}, ControlError),
        ({"scale_2": True}, ControlError),
        ({"high": 5000.0}, ControlError),
        ({"high": "much"}, MisaskedError),
        ({"confirm_s": -1}, MisaskedError),
        ({"person": "nobody"}, ControlError),
        ({"set_by": " "}, ControlError),
        ({"valid_until": "2020-01-01"}, ControlError),
        ({"valid_until": "soon"}, ControlError),
    ],
)
async def test_what_is_no_limit_of_a_nurse_is_refused(
    tmp_path: Path, change: dict[str, Any], error: type[Exception]
) -> None:
    async with told(tmp_path) as tell:
        with pytest.raises(error):
            await tell("vital_limit_set", **(LIMIT | change))
        assert tell.house.keeper.home.vitals.limits == {}


async def test_so_many_and_no_more(tmp_path: Path) -> None:
    async with told(tmp_path) as tell:
        for n in range(LIMITS_MAX):
            tell.house.tell(Person(id=f"p-{n}", kind=PersonKind.VISITOR, by="nurse.one"))
        for n in range(LIMITS_MAX - 1):
            await tell("vital_limit_set", **(LIMIT | {"person": f"p-{n}"}))
        await tell("vital_limit_set", **LIMIT)
        with pytest.raises(NotNowError, match=str(LIMITS_MAX)):
            await tell("vital_limit_set", **(LIMIT | {"kind": "glucose"}))
        await tell("vital_limit_set", **LIMIT)


async def test_only_a_nurse_decides_on_readings(tmp_path: Path) -> None:
    async with told(tmp_path, decided=False) as tell:
        with pytest.raises(ControlError, match="nurse"):
            await tell("decision_add", **(DECIDED | {"role": "coordinator"}))
        assert (await tell("vital_limits"))["decision"] == "off"


@pytest.mark.parametrize("more, decided", [("", True), (ON, False)])
async def test_news2_is_off_by_default(tmp_path: Path, more: str, *, decided: bool) -> None:
    async with told(tmp_path, more, decided=decided) as tell:
        with pytest.raises(NotNowError):
            await tell("vital_news2", person="r-1")


async def test_news2_of_instruments_and_of_who_is_there(tmp_path: Path) -> None:
    """Whole with seven, partial without; never what is older than a quarter of an hour."""
    async with told(tmp_path) as tell:
        tell.measure("blood_pressure_systolic", 105.0)
        tell.clock.pass_time(16 * 60_000)
        for kind, value in (
            ("pulse_rate", 95.0),
            ("oxygen_saturation", 93.0),
            ("body_temperature", 38.5),
        ):
            tell.measure(kind, value)
        tell.measure("pulse_rate", 190.0, "other")  # nobody's
        seen = {"respiration_rate": 22, "supplemental_oxygen": True, "consciousness": "alert"}
        found = await tell("vital_news2", person="r-1", **seen)
        assert (found["name"], found["total"]) == ("partial_news2", None)
        assert found["missing"] == ["blood_pressure_systolic"]
        tell.measure("blood_pressure_systolic", 105.0)
        found = await tell("vital_news2", person="r-1", **seen)
        # 22 breaths 2, 93 % 2, oxygen 2, 105 mmHg 1, pulse 95 1, alert 0, 38.5 degrees 1.
        assert (found["name"], found["total"], found["scale"]) == ("news2", 9, 1)
        second = {"kind": "oxygen_saturation", "low": 88.0, "high": None, "scale_2": True}
        await tell("vital_limit_set", **(LIMIT | second | {"role": "physician"}))
        found = await tell("vital_news2", person="r-1", **seen)
        assert (found["total"], found["scale"], found["scale_set_by"]) == (8, 2, "nurse.one")
        with pytest.raises(ControlError):
            await tell("vital_news2", person="r-1", consciousness="sleepy")
