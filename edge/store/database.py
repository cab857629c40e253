"""The database, synchronous: one connection, used by one thread, every commit synced.

What `record` stored is on the disk when it returns, and what it refused left
nothing behind. The asynchronous face of this class is `edge.store.store`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

import structlog

from edge.domain import (
    Instant,
    Switch,
)
from edge.errors import StoreError
from edge.ports import Batch, Heads
from edge.store import (
    identity,
    logroom,
    optional,
    outbox,
    parking,
    prune,
    schema,
    sending,
    status,
    wiping,
    writes,
)
from edge.store.bounds import DEFAULT_BOUNDS, Bounds
from edge.store.connection import connect, refusals, transaction
from edge.store.late import Late
from edge.store.lock import ProcessLock
from edge.store.names import Names
from edge.store.readable import Readable

if TYPE_CHECKING:
    from collections.abc import Iterator

P = ParamSpec("P")
T = TypeVar("T")

Also = Callable[[sqlite3.Connection, Names], None]

log = structlog.get_logger()

# A checkpoint after so many commits keeps the log near half of WAL_AUTOCHECKPOINT_PAGES at 8 to
# 20 pages a commit, so that it runs between two commits and not inside an alarm's.
CHECKPOINT_EVERY_COMMITS = 32
# So many receipts write as many pages as one other commit: each wipes a message where it stands.
RECEIPTS_A_COMMIT = 4


class Database(Readable):
    """The home's one SQLite file. Raises StoreError (with file and mend) and nothing else."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        lock: ProcessLock | None,
        bounds: Bounds,
    ) -> None:
        self.path = path
        self.bounds = bounds
        self._connection = connection
        self._lock = lock
        self._names = Names(connection)
        self._late = Late()
        self._backlog = outbox.backlog(connection)
        self._heads = identity.heads(connection)
        self._commits = 0  # since the last checkpoint
        self._has_room = lock is None  # its log: one in memory has none, a command's is short
        self._empty_log = False  # a claim's code was wiped: the log must not keep it either
        self._is_dated = identity.is_dated(connection)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        home: str | None = None,
        lock: bool = True,
        store_id: str | None = None,
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> Self:
        """Open or create the file and bring its schema up to this release.

        With `home`, the file belongs to that home from then on, and one that
        belongs to another is refused. `lock=False` takes no process lock and is for
        a file that no gateway can have open. `store_id` names a new file (a random
        UUID otherwise).

        Raises StoreBusyError, StoreTooNewError, or StoreError for everything else.
        """
        path = Path(path)
        held = ProcessLock(path) if lock else None
        if held is not None:
            held.acquire()
        connection: sqlite3.Connection | None = None
        try:
            with refusals(path, "open"):
                connection = connect(path, exclusive=lock)
                applied = schema.migrate(connection, path)
                identity.found(connection, path, home, store_id)
                database = cls(path, connection, held, bounds)
        except BaseException:
            if connection is not None:
                connection.close()
            if held is not None:
                held.release()
            raise
        if applied:
            log.info("store_migrated", path=str(path), applied=applied)
        return database

    @classmethod
    def in_memory(
        cls, path: Path, *, home: str | None = None, bounds: Bounds = DEFAULT_BOUNDS
    ) -> Self:
        """A new one without a file, for as long as `path` cannot be used."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        schema.migrate(connection, path)
        identity.found(connection, path, home, None)
        return cls(path, connection, None, bounds)

    def close(self) -> None:
        """Write the log back into the file and let go of it."""
        try:
            with refusals(self.path, "close"):
                # SQLite removes the log with its last connection, its blocks as they are. A disk
                # that refuses now keeps the log for the next start, which reads it.
                with suppress(sqlite3.Error, StoreError):
                    self.settle()
                    if wiping.emptied(self._connection):
                        wiping.overwrite(wiping.log_of(self.path))
                self._connection.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing ------------------------------------------------------------------------------

    def heads(self) -> Heads:
        return self._heads

    def record(self, batch: Batch, also: Also | None = None, heads: Heads | None = None) -> None:
        """Commit the whole batch, synced, or raise StoreError and keep nothing of it.

        `also` writes tables that the rules do not know, in the same transaction. `heads`: the
        batch was held in memory, which had no room for some of its rows; these are the last
        numbers that were given out.
        """
        after = heads or identity.next_heads(self.path, self._heads, batch)
        new = outbox.arriving(batch.messages)
        full = outbox.overflows(self._backlog.plus(new), self.bounds)
        # What wakes somebody waits for no receipt of telemetry, but none is dropped that was had.
        with self._transaction("store a batch", late=full or not batch.alerts):
            backlog = self._backlog
            writes.write(self._connection, self._names, batch)
            if also is not None:
                also(self._connection, self._names)
            if heads is not None:
                identity.number_on(self._connection, heads)
            if not self._is_dated:
                identity.date(self._connection, self._names, batch.at)
            if batch.messages:
                load = backlog.plus(new)
                backlog = outbox.shed(self._connection, self._names, load, self.bounds, batch.at)
            if also is not None:
                backlog = outbox.backlog(self._connection)
        self._heads, self._backlog, self._is_dated = after, backlog, True

    def make_room(self, at: Instant) -> int:
        """Shed the oldest telemetry on a full disk, and let its pages be used again.

        The log comes first: what stands in it may need more of the disk than there is, and then
        it must not grow by what is shed. Raises StoreError: more room is needed.
        """
        self._checkpoint()
        with self._transaction("make room"):
            gone = prune.make_room(self._connection, self._names, self.bounds, at)
            backlog = outbox.backlog(self._connection)
        self._backlog = backlog
        self._checkpoint()
        return gone

    def _checkpoint(self) -> None:
        with refusals(self.path, "checkpoint"):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._commits = 0

    def probe(self) -> None:
        """Write one page and sync it; raises StoreError when the disk refuses."""
        with self._transaction("write", late=False):
            (told,) = self._connection.execute("PRAGMA user_version").fetchone()
            # It must change: a page that stays as it was is not written.
            self._connection.execute(f"PRAGMA user_version = {1 - int(told)}")

    def mark_received(self, ids: Sequence[str], at: Instant) -> list[str]:
        """Settle these envelopes; returns the ids that were owed until now, in the given order.

        A few of telemetry alone are settled by the next commit, whatever it stores.
        """
        with refusals(self.path, "read"):
            late = self._late.take(self._connection, ids, at)
        if late is not None:
            return late
        with self._transaction("settle receipts"):
            settled = outbox.receive(self._connection, self._names, ids, at)
        self._commits += len(settled.ids) // RECEIPTS_A_COMMIT
        self._backlog = self._backlog.without(settled.telemetry)
        self._empty_log = self._empty_log or settled.claims
        return settled.ids

    def settle(self) -> None:
        """Commit the receipts that wait for a commit, if there are any."""
        if self._late.ids:
            with self._transaction("settle receipts"):
                pass

    def receipts_wait(self, at: Instant) -> bool:
        """Whether receipts have waited too long for a commit of something else."""
        return self._late.due(at)

    def _recounted(
        self,
        doing: str,
        call: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """One transaction around what may change how much telemetry is owed."""
        with self._transaction(doing):
            done = call(self._connection, *args, **kwargs)
            backlog = outbox.backlog(self._connection)
        self._backlog = backlog
        return done

    def refuse(self, ident: str, reason: str) -> bool:
        """Upstream refused this envelope; True when it is parked now and owed no longer."""
        with self._transaction("count a refusal"):
            parked = parking.refuse(self._connection, ident, reason, self.bounds)
            backlog = outbox.backlog(self._connection) if parked else self._backlog
        self._backlog = backlog
        return parked

    def retry(self, ids: Sequence[str] | None) -> int:
        """Owe parked envelopes again, all of them without `ids`; returns how many."""
        return self._recounted("send again", parking.retry, ids)

    def prune(self, at: Instant) -> prune.Pruned:
        """Apply retention, a bounded piece of it; see `Pruned` for what is left to do."""
        with self._transaction("prune"):
            pruned = prune.prune(self._connection, self._names, self.bounds, at)
            backlog = outbox.backlog(self._connection) if pruned.messages else self._backlog
        self._backlog = backlog
        return pruned

    def switch(self, switch: Switch, *, owed: bool) -> list[str]:
        """Keep a switch; what waits upstream of a class that was switched off goes with it."""
        return self._recounted(
            "store a switch", sending.write, self._names, self.bounds, switch, owed=owed
        )

    def erase_readings(self, up_to: int, at: Instant) -> int:
        """A bounded piece of the readings up to a number goes; how many rows, 0 at the end."""
        gone = self._recounted(
            "erase readings", optional.erase_readings, self._names, self.bounds, up_to, at
        )
        self._empty_log = True  # pages of before stand in the log
        if not gone:
            self.tidy()  # now, not in the next pause: who asked was told that they are gone
        return gone

    def tidy(self) -> None:
        """Move the log into the file when it is due; call it when nothing else is to be done."""
        if not self._has_room:
            room = min(logroom.ROOM_BYTES, self.bounds.wal_bytes)
            self._has_room = logroom.take(wiping.log_of(self.path), room)
        if self._commits < CHECKPOINT_EVERY_COMMITS and not self._empty_log:
            return
        large = status.wal_bytes(self.path) > self.bounds.wal_bytes
        with refusals(self.path, "checkpoint"):
            if not (large or self._empty_log):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            elif not wiping.emptied(self._connection):
                return  # somebody reads from it: the next pause tries again
            elif self._empty_log:
                wiping.overwrite(wiping.log_of(self.path))
            else:  # a piece at a time: an alarm waits for no more than that
                wiping.shorten(wiping.log_of(self.path), wiping.CHUNK_BYTES)
        self._commits, self._empty_log = 0, False

    def status(self, *, check: bool = False) -> status.StoreStatus:
        """Size, numbers and rows of the file; `check` also runs SQLite's quick_check."""
        with refusals(self.path, "read"):
            return status.status(self._connection, self.path, self._heads, check=check)

    # -- what only commands keep ---------------------------------------------------------------

    def change(
        self,
        call: Callable[Concatenate[sqlite3.Connection, Names, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """One synced transaction around `call`, for tables that the rules do not know."""
        with self._transaction("store what a command said"):
            return call(self._connection, self._names, *args, **kwargs)

    def look(
        self,
        call: Callable[Concatenate[sqlite3.Connection, Names, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `call` reads; it changes nothing."""
        with refusals(self.path, "read"):
            return call(self._connection, self._names, *args, **kwargs)

    # -- inside -------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, doing: str, *, late: bool = True) -> Iterator[None]:
        """One commit; with `late`, of the receipts that wait for one too."""
        before = self._backlog
        with refusals(self.path, doing):
            try:
                with transaction(self._connection):
                    if late:
                        gone = self._late.write(self._connection, self._names)
                        self._backlog = before.without(gone)
                    yield
            except BaseException:
                self._backlog = before
                self._names.revert()
                raise
        self._names.settle()
        if late:
            self._late.stored()
        self._commits += 1
