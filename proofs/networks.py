"""Cables between two network namespaces: pulled, half-open, one-way, and slow."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

from edge.config.writing import toml
from edge.control.client import ask
from proofs.line_world.judging import Verdict, arrived, verdict
from proofs.line_world.namespaces import (
    BROKER_PORT,
    PROXY_PORT,
    Cable,
    TwoPlaces,
    two_places,
)
from proofs.line_world.robots import Robot
from proofs.records import Figure, Proof
from proofs.running import Run
from tests.e2e.world import eventually

ROBOTS = 8
# Idle, a line is judged by two keepalives of 15 s; with something to say, by its publish.
NOTICED_IDLE_S, VERDICT_S = 30.0, 5.0
# What the look from outside may add: a request at the control socket of a loaded machine.
LOOK_S = 0.5
DELAY_S = 0.5  # each way
PUBACK_P95_S = 2.0
EVENTS, QUICK_EVENTS = 60, 8
BREAKS, QUICK_BREAKS = 5, 1
# Back-off of up to a minute on either side, and a repetition.
BACK_WITHIN_S = 180.0
_POLL_S = 0.01


class Place:
    """Two places with a gateway whose robots are pressed from here."""

    def __init__(self, run: Run, name: str, *, delay_s: float = 0.0) -> None:
        self._folder = run.folder / name
        self._folder.mkdir()
        self._delay_s = delay_s
        self._robots = [Robot(n) for n in range(1, ROBOTS + 1)]
        self._stack = ExitStack()
        self.told = 0

    def __enter__(self) -> Self:
        self.world: TwoPlaces
        self.cable: Cable
        self.world, self.cable = self._stack.enter_context(two_places(self._folder))
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        if self._delay_s:
            self.world.start_proxy(self._delay_s)
        self.world.settings.write_text(self._settings(), encoding="utf-8")
        self.world.start_desk()
        self.world.start_gateway()
        eventually("connected", self.is_up, 60)
        eventually("quiet", lambda: not self.status()["outbox"], 60)

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for robot in self._robots:
            robot.close()

    def jam(self) -> None:
        robot = self._robots[self.told % ROBOTS]
        robot.jam()
        self.told += 1

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = ask(self._folder / "control.sock", "status")
        return found

    def is_up(self) -> bool:
        return bool(self.status()["path"]["up"])

    def seconds_until(self, true: Callable[[], bool], within_s: float) -> float:
        began = time.monotonic()
        while not true():
            assert time.monotonic() - began < within_s, f"not within {within_s} s"
            time.sleep(_POLL_S)
        return time.monotonic() - began

    def puback_s(self) -> float:
        """From the last byte of an event on the serial line to the broker's PUBACK."""
        before = int(self.status()["path"]["published"])
        self.jam()
        return self.seconds_until(
            lambda: int(self.status()["path"]["published"]) > before, BACK_WITHIN_S
        )

    def back_s(self) -> float:
        """Until everything is at the desk again."""
        desk = self._folder / "desk.db"
        return self.seconds_until(
            lambda: arrived(desk) >= self.told and self.is_up() and not self.status()["outbox"],
            BACK_WITHIN_S,
        )

    def end(self) -> Verdict:
        self.back_s()
        self.world.stop()
        return verdict(self._folder / "home.db", self._folder / "desk.db", self.world.log("desk"))

    def _settings(self) -> str:
        rows = [robot.rows for robot in self._robots]
        port = PROXY_PORT if self._delay_s else BROKER_PORT
        return toml(
            {
                "gateway": {
                    "id": "gw-0001", "site": "s", "customer": "c", "trusted_clock": True,
                },
                "store": {"path": str(self._folder / "home.db")},
                "mqtt": self.world.mqtt | {"port": port},
                "ble": {"backend": "off"},
                "control": {"socket": str(self._folder / "control.sock")},
                "serial": [line for _, line in rows],
                "device": [device for device, _ in rows],
            }
        )  # fmt: skip


class Found:
    """Seconds, by what was broken."""

    def __init__(self) -> None:
        self.idle: list[float] = []
        self.judged: list[float] = []
        self.back: list[float] = []
        self.near: list[float] = []
        self.late: list[float] = []
        self.verdicts: list[Verdict] = []


