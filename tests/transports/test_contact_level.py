"""Latches and watches: no closing lost, no bounce doubled, wires judged. Time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from edge.drivers.base import ContactFrame
from edge.transports.inputs.contact_level import (
    CLOSINGS_MAX,
    PULSE_TOLD_S,
    WIRE_S,
    Change,
    ContactInput,
    Latch,
    Watch,
)
from tests.transports.scripted import ScriptedPort, pulse

if TYPE_CHECKING:
    from collections.abc import Iterable

DEBOUNCE_S = 0.05
SAMPLE_S = 0.02
HOUR_S = 3600.0


def changes(port: ScriptedPort, *, step_s: float = SAMPLE_S) -> list[Change]:
    """Everything that a latch over the line "cts" finds until the script is over."""
    latch = Latch(DEBOUNCE_S)
    found = []
    while not port.played:
        for sample in port.samples(step_s):
            change = latch.see(sample.closed["cts"], sample.at_s, blinked="cts" in sample.blinked)
            found += [] if change is None else [change]
    return found


class Closings(RuleBasedStateMachine):
    """A contact, its bounces and glitches, and a sampler that is sometimes very late."""

    def __init__(self) -> None:
        super().__init__()
        self.latch = Latch(DEBOUNCE_S)
        self.now_s = 0.0
        self.sample_s = 0.0
        self.level = self.shown = False
        self.edges = 0
        self.closings = 0
        self.told = 0
        self._hold(level=False, s=0.3)

    def _hold(self, *, level: bool, s: float) -> None:
        self.edges += level is not self.level
        self.level = level
        end_s = self.now_s + s
        while self.sample_s <= end_s:
            self._sample()
            self.sample_s += SAMPLE_S
        self.now_s = end_s

    def _sample(self) -> None:
        blinked = self.edges - (self.level is not self.shown) > 1
        self.shown, self.edges = self.level, 0
        change = self.latch.see(self.level, self.sample_s, blinked=blinked)
        self.told += change in (Change.ACTIVE, Change.PULSE)

    def _bounce(self, level: bool, blips: list[tuple[float, float]]) -> None:
        """Blips away from `level` and back, shorter in all than the debounce time."""
        for away_s, back_s in blips:
            self._hold(level=not level, s=away_s)
            self._hold(level=level, s=back_s)

    _blip = st.floats(0.0005, 0.004)
    _blips = st.lists(st.tuples(_blip, _blip), max_size=5)

    @rule(s=st.floats(DEBOUNCE_S, 2.0), start=_blips, end=_blips, gap_s=st.floats(0.2, 1.0))
    def close(
        self,
        s: float,
        start: list[tuple[float, float]],
        end: list[tuple[float, float]],
        gap_s: float,
    ) -> None:
        """A closing as long as the debounce time or longer."""
        self.closings += 1
        self._hold(level=True, s=0.001)
        self._bounce(level=True, blips=start)
        self._hold(level=True, s=s)
        self._bounce(level=False, blips=end)
        self._hold(level=False, s=gap_s)

    @rule(s=st.floats(0.0005, DEBOUNCE_S - 2 * SAMPLE_S - 0.001))
    def glitch(self, s: float) -> None:
        """A spark on the wire, which the samples around it show to be too short."""
        self._hold(level=True, s=s)
        self._hold(level=False, s=0.3)

    @rule(s=st.floats(0.1, 1.0), away_s=st.floats(0.001, DEBOUNCE_S - SAMPLE_S))
    def tremble(self, s: float, away_s: float) -> None:
        """A hand that shakes: one closing, let go for a moment in its middle."""
        self.closings += 1
        self._hold(level=True, s=s)
        self._hold(level=False, s=away_s)
        self._hold(level=True, s=s)
        self._hold(level=False, s=0.3)

    @rule(late_s=st.floats(0.1, 5.0), before_s=st.floats(0, 1.0), s=st.floats(DEBOUNCE_S, 2.0))
    def close_unseen(self, late_s: float, before_s: float, s: float) -> None:
        """The sampler is held up while the contact closes; the kernel goes on counting."""
        self.closings += 1
        self.sample_s = self.now_s + before_s + s + late_s
        self._hold(level=False, s=before_s)
        self._hold(level=True, s=s)
        self._hold(level=False, s=late_s + 0.3)

    def teardown(self) -> None:
        """Once all is quiet, every closing has been told, and none of them twice."""
        self._hold(level=False, s=2.0)
        assert self.told == self.closings
        assert self.latch.settled
        assert not self.latch.active


TestClosings = Closings.TestCase
# A closing says all in one step; longer stories repeat it.
TestClosings.settings = settings(stateful_step_count=10)


@pytest.mark.parametrize("for_s", [1.0, 0.2, 0.05])
@pytest.mark.parametrize("offset_s", [0.0, 0.007, 0.013, 0.019])
@pytest.mark.parametrize("bounces", [0, 4])
def test_a_pulse_is_told_once(for_s: float, offset_s: float, bounces: int) -> None:
    """A second (stove guard), 200 ms (bell push) and the debounce time itself, at any phase."""
    found = changes(ScriptedPort({"cts": pulse(1.0 + offset_s, for_s, bounces=bounces)}))
    assert found in ([Change.ACTIVE, Change.OVER], [Change.PULSE])


@pytest.mark.parametrize("late_s", [0.5, 3.0, 60.0])
def test_a_pulse_of_a_second_is_caught_however_late_the_sampler_is(late_s: float) -> None:
    """Counted edges tell a pulse that no sample saw."""
    port = ScriptedPort({"cts": pulse(1.2, 1.0)}, late=[(1.0, late_s)])
    found = changes(port)
    assert found.count(Change.ACTIVE) + found.count(Change.PULSE) == 1


def test_without_counters_what_a_sample_saw_is_enough() -> None:
    """A closing glimpsed once between two late samples may have been long: it counts."""
    port = ScriptedPort({"cts": pulse(1.0, 0.2)}, late=[(0.99, 0.1), (1.12, 3.0)], counts=False)
    assert changes(port) == [Change.PULSE]


def test_a_closing_before_the_port_was_opened_is_a_closing() -> None:
    """Glimpsed at the first sample and gone at the second: nobody knows how long it was."""
    assert changes(ScriptedPort({"cts": [(0.0, True), (0.03, False)]})) == [Change.PULSE]


def test_a_bounce_that_a_late_sampler_took_for_a_pulse_is_not_told_twice() -> None:
    """Closed, seen open in a bounce, closed for good: one closing, and nothing after its end."""
    latch = Latch(DEBOUNCE_S)
    seen = [(False, 0.0), (True, 0.06), (False, 0.08), (True, 0.09), (True, 0.2)]
    seen += [(False, 1.0 + n * SAMPLE_S) for n in range(100)]
    assert [c for level, at_s in seen if (c := latch.see(level, at_s))] == [
        Change.ACTIVE,
        Change.OVER,
    ]


def test_a_pulse_waits_for_its_bounces_but_not_for_ever() -> None:
    """A contact that goes on trembling is told within a second or so all the same."""
    latch = Latch(DEBOUNCE_S)
    latch.see(level=False, at_s=0.0)
    told = [n * 0.04 for n in range(1, 60) if latch.see(n % 2 == 1, n * 0.04 + 0.04)]
    assert told
    assert told[0] <= PULSE_TOLD_S + 0.2


def frames(
    port: ScriptedPort, contact: ContactInput, *, step_s: float = SAMPLE_S, report_s: float = HOUR_S
) -> list[tuple[float, ContactFrame]]:
    """What a watch tells until the script is over, with the port's moment."""
    watch = Watch(contact, report_s)
    found = []
    while not port.played:
        for sample in port.samples(step_s):
            frame = watch.see(sample)
            found += [] if frame is None else [(port.now_s, frame)]
    return found


