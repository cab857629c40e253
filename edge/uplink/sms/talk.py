"""One conversation with a modem: a command, its answer, and all that comes in between.

A modem may say anything at any time: RING, +CREG:, a message, its own start. So an answer is
taken by its prefix and its last line, and what is neither is heard beside it, whatever it is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

from edge.domain import Record
from edge.errors import TransportError
from edge.ports import Clock
from edge.uplink.sms.codes import is_final, named
from edge.uplink.sms.lines import PROMPT

# What the modem knows by itself; vendors promise answers within 0.3 to 5 s.
ANSWER_WITHIN_MS = 5_000
# The SIM card: a PIN, a list of messages. Vendors allow 20 s.
CARD_WITHIN_MS = 20_000
# The network's word on a message. The modem's own timer (TS 24.011 §10, TR1M: 35 to 45 s) is over
# by then; a person who waits longer is better served by another path.
VERDICT_WITHIN_MS = 60_000
# After a broken conversation nothing may be on its way any more when the next begins.
QUIET_MS = 1_000
QUIET_AFTER_MAX_MS = 10_000
SETTLE_TRIES = 3
# A loop says that it turns at least so often.
BEAT_EVERY_MS = 5_000
# A SIM card holds 50 messages at most, a modem's own memory 255.
PDUS_MAX = 300
LINES_MAX = 64

_ESCAPE, _SUBMIT = b"\x1b", b"\x1a"
_HEX = re.compile(r"[0-9A-Fa-f]{2,}")


class Wire(Protocol):
    """An open port: bytes out, and the moment at which it ended."""

    lost: asyncio.Future[None]

    def write(self, data: bytes) -> bool: ...

    async def close(self) -> None: ...


class Answer:
    """What came between a command and its last line."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.lines: list[str] = []
        self.pdus: list[tuple[str, str]] = []  # header and hex, of commands that list messages
        self.final = ""

    @property
    def ok(self) -> bool:
        return self.final == "OK"

    @property
    def error(self) -> str:
        """The name of what it was refused with."""
        return named(self.final)

    @property
    def value(self) -> str:
        """The first line behind its prefix; "" when none came."""
        return self.lines[0].removeprefix(self.prefix).strip() if self.lines else ""


class Told(Record, frozen=True, kw_only=True):
    """A message that the modem handed over unasked."""

    header: str
    pdu: str


