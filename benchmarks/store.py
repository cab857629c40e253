"""The store beside bare sqlite3 with the same durability, in one run on one disk.

Ratios hold only within one run. What the gateway does (tables with keys, the
newest of each kind, one thread) stands beside the least that a program could do:
one table, `executemany`, WAL, `synchronous=FULL`.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from edge.domain import (
    Alert,
    AlertState,
    Evidence,
    Instant,
    Observation,
    OutboxClass,
    OutboxEntry,
    Priority,
)
from edge.kinds import observation
from edge.ports import Batch
from edge.store.database import Database
from edge.store.store import SqliteStore

ROWS_PER_BATCH = 500  # the telemetry lane's own bound
BATCHES = 120
ALARMS = 400
BUSY_BATCHES = 10
SNAPSHOT_BYTES = 8_000  # a home's state with some twenty devices

_KINDS = ("temperature", "humidity", "pressure", "motion", "battery_voltage")
_DEVICES = tuple(f"device-{n}" for n in range(8))

Row = dict[str, Any]


def run() -> list[Row]:
    """Measure once; each row as `python -m benchmarks` prints it."""
    with tempfile.TemporaryDirectory(prefix="kotivahti-bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        rows = [*_batches(folder), *_alarms(folder), *_while_busy(folder)]
    return [_said(row) for row in rows]


def _said(row: Row) -> Row:
    times = f" = {row['ratio']:.1f} x {row['beside']}" if "ratio" in row else ""
    return {"measure": row["name"], "value": f"{row['value']:,.1f} {row['unit']}{times}"}


def _batches(folder: Path) -> list[Row]:
    raw = _raw(folder / "raw.db")
    bare, ours = [], []
    with Database.open(folder / "batches.db") as database:
        for n in range(BATCHES):  # in turns, so that both meet the same moments of the machine
            first = 1 + n * ROWS_PER_BATCH
            rows = [_raw_row(first + i) for i in range(ROWS_PER_BATCH)]
            bare.append(_timed(partial(_raw_commit, raw, rows)))
            batch = _batch(first, ROWS_PER_BATCH)
            ours.append(_timed(partial(_record, database, batch)))
    raw.close()
    bare_us, ours_us = (1e6 * statistics.median(times) / ROWS_PER_BATCH for times in (bare, ours))
    return [
        {"name": "raw sqlite3 executemany FULL", "unit": "us/observation", "value": bare_us},
        {
            "name": "store.record, 500 observations",
            "unit": "us/observation",
            "value": ours_us,
            "ratio": ours_us / bare_us,
            "beside": "raw",
        },
        {"name": "store.record throughput", "unit": "observations/s", "value": 1e6 / ours_us},
    ]


def _record(database: Database, batch: Batch) -> None:
    database.record(batch)
    database.tidy()


def _alarms(folder: Path) -> list[Row]:
    """One alarm: observation, driver state, alert, message, snapshot; then through the thread."""
    raw = _raw(folder / "raw-alarm.db")
    bare, direct = [], []
    with Database.open(folder / "alarms.db") as database:
        for n in range(1, ALARMS + 1):
            bare.append(_timed(partial(_raw_commit, raw, [_raw_row(n)])))
            alarm = _alarm(n)
            direct.append(_timed(partial(database.record, alarm)))
            database.tidy()
    raw.close()
    threaded, hops = asyncio.run(_threaded_alarms(folder / "threaded.db"))
    bare_us = 1e6 * statistics.median(bare)
    return [
        {"name": "raw sqlite3 commit of 1 row", "unit": "us", "value": bare_us},
        *_spread("store.record, one alarm, direct", direct, bare_us),
        *_spread("store.record, one alarm, awaited", threaded, bare_us),
        {"name": "thread hop there and back", "unit": "us", "value": 1e6 * statistics.median(hops)},
    ]


async def _threaded_alarms(path: Path) -> tuple[list[float], list[float]]:
    times, hops = [], []
    async with await SqliteStore.open(path) as store:
        for n in range(1, ALARMS + 1):
            alarm = _alarm(n)
            started = time.perf_counter()
            await store.record(alarm)
            times.append(time.perf_counter() - started)
            await asyncio.sleep(0.001)  # the thread goes back to sleep, as it does at home
            started = time.perf_counter()
            await store.heads()
            hops.append(time.perf_counter() - started)
    return times, hops


def _spread(name: str, times: list[float], bare_us: float) -> Iterator[Row]:
    cuts = statistics.quantiles(times, n=100)
    for label, value in (("p50", cuts[49]), ("p99", cuts[98])):
        yield {
            "name": f"{name}, {label}",
            "unit": "us",
            "value": 1e6 * value,
            "ratio": 1e6 * value / bare_us,
            "beside": "a raw commit",
        }


def _while_busy(folder: Path) -> list[Row]:
    """A batch stored while another thread of the process computes without a pause."""
    times: list[float] = []
    with Database.open(folder / "busy.db") as database, _busy_thread():
        for n in range(BUSY_BATCHES):
            batch = _batch(1 + n * ROWS_PER_BATCH, ROWS_PER_BATCH)
            times.append(_timed(partial(database.record, batch)))
    median_ms = 1e3 * statistics.median(times)
    switch_ms = 1e3 * sys.getswitchinterval()
    return [
        {
            "name": "store.record, 500 observations, process busy",
            "unit": "ms/batch",
            "value": median_ms,
            "ratio": median_ms / switch_ms,
            "beside": "the interpreter's switch interval",
        }
    ]


@contextmanager
def _busy_thread() -> Iterator[None]:
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    thread = threading.Thread(target=spin, name="busy")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _timed(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _at(n: int) -> Instant:
    return Instant(boot="bench", boottime_ms=n * 100, wall_ms=1_780_000_000_000 + n * 100)


def _observation(n: int, at: Instant) -> Observation:
    kind = _KINDS[n % len(_KINDS)]
    return observation(_DEVICES[n % len(_DEVICES)], kind, 20.0 + n % 7, at, device_seq=n)


def _batch(first: int, count: int) -> Batch:
    frames = [_at(first + i - i % 5) for i in range(count)]  # five readings a frame
    seen = [_observation(first + i, frames[i]) for i in range(count)]
    return Batch(
        at=_at(first + count),
        first_observation=first,
        observations=seen,
        home=b"s" * SNAPSHOT_BYTES,
    )


def _alarm(n: int) -> Batch:
    at = _at(n)
    pressed = observation("help-button", "button", "press", at)
    evidence = Evidence(device="help-button", kind="button", value="press", unit="1", at=at)
    alert = Alert(
        id=f"alert-{n:06}",
        rev=1,
        code="help_button",
        subject="help-button",
        priority=Priority.CRITICAL,
        state=AlertState.RAISED,
        raised=at,
        changed=at,
        evidence=(evidence,),
    )
    message = OutboxEntry(
        sequence=n,
        id=f"message-{n:06}",
        cls=OutboxClass.ALERT,
        priority=Priority.CRITICAL,
        body=b"m" * 1_200,
        created_ms=at.wall_ms,
    )
    return Batch(
        at=at,
        first_observation=n,
        observations=[pressed],
        driver_states={"help-button": n.to_bytes(8, "big")},
        alerts=[alert],
        messages=[message],
        home=b"s" * SNAPSHOT_BYTES,
    )


def _raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE reading (seq INTEGER PRIMARY KEY, device TEXT, kind TEXT, value REAL, "
        "wall_ms INTEGER)"
    )
    return connection


def _raw_row(n: int) -> tuple[int, str, str, float, int]:
    return n, _DEVICES[n % len(_DEVICES)], _KINDS[n % len(_KINDS)], 20.0 + n % 7, n


def _raw_commit(
    connection: sqlite3.Connection, rows: list[tuple[int, str, str, float, int]]
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO reading VALUES (?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
