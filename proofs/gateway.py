"""A real `kotivahti run` with robots on its lines, a broker, and somebody who gives receipts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Self

import msgspec

from edge.config.writing import toml
from proofs.robot import Robot
from tests.support.mosquitto import Mosquitto

GATEWAY = "gw-proof"
POLL_S = 0.01
# A start takes half a second on an idle machine; proofs run where others work too.
START_MAX_S = 60.0


class ProofError(Exception):
    """The proof itself cannot go on; nothing is said of the gateway."""


def wait_for(what: str, look: Callable[[], Any], within_s: float) -> Any:
    """What `look` finds once it is true; raises ProofError naming `what`."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(POLL_S)
    raise ProofError(f"not within {within_s:g} s: {what}")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a database holds after its gateway died."""

    integrity: str
    events: dict[str, list[int]]  # by device: the numbers of its events, as often as they stand
    jams: int
    revisions: int  # of alerts about a jam
    alerts: int
    messages: int  # about alerts, sent or owed
    owed: int


class Home:
    """One gateway, its robots and its broker in a folder; the database may be elsewhere."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int = 0,
        robots: int = 2,
        alarm_every: int = 3,
        database: Path | None = None,
        broker: Mosquitto | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database = database or folder / "home.db"
        self.socket = folder / "c.sock"
        self.log = folder / "gateway.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._extra = extra or {}
        self._stack = ExitStack()
        self.robots = [
            Robot(f"MR-{n:04}", seed * 100 + n, alarm_every=alarm_every) for n in range(robots)
        ]
        self.broker = broker or Mosquitto(folder)
        self._own_broker = broker is None
        self.settings = folder / "gateway.toml"
        self.write_settings()

    def __enter__(self) -> Self:
        for robot in self.robots:
            self._stack.enter_context(robot)
        if self._own_broker:
            self.broker.start()
            self._stack.callback(self.broker.kill)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.kill()
        self._stack.close()

    def write_settings(self) -> None:
        tables: dict[str, Any] = {
            "gateway": {
                "id": GATEWAY,
                "site": "site-proof",
                "customer": "c-proof",
                "trusted_clock": True,
            },
            "store": {"path": str(self.database)},
            "mqtt": {"host": "127.0.0.1", "port": self.broker.port, "tls": False},
            "ble": {"backend": "off"},
            "control": {"socket": str(self.socket)},
            "serial": [{"device": r.serial.lower(), "port": r.port} for r in self.robots],
            "device": [
                {
                    "id": r.serial.lower(),
                    "driver": "appliance",
                    "role": "medication_robot",
                    "address": r.serial,
                }
                for r in self.robots
            ],
        }
        for key, value in self._extra.items():
            tables[key] = tables.get(key, []) + value if isinstance(value, list) else value
        self.settings.write_text(toml(tables), encoding="utf-8")

    def receipts(self) -> None:
        """Somebody upstream who commits nothing and gives a receipt for everything."""
        topic = f"kotivahti/v1/{GATEWAY}/up/#"
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.listener", str(self.broker.port), topic],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)

    # -- the gateway ---------------------------------------------------------------------------

    def start(
        self, *, module: str = "edge", prefix: Sequence[str] = (), greet: bool = True
    ) -> subprocess.Popen[bytes]:
        """`kotivahti run`; `prefix` is what runs it (strace), `module` a mutant of it."""
        self.socket.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", module, "run", "--config", str(self.settings)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "KOTIVAHTI_LANG": "en"},
                start_new_session=True,
            )
        if greet:
            for robot in self.robots:
                robot.greet()
        return self.process

    def ready(self) -> None:
        """Wait until it answers at its control socket."""
        wait_for("the gateway answers", self._answers, START_MAX_S)

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise ProofError(f"the gateway ended: {self.log.read_text()[-2000:]}")
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(str(self.socket)) == 0

    def kill(self, number: int = signal.SIGKILL, within_s: float = 60.0) -> int:
        """End it and everything it started; its exit code."""
        process, self.process = self.process, None
        assert process is not None
        if number == signal.SIGKILL:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        code = process.wait(within_s)
        for robot in self.robots:
            robot.settle()
        return code

    def acked(self) -> int:
        return sum(len(robot.acked) for robot in self.robots)

    def acked_jams(self) -> int:
        return sum(len(robot.acked & robot.jams) for robot in self.robots)

    # -- what is there -------------------------------------------------------------------------

    def found(self) -> Found:
        """What the database holds, looked at in a copy: the gateway's own start stays untouched."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for name in (self.database.name, f"{self.database.name}-wal"):
            source = self.database.with_name(name)
            if source.exists():
                shutil.copyfile(source, copy / name)
        return look(copy / self.database.name)

    def owed(self) -> int:
        """Messages about alerts without a receipt, while the gateway runs; -1: not known now."""
        try:
            return self.found().owed
        except sqlite3.Error:
            return -1  # copied in the middle of a write

    def lost(self, found: Found) -> int:
        """Acknowledged, and not there."""
        return sum(
            len(robot.acked - set(found.events.get(robot.serial.lower(), ())))
            for robot in self.robots
        )


def look(path: Path) -> Found:
    """Read a database of a gateway that is dead; opening it repairs it, so give it a copy."""
    with closing(sqlite3.connect(path)) as db:
        integrity = "; ".join(str(row[0]) for row in db.execute("PRAGMA integrity_check"))
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alert_history'").fetchone():
            # Killed before it had made its tables: nothing can have been called stored yet.
            return Found(
                integrity=integrity, events={}, jams=0, revisions=0, alerts=0, messages=0, owed=0
            )
        events: dict[str, list[int]] = {}
        jams = 0
        for device, kind, seq in db.execute(
            "SELECT d.id, k.kind, o.device_seq FROM observation AS o "
            "JOIN device AS d ON d.key = o.device JOIN kind AS k ON k.key = o.kind "
            "WHERE k.kind IN ('jam', 'appliance_event')"
        ):
            events.setdefault(device, []).append(seq)
            jams += kind == "jam"

        def count(query: str) -> int:
            (number,) = db.execute(query).fetchone()
            return int(number)

        return Found(
            integrity=integrity,
            events=events,
            jams=jams,
            revisions=count(
                "SELECT count(*) FROM alert_history AS h JOIN alert AS a ON a.id = h.alert "
                "WHERE a.code = 'appliance_fault'"
            ),
            alerts=count("SELECT count(*) FROM alert WHERE code = 'appliance_fault'"),
            messages=count("SELECT count(*) FROM outbox WHERE class = 'alert'"),
            owed=count(
                "SELECT count(*) FROM outbox WHERE class = 'alert' AND received_boot IS NULL"
            ),
        )
