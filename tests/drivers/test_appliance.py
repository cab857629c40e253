from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Device, Instant, Sync
from edge.drivers.base import Decoded, SerialFrame
from edge.drivers.serial import appliance
from edge.drivers.serial.appliance_memory import BOOTS_KEPT, STRETCHES_KEPT, Boot
from edge.errors import DecodeError
from tests.drivers.tools import SERIAL, device, line
from tests.support.clock import instant

ROBOT = device("appliance", address=SERIAL)
CONTRACT = re.compile(rb"(ACK \d+,\d+|REPLAY \d+,\d+)\r\n")


class Line:
    """The driver with the state that a store keeps, and what it wrote."""

    def __init__(self, one: Device = ROBOT, state: bytes = b"") -> None:
        self.device = one
        self.state = state

    def hear(self, body: str, at: Instant | None = None) -> Decoded:
        frame = SerialFrame(data=line(body))
        decoded = appliance.decode(self.device, self.state, frame, at or instant())
        for reply in decoded.replies:
            assert CONTRACT.fullmatch(reply)
        if decoded.state is not None:
            self.state = decoded.state
        return decoded

    def event(
        self, boot: int, seq: int, name: str = "DOSE_TAKEN", at: Instant | None = None
    ) -> Decoded:
        return self.hear(f"{SERIAL},EV,{boot},{seq},60000,event={name},id=1", at)


def told(decoded: Decoded) -> list[tuple[str, object, str]]:
    return [(one.kind, one.value, one.quality.value) for one in decoded.observations]


def test_an_event_is_told_once_and_acknowledged_every_time() -> None:
    """A repeat was acknowledged in vain: it is acknowledged again, and not told again."""
    robot = Line()
    first = robot.event(7, 42)
    assert told(first) == [("dose", "taken", "ok")]
    assert first.replies[0] == b"ACK 7,42\r\n"
    again = robot.event(7, 42)
    assert again.duplicate
    assert not again.observations
    assert again.replies == (b"ACK 7,42\r\n",)
    assert again.state is None


def test_events_in_any_order_are_each_told_once() -> None:
    """What comes late from a replay is news when it was not heard."""
    robot = Line()
    heard = [robot.event(7, seq) for seq in (1, 2, 5, 4, 2, 900, 3, 5, 3)]
    assert [not one.duplicate for one in heard] == [
        True, True, True, True, False, True, True, False, False,
    ]  # fmt: skip
    assert appliance.on_open(robot.state, instant())[1] == b"REPLAY 7,6\r\n"


def test_an_event_far_behind_the_newest_is_not_lost() -> None:
    """Heartbeats count too: an unheard event may be thousands of frames old."""
    robot = Line()
    robot.event(7, 100_000)
    assert told(robot.event(7, 12)) == [("dose", "taken", "ok")]


def test_an_event_of_the_boot_before_is_not_lost() -> None:
    """The power failed before it was acknowledged; it comes with its own boot and number."""
    robot = Line()
    robot.event(7, 1)
    robot.hear(f"{SERIAL},HI,8,1,100,proto=1")
    late = robot.event(7, 2)
    assert told(late) == [("dose", "taken", "ok")]
    assert late.replies == (b"ACK 7,2\r\n",)
    assert robot.event(7, 2).duplicate
    assert appliance.on_open(robot.state, instant())[1] == b"REPLAY 7,3\r\n"


def test_the_same_number_in_another_boot_is_another_event() -> None:
    """Numbers start anew with every boot."""
    robot = Line()
    assert robot.event(7, 1).observations
    assert robot.event(8, 1).observations


def test_a_boot_heard_for_the_first_time_is_asked_for_its_events() -> None:
    """What it said before the gateway listened is asked for once."""
    robot = Line()
    hello = robot.hear(f"{SERIAL},HI,7,9,100,proto=1,model=Robo,fw=2.1,code=528456")
    assert told(hello) == [("hello", "Robo 2.1", "ok")]
    assert hello.replies == (b"REPLAY 7,0\r\n",)
    again = robot.hear(f"{SERIAL},HI,7,9,100,proto=1")
    assert again.duplicate
    assert again.replies == ()
    assert len(robot.event(7, 10).replies) == 1


def test_hello_and_heartbeat_never_stand_for_an_event() -> None:
    """An appliance that gives HI or HB the number of an event must not lose that event."""
    robot = Line()
    for frame in (f"{SERIAL},HI,7,5,100,proto=1", f"{SERIAL},HB,7,5,200,battery=90"):
        assert not any(reply.startswith(b"ACK") for reply in robot.hear(frame).replies)
    assert told(robot.event(7, 5)) == [("dose", "taken", "ok")]


