"""A home whose hours of coverage are written as the gateway writes them."""

from __future__ import annotations

from edge.domain import HourCoverage
from edge.events import ConfigLoaded, Tick
from edge.home.asking import Asked
from edge.home.ledger_rows import is_due, unwritten, write_out
from tests.support.living import Living

HOUR_S = 3600
Rows = dict[tuple[int, str], HourCoverage]


class Counted(Living):
    """A home whose hours are written as the gateway writes them."""

    def __init__(self, *, paths: tuple[str, ...] = ()) -> None:
        self.written: Rows = {}
        super().__init__(settings=ConfigLoaded(paths=paths))

    def commit(self, *, running: bool = False) -> None:
        """One batch, with the hours that are due."""
        if not (running or is_due(self.home)):
            return
        self.home, rows, drop_ms = write_out(self.home, running=running)
        self.written = {
            key: row for key, row in self.written.items() if drop_ms is None or key[0] < drop_ms
        }
        self.written |= {(row.hour_ms, row.question): row for row in rows}

    def rows(self) -> Rows:
        """What is written, and on top of it what is not yet."""
        self.tell(Tick())
        drop_ms = self.home.ledger.drop_ms
        kept = {k: row for k, row in self.written.items() if drop_ms is None or k[0] < drop_ms}
        return kept | {(row.hour_ms, row.question): row for row in unwritten(self.home)}

    def of(self, question: Asked) -> list[tuple[int, int, str]]:
        """Asked, known and reason of one question by hour, oldest first."""
        rows = sorted(self.rows().items())
        return [(r.asked_s, r.known_s, r.reason) for (_, q), r in rows if q == question]

    def known_s(self, question: Asked) -> int:
        return sum(known for _, known, _ in self.of(question))

    def asked_s(self, question: Asked) -> int:
        return sum(asked for asked, _, _ in self.of(question))
