"""What is left on the card itself: the raw image of a file system, read after it was unmounted.

The image holds everything that a reader of the card finds: files, free blocks, the journal.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.store.database import Database
from edge.store.erasing import erase

CANARY = b"canary-7391"
IMAGE_BYTES = 48 * 1024 * 1024
# Writes a life's worth in small commits, is tidy now and then, opens anew; the last time it is
# killed in the middle, with its log on the disk.
LIFE = """
import os, sys
from edge.domain import OutboxClass, OutboxEntry, Priority
from edge.kinds import observation
from edge.ports import Batch
from edge.store.bounds import Bounds
from edge.store.database import Database
from tests.support.clock import instant
at = instant()
for life in range(4):
    with Database.open(sys.argv[1], home="site-88", bounds=Bounds(wal_bytes=200_000)) as database:
        for turn in range(90):
            heads = database.heads()
            seen = [observation("tag", "text", f"canary-7391 {life} {turn} {n}" * 3, at)
                    for n in range(40)]
            entry = OutboxEntry(
                sequence=heads.message + 1, id=f"m-{heads.message}", cls=OutboxClass.CLAIM,
                priority=Priority.NORMAL, body=b"canary-7391 code", created_ms=at.wall_ms)
            database.record(Batch(at=at, first_observation=heads.observation + 1,
                                  observations=seen, messages=[entry], home=b"canary-7391" * 900))
            if turn % 30 == 0:
                database.mark_received([entry.id], at)
            database.tidy()
        if life == 3:
            print("ready", flush=True)
            sys.stdin.read()
"""


@pytest.fixture
def card(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """An image with ext4 on it, and where it is mounted; needs the right to mount."""
    image, at = tmp_path / "data.img", tmp_path / "card"
    at.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(at)], check=True)
    try:
        yield image, at
    finally:
        subprocess.run(["umount", str(at)], check=False, stderr=subprocess.DEVNULL)


def count(image: Path) -> int:
    """How often the canary stands in the image, across the edges of what is read at a time."""
    found, rest = 0, b""
    with image.open("rb") as file:
        while piece := file.read(1 << 20):
            found += (rest + piece).count(CANARY)
            rest = piece[-len(CANARY) + 1 :]
    return found


@pytest.mark.card
@pytest.mark.timeout(90)
@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_no_byte_of_the_home_is_left_on_the_card(card: tuple[Path, Path], *, killed: bool) -> None:
    """After a life with many logs, and a gateway that was stopped or killed: 0 canaries."""
    image, at = card
    path = at / "home.db"
    life = subprocess.Popen(
        [sys.executable, "-c", LIFE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert life.stdin is not None
    assert life.stdout is not None
    try:
        while not life.stdout.readline().startswith(b"ready"):
            assert life.poll() is None
        if killed:
            life.send_signal(signal.SIGKILL)
        life.stdin.close()
        life.wait(30)
    finally:
        life.kill()
        life.wait()
        life.stdout.close()
    os.sync()
    assert count(image) > 1000  # it is there before, so that finding none means something
    erase(path, home="site-88", even_unsent=True)
    for _ in range(20):
        if subprocess.run(["umount", str(at)], check=False).returncode == 0:
            break
        time.sleep(0.2)
    assert count(image) == 0


def test_a_log_of_a_clean_stop_leaves_no_row_in_free_blocks(path: Path) -> None:
    """SQLite removes its log when the gateway stops; its blocks hold zeros by then."""
    from tests.store.test_erasing import filled, seen_after  # noqa: PLC0415 (its home)

    filled(path)
    with Database.open(path, home="site-88") as database:
        database._connection.execute("UPDATE enrolment SET label = ?", ("canary-7391" * 40,))
        kept = seen_after(path.with_name(path.name + "-wal"))
        assert CANARY in kept.read_bytes()
    assert not any(kept.read_bytes())
