"""How a run of the live view ends: told to, or with an error that is said."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.desk.helpers import alert_body, fresh, say, write_config
from tests.support.mosquitto import Mosquitto
from tests.uplink import samples
from tests.uplink.test_envelope import built

pytestmark = pytest.mark.timeout(60)

RUN = "from desk.cli import desk; desk()"
# The picture that is drawn a second after the start, when everything already runs.
BREAKS = """
from desk import board
from edge.errors import StoreError
real = board.Board.keep_drawing
async def keep_drawing(self):
    def update(*_, **__): raise {error}
    self._live.update = update
    await real(self)
board.Board.keep_drawing = keep_drawing
"""


class Terminal:
    """A desk on a terminal of its own."""

    def __init__(self, config: Path, before: str = "") -> None:
        self.main, side = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", before + RUN, "run", "--config", str(config)],
            stdin=side,
            stdout=side,
            stderr=subprocess.PIPE,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "140", "LINES": "40"},
        )
        os.close(side)

    def read_until(self, wanted: bytes) -> None:
        """Read until something stands on the screen."""
        seen, deadline = b"", time.monotonic() + 20
        while wanted not in seen:
            assert time.monotonic() < deadline, seen
            seen += self._piece()

    def ended(self) -> tuple[int, str]:
        """Return exit code and standard error once it has ended, reading on until then."""
        deadline = time.monotonic() + 20
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it did not end"
            self._piece()
        assert self.process.stderr is not None
        return self.process.returncode, self.process.stderr.read().decode()

    def _piece(self) -> bytes:
        ready, _, _ = select.select([self.main], [], [], 0.1)
        try:
            return os.read(self.main, 65_536) if ready else b""
        except OSError:
            return b""

    def close(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait(20)
        if self.process.stderr is not None:
            self.process.stderr.close()


@pytest.mark.parametrize(
    "error, says",
    [("StoreError('desk.db: it broke')", "desk.db: it broke"), ("OSError(5, 'gone')", "gone")],
)
def test_an_error_in_drawing_ends_the_run_and_is_said(
    mosquitto: Mosquitto, tmp_path: Path, error: str, says: str
):
    """A board that stands still looks like a quiet night."""
    terminal = Terminal(write_config(tmp_path, mosquitto.port), BREAKS.format(error=error))
    code, err = terminal.ended()
    terminal.close()
    os.close(terminal.main)
    assert (code, says in err) == (1, True)


def test_a_database_that_breaks_under_the_board_ends_the_run(mosquitto: Mosquitto, tmp_path: Path):
    """What the board reads is not there any more: exit 1 and the mend, no traceback."""
    config = write_config(tmp_path, mosquitto.port)
    connection = fresh(tmp_path)
    terminal = Terminal(config)
    terminal.read_until(b"broker up")
    connection.execute("DROP TABLE observations")
    connection.execute("ALTER TABLE alert RENAME TO mislaid")
    code, err = terminal.ended()
    connection.close()
    terminal.close()
    os.close(terminal.main)
    assert (code, "check the disk" in err, "Traceback" in err) == (1, True, False)


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_it_ends_it_in_an_orderly_way(
    mosquitto: Mosquitto, tmp_path: Path, told: signal.Signals
):
    """Exit 0."""
    terminal = Terminal(write_config(tmp_path, mosquitto.port))
    terminal.read_until(b"broker up")
    terminal.process.send_signal(told)
    code, err = terminal.ended()
    terminal.close()
    os.close(terminal.main)
    assert (code, err) == (0, "")


def test_a_terminal_that_is_gone_is_an_orderly_end_too(mosquitto: Mosquitto, tmp_path: Path):
    """The hang-up comes with a terminal on which nothing can be drawn any more."""
    terminal = Terminal(write_config(tmp_path, mosquitto.port))
    terminal.read_until(b"broker up")
    terminal.process.send_signal(signal.SIGSTOP)
    os.close(terminal.main)
    terminal.process.send_signal(signal.SIGHUP)
    terminal.process.send_signal(signal.SIGCONT)
    _, err = terminal.process.communicate(timeout=20)
    assert (terminal.process.returncode, "Traceback" in err.decode()) == (0, False)


def start(config: Path, *options: str) -> subprocess.Popen[str]:
    """Start `desk run` as a process."""
    code = "from desk.cli import desk; desk()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "--config", str(config), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def test_run_prints_lines_and_ends_in_an_orderly_way(mosquitto: Mosquitto, tmp_path: Path):
    """Ctrl-C is a normal end."""
    process = start(write_config(tmp_path, mosquitto.port), "--plain")
    assert process.stdout is not None
    assert "broker up" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, "Traceback" in out + err) == (0, False)


def test_the_live_view_draws_and_ends_in_an_orderly_way(mosquitto: Mosquitto, tmp_path: Path):
    """On a terminal of its own (a pty)."""
    config = write_config(tmp_path, mosquitto.port)
    connection = fresh(tmp_path)
    say(connection, built()["hb-1.0"], topic="gw-0001/up/hb")
    say(connection, alert_body(samples.smoke_alert(), 1))
    connection.close()
    main, side = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from desk.cli import desk; desk()", "run", "--config", str(config)],
        stdout=side,
        stderr=side,
        stdin=side,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "140", "LINES": "40"},
    )
    os.close(side)
    seen = b""
    try:
        deadline = time.monotonic() + 20
        while b"Smoke alarm" not in seen or b"broker up" not in seen:
            assert time.monotonic() < deadline, seen
            seen += read(main)
        process.send_signal(signal.SIGTERM)
        while piece := read(main):
            seen += piece
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(20)
        os.close(main)
    assert b"Traceback" not in seen


def read(terminal: int) -> bytes:
    """Return what comes next from a terminal; nothing when its other side is closed."""
    try:
        return os.read(terminal, 4_096)
    except OSError:
        return b""


def test_a_broken_database_is_said_without_a_traceback(tmp_path: Path):
    """Exit 1 with the file and the mend."""
    config = write_config(tmp_path, 1)
    (tmp_path / "desk.db").write_bytes(b"not a database" * 100)
    process = start(config, "--plain")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "desk.db" in err
    assert "Traceback" not in out + err
