"""Two hundred power cuts on a disk that loses what nobody asked it to keep."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import msgspec

from proofs.gateway import Home, ProofError, wait_for
from proofs.records import Figure, Proof
from proofs.running import Run
from proofs.tally import Tally
from proofs.volatile import Volatile

CUTS, CUTS_QUICK = 200, 6
# A careless gateway is lucky at one cut in five: not at six.
CARELESS, CARELESS_QUICK = 20, 6
EVENTS_MIN = 10_000
WORKERS = 2
# Seconds of load before the power goes.
LOADED_S = (0.05, 1.0)
# What a disk writes of its cache without being asked: nothing, or any half in any order.
KEEPS = (0.0, 0.5)
JAMS_MAX = 850  # as in proofs.kills
SEED = 20261122
ACKED_WITHIN_S = 60.0


class Cuts(msgspec.Struct):
    """What the power cuts came to."""

    tally: Tally
    sectors: int = 0  # written and lost
    lossy: int = 0  # cuts after which something was missing that had not been missing before


def prove(run: Run) -> Proof:
    cuts, careless = run.of(CUTS, CUTS_QUICK), run.of(CARELESS, CARELESS_QUICK)
    real = _cut(run, "cuts", cuts, "edge")
    mutant = _cut(run, "careless", careless, "proofs.careless")
    return Proof(
        promise="When the power fails at any moment, everything that the gateway has called stored "
        "is there when it comes back: the event, its alert and the message about it. The database "
        "is sound, and what was not yet stored comes again and is stored once.",
        how="A real `kotivahti run` under the load of two robots, of whose events every other one"
        " raises an alert; its database on ext4 on a loop device on a disk with a volatile "
        "cache (`nbdkit` with `tests/vm/volatile_disk.py`, behind `nbdfuse`). The disk is "
        "taken away at a random moment of the load while the gateway runs: what was written "
        "and not flushed is lost, at every other cut all of it, at the others each sector "
        "with an even chance, so that writes reach the platter in any order. Then the gateway"
        " is killed, the disk comes back without its cache, its journal is replayed, and a "
        "copy of the database is compared with the acknowledgements. The same harness then "
        "runs a gateway with one mutation, SQLite's `synchronous=NORMAL` "
        "(`proofs/careless.py`): it has to be caught losing.",
        figures=[
            Figure(name="power cuts", value=real.tally.deaths, at_least=cuts),
            Figure(
                name="events called stored",
                value=real.tally.acked,
                at_least=None if run.quick else EVENTS_MIN,
            ),
            Figure(name="of these with an alert", value=real.tally.alerts),
            Figure(name="sectors written and lost at the cuts", value=real.sectors, at_least=1),
            *real.tally.figures(),
            Figure(name="careless mutant: power cuts", value=mutant.tally.deaths),
            Figure(
                name="careless mutant: cuts that lost what was called stored",
                value=mutant.lossy,
                at_least=1,
            ),
            Figure(name="careless mutant: events lost", value=mutant.tally.lost),
        ],
        unproved=[
            "A card that says it has flushed and has not. No program survives that.",
            "A card that damages what nobody wrote to while it loses power.",
        ],
    )


def _cut(run: Run, name: str, count: int, module: str) -> Cuts:
    cuts, lock = Cuts(tally=Tally()), threading.Lock()
    points = iter(range(count))

    def work(worker: int) -> None:
        home_number = 0
        while _home(run, f"{name}-{worker}-{home_number}", module, points, cuts, lock):
            home_number += 1

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work, n) for n in range(WORKERS)]:
            done.result()
    return cuts


def _home(
    run: Run, name: str, module: str, points: Iterator[int], cuts: Cuts, lock: threading.Lock
) -> bool:
    """Cuts of one home, until its alerts are many; whether there may be more."""
    chance = random.Random(f"{SEED}-{name}")
    disk = Volatile(run.folder / f"{name}-disk")
    missing = 0  # of this home, so far
    point: int | None = 0
    seed, database = chance.randrange(9_999), disk.root / "h.db"
    with Home(run.folder / name, seed=seed, alarm_every=2, database=database) as home:
        home.receipts()
        for robot in home.robots:
            robot.go()
        while max(len(r.jams) for r in home.robots) < JAMS_MAX:
            with lock:
                point = next(points, None)
            if point is None:
                break
            with disk.powered(keep=KEEPS[point % 2], seed=point):
                before = home.acked()
                home.start(module=module)
                wait_for("an acknowledgement", lambda n=before: home.acked() > n, ACKED_WITHIN_S)  # type: ignore[misc]
                time.sleep(chance.uniform(*LOADED_S))  # the moment of the cut
                disk.cut()
                home.kill(signal.SIGKILL)
            with disk.powered(), lock:
                lost = cuts.tally.judge(home)
                # Those of before are missing for ever, and were counted then.
                cuts.tally.lost -= missing
                cuts.lossy += lost > missing
                missing = lost
                if cuts.tally.deaths % 10 == 0:
                    run.say(f"{name}: {cuts.tally.deaths} cuts, {cuts.tally.lost} events lost")
        with disk.powered():
            _end(home, module, cuts, lock)
        with lock:
            cuts.sectors += sum(disk.lost_sectors())
    return point is not None


def _end(home: Home, module: str, cuts: Cuts, lock: threading.Lock) -> None:
    """Nothing new; what was ever sent is stored once, and received."""
    for robot in home.robots:
        robot.rest()
    home.start(module=module)
    with suppress(ProofError):  # what is missing is counted
        wait_for("every acknowledgement", lambda: not any(r.unacked for r in home.robots), 60)
        wait_for("every receipt", lambda: home.owed() == 0, 60)
    home.kill(signal.SIGTERM)
    with lock:
        cuts.tally.end(home)