def prove(run: Run) -> Proof:
    found, rng = Found(), random.Random(5)
    with Place(run, "breaks") as place:
        for number in range(run.of(BREAKS, QUICK_BREAKS)):
            _break(place, found, rng)
            run.say(f"break {number + 1}: {found.idle[-1]:.1f} s idle, {found.judged[-1]:.1f} s")
        found.verdicts.append(place.end())
    with Place(run, "late", delay_s=DELAY_S) as place:
        for _ in range(run.of(EVENTS, QUICK_EVENTS)):
            found.late.append(place.puback_s())
            time.sleep(rng.uniform(0.2, 1.2))
        run.say(f"late: {sorted(found.late)[len(found.late) // 2]:.2f} s")
        found.verdicts.append(place.end())
    return _proof(found)


def _break(place: Place, found: Found, rng: random.Random) -> None:
    cable = place.cable
    time.sleep(rng.uniform(0.0, 15.0))  # at any moment of a keepalive
    cable.far_end(up=False)
    found.idle.append(place.seconds_until(lambda: not place.is_up(), 60))
    place.jam()
    cable.far_end(up=True)
    found.back.append(place.back_s())

    cable.far_end(up=False)
    place.jam()
    found.judged.append(place.seconds_until(lambda: not place.is_up(), 60))
    cable.far_end(up=True)
    found.back.append(place.back_s())

    cable.answers(come=False)
    place.jam()
    found.judged.append(place.seconds_until(lambda: not place.is_up(), 60))
    cable.answers(come=True)
    found.back.append(place.back_s())

    cable.near_end(up=False)
    place.jam()
    found.near.append(place.seconds_until(lambda: not place.is_up(), 60))
    cable.near_end(up=True)
    found.back.append(place.back_s())


def _proof(found: Found) -> Proof:
    late = sorted(found.late)
    verdicts = found.verdicts
    return Proof(
        promise=(
            "A dead or half-open line is noticed within 30 s, a publish is judged within 5 s, and "
            "a slow line is no dead one."
        ),
        how=(
            "The gateway runs in a network namespace of its own, broker and desk in another, with "
            "a veth pair between them, and TLS over it. Its far end is set down, so that nothing "
            "is answered, with nothing to send and with an alert to send; answers alone vanish in "
            "a blackhole route; the near end is set down. Noticed is when `status` says so, asked "
            f"again and again; {LOOK_S:g} s of each limit are that look's own. Then each piece of "
            f"the line is {DELAY_S * 1000:g} ms late each way, by a proxy. "
            "Events are jams on a pty."
        ),
        figures=[
            Figure(name="breaks of the line", value=len(found.back)),
            _most("half-open and idle: noticed", found.idle, NOTICED_IDLE_S + LOOK_S),
            _most("half-open, an alert to send: judged", found.judged, VERDICT_S + LOOK_S),
            _most("its own end down, an alert to send: judged", found.near, VERDICT_S + LOOK_S),
            _most("mended: everything at the desk", found.back, None),
            Figure(
                name=f"event to PUBACK, {DELAY_S * 1000:g} ms each way, p50",
                value=late[len(late) // 2],
                unit="s",
            ),
            Figure(
                name="the same, p95",
                value=late[min(len(late) - 1, int(0.95 * len(late)))],
                unit="s",
                at_most=PUBACK_P95_S,
            ),
            Figure(name="alerts", value=sum(len(said.stored) for said in verdicts)),
            Figure(name="lost", value=sum(said.lost for said in verdicts), at_most=0),
            Figure(name="shown more than once", value=sum(s.doubled for s in verdicts), at_most=0),
            Figure(name="never shown", value=sum(s.unshown for s in verdicts), at_most=0),
        ],
        unproved=[
            "No mobile network is played: its addresses change, and it drops some packets of many.",
        ],
    )


def _most(name: str, seconds: list[float], limit: float | None) -> Figure:
    return Figure(name=f"{name}, longest", value=max(seconds), unit="s", at_most=limit)
