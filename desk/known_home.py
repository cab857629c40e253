"""What a home told of its open findings, as far as an authority may hear of them.

From the newest `work-1.0` of the home; what a home did not tell is not known, and never "nothing".
"""

from __future__ import annotations

import sqlite3

from desk import home_work
from desk.home_work import HomeWork
from edge.domain import Level, Record
from edge.domain.notification import NotificationKind, SeenBy
from edge.domain.task import Tenure
from edge.notification import prompting
from edge.notification.findings import TELLABLE, is_left_out
from edge.notification.rescue_card import Answered
from edge.uplink.envelope import LevelPart

# Who answered a list at home without a worker beside them.
_OWN = frozenset({"self", "relative", "resident"})


class KnownFindings(Record, frozen=True, kw_only=True):
    """Open findings by "FS-02:dead", with the day and by whom; `left_out` are of a body."""

    seen: dict[str, tuple[str, SeenBy]] = {}
    left_out: tuple[str, ...] = ()
    answers: dict[str, Answered] = {}
    tenure: Tenure = Tenure.FALLBACK


def of_customer(connection: sqlite3.Connection, customer: str) -> KnownFindings:
    """Of the gateway that told last for this customer."""
    told = _newest(connection, customer)
    return KnownFindings() if told is None else _read(told)


def told_level(
    connection: sqlite3.Connection, customer: str, kind: NotificationKind
) -> LevelPart | None:
    """The level of what this kind is about as that gateway told it, with what it is by."""
    told = _newest(connection, customer)
    levels = () if told is None else told.data.levels
    return next((one for one in levels if one.hazard is prompting.HAZARD_OF[kind]), None)


def level_of(connection: sqlite3.Connection, customer: str, kind: NotificationKind) -> Level:
    """The level alone; grey: the home told none.

    Whoever drafts or decides at red has thought of red, and is not asked again because of it.
    """
    told = told_level(connection, customer, kind)
    return Level.GREY if told is None else told.level


def _newest(connection: sqlite3.Connection, customer: str) -> HomeWork | None:
    told = [one for one in home_work.newest(connection) if one.client == customer]
    return max(told, key=lambda one: one.received_ms, default=None)


def _read(home: HomeWork) -> KnownFindings:
    seen: dict[str, tuple[str, SeenBy]] = {}
    left_out: list[str] = []
    answers: dict[str, Answered] = {}
    for one in home.data.findings:
        code = f"{one.item}:{one.answer}"
        day = "" if one.at is None else one.at[:10]
        answers[one.item] = Answered(code=one.answer, on=day, old=one.state == "expired")
        if code in TELLABLE:
            by = SeenBy.RESIDENT if one.role in _OWN else SeenBy.WORKER
            seen[code] = (day, SeenBy.DEVICE if one.source == "device" else by)
        elif is_left_out(code):
            left_out.append(code)
    known = [tenure.value for tenure in Tenure]
    tenure = home.data.tenure
    return KnownFindings(
        seen=seen,
        left_out=tuple(left_out),
        answers=answers,
        tenure=Tenure(tenure) if tenure in known else Tenure.FALLBACK,
    )
