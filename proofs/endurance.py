"""Half an hour of real time under load, while broker, line and desk come and go."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from edge.config.writing import toml
from edge.control.client import ask
from proofs.line_world.judging import Verdict, arrived, verdict
from proofs.line_world.load import Proxy, rss_mb
from proofs.line_world.robots import Robot
from proofs.records import Figure, Proof
from proofs.running import Run
from tests.e2e.world import World, eventually
from tests.support.mosquitto import Mosquitto, mosquitto

MINUTES = 30
QUICK_MINUTES = 2
ROBOTS = 16
# A home tells some alerts a day. In half an hour it stays below the 1,000 revisions of one alert
# after which its repeats are slowed down.
RATE_PER_S = 5.0
FAULT_EVERY_S = 50.0
DOWN_S = 2.0
# Longer than two keepalives, so that the half-open line is noticed by its silence too.
HELD_S = 35.0
SAMPLE_EVERY_S = 5.0
# What a process takes at first is not growth: caches fill, the last fault's connection stands.
WARM_SHARE = 1 / 3
ARRIVE_WITHIN_S = 240.0
# As a limit of a day's growth it is scaled; of the half hour itself it is measured.
GROWTH_MB_MAX = 5.0
RSS_MB_MAX = 150.0


class Endured:
    """One world that runs; `faults` is what happened to it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._rng = random.Random(7)
        self._robots = [Robot(n) for n in range(1, ROBOTS + 1)]
        self.faults: dict[str, int] = {}
        self.weight: dict[str, list[tuple[float, float]]] = {"gateway": [], "desk": []}
        self.calm: list[tuple[float, float]] = []  # wall times between a fault's end and the next
        self.told = 0
        self.published = 0

    def live(self, minutes: float) -> Verdict:
        with mosquitto(self._run.folder) as broker:
            proxy = Proxy(broker.port)
            world = World(self._run.folder, broker)
            try:
                return self._with(world, broker, proxy, minutes * 60)
            finally:
                world.stop()
                proxy.close()
                for robot in self._robots:
                    robot.close()

    def _with(self, world: World, broker: Mosquitto, proxy: Proxy, span_s: float) -> Verdict:
        world.settings.write_text(self._settings(proxy), encoding="utf-8")
        world.start_desk()
        world.start_gateway()
        eventually("connected", self._is_up, 60)
        faults: list[Callable[[], None]] = [
            lambda: self._broker_dies(broker),
            lambda: self._line_is_cut(proxy),
            lambda: self._line_is_held(world, proxy),
            lambda: self._desk_dies(world),
            lambda: self._broker_restarts(broker),
        ]
        began = time.monotonic()
        self._feed(world, began, span_s, faults)
        desk = self._run.folder / "desk.db"
        eventually("all at the desk", lambda: arrived(desk) >= self.told, ARRIVE_WITHIN_S)
        eventually("nothing owed", lambda: not self._status()["outbox"], ARRIVE_WITHIN_S)
        self.published = self._status()["path"]["published"]
        world.stop()
        return verdict(self._run.folder / "home.db", desk, world.log("desk"))

    def _feed(
        self, world: World, began: float, span_s: float, faults: list[Callable[[], None]]
    ) -> None:
        """The home goes on in its own pace while the line breaks beside it."""
        with ThreadPoolExecutor(1) as beside:
            breaking: Future[None] | None = None
            fault_s, sample_s, said_s = FAULT_EVERY_S / 2, 0.0, 0.0
            number, calm_since = 0, time.time()
            while (now_s := time.monotonic() - began) < span_s:
                robot = self._robots[self.told % ROBOTS]
                robot.jam()
                robot.listen()
                self.told += 1
                if now_s >= sample_s:
                    sample_s = now_s + SAMPLE_EVERY_S
                    self._weigh(world, now_s)
                if breaking is not None and breaking.done():
                    breaking.result()
                    breaking, calm_since = None, time.time()
                    fault_s = now_s + FAULT_EVERY_S * self._rng.uniform(0.7, 1.3)
                if breaking is None and now_s >= fault_s and now_s < span_s - HELD_S:
                    self.calm.append((calm_since, time.time()))
                    breaking = beside.submit(faults[number % len(faults)])
                    number += 1
                if now_s >= said_s:
                    said_s = now_s + 60
                    self._run.say(f"{self.told} alerts told, faults {self.faults}")
                time.sleep(self._rng.expovariate(RATE_PER_S))

    def _weigh(self, world: World, now_s: float) -> None:
        for name, weights in self.weight.items():
            try:
                weights.append((now_s, rss_mb(world.pid(name))))
            except (KeyError, OSError):
                continue  # it is just being started again

    # -- faults --------------------------------------------------------------------------------

    def _note(self, what: str) -> None:
        self.faults[what] = self.faults.get(what, 0) + 1

    def _broker_dies(self, broker: Mosquitto) -> None:
        self._note("broker killed")
        broker.kill()
        time.sleep(DOWN_S)
        broker.start()
        self._until_back()

    def _broker_restarts(self, broker: Mosquitto) -> None:
        self._note("broker restarted")
        broker.restart()
        self._until_back()

    def _line_is_cut(self, proxy: Proxy) -> None:
        self._note("line cut")
        proxy.cut()
        self._until_back()

    def _line_is_held(self, world: World, proxy: Proxy) -> None:
        self._note("line half-open for 35 s")
        proxy.hold()
        time.sleep(HELD_S)
        proxy.release()
        self._until_back()
        assert world.ended("gateway") is None

    def _desk_dies(self, world: World) -> None:
        self._note("desk killed")
        world.kill("desk", signal.SIGKILL)
        time.sleep(DOWN_S)
        world.start_desk()
        self._until_back()

    def _until_back(self) -> None:
        """The fault is over when what it held up has arrived."""

        def is_over() -> bool:
            status = self._status()
            owed = sum(row["count"] for row in status["outbox"])
            return bool(status["path"]["up"]) and owed < RATE_PER_S * 4

        eventually("the line is back", is_over, ARRIVE_WITHIN_S)

    def _is_up(self) -> bool:
        return bool(self._status()["path"]["up"])

    def _status(self) -> dict[str, Any]:
        found: dict[str, Any] = ask(self._run.folder / "control.sock", "status")
        return found

    def _settings(self, proxy: Proxy) -> str:
        rows = [robot.rows for robot in self._robots]
        folder: Path = self._run.folder
        return toml(
            {
                "gateway": {
                    "id": "gw-0001", "site": "s", "customer": "c", "trusted_clock": True,
                },
                "store": {"path": str(folder / "home.db")},
                "mqtt": {"host": "127.0.0.1", "port": proxy.port, "tls": False},
                "ble": {"backend": "off"},
                "control": {"socket": str(folder / "control.sock")},
                "serial": [line for _, line in rows],
                "device": [device for device, _ in rows],
            }
        )  # fmt: skip


