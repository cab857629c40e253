from __future__ import annotations

import msgspec
import pytest

from edge.domain import AlertState, Instant, Role, Sync
from edge.events import ConfigLoaded, Tick
from edge.home.coverage import shares
from edge.home.state import Home
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

TEN_YEARS = 3_650 * DAY


@pytest.fixture
def home() -> Living:
    living = Living(settings=ConfigLoaded(dose_grace_s=1800))
    living.enrol("climate", Role.CLIMATE)
    living.enrol("motion", Role.MOTION)
    living.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=86_400)
    living.enrol("button", Role.HELP_BUTTON)
    living.beacon("climate", "temperature", 21.0, every=10 * MINUTE, until=HOUR)
    return living


def test_time_without_a_gateway_is_nobodys_silence(home: Living) -> None:
    """Off for two hours, a device has what it had left, and at least two minutes."""
    home.wait(30 * MINUTE)
    home.reboot(2 * HOUR)
    home.wait(29 * MINUTE)
    assert home.codes() == []
    home.wait(2 * MINUTE)
    assert home.codes() == ["device_silent"]


def test_a_device_that_was_almost_late_gets_time_to_be_heard(home: Living) -> None:
    """After a start a radio needs a moment until everybody in reach was heard."""
    home.wait(HOUR - SECOND)
    home.reboot(HOUR)
    home.wait(MINUTE)
    assert home.codes() == []


def test_rebooting_for_ever_does_not_hide_a_dead_device(home: Living) -> None:
    """Listening time adds up over boots."""
    for _ in range(8):
        home.wait(10 * MINUTE)
        home.reboot(MINUTE)
    assert "device_silent" in home.codes()


def test_a_restart_of_the_process_is_like_a_pause(home: Living) -> None:
    """In the same boot, too, the time in which nobody listened does not count."""
    home.restart(off_ms=5 * HOUR)
    home.wait(30 * MINUTE)
    assert home.codes() == []
    home.observe("climate", "temperature", 21.0)
    assert home.home.coverage.devices["climate"] <= HOUR + 31 * MINUTE


def test_a_hold_runs_on_while_the_power_is_off(home: Living) -> None:
    """Somebody accepted, the power went, and 45 minutes later nobody has it."""
    home.observe("button", "button", "press")
    home.accept(home.open("help_button"))
    home.reboot(HOUR)
    assert home.open("help_button").state is AlertState.RAISED


def test_a_hold_without_a_clock_runs_from_the_new_boot(home: Living) -> None:
    """How long the power was off is not known: what was left of the hold is waited for."""
    home.observe("button", "button", "press")
    home.accept(home.open("help_button"))
    home.wait(40 * MINUTE)
    home.reboot(HOUR, sync=Sync.NONE)
    assert home.open("help_button").state is AlertState.ACKNOWLEDGED
    home.wait(6 * MINUTE)
    assert home.open("help_button").state is AlertState.RAISED


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS, HOUR, -HOUR])
def test_a_wall_clock_that_jumps_changes_no_duration(home: Living, jump: int) -> None:
    """Deadlines, holds and doses run by boottime; there and back again nothing has happened."""
    home.observe("robot", "dose", "due")
    home.observe("button", "button", "press")
    home.accept(home.open("help_button"))
    home.wait(10 * MINUTE)
    before = home.wake
    home.drift_ms += jump
    home.observe("climate", "temperature", 21.0)
    assert home.wake == before
    assert home.codes() == ["help_button"]
    assert home.open("help_button").state is AlertState.ACKNOWLEDGED
    home.wait(20 * MINUTE - SECOND)
    assert home.codes() == ["help_button"]
    home.drift_ms -= jump
    home.wait(SECOND)
    assert home.codes() == ["help_button", "missed_dose"]
    days = [day.date for day in shares(home.home.coverage)]
    assert days[-1] == "2026-03-02"


def test_time_that_runs_backwards_is_clipped(home: Living) -> None:
    """An event that comes late is taken as now: no negative duration, no lost alert."""
    late = home.ms
    home.wait(5 * MINUTE)
    home.tell(Tick())
    home.ms = late - HOUR // 2
    home.observe("climate", "temperature", 21.0)
    home.observe("button", "button", "press")
    assert home.is_open("help_button")
    assert home.home.at_ms == late + 5 * MINUTE
    assert home.home.coverage.devices["climate"] == HOUR - 10 * MINUTE + 5 * MINUTE


def test_coverage_needs_a_day_to_be_counted_on(home: Living) -> None:
    """Without a synchronised clock nobody knows the day: nothing is covered."""
    home.observe("climate", "temperature", 21.0)
    counted = home.home.coverage
    home.reboot(0, sync=Sync.NONE)
    home.beacon("climate", "temperature", 21.0, every=10 * MINUTE, until=HOUR)
    assert home.home.coverage.devices == counted.devices


def test_summer_time_moves_the_day_and_no_deadline(home: Living) -> None:
    """An offset that changes is a new local time, and no other change."""
    before = home.home.devices
    home.offset_min += 60
    home.tell(Tick())
    assert home.home.frame.offset_min == 180
    assert home.home.devices == before


def test_the_first_event_ever_starts_the_time() -> None:
    """A new home has no past: nothing is overdue in it."""
    living = Living()
    assert living.home.at_ms == living.ms
    assert living.wake is None
    assert Home.new().frame.boot == ""


def test_a_snapshot_from_a_later_moment_is_harmless() -> None:
    """Boottime below the snapshot's, in the same boot, is clipped like any late event."""
    living = Living()
    living.enrol("climate", Role.CLIMATE)
    now = living.now
    living.home = msgspec.structs.replace(living.home, at_ms=now.boottime_ms + DAY)
    step = living.tell(ConfigLoaded())
    assert step.home.at_ms == now.boottime_ms + DAY
    assert isinstance(now, Instant)
