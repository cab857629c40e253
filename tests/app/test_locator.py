"""The room locator through the live code: receptions, loop, observations; no decision, nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.app.house import House
from edge.app.locating.hearing import SIGHTINGS_MAX, Receptions
from edge.app.locating.locator import HOP_MS
from edge.domain import Device, PersonLeft, Question, Role, Withdrawn
from edge.drivers.base import Advert
from edge.errors import ControlError
from edge.events import Enrolled
from edge.kinds import observation
from edge.sim.strolls import FLAT_3, FLAT_6, Place, stroll
from edge.store import fits
from edge.store.fits import StoredFit
from tests.app.homes import PEER, house_in
from tests.app.walker import SATELLITES, STEP_MS, TAG, Flat, flat_in
from tests.support.clock import FakeClock

ROOMS = ("bathroom", "bedroom", "hallway", "kitchen", "living")
WINDOW_STEPS = 10_000 // STEP_MS
MINUTE_STEPS = 60_000 // STEP_MS


async def kinds_stored(house: House) -> list[str]:
    return [seen.kind for _, seen in await house.store.observations(0, 10_000)]


async def walked(one: Flat, length_s: float = 60.0) -> dict[str, Any]:
    for number, room in enumerate(ROOMS):
        await one.walk(room, length_s, seed=number)
    return await one.fit()


class Judge:
    """What the locator said at each step, beside where the wearer was."""

    def __init__(self, one: Flat) -> None:
        self.steps: list[tuple[str, str | None]] = []
        self._flat = one

    def look(self, place: Place) -> None:
        said = self._flat.locator.place_of("tag-1")
        self.steps.append((place.room, None if said is None else said.room))

    def share_right(self, lag_s: float) -> float:
        """Windows of 10 s whose room was said most of a window that began `lag_s` later."""
        lag = int(lag_s * 1000) // STEP_MS
        pairs = [
            (
                _most(one[0] for one in self.steps[at : at + WINDOW_STEPS]),
                _most(one[1] for one in self.steps[at + lag : at + lag + WINDOW_STEPS]),
            )
            for at in range(0, len(self.steps) - WINDOW_STEPS - lag, WINDOW_STEPS)
        ]
        right = sum(bool(true == said) for true, said in pairs)
        return right / len(pairs)


def _most(names: Iterator[Any]) -> Any:
    found = list(names)
    return max(set(found), key=found.count)


@pytest.mark.timeout(120)
async def test_a_walked_home_is_followed_from_room_to_room(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Walk, fit, live: 95 % of windows are right a few seconds later, and at rest nothing changes.

    A press tells the room; nothing of it stands in `status`; what is stored is the words.
    """
    async with flat_in(tmp_path, clock, at=FLAT_6, seed=2) as one:
        row = await walked(one, 120.0)
        assert row["done"] is True
        assert row["fit"]["rooms"] == list(ROOMS)
        assert row["not_walked"] == []
        one.seen.clear()
        judge = Judge(one)
        start_s = clock.now().wall_ms / 1000
        # Sixteen changes of room in a quarter of an hour: nobody old is that restless.
        await one.live(
            stroll(one.floor, seed=7, start_s=start_s, length_s=900, stay_s=150), judge.look
        )
        assert len(judge.steps) > 900_000 // STEP_MS
        assert judge.share_right(lag_s=5) >= 0.95
        said = [s for s in one.seen if s.kind == "location"]
        assert 1 < len(said) < 40
        assert {s.person for s in said} == {"resident"}
        assert all(s.room == s.value for s in said if s.value in ROOMS)
        asleep = next(iter(one.stay("bedroom", 1, 5)))
        await one.live(itertools.repeat(asleep, 3 * MINUTE_STEPS))
        one.seen.clear()
        await one.live(itertools.repeat(asleep, 20 * MINUTE_STEPS))
        assert one.told() == []
        here = one.locator.place_of("tag-1")
        assert here is not None
        assert here.room == "bedroom"
        status = await one.commands.status()
        assert status["on"] is True
        assert status["rooms_told"] is True
        assert str(here.room) not in str({**status, "fitted": ""})
        shown = await one.commands.show({}, PEER)
        assert shown["now"][0]["place"] == here.room
        press = observation("tag-1", "button", "press", clock.now())
        one.house.hear(press)
        (alert,) = one.house.keeper.home.alerts.values()
        assert alert.params["last_room"] == here.room
        assert isinstance(alert.params["last_room_age_s"], int)
        assert alert.params["last_room_age_s"] <= HOP_MS // 1000
        await one.house.commit()
        stored = await kinds_stored(one.house)
        assert stored.count("location") == stored.count("location_confidence") > 5
        # The decision is taken back: the loop stops at its next turn, and the place is forgotten.
        one.house.tell(Withdrawn(question=Question.LOCATION, by="anna"))
        assert one.house.keeper.home.places == {}
        one.locator.turn()
        assert one.locator.on is False
        assert one.ingest.when_received == []
        assert one.locator.place_of("tag-1") is None
        one.seen.clear()
        await one.live(one.stay("kitchen", 60, 1))
        assert one.told() == []


