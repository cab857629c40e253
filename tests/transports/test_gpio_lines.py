"""GPIO lines against a stand-in for libgpiod's request: set-up, queued edges, lost ones."""

from __future__ import annotations

import errno
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import gpiod
import pytest
from gpiod.line import Bias, Clock, Direction, Edge, Value

from edge.transports.inputs.contact_level import ContactInput, Watch
from edge.transports.inputs.gpio_lines import EDGES_MAX, GpioInput, GpioPort

if TYPE_CHECKING:
    from edge.drivers.base import ContactFrame

RISING, FALLING = gpiod.EdgeEvent.Type.RISING_EDGE, gpiod.EdgeEvent.Type.FALLING_EDGE
# Where the chip has the lines that are asked for by name.
NAMED = {"GPIO27": 27}


class Request:
    """What `gpiod.request_lines` gives back; edges are queued by the test, as by the kernel."""

    def __init__(self, chip: str, config: dict[int | str, gpiod.LineSettings], **more: Any) -> None:
        self.chip = chip
        self.config = config
        self.more = more
        self.lines = list(config)
        self.offsets = [NAMED.get(str(line), line) for line in config]
        self.values = dict.fromkeys(self.offsets, Value.INACTIVE)
        self.queue: list[gpiod.EdgeEvent] = []
        self.numbers = dict.fromkeys(self.offsets, 0)
        self.released = False
        self.unplugged = False

    def edge(self, offset: int, at_s: float, *, closed: bool, lost: int = 0) -> None:
        """One edge of the debounced line; `lost` ones before it found the queue full."""
        self.numbers[offset] += 1 + lost
        self.values[offset] = Value.ACTIVE if closed else Value.INACTIVE
        kind = RISING if closed else FALLING
        number = self.numbers[offset]
        self.queue.append(gpiod.EdgeEvent(kind.value, round(at_s * 1e9), offset, 0, number))

    def wait_edge_events(self, timeout: float) -> bool:
        if self.unplugged:
            raise OSError(errno.ENODEV, "gone")
        assert timeout >= 0
        return bool(self.queue)

    def read_edge_events(self, most: int) -> list[gpiod.EdgeEvent]:
        events, self.queue = self.queue[:most], self.queue[most:]
        return events

    def get_values(self, lines: list[int | str]) -> list[Value]:
        return [self.values[NAMED.get(str(line), line)] for line in lines]

    def release(self) -> None:
        self.released = True


class Chip:
    """A port over a stand-in request, watched as the transport watches it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **lines: GpioInput) -> None:
        made: list[Request] = []

        def request_lines(chip: str, config: Any, **more: Any) -> Request:
            made.append(Request(chip, config, **more))
            return made[0]

        monkeypatch.setattr(gpiod, "request_lines", request_lines)
        names = {name.removeprefix("line"): line for name, line in lines.items()}
        self.port = GpioPort("/dev/gpiochip0", names)
        self.request = made[0]
        self.watches = {
            name: Watch(ContactInput(device=name, line=name, debounce_s=0.0), 3600.0)
            for name in names
        }
        self.start_s = time.monotonic()

    def told(self) -> list[tuple[str, ContactFrame]]:
        found = []
        for sample in self.port.samples(0):
            for name, watch in self.watches.items():
                frame = watch.see(sample)
                found += [] if frame is None else [(name, frame)]
        return found

    def levels(self, name: str) -> list[bool]:
        return [frame.active for who, frame in self.told() if who == name]


@pytest.mark.parametrize(
    "pull, bias, low",
    [("up", Bias.PULL_UP, True), ("down", Bias.PULL_DOWN, False), ("none", Bias.DISABLED, True)],
)
def test_a_line_is_set_up_as_the_settings_say(
    pull: str, bias: Bias, low: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Input, both edges, the kernel's debounce and clock; a closed contact is active."""
    chip = Chip(monkeypatch, line17=GpioInput(pull=pull, debounce_ms=30), GPIO27=GpioInput())
    assert list(chip.request.config) == [17, "GPIO27"]
    settings = chip.request.config[17]
    assert settings.direction is Direction.INPUT
    assert settings.edge_detection is Edge.BOTH
    assert (settings.bias, settings.active_low) == (bias, low)
    assert settings.debounce_period == timedelta(milliseconds=30)
    assert settings.event_clock is Clock.MONOTONIC
    assert chip.request.more["event_buffer_size"] == EDGES_MAX


def test_queued_edges_are_pulses_however_late_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two pulses and a closing wait in the kernel; all three are told, with their moments."""
    chip = Chip(monkeypatch, line17=GpioInput())
    assert chip.levels("17") == [False]
    for at_s, closed in ((1.0, True), (2.0, False), (3.0, True), (3.2, False), (9.0, True)):
        chip.request.edge(17, chip.start_s + at_s, closed=closed)
    samples = chip.port.samples(0)
    assert [round(s.at_s - chip.start_s, 3) for s in samples] == [1.0, 2.0, 3.0, 3.2, 9.0]
    frames = [chip.watches["17"].see(sample) for sample in samples]
    assert [frame.active for frame in frames if frame] == [True, False, True, False, True]


def test_two_lines_of_one_chip_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """One by number, one by name; edges carry the number of the line."""
    chip = Chip(monkeypatch, line17=GpioInput(), GPIO27=GpioInput())
    chip.told()
    chip.request.edge(27, chip.start_s + 1, closed=True)
    assert [(name, frame.active) for name, frame in chip.told()] == [("GPIO27", True)]
    chip.request.edge(17, chip.start_s + 2, closed=True)
    chip.request.edge(27, chip.start_s + 3, closed=False)
    told = [(name, frame.active) for name, frame in chip.told()]
    assert told == [("17", True), ("GPIO27", False)]


def test_edges_that_found_the_queue_full_are_a_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap in the numbers of a line that is open before and after: something was there."""
    chip = Chip(monkeypatch, line17=GpioInput())
    chip.told()
    chip.request.edge(17, chip.start_s + 1, closed=True)
    chip.request.edge(17, chip.start_s + 2, closed=False)
    assert chip.levels("17") == [True, False]
    chip.request.edge(17, chip.start_s + 5, closed=False, lost=3)
    told = chip.told()
    assert [(frame.pulsed, frame.active) for _, frame in told] == [(True, False)]


def test_a_level_that_no_edge_told_is_read_when_nothing_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line as it stands is right in the end, whatever became of its edges."""
    chip = Chip(monkeypatch, line17=GpioInput())
    chip.told()
    chip.request.values[17] = Value.ACTIVE
    assert chip.levels("17") == [True]


def test_a_chip_that_is_gone_fails_and_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A USB expander that is pulled raises, and its request is released."""
    chip = Chip(monkeypatch, line17=GpioInput())
    chip.request.unplugged = True
    with pytest.raises(OSError, match="gone"):
        chip.port.samples(0)
    chip.port.close()
    assert chip.request.released


def test_a_chip_that_is_not_there_is_refused_by_the_library_itself() -> None:
    """The real call, up to the kernel."""
    with pytest.raises(OSError, match="No such file"):
        GpioPort("/dev/gpiochip-none", {"17": GpioInput()})