class Talk:
    """Commands over one open port, one at a time. `unasked` gets every other line, and `Told`."""

    def __init__(
        self,
        clock: Clock,
        beat: Callable[[], None],
        unasked: Callable[[str | Told], None],
    ) -> None:
        self.wire: Wire  # set by who has opened it, before anything is asked
        self._clock = clock
        self._beat = beat
        self._unasked = unasked
        self._pending: Answer | None = None
        self._done: asyncio.Future[None] | None = None
        self._prompt: asyncio.Future[None] | None = None
        self._header: str | None = None  # a message's PDU is the next line in hex
        self._lists = False  # that message belongs to the answer
        self._last_ms = clock.now().boottime_ms

    def heard(self, frames: list[bytes]) -> None:
        """Lines and prompts as they come from the framer."""
        if frames:
            self._last_ms = self._clock.now().boottime_ms
        for frame in frames:
            if frame == PROMPT:
                if self._prompt is not None and not self._prompt.done():
                    self._prompt.set_result(None)
            else:
                self._line(frame.decode("ascii"))

    async def ask(
        self, command: str, prefix: str = "", *, within_ms: int = ANSWER_WITHIN_MS, name: str = ""
    ) -> Answer:
        """The answer to one command; TransportError when none came in time.

        `name` stands for a command that holds a secret.
        """
        answer = self._begin(prefix)
        self._write(command.encode("ascii") + b"\r")
        await self._finish(within_ms, f"no answer to {name or command}")
        return answer

    async def submit(self, tpdu_bytes: int, pdu: str) -> Answer:
        """Hand over one PDU; TransportError when there was no prompt, or no verdict."""
        answer = self._begin("+CMGS:")
        self._prompt = asyncio.get_running_loop().create_future()
        done = self._done
        self._write(f"AT+CMGS={tpdu_bytes}\r".encode("ascii"))
        try:
            await self.until((self._prompt, done), ANSWER_WITHIN_MS)
            if done is None or not done.done():
                if not self._prompt.done():
                    raise TransportError(self._why("no prompt for a message", ANSWER_WITHIN_MS))
                self._write(pdu.encode("ascii") + _SUBMIT)
        finally:
            self._prompt = None
        await self._finish(VERDICT_WITHIN_MS, "no verdict on a message; it may have gone out")
        return answer

    async def settle(self) -> None:
        """Come to an agreed state, whatever was going on; TransportError when there is no way.

        An escape ends a PDU that was begun, by us or by a process before us. Then a question
        whose answer is no other's, and silence before it: a late "OK" would be taken for the
        answer to whatever is asked next.
        """
        for _ in range(SETTLE_TRIES):
            self._write(_ESCAPE)
            await self._quiet()
            answer = self._begin("+CMGF:")
            self._write(b"AT+CMGF?\r")
            try:
                await self._finish(ANSWER_WITHIN_MS, "no answer to AT+CMGF?")
            except TransportError:
                if self.wire.lost.done():
                    raise
                continue
            if answer.ok and answer.lines:
                return
            # Some tell nothing of their format before the SIM card is unlocked; they live.
            if answer.final.startswith("+CM") or answer.final == "ERROR":
                return
        raise TransportError("the modem does not answer")

    async def until(self, futures: tuple[asyncio.Future[None] | None, ...], within_ms: int) -> None:
        """Wait for one of them, for the end of the port, or `within_ms`; never raises for it."""
        end_ms = self._clock.now().boottime_ms + within_ms
        waited = {future for future in futures if future is not None} | {self.wire.lost}
        while not any(future.done() for future in waited):
            self._beat()
            now_ms = self._clock.now().boottime_ms
            if now_ms >= end_ms:
                return
            slice_ms = min(end_ms, now_ms + BEAT_EVERY_MS)
            timer = asyncio.ensure_future(self._clock.sleep_until(slice_ms))
            try:
                await asyncio.wait({*waited, timer}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                timer.cancel()
                await asyncio.gather(timer, return_exceptions=True)

    async def _quiet(self) -> None:
        """Until nothing has come for QUIET_MS; a modem that never stops is given up on."""
        end_ms = self._clock.now().boottime_ms + QUIET_AFTER_MAX_MS
        self._last_ms = self._clock.now().boottime_ms
        while not self.wire.lost.done():
            now_ms = self._clock.now().boottime_ms
            left_ms = self._last_ms + QUIET_MS - now_ms
            if left_ms <= 0 or now_ms >= end_ms:
                return
            await self.until((), left_ms)

    def _begin(self, prefix: str) -> Answer:
        self._pending = answer = Answer(prefix)
        self._done = asyncio.get_running_loop().create_future()
        self._header, self._lists = None, False
        return answer

    async def _finish(self, within_ms: int, wrong: str) -> None:
        done = self._done
        try:
            await self.until((done,), within_ms)
            if done is None or not done.done():
                raise TransportError(self._why(wrong, within_ms))
        finally:
            self._pending = self._done = None

    def _why(self, wrong: str, within_ms: int) -> str:
        if self.wire.lost.done():
            return f"the port is gone: {wrong}"
        return f"{wrong} within {within_ms // 1000} s"

    def _write(self, data: bytes) -> None:
        if not self.wire.write(data):
            raise TransportError("the port takes no more bytes")

    def _line(self, line: str) -> None:
        if self._header is not None and _HEX.fullmatch(line):
            self._message(line)
            return
        pending = self._pending
        if is_final(line):
            # Without a command it is a late one: its command was given up, and nobody asks now.
            if pending is not None and self._done is not None and not self._done.done():
                pending.final = line
                self._done.set_result(None)
            self._header = None
        elif line.startswith(("+CMGL:", "+CMT:", "+CDS:")):
            self._header = line
            self._lists = line.startswith("+CMGL:")
        elif pending is not None and pending.prefix and line.startswith(pending.prefix):
            pending.lines = [*pending.lines, line][-LINES_MAX:]
        else:
            self._unasked(line)

    def _message(self, pdu: str) -> None:
        header, self._header = self._header or "", None
        if not self._lists:
            self._unasked(Told(header=header, pdu=pdu))
        elif self._pending is not None and len(self._pending.pdus) < PDUS_MAX:
            self._pending.pdus.append((header, pdu))
