"""A RabbitMQ of a test's own, with the settings that the repository gives to a region."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.mosquitto import HOST, Mosquitto, free_port

SETTINGS = Path(__file__).parents[2] / "config/broker/rabbitmq"
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
# An Erlang machine with its plugins takes ten seconds on an idle machine.
START_LIMIT_S = 90.0
STOP_LIMIT_S = 20.0


class RabbitMq:
    """One broker and the name server that an Erlang machine needs; both end with it."""

    def __init__(self, folder: Path, papers: Path, gateways: tuple[str, ...]) -> None:
        """`papers` has ca.pem, broker.pem and broker.key; `gateways` have users like gw-0001."""
        if not SERVER.exists():
            raise RuntimeError("rabbitmq-server is missing: sudo apt install rabbitmq-server")
        self.host, self.port = HOST, free_port()
        self._folder = folder
        self._names_port = free_port()
        text = (SETTINGS / "rabbitmq.conf").read_text(encoding="utf-8")
        text = text.replace(
            "/etc/rabbitmq/kotivahti/definitions.json", f"{folder}/definitions.json"
        )
        text = text.replace("/etc/rabbitmq/kotivahti", str(papers))
        text = text.replace("default = 8883", f"default = {HOST}:{self.port}")
        (folder / "rabbitmq.conf").write_text(text, encoding="utf-8")
        told = json.loads((SETTINGS / "definitions.json").read_text(encoding="utf-8"))
        for rows in (told["users"], told["permissions"], told["topic_permissions"]):
            pattern = json.dumps(rows[0])
            rows += [json.loads(pattern.replace("gw-0001", name)) for name in gateways]
        (folder / "definitions.json").write_text(json.dumps(told), encoding="utf-8")
        shutil.copy(SETTINGS / "enabled_plugins", folder / "enabled_plugins")
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both and return when MQTT is listened to."""
        folder = self._folder
        env = os.environ | {
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": f"kotivahti{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        }
        self._run(["epmd", "-port", str(self._names_port), "-address", HOST], env)
        server = self._run([str(SERVER)], env)
        deadline = time.monotonic() + START_LIMIT_S
        while not Mosquitto._listens(self):  # type: ignore[arg-type]
            if server.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(self.log())
            time.sleep(0.2)

    def _run(self, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=env,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")[-4_000:]

    def kill(self) -> None:
        """End the server with its children, then the name server."""
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_LIMIT_S)
        self._processes.clear()


@contextlib.contextmanager
def rabbitmq(folder: Path, papers: Path, gateways: tuple[str, ...] = ()) -> Iterator[RabbitMq]:
    """Run it for the length of the block."""
    broker = RabbitMq(folder, papers, gateways)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
