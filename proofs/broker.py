"""The broker is killed while alerts flow through it: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from edge.config.writing import toml
from edge.control.client import ask
from proofs.line_world.judging import Verdict, arrived, verdict
from proofs.line_world.robots import Robot
from proofs.records import Figure, Proof
from proofs.running import Run
from tests.e2e.world import World, eventually
from tests.support.mosquitto import Mosquitto, mosquitto

RUNS = 10
QUICK_RUNS = 1
ALERTS = 1_500
RATE_PER_S = 150
# One alert is open for each cause; from its 1,000th revision on its repeats are slowed down.
ROBOTS = 10
KILLS = 6
DOWN_S = 0.4
# Between two kills there must be something to kill: a connection and messages on their way.
LIVES_S = 1.0
# The longest back-off of either end, one repetition, and what is owed.
ARRIVE_WITHIN_S = 240.0


class One:
    """One run: its own broker, gateway and desk."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._rng = random.Random(seed)
        self._robots = [Robot(n) for n in range(1, ROBOTS + 1)]
        self.under_way: list[int] = []  # messages without a receipt, at each kill
        self.sent = 0  # publishes that the brokers took
        self.after_s = 0.0  # from the last alert to the last one at the desk

    def prove(self) -> Verdict:
        with mosquitto(self._folder) as broker:
            world = World(self._folder, broker)
            try:
                return self._with(world, broker)
            finally:
                world.stop()
                for robot in self._robots:
                    robot.close()

    def _with(self, world: World, broker: Mosquitto) -> Verdict:
        world.settings.write_text(self._settings(broker), encoding="utf-8")
        world.start_desk()
        world.start_gateway()
        eventually("connected", lambda: self._status()["path"]["up"], 60)
        with ThreadPoolExecutor(1) as beside:
            killing = beside.submit(self._kill, broker)
            self._feed()
            killing.result()
        fed = time.monotonic()
        eventually("acknowledged", self._acknowledged, 30)
        desk = self._folder / "desk.db"
        eventually("all at the desk", lambda: arrived(desk) >= ALERTS, ARRIVE_WITHIN_S)
        self.after_s = time.monotonic() - fed
        eventually("nothing owed", lambda: not self._status()["outbox"], ARRIVE_WITHIN_S)
        self.sent = self._status()["path"]["published"]
        world.stop()
        return verdict(self._folder / "home.db", desk, world.log("desk"))

    def _feed(self) -> None:
        began = time.monotonic()
        for number in range(ALERTS):
            time.sleep(max(0.0, began + number / RATE_PER_S - time.monotonic()))
            robot = self._robots[number % ROBOTS]
            robot.jam()
            robot.listen()

    def _kill(self, broker: Mosquitto) -> None:
        span_s = ALERTS / RATE_PER_S
        spare_s = span_s - KILLS * (LIVES_S + DOWN_S)
        waits = sorted(self._rng.uniform(0, spare_s) for _ in range(KILLS))
        began, passed_s = time.monotonic(), 0.0
        for wait_s in waits:
            passed_s += LIVES_S
            time.sleep(max(0.0, began + wait_s + passed_s - time.monotonic()))
            self.under_way.append(sum(row["count"] for row in self._status()["outbox"]))
            broker.kill()
            time.sleep(DOWN_S)
            broker.start()
            passed_s += DOWN_S

    def _acknowledged(self) -> bool:
        for robot in self._robots:
            robot.listen()
        return sum(len(robot.acknowledged) for robot in self._robots) == ALERTS

    def _status(self) -> dict:  # type: ignore[type-arg]
        found: dict = ask(self._folder / "control.sock", "status")  # type: ignore[type-arg]
        return found

    def _settings(self, broker: Mosquitto) -> str:
        rows = [robot.rows for robot in self._robots]
        return toml(
            {
                "gateway": {
                    "id": "gw-0001", "site": "s", "customer": "c", "trusted_clock": True,
                },
                "store": {"path": str(self._folder / "home.db")},
                "mqtt": {"host": "127.0.0.1", "port": broker.port, "tls": False},
                "ble": {"backend": "off"},
                "control": {"socket": str(self._folder / "control.sock")},
                "serial": [line for _, line in rows],
                "device": [device for device, _ in rows],
            }
        )  # fmt: skip


def prove(run: Run) -> Proof:
    found: list[tuple[One, Verdict]] = []
    for number in range(1, run.of(RUNS, QUICK_RUNS) + 1):
        folder = run.folder / f"run-{number}"
        folder.mkdir()
        one = One(folder, number)
        said = one.prove()
        found.append((one, said))
        run.say(
            f"run {number}: {len(said.stored)} stored, lost {said.lost}, doubled {said.doubled}, "
            f"{one.sent} sent, under way at the kills {one.under_way}"
        )
    verdicts = [said for _, said in found]
    return Proof(
        promise=("A broker that dies with everything in it loses no alert, and none counts twice."),
        how=(
            f"{len(found)} runs. `kotivahti run` and `kotivahti desk run` are processes of their "
            f"own, with a Mosquitto that keeps nothing on disk. {ROBOTS} medication robots on ptys "
            f"tell {ALERTS} jams, {RATE_PER_S} a second; meanwhile the broker gets SIGKILL "
            f"{KILLS} times, and is back after {DOWN_S} s. One alert is open for each cause, so "
            f"each jam is a revision of one of {ROBOTS} alerts: a message of its own, owed until "
            "its own receipt. Compared are the history in the gateway's database, the revisions in "
            "the desk's, and the lines that the desk showed."
        ),
        figures=[
            Figure(name="broker kills", value=sum(len(one.under_way) for one, _ in found)),
            Figure(
                name="messages without a receipt at a kill, median",
                value=_median([n for one, _ in found for n in one.under_way]),
            ),
            Figure(
                name="alerts stored from the lines",
                value=sum(len(said.stored) for said in verdicts),
                at_least=ALERTS * len(found),
            ),
            Figure(name="lost", value=sum(said.lost for said in verdicts), at_most=0),
            Figure(name="left in the outbox", value=sum(s.owed for s in verdicts), at_most=0),
            Figure(name="shown more than once", value=sum(s.doubled for s in verdicts), at_most=0),
            Figure(
                name="shown after a newer one", value=sum(s.backwards for s in verdicts), at_most=0
            ),
            Figure(
                name="message numbers that the desk misses",
                value=sum(said.holes for said in verdicts),
                at_most=0,
            ),
            Figure(
                name="sent, of which most only once",
                value=sum(one.sent for one, _ in found),
            ),
            Figure(
                name="from the last alert to the last one at the desk, longest run",
                value=max(one.after_s for one, _ in found),
                unit="s",
            ),
        ],
        unproved=["A power cut of the broker's machine is not played: its disk plays no part."],
    )


def _median(values: list[int]) -> float:
    ordered = sorted(values)
    return float(ordered[len(ordered) // 2])
