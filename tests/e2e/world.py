"""A whole world of real processes: broker, virtual home, gateway, desk; driven by public commands.

Nothing here writes a table or calls a rule: what a test proves starts from a
device's bytes and ends at the desk's own process.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.demo import scene
from tests.support.mosquitto import Mosquitto

ENV = {**os.environ, "KOTIVAHTI_LANG": "en"}
POLL_S = 0.05
NURSE = "anna"


def kotivahti(*args: str, check: bool = True, timeout_s: float = 30) -> str:
    """One public command to its end; its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", *args],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=ENV,
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(f"{args}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def eventually(what: str, look: Callable[[], Any], within_s: float = 20.0) -> Any:
    """What `look` finds once it is true; fails after `within_s` naming `what`."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(POLL_S)
    raise AssertionError(f"not within {within_s} s: {what}")


class World:
    """One home and one desk in a folder; every part can be started, killed and started again."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.folder = folder
        self.broker = broker
        self.settings = folder / "gateway.toml"
        self.desk_settings = folder / "desk.toml"
        self.env: dict[str, dict[str, str]] = {}  # of one part, beside everybody's
        self._running: dict[str, subprocess.Popen[str]] = {}

    # -- the parts -------------------------------------------------------------------------

    def start_home(self, *options: str) -> None:
        """The virtual home, all devices on; writes the gateway's settings."""
        folder = self.folder / "home"
        folder.mkdir(exist_ok=True)
        home = self._start(
            "home", "sim", "home", "--dir", str(folder), "--script", "quiet", *options
        )
        report = folder / "sim.json"

        def ready() -> bool:
            return report.exists() and json.loads(report.read_text())["pid"] == home.pid

        eventually("the virtual home is ready", ready)
        found = json.loads(report.read_text())
        text = scene.gateway_settings(self.folder, self.broker.port, found)
        self.settings.write_text(text, encoding="utf-8")

    def start_gateway(self) -> None:
        self._start("gateway", "run", "--config", str(self.settings))
        eventually("the gateway answers", self._answers)

    def start_desk(self) -> None:
        text = scene.desk_settings(self.folder, self.broker.port)
        self.desk_settings.write_text(text, encoding="utf-8")
        password = scene.password_file(self.folder)
        if not (self.folder / "desk.db").exists():
            self.desk("account", "add", NURSE, "--role", "nurse", "--password-file", str(password))
        self._start("desk", "desk", "run", "--config", str(self.desk_settings), "--plain")

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """End one part by a signal; its exit code."""
        process = self._running.pop(name)
        process.send_signal(number)
        return process.wait(20)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def ended(self, name: str) -> int | None:
        return self._running[name].poll()

    def stop(self) -> None:
        for name in reversed(list(self._running)):
            self.kill(name, signal.SIGTERM)

    # -- what people do --------------------------------------------------------------------

    def happen(self, *command: str) -> str:
        """Make something happen in the home: `happen("press", "help-button")`."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(str(self.folder / "home" / "sim.sock"))
            sock.sendall((" ".join(command) + "\n").encode())
            answer = sock.makefile().readline().strip()
        assert not answer.startswith("error"), answer
        return answer

    def gateway(self, *command: str) -> Any:
        """A command to the gateway, `--json`."""
        return json.loads(kotivahti(*command, "--config", str(self.settings), "--json"))

    def gateway_says(self, *command: str) -> str:
        """A command to the gateway, for people."""
        return kotivahti(*command, "--config", str(self.settings))

    def desk(self, *command: str, check: bool = True) -> str:
        return kotivahti("desk", *command, "--config", str(self.desk_settings), check=check)

    def desk_alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.desk("alerts", "--json"))
        return found

    def decide(self, verb: str, alert: str, *options: str) -> str:
        """What the nurse does, with her own account."""
        password = str(scene.password_file(self.folder))
        return self.desk(verb, alert, *options, "--as", NURSE, "--password-file", password)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def on_desk(
        self, code: str, state: str | None = None, within_s: float = 20.0
    ) -> dict[str, Any]:
        """The newest alert of that code (and state) at the desk."""

        def look() -> dict[str, Any] | None:
            for row in self.desk_alerts():
                if row["code"] == code and state in (None, row["state"]):
                    return row
            return None

        found: dict[str, Any] = eventually(f"{code} {state or ''} at the desk", look, within_s)
        return found

    # -- inside ----------------------------------------------------------------------------

    def _answers(self) -> bool:
        assert self.ended("gateway") is None, self.log("gateway")
        with socket.socket(socket.AF_UNIX) as sock:
            return sock.connect_ex(str(self.folder / "control.sock")) == 0

    def _start(self, name: str, *args: str) -> subprocess.Popen[str]:
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "edge", *args],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
                env=ENV | self.env.get(name, {}),
            )
        self._running[name] = process
        return process
