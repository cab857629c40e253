"""The true store in the loop's own thread, so that the process can die around any commit.

A kill leaves what the operating system has of the files: database and write-ahead log are copied
as they are, and the next process opens the copy.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from edge.domain import Instant
from edge.ports import Batch
from edge.store.database import Also
from edge.store.steadfast import Steadfast
from edge.store.store import SqliteStore, _Request

P = ParamSpec("P")
T = TypeVar("T")


class KilledError(Exception):
    """This process is dead: nothing of it goes on."""


class Watch:
    """What the model hears of the gateway's store, and when it is to die."""

    def __init__(self) -> None:
        self.on_commit: Callable[[Batch], None] = lambda _: None
        self.on_settled: Callable[[list[str]], None] = lambda _: None
        self.dies_in: int | None = None  # requests until then; None: it lives
        self.dies_before = False  # before that request is done, or after it and untold
        self.is_dead = False
        self.broken: AssertionError | None = None  # the first promise that was, wherever it is told

    def hear(self, judge: Callable[[T], None], what: T) -> None:
        try:
            judge(what)
        except AssertionError as error:
            self.broken = self.broken or error
            raise

    def is_last(self) -> bool:
        if self.dies_in is None:
            return False
        self.dies_in -= 1
        return self.dies_in < 0


class KillableStore(SqliteStore):
    """`SqliteStore` without its thread; `watch_with` is set before a house is opened."""

    watch_with = Watch()

    @classmethod
    async def open(cls, path: Path | str, **opening: Any) -> Self:
        store = cls(path, **opening)
        store._lasting = Steadfast.open(Path(path), **opening)
        store._seen = cls.watch_with
        return store

    _lasting: Steadfast
    _seen: Watch

    async def watch(self) -> None:
        await asyncio.Future()

    async def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._lasting.close()

    def die(self) -> None:
        """SIGKILL: the files as they are now are what the next process finds."""
        path = self._path
        kept = path.with_name("kept")
        kept.mkdir()
        for file in (path, path.with_name(path.name + "-wal")):
            if file.exists():
                shutil.copy(file, kept / file.name)
        self._closing = True
        self._lasting.close()
        for file in (path, path.with_name(path.name + "-wal")):
            file.unlink(missing_ok=True)
            if (kept / file.name).exists():
                (kept / file.name).rename(file)
        kept.rmdir()

    async def record(self, batch: Batch, also: Also | None = None) -> bool:
        def committed(lasting: Steadfast) -> bool:
            durable = lasting.record(batch, also)
            self._seen.hear(self._seen.on_commit, batch)
            return durable

        return await self._order(self._batches, committed)

    async def mark_received(self, ids: Sequence[str], at: Instant) -> list[str]:
        def settled(lasting: Steadfast) -> list[str]:
            done = lasting.mark_received(ids, at)
            self._seen.hear(self._seen.on_settled, done)
            return done

        return await self._order(self._others, settled)

    async def _order(
        self,
        line: deque[_Request[Any]],  # noqa: ARG002
        call: Callable[Concatenate[Steadfast, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        seen = self._seen
        if seen.is_dead:
            raise KilledError
        last = seen.is_last()
        if last and seen.dies_before:
            await self._end()
        done = call(self._lasting, *args, **kwargs)
        if last:
            await self._end()
        await asyncio.sleep(0)  # an answer of a thread is never there at once
        if seen.is_dead:
            raise KilledError
        return done

    async def _end(self) -> None:
        """Nothing goes on from here; whoever waits is cancelled when the body is found."""
        self._seen.is_dead = True
        await asyncio.Future()
