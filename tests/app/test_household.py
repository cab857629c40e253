"""What people tell of a home's life, over a real database: in force at once, kept, refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.domain import Question
from edge.errors import ControlError, NotNowError
from edge.home.deciding import is_decided
from edge.home.state import PERSONS_MAX, ROOMS_MAX
from edge.home.staying import is_paused
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock
from tests.support.living import DAY, HOUR

ROOMS = [
    {"id": "hallway", "outer": True},
    {"id": "kitchen", "next_to": ["hallway"]},
    {"id": "bedroom", "next_to": ["hallway"], "label": "Upstairs"},
]


def damage(folder: Path) -> None:
    """The snapshot becomes unreadable: what has a table of its own is read from there."""
    with closing(sqlite3.connect(folder / "home.db")) as connection, connection:
        connection.execute("UPDATE snapshot SET home = x'c1'")


class Told:
    """One house, spoken to as the control socket does."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.handlers = Service(house, Timeline()).handlers()

    async def __call__(self, do: str, **args: Any) -> Any:
        return await self.handlers[do]({"by": "installer.one", **args}, PEER)

    async def enrol(self, ident: str, role: str, **more: str) -> None:
        number = len(self.house.devices)
        row = {"id": ident, "driver": "bthome", "role": role, **more}
        row.setdefault("address", f"54:48:E6:8F:80:{number:02X}")
        found = await self("device_enrol", devices=[{"row": row}], merge=True)
        assert found["faults"] == []

    @property
    def home(self) -> Any:
        return self.house.keeper.home


async def test_persons_come_change_and_go(tmp_path: Path, clock: FakeClock) -> None:
    """Who told it is kept with the account; what was theirs is nobody's, also on the disk."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        assert (await tell("person_add", person="r-1", kind="resident"))["change"] == "new"
        row = await tell("person_add", person="r-1", kind="resident", label="Upstairs")
        assert (row["change"], row["label"]) == ("changed", "Upstairs")
        assert row["by"] == "installer.one (uid 1000)"
        await tell.enrol("tag", "help_button", person="r-1")
        assert (await tell("person_list"))[0]["devices"] == ["tag"]
        gone = await tell("person_leave", person="r-1")
        assert gone["devices"] == ["tag"]
        assert (await house.store.devices())[0].person is None
        with pytest.raises(ControlError, match="there are: none"):
            await tell("person_leave", person="r-1")
    async with house_in(tmp_path, clock) as house:
        assert house.devices["tag"].person is None
        assert house.keeper.home.persons == {}


@pytest.mark.parametrize(
    "args, wrong",
    [
        ({"person": "Anna K", "kind": "resident"}, "short name"),
        ({"person": "r-1", "kind": "tenant"}, "known: resident"),
        ({"person": "r-1", "kind": "resident", "by": " "}, "by is missing"),
        ({"person": "r-1", "kind": "resident", "label": "x\n"}, "control character"),
    ],
)
async def test_a_person_that_cannot_be_is_refused(
    tmp_path: Path, clock: FakeClock, args: dict[str, str], wrong: str
) -> None:
    """By name, kind, label and teller."""
    async with house_in(tmp_path, clock) as house:
        with pytest.raises(ControlError, match=wrong):
            await Told(house)("person_add", **args)
        assert house.keeper.home.persons == {}


async def test_one_person_too_many_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    """The bound is said with what makes room."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        for number in range(PERSONS_MAX):
            await tell("person_add", person=f"w-{number}", kind="worker")
        with pytest.raises(NotNowError, match="person leave"):
            await tell("person_add", person="one-more", kind="worker")