def test_a_lost_event_is_asked_for_as_soon_as_a_number_shows_it() -> None:
    """A line that garbles an event must not lose it until the line is opened again."""
    robot = Line()
    robot.event(7, 1)
    beat = f"{SERIAL},HB,7,2,90000,battery=90"
    assert robot.hear(beat).replies == (b"REPLAY 7,2\r\n",)
    assert robot.hear(beat).replies == ()  # once: an event that the appliance has not is gone
    assert robot.event(7, 4).replies == (b"ACK 7,4\r\n", b"REPLAY 7,2\r\n")
    assert robot.event(7, 2).replies == (b"ACK 7,2\r\n",)
    assert robot.event(7, 3).replies == (b"ACK 7,3\r\n",)
    assert robot.event(7, 5).replies == (b"ACK 7,5\r\n",)
    assert robot.hear(f"{SERIAL},HB,7,5,90000,battery=90").replies == ()


def test_a_heartbeat_is_told_and_not_acknowledged() -> None:
    """The next one says it all again."""
    robot = Line()
    beat = robot.hear(f"{SERIAL},HB,7,0,100,battery=87,mains=1,faults=0x0A,stock=13")
    assert told(beat) == [
        ("heartbeat", True, "ok"),
        ("battery", 87, "ok"),
        ("mains", True, "ok"),
        ("faults", 10, "ok"),
        ("stock", 13, "ok"),
    ]
    assert beat.replies == (b"REPLAY 7,0\r\n",)
    again = robot.hear(f"{SERIAL},HB,7,0,30100,battery=87", instant(30_000))
    assert (again.replies, again.state) == ((), None)


def test_a_boot_heard_under_a_bad_clock_is_asked_once() -> None:
    """That a boot is known is remembered, whatever else there is to remember."""
    robot = Line()
    at = instant(sync=Sync.NONE)
    assert robot.hear(f"{SERIAL},HB,7,0,100,battery=87", at).replies == (b"REPLAY 7,0\r\n",)
    assert robot.hear(f"{SERIAL},HB,7,0,30100,battery=87", at).replies == ()


@pytest.mark.parametrize(
    "field, row",
    [
        ("battery=", ("battery", None, "not_available")),
        ("battery=101", ("battery", None, "out_of_range")),
        ("battery=full", ("battery", None, "out_of_range")),
        ("battery=-1", ("battery", None, "out_of_range")),
        ("battery=1_0", ("battery", None, "out_of_range")),
        ("mains=0", ("mains", False, "ok")),
        ("mains=2", ("mains", None, "out_of_range")),
        ("faults=4294967296", ("faults", None, "out_of_range")),
        ("stock=0", ("stock", 0, "ok")),
    ],
)
def test_a_heartbeat_with_an_odd_value_is_still_a_heartbeat(
    field: str, row: tuple[str, object, str]
) -> None:
    """One broken value must not make a living appliance look silent."""
    assert told(Line().hear(f"{SERIAL},HB,7,1,100,{field}"))[1] == row


@pytest.mark.parametrize(
    "body, reason, byte",
    [
        ("MR-1043,EV,7,42,1,event=JAM", "other_serial", 1),
        (f"{SERIAL},XX,7,42,1", "unknown_type", 9),
        (f"{SERIAL},EV,7,42,1", "field", 19),
        (f"{SERIAL},EV,7,42,1,id=3", "field", 19),
        (f"{SERIAL},EV,7,42", "field", 16),
        (f"{SERIAL},EV,seven,42,1,event=JAM", "field", 12),
        (f"{SERIAL},EV,7,-42,1,event=JAM", "field", 14),
        (f"{SERIAL},EV,4294967296,42,1,event=JAM", "field", 12),
        (f"{SERIAL},EV,7,42,9999999999999,event=JAM", "field", 17),
        (f"{SERIAL},EV,7,42,1,event=JAM,event=DOOR", "field", 29),
        (f"{SERIAL},EV,7,42,1,JAM", "field", 19),
        (f"{SERIAL},ev,7,42,1,event=JAM", "field", 9),
        (",EV,7,42,1,event=JAM", "field", 1),
        (f"{SERIAL},EV,7,42,1,event=J\u00c4M", "text", 26),
        (f"{SERIAL},EV,7,42,1,event=J*M", "text", 26),
        (f"{SERIAL},HI,7,1,1,proto=2", "version", 18),
        ("", "field", 1),
    ],
)
def test_refusals_name_the_byte(body: str, reason: str, byte: int) -> None:
    """A frame that is whole but wrong is refused with the byte of the field; no reply."""
    with pytest.raises(DecodeError) as refused:
        Line().hear(body)
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "frame"),
        (b"$", "frame"),
        (b"MR-1042,EV,7,42,1*0000", "frame"),
        (b"$MR-1042,EV,7,42,1", "frame"),
        (b"$MR-1042,EV,7,42,1*00G0", "frame"),
        (b"$MR-1042,EV,7,42,1*0000", "crc"),
        (b"$" + b"x" * 300, "length"),
    ],
)
def test_a_frame_that_is_not_whole_is_refused(data: bytes, reason: str) -> None:
    """Without its ends, with a wrong CRC or too long, it is no frame."""
    with pytest.raises(DecodeError) as refused:
        appliance.decode(ROBOT, b"", SerialFrame(data=data), instant())
    assert refused.value.reason == reason


