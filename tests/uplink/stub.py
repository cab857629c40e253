"""A broker by script: what it does with each CONNECT is said beforehand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from enum import Enum

CONNECT, PUBLISH, SUBSCRIBE = 0x10, 0x30, 0x80
# MQTT 3.1.1 and 5.0, §3.1.2.2: the level stands after the name "MQTT".
LEVEL_AT = 6
LEVEL_5 = 5


class Does(Enum):
    """With one CONNECT."""

    CLOSE = "close"  # without a word, as a broker that is just restarting
    REFUSE = "refuse"  # "unsupported protocol version", as it must be said
    SERVE = "serve"


class StubBroker:
    """Serves as far as one subscription; `levels` are those of the CONNECTs that came."""

    def __init__(self, script: Iterable[Does]) -> None:
        self.levels: list[int] = []
        self.port = 0
        self._script = iter(script)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[StubBroker]:
        """Listen for the length of the block."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            _, body = await packet(reader)
            level = body[LEVEL_AT]
            self.levels.append(level)
            does = next(self._script)
            if does is not Does.CLOSE:
                writer.write(connack(level, refused=does is Does.REFUSE))
                await writer.drain()
            if does is Does.SERVE:
                await self._serve(reader, writer, level)
        writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, level: int
    ) -> None:
        while True:
            kind, body = await packet(reader)
            if kind & 0xF0 == SUBSCRIBE:
                answer = body[:2] + (b"\x00" if level == LEVEL_5 else b"") + b"\x01"
                writer.write(bytes([0x90, len(answer)]) + answer)
                await writer.drain()


async def packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the first byte and the body of one control packet below 128 bytes."""
    kind, length = await reader.readexactly(2)
    assert length < 0x80, "the tests' packets are short"
    return kind, await reader.readexactly(length)


def connack(level: int, *, refused: bool) -> bytes:
    """Return the answer to a CONNECT in the words of its own version."""
    if level == LEVEL_5:
        return bytes([0x20, 3, 0, 0x84 if refused else 0, 0])
    return bytes([0x20, 2, 0, 1 if refused else 0])
