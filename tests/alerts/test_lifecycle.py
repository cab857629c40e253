from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.alerts.lifecycle import (
    ETA_MAX_S,
    ETA_MIN_S,
    HOLD_MS,
    OUTCOMES,
    TRANSITIONS,
    Refused,
    Trigger,
    acknowledge,
    escalate,
    mermaid,
    next_state,
)
from edge.domain import Actor, Alert, AlertState, Priority
from edge.events import Acknowledgement
from tests.support.clock import instant

NURSE = Actor(account="nurse.one", role="nurse")
RAISED = Alert(
    id="a",
    rev=1,
    code="help_button",
    subject="button",
    priority=Priority.CRITICAL,
    state=AlertState.RAISED,
    raised=instant(),
    changed=instant(),
)
TAKEN = msgspec.structs.replace(
    RAISED, state=AlertState.ACKNOWLEDGED, actor=NURSE, next_by=instant(HOLD_MS)
)
OVER = (AlertState.CLOSED, AlertState.CANCELLED)


def decide(alert: Alert, kind: str, **more: object) -> Alert | Refused:
    ack = Acknowledgement(alert=alert.id, kind=kind, actor=NURSE)
    return acknowledge(alert, msgspec.structs.replace(ack, **more), instant(1000))


def test_nothing_follows_the_end() -> None:
    """Closed and cancelled are final."""
    assert not [state for state, _ in TRANSITIONS if state in OVER]


def test_only_a_person_or_our_own_knowledge_ends_an_alert() -> None:
    """The triggers that end an alert are these two, and what a person has is not cancelled."""
    ends = {(s, t) for (s, t), after in TRANSITIONS.items() if after in OVER}
    assert {t for _, t in ends} == {Trigger.CLOSED, Trigger.CANCEL}
    assert (AlertState.ACKNOWLEDGED, Trigger.CANCEL) not in TRANSITIONS


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("trigger", Trigger)
def test_every_pair_has_an_answer(state: AlertState, trigger: Trigger) -> None:
    """A pair of the table gives a state, any other a refusal that names both."""
    after = next_state(state, trigger)
    if (state, trigger) in TRANSITIONS:
        assert after is TRANSITIONS[state, trigger]
    else:
        assert after == Refused(reason=f"{trigger.value}_when_{state.value}")


def test_accepting_without_eta_holds_45_minutes() -> None:
    """The alert has its person, and the moment until which it is theirs."""
    after = decide(RAISED, "accepted")
    assert isinstance(after, Alert)
    assert (after.state, after.rev, after.actor) == (AlertState.ACKNOWLEDGED, 2, NURSE)
    assert after.next_by == instant(1000 + HOLD_MS)


@pytest.mark.parametrize(
    "eta_s, held_s",
    [(900, 900), (0, 2700), (-5, 2700), (1, ETA_MIN_S), (10**9, ETA_MAX_S)],
)
def test_an_eta_holds_until_then_within_bounds(eta_s: int, held_s: int) -> None:
    """An ETA that says nothing holds the ordinary time; one that is absurd is clipped."""
    after = decide(RAISED, "accepted", eta_s=eta_s)
    assert isinstance(after, Alert)
    assert after.next_by == instant(1000 + held_s * 1000)


def test_accepting_again_extends_and_hands_over() -> None:
    """One reply extends the hold; the newest person has it."""
    other = Actor(account="nurse.two", role="nurse")
    after = decide(TAKEN, "accepted", actor=other)
    assert isinstance(after, Alert)
    assert after.actor == other
    assert after.next_by == instant(1000 + HOLD_MS)


def test_declining_goes_one_level_up() -> None:
    """It stays raised, and never climbs past the last level."""
    alert = RAISED
    levels = []
    for _ in range(4):
        after = decide(alert, "declined")
        assert isinstance(after, Alert)
        alert = after
        levels.append(alert.escalation)
    assert levels == [2, 3, 3, 3]
    assert alert.state is AlertState.RAISED


