"""From samples of input lines to what a contact did: bounces out, pulses caught, wires judged.

Pure: every moment is an argument, in seconds of a clock that never steps.

A closing counts when it may have lasted as long as the debounce time, judged by
the samples around it, so none that did is ever lost, however late a sample
came. An opening counts when the line was seen open for as long as that, so
the bounces of one closing are never two. What stays in doubt falls to the side
of the alarm.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

import msgspec

from edge.domain import Record
from edge.drivers.base import ContactFrame

# A changeover relay travels for 20 ms at most, and both of its lines bounce; half a second in
# a state that no working relay makes is a wire.
WIRE_S = 0.5
# A pulse that was caught waits for its bounces to end, but no longer than this.
PULSE_TOLD_S = 1.0
# Closings told in a minute. A hand at a cord manages 20; more is a loose wire, which would
# fill the database at five rows a second.
CLOSINGS_MAX = 30
CLOSINGS_WITHIN_S = 60.0


class Sample(msgspec.Struct, frozen=True, gc=False):
    """The lines of one port at one moment. True: the line conducts (its modem line is asserted)."""

    at_s: float
    closed: dict[str, bool]
    # Lines that closed and opened again, or the other way round, since the sample before.
    blinked: frozenset[str] = frozenset()


class Change(StrEnum):
    ACTIVE = "active"
    OVER = "over"
    PULSE = "pulse"  # became active and is over already


class Latch:
    """One line's level without its bounces. It starts as not active."""

    def __init__(self, debounce_s: float) -> None:
        self.active = False
        self._debounce_s = debounce_s
        self._since_s: float | None = None  # first sample of the other level
        self._before_s = float("-inf")  # last sample at which it was surely not active
        self._caught_s: float | None = None  # a pulse that is not told yet
        self._quiet_s = 0.0  # since when that pulse is over

    @property
    def settled(self) -> bool:
        """Whether nothing is under way."""
        return self._since_s is None and self._caught_s is None

    def see(self, level: bool, at_s: float, *, blinked: bool = False) -> Change | None:
        """One sample, in order of time; says what became certain by it."""
        if self.active:
            return self._may_end(level, at_s)
        if level:
            if self._since_s is None:
                self._since_s = at_s
            if at_s - self._since_s < self._debounce_s:
                return None
            self.active, self._since_s, self._caught_s = True, None, None
            return Change.ACTIVE
        return self._may_have_pulsed(at_s, blinked=blinked)

    def _may_end(self, level: bool, at_s: float) -> Change | None:
        if level:
            self._since_s = None
            return None
        if self._since_s is None:
            self._since_s = at_s
        if at_s - self._since_s < self._debounce_s:
            return None
        self.active, self._since_s, self._before_s = False, None, at_s
        return Change.OVER

    def _may_have_pulsed(self, at_s: float, *, blinked: bool) -> Change | None:
        came_and_went = self._since_s is not None or blinked
        if came_and_went and at_s - self._before_s >= self._debounce_s:
            self._caught_s = at_s if self._caught_s is None else self._caught_s
            self._quiet_s = at_s
        self._since_s, self._before_s = None, at_s
        if self._caught_s is None:
            return None
        if at_s - self._quiet_s < self._debounce_s and at_s - self._caught_s < PULSE_TOLD_S:
            return None
        self._caught_s = None
        return Change.PULSE


class ContactInput(Record, frozen=True, kw_only=True):
    """One contact: its line, and what is known of its wiring."""

    device: str
    line: str  # the line's name on its port
    rest_line: str | None = None  # closed at rest: the other contact of a changeover relay
    opens: bool = False  # it is active when the line does not conduct
    debounce_s: float = 0.05
    held_max_s: float | None = None  # active for longer than this, it is stuck


class Watch:
    """Judges one contact over all samples of its port since the port was opened."""

    def __init__(self, contact: ContactInput, report_every_s: float) -> None:
        self.suppressed = 0  # closings of a contact that chatters
        self._of = contact
        self._report_every_s = report_every_s
        self._latch = Latch(contact.debounce_s)
        self._rest = Latch(contact.debounce_s)
        self._first_s: float | None = None  # the port's first sample
        self._told_s: float | None = None
        self._active_s: float | None = None
        self._odd_s: float | None = None  # since when the two lines contradict each other
        self._odd = False
        self._doubtful = False
        self._closings: deque[float] = deque(maxlen=CLOSINGS_MAX)
        self._chatters = False
        self._fault = False

    def see(self, sample: Sample) -> ContactFrame | None:
        """What is to be told by this sample, if anything."""
        at_s, of = sample.at_s, self._of
        if self._first_s is None:
            self._first_s = at_s
        blinked = of.line in sample.blinked
        change = self._latch.see(sample.closed[of.line] is not of.opens, at_s, blinked=blinked)
        if of.rest_line is not None:
            self._compare(at_s, closed=sample.closed[of.rest_line])
        tells = change is not None and self._is_told(change, at_s)
        was_fault, self._fault = self._fault, self._is_faulty(at_s)
        if not tells and not self._is_due(at_s, news=self._fault is not was_fault):
            return None
        first, self._told_s = self._told_s is None, at_s
        pulsed = tells and change is Change.PULSE
        active = self._latch.active
        return ContactFrame(
            active=active,
            pulsed=pulsed,
            first=first,
            doubtful=self._doubtful and (active or pulsed),
            wire_fault=self._fault,
        )

    def _compare(self, at_s: float, *, closed: bool) -> None:
        self._rest.see(closed, at_s)
        if self._rest.active is not self._latch.active:
            self._odd_s, self._odd = None, False
        elif self._odd_s is None:
            self._odd_s = at_s
        elif at_s - self._odd_s >= WIRE_S:
            self._odd = True

    def _is_told(self, change: Change, at_s: float) -> bool:
        """Takes note of a change; False for those of a contact that chatters."""
        self._active_s = at_s if change is Change.ACTIVE else None
        if change is Change.OVER:
            return not self._chatters
        self._closings.append(at_s)
        if self._is_crowded():
            self._chatters = True
            self.suppressed += 1
            return False
        # With its rest contact still closed, an alarm may be two wires that touch. Alone, a
        # contact that opens may be a wire that broke.
        touching = self._of.rest_line is not None and self._rest.active
        self._doubtful = touching or (self._of.opens and self._of.rest_line is None)
        return True

    def _is_crowded(self) -> bool:
        closings = self._closings
        full = len(closings) == CLOSINGS_MAX
        return full and closings[-1] - closings[0] < CLOSINGS_WITHIN_S

    def _is_faulty(self, at_s: float) -> bool:
        """Two lines that contradict each other, a contact that is stuck, or one that chatters."""
        if self._chatters and at_s - self._closings[-1] >= CLOSINGS_WITHIN_S:
            self._chatters = False
            self._closings.clear()
        held_s = None if self._active_s is None else at_s - self._active_s
        most_s = self._of.held_max_s
        stuck = held_s is not None and most_s is not None and held_s >= most_s
        return self._odd or stuck or self._chatters

    def _is_due(self, at_s: float, *, news: bool) -> bool:
        if self._told_s is not None:
            return news or at_s - self._told_s >= self._report_every_s
        began_s = at_s if self._first_s is None else self._first_s
        return self._latch.settled and at_s - began_s >= self._of.debounce_s
