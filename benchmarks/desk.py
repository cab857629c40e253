"""How many alerts a second a desk takes, receipt for receipt, from many homes at once.

A real broker, the desk as its own process on its own database, and homes at wire level: each
alert is a sealed message of its own, and counts when its receipt has come, which the desk sends
after the commit that holds it. Afterwards every alert is looked for in the database. Beside it: how
long a lone alert waits for its receipt, on the same line.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.machine import broker, percentile
from edge.clock import RandomIds, SystemClock
from edge.domain import Alert, AlertState, Priority
from edge.locale import titles
from edge.uplink import envelope
from edge.uplink.envelope import Origin

HOMES = 500
ALERTS = 15_000
LONE = 50
# Each home has one alert under way, as each gateway would have at least.
UNDER_WAY = HOMES
PER_S_MIN = 500.0
READY_WITHIN_S = 30.0
WAIT_S = 120.0


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, broker() as port:
        folder = Path(name)
        with _desk(folder, port) as pid, _Homes(port) as homes:
            homes.settle()
            lone = [homes.send(1)[0] * 1000 for _ in range(LONE)]
            before_s = _cpu_s(pid)
            took = homes.send(ALERTS)
            cpu_ms = (_cpu_s(pid) - before_s) * 1000 / ALERTS
        with contextlib.closing(sqlite3.connect(folder / "desk.db")) as connection:
            (stored,) = connection.execute("SELECT count(*) FROM alert").fetchone()
    rate = ALERTS / max(took)
    whole = stored >= ALERTS + LONE
    return [
        {
            "measure": f"alerts of {HOMES} homes, each receipted after its commit",
            "value": f"{rate:.0f}/s ({ALERTS} in {max(took):.1f} s)",
            "limit": f"{PER_S_MIN:.0f}/s",
            "ok": rate >= PER_S_MIN,
        },
        {"measure": "of them in the desk's database", "value": f"{stored}", "ok": whole},
        {"measure": "processor time of the desk's process for each", "value": f"{cpu_ms:.2f} ms"},
        {
            "measure": "a lone alert, from its publish to its receipt, p50 and p99",
            "value": f"{percentile(lone, 0.5):.1f} ms, {percentile(lone, 0.99):.1f} ms",
        },
    ]


def _cpu_s(pid: int) -> float:
    """User and system time of a process (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Homes:
    """Every home on one line; who may publish for whom is the broker's matter, not the desk's."""

    def __init__(self, port: int) -> None:
        self._clock, self._ids = SystemClock("UTC", trusted=True), RandomIds()
        self._sequence = 0
        self._receipts: set[str] = set()
        self._came = threading.Condition()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bench-homes")
        self._client.max_inflight_messages_set(UNDER_WAY)
        self._client.on_message = self._heard
        self._client.on_publish = lambda *_: self._at_once()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("kotivahti/v1/+/down/ack", 1)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def settle(self) -> None:
        """Until the desk answers: it has a line."""
        end = time.monotonic() + READY_WITHIN_S
        topic, ident, body = self._alert()
        while ident not in self._receipts:
            if time.monotonic() > end:
                raise RuntimeError("the desk does not answer")
            self._client.publish(topic, body, 1)
            with self._came:
                self._came.wait(0.5)

    def send(self, count: int) -> list[float]:
        """Publish `count` alerts; seconds from the first publish to each one's receipt."""
        made = [self._alert() for _ in range(count)]
        began = time.monotonic()
        at: dict[str, float] = {}
        waiting: set[str] = set()
        left = iter(made)
        end = began + WAIT_S
        sent = 0
        while len(at) < count:
            while len(waiting) < UNDER_WAY and sent < count:
                topic, ident, body = next(left)
                self._client.publish(topic, body, 1)
                waiting.add(ident)
                sent += 1
            with self._came:
                while not (done := waiting & self._receipts):
                    if not self._came.wait(end - time.monotonic()):
                        raise RuntimeError(f"{len(waiting)} alerts have no receipt")
            now = time.monotonic()
            waiting -= done
            at.update(dict.fromkeys(done, now - began))
        return list(at.values())

    def _alert(self) -> tuple[str, str, bytes]:
        self._sequence += 1
        number, now = self._sequence % HOMES, self._clock.now()
        alert = Alert(
            id=self._ids.uuid7(now),
            rev=1,
            code="help_button",
            subject="button-1",
            priority=Priority.CRITICAL,
            state=AlertState.RAISED,
            raised=now,
            changed=now,
        )
        origin = Origin(
            gateway=f"gw-{number:04d}",
            store_id="st-1",
            site=f"site-{number}",
            customer=f"c-{number}",
        )
        words = titles("help_button", {})
        ident = self._ids.uuid7(now)
        entry = envelope.alert(
            origin, alert, words, id=ident, sequence=self._sequence // HOMES + 1, at=now
        )
        return f"kotivahti/v1/{origin.gateway}/up/alert", ident, entry.body

    def _at_once(self) -> None:
        """As the gateway's own client: no 40 ms of Nagle and delayed acknowledgement (tcp(7))."""
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _heard(self, _client: object, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self._at_once()
        told = json.loads(message.payload)
        with self._came:
            self._receipts.add(told["data"]["of"]["id"])
            self._came.notify()


@contextlib.contextmanager
def _desk(folder: Path, port: int) -> Iterator[int]:
    """`kotivahti desk run` as a process, whose id it gives; its lines go nowhere."""
    settings = folder / "desk.toml"
    settings.write_text(
        f'[desk]\nid = "desk-bench"\n[store]\npath = "{folder}/desk.db"\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\ntls = false\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "edge", "desk", "run", "--config", str(settings), "--plain"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)
