"""A command at a real terminal (a pty of 80 by 24), with keys typed into it."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence

COLUMNS, ROWS = 80, 24
WITHIN_S, LOOK_S = 30.0, 0.02
LFLAG = 3  # of what tcgetattr gives


def at_terminal(command: Sequence[str], keys: str) -> str:
    """What `kotivahti COMMAND` showed until it ended; a key is typed when it listens for one."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = dict(os.environ, TERM="xterm", COLUMNS=str(COLUMNS), LINES=str(ROWS))
    shown, left, until = b"", list(keys), time.monotonic() + WITHIN_S
    with subprocess.Popen(
        [sys.executable, "-m", "edge", *command],
        stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(side)
        while (more := _read(main)) is not None:
            if time.monotonic() > until:
                process.kill()
                raise AssertionError(f"it did not end; it showed {shown!r}")
            shown += more
            if left and not more and _listens(main):
                os.write(main, left.pop(0).encode())
        code = process.wait(WITHIN_S)
    os.close(main)
    assert code == 0, shown
    return shown.decode()


def _read(main: int) -> bytes | None:
    """What was shown since, b"" when nothing for a moment; None: the other side is gone."""
    if not select.select([main], [], [], LOOK_S)[0]:
        return b""
    try:
        return os.read(main, 65_536) or None
    except OSError as error:  # Linux: nobody holds the other side any more
        if error.errno != errno.EIO:
            raise
        return None


def _listens(main: int) -> bool:
    """Single keys are read, and no line: what was typed before is thrown away by then."""
    return not termios.tcgetattr(main)[LFLAG] & termios.ICANON
