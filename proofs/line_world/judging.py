"""What arrived, told from the two databases and the desk's own screen; nothing is counted twice."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

# "... 019cae6b-... rev 7  +12 ms received": one line for each thing that the desk showed.
_SHOWN = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) rev (\d+)  \+(-?\d+) ms")

Revision = tuple[str, int]


class Verdict(NamedTuple):
    stored: set[Revision]  # at home
    received: set[Revision]  # at the desk
    owed: int  # left in the outbox
    doubled: int  # shown more than once
    backwards: int  # shown after a newer one of the same alert
    unshown: int  # alerts of which the newest revision at the desk was never shown
    holes: int  # numbers of messages that the desk misses
    late_ms: list[int]  # from the revision to the desk's commit, as the desk says it

    @property
    def lost(self) -> int:
        return len(self.stored - self.received)


def verdict(home: Path, desk: Path, screen: str) -> Verdict:
    """When both have ended. `screen` is what `kotivahti desk run --plain` wrote."""
    shown = [(m[1], int(m[2]), int(m[3])) for m in _SHOWN.finditer(screen)]
    counts = Counter((alert, rev) for alert, rev, _ in shown)
    newest: dict[str, int] = {}
    backwards = 0
    for alert, rev, _ in shown:
        backwards += rev < newest.get(alert, 0)
        newest[alert] = max(rev, newest.get(alert, 0))
    received = set(_rows(desk, "SELECT id, rev FROM alert_revision"))
    last = dict(sorted(received))  # the highest revision of each alert
    return Verdict(
        stored=set(_rows(home, "SELECT alert, rev FROM alert_history")),
        received=received,
        owed=_one(home, "SELECT count(*) FROM outbox WHERE received_boot IS NULL"),
        doubled=sum(count - 1 for count in counts.values()),
        backwards=backwards,
        unshown=sum(newest.get(alert) != rev for alert, rev in last.items()),
        holes=_one(desk, "SELECT coalesce(sum(last - first + 1), 0) FROM gap"),
        late_ms=[late for _, _, late in shown],
    )


def arrived(desk: Path) -> int:
    """How many revisions the desk has, while it runs."""
    return _one(desk, "SELECT count(*) FROM alert_revision")


def _one(path: Path, sql: str) -> int:
    return int(next(_rows(path, sql))[0])


def _rows(path: Path, sql: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
        yield from connection.execute(sql)
