"""The broker is killed while alerts flow through it: nothing is lost, nothing counts twice."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
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
# Between two kills there must be something to kill: messages that arrive, and more on their way.
FLOWS = 20
LIVES_MOST_S = 0.5
# Before the repeats of one alert are slowed down.
ALERTS_MAX = 900 * ROBOTS
# The longest back-off of either end, one repetition, and what is owed.
ARRIVE_WITHIN_S = 240.0


class One:
    """One run: its own broker, gateway and desk."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._rng = random.Random(seed)
        self._robots = [Robot(n) for n in range(1, ROBOTS + 1)]
        self.told = 0
        self.at_kills: list[tuple[int, int]] = []  # what the desk had, and what was told
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
            self._feed(killing)
            killing.result()
        fed = time.monotonic()
        eventually("acknowledged", self._acknowledged, 30)
        desk = self._folder / "desk.db"
        eventually("all at the desk", lambda: arrived(desk) >= self.told, ARRIVE_WITHIN_S)
        self.after_s = time.monotonic() - fed
        eventually("nothing owed", lambda: not self._status()["outbox"], ARRIVE_WITHIN_S)
        self.sent = self._status()["path"]["published"]
        world.stop()
        return verdict(self._folder / "home.db", desk, world.log("desk"))

    def _feed(self, killing: Future[None]) -> None:
        """All of them, and more for as long as the broker is still to be killed."""
        began = time.monotonic()
        while self.told < ALERTS or not killing.done():
            assert self.told < ALERTS_MAX, "the broker was not killed in time"
            time.sleep(max(0.0, began + self.told / RATE_PER_S - time.monotonic()))
            robot = self._robots[self.told % ROBOTS]
            robot.jam()
            robot.listen()
            self.told += 1

    def _kill(self, broker: Mosquitto) -> None:
        """Each time when messages flow again: a broker that nobody reached loses nothing."""
        desk = self._folder / "desk.db"
        for _ in range(KILLS):
            before = arrived(desk)
            eventually("it flows", lambda: arrived(desk) >= before + FLOWS, ARRIVE_WITHIN_S)  # noqa: B023
            time.sleep(self._rng.uniform(0.0, LIVES_MOST_S))
            broker.kill()
            self.at_kills.append((arrived(desk), self.told))
            time.sleep(DOWN_S)
            broker.start()

    def _acknowledged(self) -> bool:
        for robot in self._robots:
            robot.listen()
        return sum(len(robot.acknowledged) for robot in self._robots) == self.told

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
            f"{one.sent} sent, at the desk and told at each kill {one.at_kills}"
        )
    verdicts = [said for _, said in found]
    return Proof(
        promise=("A broker that dies with everything in it loses no alert, and none counts twice."),
        how=(
            f"{len(found)} runs. `kotivahti run` and `kotivahti desk run` are processes of their "
            f"own, with a Mosquitto that keeps nothing on disk. {ROBOTS} medication robots on ptys "
            f"tell {ALERTS} jams or more, {RATE_PER_S} a second; meanwhile the broker gets SIGKILL "
            f"{KILLS} times, each time when alerts flow again, and is back after {DOWN_S} s. One "
            f"alert is open for each cause, so each jam is a revision of one of {ROBOTS} alerts: a "
            "message of its own, owed until its own receipt. Compared are the history in the "
            "gateway's database, the revisions in the desk's, and the lines that the desk showed."
        ),
        figures=[
            Figure(name="broker kills", value=sum(len(one.at_kills) for one, _ in found)),
            Figure(
                name="alerts that had not arrived at a kill, median",
                value=_median([told - had for one, _ in found for had, told in one.at_kills]),
            ),
            Figure(
                name="alerts stored from the lines",
                value=sum(len(said.stored) for said in verdicts),
                at_least=sum(one.told for one, _ in found),
            ),
            Figure(name="lost", value=sum(said.lost for said in verdicts), at_most=0),
            Figure(name="left in the outbox", value=sum(s.owed for s in verdicts), at_most=0),
            Figure(name="shown more than once", value=sum(s.doubled for s in verdicts), at_most=0),
            Figure(
                name="shown after a newer one", value=sum(s.backwards for s in verdicts), at_most=0
            ),
            Figure(
                name="alerts whose newest word was never shown",
                value=sum(said.unshown for said in verdicts),
                at_most=0,
            ),
            Figure(
                name="message numbers that the desk misses",
                value=sum(said.holes for said in verdicts),
                at_most=0,
            ),
            Figure(
                name="messages sent",
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
