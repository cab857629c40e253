"""The gateway's time: CLOCK_BOOTTIME for durations, the wall with its sync state, UUIDv7."""

from __future__ import annotations

import asyncio
import ctypes
import os
import time
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

from edge.domain import Instant, Sync

# Whether the kernel's clock is disciplined changes within minutes, not seconds.
SYNC_CHECK_EVERY_MS = 10_000
# The offset from UTC changes twice a year, on a full hour.
OFFSET_CHECK_EVERY_MS = 60_000
# A person who corrects a clock by hand corrects hours; a day is a wrong date. As the store's bound.
JUMP_MAX_MS = 86_400_000
# A fault says after an hour that the clock is in doubt; a day gives somebody time to look.
BELIEVED_AFTER_MS = 86_400_000
# adjtimex(2): "the system clock is not synchronized".
_TIME_ERROR = 5
# sizeof(struct timex) is 208 on 64-bit Linux; room to spare.
_TIMEX_BYTES = 512


def boot_id() -> str:
    """This boot's name: the first eight hex digits of the kernel's random boot id."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]


def kernel_synchronised() -> bool:
    """What adjtimex(2) says; true for timesyncd, chrony and ntpd alike."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state: int = ctypes.CDLL(None).adjtimex(timex)
    return 0 <= state < _TIME_ERROR


class Trust:
    """Doubts a clock that was trusted in this boot and has jumped since, whoever says it is set.

    Boottime cannot be set, so a wall clock that leaves it by more than a day was set by a wrong
    time server, a typed year or a dying battery; or it had been wrong before. What hangs on the
    time waits, as under a clock that was never set, until it is back or has stood for a day.
    """

    def __init__(self) -> None:
        self._apart_ms: int | None = None  # wall minus boottime, as believed
        self._claimed_ms = 0  # the same, as doubted
        self._since_ms: int | None = None  # the doubt's begin, boottime

    def remember(self, apart_ms: int) -> None:
        """What an earlier process of this boot believed."""
        self._apart_ms = apart_ms

    def judge(self, boottime_ms: int, wall_ms: int, sync: Sync) -> Sync:
        """`sync` where the time may be believed, otherwise NONE."""
        apart_ms = wall_ms - boottime_ms
        if sync is Sync.NONE:
            return sync
        if self._apart_ms is None or abs(apart_ms - self._apart_ms) <= JUMP_MAX_MS:
            self._apart_ms, self._since_ms = apart_ms, None
            return sync
        if self._since_ms is None or abs(apart_ms - self._claimed_ms) > JUMP_MAX_MS:
            self._claimed_ms, self._since_ms = apart_ms, boottime_ms
        if sync is Sync.NTP and boottime_ms - self._since_ms >= BELIEVED_AFTER_MS:
            self._apart_ms, self._since_ms = apart_ms, None
            return sync
        return Sync.NONE


class SystemClock:
    """Implements `ports.Clock` over the kernel's clocks."""

    def __init__(self, zone: str, *, trusted: bool = False) -> None:
        self._zone = zoneinfo.ZoneInfo(zone)
        self._trusted = trusted
        self._boot = boot_id()
        self._was_synchronised = False
        self._sync = Sync.NONE
        self.trust = Trust()
        self._sync_checked_ms = -SYNC_CHECK_EVERY_MS
        self._offset_min = 0
        self._offset_checked_ms = -OFFSET_CHECK_EVERY_MS

    def now(self) -> Instant:
        boottime_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        wall_ms = time.time_ns() // 1_000_000
        if boottime_ms - self._sync_checked_ms >= SYNC_CHECK_EVERY_MS:
            self._sync = self._look_at_sync()
            self._sync_checked_ms = boottime_ms
        if abs(wall_ms - self._offset_checked_ms) >= OFFSET_CHECK_EVERY_MS:
            local = datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(self._zone)
            offset = local.utcoffset()
            self._offset_min = 0 if offset is None else int(offset.total_seconds() // 60)
            self._offset_checked_ms = wall_ms
        return Instant(
            boot=self._boot,
            boottime_ms=boottime_ms,
            wall_ms=wall_ms,
            offset_min=self._offset_min,
            sync=self.trust.judge(boottime_ms, wall_ms, self._sync),
        )

    async def sleep_until(self, boottime_ms: int) -> None:
        """Sleep to `boottime_ms`; over a suspend the loop's own clock would stand still."""
        now_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        await asyncio.sleep(max(0.0, (boottime_ms - now_ms) / 1000))

    def _look_at_sync(self) -> Sync:
        if self._trusted or kernel_synchronised():
            self._was_synchronised = True
            return Sync.NTP
        return Sync.HOLDOVER if self._was_synchronised else Sync.NONE


class RandomIds:
    """Implements `ports.Ids` with the kernel's randomness."""

    def uuid7(self, at: Instant) -> str:
        return uuid7(at.wall_ms, int.from_bytes(os.urandom(10), "big"))


def uuid7(wall_ms: int, entropy: int) -> str:
    """RFC 9562 §5.7: 48 bits of Unix milliseconds, then 74 bits of `entropy`."""
    rand_a = (entropy >> 62) & 0xFFF
    rand_b = entropy & ((1 << 62) - 1)
    value = (max(0, wall_ms) & ((1 << 48) - 1)) << 80 | 7 << 76 | rand_a << 64 | 2 << 62 | rand_b
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