def brief(told: Iterable[tuple[float, ContactFrame]]) -> list[str]:
    """The frames without their moments: the fields that are set."""
    return [
        " ".join(name for name in frame.__struct_fields__ if getattr(frame, name)) or "-"
        for _, frame in told
    ]


PLAIN = ContactInput(device="d", line="cts")
OPENS = ContactInput(device="d", line="cts", opens=True)
CHANGEOVER = ContactInput(device="d", line="cts", rest_line="dsr")
AT_REST = [(0.0, True)]


def test_the_first_word_says_how_the_line_stands() -> None:
    """Once it has been steady for the debounce time; then an hourly word, and nothing else."""
    told = frames(ScriptedPort({"cts": [(2 * HOUR_S + 10, False)]}), PLAIN, step_s=0.5)
    assert brief(told) == ["first", "-", "-"]
    assert told[0][0] <= 1.0
    assert told[1][0] - told[0][0] == pytest.approx(HOUR_S, abs=1)
    held = frames(ScriptedPort({"cts": AT_REST}), PLAIN)
    assert brief(held) == ["active first"]


def test_an_alarm_by_opening_alone_is_flagged() -> None:
    """On one line a broken wire looks like the alarm: told as one, with its doubt."""
    lines = {"cts": [(0.0, True), (10.0, False), (12.0, True)]}
    assert brief(frames(ScriptedPort(lines), OPENS)) == ["first", "active doubtful", "-"]


