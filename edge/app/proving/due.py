"""When the next proof of the way is due, and how the last one stands. Pure."""

from __future__ import annotations

import hashlib

from edge.domain import Instant, Sync
from edge.escalation.asking import elapsed_ms
from edge.store.proving import ProofRow
from edge.uplink.envelope import PROOF_LATE_MS, ProofStanding

START, DAILY, ASKED, COMMAND = "start", "daily", "asked", "command"

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
# While people are at work who can mend what fails; a region's homes are spread over it.
WINDOW_FROM_MIN, WINDOW_MIN = 9 * 60, 6 * 60
# After a start what waited goes first, and a line has time to come up.
START_AFTER_MS = 2 * MINUTE_MS
# A box that was off at its minute of the day does not wait for the next one.
MISSED_AFTER_MS = 25 * 60 * MINUTE_MS
# A desk that lives receipts within a second. What takes longer than this is for somebody to see.
RECEIPT_WITHIN_MS = 10 * MINUTE_MS


def slot_min(gateway: str) -> int:
    """The minute of the local day at which this gateway proves its way, always the same."""
    number = int.from_bytes(hashlib.sha256(gateway.encode()).digest()[:4], "big")
    return WINDOW_FROM_MIN + number % WINDOW_MIN


def due(
    now: Instant, last: ProofRow | None, *, gateway: str, release: str, started_ms: int
) -> str | None:
    """Why a proof must be made at `now`; None for not yet.

    `last`: the newest, received or not. `started_ms`: boottime of this process's start. A store
    that has none, and a release that has made none, proves its way at once.
    """
    if now.boottime_ms - started_ms < START_AFTER_MS:
        return None
    if last is None or last.release != release:
        return START
    if Sync.NONE in (now.sync, last.raised.sync):
        # Without a time of day the boot's own clock counts; another boot counts as another day.
        is_day = last.raised.boot != now.boot or elapsed_ms(last.raised, now) >= DAY_MS
        return DAILY if is_day else None
    if elapsed_ms(last.raised, now) >= MISSED_AFTER_MS:
        return DAILY
    (day, minute), (last_day, _) = _local(now), _local(last.raised)
    return DAILY if day != last_day and minute >= slot_min(gateway) else None


def standing(
    now: Instant,
    *,
    since: Instant,
    received: ProofRow | None,
    waiting: ProofRow | None,
    is_up: bool,
) -> ProofStanding:
    """`since`: when this process began; `waiting`: the oldest that is on its way.

    A line that is known to be down has a fault of its own: it makes a proof late after a day only.
    """
    if waiting is not None and is_up and elapsed_ms(waiting.raised, now) > RECEIPT_WITHIN_MS:
        return "late"
    last = None if received is None else received.received
    if last is not None and is_ahead(last, now):
        last = None
    if last is not None and (last.boot == now.boot or Sync.NONE not in (last.sync, now.sync)):
        if elapsed_ms(last, now) <= PROOF_LATE_MS:
            return "ok"
        # A box that was off for days gets the time to prove that its way is there.
        is_fresh = elapsed_ms(since, now) <= START_AFTER_MS + RECEIPT_WITHIN_MS
        return "waiting" if is_fresh else "late"
    # Nothing is known of before: what counts is how long this process has been at it.
    return "late" if elapsed_ms(since, now) > PROOF_LATE_MS else "waiting"


def is_ahead(then: Instant, now: Instant) -> bool:
    """Whether what is over was dated after now, by a clock of another boot: how long ago it was,
    nobody knows, and it must not count as fresh until that day has come.
    """
    if then.boot == now.boot or Sync.NONE in (then.sync, now.sync):
        return False
    return then.wall_ms - now.wall_ms > MINUTE_MS


def _local(at: Instant) -> tuple[int, int]:
    """Day and minute of the day on the home's clock."""
    return divmod((at.wall_ms // MINUTE_MS) + at.offset_min, 24 * 60)
