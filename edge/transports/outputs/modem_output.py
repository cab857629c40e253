"""The RTS or DTR line of a serial adapter as a contact output, for a sounder's relay.

The kernel asserts both lines when a port is opened (tty_port_open), so the relay may click then;
they are released at once, and again whenever the port is opened anew. The port stays open for as
long as the gateway runs. A line that is asserted is on.
"""

from __future__ import annotations

import fcntl
import os
import struct
import termios

from edge.errors import TransportError

_MASKS = {"rts": termios.TIOCM_RTS, "dtr": termios.TIOCM_DTR}
_WORD = struct.Struct("I")


class ModemOutput:
    """Implements `edge.ports.Sounder`; `line` is "/dev/serial/by-id/...:rts"."""

    def __init__(self, line: str) -> None:
        self._port, _, name = line.rpartition(":")
        self._line = line
        self._mask = _MASKS[name]
        self._fd: int | None = None

    def open(self) -> None:
        """Take the port and release its lines; raises TransportError. May be called again."""
        if self._fd is not None:
            return
        try:
            fd = os.open(self._port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self._failed("cannot be opened", error) from error
        try:
            # The lock that our serial lines take too: one port is for one thing.
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # With flow control the driver itself would move RTS.
            settings = termios.tcgetattr(fd)
            settings[2] = (settings[2] | termios.CLOCAL) & ~termios.CRTSCTS
            termios.tcsetattr(fd, termios.TCSANOW, settings)
            fcntl.ioctl(fd, termios.TIOCMBIC, _WORD.pack(termios.TIOCM_RTS | termios.TIOCM_DTR))
        except (OSError, termios.error) as error:
            os.close(fd)
            raise self._failed("cannot be switched", error) from error
        self._fd = fd

    def sound(self, *, on: bool) -> None:
        """Assert or release the line; a port that was pulled out is opened anew."""
        try:
            self._set(on=on)
        except OSError:
            self.close()
            try:
                self._set(on=on)
            except OSError as error:
                self.close()
                raise self._failed("cannot be switched", error) from error

    def close(self) -> None:
        """Release the line, as far as it can be, and the port."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        try:
            fcntl.ioctl(fd, termios.TIOCMBIC, _WORD.pack(self._mask))
        except OSError:
            pass  # the adapter is gone, and its relay has fallen with it
        finally:
            os.close(fd)

    def _set(self, *, on: bool) -> None:
        self.open()
        assert self._fd is not None  # noqa: S101 - `open` raises otherwise
        request = termios.TIOCMBIS if on else termios.TIOCMBIC
        fcntl.ioctl(self._fd, request, _WORD.pack(self._mask))

    def _failed(self, what: str, error: Exception) -> TransportError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return TransportError(f"{self._line}: {what}: {reason}; check the adapter and its name")
