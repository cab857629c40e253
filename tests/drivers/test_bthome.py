from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from edge.domain import Device, Instant, Quality
from edge.drivers.advert import bthome
from edge.drivers.advert.bthome_memory import REPEAT_MS
from edge.drivers.advert.bthome_objects import OBJECTS
from edge.drivers.base import Decoded
from edge.errors import DecodeError
from edge.kinds import KINDS
from tests.drivers.tools import KEY, device, frame, sealed
from tests.support.clock import instant

PLAIN = device("bthome")
PRESS = bytes.fromhex("000901643A01")


def heard(
    payload: bytes, state: bytes = b"", at: Instant | None = None, one: Device = PLAIN
) -> Decoded:
    return bthome.decode(one, state, frame("bthome", payload), at or instant())


def told(decoded: Decoded) -> list[tuple[str, object, str]]:
    return [(one.kind, one.value, one.quality.value) for one in decoded.observations]


def refusal(payload: bytes, one: Device = PLAIN) -> tuple[str, int | None]:
    with pytest.raises(DecodeError) as refused:
        heard(payload, one=one)
    return refused.value.reason, refused.value.byte


def test_five_copies_of_one_press_are_one_event() -> None:
    """A sender repeats a packet because some are lost; its packet id tells the copies."""
    state, events = b"", 0
    for copy in range(5):
        decoded = heard(b"\x44" + PRESS, state, instant(copy * 100))
        assert decoded.duplicate == (copy > 0)
        events += sum(one.kind == "button" for one in decoded.observations)
        state = decoded.state if decoded.state is not None else state
    assert events == 1


def test_the_next_packet_id_is_the_next_press() -> None:
    """Two presses in quick succession are two events."""
    first = heard(b"\x44\x00\x09\x3a\x01")
    assert first.state is not None
    second = heard(b"\x44\x00\x0a\x3a\x01", first.state, instant(300))
    assert told(second) == [("button", "press", "ok")]


def test_a_packet_id_that_never_changes_loses_no_later_press() -> None:
    """A sender without memory uses one id for every press: later, the same bytes are news."""
    first = heard(b"\x44\x00\x00\x3a\x01")
    assert first.state is not None
    assert heard(b"\x44\x00\x00\x3a\x01", first.state, instant(REPEAT_MS - 1)).duplicate
    again = heard(b"\x44\x00\x00\x3a\x01", first.state, instant(REPEAT_MS))
    assert told(again) == [("button", "press", "ok")]


def test_repeats_cannot_hold_off_news_for_ever() -> None:
    """The window runs from the packet that counted, not from its copies."""
    state = heard(b"\x40\x00\x00\x29\x01").state
    assert state is not None
    news = 0
    for second in range(1, 21):
        decoded = heard(b"\x40\x00\x00\x29\x01", state, instant(second * 1000))
        news += not decoded.duplicate
        state = decoded.state or state
    assert news == 4


def test_the_same_packet_id_with_other_objects_is_news() -> None:
    """An alarm that begins must not hide behind the number of the packet before."""
    quiet = heard(b"\x40\x00\x05\x29\x00")
    assert quiet.state is not None
    assert told(heard(b"\x40\x00\x05\x29\x01", quiet.state, instant(100))) == [
        ("smoke", True, "ok")
    ]


def test_a_packet_from_before_a_restart_is_no_repeat() -> None:
    """Boottimes of two boots cannot be compared."""
    first = heard(b"\x44\x00\x09\x3a\x01")
    assert first.state is not None
    later = replace(instant(100), boot="another boot")
    assert told(heard(b"\x44\x00\x09\x3a\x01", first.state, later)) == [("button", "press", "ok")]


def test_a_press_without_packet_id_is_told_from_its_copies() -> None:
    """An event without a number: the same bytes at once are copies, later they are news."""
    first = heard(b"\x44\x3a\x01")
    assert first.state is not None
    assert heard(b"\x44\x3a\x01", first.state, instant(200)).duplicate
    assert not heard(b"\x44\x3a\x01", first.state, instant(REPEAT_MS)).duplicate
    assert not heard(b"\x44\x3a\x02", first.state, instant(200)).duplicate


def test_readings_without_packet_id_are_all_kept() -> None:
    """Two equal readings are two readings; there is nothing to remember of them."""
    for _ in range(2):
        decoded = heard(bytes.fromhex("4002C40903BF13"))
        assert len(decoded.observations) == 2
        assert decoded.state is None


