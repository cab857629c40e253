"""A full disk: alerts are stored, telemetry is shed, and the shedding is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.domain import Instant
from edge.store.bounds import Bounds
from edge.store.steadfast import PROBE_AFTER_MS, Steadfast
from tests.store import disks
from tests.store.samples import alert, batch, message, reading, telemetry
from tests.support.clock import instant

pytestmark = pytest.mark.filterwarnings(disks.TOLD)

BOUNDS = Bounds(
    ballast_bytes=2 * 1024 * 1024, ballast_piece_bytes=256 * 1024, prune_rows=500, shed_rows=20
)
BODY = b"x" * 2_000


def later(step: int) -> Instant:
    return instant(step * PROBE_AFTER_MS)


def fill_with_telemetry(store: Steadfast, rows: int) -> None:
    for n in range(rows // 100):
        heads = store.heads()
        seen = [reading(float(n), later(0)) for n in range(100)]
        messages = [telemetry(heads.message + 1, BODY)]
        assert store.record(
            batch(heads.observation, observations=seen, messages=messages, at=later(0))
        )
        store.tidy()


def one_alert(store: Steadfast, number: int, step: int) -> bool:
    """An alert with its evidence and its message."""
    heads = store.heads()
    return store.record(
        batch(
            heads.observation,
            observations=[reading(float(number), later(step))],
            alerts=[alert(number)],
            messages=[message(heads.message + 1, body=BODY)],
            at=later(step),
        )
    )


@pytest.mark.timeout(60)
def test_alerts_are_stored_on_a_full_disk_and_it_heals(tmp_path: Path) -> None:
    """Not a byte is free: 100 alerts are synced, telemetry went, and the reserve comes back."""
    if not disks.can_mount():
        return
    with disks.disk(tmp_path) as disk:
        path = disk.folder / "home.db"
        with Steadfast.open(path, mend=True, bounds=BOUNDS) as store:
            assert store.check(later(0)).trouble == ""
            assert (disk.folder / "home.db.ballast").stat().st_blocks * 512 >= BOUNDS.ballast_bytes
            fill_with_telemetry(store, 5_000)
            disk.fill()
            stored = [one_alert(store, n, 1) for n in range(100)]
            assert all(stored)
            assert store.check(later(2)).trouble == "full"
            shed = {(line.what, line.reason) for line in store.database.shed()}
            assert {("telemetry", "disk_full"), ("observation", "disk_full")} <= shed
            assert store.database.status(check=True).integrity == "ok"
            disk.free()
            healed = store.check(later(3))
            assert (healed.trouble, healed.held_alerts) == ("", 0)
            assert (disk.folder / "home.db.ballast").stat().st_size == BOUNDS.ballast_bytes
        with Steadfast.open(path, bounds=BOUNDS) as again:
            assert len(again.database.alerts()) == 100
            assert sum(c.rows for c in again.outbox_counts() if c.priority) == 100


@pytest.mark.timeout(60)
def test_with_nothing_left_to_shed_alerts_wait_in_memory(tmp_path: Path) -> None:
    """No telemetry and no ballast: what the disk cannot take is held, and stored when it can."""
    if not disks.can_mount():
        return
    small = Bounds(ballast_bytes=64 * 1024, ballast_piece_bytes=64 * 1024)
    with disks.disk(tmp_path) as disk:
        path = disk.folder / "home.db"
        with Steadfast.open(path, mend=True, bounds=small) as store:
            store.check(later(0))
            disk.fill()
            stored = [one_alert(store, n, 1) for n in range(300)]
            assert False in stored
            held = store.check(later(1))
            assert held.trouble == "full"
            assert held.held_alerts == stored.count(False)
            assert len(store.owed(400)) == 300
            disk.free()
            assert store.check(later(2)).held_alerts == 0
            numbers = [e.sequence for e in store.database.owed(400)]
            assert sorted(numbers) == list(range(1, 301))


@pytest.mark.timeout(60)
def test_a_gateway_starts_on_a_full_disk(tmp_path: Path) -> None:
    """After a restart there is no log file to write into: the ballast makes the room."""
    if not disks.can_mount():
        return
    with disks.disk(tmp_path) as disk:
        path = disk.folder / "home.db"
        with Steadfast.open(path, mend=True, bounds=BOUNDS) as store:
            store.check(later(0))
            fill_with_telemetry(store, 1_000)
        disk.fill()
        with Steadfast.open(path, mend=True, bounds=BOUNDS) as store:
            assert one_alert(store, 1, 1)
            assert store.check(later(2)).trouble == "full"
