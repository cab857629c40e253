from __future__ import annotations

import msgspec
import pytest

from edge.domain import AlertState, Role
from edge.events import Acknowledgement, Escalated, Receipt, Revise
from edge.home.state import CLOSED_MAX, MESSAGES_MAX
from tests.support.living import HOUR, MINUTE, NURSE, SECOND, Living


@pytest.fixture
def home() -> Living:
    living = Living()
    living.enrol("button", Role.HELP_BUTTON, silent_after_s=86_400 * 30)
    living.observe("button", "button", "press")
    return living


def test_an_acknowledgement_that_lapses_reopens(home: Living) -> None:
    """45 minutes without another word: nobody has it, and that is a revision of its own."""
    home.accept(home.open("help_button"))
    home.wait(45 * MINUTE - 1)
    assert home.open("help_button").state is AlertState.ACKNOWLEDGED
    home.wait(1)
    alert = home.open("help_button")
    assert (alert.state, alert.rev, alert.flags) == (AlertState.RAISED, 3, ("reopened",))
    home.wait(HOUR)
    assert home.open("help_button").rev == 3


def test_one_reply_extends_the_hold(home: Living) -> None:
    """Accepted again after 40 minutes, it is held until 85."""
    home.accept(home.open("help_button"))
    home.wait(40 * MINUTE)
    home.accept(home.open("help_button"))
    home.wait(44 * MINUTE)
    assert home.open("help_button").state is AlertState.ACKNOWLEDGED
    home.wait(2 * MINUTE)
    assert home.open("help_button").state is AlertState.RAISED


def test_a_second_delivery_is_harmless(home: Living) -> None:
    """The same downlink message changes nothing, not even the hold."""
    alert = home.open("help_button")
    home.accept(alert, message="m1")
    home.wait(MINUTE)
    before = home.home
    step = home.accept(alert, message="m1")
    assert (step.effects, step.refused) == ((), ("duplicate",))
    assert msgspec.structs.replace(step.home, at_ms=0) == msgspec.structs.replace(before, at_ms=0)


def test_a_refused_message_can_be_sent_again_mended(home: Living) -> None:
    """A close without an outcome is refused, and does not use up its message."""
    alert = home.open("help_button")
    assert home.answer(alert, "closed", message="m1").refused == ("no_outcome",)
    assert home.answer(alert, "closed", outcome="helped", message="m1").refused == ()
    assert home.home.alerts == {}


def test_words_about_no_open_alert_are_told_and_change_nothing(home: Living) -> None:
    """An alert that is over, and one that never was, are told apart."""
    alert = home.open("help_button")
    home.close(alert)
    again = home.accept(alert)
    assert (again.effects, again.refused) == ((), ("alert_is_over",))
    stranger = home.tell(Acknowledgement(alert="nobody", kind="accepted", actor=NURSE))
    assert (stranger.effects, stranger.refused) == ((), ("unknown_alert",))


def test_a_receipt_is_not_an_acknowledgement(home: Living) -> None:
    """A system has the message; the alert stays as raised as it was."""
    alert = home.open("help_button")
    step = home.tell(Receipt(alert=alert.id, rev=1))
    assert step.effects == ()
    assert home.open("help_button") == alert


def test_declined_stays_raised_one_level_up(home: Living) -> None:
    """Nobody's alert climbs at once."""
    home.answer(home.open("help_button"), "declined")
    alert = home.open("help_button")
    assert (alert.state, alert.escalation, alert.rev) == (AlertState.RAISED, 2, 2)


def test_a_level_that_time_raised_is_a_revision(home: Living) -> None:
    """Once for each level, not for a lower one, and not for what somebody has."""
    alert = home.open("help_button")
    (effect,) = home.tell(Escalated(alert=alert.id, level=2)).effects
    assert isinstance(effect, Revise)
    assert (effect.alert.escalation, effect.alert.rev) == (2, 2)
    for level in (1, 2):
        assert home.tell(Escalated(alert=alert.id, level=level)).effects == ()
    home.accept(home.open("help_button"))
    step = home.tell(Escalated(alert=alert.id, level=3))
    assert (step.effects, step.refused) == ((), ())
    assert home.tell(Escalated(alert="nobody", level=3)).effects == ()


def test_what_is_remembered_is_bounded(home: Living) -> None:
    """A thousand alerts answered by a thousand messages leave a bounded memory."""
    home.close(home.open("help_button"))
    for n in range(300):
        home.enrol(f"b{n % 60}", Role.HELP_BUTTON, silent_after_s=86_400 * 30)
        home.observe(f"b{n % 60}", "button", "press")
        home.answer(home.open("help_button"), "closed", outcome="test", message=f"m{n}")
        home.wait(SECOND)
    assert len(home.home.messages) == MESSAGES_MAX
    assert len(home.home.closed) <= CLOSED_MAX
    assert home.home.alerts == {}
    assert home.home.holds == {}
