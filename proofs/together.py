"""Runs several proofs in processes of their own, two beside each other where figures allow it."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Sequence

from proofs.catalogue import Entry

# As many as the machine has cores that proofs are timed on.
JOBS = 2


def run_together(entries: Sequence[Entry], *, quick: bool) -> dict[str, int]:
    """Exit code by name: 0 proved, 1 a limit missed, other codes: it broke."""
    codes: dict[str, int] = {}
    for entry in entries:
        if entry.alone:
            codes[entry.name] = _run(entry, quick=quick)
    waiting: queue.SimpleQueue[Entry] = queue.SimpleQueue()
    for entry in sorted(entries, key=lambda e: -e.minutes):
        if not entry.alone:
            waiting.put(entry)

    def work() -> None:
        while True:
            try:
                entry = waiting.get_nowait()
            except queue.Empty:
                return
            codes[entry.name] = _run(entry, quick=quick)

    workers = [threading.Thread(target=work, name=f"proofs-{n}") for n in range(JOBS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return codes


def _run(entry: Entry, *, quick: bool) -> int:
    command = [sys.executable, "-m", "proofs", entry.name, *(["--quick"] if quick else [])]
    # Standard output belongs to the results of all, which may be asked for as JSON.
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    return done.returncode
