"""A file system on a disk that forgets, at a power cut, whatever nobody asked it to keep.

ext4 on a loop device on a file of nbdfuse, and behind it the disk with a volatile cache that
the guest uses as well (`tests/vm/volatile_disk.py`). All of it belongs to the proof that made it.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from proofs.gateway import wait_for
from proofs.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = ROOT / "tests/vm/volatile_disk.py"
SIZE_BYTES = 64 * 1024 * 1024
READY_S = 120.0


def sh(*command: str | Path, check: bool = True) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise OSError(f"{command}: {done.stderr.strip()}")
    return done.stdout.strip()


def format_image(image: Path, size_bytes: int = SIZE_BYTES) -> None:
    """An empty ext4; nothing is kept back for root, nothing is left to do at the first mount."""
    with image.open("wb") as file:
        file.truncate(size_bytes)
    sh("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0", image)


@contextmanager
def loop(file: Path) -> Iterator[str]:
    """A loop device for this file; its name under /dev."""
    device = sh("losetup", "--find", "--show", file)
    try:
        yield device
    finally:
        _until_gone(lambda: sh("losetup", "--detach", device))


@contextmanager
def mounted(device: str, folder: Path) -> Iterator[None]:
    """Mounted there; afterwards gone, whatever the disk says."""
    folder.mkdir(exist_ok=True)
    sh("mount", "-t", "ext4", "-o", "errors=remount-ro,noatime", device, folder)
    try:
        yield
    finally:
        try:
            _until_gone(lambda: sh("umount", folder))
        except OSError:
            sh("umount", "--lazy", folder)


def _until_gone(call: Callable[[], object], within_s: float = 5.0) -> None:
    """A process that was just killed may hold a file for a moment."""
    end = time.monotonic() + within_s
    while True:
        try:
            call()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


class Volatile:
    """One disk, through any number of power cuts."""

    def __init__(self, folder: Path, size_bytes: int = SIZE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.image = folder / "disk.raw"
        self.root = folder / "card"  # where it is mounted
        self.bad = folder / "bad"  # while this file is there, every request fails
        self.said = folder / "disk.log"
        self._folder = folder
        self._fuse: subprocess.Popen[bytes] | None = None
        format_image(self.image, size_bytes)

    @contextmanager
    def powered(self, *, keep: float = 0.0, seed: int = 0) -> Iterator[None]:
        """From power on to the end; `cut` in between takes the power away."""
        sock, door = self._folder / "disk.sock", self._folder / "door"
        sock.unlink(missing_ok=True)
        door.mkdir(exist_ok=True)
        with ExitStack() as stack:
            with self.said.open("ab") as log:
                server = subprocess.Popen(
                    [
                        *("nbdkit", "-f", "-U", str(sock), "python", str(PLUGIN)),
                        *(f"disk={self.image}", f"keep={keep}", f"seed={seed}", f"bad={self.bad}"),
                    ],
                    stdout=log,
                    stderr=log,
                )
                stack.callback(_end, server)
                wait_for("the disk", sock.exists, READY_S)
            stack.callback(sh, "fusermount3", "-u", "-z", "-q", door, check=False)
            file = door / "disk"
            stack.callback(lambda: _end(self._fuse))
            wait_for("its file", lambda: self._shows(file, sock), READY_S)
            device = stack.enter_context(loop(file))
            stack.enter_context(mounted(device, self.root))
            yield

    def _shows(self, file: Path, sock: Path) -> bool:
        """Whether the disk is there as a file; begun anew when it came before its socket."""
        if self._fuse is None or self._fuse.poll() is not None:
            with self.said.open("ab") as log:
                self._fuse = subprocess.Popen(
                    ["nbdfuse", str(file), "--unix", str(sock)], stdout=log, stderr=log
                )
        return _size(file) == self.image.stat().st_size

    def cut(self) -> None:
        """The power is gone: what the disk had not been asked to keep is lost, all or a part."""
        assert self._fuse is not None
        self._fuse.kill()
        self._fuse.wait()

    def lost_sectors(self) -> list[int]:
        """At each cut so far, how many sectors were written and lost."""
        text = self.said.read_text(encoding="utf-8")
        return [int(part.split(",")[0]) for part in text.split("sectors lost ")[1:]]


def _size(file: Path) -> int:
    with suppress(OSError):
        return file.stat().st_size
    return 0


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    if process.poll() is None:
        process.terminate()
    process.wait(60)
