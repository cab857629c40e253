"""What a home with an observation a second writes to its card, counted at the block device."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from edge.clock import SystemClock
from edge.domain import Instant
from edge.kinds import observation
from edge.ports import Batch
from edge.store.database import Database
from proofs import alarms
from proofs.gateway import GATEWAY, Home, wait_for
from proofs.records import Figure, Proof
from proofs.running import Run
from proofs.upstream import Upstream
from proofs.volatile import format_image, loop, mounted
from tests.support.mosquitto import mosquitto

MINUTES, MINUTES_QUICK = 20, 2
DAY_S = 86_400
MB_A_DAY_MAX = 200.0
SYNCS_A_MINUTE_MAX = 50.0
# The first looks, the reserve, the log's room, the first commits, and the one alert of a day that
# proves the way: a start is not a day.
SETTLE_S = 150
SECTOR_BYTES = 512
SIZE_BYTES = 512 * 1024 * 1024
CLIMATES = 4
PRESS_EVERY_MIN = 10
# Values that are as old as retention thins them, so that it works as in a home of a month.
OLD_MS = 7 * DAY_S * 1000
OLD_ROWS_A_COMMIT = 60
# /sys/block/<device>/stat (kernel, Documentation/block/stat): places of these counters.
WRITES, SECTORS, FLUSHES = 4, 6, 15


class Counters(msgspec.Struct, frozen=True):
    """What the kernel has counted of one block device since it was made."""

    at_s: float
    writes: int
    sectors: int
    flushes: int


class Card:
    """One home, its database alone on a card of its own."""

    def __init__(self, run: Run, name: str, stack: ExitStack, *, shared: bool) -> None:
        folder = run.folder / name
        folder.mkdir()
        self.folder, self.card = folder, folder / "card"
        format_image(folder / "card.img", SIZE_BYTES)
        broker = stack.enter_context(mosquitto(folder))
        self.device = stack.enter_context(loop(folder / "card.img"))
        stack.enter_context(mounted(self.device, self.card))
        extra = _settings(broker.port, shared=shared)
        self.home = Home(
            folder / "home", robots=0, broker=broker, database=self.card / "h.db", extra=extra
        )
        stack.enter_context(self.home)
        stack.enter_context(Upstream(broker.port, GATEWAY))
        self.radio = stack.enter_context(alarms.Alarms(broker.port))

    def written_back(self) -> int:
        """Changes with every checkpoint: between two of them only the log is written."""
        return self.home.database.stat().st_mtime_ns

    def counters(self) -> Counters:
        text = Path(f"/sys/block/{Path(self.device).name}/stat").read_text(encoding="ascii")
        found = [int(word) for word in text.split()]
        return Counters(time.monotonic(), found[WRITES], found[SECTORS], found[FLUSHES])


def prove(run: Run) -> Proof:
    minutes = run.of(MINUTES, MINUTES_QUICK)
    with ExitStack() as stack:
        kept = Card(run, "kept", stack, shared=False)
        shared = Card(run, "shared", stack, shared=True)
        cards = (kept, shared)
        for card in cards:
            _live_before(card.home, minutes)
            card.home.start()
            card.home.ready()
        _play(cards, SETTLE_S)
        os.sync()
        before, sent = [card.counters() for card in cards], 0
        backs = [{card.written_back()} for card in cards]
        for minute in range(minutes):
            sent += _play(cards, 60, press=minute % PRESS_EVERY_MIN == 0)
            for back, card in zip(backs, cards, strict=True):
                back.add(card.written_back())
            if minute % 5 == 4:
                run.say(f"{minute + 1} of {minutes} minutes")
        os.sync()
        after = [card.counters() for card in cards]
        assert kept.home.process is not None
        rss_mb = _rss_mb(kept.home.process.pid)
        for card in cards:
            card.home.kill(signal.SIGTERM)
        stored, thinned = _rows(kept.home.database, run.folder / "copy.db")
    spans = [_Span(before=b, after=a) for b, a in zip(before, after, strict=True)]
    checkpoints = min(len(back) - 1 for back in backs)
    return _proof(spans, sent, stored, thinned, checkpoints, rss_mb)


def _settings(port: int, *, shared: bool) -> dict[str, object]:
    """A button, and climate tags that say their temperature in turn."""
    found = alarms.tables(port)
    devices = [
        {
            "id": f"climate-{number}",
            "driver": "bthome",
            "role": "climate",
            "address": alarms.address(number),
        }
        for number in range(CLIMATES)
    ]
    share = [{"purpose": "the measurement", "kinds": ["temperature"]}] if shared else []
    return {**found, "device": [*devices, found["device"][CLIMATES]], "share": share}


def _live_before(home: Home, minutes: int) -> None:
    """A first start makes the devices; then the store gets a value a second of a week ago."""
    home.start()
    home.ready()
    home.kill(signal.SIGTERM)
    now = SystemClock("UTC", trusted=True).now()
    seconds = SETTLE_S + (minutes + 1) * 60
    with Database.open(home.database) as database:
        for first in range(0, seconds, OLD_ROWS_A_COMMIT):
            rows = [
                observation(
                    f"climate-{second % CLIMATES}",
                    "temperature",
                    20.0 + second % 50 / 10,
                    _ago(now, OLD_MS - second * 1000),
                )
                for second in range(first, min(seconds, first + OLD_ROWS_A_COMMIT))
            ]
            head = database.heads().observation
            database.record(Batch(at=rows[-1].at, first_observation=head + 1, observations=rows))
    # It was before the start that made the devices, and does not contradict it.
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("UPDATE boot SET after_wall_ms = NULL")


def _ago(now: Instant, ms: int) -> Instant:
    """Of another start of the machine, whose wall clock and boottime went on together: a row
    counts as old only when both say so.
    """
    boottime_ms = now.boottime_ms + OLD_MS - ms
    return msgspec.structs.replace(
        now, boot="0" * len(now.boot), boottime_ms=boottime_ms, wall_ms=now.wall_ms - ms
    )


def _play(cards: Sequence[Card], seconds: int, *, press: bool = False) -> int:
    """One temperature a second in each home; how many were said in each."""
    began = time.monotonic()
    for second in range(seconds):
        wait_for("the next second", lambda s=second: time.monotonic() >= began + s, 5)  # type: ignore[misc]
        for card in cards:
            card.radio.temperature(second % CLIMATES, 20.0 + second % 40 / 10)
            if press and second == 0:
                card.radio.press(CLIMATES)
    wait_for("the end of it", lambda: time.monotonic() >= began + seconds, 5)
    return seconds


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _rows(database: Path, copy: Path) -> tuple[int, int]:
    """Temperatures that came, and those of a week ago that only a minute's mean is left of."""
    shutil.copy(database, copy)
    with closing(sqlite3.connect(copy)) as db:
        (stored,) = db.execute(
            "SELECT count(*) FROM observation AS o JOIN kind AS k ON k.key = o.kind "
            "WHERE k.kind = 'temperature' AND o.at_wall_ms > ?",
            ((time.time() - DAY_S) * 1000,),
        ).fetchone()
        (thinned,) = db.execute("SELECT coalesce(sum(count), 0) FROM thinned").fetchone()
    return stored, thinned


