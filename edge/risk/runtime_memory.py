"""Ends a model's process that holds more memory than it may, while it runs.

The kernel has no bound on resident memory that it keeps for one process outside of a cgroup, and
the process bounds its own data (`runtime_child`); so its parent looks, and what the process may
take between two looks has the bound on data.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

# numpy and onnxruntime hold 65 to 90 MB; a Pi Zero 2 W has 512 MB for everything.
RSS_MAX_BYTES = 120 * 1000 * 1000

# A process fills its memory at about 1 GB/s: 20 MB between two looks.
LOOK_EVERY_S = 0.02

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def ended_over(process: asyncio.subprocess.Process, most_bytes: int) -> int | None:
    """Look until it has ended; the bytes it held when it was ended for them, else None."""
    while process.returncode is None:
        held = _resident_bytes(process.pid)
        if held > most_bytes:
            if process.returncode is None:
                process.kill()
            return held
        try:
            await asyncio.wait_for(process.wait(), LOOK_EVERY_S)
        except TimeoutError:
            continue
    return None


def _resident_bytes(pid: int) -> int:
    """What it holds now; 0 when it has ended, or where there is no /proc."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0
