"""What the home waits for: kept over restarts, moved with time, dropped with its device."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import Question, Role, Stay, StayKind
from edge.events import ConfigLoaded, NightDoor, Removed
from edge.home.state import decode, encode, has_eyes
from edge.home.waiting import next_times, pass_watch
from tests.support.living import HOUR, MINUTE, Living, decision

NIGHT = NightDoor(devices=("door",), from_min=12 * 60)
PARTS = ("stoves", "falls", "meals", "outings", "doors")


@pytest.fixture
def home() -> Living:
    """A home that waits for one of each."""
    living = Living(settings=ConfigLoaded(night_door=NIGHT))
    living.tell(decision(Question.NIGHT_DOORS))
    for name, role in (
        ("stove", Role.STOVE_GUARD),
        ("band", Role.FALL_DETECTOR),
        ("meals", Role.MEAL_DISPENSER),
        ("robot", Role.MEDICATION_ROBOT),
        ("door", Role.DOOR),
        ("tag", Role.TAG),
    ):
        living.enrol(name, role, person="resident")
    living.observe("stove", "stove_on", value=True)
    living.observe("band", "fall", value=True)
    living.observe("band", "moving", value=False)
    living.observe("meals", "meal", "selected")
    living.observe("door", "door", value=True)
    living.observe("robot", "appliance_door", value=False)
    living.observe("robot", "appliance_door", value=True)
    living.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=living.now.wall_ms))
    living.observe("robot", "dose", "taken")
    living.tell(Stay(kind=StayKind.HOME, by="relative", from_ms=living.now.wall_ms))
    assert all(len(getattr(living.home.watch, part)) == 1 for part in PARTS)
    assert len(living.home.watch.doubts) == 1
    return living


def test_a_snapshot_brings_it_back(home: Living) -> None:
    """All of it, and what a worn device told."""
    again = decode(encode(home.home))
    assert again.watch == home.home.watch
    assert again.devices["band"].worn == home.home.devices["band"].worn


def test_a_snapshot_from_before_it_existed_is_read() -> None:
    """Nothing is waited for then."""
    living = Living()
    living.enrol("tag", Role.TAG, person="resident")
    raw = msgspec.msgpack.decode(encode(living.home))
    assert "watch" not in raw
    raw.pop("resumed_ms", None)
    home = decode(msgspec.msgpack.encode(raw))
    assert home.watch == Living().home.watch
    assert home.devices["tag"].worn is None


@pytest.mark.parametrize("part", PARTS)
def test_what_waits_for_a_device_goes_with_it(home: Living, part: str) -> None:
    """Nothing is raised about a device that is no longer there."""
    (device,) = getattr(home.home.watch, part)
    home.tell(Removed(device=device))
    assert getattr(home.home.watch, part) == {}
    home.wait(5 * HOUR)


def test_a_gap_moves_what_is_awaited_and_what_is_seen(home: Living) -> None:
    """A meal gets cold while nobody listens; stillness is not counted then."""
    before, now_ms = home.home.watch, home.ms
    home.reboot(10 * MINUTE, up_ms=MINUTE)
    after = home.home.watch
    listen_ms = home.ms - now_ms
    world_ms = listen_ms - 11 * MINUTE
    assert after.stoves["stove"].near_ms == before.stoves["stove"].near_ms + listen_ms
    assert after.falls["band"].still_by_ms == before.falls["band"].still_by_ms + listen_ms
    assert after.doors["robot"].due_ms == before.doors["robot"].due_ms + world_ms
    for wait in (before.meals["meals"].wait, after.meals["meals"].wait):
        assert wait is not None
    assert home.home.resumed_ms == home.ms
    assert "night_door" in home.codes()


def test_nothing_in_the_future_is_no_reason_to_wake(home: Living) -> None:
    """Every time at which something is to be done lies ahead, however late it is told."""
    for _ in range(50):
        assert all(time > home.home.at_ms for time in next_times(home.home))
        home.wait(7 * MINUTE)
    assert pass_watch(home.home) is home.home


def test_only_what_was_heard_in_time_is_an_eye() -> None:
    """A sensor never heard is none, nor one that came back only by another one's word."""
    home = Living()
    home.enrol("motion", Role.MOTION, silent_after_s=600)
    home.enrol("climate", Role.CLIMATE, silent_after_s=600)
    assert not has_eyes(home.home)
    home.observe("motion", "battery", 90)
    home.observe("climate", "battery", 90)
    home.wait(10 * MINUTE - 1)
    assert has_eyes(home.home)
    home.wait(MINUTE)
    home.observe("climate", "battery", 90)
    assert not home.home.devices["motion"].silent
    assert not has_eyes(home.home)