def growth_mb(weights: list[tuple[float, float]]) -> float:
    """The middle of the last third above the middle of the third before it."""
    warm = weights[int(len(weights) * WARM_SHARE) :]
    half = len(warm) // 2
    return _middle([mb for _, mb in warm[half:]]) - _middle([mb for _, mb in warm[:half]])


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _share(values: list[int], share: float) -> float:
    return float(sorted(values)[min(len(values) - 1, int(share * len(values)))])


def prove(run: Run) -> Proof:
    minutes = run.of(MINUTES, QUICK_MINUTES)
    endured = Endured(run)
    said = endured.live(minutes)
    gateway, grown = endured.weight["gateway"], growth_mb(endured.weight["gateway"])
    happened = ", ".join(f"{count} times {what}" for what, count in endured.faults.items())
    a_day = f"measured over {minutes * (1 - WARM_SHARE) / 2:.0f} minutes"
    return Proof(
        promise="Under load and trouble the gateway neither grows nor loses anything.",
        how=(
            f"{minutes} minutes of real time. `kotivahti run`, `kotivahti desk run` and Mosquitto "
            f"are processes of their own; the gateway's line goes through a proxy. {ROBOTS} "
            f"medication robots on ptys tell {RATE_PER_S:g} jams a second, at random moments. "
            f"Meanwhile: {happened}."
        ),
        figures=[
            Figure(name="alerts told by the robots", value=endured.told),
            Figure(name="alerts stored", value=len(said.stored), at_least=endured.told),
            Figure(name="lost", value=said.lost, at_most=0),
            Figure(name="left in the outbox", value=said.owed, at_most=0),
            Figure(name="shown more than once", value=said.doubled, at_most=0),
            Figure(name="shown after a newer one", value=said.backwards, at_most=0),
            Figure(name="alerts whose newest word was never shown", value=said.unshown, at_most=0),
            Figure(name="message numbers that the desk misses", value=said.holes, at_most=0),
            Figure(name="messages sent", value=endured.published),
            Figure(
                name="stored to committed at the desk, p50, faults included",
                value=_share(said.late_ms, 0.5),
                unit="ms",
            ),
            Figure(name="the same, p95", value=_share(said.late_ms, 0.95), unit="ms"),
            Figure(name="the same, longest", value=max(said.late_ms), unit="ms"),
            Figure(
                name="gateway's memory, most",
                value=max(mb for _, mb in gateway),
                unit="MB",
                at_most=RSS_MB_MAX,
            ),
            Figure(
                name="gateway's growth, last third above the one before",
                value=grown,
                unit="MB",
                at_most=GROWTH_MB_MAX,
                scaled=a_day,
            ),
            Figure(
                name="desk's growth, the same",
                value=growth_mb(endured.weight["desk"]),
                unit="MB",
                scaled=f"{a_day}; it was killed in between",
            ),
        ],
        scaled=[
            f"{endured.told} alerts are years of a home; half an hour is no day of one.",
        ],
    )
