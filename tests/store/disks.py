"""Disks of a few megabytes that can be filled, and that turn read-only while they are used."""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Small enough to fill at once, large enough for a database, its log and a ballast.
SIZE_BYTES = 12 * 1024 * 1024

# For `filterwarnings`: it stands in the summary, and fails nothing.
TOLD = "default:NOT PROVED HERE"


def can_mount() -> bool:
    """Whether this user may make a loop device; says so aloud when not, once a test."""
    able = os.geteuid() == 0 and Path("/dev/loop-control").exists()
    if not able:
        warnings.warn(
            "NOT PROVED HERE: a real disk needs root and a loop device; a stand-in refuses instead",
            stacklevel=2,
        )
    return able


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


class Disk:
    """One ext4 on a loop device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Take every block that is free, also the last ones."""
        with (self.folder / "filler").open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 16, 1 << 12):
                try:
                    while file.write(b"\0" * size) == size:
                        pass
                except OSError:
                    continue
            os.fsync(file.fileno())

    def free(self) -> None:
        (self.folder / "filler").unlink()

    def abort(self) -> None:
        """As the kernel does after an error of the card: read-only under open files."""
        run("mount", "-o", "remount,abort", str(self.folder))


@contextmanager
def disk(tmp_path: Path, size_bytes: int = SIZE_BYTES) -> Iterator[Disk]:
    image, folder = tmp_path / "card.img", tmp_path / "card"
    with image.open("wb") as file:
        file.truncate(size_bytes)
    folder.mkdir()
    # Nothing is kept back for root: what is full for us is full.
    run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0", str(image))
    run("mount", "-o", "loop,errors=remount-ro", str(image), str(folder))
    try:
        yield Disk(folder)
    finally:
        run("umount", "-l", str(folder))
