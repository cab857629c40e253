"""The home asks aloud while a possible fall waits for the OK button."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from edge.app.escalating import question
from edge.app.escalating.question import Question
from edge.app.escalating.sounding import Hook
from edge.app.house import House
from edge.domain import Device, Person, PersonKind, Plan, Priority, Role, Room, Scalar, Secret
from edge.events import Enrolled
from edge.kinds import observation
from tests.app.escalation_bench import until
from tests.app.homes import house_in
from tests.support.clock import FakeClock

ROOMS = ("lounge", "hallway", "kitchen")


def furnish(house: House, *, wall: str) -> None:
    def enrol(name: str, role: Role, **more: object) -> None:
        device = Device(id=name, driver="contact", role=role, address=name)
        house.tell(Enrolled(device=msgspec.structs.replace(device, **more)))

    house.tell(Person(id="anna", kind=PersonKind.RESIDENT, by="installer.one"))
    house.tell(Plan(rooms=tuple(Room(id=room) for room in ROOMS), by="installer.one"))
    enrol("band", Role.FALL_DETECTOR, person="anna")
    for room in ROOMS:
        enrol(room, Role.MOTION, room=room)
        hear(house, room, "motion", value=False)
    if wall:
        enrol(
            "fine",
            Role.OK_BUTTON,
            wired=wall == "wired",
            key=Secret(bytes(16)) if wall == "keyed" else None,
        )
        hear(house, "fine", "contact", value=False)


def hear(house: House, device: str, kind: str, *, value: Scalar) -> None:
    assert house.hear(observation(device, kind, value, house.clock.now()))


async def test_an_executable_of_the_site_is_called_with_what_it_is_about(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Nothing of the resident: no name, no room."""
    out = tmp_path / "asked"
    script = f"import sys; open({str(out)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')"
    ask = Hook(argv=(sys.executable, "-c", script, "loud"), timeout_s=10)
    async with house_in(tmp_path, clock) as house:
        asking = asyncio.create_task(Question(house, ask).run())
        furnish(house, wall="keyed")
        hear(house, "band", "fall", value=True)
        await until(lambda: out.exists() and out.read_text().endswith("\n"))
        assert out.read_text() == "loud possible_fall\n"
        hear(house, "fine", "button", value="press")
        assert [a.priority for a in house.keeper.home.alerts.values()] == [Priority.NORMAL]
        asking.cancel()


@pytest.mark.parametrize("wall, times", [("keyed", 1), ("wired", 1), ("plain", 0), ("", 0)])
async def test_it_is_asked_once_and_only_where_a_press_would_be_an_answer(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, wall: str, times: int
) -> None:
    calls: list[tuple[str, ...]] = []

    async def call(_hook: Hook, told: tuple[str, ...]) -> str:
        calls.append(told)
        return ""

    monkeypatch.setattr(question, "run_hook", call)
    async with house_in(tmp_path, clock) as house:
        asking = asyncio.create_task(Question(house, Hook(argv=("/x",), timeout_s=1)).run())
        furnish(house, wall=wall)
        hear(house, "band", "fall", value=True)
        for _ in range(5):
            await asyncio.sleep(0)
            clock.pass_time(10_000)
            hear(house, "lounge", "motion", value=False)
        assert len(calls) == times
        asking.cancel()
