"""A modem that dies in the middle of a message: the text goes out when it is back, once."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path
from typing import Any

from edge.control.client import ask
from proofs.records import Figure, Proof
from proofs.running import ROOT, Run
from tests.e2e.world import World, eventually
from tests.support.mosquitto import mosquitto

DEATHS, QUICK_DEATHS = 4, 1
PLAN = ROOT / "config/escalation.example.toml"
DUTY = "+358401234501"
# The table's 20 s without a receipt, and what a loaded machine adds.
ASKED_WITHIN_S = 40.0
# How long it stays dead, from the middle of the message: shorter and longer than the minute that
# the gateway waits for the network's verdict.
DEAD_S_MAX = 90.0
# That minute, the modem's own back-off, and one message.
OUT_WITHIN_S = 150.0
# A second copy would follow the first within the modem's own time for a message.
WATCHED_S = 20.0


def prove(run: Run) -> Proof:
    rng = random.Random(3)
    counts, seconds = [], []
    for number in range(1, run.of(DEATHS, QUICK_DEATHS) + 1):
        folder = run.folder / f"modem-{number}"
        folder.mkdir()
        sent, after_s = _once(folder, rng.uniform(2.0, DEAD_S_MAX))
        counts.append(sent)
        seconds.append(after_s)
        run.say(f"death {number}: {sent} text, {after_s:.1f} s after the modem was back")
    return Proof(
        promise="A modem that dies in the middle of a message costs neither the text nor a copy.",
        how=(
            "The broker is dead, so the plan's first recipient is asked by text message. The "
            "virtual modem on a pty falls silent in the middle of the message's PDU, and gets new "
            f"power after up to {DEAD_S_MAX:g} s. Counted is what stands in its own record for "
            f"that number, until {WATCHED_S:g} s after the first."
        ),
        figures=[
            Figure(name="deaths in the middle of a PDU", value=len(counts)),
            Figure(name="texts of the least lucky one", value=min(counts), at_least=1),
            Figure(name="texts of the most talkative one", value=max(counts), at_most=1),
            Figure(name="new power to the text, longest", value=max(seconds), unit="s"),
        ],
        unproved=[
            "A modem that dies after the network took the text, before it said so: it goes again.",
            "No real modem was used.",
        ],
    )


def _once(folder: Path, dead_s: float) -> tuple[int, float]:
    with mosquitto(folder) as broker:
        world = World(folder, broker)
        try:
            world.start_home("--home", "modem")
            world.start_gateway()
            eventually("the modem is ready", lambda: _status(world)["pager"]["up"], 60)
            eventually("connected", lambda: _status(world)["path"]["up"], 60)
            world.gateway("escalation", "set", str(PLAN), "--by", "prover")
            broker.kill()
            eventually("the lost path is known", lambda: not _status(world)["path"]["up"], 60)
            world.happen("modem", "modem-1", "dies")
            world.happen("press", "help-button")
            eventually("asked", lambda: "alert_asked" in world.log("gateway"), ASKED_WITHIN_S)
            time.sleep(dead_s)
            assert not _texts(world)
            world.happen("modem", "modem-1", "restart")
            began = time.monotonic()
            eventually("the text is out", lambda: _texts(world), OUT_WITHIN_S)
            after_s = time.monotonic() - began
            time.sleep(WATCHED_S)
            return _texts(world), after_s
        finally:
            world.stop()


def _texts(world: World) -> int:
    return len(re.findall(rf"to {re.escape(DUTY)}: ", world.happen("status")))


def _status(world: World) -> dict[str, Any]:
    found: dict[str, Any] = ask(world.folder / "control.sock", "status")
    return found