async def test_an_installer_is_told_what_to_see_to(tmp_path: Path, clock: FakeClock) -> None:
    """A pet where only movement is seen; a button that is nobody's where two live."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell.enrol("motion", "motion")
        await tell.enrol("button", "help_button")
        await tell("person_add", person="r-1", kind="resident")
        row = await tell("person_add", person="cat", kind="pet")
        assert [one["advice"] for one in row["advice"]] == ["pet_alone"]
        await tell.enrol("fridge", "door")
        row = await tell("person_add", person="r-2", kind="resident")
        assert row["advice"] == [{"advice": "owner_unknown", "devices": ["button"]}]


async def test_the_plan_hangs_together_in_both_directions(tmp_path: Path, clock: FakeClock) -> None:
    """A door that is told once leads back; a room that is taken out leaves no door to it."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        assert (await tell("room_import", rooms=ROOMS))["faults"] == []
        assert tell.home.rooms["hallway"].next_to == ("kitchen", "bedroom")
        await tell("room_add", room="bathroom", next_to=["bedroom", "hallway"])
        assert tell.home.rooms["bedroom"].next_to == ("hallway", "bathroom")
        await tell("room_add", room="bathroom", next_to=["hallway"])
        assert tell.home.rooms["bedroom"].next_to == ("hallway",)
        await tell("room_add", room="bedroom", outer=True)
        assert tell.home.rooms["bedroom"].label == "Upstairs"
        await tell("room_remove", room="bathroom")
        assert "bathroom" not in tell.home.rooms["hallway"].next_to
        with pytest.raises(ControlError, match="no other room 'attic'"):
            await tell("room_add", room="loft", next_to=["attic"])
        await tell.enrol("motion", "motion", room="kitchen")
        with pytest.raises(NotNowError, match="device move motion"):
            await tell("room_remove", room="kitchen")


async def test_a_broken_plan_is_told_by_key_and_changes_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Every fault of the file at once."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("room_import", rooms=ROOMS)
        broken = [
            {"id": "hallway", "outer": "yes"},
            {"id": "hallway"},
            {"id": "kitchen", "next_to": ["attic", "kitchen"]},
            {"id": "Bed Room"},
            {"id": "sauna", "doors": 2},
            "cellar",
        ]
        found = await tell("room_import", rooms=broken)
        assert {fault["key"] for fault in found["faults"]} == {
            "room[0].outer", "room[1].id", "room[2].next_to", "room[3].id", "room[4].doors",
            "room[5]",
        }  # fmt: skip
        assert all(fault["mend"] for fault in found["faults"])
        assert list(tell.home.rooms) == ["hallway", "kitchen", "bedroom"]
        many = [{"id": f"r-{n}"} for n in range(ROOMS_MAX + 1)]
        assert (await tell("room_import", rooms=many))["faults"]
        assert (await tell("room_import", rooms=None))["faults"]


async def test_stays_are_of_residents_and_end(tmp_path: Path, clock: FakeClock) -> None:
    """A relative's is refused, a past one too, and an end without a beginning."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("person_add", person="r-1", kind="resident")
        await tell("person_add", person="son", kind="relative")
        now_ms = clock.now().wall_ms
        with pytest.raises(NotNowError, match="stay list"):
            await tell("stay_end", person="r-1")
        with pytest.raises(ControlError, match="residents: r-1"):
            await tell("stay_begin", kind="away", person="son")
        with pytest.raises(ControlError, match="later"):
            await tell("stay_begin", kind="away", until_ms=now_ms)
        with pytest.raises(ControlError, match="known: away, hospital, respite"):
            await tell("stay_begin", kind="ended")
        row = await tell("stay_begin", kind="hospital", person="r-1", until_ms=now_ms + DAY)
        assert (row["paused"], row["until"]) == (True, "2026-03-03T14:00+02:00")
        row = await tell("stay_end", person="r-1")
        assert (row["paused"], row["assessment_due"]) == (False, True)
        with pytest.raises(NotNowError):
            await tell("stay_end")


async def test_one_of_two_in_hospital(tmp_path: Path, clock: FakeClock) -> None:
    """What is theirs and what is nobody's is said; a button is neither paused nor listed."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        for person in ("r-1", "r-2"):
            await tell("person_add", person=person, kind="resident")
        await tell.enrol("button", "help_button", person="r-1")
        for name, whose in (("band-1", {"person": "r-1"}), ("band-2", {})):
            row = {"id": name, "driver": "contact", "role": "fall_detector", "address": name}
            await tell("device_enrol", devices=[{"row": row | whose}])
        row = await tell("stay_begin", kind="hospital", person="r-1")
        assert (row["devices"], row["nobodys"], row["paused"]) == (["band-1"], ["band-2"], False)
        assert [stay["person"] for stay in (await tell("stay_list"))["stays"]] == ["r-1"]


