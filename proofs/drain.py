"""A month of messages goes out at last, and a press of the button does not wait for it."""

from __future__ import annotations

import asyncio
from unittest import mock

from benchmarks import drain
from benchmarks.machine import broker, percentile
from proofs.records import Figure, Proof
from proofs.running import Run

SHARE_QUICK = 10  # a short run has a tenth of the month


def prove(run: Run) -> Proof:
    share = run.of(1, SHARE_QUICK)
    alerts, telemetry = drain.ALERTS // share, drain.TELEMETRY // share
    with (
        mock.patch.object(drain, "ALERTS", alerts),
        mock.patch.object(drain, "TELEMETRY", telemetry),
        broker() as port,
    ):
        idle = asyncio.run(drain._idle(run.folder / "idle", port))
        run.say("idle is measured")
        took, seconds, late, sent = asyncio.run(drain._drained(run.folder / "drain", port))
    above_ms = percentile(took, 0.99) - percentile(idle, 0.99)
    return Proof(
        promise="After a month offline the newest alarm goes first, and a new one waits for none.",
        how=(
            f"As `python -m benchmarks drain`: an outbox of thirty days with {alerts} alerts and "
            f"{telemetry} telemetry messages, a real Mosquitto, a listener in another process that "
            f"receipts each. While it drains, a help button is pressed {drain.PRESSES} times, from "
            "the radio's callback to the listener, beside the same presses of an idle gateway."
        ),
        figures=[
            Figure(name="alerts older than a day", value=late, at_least=1),
            Figure(name="telemetry messages", value=sent),
            _seconds("newest critical received", seconds["newest"], drain.NEWEST_S_MAX),
            _seconds("all alerts received", seconds["alerts"], drain.ALERTS_S_MAX),
            _seconds("everything received", seconds["all"], drain.ALL_S_MAX),
            Figure(name="a press of an idle gateway, p99", value=percentile(idle, 0.99), unit="ms"),
            Figure(
                name="a press while it drains, p99 above that",
                value=above_ms,
                unit="ms",
                at_most=drain.P99_ABOVE_IDLE_MS_MAX,
            ),
        ],
    )


def _seconds(name: str, value: float, most: float) -> Figure:
    return Figure(name=f"{name} after the connection", value=value, unit="s", at_most=most)
