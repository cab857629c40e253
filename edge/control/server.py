"""The gateway's end of the control socket."""

from __future__ import annotations

import asyncio
import contextlib
import grp
import os
import socket
import stat
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.control.protocol import (
    CLIENTS_MAX,
    LINE_MAX_BYTES,
    REQUEST_WITHIN_S,
    STREAMS_MAX,
    VERSION,
    WRITE_WITHIN_S,
    Answer,
    Peer,
    Request,
)
from edge.errors import ControlError, EdgeError

log = structlog.get_logger()

Handler = Callable[[dict[str, Any], Peer], Awaitable[Any]]
Stream = Callable[[dict[str, Any], Peer], AsyncGenerator[Any, None]]

# Refused for what was asked; the command line exits with it.
CODE_USAGE = 2
# Refused for the state things are in.
CODE_STATE = 1


class ControlServer:
    """Answers commands one line at a time; one client's mistake is that client's alone."""

    def __init__(
        self,
        path: Path,
        handlers: Mapping[str, Handler],
        streams: Mapping[str, Stream],
        group: str | None = None,
    ) -> None:
        self._path = path
        self._handlers = handlers
        self._streams = streams
        self._group = group
        self._clients: set[asyncio.Task[None]] = set()
        self._closing = False
        self._streaming = 0

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen while the context lasts; a dead gateway's socket file is replaced."""
        server = await self._listen()
        try:
            yield
        finally:
            server.close()
            self._closing = True
            for client in self._clients:
                client.cancel()
            await asyncio.gather(*self._clients, return_exceptions=True)
            await server.wait_closed()
            self._path.unlink(missing_ok=True)

    async def _listen(self) -> asyncio.Server:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and stat.S_ISSOCK(self._path.stat().st_mode):
                self._path.unlink()
            server = await asyncio.start_unix_server(
                self._client, path=str(self._path), limit=LINE_MAX_BYTES
            )
            self._open_to_group()
        except OSError as error:
            text = f"cannot listen on {self._path}: {error.strerror or error}"
            raise ControlError(f"{text}; change [control] socket") from error
        return server

    def _open_to_group(self) -> None:
        self._path.chmod(0o660)
        if self._group is None:
            return
        try:
            os.chown(self._path, -1, grp.getgrnam(self._group).gr_gid)
        except (KeyError, PermissionError) as error:
            # The owner can still use it; commissioning checks the group.
            log.warning("control_group_not_set", path=str(self._path), reason=repr(error))

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        if len(self._clients) >= CLIENTS_MAX or me is None:
            writer.write(msgspec.json.encode(_refused(f"{CLIENTS_MAX} clients already")) + b"\n")
            writer.close()
            return
        self._clients.add(me)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, TimeoutError) as error:
            log.info("control_client_gone", reason=type(error).__name__)
        except asyncio.CancelledError:
            # Only `serving` cancels a client, at the end; asyncio's own callback on this task
            # would tell of a cancelled one as of an error.
            if not self._closing:
                raise
        finally:
            # A reader that has stopped reading would keep a polite end waiting for ever.
            writer.transport.abort()
            self._clients.discard(me)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _peer(writer)
        while True:
            try:
                async with asyncio.timeout(REQUEST_WITHIN_S):
                    line = await reader.readline()
            except ValueError:
                await _send(writer, _refused(f"a line is longer than {LINE_MAX_BYTES} bytes"))
                return
            if not line:
                return
            await self._answer(line, peer, reader, writer)

    async def _answer(
        self,
        line: bytes,
        peer: Peer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            request = msgspec.json.decode(line, type=Request)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            await _send(writer, _refused(f"not a request: {error}"))
            return
        if request.v != VERSION:
            await _send(writer, _refused(f"version {request.v}; this gateway speaks {VERSION}"))
            return
        if request.do in self._streams:
            await self._watched(self._streams[request.do], request, peer, reader, writer)
            return
        handler = self._handlers.get(request.do)
        if handler is None:
            known = ", ".join(sorted([*self._handlers, *self._streams]))
            await _send(writer, _refused(f"unknown command '{request.do}'; known: {known}"))
            return
        try:
            result = await handler(request.args, peer)
        except ControlError as error:
            await _send(writer, _told(error, CODE_USAGE))
        except EdgeError as error:
            await _send(writer, _told(error, CODE_STATE))
        except (TypeError, KeyError, ValueError) as error:
            # A handler was given something of another shape than its command line gives.
            log.warning("control_arguments", kind=request.do, error=type(error).__name__)
            await _send(writer, _refused(f"the arguments of '{request.do}' have the wrong shape"))
        else:
            await _send(writer, Answer(v=VERSION, ok=True, result=result))

    async def _watched(
        self,
        stream: Stream,
        request: Request,
        peer: Peer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Stream until it ends or the client goes, also when there is nothing to say to it."""
        if self._streaming >= STREAMS_MAX:
            await _send(writer, _refused(f"{STREAMS_MAX} watchers already"))
            return
        self._streaming += 1
        telling = asyncio.create_task(self._stream(stream, request, peer, writer))
        leaving = asyncio.create_task(reader.read(1))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streaming -= 1
            telling.cancel()
            leaving.cancel()
            ends = await asyncio.gather(telling, leaving, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _stream(
        self, stream: Stream, request: Request, peer: Peer, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with contextlib.aclosing(stream(request.args, peer)) as items:
                async for item in items:
                    await _send(writer, Answer(v=VERSION, ok=True, result=item))
        except ControlError as error:
            await _send(writer, _told(error, CODE_USAGE))
            return
        except EdgeError as error:
            await _send(writer, _told(error, CODE_STATE))
            return
        await _send(writer, Answer(v=VERSION, ok=True, end=True))


def _told(error: EdgeError, code: int) -> Answer:
    words = None if error.words is None else (error.words[0], dict(error.words[1]))
    return Answer(v=VERSION, error=str(error), code=code, words=words)


def _refused(text: str) -> Answer:
    return Answer(v=VERSION, error=text, code=CODE_USAGE)


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    line = msgspec.json.encode(answer) + b"\n"
    if len(line) > LINE_MAX_BYTES:
        line = msgspec.json.encode(_refused(f"the answer is longer than {LINE_MAX_BYTES} bytes"))
        line += b"\n"
    writer.write(line)
    async with asyncio.timeout(WRITE_WITHIN_S):
        await writer.drain()


def _peer(writer: asyncio.StreamWriter) -> Peer:
    """The kernel's word on the other process: struct ucred is pid, uid, gid."""
    sock = writer.get_extra_info("socket")
    pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return Peer(pid, uid)