def test_what_stands_before_an_unknown_object_is_kept() -> None:
    """Ids ascend so that an older receiver still reads the ids that it knows."""
    assert told(heard(bytes.fromhex("4002C409EF010203"))) == [("temperature", 25.0, "ok")]


def test_an_unknown_object_alone_is_refused() -> None:
    """A frame of which nothing can be read is counted as refused."""
    assert refusal(bytes.fromhex("40EF010203")) == ("unknown_object", 1)
    assert refusal(bytes.fromhex("400009EF0102")) == ("unknown_object", 3)


def test_every_unknown_id_stops_the_parse() -> None:
    """No id that the table lacks is guessed at."""
    unknown = [number for number in range(256) if OBJECTS[number] is None]
    assert len(unknown) > 100
    for number in unknown:
        assert told(heard(bytes([0x40, 0x01, 97, number, 1, 1, 1, 1]))) == [("battery", 97, "ok")]


def test_objects_out_of_order_are_still_read() -> None:
    """The order is for unknown ids; known ones are read where they stand."""
    assert told(heard(bytes.fromhex("4003BF1302C4090007"))) == [
        ("humidity", 50.55, "ok"),
        ("temperature", 25.0, "ok"),
    ]


@pytest.mark.parametrize(
    "payload, reason, byte",
    [
        ("", "length", 0),
        ("40", "length", 1),
        ("4002C4", "length", 3),
        ("4001640263", "length", 5),
        ("4053", "length", 2),
        ("40530548", "length", 4),
        ("403B01", "length", 3),
        ("4000", "length", 2),
        ("2002C409", "version", 0),
        ("E1020004", "version", 0),
        ("42A5808FE6485402C409", "reserved", 0),
        ("41", "length", 1),
        ("41A47266C95F73001122", "no_key", 0),
    ],
)
def test_refusals_name_the_byte(payload: str, reason: str, byte: int) -> None:
    """A frame cut short, of another version or locked is refused with its byte."""
    assert refusal(bytes.fromhex(payload)) == (reason, byte)


@pytest.mark.parametrize(
    "payload, row",
    [
        ("400165", ("battery", None, "out_of_range")),
        ("4053028080", ("text", None, "out_of_range")),
        ("403C0705", ("dimmer", None, "reserved")),
        ("402902", ("smoke", True, "ok")),
        ("402802", ("safety", False, "ok")),
        ("403A42", ("button", "other", "ok")),
    ],
)
def test_values_that_the_format_does_not_know(payload: str, row: tuple[str, object, str]) -> None:
    """A reading that cannot be has no value; an alarm with an odd value is still an alarm."""
    assert told(heard(bytes.fromhex(payload))) == [row]


def test_an_alarm_before_a_cut_still_comes_through() -> None:
    """A frame that lost its end is refused, but not the smoke that it told of first."""
    assert told(heard(bytes.fromhex("4029012A"))) == [("smoke", True, "questionable")]
    assert refusal(bytes.fromhex("4029002A")) == ("length", 4)


def test_a_frame_of_a_device_without_key_leaves_no_counter() -> None:
    """A plain packet and a counter cannot be taken for each other."""
    plain = heard(b"\x40\x00\x09\x29\x01")
    assert plain.state is not None
    keyed = device("bthome", key=KEY)
    assert told(heard(sealed(b"\x29\x01", 1), plain.state, one=keyed)) == [("smoke", True, "ok")]


def test_every_object_makes_a_kind_with_its_unit() -> None:
    """The table of objects and the table of kinds agree."""
    for number, row in enumerate(OBJECTS):
        if row is not None and number:
            assert (row.unit, row.code) == (KINDS[row.kind].unit, KINDS[row.kind].code)
    assert sum(row is not None for row in OBJECTS) == 95


def test_doubtful_qualities_flag_values_that_are_there() -> None:
    """Flags of doubt stand beside a value, never instead of one."""
    keyed = device("bthome", key=KEY)
    for payload in (b"\x40\x3a\x42", b"\x40\x3a\x01\x29\x01\x1c\x01"):
        for seen in heard(payload, one=keyed).observations:
            assert seen.value is not None
            assert seen.quality is Quality.UNAUTHENTICATED


def test_no_reading_has_more_decimals_than_its_resolution() -> None:
    """Every raw number is told as the decimal that the sender means."""
    for raw in range(-0x8000, 0x8000, 13):
        (seen,) = heard(b"\x40\x02" + raw.to_bytes(2, "little", signed=True)).observations
        assert Decimal(str(seen.value)) == Decimal(raw) / 100
