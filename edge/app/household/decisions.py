"""Decisions on what is watched: each question is off until one is recorded, until its review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from edge.app.house import House
from edge.app.household.lived import living
from edge.app.requests.asked import WORDS_MAX_CHARS, choice_of, text_of, told_by
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Decision, Instant, Question, Sync, Withdrawn
from edge.errors import ControlError, NotNowError
from edge.home.deciding import is_decided, reviews
from edge.home.localday import DAY_MS, MINUTE_MS, day_of, iso_date
from edge.home.state import Home
from edge.locale.refusing import listed, worded

# People change within a year; a decision that nobody looks at for longer is nobody's.
REVIEW_MAX_DAYS = 366
# Who may decide what is told of readings of a body.
NURSES = ("nurse", "physician")
# Questions that no part of this release answers: a decision changes nothing yet.
UNUSED = frozenset({Question.WANDERING, Question.SLEEP})


class Decisions:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "decision_add": self.add,
            "decision_list": self.all,
            "decision_withdraw": self.withdraw,
        }

    async def add(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Put a decision in force; the one before on the same question ends."""
        question = choice_of(args, "question", Question, frozenset())
        living(self._house.keeper.home)
        if question is Question.VITALS:
            nurse_of(args)
        decided_by = text_of(args, "decided_by")
        decision = Decision(
            question=question,
            basis=text_of(args, "basis", WORDS_MAX_CHARS),
            decided_by=decided_by,
            role=text_of(args, "role"),
            review_by=day_ahead_of(args, "review_by", self._house.clock.now()),
            by=told_by(args, peer, "by" if args.get("by") else "decided_by"),
        )
        renewed = question in self._house.keeper.home.decisions
        self._house.tell(decision)
        await self._house.commit()
        return self._row(question) | {"change": "renewed" if renewed else "new"}

    async def all(self, _: dict[str, Any], __: Peer) -> list[dict[str, Any]]:
        """Every question, decided or not."""
        return [self._row(question) for question in Question]

    async def withdraw(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        question = choice_of(args, "question", Question, frozenset())
        if question not in self._house.keeper.home.decisions:
            raise worded(NotNowError, "nothing_decided", question=question.value)
        self._house.tell(Withdrawn(question=question, by=told_by(args, peer)))
        await self._house.commit()
        return self._row(question) | {"change": "withdrawn"}

    def _row(self, question: Question) -> dict[str, Any]:
        house = self._house
        doors = house.keeper.home.settings.night_door
        nameless = question is Question.NIGHT_DOORS and doors is None
        return decision_row(house.keeper.home, question) | {
            "used": question not in UNUSED,
            "doors": [] if doors is None else list(doors.devices),
            "no_doors": nameless,
        }


def day_ahead_of(args: dict[str, Any], key: str, now: Instant) -> str:
    """A day from today to REVIEW_MAX_DAYS ahead; any day while the clock is not set."""
    given = text_of(args, key)
    day = day_of(given)
    if day is None:
        raise worded(ControlError, "no_day", given=given)
    today = _today(now)
    if now.sync is not Sync.NONE and not today <= day <= today + REVIEW_MAX_DAYS:
        first, last = iso_date(today), iso_date(today + REVIEW_MAX_DAYS)
        raise worded(ControlError, "day_range", given=given, first=first, last=last)
    return date.fromisoformat(given).isoformat()


def nurse_of(args: dict[str, Any]) -> str:
    """The role of who decides on readings of a body; raises ControlError for anybody else."""
    role = text_of(args, "role")
    if role not in NURSES:
        raise worded(ControlError, "not_a_nurse", role=role, there=listed(NURSES))
    return role


def decision_row(home: Home, question: Question) -> dict[str, Any]:
    """`state`: off (nothing is decided), on, review (on, to be decided anew soon), lapsed, unknown.

    Unknown: the clock is not set, so nobody knows whether its last day is over; it counts as off.
    """
    decision = home.decisions.get(question)
    row: dict[str, Any] = {"question": question.value, "state": _state(home, question)}
    if decision is None:
        return row
    return row | {
        "basis": decision.basis,
        "decided_by": decision.decided_by,
        "role": decision.role,
        "review_by": decision.review_by,
        "by": decision.by,
    }


def _state(home: Home, question: Question) -> str:
    if question not in home.decisions:
        return "off"
    if is_decided(home, question):
        return "review" if question.value in reviews(home) else "on"
    return "lapsed" if home.frame.synced else "unknown"


def _today(now: Instant) -> int:
    return (now.wall_ms + now.offset_min * MINUTE_MS) // DAY_MS
