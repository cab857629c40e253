"""The live view of a terminal: open alerts, homes, and what happened last."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from desk import incidents, reads
from desk.happened import Happened
from desk.homes import home_state
from desk.lines import Lines, plain
from desk.words import title, word
from edge.domain import AlertState
from edge.errors import EdgeError
from edge.escalation import Attention

# Lines of the lower panel; a terminal of 24 lines has room for the tables as well.
LINES_MAX = 12
ALERTS_MAX = 8
# The first half of a UUIDv7: its time, which tells alerts apart.
ID_SHOWN = 13
# No column of facts shrinks below a word.
NARROWEST = 8
# Columns from which there is room for how long an alert was on its way.
WIDE = 110
HOMES_MAX = 8
# Areas at once, and of each the homes to ask after first.
INCIDENTS_MAX = 3
FIRST_MAX = 5
# The tables are read anew at most this often.
REFRESH_S = 0.5

_STYLES = {"critical": "bold red", "high": "bold yellow", "normal": "white"}


class ScreenError(EdgeError):
    """The terminal takes nothing any more."""


def _write_nowhere() -> None:
    """Let the interpreter's last flush of what the terminal refused succeed."""
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _urgency(row: dict[str, object]) -> str:
    """What waits for the next visit says so; nobody is asked about it."""
    waits = row["attention"] == Attention.VISIT
    return "at_the_visit" if waits else str(row["priority"])


class Board:
    """Draws the screen anew when something happened; `show` is called by the service."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        lines: Lines,
        language: str,
        wall_ms: Callable[[], int],
        look: Callable[[list[str]], None] = lambda _: None,
    ) -> None:
        """`look` is told whose homes are about to be seen, of each the first time."""
        self._connection = connection
        self._look = look
        self._seen: set[str] = set()
        self._lines = lines
        self._language = language
        self._wall_ms = wall_ms
        self._last: deque[str] = deque(maxlen=LINES_MAX)
        self._drawn_s = 0.0
        self._live = Live(console=Console(), auto_refresh=False, screen=False)

    def __enter__(self) -> Self:
        self._live.start()
        try:
            self.draw()
        except BaseException:
            self._live.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.draw()
            self._live.stop()
        except (ScreenError, OSError):
            # The terminal went away first (SIGHUP): nobody is left to see the last picture.
            _write_nowhere()

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
        new = sorted(set(reads.clients(self._connection)) - self._seen)
        if new:
            self._look(new)
            self._seen.update(new)
        events = Panel(Text("\n".join(self._last)), title=self._word("events"))
        picture = Group(self._alerts(), *self._incidents(), self._homes(), events)
        try:
            self._live.update(picture, refresh=True)
        except OSError as error:
            text = f"the terminal cannot be written: {error.strerror}; use --plain for a pipe"
            raise ScreenError(text) from error

    def _word(self, key: str) -> str:
        return word(key, self._language)

    def _alerts(self) -> Table:
        table = Table(title=self._word("open_alerts"), expand=True)
        wide = self._live.console.width >= WIDE
        for heading in ("state", "urgency", "home"):
            table.add_column(self._word(heading), min_width=NARROWEST, no_wrap=True)
        table.add_column(self._word("alert"), ratio=1, overflow="fold")  # wrapped, never cut
        table.add_column(self._word("who"), min_width=NARROWEST, no_wrap=True)
        if wide:
            table.add_column("ms", min_width=NARROWEST, justify="right", no_wrap=True)
        table.add_column("id", min_width=ID_SHOWN, no_wrap=True)
        rows = reads.alerts(self._connection, only_open=True, limit=ALERTS_MAX)
        for row in rows:
            state = AlertState(str(row["standing"]))
            holder = None if row["holder"] is None else str(row["holder"])
            cells: list[Text | Group] = [
                Text(self._word(state.value)),
                Text(self._word(_urgency(row))),
                Text(plain(str(row["site"] or row["gateway"]))),
                self._told(row),
                self._who(row, holder, state),
                Text(plain(str(row["raised_to_received_ms"] or ""))),
                Text(str(row["id"])[:ID_SHOWN]),
            ]
            if not wide:
                del cells[-2]
            table.add_row(*cells, style=_STYLES[str(row["priority"])])
        more = reads.open_alerts(self._connection) - len(rows)
        if more > 0:
            table.add_row("", "", "", f"+{more} {self._word('more')}")
        if not rows:
            table.add_row("", "", "", self._word("none"))
        return table

    def _who(self, row: dict[str, object], holder: str | None, state: AlertState) -> Group:
        """Who has it; of what nobody has, the level and when more are asked."""
        lines = [plain(self._lines.holder(holder, None, state))]
        next_ms = row["next_step_ms"]
        if state is AlertState.RAISED and isinstance(next_ms, int):
            lines.append(f"{self._word('level')} {row['level']}  {self._lines.clock(next_ms)}")
        return Group(*(Text(line, no_wrap=True) for line in lines))

    def _told(self, row: dict[str, object]) -> Group:
        """An alert's own words on one line, and below them, uncut, what is doubtful about it."""
        titles = row["title"] if isinstance(row["title"], dict) else {}
        words = Text(plain(title(titles, self._language, str(row["code"]))))
        marks = self._lines.marks_of(row)
        return Group(words, *(Text(mark, no_wrap=False, overflow="fold") for mark in marks))

    def _incidents(self) -> list[Table]:
        """Homes that nobody can see, as one row an area; nothing when there is none."""
        rows = incidents.standing(self._connection)
        if not rows:
            return []
        table = Table(title=self._word("incidents"), expand=True)
        for heading in ("incident", "area", "silent_homes"):
            table.add_column(self._word(heading), no_wrap=True)
        table.add_column(self._word("ask_first"), ratio=1)
        for row in rows[:INCIDENTS_MAX]:
            first = [str(home["site"] or home["gateway"]) for home in row["homes"]]
            table.add_row(
                str(row["key"]),
                Text(plain(row["area"]) or self._word("area_untold")),
                str(row["silent"]),
                Text(plain(", ".join(first[:FIRST_MAX]))),
                style=_STYLES["high"],
            )
        if len(rows) > INCIDENTS_MAX:
            table.add_row(f"+{len(rows) - INCIDENTS_MAX} {self._word('more')}")
        return [table]

    def _homes(self) -> Table:
        table = Table(title=self._word("homes"), expand=True)
        for heading in ("gateway", "state", "silent_s", "readings", "missing"):
            table.add_column(self._word(heading), no_wrap=True)
        homes = reads.homes(self._connection, self._wall_ms())
        homes.sort(key=lambda home: (not home["lost"], bool(home["online"])))
        for home in homes[:HOMES_MAX]:
            missing = home["missing"] if isinstance(home["missing"], dict) else {}
            table.add_row(
                Text(plain(str(home["gateway"]))),
                Text(self._word(home_state(home))),
                str(home["silent_s"]),
                str(home["observations"]),
                str(sum(missing.values())),
            )
        if len(homes) > HOMES_MAX:
            table.add_row(f"+{len(homes) - HOMES_MAX} {self._word('more')}")
        return table
