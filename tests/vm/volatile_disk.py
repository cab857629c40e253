"""A disk with a volatile cache, as a plugin of nbdkit: what is not flushed dies with the power.

    nbdkit -U SOCKET -f python tests/vm/volatile_disk.py disk=FILE keep=0.5 seed=1

A sector that was written and not flushed is lost when the client goes, or with the chance `keep`
it is on the platter all the same, each sector for itself: a disk writes its cache in any order.
With `bad=FILE` every request fails while FILE is there: a card that is dying.
"""

from __future__ import annotations

import os
import random
import sys

API_VERSION = 2
SECTOR_BYTES = 512

_given: dict[str, str] = {}


class _Disk:
    def __init__(self) -> None:
        self.file = os.open(_given["disk"], os.O_RDWR)
        self.unflushed: dict[int, bytes] = {}
        self.flushes = 0


def config(key: str, value: str) -> None:
    _given[key] = value


def open(readonly: bool) -> _Disk:  # noqa: A001 (nbdkit's names, here and below)
    return _Disk()


def block_size(disk: _Disk) -> tuple[int, int, int]:
    """Whole sectors only; at most what one request of QEMU carries."""
    return SECTOR_BYTES, 4096, 32 * 1024 * 1024


def get_size(disk: _Disk) -> int:
    return os.fstat(disk.file).st_size


def can_write(disk: _Disk) -> bool:
    return True


def can_flush(disk: _Disk) -> bool:
    return True


def _refuse_when_bad() -> None:
    if "bad" in _given and os.path.exists(_given["bad"]):  # noqa: PTH110 (each request asks)
        raise OSError("the card fails")  # nbdkit says EIO


def pread(disk: _Disk, buffer: bytearray, offset: int, flags: int) -> None:
    _refuse_when_bad()
    buffer[:] = os.pread(disk.file, len(buffer), offset)
    if disk.unflushed:
        first = offset // SECTOR_BYTES
        for number in range(len(buffer) // SECTOR_BYTES):
            sector = disk.unflushed.get(first + number)
            if sector is not None:
                at = number * SECTOR_BYTES
                buffer[at : at + SECTOR_BYTES] = sector


def pwrite(disk: _Disk, buffer: bytes, offset: int, flags: int) -> None:
    _refuse_when_bad()
    first = offset // SECTOR_BYTES
    for number in range(len(buffer) // SECTOR_BYTES):
        at = number * SECTOR_BYTES
        disk.unflushed[first + number] = bytes(buffer[at : at + SECTOR_BYTES])


def flush(disk: _Disk, flags: int) -> None:
    _refuse_when_bad()
    disk.flushes += 1
    _write(disk, disk.unflushed)
    disk.unflushed = {}


def close(disk: _Disk) -> None:
    """The power is gone."""
    chance = random.Random(int(_given.get("seed", "0")))
    keep = float(_given.get("keep", "0"))
    kept = {at: data for at, data in disk.unflushed.items() if chance.random() < keep}
    _write(disk, kept)
    os.close(disk.file)
    lost = len(disk.unflushed) - len(kept)
    told = f"flushes {disk.flushes}, sectors lost {lost}, kept unasked {len(kept)}"
    print(told, file=sys.stderr, flush=True)


def _write(disk: _Disk, sectors: dict[int, bytes]) -> None:
    for number in sorted(sectors):
        os.pwrite(disk.file, sectors[number], number * SECTOR_BYTES)
