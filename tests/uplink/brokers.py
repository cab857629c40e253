"""The two engines that every round trip runs over: Mosquitto (MQTT 5) and amqtt (3.1.1)."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from edge.config import Mqtt
from tests.support.mosquitto import HOST, Mosquitto, free_port, mosquitto

# An interpreter start with its imports, on a machine that runs other tests too.
START_LIMIT_S = 20.0
STOP_LIMIT_S = 5.0


class Amqtt:
    """amqtt as a process of its own, with the handles that `Mosquitto` has."""

    def __init__(self, directory: Path) -> None:
        self.host = HOST
        self.port = free_port()
        self._log = directory / "amqtt.log"
        self._config = directory / "amqtt.yaml"  # JSON is YAML
        content = {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{self.port}"}},
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
            },
        }
        self._config.write_text(json.dumps(content), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it accepts connections."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(self._config)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not Mosquitto._listens(self):  # type: ignore[arg-type]
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(self._log.read_text(encoding="utf-8"))
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL and reap."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(STOP_LIMIT_S)
            self._process = None


@contextlib.contextmanager
def engine(name: str, directory: Path) -> Iterator[Mosquitto | Amqtt]:
    """Run the broker called `name` for the length of the block."""
    if name == "mosquitto":
        with mosquitto(directory) as broker:
            yield broker
        return
    other = Amqtt(directory)
    try:
        other.start()
        yield other
    finally:
        other.kill()


def plain(broker: Mosquitto | Amqtt, **changes: object) -> Mqtt:
    """Return the settings that reach a test's broker."""
    facts: dict[str, object] = {"host": broker.host, "port": broker.port, "tls": False}
    return Mqtt(**(facts | changes))  # type: ignore[arg-type]
