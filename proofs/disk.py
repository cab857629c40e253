"""A disk that is full, read-only or failing, under a gateway that sixty devices alarm."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from edge.control.client import ask
from edge.errors import EdgeError
from proofs import alarms
from proofs.gateway import GATEWAY, Home, ProofError, wait_for
from proofs.records import Figure, Proof
from proofs.running import Run
from proofs.upstream import Upstream
from proofs.volatile import Volatile, format_image, loop, mounted, sh
from tests.support.mosquitto import mosquitto

FAULT_S_MAX = 60.0
HELD_MIN = 256
# Beyond these the proof gives up waiting, and says what it saw.
DELIVERED_WITHIN_S = 60.0
HEALED_WITHIN_S = 120.0
FIRST_LOOK_S = 6.0  # the gateway looks at its disk every five seconds
SIZE_BYTES = 96 * 1024 * 1024
# What a database and its log are written with: all of it fails.
WRITES = "pwrite64,fdatasync,fsync,ftruncate,fallocate,pwritev"


class Disk(msgspec.Struct):
    """Where the database stands, and what can happen to it."""

    folder: Path
    fail: Callable[[Home], None]
    mend: Callable[[Home], None] | None = None  # None: it needs a person, and a restart
    from_start: bool = False  # it fails before the gateway starts


class Seen(msgspec.Struct):
    """What was seen of one disk."""

    delivered: int = 0
    delivered_s: float = 0.0
    fault_s: float = 0.0
    held: int = 0
    trouble: str = ""
    healed_s: float | None = None
    stored: int | None = None
    integrity: str = ""


@contextmanager
def full(folder: Path) -> Iterator[Disk]:
    """Every block of a real file system is taken, then given back."""
    with _ext4(folder) as card:
        filler = card / "filler"
        yield Disk(folder=card, fail=lambda _: _fill(filler), mend=lambda _: filler.unlink())


@contextmanager
def aborted(folder: Path) -> Iterator[Disk]:
    """As the kernel does after an error of the card: read-only under open files, for good."""
    with _ext4(folder) as card:
        yield Disk(folder=card, fail=lambda _: _sh("mount", "-o", "remount,abort", card))


@contextmanager
def read_only(folder: Path) -> Iterator[Disk]:
    """Read-only when the gateway starts; somebody remounts it while it runs."""
    with _ext4(folder) as card:
        yield Disk(
            folder=card,
            fail=lambda _: _sh("mount", "-o", "remount,ro", card),
            mend=lambda _: _sh("mount", "-o", "remount,rw", card),
            from_start=True,
        )


@contextmanager
def dying(folder: Path) -> Iterator[Disk]:
    """Every request to the block device fails, reading too; the kernel gives up on it."""
    card = Volatile(folder, SIZE_BYTES)
    with card.powered():
        try:
            yield Disk(folder=card.root, fail=lambda _: card.bad.touch())
        finally:
            card.bad.unlink(missing_ok=True)


@contextmanager
def failing(folder: Path) -> Iterator[Disk]:
    """Each write and sync says EIO for a while; then the card is as before."""
    with ExitStack() as stack:

        def fail(home: Home) -> None:
            assert home.process is not None
            pid = home.process.pid
            refuse = ("-e", f"trace={WRITES}", "-e", f"inject={WRITES}:error=EIO")
            tracer = subprocess.Popen(
                ["strace", "-f", "-qq", "-p", str(pid), *refuse, "-o", "/dev/null"],
                stderr=subprocess.DEVNULL,
            )
            stack.callback(_stop, tracer)
            wait_for("strace is there", lambda: "TracerPid:\t0\n" not in _status_of(pid), 20)

        folder.mkdir(parents=True)
        yield Disk(folder=folder, fail=fail, mend=lambda _: stack.close())


SCENES: dict[str, tuple[str, Any]] = {
    "full": ("full (every block of an ext4 taken, then freed)", full),
    "failing": ("failing (each write and sync: EIO, for a while)", failing),
    "read_only": ("read-only at the start, remounted later", read_only),
    "aborted": ("turned read-only under open files", aborted),
    "dying": ("dying (the block device refuses every request)", dying),
}


def prove(run: Run) -> Proof:
    figures: list[Figure] = []
    for name, (words, make) in SCENES.items():
        if run.quick and name not in ("full", "dying"):
            continue
        with make(run.folder / name / "disk") as disk:
            seen = _scene(run, name, disk)
        run.say(f"{name}: {msgspec.to_builtins(seen)}")
        figures += _figures(words, disk, seen, full=name == "full")
    return Proof(
        promise="No disk stops an alert. A full one: alerts are still stored. One that is "
        f"read-only or fails: at least {HELD_MIN} alerts are kept in memory and delivered from "
        f"there; people are told within {FAULT_S_MAX:.0f} s; and when the disk takes data again, "
        "it is all stored, without a restart and without a person.",
        how="A real `kotivahti run`, its database on a real disk of its own (ext4 on a loop "
        "device; `nbdkit` where every request is to fail; `strace` on the running gateway where "
        f"a call is to say EIO), {alarms.DEVICES} enrolled alarms heard by a satellite on the "
        f"home's broker. When the disk fails, each says six things at once: {alarms.ALERTS} "
        "alerts. Upstream counts what arrives, and when the fault of the disk is told. Then the "
        "disk is mended, and after an ordinary end a copy of the database is compared with what "
        "was delivered.",
        figures=figures,
        unproved=[
            "What is in memory is gone if the power goes too; it was never called stored.",
            "A file system that the kernel has given up on heals by a restart of the computer.",
        ],
    )


def _scene(run: Run, name: str, disk: Disk) -> Seen:
    seen = Seen()
    folder = run.folder / name
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(folder))
        database = disk.folder / "home.db"
        home = Home(
            folder / "home",
            robots=0,
            broker=broker,
            database=database,
            extra=alarms.tables(broker.port),
        )
        stack.enter_context(home)
        upstream = stack.enter_context(Upstream(broker.port, GATEWAY))
        devices = stack.enter_context(alarms.Alarms(broker.port))
        home.start()
        home.ready()
        time.sleep(FIRST_LOOK_S)
        if disk.from_start:
            home.kill(signal.SIGTERM)
        began = time.monotonic()
        disk.fail(home)
        run.say(f"{name}: it fails now")
        if disk.from_start:
            home.start()
            home.ready()
            wait_for("it listens", lambda: _listens(home), DELIVERED_WITHIN_S)
        _alarm(home, devices, upstream, seen, began)
        if disk.mend is not None:
            mended = time.monotonic()
            disk.mend(home)
            wait_for("the disk is well", lambda: _disk(home)["trouble"] == "", HEALED_WITHIN_S)
            wait_for("all is stored", lambda: not _disk(home)["held_alerts"], HEALED_WITHIN_S)
            seen.healed_s = time.monotonic() - mended
            assert home.kill(signal.SIGTERM) == 0
            seen.stored, seen.integrity = _stored(database, folder / "copy", upstream)
        else:
            home.kill(signal.SIGTERM)
    return seen


def _alarm(
    home: Home, devices: alarms.Alarms, upstream: Upstream, seen: Seen, began: float
) -> None:
    """All devices at once; how it arrives, what is held, when the disk's fault is told."""
    raised = time.monotonic()
    devices.round()
    every = alarms.all_alerts()
    with suppress(ProofError):  # what is missing is counted
        wait_for("all alerts", lambda: every <= upstream.kinds(raised), DELIVERED_WITHIN_S)
    seen.delivered = len(every & upstream.kinds(raised))
    seen.delivered_s = time.monotonic() - raised
    with suppress(ProofError):
        wait_for("the fault", lambda: upstream.of("gateway_fault", began), DELIVERED_WITHIN_S)
    faults = upstream.of("gateway_fault", began)
    # Not told at all: as late as we have waited, which is beyond the limit.
    seen.fault_s = (faults[0].at_s if faults else time.monotonic() + FAULT_S_MAX) - began
    time.sleep(FIRST_LOOK_S)  # what `status` says of the disk is its last look
    state = _disk(home)
    seen.held, seen.trouble = state["held_alerts"], state["trouble"]


