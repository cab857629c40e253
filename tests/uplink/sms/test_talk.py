"""The conversation alone: a wire in memory, and a clock under the test's hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from edge.errors import TransportError
from edge.uplink.sms.lines import LINE_MAX_BYTES, PROMPT, AtLines
from edge.uplink.sms.talk import QUIET_MS, Talk, Told

if TYPE_CHECKING:
    from tests.support.clock import FakeClock


class MemoryWire:
    """Implements `Wire`; what was written stays to be looked at."""

    def __init__(self) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.written = b""
        self.takes = True

    def write(self, data: bytes) -> bool:
        self.written += data
        return self.takes

    async def close(self) -> None:
        """Nothing is open."""


def talk_over(clock: FakeClock) -> tuple[Talk, MemoryWire, list[str | Told]]:
    unasked: list[str | Told] = []
    talk, wire = Talk(clock, lambda: None, unasked.append), MemoryWire()
    talk.wire = wire
    return talk, wire, unasked


async def test_it_is_quiet_before_a_new_beginning(clock: FakeClock) -> None:
    """A late verdict is over before the next question; asked earlier, it would be its answer."""
    talk, wire, _ = talk_over(clock)
    settling = asyncio.create_task(talk.settle())
    await clock.advance(QUIET_MS // 2)
    talk.heard([b"+CMGS: 7", b"OK"])
    await clock.advance(QUIET_MS - 1)
    assert wire.written == b"\x1b"
    await clock.advance(1)
    assert wire.written == b"\x1bAT+CMGF?\r"
    talk.heard([b"+CMGF: 0", b"OK"])
    await settling


async def test_an_answer_of_another_question_is_none(clock: FakeClock) -> None:
    """OK without what was asked for: it settles anew, and only then goes on."""
    talk, wire, _ = talk_over(clock)
    settling = asyncio.create_task(talk.settle())
    await clock.advance(QUIET_MS)
    talk.heard([b"OK"])
    await clock.advance(QUIET_MS)
    assert wire.written == b"\x1bAT+CMGF?\r" * 2
    talk.heard([b"+CMGF: 0", b"OK"])
    await settling


async def test_a_port_that_takes_nothing_is_an_error(clock: FakeClock) -> None:
    talk, wire, _ = talk_over(clock)
    wire.takes = False
    with pytest.raises(TransportError, match="takes no more bytes"):
        await talk.ask("AT")


async def test_what_nobody_asked_for_goes_beside(clock: FakeClock) -> None:
    """News, a message with news in its middle, a report without its second line."""
    talk, _, unasked = talk_over(clock)
    asking = asyncio.create_task(talk.ask("AT+CREG?", "+CREG:"))
    await asyncio.sleep(0)
    talk.heard([b"RING", b"+CMT: ,24", b"^RSSI:9", b"0011AA", b"+CREG: 0,5", b"+CDS: 25", b"OK"])
    answer = await asking
    assert (answer.lines, answer.ok) == (["+CREG: 0,5"], True)
    assert unasked == ["RING", "^RSSI:9", Told(header="+CMT: ,24", pdu="0011AA")]
    talk.heard([b"OK", PROMPT, b"+CMS ERROR: 500", b"00"])
    assert unasked[3:] == ["00"]


def test_lines_and_prompts() -> None:
    """In any pieces, with any ends; unprintable bytes and lines without an end are counted."""
    framer = AtLines()
    assert framer.feed(b"\r\nOK\r\n\r\n> ") == [b"OK", PROMPT]
    assert framer.feed(b"+CM") == []
    assert framer.feed(b"GS: 1\nOK\r") == [b"+CMGS: 1", b"OK"]
    assert framer.feed(b"\xff\x00AT\r>") == [b"AT", PROMPT]
    assert framer.feed(b" \r\n") == []
    assert framer.dropped_bytes == 2
    assert framer.feed(b"x" * (LINE_MAX_BYTES + 1)) == []
    assert framer.feed(b"y" * LINE_MAX_BYTES + b"\n") == [b"y" * LINE_MAX_BYTES]
    assert framer.dropped_bytes == 2 + LINE_MAX_BYTES + 1