class _Span(msgspec.Struct, frozen=True, kw_only=True):
    """Between two looks at the block device."""

    before: Counters
    after: Counters

    @property
    def seconds(self) -> float:
        return self.after.at_s - self.before.at_s

    @property
    def mb(self) -> float:
        return (self.after.sectors - self.before.sectors) * SECTOR_BYTES / 1e6

    @property
    def mb_a_day(self) -> float:
        return self.mb * DAY_S / self.seconds

    @property
    def flushes_a_minute(self) -> float:
        return (self.after.flushes - self.before.flushes) / self.seconds * 60


def _proof(
    spans: Sequence[_Span], sent: int, stored: int, thinned: int, checkpoints: int, rss_mb: float
) -> Proof:
    kept, shared = spans
    scaled = f"{kept.seconds / 60:.0f} minutes, times {DAY_S / kept.seconds:.0f}"
    return Proof(
        promise="A home with an observation a second costs its card no more than "
        f"{MB_A_DAY_MAX:.0f} MB of writes a day, whether it shares none (as delivered) or every "
        "one of them; everything counted: data, log, the file system's own journal.",
        how="A real `kotivahti run`, its database alone on an ext4 on a loop device. Four climate "
        "tags, heard by a satellite, say a temperature a second between them; a help button is "
        f"pressed every {PRESS_EVERY_MIN} minutes; upstream gives receipts. As in a home of a "
        "month, values that turn a week old are thinned all the while, one for each new one. What "
        "the kernel counts at the block device (`/sys/block/loopN/stat`), from the third minute "
        "of the process on, after a `sync` at either end. A second home beside it shares every "
        "single value: the most that a home can be asked to send.",
        figures=[
            Figure(
                name="written in a day",
                value=kept.mb_a_day,
                unit="MB",
                at_most=MB_A_DAY_MAX,
                scaled=scaled,
            ),
            Figure(name="written in the time measured", value=kept.mb, unit="MB"),
            Figure(name="time measured", value=kept.seconds / 60, unit="min"),
            Figure(
                name="flushes of the card a minute",
                value=kept.flushes_a_minute,
                unit="1/min",
                at_most=SYNCS_A_MINUTE_MAX,
            ),
            Figure(
                name="observations a second", value=sent / kept.seconds, unit="1/s", at_least=0.97
            ),
            Figure(name="of those sent, not stored", value=max(0, sent - stored), at_most=0),
            Figure(name="old values thinned meanwhile", value=thinned, at_least=sent / 2),
            Figure(
                name="times that the log was written back into the file meanwhile, in either home",
                value=checkpoints,
                at_least=1,
            ),
            Figure(name="resident memory at the end", value=rss_mb, unit="MB", at_most=150.0),
            Figure(
                name="every value shared: written in a day",
                value=shared.mb_a_day,
                unit="MB",
                at_most=MB_A_DAY_MAX,
                scaled=scaled,
            ),
            Figure(
                name="every value shared: flushes of the card a minute",
                value=shared.flushes_a_minute,
                unit="1/min",
                at_most=SYNCS_A_MINUTE_MAX,
            ),
        ],
        scaled=[
            "Of the week of values between old and new only the two ends are there.",
            "A start is not counted: 2 MB of room for the log, and the day's one proof of the way.",
        ],
        unproved=[
            "A card writes more inside than it is told to: blocks of megabytes for pages of 4 kB.",
            "The system's own log and swap are not the gateway's, and are not counted.",
        ],
    )
