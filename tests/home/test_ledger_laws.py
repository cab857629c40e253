"""What holds of the coverage ledger whatever clocks, boots, radios and people do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Role, Sync
from edge.events import Fault, FaultKind
from edge.home.asking import Asked
from edge.home.ledger import HOUR_MS
from edge.home.state import decode, encode
from tests.support.counted import HOUR_S, Counted
from tests.support.living import MINUTE, SECOND


def _live(home: Counted, steps: list[tuple[str, int]]) -> None:
    for step, n in steps:
        match step:
            case "wait":
                home.wait(n * MINUTE)
            case "hear":
                home.observe(("button", "hall", "air")[n % 3], "battery", 90.0)
            case "walk":
                home.observe("hall", "motion", value=bool(n % 2))
            case "commit":
                home.commit()
            case "radio":
                home.tell(Fault(kind=FaultKind.RADIO, subject="hci0", gone=bool(n % 2)))
            case "restart":
                home.commit(running=True)
                home.restart(off_ms=n * MINUTE)
            case "crash":
                home.restart(off_ms=n * MINUTE)
            case "reboot":
                home.reboot(n * MINUTE)
            case "unset":
                home.reboot(n * MINUTE, sync=Sync.NONE)
            case "step":
                home.drift_ms += (n - 200) * 7 * MINUTE
            case _:
                home.sync = Sync.NTP


def _furnished() -> Counted:
    home = Counted()
    home.enrol("button", Role.HELP_BUTTON, silent_after_s=4 * 3600)
    home.enrol("hall", Role.MOTION, silent_after_s=3 * 3600)
    home.enrol("air", Role.CLIMATE)
    return home


CALM = ("wait", "hear", "walk", "commit", "radio")
GAPS = (*CALM, "restart", "crash", "reboot")
ALL = (*GAPS, "unset", "step", "set")


def _steps(kinds: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 400)), max_size=30)


@given(_steps(ALL))
def test_no_hour_has_more_than_an_hour(steps: list[tuple[str, int]]) -> None:
    """Whatever clocks, boots and radios do."""
    home = _furnished()
    _live(home, steps)
    for row in home.rows().values():
        assert 0 <= row.known_s <= row.asked_s <= HOUR_S
        assert row.hour_ms % HOUR_MS == 0
        assert (row.reason == "") is (row.known_s == row.asked_s)
    decoded = decode(encode(home.home))
    assert decoded.ledger == home.home.ledger


@given(_steps(GAPS))
def test_hours_add_up_to_the_time_that_passed(steps: list[tuple[str, int]]) -> None:
    """Asked is all of it, also without a gateway; known is at most the time in which it ran."""
    home = _furnished()
    began_ms = home.ms + home.drift_ms
    ran_ms = 0
    for step in steps:
        before_ms, boot = home.ms, home.boot
        _live(home, [step])
        off = step[0] in ("restart", "crash", "reboot")
        ran_ms += home.ms - before_ms if home.boot == boot and not off else 0
    passed_ms = home.ms + home.drift_ms - began_ms
    found = home.of(Asked.GATEWAY)
    slack = len(found) + 1
    for question in (Asked.GATEWAY, Asked.ALARM_BUTTON, Asked.MOVEMENT):
        assert home.asked_s(question) == pytest.approx(passed_ms / SECOND, abs=slack)
    assert home.known_s(Asked.GATEWAY) == pytest.approx(ran_ms / SECOND, abs=slack)
    assert home.known_s(Asked.ALARM_BUTTON) <= home.known_s(Asked.GATEWAY) + slack


@given(_steps(CALM), st.integers(0, 30))
def test_a_restart_changes_nothing_but_the_gap(steps: list[tuple[str, int]], at: int) -> None:
    """A process that starts anew at once counts on as if it had never ended."""
    one, other = _furnished(), _furnished()
    steps = [step for step in steps if step[0] != "radio"]  # a start asks the radio itself
    _live(one, steps)
    _live(other, [*steps[:at], ("restart", 0), *steps[at:]])
    assert one.rows() == other.rows()


@given(_steps(CALM))
def test_when_it_is_written_changes_nothing(steps: list[tuple[str, int]]) -> None:
    """Written at every step or never, the hours are the same."""
    one, other = _furnished(), _furnished()
    _live(one, [step for step in steps if step[0] != "commit"])
    _live(other, [part for step in steps for part in (step, ("commit", 0))])
    assert one.rows() == other.rows()
