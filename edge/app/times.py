"""Moments for people and scripts, as far as they are known now: exact, or an interval.

What was noted before the clock was set is told by the time that is known since. Where nobody will
ever know it exactly the text is an ISO 8601 interval, `2026-03-01T22:10Z/2026-03-02T06:40Z`, whose
unknown end is `..`: no reader takes it for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain import Alert, Instant, Sync
from edge.errors import StoreError
from edge.home.moments import UNKNOWN, BootFact, When, when
from edge.store import boots
from edge.store.store import SqliteStore
from edge.uplink.envelope import iso

OPEN_END = ".."


def interval_text(found: When, at: Instant) -> str:
    """`A/B` to the millisecond, in the home's time of `at`."""
    ends = (found.after_ms, found.before_ms)
    return "/".join(
        OPEN_END if ms is None else _iso(msgspec.structs.replace(at, wall_ms=ms)) for ms in ends
    )


def _iso(at: Instant) -> str:
    return iso(at).replace("+00:00", "Z")


class Times:
    """What is known of each boot of this home; brought up to date when the clock is set or lost."""

    def __init__(self) -> None:
        self._facts: Mapping[str, BootFact] = {}
        self._known: tuple[str, bool] | None = None

    async def keep(self, store: SqliteStore, at: Instant) -> None:
        """Read the facts again when a commit at `at` can have changed them."""
        if self.is_current(at):
            return
        try:
            self._facts = await store.look(boots.facts)
        except StoreError as error:
            if not error.fault:
                raise
            return  # the disk has a loop and a fault of its own; the next commit tries again
        self._known = (at.boot, at.sync is not Sync.NONE)

    def is_current(self, at: Instant) -> bool:
        return self._known == (at.boot, at.sync is not Sync.NONE)

    def when(self, at: Instant) -> When:
        return when(at, self._facts.get(at.boot, UNKNOWN))

    def text(self, at: Instant) -> str:
        """The moment, or the interval in which it was."""
        return self._text(at, self.when(at))

    def raised(self, alert: Alert) -> str:
        """When an alert was raised: as its own revision says, where that knows more."""
        found = self.when(alert.raised)
        if found.wall_ms is None and alert.raised_before_ms is not None:
            found = When(after_ms=alert.raised_after_ms, before_ms=alert.raised_before_ms)
        return self._text(alert.raised, found)

    def order(self, at: Instant) -> int:
        """By this, UTC ms, moments stand in their order, also those that nobody dated."""
        found = self.when(at)
        ends = (found.wall_ms, found.before_ms, found.after_ms, at.wall_ms)
        return next(ms for ms in ends if ms is not None)

    def ago_ms(self, then: Instant, now: Instant) -> int:
        """Time passed since; at least, where nobody knows when that was."""
        if then.boot == now.boot:
            return max(0, now.boottime_ms - then.boottime_ms)
        if now.sync is Sync.NONE:
            return max(0, now.boottime_ms)  # it was before this boot
        return max(0, now.wall_ms - self.order(then))

    def _text(self, at: Instant, found: When) -> str:
        if found.wall_ms is None:
            return interval_text(found, at)
        offset_min = found.offset_min
        return _iso(msgspec.structs.replace(at, wall_ms=found.wall_ms, offset_min=offset_min))
