"""Processes under load: what they weigh, and a line that can be cut without their knowing.

python -m proofs.line_world.load PORT BROKER_PORT DELAY_S    that line, as a process
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from pathlib import Path

HOST = "127.0.0.1"
_PIECE_BYTES = 65_536


def rss_mb(pid: int) -> float:
    """Resident memory of a process (proc(5): VmRSS in kB)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


class Proxy:
    """TCP on loopback, passed on; `delay_s` each way, or dropped without a word, or cut."""

    def __init__(self, port: int, *, listens: tuple[str, int] = (HOST, 0)) -> None:
        self._to = (HOST, port)
        self._listens = listens
        self.delay_s = 0.0
        self.port = 0
        self._open = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def hold(self) -> None:
        """Half-open: connections stand, and nothing passes."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def release(self) -> None:
        self._loop.call_soon_threadsafe(self._open.set)

    def cut(self) -> None:
        """Every connection ends."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _abort_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_forever()

    async def _serve(self) -> None:
        self._open.set()
        server = await asyncio.start_server(self._passed, *self._listens)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._writers |= pair
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._writers -= pair
            for one in pair:
                one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each piece leaves `delay_s` after it came, however fast the next one follows."""
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        passing = asyncio.ensure_future(self._pass_late(late, writer))
        try:
            with contextlib.suppress(ConnectionError):
                while piece := await reader.read(_PIECE_BYTES):
                    late.put_nowait((self._loop.time() + self.delay_s, piece))
            late.put_nowait((0.0, b""))
            await passing
        finally:
            passing.cancel()
            for one in list(self._writers):
                if one is writer:
                    one.transport.abort()

    async def _pass_late(
        self, late: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            at, piece = await late.get()
            if not piece:
                return
            await asyncio.sleep(max(0.0, at - self._loop.time()))
            await self._open.wait()
            with contextlib.suppress(ConnectionError):
                writer.write(piece)
                await writer.drain()


def main() -> None:
    port, broker_port, delay_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    proxy = Proxy(broker_port, listens=("0.0.0.0", port))  # noqa: S104 (a namespace of its own)
    proxy.delay_s = delay_s
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
