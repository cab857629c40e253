"""The clocks of a real process under a test's hand, by a small library that it is started with."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import time
import uuid
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".cpp")
_SYNCHRONISED, _NOT = 0, 5  # adjtimex(2): TIME_OK, TIME_ERROR
_NS = 1_000_000_000
LONG_AGO_S = 86_400.0  # the second day of 1970, where a box without a battery begins


class WallClock:
    """What the process believes; `env` starts it under this clock."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("g++")
        if compiler is None:
            raise RuntimeError("g++ is missing: sudo apt install g++")
        library, self._file = folder / "wall_clock.so", folder / "wall_clock"
        self._boot_id = folder / "boot_id"
        flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
        subprocess.run([compiler, *flags, "-o", str(library), str(_SOURCE)], check=True)
        self._file.write_bytes(struct.pack("qqq", 0, _SYNCHRONISED, 0))
        with self._file.open("r+b") as file:
            self._hand = mmap.mmap(file.fileno(), 0)
        self.env = {
            "LD_PRELOAD": str(library),
            "WALL_CLOCK": str(self._file),
            "BOOT_ID": str(self._boot_id),
        }
        self.reboot()

    def reboot(self) -> None:
        """The next process runs in another boot, which begins now; its clock is not set."""
        self._boot_id.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
        up_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        struct.pack_into("q", self._hand, 16, -up_ns)
        self.set(LONG_AGO_S, synchronised=False)

    def set(self, wall_s: float, *, synchronised: bool = True) -> None:
        """From now on it is `wall_s` after 1970, and the kernel vouches for it or not."""
        state = _SYNCHRONISED if synchronised else _NOT
        offset_ns = round(wall_s * _NS) - time.time_ns()
        struct.pack_into("q", self._hand, 8, state)
        struct.pack_into("q", self._hand, 0, offset_ns)

    def set_right(self) -> None:
        """As a time server does it."""
        self.set(time.time())

    def close(self) -> None:
        self._hand.close()
