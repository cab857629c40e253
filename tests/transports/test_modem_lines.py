"""Modem lines through a scripted driver: levels, counters, their delays, and what is set up."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import termios
from typing import TYPE_CHECKING

import pytest

from edge.transports.inputs.modem_lines import ModemPort

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTERS = ("cts", "dsr", "ri", "dcd")
MASKS = {
    "cts": termios.TIOCM_CTS,
    "dsr": termios.TIOCM_DSR,
    "dcd": termios.TIOCM_CAR,
    "ri": termios.TIOCM_RNG,
}


class Driver:
    """The kernel's side of TIOCMGET, TIOCGICOUNT and TIOCMBIS."""

    def __init__(self) -> None:
        self.levels = dict.fromkeys(COUNTERS, False)
        self.counts: dict[str, int] | None = dict.fromkeys(COUNTERS, 0)
        self.outputs = 0
        self.unplugged = False

    def ioctl(self, _fd: int, request: int, argument: bytes) -> bytes:
        if self.unplugged:
            raise OSError(errno.EIO, "hung up")
        if request == termios.TIOCMGET:
            return struct.pack("I", sum(MASKS[n] for n, on in self.levels.items() if on))
        if request == termios.TIOCGICOUNT:
            if self.counts is None:
                raise OSError(errno.ENOTTY, "no counters")
            counted = [self.counts[name] for name in COUNTERS]
            return struct.pack("20i", *counted, *(16 * [0]))
        assert request == termios.TIOCMBIS
        self.outputs |= struct.unpack("I", argument)[0]
        return argument

    def move(self, line: str, *, edges: int = 1) -> None:
        if edges % 2:
            self.levels[line] = not self.levels[line]
        if self.counts is not None:
            self.counts[line] += edges


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    made = Driver()
    monkeypatch.setattr(fcntl, "ioctl", made.ioctl)
    return made


@pytest.fixture
def port(driver: Driver) -> Iterator[ModemPort]:
    master, slave = os.openpty()
    opened = ModemPort(os.ttyname(slave), ("cts", "dsr", "dcd", "ri"))
    yield opened
    opened.close()
    os.close(master)
    os.close(slave)


def seen(port: ModemPort) -> tuple[list[str], list[str]]:
    """Lines that conduct, lines that blinked."""
    (sample,) = port.samples(0)
    return [name for name, on in sample.closed.items() if on], sorted(sample.blinked)


@pytest.mark.parametrize("line", ["cts", "dsr", "dcd", "ri"])
def test_each_line_is_read_for_itself(line: str, driver: Driver, port: ModemPort) -> None:
    """An asserted modem line is a closed contact, and moves no other."""
    driver.move(line)
    assert seen(port) == ([line], [])
    driver.move(line)
    assert seen(port) == ([], [])


@pytest.mark.parametrize("line", ["cts", "dsr", "dcd"])
def test_a_pulse_between_two_samples_is_in_the_counters(
    line: str, driver: Driver, port: ModemPort
) -> None:
    """Two edges more than the levels show: it blinked, once, and on that line."""
    driver.move(line, edges=2)
    assert seen(port) == ([], [line])
    assert seen(port) == ([], [])
    driver.move(line, edges=3)
    assert seen(port) == ([line], [line])


def test_a_counter_that_lags_behind_its_level_is_no_pulse(driver: Driver, port: ModemPort) -> None:
    """Some drivers ask for the level at once and hear of the edge 16 ms later."""
    assert driver.counts is not None
    for on in (True, False, True, False):
        driver.levels["cts"] = on
        assert seen(port)[1] == []
        driver.counts["cts"] += 1
        assert seen(port)[1] == []


def test_a_counter_that_runs_ahead_is_no_pulse(driver: Driver, port: ModemPort) -> None:
    """The edge is counted a sample before the level shows it."""
    assert driver.counts is not None
    for on in (True, False):
        driver.counts["cts"] += 1
        assert seen(port)[1] == []
        driver.levels["cts"] = on
        assert seen(port)[1] == []


def test_ri_is_never_judged_by_its_counter(driver: Driver, port: ModemPort) -> None:
    """Many drivers count one edge of the two: a pulse there must meet a sample."""
    driver.move("ri", edges=2)
    assert seen(port) == ([], [])


def test_counters_that_wrap_go_on(driver: Driver, port: ModemPort) -> None:
    """The kernel's counters are 32 bits wide and signed in the struct."""
    assert driver.counts is not None
    driver.counts["cts"] = 2**31 - 2
    seen(port)
    driver.counts["cts"] = -(2**31)
    assert seen(port) == ([], ["cts"])


def test_a_driver_without_counters_still_tells_levels(driver: Driver, port: ModemPort) -> None:
    """No counter, no blink, and no fault."""
    driver.counts = None
    driver.levels["cts"] = True
    assert seen(port) == (["cts"], [])


def test_the_outputs_feed_the_contacts_and_dcd_does_not_hang_up(
    driver: Driver, port: ModemPort
) -> None:
    """RTS and DTR are asserted, CLOCAL is set, flow control is off."""
    assert driver.outputs == termios.TIOCM_DTR | termios.TIOCM_RTS
    control = termios.tcgetattr(port._fd)[2]
    assert control & termios.CLOCAL
    assert not control & termios.CRTSCTS


def test_an_unplugged_adapter_fails_and_says_no_level(driver: Driver, port: ModemPort) -> None:
    """The kernel answers a hung-up port with EIO; nothing is read from it."""
    driver.levels["cts"] = True
    driver.unplugged = True
    with pytest.raises(OSError, match="hung up"):
        port.samples(0)
