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

# Who answered a list at home without a worker beside them.
_OWN = frozenset({"self", "relative", "resident"})


class KnownFindings(Record, frozen=True, kw_only=True):
    """Open findings by "FS-02:dead", with the day and by whom; `left_out` are of a body."""

    seen: dict[str, tuple[str, SeenBy]] = {}
    left_out: tuple[str, ...] = ()
    answers: dict[str, Answered] = {}
    levels: dict[str, Level] = {}  # by hazard
    tenure: Tenure = Tenure.FALLBACK


def level_of(connection: sqlite3.Connection, customer: str, kind: NotificationKind) -> Level:
    """The level as the home told it last of what this kind is about; grey: it told none.

    Whoever drafts or decides at red has thought of red, and is not asked again because of it.
    """
    levels = of_customer(connection, customer).levels
    return levels.get(prompting.HAZARD_OF[kind].value, Level.GREY)


def of_customer(connection: sqlite3.Connection, customer: str) -> KnownFindings:
    """Of the gateway that told last for this customer."""
    told = [one for one in home_work.newest(connection) if one.client == customer]
    if not told:
        return KnownFindings()
    return _read(max(told, key=lambda one: one.received_ms))


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
        levels={one.hazard.value: one.level for one in home.data.levels},
        tenure=Tenure(tenure) if tenure in known else Tenure.FALLBACK,
    )
