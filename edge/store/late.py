"""Receipts of telemetry that wait for the next commit: a sync of their own would wear the card.

Nothing is lost with them. Who is killed before that commit sends these messages once more, and
upstream knows them by their ids.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edge.domain import Instant
from edge.store import outbox
from edge.store.names import Names

# Each wipes a message where it stands, so that this many are as large as another commit.
WAITING_MAX = 4
# What upstream has is kept no longer than what is said goes unsaid: a telemetry commit's age.
WAITING_MAX_MS = 60_000


class Late:
    """The receipts that no commit holds yet; at most WAITING_MAX."""

    def __init__(self) -> None:
        self._waiting: dict[str, Instant] = {}

    def take(
        self, connection: sqlite3.Connection, ids: Sequence[str], at: Instant
    ) -> list[str] | None:
        """Keep these for the next commit: those that were news. None: they want one of their own.

        Alerts and all that is no telemetry, and more than are few, are never left to wait.
        """
        fresh = [ident for ident in dict.fromkeys(ids) if ident not in self._waiting]
        if len(self._waiting) + len(fresh) > WAITING_MAX:
            return None
        ranks = outbox.owed_ranks(connection, fresh)
        if any(rank != outbox.TELEMETRY_RANK for rank in ranks.values()):
            return None
        news = [ident for ident in fresh if ident in ranks]
        self._waiting.update(dict.fromkeys(news, at))
        return news

    def write(self, connection: sqlite3.Connection, names: Names) -> outbox.Backlog:
        """Settle them in the caller's transaction; how much telemetry that was."""
        gone = outbox.Backlog()
        for ident, at in self._waiting.items():
            gone = gone.plus(outbox.receive(connection, names, [ident], at).telemetry)
        return gone

    def stored(self) -> None:
        """The commit that wrote them is on the disk."""
        self._waiting.clear()

    def due(self, at: Instant) -> bool:
        """Whether one waits too long for a commit of something else."""
        oldest = next(iter(self._waiting.values()), None)
        return oldest is not None and at.boottime_ms - oldest.boottime_ms >= WAITING_MAX_MS

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._waiting)
