from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.drivers.gatt.gatt_memory import DIGEST_BYTES, KEPT, Memory, is_dated, outcome, recall

DATE = "2026-03-01T08:30:00"


def test_a_measurement_is_known_once_it_was_met() -> None:
    """The same bytes with a date are the same measurement; others are not."""
    memory, known = Memory().met(b"a", DATE)
    assert not known
    assert memory.met(b"a", DATE) == (memory, True)
    assert not memory.met(b"b", DATE)[1]


@pytest.mark.parametrize("time", [None, "T08:30:00"])
def test_without_a_date_nothing_is_known(time: str | None) -> None:
    """Two equal measurements may be two."""
    memory, _ = Memory().met(b"a", DATE)
    assert memory.met(b"a", time) == (memory, False)
    assert not is_dated(time)


def test_the_newest_are_remembered() -> None:
    """The memory is full at its bound, and forgets the oldest."""
    memory = Memory()
    for number in range(KEPT + 1):
        memory, known = memory.met(number.to_bytes(2, "big"), DATE)
        assert not known
    assert len(memory.seen) == KEPT * DIGEST_BYTES
    assert not memory.knows(bytes(2))
    assert all(memory.knows(number.to_bytes(2, "big")) for number in range(1, KEPT + 1))


def test_a_digest_is_looked_for_where_digests_begin() -> None:
    """Eight bytes across two digests are no digest."""
    digest = Memory().met(b"a", DATE)[0].seen
    across = Memory(seen=b"\x01" + digest + bytes(7))
    assert not across.knows(b"a")
    assert Memory(seen=across.seen + digest).knows(b"a")


def test_what_was_told_is_not_told_again() -> None:
    """A line of the name plate is new when it differs from the one before."""
    memory = Memory().with_told("model", b"UA-651BLE")
    assert memory.with_told("model", b"UA-651BLE") is memory
    assert memory.with_told("model", b"UC-352BLE") is not memory
    for number in range(20):
        memory = memory.with_told(str(number), b"")
    assert len(memory.told) == 8
    assert recall(msgspec.msgpack.encode(memory)) == memory


@given(
    st.builds(
        Memory,
        seen=st.lists(st.binary(min_size=8, max_size=8), max_size=3).map(b"".join),
        last=st.none() | st.integers(0, 0xFFFF),
        hold=st.booleans(),
        session=st.binary(max_size=9),
    )
)
def test_a_memory_is_recalled(memory: Memory) -> None:
    """What `outcome` writes is what `recall` reads; no change writes nothing."""
    written = outcome(Memory(last=7, newest=7), memory)
    assert written.state is not None
    assert recall(written.state) == memory
    assert outcome(memory, memory).state is None


@pytest.mark.parametrize(
    "state",
    [
        b"",
        bytes(16),
        b"\xc1",
        msgspec.msgpack.encode(["robot", []]),
        msgspec.msgpack.encode([bytes(9)]),
        msgspec.msgpack.encode([bytes((KEPT + 1) * DIGEST_BYTES)]),
        msgspec.msgpack.encode([b"", {}, 0x10000]),
        msgspec.msgpack.encode([b"", {}, -1]),
        msgspec.msgpack.encode([b"", {"model": b"short"}]),
    ],
)
def test_a_state_that_is_not_ours_is_forgotten(state: bytes) -> None:
    """Better a measurement twice than never, and no error."""
    assert recall(state) == Memory()
