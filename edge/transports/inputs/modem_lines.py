"""The modem lines of a serial adapter as inputs: CTS, DSR, DCD and RI.

A contact between RTS (or DTR) and one of them needs no supply of its own: both outputs
are asserted while the port is open, and the closed contact asserts the input.

The kernel counts each edge of CTS, DSR and DCD in the driver's interrupt
(TIOCGICOUNT), so a pulse between two samples shows in the counters however late
the next sample is. Where a driver does not count, the samples alone catch what lasts
longer than the time between them. RI is sampled only: many drivers count one
of its two edges. TIOCMIWAIT is not used: nothing but an edge ends it, so it would hold
the port past its closing, and it tells no more than the counters.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import time
from collections.abc import Iterable

from edge.transports.inputs.contact_level import Sample

_MASKS = {
    "cts": termios.TIOCM_CTS,
    "dsr": termios.TIOCM_DSR,
    "dcd": termios.TIOCM_CAR,
    "ri": termios.TIOCM_RNG,
}
# struct serial_icounter_struct of <linux/serial.h>: cts, dsr, rng, dcd, then what data counts.
_COUNTERS = struct.Struct("20i")
_COUNTED = {"cts": 0, "dsr": 1, "dcd": 3}
_WRAP = 1 << 32
_WORD = struct.Struct("I")
# Reading level and counters again until they fit each other; an edge in each of three tries
# comes from a line that bounces, and the next sample sees it.
_TRIES = 3


class ModemPort:
    """Implements `InputPort`; `lines` are those that anybody asked for."""

    def __init__(self, port: str, lines: Iterable[str]) -> None:
        """Open the port for its lines alone; raises OSError (BlockingIOError: used for data)."""
        self._lines = tuple(lines)
        self._fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            # The lock that our serial lines take too: one port is for data or for contacts.
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._levels()
            self._ignore_modem_control()
            self._assert_outputs()
        except BaseException:
            os.close(self._fd)
            raise
        self._owed = dict.fromkeys(self._lines, 0)
        self._last, self._counts = self._look()

    def samples(self, wait_s: float) -> list[Sample]:
        time.sleep(wait_s)
        levels, counts = self._look()
        blinked = {line for line in counts if self._has_blinked(line, levels, counts)}
        self._last, self._counts = levels, counts
        return [Sample(time.monotonic(), levels, frozenset(blinked))]

    def close(self) -> None:
        os.close(self._fd)

    def _look(self) -> tuple[dict[str, bool], dict[str, int]]:
        """Levels and edge counts of one moment, as nearly as the driver lets us."""
        levels, counts = self._levels(), self._edges()
        for _ in range(_TRIES):
            again = self._levels()
            if again == levels:
                break
            levels, counts = again, self._edges()
        return levels, counts

    def _has_blinked(self, line: str, levels: dict[str, bool], counts: dict[str, int]) -> bool:
        """Whether the kernel counted two edges more than the levels have shown, ever.

        The balance is kept over samples: a driver may show a level before it counts its edge.
        """
        if line not in self._counts:
            return False
        counted = (counts[line] - self._counts[line]) % _WRAP
        self._owed[line] += counted - (levels[line] is not self._last[line])
        if self._owed[line] < 2:  # noqa: PLR2004 (there and back)
            return False
        self._owed[line] %= 2
        return True

    def _levels(self) -> dict[str, bool]:
        (word,) = _WORD.unpack(fcntl.ioctl(self._fd, termios.TIOCMGET, bytes(_WORD.size)))
        return {line: bool(word & _MASKS[line]) for line in self._lines}

    def _edges(self) -> dict[str, int]:
        """Edges since the port exists, of the lines whose driver counts them."""
        try:
            raw = fcntl.ioctl(self._fd, termios.TIOCGICOUNT, bytes(_COUNTERS.size))
        except OSError:
            return {}  # no counters; a port that is gone fails at its levels too
        counters = _COUNTERS.unpack(raw)
        return {line: counters[_COUNTED[line]] for line in self._lines if line in _COUNTED}

    def _ignore_modem_control(self) -> None:
        """A falling DCD must not hang up the port, nor CTS hold back what nobody sends."""
        settings = termios.tcgetattr(self._fd)
        settings[2] = (settings[2] | termios.CLOCAL) & ~termios.CRTSCTS
        termios.tcsetattr(self._fd, termios.TCSANOW, settings)

    def _assert_outputs(self) -> None:
        both = _WORD.pack(termios.TIOCM_DTR | termios.TIOCM_RTS)
        fcntl.ioctl(self._fd, termios.TIOCMBIS, both)
