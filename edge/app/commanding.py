"""Obeys signed commands from upstream: judged, noted, done, answered. One at a time.

The answer is not signed: a gateway has no key for that, and its TLS key is for nothing else. Who
reads it trusts the broker's list of rights, by which nobody else may publish there.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import structlog

from edge.app.house import House
from edge.commands import Command, CommandRefusedError, IssuerKey, Pace, Verdict, verify
from edge.domain import CommandName, Instant, Scalar
from edge.errors import EdgeError, StoreError
from edge.store import commands
from edge.store.commands import CommandRow
from edge.uplink import envelope
from edge.uplink.envelope import MessageError, Outturn, Topics

log = structlog.get_logger()

# What a broker hands over at once after an absence; more than are obeyed in a minute.
WAITING_MAX = 16
# How often the loop says that it turns.
SLICE_S = 5.0
REASON_MAX_CHARS = 200

Doer = Callable[[], Awaitable[Mapping[str, Scalar]]]
# topic, body, seconds: `Delivery.say`.
Say = Callable[[str, bytes, int], None]


class Commander:
    """The commands of one house. `doers` say what each does; `say` is set by who has a line."""

    def __init__(self, house: House, doers: Mapping[CommandName, Doer]) -> None:
        self._house = house
        self._doers = doers
        self._topic = Topics(gateway=house.config.gateway.id).reply
        self._keys = {
            key.id: IssuerKey(
                public=base64.b64decode(key.public_key), commands=frozenset(key.commands)
            )
            for key in house.config.command_key
        }
        self._pace = Pace()
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(WAITING_MAX)
        self.say: Say = lambda _topic, _body, _expires_s: None
        self.refused: Counter[str] = Counter()
        self.done = 0

    def offer(self, body: bytes) -> None:
        """A command as it came; never blocks. Raises MessageError when too many wait."""
        if self._waiting.full():
            raise MessageError("overflow", "too many commands wait")
        self._waiting.put_nowait(body)

    async def run(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            try:
                async with asyncio.timeout(SLICE_S):
                    body = await self._waiting.get()
            except TimeoutError:
                continue
            try:
                await self.take(body)
            except StoreError as error:
                # Not obeyed, or held in memory: a nonce that nothing keeps would be used twice.
                if not error.fault:
                    raise
                log.warning("command_not_written_down", reason=error.fault)

    async def take(self, body: bytes) -> Verdict:
        """One command from its bytes to its answer."""
        at = self._house.clock.now()
        gateway = self._house.config.gateway.id
        try:
            command = verify(body, gateway=gateway, keys=self._keys, at=at)
        except CommandRefusedError as error:
            if error.command is not None and await self._note(error.command, error.verdict, at):
                self._answer(error.command, error.verdict, str(error))
            return self._refuse(error.verdict)
        if not await self._note(command, Verdict.DONE, at):
            # Who asked has had the answer; a stranger who repeats it is told nothing.
            return self._refuse(Verdict.REPLAY)
        if not self._pace.take(at.boottime_ms):
            await self._house.store.change(commands.judged, command.nonce, Verdict.RATE.value)
            self._answer(command, Verdict.RATE, "too many commands within a minute; wait for one")
            return self._refuse(Verdict.RATE)
        return await self._obey(command)

    async def _obey(self, command: Command) -> Verdict:
        try:
            result = await self._doers[command.name]()
        except StoreError:
            raise  # what waits for its commit is in no other place: `House.commit`
        except EdgeError as error:
            await self._house.store.change(commands.judged, command.nonce, Verdict.STATE.value)
            self._answer(command, Verdict.STATE, str(error)[:REASON_MAX_CHARS])
            return self._refuse(Verdict.STATE)
        self.done += 1
        log.info("command_done", id=command.id, kind=command.name.value)
        self._answer(command, Verdict.DONE, "", result)
        return Verdict.DONE

    async def _note(self, command: Command, verdict: Verdict, at: Instant) -> bool:
        """Before it is done: a gateway that dies in the middle must not do it twice."""
        row = CommandRow(
            nonce=command.nonce,
            name=command.name.value,
            issuer=command.issuer,
            key_id=command.key,
            expires_ms=command.expires_ms,
        )
        return await self._house.store.change(commands.note, row, verdict.value, at)

    def _refuse(self, verdict: Verdict) -> Verdict:
        if not self.refused[verdict.value]:
            log.warning("command_refused", reason=verdict.value)
        self.refused[verdict.value] += 1
        return verdict

    def _answer(
        self,
        command: Command,
        verdict: Verdict,
        reason: str,
        result: Mapping[str, Scalar] | None = None,
    ) -> None:
        house, now = self._house, self._house.clock.now()
        told = Outturn(
            of=command.id,
            nonce=command.nonce,
            command=command.name.value,
            verdict=verdict.value,
            reason=reason,
            result=tuple((result or {}).items()),
        )
        body = envelope.reply(house.origin, told, id=house.ids.uuid7(now), at=now)
        self.say(self._topic, body, envelope.REPLY_EXPIRES_S)
