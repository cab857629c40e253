"""Segments: what they set, and when they are told anew."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from edge.life.segment import RHYTHMS, VALID_DAYS, Due, Receiver, due, valid_until

DAY = date(2026, 11, 22)


def test_closer_care_is_contact_more_often():
    """Each level has a rhythm, and the third one a case manager."""
    every = [RHYTHMS[level].every_days for level in (1, 2, 3)]
    assert every == sorted(every, reverse=True)
    assert RHYTHMS[3].receiver is Receiver.CASE_MANAGER


@given(st.integers(-400, 400), st.one_of(st.none(), st.integers(0, 2_000)))
def test_a_segment_holds_a_year_or_until_after_hospital(later: int, home_ms: int | None):
    """Hospital after it was told counts, hospital before it does not."""
    until = valid_until(DAY)
    found = due(1_000, until, today=DAY + timedelta(days=VALID_DAYS + later), home_ms=home_ms)
    if home_ms is not None and home_ms > 1_000:
        assert found is Due.HOSPITAL
    else:
        assert found is (Due.YEAR if later > 0 else None)
