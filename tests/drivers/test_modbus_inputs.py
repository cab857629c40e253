"""The module driver: changes, reports, numbers, and the frames that a person types in."""

from __future__ import annotations

import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Device, Quality, Role
from edge.drivers.base import Decoded, RegisterFrame, RegisterMeaning
from edge.drivers.inputs import modbus_inputs
from edge.errors import DecodeError
from edge.kinds import SWITCHED_KINDS
from tests.support.clock import instant

DEVICE = Device(id="module-1", driver="modbus_inputs", role=Role.SMOKE_ALARM, address="M")
CELSIUS = RegisterMeaning(kind="temperature", scale=0.1, signed=True, absent=0x8000)


def poll(inputs: str, *, report: bool = False) -> RegisterFrame:
    """Inputs from 0 on, as "100"."""
    kinds = ("smoke", None, "button")
    active = tuple(one == "1" for one in inputs)
    return RegisterFrame(inputs=active, input_kinds=kinds, report=report)


def told(*frames: RegisterFrame, state: bytes = b"") -> list[tuple[str, object]]:
    seen: list[tuple[str, object]] = []
    for frame in frames:
        decoded = modbus_inputs.decode(DEVICE, state, frame, instant())
        seen += [(one.kind, one.value) for one in decoded.observations]
        state = state if decoded.state is None else decoded.state
    return seen


def measured(word: int, meaning: RegisterMeaning = CELSIUS) -> tuple[object, Quality]:
    frame = RegisterFrame(registers=(word,), meanings=(meaning,))
    (seen,) = modbus_inputs.decode(DEVICE, b"", frame, instant()).observations
    return seen.value, seen.quality


def test_only_what_changed_is_told_between_reports() -> None:
    """The first poll tells all that has a meaning, then a change tells itself."""
    off, smoke = poll("010"), poll("110")
    assert told(off, off, smoke, smoke, off) == [
        ("smoke", False),
        ("contact", False),
        ("smoke", True),
        ("smoke", False),
    ]


def test_a_report_tells_how_everything_stands() -> None:
    """A held button is not pressed again; an alarm that lasts is said again."""
    on = poll("101")
    assert told(on, poll("101", report=True)) == [
        ("smoke", True),
        ("button", "press"),
        ("smoke", True),
        ("contact", True),
    ]


def test_an_ok_button_is_believed_only_where_a_wire_that_broke_is_no_press() -> None:
    """Found pressed, or a contact that opens: nothing that could end a waiting."""
    fine = msgspec.structs.replace(DEVICE, role=Role.OK_BUTTON)

    def press(state: bytes, *, opens: bool) -> Quality:
        frame = RegisterFrame(inputs=(True,), input_kinds=("button",), opens=(opens,))
        (seen,) = modbus_inputs.decode(fine, state, frame, instant()).observations
        assert seen.value == "press"
        return seen.quality

    rested = b"\x00\x01"
    assert press(rested, opens=False) is Quality.OK
    assert press(rested, opens=True) is Quality.QUESTIONABLE
    assert press(b"", opens=False) is Quality.QUESTIONABLE


@pytest.mark.parametrize(
    "word, value",
    [(0, 0.0), (3, 0.3), (235, 23.5), (0xFFEC, -2.0), (0x7FFF, 3276.7)],
)
def test_a_register_is_told_in_its_decimals(word: int, value: float) -> None:
    """Two's complement, tenths without a rest of binary rounding."""
    assert measured(word) == (value, Quality.OK)


def test_no_sensor_is_no_number() -> None:
    """The word that a module shows for an open circuit has no value."""
    assert measured(0x8000) == (None, Quality.NOT_AVAILABLE)
    assert measured(0x8000, RegisterMeaning(kind="count")) == (32768.0, Quality.OK)


@given(
    inputs=st.lists(st.booleans(), max_size=10).map(tuple),
    registers=st.lists(st.integers(-5, 70_000), max_size=18).map(tuple),
    kinds=st.lists(st.none() | st.sampled_from([*SWITCHED_KINDS, "nothing"]), max_size=10),
    state=st.binary(max_size=3),
    report=st.booleans(),
)
def test_any_poll_is_read_or_refused(
    inputs: tuple[bool, ...],
    registers: tuple[int, ...],
    kinds: list[str | None],
    state: bytes,
    report: bool,
) -> None:
    """Whatever a transport hands over: observations or a DecodeError."""
    frame = RegisterFrame(
        inputs=inputs,
        registers=registers,
        input_kinds=tuple(kinds),
        meanings=(CELSIUS,) * len(registers),
        report=report,
    )
    reasons: list[str] = []
    decoded = Decoded()
    try:
        decoded = modbus_inputs.decode(DEVICE, state, frame, instant())
    except DecodeError as refused:
        reasons.append(refused.reason)
    assert set(reasons) <= {"length", "kind", "range"}
    meant = [kind for kind, _ in zip(kinds, inputs, strict=False) if kind is not None]
    assert len(decoded.observations) <= len(meant) + len(registers)
    assert decoded.state is None or len(decoded.state) == 2


def sealed(body: bytes) -> bytes:
    return body + struct.pack("<H", modbus_inputs.crc16_modbus(body))


@pytest.mark.parametrize(
    "payload, reason",
    [
        (b"", "length"),
        (bytes.fromhex("01020105618C"), "crc"),
        (sealed(bytes.fromhex("018202")), "exception"),
        (sealed(bytes.fromhex("010502FF00")), "not_ours"),
        (sealed(bytes.fromhex("01020205")), "length"),
        (sealed(bytes.fromhex("0102020500")), "length"),
        (sealed(bytes.fromhex("010403000000")), "length"),
        (sealed(bytes.fromhex("010422") + bytes(34)), "length"),
    ],
)
def test_an_answer_typed_in_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    """CRC, exception replies, other functions and lengths are told apart."""
    with pytest.raises(DecodeError) as refused:
        modbus_inputs.from_payload(payload, "")
    assert refused.value.reason == reason


def test_the_crc_is_the_published_one() -> None:
    """CRC-16/MODBUS of "123456789" is 0x4B37."""
    assert modbus_inputs.crc16_modbus(b"123456789") == 0x4B37
