"""Killed before each system call that writes, syncs or sends, from start to end of one alert."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec

from proofs.gateway import Home, ProofError, wait_for
from proofs.records import Figure, Proof
from proofs.running import Run
from proofs.tally import Tally

# What changes a file, syncs it, or tells anybody. A call that no gateway makes is over at once.
CALLS = (
    "pwrite64",
    "sendto",
    "write",
    "fdatasync",
    "fsync",
    "ftruncate",
    "unlink",
    "fallocate",
    "rename",
    "writev",
    "sendmsg",
)
CALLS_QUICK = ("fdatasync",)
# Two lives in a row that ended by themselves: the call is not made so often.
SURVIVED = 2
POINTS_MAX = 400
LIFE_S = 60.0
# The first look at the disk writes a page and makes the reserve; then the database is at rest.
FIRST_LOOK_S = 7.0
WORKERS = 2


class Calls(msgspec.Struct):
    """What came of all points."""

    tally: Tally
    points: dict[str, int] = {}
    acked: int = 0  # deaths after the acknowledgement
    unacked: int = 0  # deaths before it: the robot has to send again
    missing: int = 0  # alerts that were not there, once each, after the next start
    unreceived: int = 0


def prove(run: Run) -> Proof:
    base = _prepare(run)
    calls, lock = Calls(tally=Tally()), threading.Lock()
    names = CALLS_QUICK if run.quick else CALLS
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(_sweep, run, base, name, calls, lock) for name in names]:
            done.result()
    told = ", ".join(f"{count} `{name}`" for name, count in calls.points.items() if count)
    return Proof(
        promise="There is no moment between a device's event and its end at which a kill loses it: "
        "the event is stored, or the device was not told so and sends it again. Either way there "
        "is one alert, and one message about it arrives.",
        how="A real `kotivahti run` under `strace -f -e inject=CALL:signal=SIGKILL:when=N`, which "
        "kills it before the N-th call of a kind, N = 1, 2, ... until a life ends by itself: it "
        "opens the database, hears a jam from a robot, commits event, alert and message, "
        "acknowledges, publishes, takes the receipt, ends and wipes its log. After each kill: a "
        "copy of the database against the acknowledgement, and `integrity_check`; then it starts "
        "anew, unharmed, and there must be one event, one alert and one message with its receipt. "
        f"Points: {told}.",
        figures=[
            Figure(
                name="points at which it was killed",
                value=sum(calls.points.values()),
                at_least=3 if run.quick else 100,
            ),
            Figure(name="of these before the acknowledgement", value=calls.unacked),
            Figure(name="of these after it", value=calls.acked),
            *calls.tally.figures()[:4],
            Figure(
                name="alerts not there once after the next start", value=calls.missing, at_most=0
            ),
            Figure(
                name="messages not received after the next start", value=calls.unreceived, at_most=0
            ),
        ],
        unproved=["strace counts a call for each thread; which thread makes it first may differ."],
    )


def _prepare(run: Run) -> Path:
    """The database of a gateway that knows its robot, closed and at rest."""
    folder = run.folder / "base"
    with Home(folder, robots=1) as home:
        home.receipts()
        home.start()
        home.ready()
        time.sleep(FIRST_LOOK_S)  # its own rhythm, nothing that can be asked
        home.kill(signal.SIGTERM)
    return folder


def _sweep(run: Run, base: Path, name: str, calls: Calls, lock: threading.Lock) -> None:
    survived = 0
    for number in range(1, POINTS_MAX):
        killed = _point(run, base, name, number, calls, lock)
        survived = 0 if killed else survived + 1
        with lock:
            calls.points[name] = calls.points.get(name, 0) + killed
        if survived == SURVIVED:
            run.say(f"{name}: killed at {calls.points[name]} points, {calls.tally.lost} lost")
            return
        if number % 10 == 0:
            run.say(f"{name}: {number} points, {calls.tally.lost} lost")
    raise ProofError(f"{name}: {POINTS_MAX} calls and no end")


def _point(
    run: Run, base: Path, name: str, number: int, calls: Calls, lock: threading.Lock
) -> bool:
    """One life; whether it was killed."""
    folder = run.folder / f"{name}-{number}"
    with Home(folder, robots=1, alarm_every=1) as home:
        home.receipts()
        for part in ("home.db", "home.db.ballast"):
            shutil.copy(base / part, folder / part)
        (robot,) = home.robots
        robot.limit = 1
        robot.go()
        inject = f"inject={name}:signal=SIGKILL:when={number}"
        # Not with --seccomp-bpf: strace 6.1 then misses all injections but the first.
        trace = ("-f", "-qq", "-e", f"trace={name}", "-e", inject)
        strace = home.start(prefix=("strace", *trace, "-o", "/dev/null"))
        with suppress(ProofError):
            wait_for("the end", lambda: strace.poll() is not None or _is_done(home), LIFE_S)
        if strace.poll() is None:
            _end_traced(strace.pid)
            with suppress(ProofError):
                wait_for("the end", lambda: strace.poll() is not None, LIFE_S)
        code = strace.poll()
        if code not in (0, -signal.SIGKILL):  # neither an end nor our kill: no point was proved
            raise ProofError(f"{name} {number}: the life under strace came to {code}")
        killed = code != 0
        home.kill()
        with lock:
            if killed:
                calls.acked += bool(robot.acked)
                calls.unacked += not robot.acked
            calls.tally.judge(home)
        home.start()
        with suppress(ProofError):
            wait_for("its end", lambda: _is_done(home), LIFE_S)
        home.kill(signal.SIGTERM)
        found = home.found()
        with lock:
            once = found.jams == found.revisions == found.alerts == found.messages == 1
            calls.missing += not once
            calls.unreceived += found.owed
    shutil.rmtree(folder)
    return killed


def _is_done(home: Home) -> bool:
    """The robot was told, and upstream has it."""
    return not home.robots[0].unacked and home.robots[0].sent == 1 and home.owed() == 0


def _end_traced(strace: int) -> None:
    """SIGTERM to what strace runs; strace itself goes with it."""
    children = Path(f"/proc/{strace}/task/{strace}/children").read_text(encoding="ascii")
    for child in children.split():
        os.kill(int(child), signal.SIGTERM)
