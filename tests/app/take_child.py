"""A spare box in a process of its own that takes a home over, and may die of it.

    take_child.py FOLDER before|inside|after|full

`before`, `inside`, `after`: SIGKILL before the commit, in the middle of its transaction, behind it.
`full`: no file may grow any more from the take on.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from edge.errors import StoreError
from edge.store import takeover
from edge.store.database import Database
from tests.app.homes import PEER
from tests.app.spares import given, spare_in, taking_of
from tests.support.clock import FakeClock

take_rows, record = takeover.take, Database.record


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_rows(connection: sqlite3.Connection, *args: Any, **kwargs: Any) -> None:
    take_rows(connection, *args, **kwargs)
    assert connection.in_transaction
    die()


def dying_record(database: Database, batch: Any, also: Any = None) -> None:
    if also is None:
        return record(database, batch, also)
    if sys.argv[2] == "after":
        record(database, batch, also)
    return die()


async def main(folder: Path, how: str) -> None:
    if how == "inside":
        takeover.take = dying_rows
    elif how in ("before", "after"):
        Database.record = dying_record  # type: ignore[method-assign,assignment]
    try:
        async with spare_in(folder, FakeClock()) as house:
            if how == "full":
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))
            await taking_of(house).take(given(), PEER)
    except StoreError as error:
        print(f"refused: {error}")  # the parent reads it
        sys.exit(1)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
