"""The life of a notification: what may follow what, whatever people do in whatever order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.domain.notification import NotificationState
from edge.notification.lifecycle import (
    Life,
    NotificationStateError,
    Step,
    after,
    is_correction,
)

_S = NotificationState


class Lives(RuleBasedStateMachine):
    """One notification with any steps; what a step does is told again here, in other words."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.done: list[tuple[Step, int]] = []
        self.kept: dict[int, bool] = {1: False}  # revision -> whether it was ever released

    @rule(step=st.sampled_from(Step))
    def try_it(self, step: Step) -> None:
        before = self.life
        try:
            self.life = after(before, step)
        except NotificationStateError:
            assert self.life == before
            return
        self.done.append((step, self.life.revision))
        self.kept.setdefault(self.life.revision, False)
        if step is Step.RELEASE:
            self.kept[self.life.revision] = True

    @invariant()
    def no_revision_is_lost(self) -> None:
        assert sorted(self.kept) == list(range(1, self.life.revision + 1))
        edits = sum(step is Step.EDIT for step, _ in self.done)
        assert self.life.revision == 1 + edits

    @invariant()
    def only_what_was_released_is_out(self) -> None:
        if self.life.state in (_S.RELEASED, _S.SENT, _S.CONFIRMED):
            assert self.kept[self.life.revision]
            assert self.life.released == self.life.revision

    @invariant()
    def a_receiver_answers_what_was_sent_and_that_was_released(self) -> None:
        for at, (step, revision) in enumerate(self.done):
            earlier = self.done[:at]
            if step is Step.SEND:
                assert (Step.RELEASE, revision) in earlier
            if step is Step.CONFIRM:
                assert (Step.SEND, revision) in earlier

    @invariant()
    def a_correction_knows_what_it_replaces(self) -> None:
        released = [revision for revision, is_ in self.kept.items() if is_]
        assert self.life.released == (released[-1] if released else None)
        expected = self.life.state is _S.DRAFT and bool(released)
        assert is_correction(self.life) == expected

    @invariant()
    def what_is_withdrawn_stays_so(self) -> None:
        if self.life.state is _S.WITHDRAWN:
            for step in Step:
                with pytest.raises(NotificationStateError):
                    after(self.life, step)


TestLives = Lives.TestCase


def test_every_state_but_the_last_can_be_taken_back() -> None:
    """Withdrawn from any."""
    for state in NotificationState:
        if state is not _S.WITHDRAWN:
            assert after(Life(state=state), Step.WITHDRAW).state is _S.WITHDRAWN


# What cannot follow; whatever is not here can.
REFUSED = [
    (_S.DRAFT, Step.SEND),
    (_S.DRAFT, Step.CONFIRM),
    (_S.RELEASED, Step.RELEASE),
    (_S.RELEASED, Step.CONFIRM),
    (_S.SENT, Step.RELEASE),
    (_S.SENT, Step.SEND),
    (_S.CONFIRMED, Step.RELEASE),
    (_S.CONFIRMED, Step.SEND),
    (_S.CONFIRMED, Step.CONFIRM),
    *((_S.WITHDRAWN, step) for step in Step),
]


def test_a_refusal_names_the_state_and_what_comes_first() -> None:
    """Nobody has to guess what to do."""
    for state, step in REFUSED:
        with pytest.raises(NotificationStateError, match=f"is {state.value}: .*(first|already|;)"):
            after(Life(state=state), step)


def test_the_table_refuses_nothing_else() -> None:
    """Every other step leads somewhere."""
    for state, step in itertools.product(NotificationState, Step):
        if (state, step) not in REFUSED:
            after(Life(state=state), step)