def test_giving_it_back_makes_it_nobodys() -> None:
    """Who had accepted and declines leaves it raised, without an actor or a hold."""
    after = decide(TAKEN, "declined")
    assert isinstance(after, Alert)
    assert (after.state, after.actor, after.next_by) == (AlertState.RAISED, None, None)


@pytest.mark.parametrize("alert", [RAISED, TAKEN])
@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_closing_keeps_who_and_how(alert: Alert, outcome: str) -> None:
    """A closed alert has an actor and an outcome."""
    after = decide(alert, "closed", outcome=outcome)
    assert isinstance(after, Alert)
    assert (after.state, after.actor, after.outcome) == (AlertState.CLOSED, NURSE, outcome)


@pytest.mark.parametrize(
    "kind, more, reason",
    [
        ("closed", {}, "no_outcome"),
        ("closed", {"outcome": "went_fine"}, "unknown_outcome"),
        ("forwarded", {}, "unknown_kind"),
        ("cancel", {}, "unknown_kind"),
        ("accepted", {"actor": Actor(account="", role="nurse")}, "no_actor"),
    ],
)
def test_what_cannot_be_done_is_refused(kind: str, more: dict[str, object], reason: str) -> None:
    """With a short code, and without an exception."""
    assert decide(RAISED, kind, **more) == Refused(reason=reason)


@given(
    st.text(max_size=12),
    st.text(max_size=12),
    st.integers() | st.none(),
    st.text(max_size=12) | st.none(),
)
def test_no_word_from_upstream_breaks_it(
    kind: str, account: str, eta_s: int | None, outcome: str | None
) -> None:
    """Whatever an acknowledgement holds, a revision or a refusal comes of it."""
    ack = Acknowledgement(
        alert="a", kind=kind, actor=Actor(account=account, role=""), eta_s=eta_s, outcome=outcome
    )
    assert isinstance(acknowledge(RAISED, ack, instant()), Alert | Refused)


def test_the_diagram_shows_every_row() -> None:
    """Drawn from the table: one arrow a row, and the ends."""
    lines = mermaid().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len(lines) == 2 + len(TRANSITIONS) + 2
    assert "    acknowledged --> raised: reopen" in lines


OTHER = Actor(account="duty", role="coordinator")


def test_the_first_answer_wins() -> None:
    """What somebody said before they could know that a colleague has it changes nothing."""
    taken = decide(msgspec.structs.replace(RAISED, rev=4), "accepted", rev=4)
    assert isinstance(taken, Alert)
    assert taken.taken == 5
    for kind in ("accepted", "declined"):
        assert decide(taken, kind, actor=OTHER, rev=4) == Refused(reason="taken_already")
    over = decide(taken, "closed", actor=OTHER, rev=4, outcome="helped")
    assert isinstance(over, Alert), "who was there may end it whoever has it"


def test_who_has_seen_it_may_take_it_over() -> None:
    """The revision that gave it to the colleague is the one that they answer."""
    taken = decide(RAISED, "accepted", rev=1)
    assert isinstance(taken, Alert)
    after = decide(taken, "accepted", actor=OTHER, rev=2)
    assert isinstance(after, Alert)
    assert (after.actor, after.taken) == (OTHER, 3)
    assert decide(after, "accepted", rev=2) == Refused(reason="taken_already")


def test_an_extension_is_never_too_late() -> None:
    """Whoever has it says so once more, whatever they had seen."""
    taken = decide(RAISED, "accepted", rev=1)
    assert isinstance(taken, Alert)
    again = decide(taken, "accepted", rev=1)
    assert isinstance(again, Alert)
    assert (again.actor, again.taken, again.rev) == (NURSE, 2, 3)


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("level", range(5))
def test_a_level_only_rises_and_only_while_nobody_has_it(state: AlertState, level: int) -> None:
    """To three at most; whoever has it is not passed over."""
    alert = msgspec.structs.replace(RAISED, state=state, escalation=2)
    after = escalate(alert, level, instant(1))
    if state is AlertState.RAISED and level > 2:
        assert after is not None
        assert (after.escalation, after.rev, after.state) == (3, 2, AlertState.RAISED)
    else:
        assert after is None
