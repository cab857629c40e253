"""The store as the event loop sees it: one thread owns the database, requests wait in line.

Batches go before everything else and in the order in which they were given; all
other requests follow in theirs. So an alarm waits for at most one request that
is already at work, and every read and every `prune` is bounded.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

import structlog

from edge.domain import (
    Alert,
    Answer,
    Device,
    Instant,
    Observation,
    OutboxEntry,
    RiskAssessment,
    Stay,
    Switch,
    Visit,
)
from edge.errors import EdgeError, StoreError
from edge.ports import Batch, Heads
from edge.store.aside import Salvaged
from edge.store.bounds import DEFAULT_BOUNDS, Bounds
from edge.store.database import Also, Database
from edge.store.names import Names
from edge.store.outbox import OutboxCount
from edge.store.prune import Pruned
from edge.store.reads import Shed
from edge.store.status import StoreStatus
from edge.store.steadfast import DiskState, Steadfast

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

# A gateway asks for a handful of things at once (keeper, delivery, control socket); more than
# this means that the disk is stuck, and then callers wait instead of filling memory.
REQUESTS_MAX = 64


class _Token(Enum):
    REQUEST = 1
    STOP = 2


class _Request(Generic[T]):
    """One call for the thread, and the future that its caller awaits."""

    __slots__ = ("call", "done")

    def __init__(self, call: Callable[[Steadfast], T], done: asyncio.Future[T]) -> None:
        self.call = call
        self.done = done


class SqliteStore:
    """`edge.ports.Store` on one SQLite file, with the reads of `Database` beside it.

    A caller that is cancelled while it waits does not take its request back: a
    batch given to `record` may be stored all the same.
    """

    def __init__(self, path: Path | str, **opening: Any) -> None:
        self._path = Path(path)
        self._opening = opening
        self._loop = asyncio.get_running_loop()
        self._slots = asyncio.Semaphore(REQUESTS_MAX)
        self._batches: deque[_Request[Any]] = deque()
        self._others: deque[_Request[Any]] = deque()
        # One token per request and one to stop; the deques say which request it is.
        self._tokens: SimpleQueue[_Token] = SimpleQueue()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[StoreError | None] = self._loop.create_future()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    @classmethod
    async def open(
        cls,
        path: Path | str,
        *,
        home: str | None = None,
        store_id: str | None = None,
        bounds: Bounds = DEFAULT_BOUNDS,
        at: Instant | None = None,
        mend: bool = False,
        corrupt: bool = False,
    ) -> Self:
        """Open the database in its own thread; raises what `Steadfast.open` raises."""
        opening = {"home": home, "store_id": store_id, "bounds": bounds}
        store = cls(path, **opening, at=at, mend=mend, corrupt=corrupt)
        store._thread.start()
        try:
            await store._opened
        except StoreError:
            store._thread.join()
            raise
        return store

    async def close(self) -> None:
        """Do what was asked so far, then close the file and end the thread."""
        if not self._closing:
            self._closing = True
            self._tokens.put(_Token.STOP)
        death = await asyncio.shield(self._ended)
        self._thread.join()
        if death is not None:
            raise death

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def watch(self) -> None:
        """Return when the store is closed; raises StoreError when its thread died."""
        death = await asyncio.shield(self._ended)
        if death is not None:
            raise death

    # -- edge.ports.Store ---------------------------------------------------------------------

    async def heads(self) -> Heads:
        return await self._order(self._others, Steadfast.heads)

    async def record(self, batch: Batch, also: Also | None = None) -> bool:
        """Commit the batch, synced, in the order of the calls; False: held in memory so far.

        Raises StoreError: nothing of it is kept.
        """
        return await self._order(self._batches, Steadfast.record, batch, also)

    async def owed(self, limit: int) -> list[OutboxEntry]:
        return await self._order(self._others, Steadfast.owed, limit)

    async def mark_received(self, ids: Sequence[str], at: Instant) -> list[str]:
        return await self._order(self._others, Steadfast.mark_received, ids, at)

    async def refuse(self, ident: str, reason: str) -> bool:
        return await self._order(self._others, Steadfast.refuse, ident, reason)

    async def retry(self, ids: Sequence[str] | None) -> int:
        """Owe parked envelopes again, all of them without `ids`; how many."""
        return await self._put(Database.retry, ids)

    # -- the disk -----------------------------------------------------------------------------

    async def check(self, at: Instant) -> DiskState:
        """Look at the disk and mend what can be mended."""
        return await self._order(self._others, Steadfast.check, at)

    async def replace(self, batch: Batch) -> None:
        """The file is corrupt: begin a new one with `batch`, the whole home."""
        await self._order(self._batches, Steadfast.replace, batch)

    async def salvaged(self) -> Salvaged:
        """What a file that could not be opened still said."""
        return await self._order(self._others, lambda steadfast: steadfast.salvaged)

    # -- upkeep and reads, as in Database -----------------------------------------------------

    async def prune(self, at: Instant) -> Pruned:
        return await self._order(self._others, Steadfast.prune, at)

    async def outbox_counts(self) -> list[OutboxCount]:
        return await self._order(self._others, Steadfast.outbox_counts)

    async def devices(self) -> list[Device]:
        return await self._ask(self._others, Database.devices)

    async def ever_enrolled(self) -> frozenset[str]:
        return await self._ask(self._others, Database.ever_enrolled)

    async def driver_states(self) -> dict[str, bytes]:
        return await self._ask(self._others, Database.driver_states)

    async def snapshot(self) -> tuple[bytes, int] | None:
        return await self._ask(self._others, Database.snapshot)

    async def observations(self, after_seq: int, limit: int) -> list[tuple[int, Observation]]:
        return await self._ask(self._others, Database.observations, after_seq, limit)

    async def latest_observations(self) -> list[tuple[int, Observation]]:
        return await self._ask(self._others, Database.latest_observations)

    async def alerts(self, *, open_only: bool = False) -> list[Alert]:
        return await self._ask(self._others, Database.alerts, open_only=open_only)

    async def alert(self, ident: str) -> Alert | None:
        return await self._ask(self._others, Database.alert, ident)

    async def alert_history(self, ident: str) -> list[Alert]:
        return await self._ask(self._others, Database.alert_history, ident)

    async def last_assessments(self) -> list[RiskAssessment]:
        return await self._ask(self._others, Database.last_assessments)

    async def answers(self, checklist: str) -> list[Answer]:
        return await self._ask(self._others, Database.answers, checklist)

    async def visits(self) -> list[Visit]:
        return await self._ask(self._others, Database.visits)

    async def stays(self) -> list[Stay]:
        return await self._ask(self._others, Database.stays)

    async def shed(self) -> list[Shed]:
        return await self._ask(self._others, Database.shed)

    async def change(
        self,
        call: Callable[Concatenate[sqlite3.Connection, Names, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """One synced transaction around `call` of a module of `edge.store`."""
        return await self._put(lambda db: db.change(call, *args, **kwargs))

    async def jot(
        self,
        call: Callable[Concatenate[sqlite3.Connection, Names, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> bool:
        """As `change`, for loops that go on without it: False when the disk refuses.

        Asking people about an alert must not wait for a card to be mended.
        """
        try:
            await self.change(call, *args, **kwargs)
        except StoreError as error:
            if not error.fault:
                raise
            log.warning("not_written_down", reason=error.fault)
            return False
        return True

    async def look(
        self,
        call: Callable[Concatenate[sqlite3.Connection, Names, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `call` of a module of `edge.store` reads; it must be bounded."""
        return await self._ask(self._others, lambda db: db.look(call, *args, **kwargs))

    async def switch(self, switch: Switch, *, owed: bool) -> list[str]:
        return await self._put(Database.switch, switch, owed=owed)

    async def erase_readings(self, up_to: int, at: Instant) -> int:
        return await self._put(Database.erase_readings, up_to, at)

    async def status(self, *, check: bool = False) -> StoreStatus:
        return await self._ask(self._others, Database.status, check=check)

    # -- inside -------------------------------------------------------------------------------

    async def _ask(
        self,
        line: deque[_Request[Any]],
        call: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """A request that is the database's own."""
        return await self._order(line, lambda lasting: call(lasting.database, *args, **kwargs))

    async def _put(
        self, call: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A request that writes, and that nothing holds while there is no disk."""
        return await self._order(
            self._others, lambda lasting: call(lasting.on_disk(), *args, **kwargs)
        )

    async def _order(
        self,
        line: deque[_Request[Any]],
        call: Callable[Concatenate[Steadfast, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        await self._slots.acquire()
        if self._closing or self._ended.done():
            self._slots.release()
            raise self._end_error()
        done: asyncio.Future[T] = self._loop.create_future()
        line.append(_Request(lambda lasting: call(lasting, *args, **kwargs), done))
        self._tokens.put(_Token.REQUEST)
        return await done

    def _end_error(self) -> StoreError:
        death = self._ended.result() if self._ended.done() else None
        return StoreError(f"{self._path}: the store is closed" if death is None else str(death))

    def _run(self) -> None:
        """The thread: open, serve, close; whatever ends it is told to everyone who waits."""
        death: StoreError | None = None
        try:
            with Steadfast.open(self._path, **self._opening) as lasting:
                self._tell(self._opened, None)
                self._serve(lasting)
        except BaseException as error:  # noqa: BLE001 (nothing is swallowed: all callers get it)
            death = self._death(error)
        self._loop.call_soon_threadsafe(self._finish, death)

    def _serve(self, lasting: Steadfast) -> None:
        while self._tokens.get() is _Token.REQUEST:
            request = (self._batches or self._others).popleft()
            try:
                result = request.call(lasting)
            except EdgeError as error:
                if isinstance(error, StoreError):
                    lasting.spoilt(error)
                self._tell(request.done, error)
            except BaseException as error:
                death = self._death(error)
                self._tell(request.done, death)
                raise death from error
            else:
                self._tell(request.done, None, result)
            if self._tokens.empty():
                self._tidy(lasting)

    def _tidy(self, lasting: Steadfast) -> None:
        """Use the pause for the checkpoint; if it fails, the next commit will say so itself."""
        try:
            lasting.tidy()
        except StoreError as error:
            log.warning("store_checkpoint_failed", error=str(error))

    def _death(self, error: BaseException) -> StoreError:
        if isinstance(error, StoreError):
            return error
        death = StoreError(f"{self._path}: the store's thread died of {type(error).__name__}")
        death.__cause__ = error
        return death

    def _tell(self, done: asyncio.Future[Any], error: Exception | None, result: Any = None) -> None:
        self._loop.call_soon_threadsafe(self._settle, done, error, result)

    def _settle(self, done: asyncio.Future[Any], error: Exception | None, result: Any) -> None:
        if done is not self._opened:
            self._slots.release()
        if done.cancelled():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def _finish(self, death: StoreError | None) -> None:
        """The thread has ended: answer those who still wait."""
        self._ended.set_result(death)
        if death is not None and not self._opened.done():
            self._opened.set_exception(death)
        elif death is not None:
            log.error("store_thread_died", error=str(death))
        for line in (self._batches, self._others):
            while line:
                self._slots.release()
                waiting = line.popleft().done
                if not waiting.done():
                    waiting.set_exception(self._end_error())
