"""The live view of a terminal: open alerts, homes, and what happened last."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from desk import reads
from desk.happened import Happened
from desk.lines import Lines, plain
from desk.words import title, word
from edge.domain import AlertState

# Lines of the lower panel; a terminal of 24 lines has room for the tables as well.
LINES_MAX = 12
ALERTS_MAX = 8
# The first half of a UUIDv7: its time, which tells alerts apart.
ID_SHOWN = 13
# No column of facts shrinks below a word.
NARROWEST = 8
HOMES_MAX = 8
# The tables are read anew at most this often.
REFRESH_S = 0.5

_STYLES = {"critical": "bold red", "high": "bold yellow", "normal": "white"}


class Board:
    """Draws the screen anew when something happened; `show` is called by the service."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        lines: Lines,
        language: str,
        wall_ms: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._lines = lines
        self._language = language
        self._wall_ms = wall_ms
        self._last: deque[str] = deque(maxlen=LINES_MAX)
        self._drawn_s = 0.0
        self._live = Live(console=Console(), auto_refresh=False, screen=False)

    def __enter__(self) -> Self:
        self._live.start()
        self.draw()
        return self

    def __exit__(self, *_: object) -> None:
        self.draw()
        self._live.stop()

    def show(self, happened: Happened) -> None:
        self._last.append(self._lines.line(happened))
        if time.monotonic() - self._drawn_s >= REFRESH_S:
            self.draw()

    async def keep_drawing(self) -> None:
        """Once a second, so that silences grow on the screen too."""
        while True:
            await asyncio.sleep(1.0)
            self.draw()

    def draw(self) -> None:
        """Read the tables and put them on the screen."""
        self._drawn_s = time.monotonic()
        events = Panel(Text("\n".join(self._last)), title=self._word("events"))
        self._live.update(Group(self._alerts(), self._homes(), events), refresh=True)

    def _word(self, key: str) -> str:
        return word(key, self._language)

    def _alerts(self) -> Table:
        table = Table(title=self._word("open_alerts"), expand=True)
        # Only the words of the alert may be cut: on a narrow screen they give way first.
        for heading, room in (("state", 0), ("urgency", 0), ("alert", 1), ("who", 0)):
            if room:
                table.add_column(self._word(heading), ratio=room, overflow="ellipsis", no_wrap=True)
            else:
                table.add_column(self._word(heading), min_width=NARROWEST, no_wrap=True)
        table.add_column("ms", min_width=NARROWEST, justify="right", no_wrap=True)
        table.add_column("id", min_width=ID_SHOWN, no_wrap=True)
        rows = reads.alerts(self._connection, only_open=True, limit=ALERTS_MAX)
        for row in rows:
            titles = row["title"] if isinstance(row["title"], dict) else {}
            state = AlertState(str(row["standing"]))
            holder = None if row["holder"] is None else str(row["holder"])
            table.add_row(
                self._word(state.value),
                self._word(str(row["priority"])),
                plain(title(titles, self._language, str(row["code"]))),
                plain(self._lines.holder(holder, None, state)),
                str(row["raised_to_received_ms"]),
                str(row["id"])[:ID_SHOWN],
                style=_STYLES[str(row["priority"])],
            )
        if not rows:
            table.add_row("", "", self._word("none"), "", "", "")
        return table

    def _homes(self) -> Table:
        table = Table(title=self._word("homes"), expand=True)
        for heading in ("gateway", "state", "silent_s", "readings", "missing"):
            table.add_column(self._word(heading), no_wrap=True)
        for home in reads.homes(self._connection, self._wall_ms())[:HOMES_MAX]:
            state = "lost" if home["lost"] else "online" if home["online"] else "offline"
            missing = home["missing"] if isinstance(home["missing"], dict) else {}
            table.add_row(
                plain(str(home["gateway"])),
                self._word(state),
                str(home["silent_s"]),
                str(home["observations"]),
                str(sum(missing.values())),
            )
        return table
