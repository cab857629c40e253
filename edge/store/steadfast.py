"""The store that no disk can stop: what the disk refuses is held in memory until it takes it.

Full: a piece of the ballast goes, telemetry is shed, the commit is tried again.
Read-only or failing: batches are held, joined into one, and are delivered from
here; the disk is tried again. Corrupt: the file is set aside and a new one begun.
Whatever is held was never called stored.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
import structlog

from edge.domain import Instant, OutboxEntry
from edge.errors import StoreBusyError, StoreError
from edge.locale.refusing import worded
from edge.ports import Batch, Heads
from edge.store import aside, identity, outbox
from edge.store.ballast import Ballast
from edge.store.beginning import Begun, begin
from edge.store.bounds import DEFAULT_BOUNDS, Bounds
from edge.store.bringing import adopt, put_back
from edge.store.database import Also, Database
from edge.store.held import Held
from edge.store.prune import Pruned

log = structlog.get_logger()
T = TypeVar("T")

# A disk that refuses is tried again with a commit, but not with each of a burst.
RETRY_MS = 1_000
# A home in which nothing is written would not notice its disk, and people are told of a bad one
# within 60 s: after so long something is written, at the latest. It costs a card as much as an
# observation or two, or nothing where a commit of what waits anyway is made of it.
PROBE_AFTER_MS = 57_000
# Pieces of ballast and sheddings for one commit: more than the ballast has pieces.
ROOM_TRIES = 24


class DiskState(msgspec.Struct, frozen=True, kw_only=True):
    """How the disk is. `moved`: the numbering is another one now, so the process begins anew."""

    trouble: str  # "", "full", "read_only", "io", "corrupt"
    wrote_ms: int | None  # boottime of the last write that the disk took
    held_alerts: int
    held_observations: int
    moved: bool
    aside: tuple[str, ...]  # databases that were set aside and wait for a person


class Steadfast:
    """One home's database and what is held beside it; lives on the store's thread."""

    def __init__(self, path: Path, begun: Begun, opening: dict[str, Any]) -> None:
        self.path = path
        self.database = begun.database
        self.bounds: Bounds = opening.get("bounds", DEFAULT_BOUNDS)
        self.salvaged = begun.salvaged
        self.trouble = begun.trouble
        self.moved = False
        self._opening = opening
        self._ballast = Ballast(path, self.bounds)
        self._held = Held(self.bounds)
        self._alsos: list[Also] = []
        self._adrift = begun.adrift
        self._copy = begun.copy
        self._copied = begun.database.heads()  # where the numbering of a copy stood
        self._numbers: Heads | None = None  # of before, once the store has others
        self._is_aside = self._is_fresh = False  # a corrupt file; the new one in its place
        self._whole = False  # what is held contains the home with all its devices
        self._next_try_ms = 0
        self._wrote_ms: int | None = None

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        at: Instant | None = None,
        mend: bool = False,
        corrupt: bool = False,
        **opening: Any,
    ) -> Self:
        """Open the database; with `mend`, a disk that refuses stops nobody.

        `corrupt`, with `mend`: it opens, and a read of before found it broken.

        Raises StoreError: what is no disk's fault, and without `mend` everything.
        """
        path = Path(path)
        return cls(path, begin(path, at, opening, mend=mend, corrupt=corrupt), opening)

    def close(self) -> None:
        if self._held.batch is not None:
            log.error("store_closed_unstored", count=self._held.alerts)
        try:
            self.database.close()
        finally:
            if self._copy is not None:
                aside.forget_copy(self._copy)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing ------------------------------------------------------------------------------

    @property
    def _holding(self) -> bool:
        waits = self._held.batch is not None or bool(self._held.receipts)
        return waits or self._adrift or (self.trouble == "corrupt" and not self.moved)

    def heads(self) -> Heads:
        return self._held.heads or self._numbers or self.database.heads()

    def record(self, batch: Batch, also: Also | None = None) -> bool:
        """True: synced. False: held in memory, in its place, until the disk takes it.

        Raises StoreError for what no disk would ever take; nothing of it is kept.
        """
        if self._holding or self.moved:
            self._hold(batch, also)
            return self._heal(batch.at)
        try:
            self._with_room(batch.at, lambda: self.database.record(batch, also))
        except StoreError as error:
            if not error.fault:
                raise
            self._note(error)
            self._hold(batch, also)
            return False
        self._wrote_ms = batch.at.boottime_ms
        return True

    def mark_received(self, ids: Sequence[str], at: Instant) -> list[str]:
        """Settle these envelopes, on the disk or in memory; those that were owed until now."""
        if not self._holding:
            try:
                return self._with_room(at, lambda: self.database.mark_received(ids, at))
            except StoreError as error:
                if not error.fault:
                    raise
                self._note(error)
        owed = {entry.id for entry in self._held.messages}
        try:
            owed |= self.database.still_owed(ids)
        except StoreError:
            owed |= set(ids)  # nobody can be asked; a receipt too many settles nothing wrong
        return self._held.settle([i for i in ids if i in owed], at)

    def refuse(self, ident: str, reason: str) -> bool:
        """As the database's; what is only in memory is not parked for ever."""
        return False if self._holding else self.database.refuse(ident, reason)

    def prune(self, at: Instant) -> Pruned:
        """Retention waits while the disk refuses."""
        if self._holding:
            return Pruned()
        try:
            return self._with_room(at, lambda: self.database.prune(at))
        except StoreError as error:
            if not error.fault:
                raise
            self._note(error)
            return Pruned()

    def on_disk(self) -> Database:
        """For what is written beside batches: only these are held, so all else is refused here.

        Raises StoreError while the database is a stand-in in memory, or about to be set aside.
        """
        corrupt = self.trouble == "corrupt" and not self.moved
        if self._adrift or corrupt:
            error = worded(StoreError, "disk_forgets", file=str(self.path))
            error.fault = self.trouble or "io"
            raise error
        return self.database

    def tidy(self) -> None:
        if not self._holding:
            self.database.tidy()

    # -- reading ------------------------------------------------------------------------------

    def owed(self, limit: int) -> list[OutboxEntry]:
        """As the database's, with what is held and without what is received by now."""
        if not self._holding:
            return self.database.owed(limit)
        found: list[OutboxEntry] = []
        with contextlib.suppress(StoreError):
            found = self.database.owed(limit + len(self._held.receipts))
        both = {e.id: e for e in (*found, *self._held.messages)}
        return sorted(
            (e for e in both.values() if e.id not in self._held.receipts), key=outbox.order
        )[:limit]

    def outbox_counts(self) -> list[outbox.OutboxCount]:
        held = self._held
        if held.batch is None or self._adrift:
            return self.database.outbox_counts()
        stored: list[outbox.OutboxCount] = []
        with contextlib.suppress(StoreError):
            stored = self.database.outbox_counts()
        return [*stored, *outbox.counts_of(held.messages, held.batch.at)]

    # -- the disk -----------------------------------------------------------------------------

    def check(self, at: Instant) -> DiskState:
        """Look at the disk: write to a quiet one, bring back what is held, mend the reserve."""
        if self._holding:
            self._heal(at)
        elif self._wrote_ms is None or at.boottime_ms - self._wrote_ms >= PROBE_AFTER_MS:
            self._probe(at)
        if not self._holding and self.trouble in ("", "full"):
            self._set_trouble("" if self._ballast.grow() else "full")
        held = self._held.batch
        return DiskState(
            trouble=self.trouble,
            wrote_ms=self._wrote_ms,
            held_alerts=self._held.alerts,
            held_observations=0 if held is None else len(held.observations),
            moved=self.moved,
            aside=tuple(one.name for one in aside.set_aside_before(self.path)),
        )

    def replace(self, batch: Batch) -> None:
        """The file is corrupt: begin a new one with `batch`, the home as it is known to be."""
        self.trouble = "corrupt"
        self._hold(batch, None)
        self._whole, self._next_try_ms = True, 0
        self._heal(batch.at)

    def spoilt(self, error: StoreError) -> None:
        """A request found the file corrupt: from here on everything is held."""
        if error.fault == "corrupt" and not self._adrift:
            self._note(error)

    def _probe(self, at: Instant) -> None:
        try:
            waits = self.database.receipts_wait(at)
            self._with_room(at, self.database.settle if waits else self.database.probe)
        except StoreError as error:
            self._note(error)
        else:
            self._wrote_ms = at.boottime_ms
            if self.trouble in ("io", "read_only"):
                self._set_trouble("")
        if self._ballast.read_only():
            self._set_trouble("read_only")

    def _with_room(self, at: Instant, call: Callable[[], T]) -> T:
        """Do it; on a full disk again and again, each time with more room."""
        for _ in range(ROOM_TRIES):
            try:
                return call()
            except StoreError as error:
                # Without room SQLite may also say that the disk fails.
                short = self._ballast.free_bytes() < self.bounds.ballast_piece_bytes
                if error.fault != "full" and not (error.fault == "io" and short):
                    raise
                self._set_trouble("full", str(error))
                gave, shed = self._ballast.give(), self._shed(at)
                if not gave and not shed:
                    raise
        return call()

    def _shed(self, at: Instant) -> bool:
        try:
            return self.database.make_room(at) > 0
        except StoreError:
            return False

    def _hold(self, batch: Batch, also: Also | None) -> None:
        heads = identity.next_heads(self.path, self.heads(), batch)
        if self._adrift:
            self.database.record(batch, also)
        self._held.take(batch, heads)
        if also is not None:
            self._alsos.append(also)

    def _heal(self, at: Instant) -> bool:
        """Bring what is held to the disk; whether all of it is there now."""
        if at.boottime_ms < self._next_try_ms:
            return False
        self._next_try_ms = at.boottime_ms + RETRY_MS
        try:
            if self.moved:
                adopt(self.database, self._held, self._alsos, at)
            elif self._adrift:
                self._go_ashore(at)
            elif self.trouble == "corrupt":
                self._begin_anew(at)
            else:
                self._with_room(at, lambda: put_back(self.database, self._held, self._alsos, at))
        except StoreBusyError:
            return False  # a command has opened the file that we could not: soon again
        except StoreError as error:
            if not error.fault:
                raise
            self._note(error)
            return False
        if self.trouble == "corrupt" and not self.moved:
            return False
        if self.moved:  # whoever numbers goes on as before until the process begins anew
            self._numbers = self._held.heads or self._numbers
        self._next_try_ms = 0
        self._held, self._alsos = Held(self.bounds), []
        self._wrote_ms = at.boottime_ms
        self._set_trouble("" if self._ballast.whole else "full")
        return True

    def _go_ashore(self, at: Instant) -> None:
        """The disk can be written again: from memory back to it."""
        if self._ballast.read_only():
            raise StoreError(f"{self.path}: its disk is mounted for reading only", "read_only")
        try:
            disk = Database.open(self.path, **self._opening)
        except StoreError as error:
            if error.fault != "corrupt":
                raise
            aside.set_aside(self.path, "at-start", at, self.bounds)
            disk = Database.open(self.path, **self._opening)
        try:
            if self._copy is not None and disk.heads() == self._copied:
                put_back(disk, self._held, self._alsos, at)
            else:
                self._adopt(disk, at)
        except BaseException:
            disk.close()
            raise
        self.database.close()
        if self._copy is not None:
            aside.forget_copy(self._copy)
        self.database, self._copy, self._adrift = disk, None, False

    def _begin_anew(self, at: Instant) -> None:
        """Set the corrupt file aside; the new one gets all that is held, under its numbers."""
        if not self._whole:
            return  # the home comes with `replace`
        if not self._is_aside:  # once: another try must not push the home out of what is kept
            aside.set_aside(self.path, "in-use", at, self.bounds)
            self._is_aside = True
            with contextlib.suppress(StoreError):
                self.database.close()
        try:
            if not self._is_fresh:
                self.database = Database.open(self.path, **self._opening)
                self._is_fresh = True
            self._adopt(self.database, at)
        except StoreError as error:
            if error.fault == "corrupt":  # the new one too
                self._is_aside = self._is_fresh = False
            raise

    def _adopt(self, disk: Database, at: Instant) -> None:
        adopt(disk, self._held, self._alsos, at)
        self.moved = True
        log.error("store_begun_anew", path=str(self.path))

    def _note(self, error: StoreError) -> None:
        if error.fault:
            self._set_trouble(error.fault, str(error))

    def _set_trouble(self, trouble: str, reason: str = "") -> None:
        # A corrupt file does not mend itself, whatever else goes wrong meanwhile.
        if self.trouble == "corrupt" and not self.moved:
            return
        if trouble and trouble != self.trouble:
            log.error("store_refuses", kind=trouble, reason=reason)
        elif self.trouble and not trouble:
            log.info("store_works_again", path=str(self.path))
        self.trouble = trouble
