"""How the store begins when its disk refuses: with more room, a new file, or in memory."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.domain import Instant
from edge.errors import StoreError
from edge.store import aside
from edge.store.ballast import Ballast
from edge.store.bounds import DEFAULT_BOUNDS, Bounds
from edge.store.database import Database

log = structlog.get_logger()


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """`adrift`: the database is not the one at its path, but in memory; `copy`: of that one."""

    database: Database
    trouble: str = ""
    adrift: bool = False
    copy: Path | None = None
    salvaged: aside.Salvaged = aside.Salvaged()


def begin(
    path: Path, at: Instant | None, opening: dict[str, Any], *, mend: bool, corrupt: bool = False
) -> Begun:
    """Open the database. With `mend` only what is no disk's fault raises StoreError.

    `corrupt`: it can be opened, and not be read.
    """
    fault = "corrupt" if corrupt else ""
    try:
        if not corrupt:
            return Begun(database=Database.open(path, **opening))
    except StoreError as error:
        if not (mend and error.fault):
            raise
        log.error("store_not_opened", path=str(path), kind=error.fault, reason=str(error))
        fault = error.fault
    bounds: Bounds = opening.get("bounds", DEFAULT_BOUNDS)
    if fault == "io":  # once is a hiccup of the card
        with contextlib.suppress(StoreError):
            return Begun(database=Database.open(path, **opening))
    if fault in ("full", "io"):
        room = Ballast(path, bounds)
        while room.give():
            with contextlib.suppress(StoreError):
                return Begun(database=Database.open(path, **opening))
    salvaged = aside.salvage(path, bounds)
    if fault == "corrupt":
        with contextlib.suppress(StoreError):
            aside.set_aside(path, "at-start", at, bounds)
            return Begun(database=Database.open(path, **opening), salvaged=salvaged)
    log.error("store_in_memory", path=str(path), kind=fault)
    if fault != "corrupt":
        copied = _copied(path, opening, bounds)
        if copied is not None:
            return Begun(database=copied[0], trouble=fault, adrift=True, copy=copied[1])
    memory = Database.in_memory(path, home=opening.get("home"), bounds=bounds)
    return Begun(database=memory, trouble=fault, adrift=True, salvaged=salvaged)


def _copied(path: Path, opening: dict[str, Any], bounds: Bounds) -> tuple[Database, Path] | None:
    """The home as the disk has it, with its numbering, on a disk of memory."""
    copy = aside.copy_to_memory(path, bounds)
    if copy is None:
        return None
    try:
        return Database.open(copy, home=opening.get("home"), bounds=bounds), copy
    except StoreError:
        aside.forget_copy(copy)
        return None