async def test_without_a_decision_nothing_is_heard_kept_or_stored(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Off until decided: no listener, no place, no row; a walk is refused with the mend."""
    async with flat_in(tmp_path, clock, decided=False) as one:
        await one.live(one.stay("kitchen", 120, 1))
        assert one.ingest.when_received == []
        assert one.locator.on is False
        assert one.house.keeper.home.places == {}
        for stream in (one.commands.walking.walk, one.commands.check, one.commands.record):
            with pytest.raises(ControlError, match="decision add location"):
                await anext(stream({"room": "kitchen"}, PEER))
        with pytest.raises(ControlError, match="decision"):
            await anext(one.commands.fit({"by": "kalle"}, PEER))
        # Not even by a mistake of ours: the rules refuse it.
        assert one.house.hear(observation("tag-1", "location", "kitchen", clock.now())) is False
        await one.house.commit()
        stored = await kinds_stored(one.house)
        assert "beacon" in stored
        assert not any("location" in kind for kind in stored)
        shown = await one.commands.show({}, PEER)
        assert shown["on"] is False
        assert shown["now"] == []


@pytest.mark.timeout(60)
async def test_one_receiver_claims_no_room(tmp_path: Path, clock: FakeClock) -> None:
    """Whatever was walked and fitted: near, at home, away or unknown."""
    async with flat_in(tmp_path, clock, at={"": FLAT_3[""]}) as one:
        row = await walked(one, 20.0)
        assert row["fit"]["receivers"] == [""]
        start_s = clock.now().wall_ms / 1000
        await one.live(stroll(one.floor, seed=3, start_s=start_s, length_s=600, stay_s=60))
        assert set(one.told()) <= {"near", "home", "unknown", "away"}
        assert {"near", "home"} & set(one.told())
        assert (await one.commands.status())["rooms_told"] is False


async def test_without_a_fit_it_says_near_home_or_unknown(tmp_path: Path, clock: FakeClock) -> None:
    """Three receivers and no walk: a tag that is not heard any more is unknown, never safe."""
    async with flat_in(tmp_path, clock) as one:
        await one.live(one.stay("hallway", 120, 1))
        await one.live(one.stay("bedroom", 60, 1))
        assert set(one.told()) == {"near", "home"}
        for _ in range(30):
            await clock.advance(HOP_MS)
            one.locator.turn()
        assert one.told()[-1] == "unknown"
        assert one.house.keeper.home.places["tag-1"].lost is True


@pytest.mark.timeout(60)
async def test_a_walk_that_was_broken_off_is_kept_and_goes_on(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Also over a restart of the gateway; the next fit is made of both parts."""
    async with flat_in(tmp_path, clock) as one:
        rows = one.commands.walking.walk({"room": "kitchen", "seconds": 300.0}, PEER)
        said = await one.stream(rows, one.stay("kitchen", 35, 1))
        assert said[-1]["done"] is False
        assert said[-1]["enough"] is False
        first = await one.commands.show({}, PEER)
        assert [(w["room"], w["windows"]) for w in first["walked"]] == [("kitchen", 3)]
        assert first["not_walked"] == ["bathroom", "bedroom", "hallway", "living"]
        with pytest.raises(ControlError, match="1 rooms were walked"):
            await anext(one.commands.fit({"by": "kalle"}, PEER))
    async with house_in(tmp_path, clock, SATELLITES) as house:
        again = Flat(house, clock, one.floor, FLAT_3, 1)
        await again.walk("kitchen", 30)
        await again.walk("living", 30)
        shown = await again.commands.show({}, PEER)
        assert [w["windows"] for w in shown["walked"]] == [3, 3, 3]
        fitted = await again.fit()
        assert fitted["fit"]["windows"] == 9
        assert fitted["not_walked"] == ["bathroom", "bedroom", "hallway"]
        with pytest.raises(ControlError, match="no room 'attic'"):
            await anext(again.commands.walking.walk({"room": "attic"}, PEER))


async def test_whoever_carries_the_tag_is_not_its_person(tmp_path: Path, clock: FakeClock) -> None:
    """While an installer walks or checks with it, nothing is said of where its person is."""
    async with flat_in(tmp_path, clock) as one:
        await one.live(one.stay("living", 90, 1))
        one.seen.clear()
        rows = one.commands.check({"seconds": 60.0}, PEER)
        said = await one.stream(rows, one.stay("hallway", 29, 1))
        assert len(said) > 8
        assert said[-1]["place"] in {"near", "home"}
        assert one.told() == []


@pytest.mark.timeout(60)
async def test_a_fit_says_what_changed_since(tmp_path: Path, clock: FakeClock) -> None:
    """A satellite more, one in another room, a room that was never walked: walk again."""
    async with flat_in(tmp_path, clock) as one:
        await one.walk("kitchen", 10)
        await one.walk("living", 10)
        assert (await one.fit())["fit"]["windows"] == 2  # as little as can be
        assert (await one.commands.status())["lapsed"] == []
        one.receivers.of |= {"s1": "sauna", "s3": "hallway"}
        del one.receivers.of["s2"]
        lapsed = (await one.commands.status())["lapsed"]
        assert {(row["why"], row["what"]) for row in lapsed} == {
            ("receiver_moved", "s1"),
            ("receiver_added", "s3"),
            ("receiver_removed", "s2"),
        }
        # What was walked with the other receivers teaches nothing of these.
        assert (await one.commands.show({}, PEER))["walked"] == []
        with pytest.raises(ControlError, match="0 rooms were walked"):
            await anext(one.commands.fit({"by": "kalle"}, PEER))


async def test_a_fit_that_cannot_be_read_is_told_and_not_used(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The gateway goes on without rooms; the mend is named."""
    async with flat_in(tmp_path, clock) as one:
        broken = StoredFit(windows=1, by="kalle", at=clock.now(), body=b"\x93nothing of ours")
        await one.house.store.change(fits.put_fit, broken)
        await one.locator.load()
        assert one.locator.used is None
        assert "kotivahti locator fit" in (await one.commands.status())["trouble"]
        await one.live(one.stay("hallway", 90, 1))
        assert set(one.told()) <= {"near", "home"}


async def test_what_is_recorded_is_given_away_and_not_kept(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The basis comes first; every reception with its receiver and the wall time."""
    async with flat_in(tmp_path, clock) as one:
        rows = one.commands.record({"seconds": 20.0}, PEER)
        said = await one.stream(rows, one.stay("kitchen", 22, 1))
        assert said[0]["basis"] == "service decision 2026-02-01"
        heard = [row for part in said for row in part["heard"]]
        assert len(heard) > 60
        assert {row[1] for row in heard} == {"", "s1", "s2"}
        assert all(said[0]["from_ms"] <= row[0] <= said[-1]["until_ms"] for row in heard)
        assert await one.house.store.look(fits.walks, 10) == []


async def test_a_tag_of_nobody_is_not_followed(tmp_path: Path, clock: FakeClock) -> None:
    """A tag in a drawer, or of somebody who left, is a thing."""
    async with flat_in(tmp_path, clock) as one:
        one.enrol(person=None)
        await one.live(one.stay("kitchen", 70, 1))
        assert one.told() == []
        with pytest.raises(ControlError, match="which tag"):
            await anext(one.commands.walking.walk({"room": "kitchen"}, PEER))
        one.enrol(person="resident")
        await one.live(one.stay("kitchen", 70, 1))
        assert one.told() != []
        one.house.tell(PersonLeft(person="resident", by="anna"))
        assert one.house.keeper.home.places == {}


class TestReceptions:
    """What is kept of the radio between two turns."""

    def advert(self, **more: Any) -> Advert:
        return msgspec.structs.replace(Advert(address=TAG, rssi_dbm=-60, source="s1"), **more)

    def test_only_what_is_followed_is_kept_and_only_so_much(self, clock: FakeClock) -> None:
        """A bound on one tag; others, late records and levels that are none leave nothing."""
        tag = Device(id="tag-1", driver="ibeacon", role=Role.TAG, address=TAG, person="p")
        heard = Receptions()
        heard.received(tag, self.advert(), clock.now())
        assert heard.take("tag-1") == []
        heard.wanted = frozenset({"tag-1"})
        for wrong in ({"late_ms": 60_000}, {"rssi_dbm": 0}, {"rssi_dbm": 127}, {"rssi_dbm": -128}):
            heard.received(tag, self.advert(**wrong), clock.now())
        assert heard.take("tag-1") == []
        for _ in range(SIGHTINGS_MAX + 5):
            heard.received(tag, self.advert(), clock.now())
        assert heard.dropped == 5
        assert len(heard.take("tag-1")) == SIGHTINGS_MAX
        assert heard.take("tag-1") == []

    async def test_sensors_speak_of_their_rooms(self, tmp_path: Path, clock: FakeClock) -> None:
        """Movement of its room; a door when it moves, an outer one by itself; doubt of nobody."""
        async with flat_in(tmp_path, clock) as one:
            for ident, role, room in (
                ("eye", Role.MOTION, "kitchen"),
                ("front", Role.DOOR, "hallway"),
                ("inner", Role.DOOR, "bedroom"),
            ):
                device = Device(id=ident, driver="bthome", role=role, address=TAG, room=room)
                one.house.tell(Enrolled(device=device))
            heard, home = Receptions(), one.house.keeper.home

            def rooms(device: str, kind: str, *, value: bool) -> list[tuple[str, ...]]:
                heard.witnessed(observation(device, kind, value, clock.now()), home)
                return [one.rooms for one in heard.take_evidence()]

            assert rooms("eye", "motion", value=True) == [("kitchen",)]
            assert rooms("eye", "motion", value=False) == []
            assert rooms("front", "door", value=False) == []  # it repeats itself: nobody touched it
            assert rooms("front", "door", value=True) == [("hallway",)]
            assert rooms("inner", "door", value=True) == []
            assert rooms("inner", "door", value=False) == [("bedroom", "living")]
