"""The life of a notification: a table, with the revisions that people made of it.

Whatever was released stays what it was. A correction is a new revision that has to be released
again and then stands in the place of the old one; the old one is kept.
"""

from __future__ import annotations

from enum import StrEnum

from edge.domain import Record
from edge.domain.notification import NotificationState
from edge.errors import EdgeError


class Step(StrEnum):
    EDIT = "edit"
    RELEASE = "release"
    SEND = "send"
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"


class NotificationStateError(EdgeError):
    """Not in this state; the text says which, and what comes first."""


class Life(Record, frozen=True, kw_only=True):
    """`revision` counts from 1; `released` is the newest one that a named person released."""

    state: NotificationState = NotificationState.DRAFT
    revision: int = 1
    released: int | None = None


_S = NotificationState
_AFTER: dict[tuple[NotificationState, Step], NotificationState] = {
    (_S.DRAFT, Step.EDIT): _S.DRAFT,
    (_S.DRAFT, Step.RELEASE): _S.RELEASED,
    (_S.RELEASED, Step.SEND): _S.SENT,
    (_S.SENT, Step.CONFIRM): _S.CONFIRMED,
    # A correction begins as a draft again, from wherever it is needed.
    (_S.RELEASED, Step.EDIT): _S.DRAFT,
    (_S.SENT, Step.EDIT): _S.DRAFT,
    (_S.CONFIRMED, Step.EDIT): _S.DRAFT,
    **{(one, Step.WITHDRAW): _S.WITHDRAWN for one in _S if one is not _S.WITHDRAWN},
}
# What to do first, by what was asked.
_FIRST = {
    Step.EDIT: "it was withdrawn; draft a new one",
    Step.RELEASE: "only a draft is released; edit it to make a correction",
    Step.SEND: "release it first; what was sent is told once",
    Step.CONFIRM: "tell first that it was sent",
    Step.WITHDRAW: "it was withdrawn already",
}


def after(life: Life, step: Step) -> Life:
    """The life after a step; raises NotificationStateError."""
    state = _AFTER.get((life.state, step))
    if state is None:
        error = NotificationStateError(f"the notification is {life.state.value}: {_FIRST[step]}")
        error.words = (f"notice_refused.{step.value}", {"state": life.state.value})
        raise error
    revision = life.revision + 1 if step is Step.EDIT else life.revision
    released = life.revision if step is Step.RELEASE else life.released
    return Life(state=state, revision=revision, released=released)


def is_correction(life: Life) -> bool:
    """A draft that will stand in the place of what was released before."""
    return life.state is NotificationState.DRAFT and life.released is not None
