"""Resident memory of a gateway that owes a month of messages, and while it sends them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from proofs.gateway import GATEWAY, Home, ProofError, wait_for
from proofs.records import Figure, Proof
from proofs.running import Run
from proofs.upstream import Upstream
from tests.support.mosquitto import Mosquitto

RSS_MB_MAX = 150.0
ALERTS_MIN = 10_000
# Owed, and nobody to send it to.
WAITING_S, WAITING_QUICK_S = 60, 5
DRAIN_MAX_S = 900.0
LOOK_S = 0.2
SETTLE_S = 3.0


def prove(run: Run) -> Proof:
    # A queue of the broker would drop what the client is slow to take.
    extra = "max_inflight_messages 0\nmax_queued_messages 0"
    broker = Mosquitto(run.folder, extra=extra)
    share = [{"purpose": "the measurement", "kinds": ["temperature"]}]
    with Home(run.folder / "home", robots=0, broker=broker, extra={"share": share}) as home:
        made = subprocess.run(
            [sys.executable, "-m", "proofs.month", str(home.settings)],
            capture_output=True,
            text=True,
            check=True,
        )
        alerts, telemetry = map(int, made.stdout.split()[-2:])
        run.say(f"{alerts} alerts and {telemetry} telemetry messages are owed")
        process = home.start()
        home.ready()
        waiting = _highest(process.pid, run.of(WAITING_S, WAITING_QUICK_S))
        broker.start()
        try:
            began, owed = time.monotonic(), alerts + telemetry
            with Upstream(broker.port, GATEWAY) as upstream:
                wait_for("all messages", lambda: len(upstream.ids) >= owed, DRAIN_MAX_S)
                took_s = time.monotonic() - began
                time.sleep(SETTLE_S)  # the last receipts
            peak = _mb(process.pid, "VmHWM")
            run.say(f"drained in {took_s:.0f} s")
        finally:
            code = home.kill(signal.SIGTERM)
            broker.kill()
    return Proof(
        promise=f"With thirty days of messages queued the process keeps below {RSS_MB_MAX:.0f} MB "
        "of resident memory, waiting and while it sends them all. The unit's limit is 256 MB.",
        how=f"{alerts:,} alerts and {telemetry:,} telemetry messages, one a minute for thirty "
        "days, are sealed and committed by the gateway's own store as `benchmarks drain` makes "
        "them, in a process of its own. Then a real `kotivahti run` starts with them and without "
        "a broker; then a Mosquitto comes, and a client that gives a receipt for each message. "
        "The kernel's figures for the process (`VmRSS`, `VmHWM`).",
        figures=[
            Figure(name="alerts queued", value=alerts, at_least=ALERTS_MIN),
            Figure(name="telemetry messages queued", value=telemetry),
            Figure(name="database", value=home.database.stat().st_size / 1e6, unit="MB"),
            Figure(
                name="highest memory while nobody is there",
                value=waiting,
                unit="MB",
                at_most=RSS_MB_MAX,
            ),
            Figure(
                name="highest memory of its life, all sent",
                value=peak,
                unit="MB",
                at_most=RSS_MB_MAX,
            ),
            Figure(name="all received upstream after", value=took_s, unit="s"),
            Figure(name="exit code at its end", value=code, at_most=0),
        ],
        scaled=["The thirty days are made at once; the messages bear their times."],
    )


def _highest(pid: int, seconds: int) -> float:
    end, highest = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        highest = max(highest, _mb(pid, "VmRSS"))
        time.sleep(LOOK_S)
    return highest


def _mb(pid: int, key: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ProofError(f"/proc/{pid}/status has no {key}")
