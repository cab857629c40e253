"""A thousand times SIGKILL, at any moment of a gateway under load."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from proofs.gateway import Home, ProofError, wait_for
from proofs.records import Figure, Proof
from proofs.running import Run
from proofs.tally import Tally

KILLS, KILLS_QUICK = 1_000, 16
WORKERS = 2
ALERTS_MIN = 10_000
# Most die in the middle of the load, some while they start and mend what the last one left.
LOADED_S = 0.4
STARTING_S = 0.9
STARTING_SHARE = 0.2
# An alert that stands open is revised a thousand times before its repeats are slowed down
# (edge.alerts.merge.REVISIONS_FREE); before that the home is a new one.
JAMS_MAX = 850
SEED = 20261122


def prove(run: Run) -> Proof:
    kills = run.of(KILLS, KILLS_QUICK)
    tally, lock = Tally(), threading.Lock()
    points = iter(range(kills))
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(_work, run, n, points, tally, lock) for n in range(WORKERS)]:
            done.result()
    assert tally.deaths == kills
    return Proof(
        promise="Killed at any moment, the gateway loses nothing that it has called stored: what "
        "a device was told is on disk is there after the kill, with its alert and the message "
        "about it; nothing is there twice; and the database is sound.",
        how="A real `kotivahti run` with two medication robots on its serial lines (ptys), which "
        "send events without rest; every third raises or revises an alert. A Mosquitto takes "
        "the messages, and a process upstream gives a receipt for each. SIGKILL comes at a random "
        f"moment: four of five within {LOADED_S:g} s of the first acknowledgement of a life, one "
        "of five while it starts. After each kill a copy of the database is compared with the "
        "acknowledgements (`ACK` means: on disk, synced) and checked with `integrity_check`; the "
        "next life begins with what the last one left. Each home ends with a quiet minute in "
        "which everything that was ever sent must be stored once and received.",
        figures=[
            Figure(name="kills", value=tally.deaths, at_least=kills),
            Figure(name="of these while starting", value=tally.starting),
            Figure(name="events called stored", value=tally.acked),
            Figure(
                name="of these with an alert",
                value=tally.alerts,
                at_least=None if run.quick else ALERTS_MIN,
            ),
            *tally.figures(),
            Figure(name="homes", value=tally.homes),
        ],
        unproved=[
            "SIGKILL leaves the page cache alone: a power cut is another proof.",
            "The lines are ptys, which lose no byte.",
        ],
    )


def _work(run: Run, worker: int, points: Iterator[int], tally: Tally, lock: threading.Lock) -> None:
    chance = random.Random(SEED + worker)
    home_number = 0
    more = True
    while more:
        home_number += 1
        folder = run.folder / f"home-{worker}-{home_number}"
        with Home(folder, seed=home_number * 10 + worker) as home:
            home.receipts()
            for robot in home.robots:
                robot.go()
            while max(len(r.jams) for r in home.robots) < JAMS_MAX:
                with lock:
                    more = next(points, None) is not None
                if not more:
                    break
                starting = _life(home, chance)
                with lock:
                    tally.judge(home)
                    tally.starting += starting
                if tally.deaths % 25 == 0:
                    run.say(f"{tally.deaths} kills, {tally.lost} lost")
            _end(home, tally, lock)


def _life(home: Home, chance: random.Random) -> bool:
    """One start and one kill; whether it was killed while it started."""
    starting = chance.random() < STARTING_SHARE
    before = home.acked()
    home.start()
    if starting:
        time.sleep(chance.uniform(0, STARTING_S))  # the moment of the kill, not a wait
    else:
        wait_for("an acknowledgement", lambda: home.acked() > before, 60)
        time.sleep(chance.uniform(0, LOADED_S))
    home.kill(signal.SIGKILL)
    return starting


def _end(home: Home, tally: Tally, lock: threading.Lock) -> None:
    """Nothing new; what was ever sent is stored once, and received."""
    for robot in home.robots:
        robot.rest()
    home.start()
    try:
        wait_for("every event is acknowledged", lambda: not any(r.unacked for r in home.robots), 60)
        wait_for("every message is received", lambda: home.owed() == 0, 60)
    except ProofError:
        pass  # counted below
    home.kill(signal.SIGTERM)
    with lock:
        tally.end(home)