def test_a_changeover_relay_tells_an_alarm_without_doubt() -> None:
    """One contact closes while the other opens, a little apart, and both bounce."""
    lines = {
        "cts": pulse(10.005, 5.0, bounces=4),
        "dsr": [(0.0, True), (10.0, False), (15.02, True)],
    }
    assert brief(frames(ScriptedPort(lines), CHANGEOVER)) == ["first", "active", "-"]


def test_a_broken_wire_of_a_changeover_relay_is_no_fire() -> None:
    """Neither contact conducts: told as a fault within a second, and taken back when mended."""
    lines = {"cts": [(0.0, False)], "dsr": [(0.0, True), (10.0, False), (60.0, True)]}
    told = frames(ScriptedPort(lines), CHANGEOVER)
    assert brief(told) == ["first", "wire_fault", "-"]
    assert WIRE_S <= told[1][0] - 10.0 <= 1.0


def test_wires_that_touch_may_be_an_alarm() -> None:
    """Both conduct: the alarm's own contact is closed, so it is one, flagged, and a fault too."""
    lines = {"cts": [(10.0, True)], "dsr": AT_REST}
    told = brief(frames(ScriptedPort(lines), CHANGEOVER))
    assert told == ["first", "active doubtful", "active doubtful wire_fault"]


def test_a_cable_that_is_cut_from_the_start_is_a_fault_from_the_start() -> None:
    """The installer sees it before leaving."""
    told = brief(frames(ScriptedPort({"cts": [], "dsr": []}), CHANGEOVER))
    assert told == ["first", "wire_fault"]


def test_a_contact_that_is_held_past_its_time_is_stuck() -> None:
    """An hour of alarm is the contact or its wire; the alarm stays told."""
    held = ContactInput(device="d", line="cts", held_max_s=30.0)
    lines = {"cts": [(10.0, True), (100.0, False)]}
    told = frames(ScriptedPort(lines), held)
    assert brief(told) == ["first", "active", "active wire_fault", "-"]
    assert told[2][0] - told[1][0] == pytest.approx(30.0, abs=0.1)


def test_a_contact_that_chatters_is_a_wire_and_does_not_fill_the_disk() -> None:
    """Past a hand's pace the closings are counted and not told; quiet for a minute, it is well."""
    edges = [edge for n in range(600) for edge in pulse(1.0 + n, 0.4)]
    port = ScriptedPort({"cts": [*edges, (700.0, False)]})
    told = brief(frames(port, PLAIN, step_s=0.1))
    assert told.count("active") == CLOSINGS_MAX - 1
    assert told.count("wire_fault") + told.count("active wire_fault") == 1
    assert told[-1] == "-"