async def test_a_visit_told_again_is_the_same_visit(tmp_path: Path, clock: FakeClock) -> None:
    """Changed times replace, also after a start from the tables alone."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        now_ms = clock.now().wall_ms

        async def visit(begins: int, ref: str = "v-1") -> str:
            row: dict[str, Any] = {"ref": ref, "kind": "physical", "role": "home_care"}
            row |= {"from_ms": now_ms + begins, "until_ms": now_ms + begins + HOUR}
            change: str = (await tell("visit_add", visits=[row]))["visits"][0]["change"]
            return change

        assert [await visit(HOUR), await visit(HOUR), await visit(2 * HOUR)] == [
            "new", "same", "changed",
        ]  # fmt: skip
        await visit(HOUR, "v-2")
        assert [row["ref"] for row in await tell("visit_list")] == ["v-2", "v-1"]
        row = {"kind": "physical", "role": "nurse", "from_ms": 0, "until_ms": 2 * DAY}
        with pytest.raises(ControlError, match="within 24 h"):
            await tell("visit_add", visits=[row])
        assert len(await house.store.visits()) == 3
        ahead = house.keeper.home.visits
    damage(tmp_path)
    async with house_in(tmp_path, clock) as house:
        assert house.keeper.home.visits == ahead


async def test_who_is_elsewhere_is_read_back_from_its_table(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Of everybody and of each; a word about everybody ended what was said of each before it."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        for person in ("r-1", "r-2"):
            await tell("person_add", person=person, kind="resident")
        await tell("stay_begin", kind="hospital", person="r-1")
        await tell("stay_begin", kind="away")
        await tell("stay_end", person="r-2")
        stays = (tell.home.stay, tell.home.stays)
    damage(tmp_path)
    async with house_in(tmp_path, clock) as house:
        assert (house.keeper.home.stay, house.keeper.home.stays) == stays
        assert list(stays[1]) == ["r-2"]


async def test_decisions_are_whole_dated_and_taken_back(tmp_path: Path, clock: FakeClock) -> None:
    """Told in force, renewed, withdrawn; a past day, a far one and no day are refused."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        whole = {
            "question": "location",
            "basis": "service decision 2026-02-20",
            "decided_by": "coordinator.one",
            "role": "coordinator",
            "review_by": "2026-09-01",
        }
        for change in (
            {"basis": " "},
            {"role": ""},
            {"decided_by": None},
            {"review_by": "2026-03-01"},
            {"review_by": "2027-03-04"},
            {"review_by": "2026-02-30"},
            {"question": "mood"},
        ):
            with pytest.raises(ControlError):
                await tell("decision_add", **(whole | change))
        assert not is_decided(tell.home, Question.LOCATION)
        assert (await tell("decision_add", **whole))["state"] == "on"
        assert is_decided(tell.home, Question.LOCATION)
        row = await tell("decision_add", **(whole | {"review_by": "2026-03-20"}))
        assert (row["change"], row["state"]) == ("renewed", "review")
        states = {row["question"]: row["state"] for row in await tell("decision_list")}
        assert states == {
            "location": "review", "wandering": "off", "night_doors": "off", "sleep": "off",
            "behaviour": "off", "vitals": "off",
        }  # fmt: skip
        assert (await tell("decision_withdraw", question="location"))["state"] == "off"
        with pytest.raises(NotNowError, match="decision list"):
            await tell("decision_withdraw", question="location")


async def test_what_no_rule_uses_says_so(tmp_path: Path, clock: FakeClock) -> None:
    """A decision on sleep is kept and gates nothing yet; night doors need doors."""
    async with house_in(tmp_path, clock) as house:
        rows = {row["question"]: row for row in await Told(house)("decision_list")}
        assert [name for name, row in rows.items() if not row["used"]] == ["wandering", "sleep"]
        assert rows["night_doors"]["no_doors"]
    doors = '[rules.night_door]\ndevices = ["front"]\n'
    async with house_in(tmp_path, clock, doors) as house:
        rows = {row["question"]: row for row in await Told(house)("decision_list")}
        assert not rows["night_doors"]["no_doors"]


