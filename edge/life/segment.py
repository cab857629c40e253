"""Segments: how often somebody is contacted, and by whom. Pure, and never a measure of risk.

Three levels of the Kaiser Permanente triangle (self-care support, assisted care, intensive case
management). Days of contact are a proposal of ours, and a named worker may tell others.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

import msgspec

# In a year 11 % of seniors moved up a segment and 4 % down, so a segment is looked at yearly.
VALID_DAYS = 365
EVERY_DAYS_MAX = 366
REASONS_MAX = 5


class Receiver(StrEnum):
    """Who is turned to about this customer."""

    COORDINATOR = "coordinator"
    NURSE = "nurse"
    CASE_MANAGER = "case_manager"


class Rhythm(msgspec.Struct, frozen=True):
    """Every how many days somebody is contacted at least, and who does it."""

    every_days: int
    receiver: Receiver


# A quarter is how often plans are looked at; a month and a week as care gets closer.
RHYTHMS = {
    1: Rhythm(92, Receiver.COORDINATOR),
    2: Rhythm(31, Receiver.NURSE),
    3: Rhythm(7, Receiver.CASE_MANAGER),
}


class Due(StrEnum):
    """Why a segment is to be looked at anew."""

    HOSPITAL = "hospital"
    YEAR = "year"


def valid_until(day: date) -> date:
    """The last day on which a segment told on `day` holds, if no hospital comes between."""
    return day + timedelta(days=VALID_DAYS)


def due(told_ms: int, until: date, *, today: date, home_ms: int | None) -> Due | None:
    """Why it is to be told anew, or None. `home_ms`: when somebody came home from hospital last."""
    if home_ms is not None and home_ms > told_ms:
        return Due.HOSPITAL
    return Due.YEAR if today > until else None
