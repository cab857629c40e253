"""The table `boot`: one fact a boot, from which the true time of each of its rows follows.

Rows are not written anew when the clock is set: a month of them would hold up an alarm, and what
was noted at the time would be lost. A reader asks `facts` and `edge.home.moments.when`.
"""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, Sync
from edge.home.moments import BootFact, ends_before, starts_after
from edge.store.bounds import Bounds

# Boots in a row that never knew the time and are placed at once: a box whose power fails every
# quarter of an hour for ten days. Earlier ones stay without an end.
PLACED_MAX = 1_000
# Boots that are looked at for their rows: one a day for five years.
FACTS_MAX = 2_000

# The wall time of a boot's boottime 0, once it knew the time.
_START = "first_wall_ms - first_boottime_ms"
# As long as it is known to have run.
_RAN = "coalesce(last_boottime_ms, first_boottime_ms)"


def begin(connection: sqlite3.Connection, boot: int, at: Instant) -> None:
    """The first commit of a boot: how long the one before it ran, and what that says of this one.

    The snapshot is of the last commit before.
    """
    before = connection.execute("SELECT at_boot, at_boottime_ms FROM snapshot").fetchone()
    if before is not None and before[0] != boot:
        connection.execute(
            "UPDATE boot SET last_boottime_ms = max(?, coalesce(last_boottime_ms, 0)) "
            "WHERE key = ?",
            (before[1], before[0]),
        )
    last = connection.execute(
        f"SELECT first_sync, {_START}, {_RAN}, after_wall_ms FROM boot "  # noqa: S608 (constants)
        "WHERE key < ? AND first_sync IS NOT NULL ORDER BY key DESC LIMIT 1",
        (boot,),
    ).fetchone()
    if last is not None:
        sync, start, ran, after = last
        after = starts_after(start if sync != Sync.NONE.value else after, (ran,))
        connection.execute("UPDATE boot SET after_wall_ms = ? WHERE key = ?", (after, boot))
    connection.execute(
        "UPDATE boot SET first_boottime_ms = ?, first_wall_ms = ?, first_offset_min = ?, "
        "first_sync = ? WHERE key = ?",
        (at.boottime_ms, at.wall_ms, at.offset_min, at.sync.value, boot),
    )


def set_clock(connection: sqlite3.Connection, boot: int, at: Instant) -> None:
    """The first moment of a boot with a trusted clock: the boots before it have an end now."""
    connection.execute(
        "UPDATE boot SET first_boottime_ms = ?, first_wall_ms = ?, first_offset_min = ?, "
        "first_sync = ? WHERE key = ?",
        (at.boottime_ms, at.wall_ms, at.offset_min, at.sync.value, boot),
    )
    found = connection.execute(
        f"SELECT key, first_sync, before_wall_ms, {_RAN} FROM boot "  # noqa: S608 (constants)
        "WHERE key < ? AND first_sync IS NOT NULL ORDER BY key DESC LIMIT ?",
        (boot, PLACED_MAX),
    ).fetchall()
    undated: list[tuple[int, int]] = []
    for key, sync, before, ran in found:
        if sync != Sync.NONE.value or before is not None:
            break
        undated.append((key, ran))
    ends = ends_before(at.wall_ms - at.boottime_ms, [ran for _, ran in undated])
    connection.executemany(
        "UPDATE boot SET before_wall_ms = ? WHERE key = ?",
        [(end, key) for end, (key, _) in zip(ends, undated, strict=True)],
    )


def facts(connection: sqlite3.Connection, _names: object) -> dict[str, BootFact]:
    """What is known of the newest FACTS_MAX boots, by the boot's id; a look that needs no names."""
    found = connection.execute(
        f"SELECT id, first_sync, {_START}, first_boottime_ms, first_offset_min, after_wall_ms, "  # noqa: S608
        f"before_wall_ms, {_RAN} FROM boot WHERE first_sync IS NOT NULL ORDER BY key DESC LIMIT ?",
        (FACTS_MAX,),
    )
    return {
        ident: BootFact(start_ms=after, end_ms=before, last_ms=ran)
        if sync == Sync.NONE.value
        else BootFact(offset_ms=start, set_ms=first, offset_min=offset, last_ms=ran)
        for ident, sync, start, first, offset, after, before, ran in found
    }


def doubt(
    connection: sqlite3.Connection, boot: int | None, bounds: Bounds, at: Instant
) -> str | None:
    """Why the time `at` must not decide what is old, although the clock is called set; or None.

    Within a boot the wall clock may not leave boottime. Over a boot it may not go back behind the
    last trusted moment, nor leap over more than a season, before it has stood for a week: one of
    the two clocks is wrong then, and what is deleted does not come back.
    """
    row = connection.execute(
        f"SELECT {_START}, first_boottime_ms, after_wall_ms FROM boot "  # noqa: S608 (constants)
        "WHERE key = ? AND first_sync <> 'none'",
        (boot,),
    ).fetchone()
    if row is None:
        return None
    start, first, after = row
    if abs(at.wall_ms - at.boottime_ms - start) > bounds.clock_step_ms:
        return "clock_jumped"
    if after is None or at.boottime_ms - first >= bounds.clock_proved_ms:
        return None
    if not -bounds.clock_step_ms <= start - after <= bounds.clock_leap_ms:
        return "clock_leapt"
    return None


def surely_before(stem: str, cutoff_ms: int, bounds: Bounds) -> str:
    """SQL: the row's Instant `stem` is before `cutoff_ms` by its own clock and by its boot's.

    A row of a boot whose clock contradicts the one before is not surely anything: it goes with
    the next row that is.
    """
    return (
        f"{stem}_sync <> 'none' AND {stem}_wall_ms < {int(cutoff_ms)} AND "  # noqa: S608 (numbers)
        f"(SELECT first_sync IS NULL OR (first_sync <> 'none' AND {_START} + {stem}_boottime_ms "
        f"< {int(cutoff_ms)} AND {_plausible(bounds)}) FROM boot WHERE key = {stem}_boot)"
    )


def surely_dated(stem: str, bounds: Bounds) -> str:
    """SQL: the row's Instant `stem` has a wall time that its boot does not contradict."""
    return (
        f"{stem}_sync <> 'none' AND (SELECT first_sync IS NULL OR (first_sync <> 'none' AND "  # noqa: S608
        f"abs({_START} + {stem}_boottime_ms - {stem}_wall_ms) <= {bounds.clock_step_ms} AND "
        f"{_plausible(bounds)}) FROM boot WHERE key = {stem}_boot)"
    )


def _plausible(bounds: Bounds) -> str:
    return (
        f"(after_wall_ms IS NULL OR {_START} - after_wall_ms "
        f"BETWEEN {-bounds.clock_step_ms} AND {bounds.clock_leap_ms})"
    )
