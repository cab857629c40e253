"""What a person sees of a replay: progress while it runs, tables when it is done."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from edge.replay.result import HomeResult, Replayed, totals

# Often enough to see that it lives, rarely enough for a log.
PLAIN_LINE_EVERY_S = 10.0


# A file or a pipe has no width of its own; the table needs this much.
PLAIN_WIDTH = 120


class Progress:
    """A bar on a terminal; without one, a plain line now and then. Always on stderr."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._before = 0
        self._now = 0
        self._home = ""
        self._said_s = time.monotonic()
        self._bar: Bar | None = None
        self._task = TaskID(0)
        if sys.stderr.isatty():
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("replay", total=self._total)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, home: str) -> None:
        self._home = home

    def at(self, observations: int) -> None:
        """So many observations of this home are stored."""
        self._now = observations
        done = self._before + observations
        if self._bar is not None:
            self._bar.update(self._task, completed=done, description=f"home {self._home}")
        elif time.monotonic() - self._said_s >= PLAIN_LINE_EVERY_S:
            self._said_s = time.monotonic()
            click.echo(f"home {self._home}: {done} of {self._total} observations", err=True)

    def end(self) -> None:
        self._before += self._now
        self._now = 0


def table(replayed: Replayed, took_s: float) -> None:
    """One line a home, totals, and the speed; to stderr, so that stdout stays for `--json -`."""
    width = None if sys.stderr.isatty() else PLAIN_WIDTH
    console = Console(stderr=True, highlight=False, width=width)
    homes = Table(box=box.SIMPLE_HEAD, title="Replay")
    # On a narrow screen the last columns go, so that no number is ever cut.
    shown = len(_HEADINGS) if console.width >= PLAIN_WIDTH else _NARROW
    for heading in _HEADINGS[:shown]:
        words = heading in ("home", "levels")
        homes.add_column(heading, justify="left" if words else "right", no_wrap=heading in _WHOLE)
    for home in replayed.homes:
        homes.add_row(*_cells(home)[:shown])
    console.print(homes)
    whole = totals(replayed.homes)
    kinds = [f"{code} {rate:.2f}" for code, rate in whole.alerts_per_home_week.items()]
    console.print(
        f"{whole.homes} homes, {whole.days} days, {whole.observations} observations, "
        f"{whole.silent_days} silent days, {whole.commits} commits"
    )
    console.print(f"alerts per home-week: {', '.join(kinds) or 'none'}")
    console.print(f"{whole.observations / took_s:,.0f} observations/s ({took_s:.1f} s)")


# Names and big numbers are never cut; two-word headings may break.
_WHOLE = ("home", "observations")
# As many columns as 80 characters have room for.
_NARROW = 7
_HEADINGS = (
    "home",
    "days",
    "observations",
    "coverage",
    "silent days",
    "resident alerts/wk",
    "equipment alerts/wk",
    "levels",
    "commits",
    "longest gap",
)


def _cells(home: HomeResult) -> tuple[str, ...]:
    about = home.about_resident()
    levels = sorted(set(home.levels.values()))
    words = levels[0] if len(levels) == 1 else ", ".join(f"{h} {v}" for h, v in home.levels.items())
    return (
        home.home,
        str(home.days),
        str(home.observations),
        f"{home.coverage_share:.1%}",
        str(len(home.silent_days)),
        f"{about / home.weeks:.2f}",
        f"{(len(home.alerts) - about) / home.weeks:.2f}",
        words,
        str(home.commits),
        f"{home.longest_gap_s / 3600:.1f} h",
    )