@given(st.integers(0, 8 * 50 - 1))
def test_no_changed_bit_is_accepted(flip: int) -> None:
    """A flipped bit anywhere in a frame is found; only a letter's case in the CRC may change."""
    whole = bytearray(line(f"{SERIAL},EV,7,42,123456,event=DOSE_TAKEN,id=3"))
    flip %= 8 * len(whole)
    before = bytes(whole)
    whole[flip // 8] ^= 1 << flip % 8
    if bytes(whole).upper() == before.upper() and flip // 8 > len(whole) - 5:
        return
    with pytest.raises(DecodeError):
        appliance.decode(ROBOT, b"", SerialFrame(data=bytes(whole)), instant())


def test_another_appliance_under_the_same_name_starts_afresh() -> None:
    """A replaced robot's numbers have nothing to do with those of the old one."""
    old = Line()
    old.event(7, 1)
    new = Line(device("appliance", address="MR-2000"), old.state)
    assert told(new.hear("MR-2000,EV,7,1,1,event=JAM")) == [("jam", True, "ok")]


def test_a_device_without_a_serial_number_takes_any() -> None:
    """Where no number is enrolled there is nothing to hold the frame against."""
    assert Line(device("appliance", address="")).event(7, 1).observations


def test_a_late_event_tells_when_it_was() -> None:
    """From a heartbeat's uptime the boot's start is known, and with it every event's time."""
    robot = Line()
    assert robot.event(7, 1).observations[0].device_time == "PT60.000S"
    robot.hear(f"{SERIAL},HB,7,2,3600000,battery=90")
    late = robot.event(7, 3, at=instant(8 * 3_600_000))
    assert late.observations[0].device_time == "2026-03-02T11:01:00.000Z"


def test_a_bad_clock_dates_nothing() -> None:
    """Without a synchronised clock the boot's start stays unknown."""
    robot = Line()
    at = instant(sync=Sync.NONE)
    robot.hear(f"{SERIAL},HB,7,2,3600000,battery=90", at)
    assert robot.event(7, 3, at=at).observations[0].device_time == "PT60.000S"


def test_what_is_written_when_the_line_opens() -> None:
    """The time when it is good, and what is wanted when the appliance is known."""
    sync = b"SYNC 2026-03-02T12:00:00.000Z\r\n"
    assert appliance.on_open(b"", instant()) == (sync,)
    assert appliance.on_open(b"", instant(sync=Sync.NONE)) == ()
    robot = Line()
    robot.event(7, 1)
    assert appliance.on_open(robot.state, instant()) == (sync, b"REPLAY 7,2\r\n")
    assert appliance.on_open(b"nonsense", instant()) == (sync,)
    assert appliance.on_clock(instant()) == (sync,)
    assert appliance.on_clock(instant(sync=Sync.NONE)) == ()


def test_the_memory_is_bounded() -> None:
    """Boots and lone events are forgotten, oldest first; an event forgotten is told again."""
    robot = Line()
    for boot in range(BOOTS_KEPT + 1):
        robot.event(boot, 1)
    assert not robot.event(0, 1).duplicate
    assert robot.event(BOOTS_KEPT, 1).duplicate
    for seq in range(0, 2 * (STRETCHES_KEPT + 10), 2):
        robot.event(BOOTS_KEPT, seq)
    assert len(robot.state) < 8 * STRETCHES_KEPT
    assert not robot.event(BOOTS_KEPT, 0).duplicate
    assert robot.event(BOOTS_KEPT, 2 * STRETCHES_KEPT).duplicate


@given(st.lists(st.integers(0, 40), max_size=80))
def test_a_boot_takes_every_number_once(numbers: list[int]) -> None:
    """Whatever the order, a number is new exactly the first time, and stretches stay apart."""
    boot = Boot(1)
    seen: set[int] = set()
    for number in numbers:
        assert boot.take(number) == (number not in seen)
        seen.add(number)
        stretches = list(zip(boot.firsts, boot.lasts, strict=True))
        assert {n for first, last in stretches for n in range(first, last + 1)} == seen
        assert all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(stretches))
    missing = next(n for n in range(100) if n not in seen)
    if not seen or min(seen) > 1:
        assert boot.wanted == 0
    else:
        assert boot.wanted == (missing or next(n for n in range(1, 100) if n not in seen))
