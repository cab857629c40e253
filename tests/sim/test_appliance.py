"""The virtual appliance: what it remembers, what it forgets, what it says again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Device, Instant, Role
from edge.drivers.base import SerialFrame
from edge.drivers.serial.appliance import decode
from edge.sim.appliance import AGAIN_MAX, MEMORY_MAX, ROBOT, Appliance


def robot() -> Appliance:
    appliance = Appliance("KV-ROBOT-0001", ROBOT, 6, lambda: 1234)
    appliance.power_cycle()
    return appliance


def test_an_event_is_kept_until_it_is_acknowledged() -> None:
    """The ACK of boot and number frees it, and only it."""
    appliance = robot()
    first, second = appliance.event("due", 1), appliance.event("missed", 1)
    assert appliance.hear(b"ACK 7,1\r\n") == []
    assert appliance.again() == [second]
    assert appliance.hear(b"REPLAY 7,1\r\n") == [second]
    assert first != second


def test_a_hello_never_acknowledges_an_event_that_was_lost_on_the_way(at: Instant) -> None:
    """The event's frame is garbled, the hello after it arrives: the gateway asks for the event."""
    appliance = robot()
    device = Device(
        id="robot", driver="appliance", role=Role.MEDICATION_ROBOT, address=appliance.serial
    )
    lost = appliance.event("taken", 1)
    said = decode(device, b"", SerialFrame(data=appliance.hello()), at)
    assert appliance.hear(b"".join(said.replies)) == [lost]
    assert appliance.unacknowledged == 1
    heard = decode(device, said.state or b"", SerialFrame(data=lost), at)
    appliance.hear(b"".join(heard.replies))
    assert appliance.unacknowledged == 0


def test_a_replay_begins_where_it_is_asked_to() -> None:
    """Every kept event that is that one or later, oldest first, over a power cut too."""
    appliance = robot()
    old = [appliance.event("due", n) for n in range(1, 4)]
    appliance.power_cycle()
    new = [appliance.event("due", n) for n in range(1, 3)]
    assert appliance.hear(b"REPLAY 7,2\r\n") == [*old[1:], *new]
    assert appliance.hear(b"REPLAY 8,2\r\n") == new[1:]


def test_the_memory_is_bounded_and_forgets_its_oldest() -> None:
    """256 events without an ACK are kept; what had no room is counted."""
    appliance = robot()
    lines = [appliance.event("due", n) for n in range(MEMORY_MAX + 5)]
    assert appliance.unacknowledged == MEMORY_MAX
    assert appliance.forgotten == 5
    assert appliance.hear(b"REPLAY 7,1\r\n") == lines[5:]
    assert len(appliance.again()) == AGAIN_MAX


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_from_the_gateway_are_survived(chunks: list[bytes]) -> None:
    """Garbage on the line changes nothing and keeps nothing beyond one command."""
    appliance = robot()
    event = appliance.event("due", 1)
    for chunk in chunks:
        for line in appliance.hear(chunk):
            assert line == event
    appliance.hear(b"\n")
    assert appliance.hear(b"REPLAY 7,1\n") in ([event], [])


@given(st.lists(st.integers(min_value=1, max_value=9), max_size=8))
def test_commands_may_come_in_any_pieces(cuts: list[int]) -> None:
    """A command split over reads is one command."""
    appliance = robot()
    for number in range(1, 4):
        appliance.event("due", number)
    rest = b"ACK 7,1\r\nACK 7,3\r\n"
    for cut in cuts:
        appliance.hear(rest[:cut])
        rest = rest[cut:]
    appliance.hear(rest)
    assert appliance.unacknowledged == 1
