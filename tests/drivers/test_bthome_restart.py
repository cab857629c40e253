"""A counter that begins again: a changed battery is seen, and no recording is trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.domain import Instant, Quality
from edge.drivers.advert import bthome
from edge.drivers.advert.bthome_memory import (
    RESTART_BELOW,
    RESTART_SILENCE_MS,
    UNIX_FROM,
    recall,
    run_of,
)
from edge.drivers.base import Decoded
from edge.errors import DecodeError
from edge.home.hearing import DOUBTED
from tests.drivers.tools import KEY, device, frame, sealed
from tests.support.clock import instant

READING = bytes.fromhex("02C409")
PRESS = bytes.fromhex("3A01")
SMOKE_ON = bytes.fromhex("2901")
SMOKE_OFF = bytes.fromhex("2900")
SENSOR = device("bthome", key=KEY)
NEW = Quality.COUNTER_RESTARTED.value
OLD = 50_000


class Gateway:
    """The driver with the state that a store keeps; `restarted` is another process on it."""

    def __init__(self, state: bytes = b"") -> None:
        self.state = state

    def hear(self, counter: int, objects: bytes, at: Instant) -> list[tuple[object, str]] | str:
        try:
            payload = frame("bthome", sealed(objects, counter))
            decoded: Decoded = bthome.decode(SENSOR, self.state, payload, at)
        except DecodeError as refused:
            self.state = refused.state or self.state
            return refused.reason
        self.state = decoded.state or self.state
        return [(seen.value, seen.quality.value) for seen in decoded.observations]

    def restarted(self) -> Gateway:
        return Gateway(self.state)


def worn(last: int = OLD) -> Gateway:
    """A gateway that has heard the sender up to a counter."""
    gateway = Gateway()
    assert gateway.hear(last, READING, instant()) == [(25.0, "ok")]
    return gateway


@pytest.mark.parametrize("restart", [False, True], ids=["", "gateway restarted in between"])
@pytest.mark.parametrize("first", [0, 1, RESTART_BELOW - 1])
def test_a_changed_battery_is_told_after_a_minute_with_a_flag(first: int, restart: bool) -> None:
    """Readings are refused for a minute, then told as what they are, and never as trusted."""
    gateway = worn()
    assert gateway.hear(first, READING, instant(10_000)) == "replay"
    if restart:
        gateway = gateway.restarted()
    early = instant(10_000 + RESTART_SILENCE_MS - 1)
    assert gateway.hear(first + 1, READING, early) == "replay"
    for turn in range(2, 200):
        at = instant(10_000 + turn * RESTART_SILENCE_MS)
        assert gateway.hear(first + turn, READING, at) == [(25.0, NEW)]
        assert gateway.hear(first + turn, READING, at) == "replay"
    assert recall(gateway.state)[0][:4] == OLD.to_bytes(4, "little")
    assert gateway.hear(OLD + 1, READING, instant(20_000_000)) == [(25.0, "ok")]
    assert run_of(gateway.state) is None


def test_what_is_flagged_so_proves_nothing_in_the_home() -> None:
    """Neither that the device lives, nor that somebody moved, nor that an alarm is over."""
    assert Quality.COUNTER_RESTARTED in DOUBTED


def test_the_old_counter_heard_in_between_ends_the_watch() -> None:
    """A sender that still counts on has not begun again: what is low is a recording."""
    gateway = worn()
    gateway.hear(3, READING, instant(10_000))
    gateway.hear(OLD + 1, READING, instant(30_000))
    assert gateway.hear(4, READING, instant(10_000 + RESTART_SILENCE_MS)) == "replay"
    assert gateway.hear(5, READING, instant(30_000 + RESTART_SILENCE_MS)) == "replay"


def test_the_same_or_a_lower_frame_proves_no_beginning() -> None:
    """A counter must rise: one frame played for an hour stays refused."""
    gateway = worn()
    for minute in range(60):
        assert gateway.hear(7, READING, instant(minute * RESTART_SILENCE_MS)) == "replay"


def test_a_recording_from_the_middle_of_a_life_is_no_beginning() -> None:
    """Only what counts from near 0 can be a changed battery."""
    gateway = worn()
    for turn in range(5):
        at = instant((turn + 1) * RESTART_SILENCE_MS)
        assert gateway.hear(4000 + turn, READING, at) == "replay"
    assert run_of(gateway.state) is None


def test_a_sender_that_lost_its_clock_counts_seconds_and_heals_when_it_is_set() -> None:
    """Shelly counts in Unix time; without its clock it says how long its battery is in."""
    gateway = worn(UNIX_FROM + 100_000_000)
    assert gateway.hear(5_000, READING, instant(10_000)) == "replay"
    at = instant(10_000 + RESTART_SILENCE_MS)
    assert gateway.hear(5_060, READING, at) == [(25.0, NEW)]
    assert gateway.hear(UNIX_FROM + 99_999_999, READING, at) == [(25.0, NEW)]
    assert gateway.hear(UNIX_FROM + 100_000_101, READING, at) == [(25.0, "ok")]


def test_a_gateway_that_was_off_watches_anew() -> None:
    """Boottimes of two boots cannot be compared; the counter may have passed 100 meanwhile."""
    gateway = worn()
    gateway.hear(5, READING, instant(10_000))
    later = replace(instant(5_000_000), boot="another boot")
    assert gateway.hear(500, READING, later) == "replay"
    later = replace(later, boottime_ms=later.boottime_ms + RESTART_SILENCE_MS)
    assert gateway.hear(501, READING, later) == [(25.0, NEW)]


def test_alarms_are_told_from_the_first_frame_on() -> None:
    """A press after the battery was changed is not made to wait for a minute."""
    gateway = worn()
    assert gateway.hear(0, PRESS, instant(10_000)) == [("press", "possible_replay")]
    assert gateway.hear(0, PRESS, instant(20_000)) == [("press", "possible_replay")]
    assert gateway.hear(1, SMOKE_ON, instant(30_000)) == [(True, "possible_replay")]
    after = instant(10_000 + RESTART_SILENCE_MS)
    assert gateway.hear(2, PRESS, after) == [("press", NEW)]
    assert gateway.hear(3, SMOKE_ON + b"\x2a", after) == [(True, NEW)]  # cut short
    assert gateway.hear(4, SMOKE_OFF, after) == [(False, NEW)]


def test_a_value_that_is_not_there_is_not_told() -> None:
    """It would bear its own reason instead of the flag, and pass for a sign of life."""
    gateway = worn()
    gateway.hear(0, READING, instant(10_000))
    after = instant(10_000 + RESTART_SILENCE_MS)
    assert gateway.hear(1, b"\x01\xff" + READING, after) == [(25.0, NEW)]
    assert gateway.hear(2, b"\x01\xff", after) == []


def test_states_of_the_release_before_are_read() -> None:
    """Counter alone, packet alone, and both, as they were written then."""
    tail = OLD.to_bytes(4, "little") + b"tag!"
    packet = bytes(range(18))
    assert recall(b"\x01" + tail) == (tail, b"")
    assert recall(b"\x01" + packet) == (b"", packet)
    assert recall(b"\x01" + tail + packet) == (tail, packet)
    watched = Gateway(b"\x01" + tail + packet)
    assert watched.hear(3, READING, instant()) == "replay"
    assert recall(watched.state) == (tail, packet)
    assert watched.hear(OLD + 1, READING, instant()) == [(25.0, "ok")]
    assert recall(watched.state)[1] == packet


@given(
    played=st.lists(
        st.tuples(
            st.integers(0, 400),
            st.sampled_from([READING, SMOKE_OFF, SMOKE_ON, PRESS]),
            st.integers(0, 200_000),
        ),
        max_size=25,
    ),
    restarts=st.sets(st.integers(0, 25)),
)
def test_no_recording_is_ever_trusted(
    played: list[tuple[int, bytes, int]], restarts: set[int]
) -> None:
    """Whatever was recorded below the last counter, in any order and pace, over restarts."""
    gateway = worn(401)
    now_ms = 0
    for turn, (counter, objects, wait_ms) in enumerate(played):
        if turn in restarts:
            gateway = gateway.restarted()
        now_ms += wait_ms
        told = gateway.hear(counter, objects, instant(now_ms))
        if isinstance(told, str):
            assert told == "replay"
        else:
            assert {quality for _, quality in told} <= {"possible_replay", NEW}
    assert gateway.hear(402, READING, instant(now_ms)) == [(25.0, "ok")]
