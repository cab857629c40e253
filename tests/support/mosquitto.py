"""A real Mosquitto on loopback that a test can stop, freeze, kill and bring back."""

from __future__ import annotations

import getpass
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "127.0.0.1"

# Debian keeps daemons out of an ordinary user's search path.
_SEARCH_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"

# Mosquitto listens 20 ms after its start on an idle machine; the suite's machine is not idle.
START_LIMIT_S = 10.0

# SIGTERM is obeyed at once; only a broken broker needs longer.
STOP_LIMIT_S = 5.0

_POLL_S = 0.02


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


class Mosquitto:
    """One broker process: same port and same configuration through every restart.

    Without persistence: a restarted broker remembers nothing, as after a loss
    of its disk. `host` and `port` are where it listens.
    """

    def __init__(self, directory: Path, *, port: int | None = None, extra: str = "") -> None:
        """`extra` is added to the configuration as it is (a password file, an ACL, limits)."""
        self.host = HOST
        self.port = port or free_port()
        self.log = directory / f"mosquitto-{self.port}.log"
        self._config = directory / f"mosquitto-{self.port}.conf"
        anonymous = "" if "allow_anonymous" in extra else "allow_anonymous true\n"
        # Started by root it would become another user, who cannot read a test's private files.
        user = f"user {getpass.getuser()}\n"
        self._config.write_text(
            f"{user}listener {self.port} {HOST}\npersistence false\n{anonymous}{extra}\n",
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running broker."""
        return self._running().pid

    def start(self) -> None:
        """Start the broker and return when it accepts connections."""
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path=_SEARCH_PATH)
        if program is None:
            msg = "mosquitto is missing: sudo apt install mosquitto"
            raise RuntimeError(msg)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(self._config)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                msg = f"mosquitto did not start: {self.log.read_text(encoding='utf-8')}"
                raise RuntimeError(msg)
            time.sleep(_POLL_S)

    def stop(self) -> None:
        """Ask the broker to end (SIGTERM) and wait for it; clients are told."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker without a word to anybody (SIGKILL)."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing is answered any more."""
        self._running().send_signal(signal.SIGSTOP)

    def cont(self) -> None:
        """SIGCONT: let a frozen broker go on."""
        self._running().send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """End the broker if it runs and start it anew on the same port."""
        self.stop()
        self.start()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            msg = "the broker is not running: call start() first"
            raise RuntimeError(msg)
        return self._process

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1.0)
            return probe.connect_ex((HOST, self.port)) == 0

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_LIMIT_S)


@contextmanager
def mosquitto(directory: Path, *, port: int | None = None, extra: str = "") -> Iterator[Mosquitto]:
    """Run a broker for the length of a `with` block; `directory` takes its config and log."""
    broker = Mosquitto(directory, port=port, extra=extra)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