async def test_a_home_that_moves_takes_its_persons_along(tmp_path: Path, clock: FakeClock) -> None:
    """Rooms, places, decisions on the dwelling lapse; persons, the decision on sleep stay."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("room_import", rooms=ROOMS)
        await tell("person_add", person="r-1", kind="resident")
        await tell.enrol("button", "help_button", room="bedroom", person="r-1")
        whole = {"basis": "agreed", "decided_by": "c", "role": "r", "review_by": "2026-09-01"}
        for question in ("location", "night_doors", "sleep"):
            await tell("decision_add", question=question, **whole)
        found = await tell("home_move")
        assert found["rooms"] == ["hallway", "kitchen", "bedroom"]
        assert found["decisions"] == ["location", "night_doors"]
        assert found["unplaced"] == ["button"]
        assert [one.trigger for one in house.keeper.home.anew.values()] == ["move"]
        button = (await house.store.devices())[0]
        assert (button.room, button.person) == (None, "r-1")
        shown = await tell("home_show")
        assert [row["state"] for row in shown["decisions"]] == ["off"] * 3 + ["on"] + ["off"] * 2
        assert [row["person"] for row in shown["persons"]] == ["r-1"]
        assert shown["moved"] == "2026-03-02T14:00:00.000+02:00"


async def test_whoever_moves_in_after_an_end_is_followed(tmp_path: Path, clock: FakeClock) -> None:
    """What was told of everybody before is not theirs, also when it is read from the tables."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("person_add", person="r-1", kind="resident")
        await tell("home_end")
        await tell("person_add", person="son", kind="relative")
        assert is_paused(tell.home)
        await tell("person_add", person="r-2", kind="resident")
        assert not is_paused(tell.home)
    damage(tmp_path)
    async with house_in(tmp_path, clock) as house:
        assert not is_paused(house.keeper.home)


async def test_an_end_is_told_once_and_can_be_taken_back(tmp_path: Path, clock: FakeClock) -> None:
    """A mistake is mended by the end of the stay."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("person_add", person="r-1", kind="resident")
        found = await tell("home_end", person="r-1")
        assert found["ended"]
        assert is_paused(tell.home)
        with pytest.raises(NotNowError):
            await tell("home_end", person="r-1")
        await tell("stay_end", person="r-1")
        assert not is_paused(tell.home)
        assert not (await tell("home_show"))["ended"]


async def test_a_home_that_has_ended_neither_moves_nor_begins_anything(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Nothing of it changes, and the refusal says how to go on; a planner's visits still fit."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("room_import", rooms=ROOMS)
        await tell("person_add", person="r-1", kind="resident")
        await tell.enrol("button", "help_button", room="bedroom", person="r-1")
        await tell("home_end")
        before = await tell("home_show")
        whole = {"basis": "agreed", "decided_by": "c", "role": "r", "review_by": "2026-09-01"}
        for do, args in (
            ("home_move", {}),
            ("home_end", {}),
            ("stay_begin", {"kind": "away"}),
            ("stay_begin", {"kind": "hospital", "person": "r-1"}),
            ("decision_add", {"question": "sleep", **whole}),
        ):
            with pytest.raises(NotNowError, match="kotivahti stay end"):
                await tell(do, **args)
        assert await tell("home_show") == before
        assert before["ended"]


async def test_one_of_two_whose_residence_has_ended_begins_no_stay(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The home lives on for the other, and moves with them."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        for person in ("r-1", "r-2"):
            await tell("person_add", person=person, kind="resident")
        await tell("home_end", person="r-1")
        with pytest.raises(NotNowError, match="stay end --person r-1"):
            await tell("stay_begin", kind="hospital", person="r-1")
        await tell("stay_begin", kind="hospital", person="r-2")
        await tell("home_move")


async def test_an_end_outlives_the_last_who_leaves(tmp_path: Path, clock: FakeClock) -> None:
    """Taken off the list after the end of their residence: the empty flat is not followed anew."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("person_add", person="r-1", kind="resident")
        await tell("home_end", person="r-1")
        await tell("person_leave", person="r-1")
        assert (await tell("home_show"))["ended"]
    async with house_in(tmp_path, clock) as house:
        assert is_paused(house.keeper.home)


@pytest.mark.parametrize("do", ["home_move", "home_end"])
async def test_a_home_of_which_nothing_was_told_neither_moves_nor_ends(
    tmp_path: Path, clock: FakeClock, do: str
) -> None:
    """An erased box would else be ended for whoever gets it next."""
    async with house_in(tmp_path, clock) as house:
        with pytest.raises(NotNowError, match="home show"):
            await Told(house)(do)
