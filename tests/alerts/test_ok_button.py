"""The OK button on the wall: "I am fine" ends the waiting for a walk, and nothing else."""

from __future__ import annotations

import pytest

from edge.domain import PersonKind, Priority, Quality, Role, Secret, Visit, VisitKind
from edge.events import ConfigLoaded, Doubted
from tests.support.living import MINUTE, SECOND, Living

WAIT = 10 * MINUTE
KEY = Secret(bytes(range(16)))


@pytest.fixture
def home() -> Living:
    """One resident with a band and a button, sensors in three rooms, an OK button on a wall."""
    living = Living(settings=ConfigLoaded(fall_still_s=5 * 60, fall_walk_s=10 * 60))
    living.person("anna")
    living.enrol("band", Role.FALL_DETECTOR, person="anna")
    living.enrol("button", Role.HELP_BUTTON, person="anna")
    living.enrol("fine", Role.OK_BUTTON, key=KEY)
    for room in ("lounge", "hallway", "kitchen"):
        living.enrol(room, Role.MOTION, room=room)
        living.observe(room, "motion", value=False)
    return living


def fall(home: Living) -> None:
    home.observe("band", "fall", value=True)


def say_fine(home: Living, quality: Quality = Quality.OK) -> None:
    home.wait(2 * MINUTE)
    home.observe("fine", "button", "press", quality)


def test_who_presses_it_is_on_todays_list(home: Living) -> None:
    """They may have fallen all the same, and got up."""
    fall(home)
    say_fine(home)
    alert = home.open("possible_fall")
    assert (alert.priority, alert.person) == (Priority.NORMAL, "anna")
    assert {"ok_pressed", "activity_seen"} <= set(alert.flags)
    assert {seen.kind for seen in alert.evidence} == {"fall", "button"}
    home.wait(2 * WAIT)
    assert home.open("possible_fall").priority is Priority.NORMAL


def test_who_sat_still_before_and_after_it_is_not_called(home: Living) -> None:
    fall(home)
    say_fine(home)
    home.beacon("lounge", "motion", value=False, every=MINUTE, until=WAIT)
    assert home.open("possible_fall").priority is Priority.NORMAL


def test_a_button_on_a_wire_is_as_good_as_a_key(home: Living) -> None:
    home.enrol("fine", Role.OK_BUTTON, wired=True)
    fall(home)
    say_fine(home)
    assert home.open("possible_fall").priority is Priority.NORMAL


@pytest.mark.parametrize(
    "why", ["no key", "forged", "replayed", "wire", "moved", "visit", "another"]
)
def test_what_may_be_somebody_elses_word_lowers_nothing(home: Living, why: str) -> None:
    quality = Quality.OK
    if why == "no key":
        home.enrol("fine", Role.OK_BUTTON, key=None)
    fall(home)
    if why == "forged":
        quality = Quality.UNAUTHENTICATED
    elif why == "replayed":
        quality = Quality.POSSIBLE_REPLAY
    elif why == "wire":  # one that broke looks like a contact that opened
        home.enrol("fine", Role.OK_BUTTON, wired=True)
        quality = Quality.QUESTIONABLE
    elif why == "moved":  # off the wall, within reach from the floor
        home.tell(Doubted(device="fine", reason="moved"))
    elif why == "visit":
        now = home.now.wall_ms
        told = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=now + WAIT)
        home.tell(told)
    elif why == "another":
        home.person("bert")
    say_fine(home, quality)
    home.wait(WAIT)
    assert home.open("possible_fall").priority is not Priority.NORMAL


def test_a_call_that_is_out_stays_out_and_says_that_it_was_pressed(home: Living) -> None:
    """Somebody is on the way; they read it, and they close."""
    fall(home)
    home.wait(20 * SECOND)
    home.observe("button", "button", "press")
    say_fine(home)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.CRITICAL
    assert "ok_pressed" in alert.flags
    assert home.open("help_button").priority is Priority.CRITICAL


def test_a_cry_for_help_after_it_is_heard(home: Living) -> None:
    fall(home)
    say_fine(home)
    home.wait(MINUTE)
    home.observe("button", "button", "press")
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_a_second_flag_after_it_is_called_at_once(home: Living) -> None:
    fall(home)
    say_fine(home)
    fall(home)
    assert home.open("possible_fall").priority is Priority.HIGH


def test_a_press_before_the_flag_says_nothing_of_it(home: Living) -> None:
    home.observe("fine", "button", "press")
    fall(home)
    home.wait(2 * WAIT)
    assert home.open("possible_fall").priority is not Priority.NORMAL


def test_where_a_pet_lives_the_call_goes_out_at_once_and_the_press_is_noted(home: Living) -> None:
    home.person("cat", PersonKind.PET)
    fall(home)
    assert home.open("possible_fall").priority is Priority.HIGH
    say_fine(home)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.HIGH
    assert "ok_pressed" in alert.flags


def test_it_calls_nobody(home: Living) -> None:
    home.observe("fine", "button", "press")
    home.observe("fine", "button", "press", Quality.UNAUTHENTICATED)
    home.wait(MINUTE)
    assert home.codes() == []


def test_a_restart_keeps_the_waiting_and_the_button(home: Living) -> None:
    fall(home)
    home.restart(off_ms=SECOND)
    say_fine(home)
    assert home.open("possible_fall").priority is Priority.NORMAL