def _disk(home: Home) -> Any:
    try:
        return ask(home.socket, "status")["disk"]
    except EdgeError as error:
        raise ProofError(f"no status: {error}") from error


def _listens(home: Home) -> bool:
    """Whether it hears the home's broker: what was published before is lost (QoS 0)."""
    return bool(ask(home.socket, "status")["ingest"]["up"])


def _stored(database: Path, copy: Path, upstream: Upstream) -> tuple[int, str]:
    """How many of the delivered alerts stand in the database, and whether it is sound."""
    copy.mkdir()
    shutil.copy(database, copy / "home.db")
    with closing(sqlite3.connect(copy / "home.db")) as db:
        (integrity,) = db.execute("PRAGMA integrity_check").fetchone()
        there = {row[0] for row in db.execute("SELECT id FROM alert")}
    every = alarms.all_alerts()
    told = {one.ident for one in upstream.told if (one.code, one.subject) in every}
    return len(told & there), integrity


def _figures(words: str, disk: Disk, seen: Seen, *, full: bool) -> list[Figure]:
    every = alarms.ALERTS
    figures = [
        Figure(name=f"{words}: alerts delivered", value=seen.delivered, at_least=every),
        Figure(name="the last of them after", value=seen.delivered_s, unit="s"),
        Figure(
            name="the fault of the disk told after",
            value=seen.fault_s,
            unit="s",
            at_most=FAULT_S_MAX,
        ),
        Figure(
            name="alerts in memory meanwhile",
            value=seen.held,
            at_least=None if full else HELD_MIN,
        ),
    ]
    if disk.mend is not None:
        figures += [
            Figure(name="healed, by itself, after", value=seen.healed_s or 0.0, unit="s"),
            Figure(name="delivered alerts stored then", value=seen.stored or 0, at_least=every),
            Figure(name="database not sound", value=int(seen.integrity != "ok"), at_most=0),
        ]
    return figures


@contextmanager
def _ext4(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True)
    image, card = folder / "card.img", folder / "card"
    format_image(image, SIZE_BYTES)
    with loop(image) as device, mounted(device, card):
        yield card


def _fill(filler: Path) -> None:
    """Take every block that is free, also the last ones."""
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 16, 1 << 12):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
        os.fsync(file.fileno())


def _sh(*command: str | Path) -> None:
    sh(*command)


def _stop(tracer: subprocess.Popen[bytes]) -> None:
    tracer.terminate()
    tracer.wait(20)


def _status_of(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text(encoding="ascii")
