"""One guest: QEMU as `scripts/vm/run` starts it, and commands in it by Debian's guest agent.

The agent's channel is a virtio port, so that nothing here needs a network. QEMU's own monitor
(QMP) plugs and pulls devices.
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# Seconds. Software emulation is ten times slower than a Pi, and other work may share the machine.
BOOT_MAX_S = 300.0
COMMAND_MAX_S = 120.0
ANSWER_MAX_S = 30.0
POLL_S = 0.2


class GuestError(Exception):
    """A command in the guest failed, or the guest did not answer."""


def eventually(what: str, look: Callable[[], Any], within_s: float) -> Any:
    """What `look` finds once it is true; raises GuestError naming `what`."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(POLL_S)
    raise GuestError(f"not within {within_s} s: {what}")


class _Line:
    """JSON objects over a Unix socket, one a line."""

    def __init__(self, path: Path) -> None:
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.settimeout(ANSWER_MAX_S)
        try:
            self._sock.connect(str(path))
        except OSError:
            self._sock.close()
            raise
        self._buffer = b""

    def send(self, message: dict[str, Any], before: bytes = b"") -> None:
        self._sock.sendall(before + json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            data = self._sock.recv(65536)
            if not data:
                raise GuestError("the line to the guest has ended")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        # The agent marks the start of an answer to a sync with a byte that JSON never holds.
        found: dict[str, Any] = json.loads(line.rpartition(b"\xff")[2])
        return found

    def patience(self, answer_max_s: float) -> None:
        self._sock.settimeout(answer_max_s)

    def close(self) -> None:
        self._sock.close()


class Machine:
    """A guest with its disk; `arguments` are those of `scripts/vm/run`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._agent: _Line | None = None

    # -- power -----------------------------------------------------------------------------

    def power_on(self) -> None:
        """Start QEMU, and return when the guest answers."""
        self.start()
        self.wait_for_agent()

    def start(self) -> None:
        for name in ("qmp.sock", "agent.sock"):
            (self.folder / name).unlink(missing_ok=True)
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(ROOT / "scripts/vm/run"), "--dir", str(self.folder), *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def cut_power(self) -> None:
        """Kill QEMU: what its disk had not flushed is for the disk to keep or lose."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
        self._process = None
        self.hang_up()

    def wait_for_agent(self, within_s: float = BOOT_MAX_S) -> None:
        """Until the guest's agent answers: it has come up, or come back."""
        eventually("the guest's agent answers", self.is_up, within_s)

    def is_up(self) -> bool:
        """Whether the guest's agent answers now; raises GuestError when QEMU has ended."""
        if self._process is not None and self._process.poll() is not None:
            log = (self.folder / "qemu.log").read_text(encoding="utf-8", errors="replace")
            raise GuestError(f"QEMU ended with {self._process.returncode}: {log[-2000:]}")
        try:
            self._sync(answer_max_s=3.0)
        except TimeoutError:
            return False
        except (OSError, GuestError, ValueError):
            self.hang_up()
            return False
        return True

    def console(self) -> str:
        path = self.folder / "console.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    # -- in the guest ----------------------------------------------------------------------

    def run(
        self,
        script: str,
        *,
        data: bytes = b"",
        check: bool = True,
        timeout_s: float = COMMAND_MAX_S,
    ) -> str:
        """What `script` (bash, as root) prints; raises GuestError when it fails and `check`."""
        code, out, err = self.outcome(script, data=data, timeout_s=timeout_s)
        if check and code:
            raise GuestError(f"exit {code}: {script}\n{out}{err}")
        return out

    def outcome(
        self, script: str, *, data: bytes = b"", timeout_s: float = COMMAND_MAX_S
    ) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        started = self._ask(
            "guest-exec",
            path="/bin/bash",
            arg=["-c", script],
            **{"capture-output": True, "input-data": base64.b64encode(data).decode()},
        )
        end = time.monotonic() + timeout_s
        while True:
            found = self._ask("guest-exec-status", pid=started["pid"])
            if found["exited"]:
                out, err = (
                    base64.b64decode(found.get(key, "")).decode(errors="replace")
                    for key in ("out-data", "err-data")
                )
                return found.get("exitcode", 128 + found.get("signal", 0)), out, err
            if time.monotonic() > end:
                raise GuestError(f"not done within {timeout_s} s: {script}")
            time.sleep(POLL_S)

    def write(self, path: str, text: str | bytes, mode: str = "644", owner: str = "root") -> None:
        """A file in the guest."""
        data = text.encode() if isinstance(text, str) else text
        folder = Path(path).parent
        self.run(
            f"mkdir -p '{folder}' && cat > '{path}' && chmod {mode} '{path}' "
            f"&& chown {owner} '{path}'",
            data=data,
        )

    def until(self, what: str, script: str, within_s: float) -> str:
        """Until `script` succeeds; what it printed."""

        def look() -> tuple[str] | None:
            code, out, _ = self.outcome(script)
            return (out,) if code == 0 else None

        found: tuple[str] = eventually(what, look, within_s)
        return found[0]

    # -- devices ---------------------------------------------------------------------------

    def monitor(self, command: str, **arguments: object) -> Any:
        """One QMP command; its return value."""
        line = _Line(self.folder / "qmp.sock")
        try:
            line.receive()  # the greeting
            self._execute(line, "qmp_capabilities", {})
            return self._execute(line, command, arguments)
        finally:
            line.close()

    def plug_serial(self, name: str, port: Path | None) -> None:
        """A USB serial adapter with serial number `name`, its line ending at the tty `port`."""
        backend: dict[str, Any] = {"type": "null", "data": {}}
        if port is not None:
            backend = {"type": "serial", "data": {"device": str(port)}}
        self.monitor("chardev-add", id=name, backend=backend)
        # Plugged even with nothing at its other end, as an adapter is.
        self.monitor(
            "device_add",
            driver="usb-serial",
            id=name,
            chardev=name,
            serial=name,
            **{"always-plugged": True},
        )

    def pull_serial(self, name: str) -> None:
        """Pull it; QEMU says yes before the guest has let go."""
        self.monitor("device_del", id=name)

        def gone() -> bool:
            try:
                self.monitor("chardev-remove", id=name)
            except GuestError:
                return False
            return True

        eventually(f"{name} is pulled", gone, 60)

    # -- inside ----------------------------------------------------------------------------

    def _execute(self, line: _Line, command: str, arguments: dict[str, object]) -> Any:
        line.send({"execute": command, "arguments": arguments})
        answer = line.receive()
        while "event" in answer:
            answer = line.receive()
        if "error" in answer:
            raise GuestError(f"{command} {arguments}: {answer['error']}")
        return answer["return"]

    def _ask(self, command: str, **arguments: object) -> Any:
        if self._agent is None:
            self._sync(ANSWER_MAX_S)
        assert self._agent is not None
        try:
            self._agent.send({"execute": command, "arguments": arguments})
            answer = self._agent.receive()
        except OSError as error:
            self.hang_up()
            raise GuestError(f"the guest does not answer to {command}: {error}") from error
        if "error" in answer:
            raise GuestError(f"{command}: {answer['error']}")
        return answer["return"]

    def _sync(self, answer_max_s: float) -> None:
        """Agree with the agent where we are; raises TimeoutError while nobody is there.

        The line stays open meanwhile: closing it leaves an agent that answers late to nobody.
        """
        if self._agent is None:
            self._agent = _Line(self.folder / "agent.sock")
        line = self._agent
        line.patience(answer_max_s)
        number = time.monotonic_ns() & 0x7FFFFFFF
        line.send({"execute": "guest-sync-delimited", "arguments": {"id": number}}, before=b"\xff")
        while line.receive().get("return") != number:
            continue
        line.patience(ANSWER_MAX_S)

    def hang_up(self) -> None:
        if self._agent is not None:
            self._agent.close()
        self._agent = None


def missing_programs() -> Sequence[str]:
    """What this machine lacks to run a guest."""
    return [name for name in ("qemu-system-x86_64", "qemu-img") if shutil.which(name) is None]
