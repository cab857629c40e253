"""The contact driver: meaning by role, pulses, restarts, wires; and that state is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.alerts.findings import doubts_of
from edge.domain import Device, Quality, Role
from edge.drivers.base import ContactFrame
from edge.drivers.inputs import contact
from edge.errors import DecodeError
from edge.home.hearing import is_press
from edge.home.silence import SILENT_AFTER_MS
from tests.support.clock import instant

if TYPE_CHECKING:
    from edge.domain import Observation

CLOSED = ContactFrame(active=True)
OPEN = ContactFrame(active=False)
PULSE = ContactFrame(active=False, pulsed=True)

frames = st.builds(
    ContactFrame,
    active=st.booleans(),
    pulsed=st.booleans(),
    first=st.booleans(),
    doubtful=st.booleans(),
    wire_fault=st.booleans(),
)


def told(role: Role, *said: ContactFrame, state: bytes = b"") -> list[tuple[str, object]]:
    """Kind and value of everything that these frames tell, one after the other."""
    return [(one.kind, one.value) for one in heard(role, *said, state=state)]


def heard(role: Role, *said: ContactFrame, state: bytes = b"") -> list[Observation]:
    device = Device(id="dev", driver="contact", role=role, address="A")
    seen: list[Observation] = []
    for frame in said:
        decoded = contact.decode(device, state, frame, instant())
        seen += decoded.observations
        state = state if decoded.state is None else decoded.state
    return seen


@pytest.mark.parametrize(
    "role, kind",
    [
        (Role.SMOKE_ALARM, "smoke"),
        (Role.CO_ALARM, "carbon_monoxide"),
        (Role.HEAT_ALARM, "heat"),
        (Role.GAS_ALARM, "gas"),
        (Role.WATER_ALARM, "moisture"),
        (Role.STOVE_GUARD, "stove_cut"),
        (Role.DOOR, "door"),
        (Role.TAG, "contact"),
    ],
)
def test_the_role_says_what_a_closing_means(role: Role, kind: str) -> None:
    """A closing tells True and an opening tells False, of the kind of the role."""
    assert told(role, CLOSED, OPEN) == [(kind, True), (kind, False)]


def test_a_second_long_pulse_that_was_over_tells_both() -> None:
    """Innohome SGK500 closes for 1 s when it cuts the cooker; one late word tells it all."""
    assert told(Role.STOVE_GUARD, OPEN, PULSE) == [
        ("stove_cut", False),
        ("stove_cut", True),
        ("stove_cut", False),
    ]


def test_each_pull_of_a_cord_is_one_press() -> None:
    """A cord that is held, reported hourly and found held after a restart calls once."""
    first = ContactFrame(active=True, first=True)
    seen = heard(Role.HELP_BUTTON, CLOSED, CLOSED, first, OPEN, PULSE)
    assert [one.kind for one in seen if is_press(one)] == ["button", "button"]
    assert [one.value for one in seen if one.kind == "contact"] == [True, True, False, False]


def test_a_level_that_is_still_there_after_a_restart_is_told_once_more() -> None:
    """The rule sees a repeat; what is over is told as over; what is new is told as new."""
    after = ContactFrame(active=True, first=True)
    assert told(Role.SMOKE_ALARM, CLOSED, after) == [("smoke", True), ("smoke", True)]
    over = ContactFrame(active=False, first=True)
    assert told(Role.SMOKE_ALARM, CLOSED, over) == [("smoke", True), ("smoke", False)]
    assert told(Role.HELP_BUTTON, OPEN, after)[-1] == ("button", "press")


def test_a_pulse_on_top_of_a_level_is_not_swallowed() -> None:
    """Closed, opened and closed again between two words: both closings of a cord are calls."""
    twice = ContactFrame(active=True, pulsed=True)
    assert told(Role.HELP_BUTTON, OPEN, twice)[1:] == [("button", "press"), ("button", "press")]
    assert told(Role.HELP_BUTTON, CLOSED, twice) == [("button", "press"), ("button", "press")]


def test_a_broken_wire_is_a_fault_of_the_installation_until_it_is_mended() -> None:
    """`wire_fault` comes with the level, which is no alarm, and is taken back once."""
    broken = ContactFrame(active=False, wire_fault=True)
    assert told(Role.SMOKE_ALARM, OPEN, broken, broken, OPEN, OPEN) == [
        ("smoke", False),
        ("smoke", False),
        ("wire_fault", True),
        ("smoke", False),
        ("wire_fault", True),
        ("smoke", False),
        ("wire_fault", False),
        ("smoke", False),
    ]


def test_the_first_word_after_a_restart_takes_no_wire_fault_back() -> None:
    """It comes before the wires could be judged; the next word, or the hourly one, does."""
    broken = ContactFrame(active=False, wire_fault=True)
    first = ContactFrame(active=False, first=True)
    said = told(Role.SMOKE_ALARM, broken, first, broken, first, OPEN)
    assert [value for kind, value in said if kind == "wire_fault"] == [True, True, False]


def test_what_may_be_a_broken_wire_is_an_alarm_with_a_flag() -> None:
    """Doubt adds a flag to the alert and takes nothing away; a door is no alarm."""
    doubtful = ContactFrame(active=True, doubtful=True)
    (seen,) = heard(Role.SMOKE_ALARM, doubtful)
    assert (seen.value, seen.quality) == (True, Quality.QUESTIONABLE)
    assert doubts_of(seen) == ("questionable",)
    assert heard(Role.DOOR, doubtful)[0].quality is Quality.OK


def test_an_ok_button_that_is_found_pressed_is_doubted() -> None:
    """Two wires that touch look like it; only a press that begins while we look is one."""
    first = ContactFrame(active=True, first=True)
    (found,) = heard(Role.OK_BUTTON, first)
    assert (found.value, found.quality) == ("press", Quality.QUESTIONABLE)
    assert [one.quality for one in heard(Role.OK_BUTTON, OPEN, CLOSED)] == [Quality.OK] * 2


@given(st.lists(frames, max_size=12), st.binary(max_size=3))
def test_no_word_of_a_line_is_lost_whatever_the_state(
    said: list[ContactFrame], state: bytes
) -> None:
    """Every frame tells something, the state is one byte, and an active end is told as one."""
    device = Device(id="dev", driver="contact", role=Role.SMOKE_ALARM, address="A")
    for frame in said:
        decoded = contact.decode(device, state, frame, instant())
        state = state if decoded.state is None else decoded.state
        values = [one.value for one in decoded.observations if one.kind == "smoke"]
        assert values
        assert len(state) == 1
        if frame.active or frame.pulsed:
            assert True in values
        if not frame.active:
            assert values[-1] is False


def test_the_deadline_is_two_reports_and_within_that_of_every_role() -> None:
    """An hourly word keeps no role of the driver past its own deadline."""
    assert contact.DRIVER.silent_after_s > 2 * contact.REPORT_EVERY_S
    for role in contact.DRIVER.roles:
        assert SILENT_AFTER_MS[role] >= 2 * contact.REPORT_EVERY_S * 1000


@pytest.mark.parametrize("payload", [b"", b"\x00\x00", b"\x20", b"\xff"])
def test_a_word_typed_wrong_is_refused(payload: bytes) -> None:
    """One byte with five bits; anything else names its byte."""
    with pytest.raises(DecodeError) as refused:
        contact.from_payload(payload, "")
    assert refused.value.byte is not None
