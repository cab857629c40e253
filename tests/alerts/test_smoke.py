from __future__ import annotations

import pytest

from edge.domain import AlertState, Priority, Quality, Role, Stay, StayKind
from tests.support.living import MINUTE, SECOND, Living


@pytest.fixture
def home() -> Living:
    living = Living()
    living.enrol("smoke", Role.SMOKE_ALARM)
    living.observe("smoke", "smoke", value=False)
    return living


def test_smoke_raises_critical(home: Living) -> None:
    """True raises at once, whatever stay is told."""
    home.tell(Stay(kind=StayKind.AWAY, by="nurse.one", from_ms=0))
    home.observe("smoke", "smoke", value=True)
    assert home.open("smoke", "smoke").priority is Priority.CRITICAL


def test_silence_of_the_alarm_never_ends_it(home: Living) -> None:
    """False is noted on the alert; only a person closes."""
    home.observe("smoke", "smoke", value=True)
    home.wait(MINUTE)
    home.observe("smoke", "smoke", value=False)
    alert = home.open("smoke")
    assert alert.state is AlertState.RAISED
    assert alert.flags == ("alarm_quiet",)
    home.wait(MINUTE)
    home.observe("smoke", "smoke", value=True)
    assert home.open("smoke").flags == ()
    assert home.open("smoke").repeats == 1


def test_an_alarm_that_goes_on_speaks_every_five_minutes(home: Living) -> None:
    """Beacons every ten seconds for half an hour are six words, not a hundred and eighty."""
    home.observe("smoke", "smoke", value=True)
    home.beacon("smoke", "smoke", value=True, every=10 * SECOND, until=30 * MINUTE)
    assert home.open("smoke").rev == 7
    assert len(home.raised()) == 1


def test_smoke_that_goes_on_after_closing_is_told_again(home: Living) -> None:
    """Closed too early: five minutes of the same alarm later there is a new alert."""
    home.observe("smoke", "smoke", value=True)
    home.close(home.open("smoke"), "false_alarm")
    home.beacon("smoke", "smoke", value=True, every=10 * SECOND, until=4 * MINUTE)
    assert not home.is_open("smoke")
    home.beacon("smoke", "smoke", value=True, every=10 * SECOND, until=2 * MINUTE)
    assert home.is_open("smoke")


def test_smoke_that_begins_anew_after_closing_is_told_at_once(home: Living) -> None:
    """A pause in between makes it another alarm."""
    home.observe("smoke", "smoke", value=True)
    home.close(home.open("smoke"))
    home.observe("smoke", "smoke", value=False)
    home.wait(SECOND)
    home.observe("smoke", "smoke", value=True)
    assert home.is_open("smoke")


def test_smoke_on_an_acknowledged_alert_that_begins_anew_reopens(home: Living) -> None:
    """Going on changes nothing for whoever has it; beginning anew does."""
    home.observe("smoke", "smoke", value=True)
    home.accept(home.open("smoke"))
    home.beacon("smoke", "smoke", value=True, every=MINUTE, until=10 * MINUTE)
    assert home.open("smoke").state is AlertState.ACKNOWLEDGED
    home.observe("smoke", "smoke", value=False)
    home.observe("smoke", "smoke", value=True)
    assert home.open("smoke").state is AlertState.RAISED


def test_doubtful_smoke_raises_with_a_flag(home: Living) -> None:
    """A forged "all quiet" is not believed, a forged alarm is told and flagged."""
    home.observe("smoke", "smoke", value=True, quality=Quality.UNAUTHENTICATED)
    assert home.open("smoke").flags == ("unauthenticated",)
    home.observe("smoke", "smoke", value=False, quality=Quality.UNAUTHENTICATED)
    assert home.open("smoke").flags == ("unauthenticated",)
    assert home.home.devices["smoke"].states["smoke"] is False


def test_a_forged_all_quiet_is_not_noted(home: Living) -> None:
    """Only a trusted word says that the alarm is quiet."""
    home.observe("smoke", "smoke", value=True)
    home.observe("smoke", "smoke", value=False, quality=Quality.POSSIBLE_REPLAY)
    assert home.open("smoke").flags == ()


def test_a_note_after_a_power_cut_does_not_stretch_the_hold(home: Living) -> None:
    """What was left of the 45 minutes is left, whatever is added to the alert."""
    home.observe("smoke", "smoke", value=True)
    home.accept(home.open("smoke"))
    home.reboot(10 * MINUTE)
    home.observe("smoke", "smoke", value=False)
    home.wait(34 * MINUTE)
    assert home.open("smoke").state is AlertState.ACKNOWLEDGED
    home.wait(MINUTE)
    assert home.open("smoke").state is AlertState.RAISED
