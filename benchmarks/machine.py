"""This machine's own limits: a bare synced commit, a bare QoS 1 publish, a broker to use."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

READY_WITHIN_S = 10.0


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie; nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextlib.contextmanager
def broker() -> Iterator[int]:
    """A Mosquitto on a free loopback port, for the length of the block."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / "mosquitto.conf"
        conf.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            "max_inflight_messages 0\nmax_queued_messages 0\n"
        )
        process = subprocess.Popen([program, "-c", str(conf)], stderr=subprocess.DEVNULL)
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"no broker on port {port} within {READY_WITHIN_S} s")


def bare_commit_ms(folder: Path, count: int = 300) -> list[float]:
    """One row, one commit, WAL and synchronous=FULL: the disk's share of an alarm."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
    took = []
    for _ in range(count):
        began = time.perf_counter()
        connection.execute("INSERT INTO t (body) VALUES (?)", ("x" * 170,))
        took.append((time.perf_counter() - began) * 1e3)
    connection.close()
    return took


def bare_publish_ms(port: int, count: int = 300) -> list[float]:
    """One QoS 1 publish of 1 kB from send to PUBACK: the broker's share of an alarm."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bare")
    client.connect("127.0.0.1", port)
    client.loop_start()
    took = []
    try:
        for _ in range(count):
            began = time.perf_counter()
            client.publish("bare", b"x" * 1000, qos=1).wait_for_publish(5)
            took.append((time.perf_counter() - began) * 1e3)
    finally:
        client.disconnect()
        client.loop_stop()
    return took
