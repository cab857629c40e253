"""Runs one proof in this process, and stores what it found."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import inspect
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from proofs.catalogue import Entry
from proofs.records import Machine, Proof, Result, store

ROOT = Path(__file__).resolve().parent.parent
# Debian keeps daemons out of an ordinary user's search path.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"])


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof is given: whether it is a short one, a folder, and somebody who listens."""

    name: str
    quick: bool
    folder: Path  # on a disk, not in memory; gone when the proof ends
    began: float

    def say(self, text: str) -> None:
        """One line of progress on standard error; long work says something every minute."""
        after = time.monotonic() - self.began
        print(f"[{self.name} {after:5.0f} s] {text}", file=sys.stderr, flush=True)

    def of(self, full: int, quick: int) -> int:
        """How many times: the full count, or the one of a short run."""
        return quick if self.quick else full


def missing(entry: Entry) -> str:
    """Why this proof cannot be run here; empty when it can."""
    if entry.root and os.geteuid() != 0:
        return "needs root, for disks and networks of its own"
    absent = [p for p in ("mosquitto", *entry.programs) if not shutil.which(p, path=SEARCH_PATH)]
    if absent:
        return f"needs {', '.join(absent)}: 'make proofs' as root installs the Debian packages"
    return ""


def run_one(entry: Entry, *, quick: bool) -> Result:
    """Prove it, in this process, and store the result."""
    os.environ["PATH"] = SEARCH_PATH
    # An installed gateway's modules are compiled: without this each of a thousand starts does it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    date, proved = dt.datetime.now(dt.UTC), commit()
    with tempfile.TemporaryDirectory(prefix=f"proof-{entry.name}-", dir="/var/tmp") as folder:
        run = Run(name=entry.name, quick=quick, folder=Path(folder), began=began)
        proof = importlib.import_module(f"proofs.{entry.name}").prove(run)
        if inspect.iscoroutine(proof):
            proof = asyncio.run(proof)
    assert isinstance(proof, Proof)
    result = Result(
        name=entry.name,
        title=entry.title,
        passed=proof.passed,
        quick=quick,
        date=date.isoformat(timespec="seconds"),
        took_s=round(time.monotonic() - began, 1),
        # Processes read the tree while it is proved: code that changed meanwhile is no one commit.
        commit=proved if proved == commit() else f"{proved} with changes",
        command=f"python -m proofs {entry.name}{' --quick' if quick else ''}",
        machine=machine(),
        proof=proof,
    )
    store(result)
    return result


def machine() -> Machine:
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 0,
        memory_mb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        kernel=f"{platform.system()} {platform.release()} {platform.machine()}",
        system=platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        mosquitto=_said("mosquitto", "-h").partition("\n")[0].removeprefix("mosquitto version "),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    return platform.processor()


def commit() -> str:
    """The commit that was proved; marked when the code differs from it."""
    git: dict[str, Any] = {"cwd": ROOT}
    short = _said("git", "rev-parse", "--short=10", "HEAD", **git).strip()
    code = (
        "edge",
        "desk",
        "config",
        "proofs/*.py",
        "proofs/attention/*.py",
        "tests/support",
        "tests/e2e",
        "benchmarks",
    )
    changed = _said("git", "status", "--porcelain", "--", *code, **git).strip()
    return f"{short} with changes" if changed else short


def _said(*command: str, **how: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=False, **how
    )
    return done.stdout
