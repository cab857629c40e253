"""A sounder on an output line, through a scripted driver: set, released, and found again."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import struct
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import TransportError
from edge.transports.outputs.modem_output import ModemOutput

BOTH = termios.TIOCM_RTS | termios.TIOCM_DTR


class Driver:
    """The kernel's side of TIOCMBIS and TIOCMBIC; an open asserts both lines."""

    def __init__(self) -> None:
        self.lines = BOTH
        self.failures = 0

    def ioctl(self, _fd: int, request: int, argument: bytes) -> bytes:
        if self.failures:
            self.failures -= 1
            self.lines = BOTH  # it is enumerated anew, and opened anew
            raise OSError(errno.EIO, "Input/output error")
        (mask,) = struct.unpack("I", argument)
        assert request in (termios.TIOCMBIS, termios.TIOCMBIC)
        self.lines = self.lines | mask if request == termios.TIOCMBIS else self.lines & ~mask
        return argument


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    made = Driver()
    monkeypatch.setattr(fcntl, "ioctl", made.ioctl)
    return made


@pytest.fixture
def port() -> Iterator[str]:
    master, slave = pty.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("name, mask", [("rts", termios.TIOCM_RTS), ("dtr", termios.TIOCM_DTR)])
def test_only_its_line_is_asserted(driver: Driver, port: str, name: str, mask: int) -> None:
    """Opening releases what the kernel asserted; closing leaves the sounder silent."""
    output = ModemOutput(f"{port}:{name}")
    output.open()
    assert driver.lines == 0
    output.sound(on=True)
    assert driver.lines == mask
    output.sound(on=False)
    assert driver.lines == 0
    output.sound(on=True)
    output.close()
    assert driver.lines == 0


def test_an_adapter_that_came_back_is_opened_anew(driver: Driver, port: str) -> None:
    """One failure is a replug: released, and set again by the same call."""
    output = ModemOutput(f"{port}:rts")
    output.sound(on=True)
    driver.failures = 2  # the setting, and the release of the old handle
    output.sound(on=True)
    assert driver.lines == termios.TIOCM_RTS
    output.close()


def test_one_that_stays_away_is_named(driver: Driver, port: str) -> None:
    """With port, reason and mend; nothing is left open."""
    output = ModemOutput(f"{port}:rts")
    driver.failures = 100
    with pytest.raises(TransportError, match="Input/output error; check the adapter"):
        output.sound(on=True)
    driver.failures = 0
    output.sound(on=True)
    assert driver.lines == termios.TIOCM_RTS
    output.close()


def test_a_port_in_use_or_absent_is_refused(driver: Driver, port: str, tmp_path: Path) -> None:
    """One port is for one thing: the lock of our serial lines counts here too."""
    first = ModemOutput(f"{port}:rts")
    first.open()
    with pytest.raises(TransportError, match=port):
        ModemOutput(f"{port}:dtr").sound(on=True)
    assert driver.lines == 0
    first.close()
    with pytest.raises(TransportError, match="No such file"):
        ModemOutput(f"{tmp_path}/none:rts").sound(on=True)
