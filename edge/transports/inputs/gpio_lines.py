"""Input lines of a GPIO chip (libgpiod 2): the kernel takes out bounces and queues the edges.

A level is told as it is on the wire, high or low; "the contact conducts" follows from the bias:
with a pull-up a closed contact pulls the line low. Every edge carries the kernel's own moment, so a
pulse keeps its length however late it is read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from edge.domain import Record
from edge.transports.inputs.contact_level import Sample

if TYPE_CHECKING:
    from gpiod import EdgeEvent

CONSUMER = "kotivahti"
# Edges that wait in the kernel. A bouncing relay makes a dozen before the debouncing, which
# leaves two; a thousand are minutes of the fastest contact.
EDGES_MAX = 1024
_NANO = 1_000_000_000


class GpioInput(Record, frozen=True):
    """How one line is set up."""

    pull: str = "up"  # up, down, none (the board or the device has a resistor of its own)
    debounce_ms: int = 50


class GpioPort:
    """Implements `InputPort` over one request for all the lines of a chip."""

    def __init__(self, chip: str, lines: Mapping[str, GpioInput]) -> None:
        """Ask for the lines; raises OSError (no such chip, line in use) or ValueError."""
        import gpiod  # noqa: PLC0415 (a home without GPIO inputs does not load it)
        from gpiod.line import Bias, Clock, Direction, Edge  # noqa: PLC0415

        biases = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "none": Bias.DISABLED}
        self._rising = gpiod.EdgeEvent.Type.RISING_EDGE
        self._ids: dict[str, int | str] = {n: int(n) if n.isdigit() else n for n in lines}
        self._request: Any = gpiod.request_lines(
            chip,
            {
                self._ids[name]: gpiod.LineSettings(
                    direction=Direction.INPUT,
                    edge_detection=Edge.BOTH,
                    bias=biases[line.pull],
                    # Active means: the contact conducts.
                    active_low=line.pull != "down",
                    debounce_period=timedelta(milliseconds=line.debounce_ms),
                    event_clock=Clock.MONOTONIC,
                )
                for name, line in lines.items()
            },
            consumer=CONSUMER,
            event_buffer_size=EDGES_MAX,
        )
        asked: list[int | str] = self._request.lines
        numbers: list[int] = self._request.offsets
        number_of = dict(zip(asked, numbers, strict=True))
        self._names = {number_of[line]: name for name, line in self._ids.items()}
        self._seen: dict[str, int] = {}  # the number of each line's last edge
        self._levels = self._read()

    def samples(self, wait_s: float) -> list[Sample]:
        if not self._request.wait_edge_events(wait_s):
            # Nothing waits, so what the lines say now is later than every edge that was read.
            self._levels = self._read()
            return [Sample(time.monotonic(), dict(self._levels))]
        return [self._sample(event) for event in self._request.read_edge_events(EDGES_MAX)]

    def close(self) -> None:
        self._request.release()

    def _read(self) -> dict[str, bool]:
        values = self._request.get_values(list(self._ids.values()))
        return {name: bool(value) for name, value in zip(self._ids, values, strict=True)}

    def _sample(self, event: EdgeEvent) -> Sample:
        """One edge. A gap in its line's numbers: the queue was full, and edges were dropped."""
        name = self._names[event.line_offset]
        last = self._seen.get(name)
        lost = last is not None and event.line_seqno != last + 1
        self._seen[name] = event.line_seqno
        self._levels = {**self._levels, name: event.event_type is self._rising}
        blinked = frozenset({name}) if lost else frozenset()
        return Sample(event.timestamp_ns / _NANO, dict(self._levels), blinked)
