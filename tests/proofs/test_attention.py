"""The budgets of attention in short: few weeks, eight times as full, and what was caught."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

import msgspec
import pytest

from edge.domain import Actor, Alert, AlertState, Priority
from edge.escalation import Attention
from proofs.attention import week
from proofs.attention.__main__ import PAGE, RESULT
from proofs.attention.asked import Asked, Attentive
from proofs.attention.judging import cause, is_caught
from proofs.attention.measure import (
    CAUGHT_SHARE,
    FALSE_URGENT_A_WEEK,
    HOMES,
    INTERRUPTS_A_DAY,
    NEVER_MISSED,
    TODAY_A_DAY,
    WEEK_DAYS,
    Report,
    simulated,
)
from proofs.attention.page import PICTURE, page
from proofs.attention.picture import draw
from proofs.attention.story import Span, hands, hour_of, visit_at
from proofs.attention.week import Lived, Week
from tests.support.clock import instant

pytestmark = pytest.mark.timeout(90)

WEEKS = 6
# Each week holds what disturbs so many ordinary ones, and counts as so many.
FULLER = 8


@cache
def lived() -> tuple[Lived, ...]:
    dealt = enumerate(hands(WEEKS, FULLER))
    return tuple(Week(812 + number, hand).live() for number, hand in dealt)


def disturbing() -> Iterator[tuple[Asked, str]]:
    """What was asked and is not the work of a planted emergency, with what explains it."""
    for one in lived():
        planted = {p.kind for p in one.planted} | {"fault: silence"}
        for asked in one.asked:
            why = cause(asked, one)
            if why not in planted:
                yield asked, why


def test_the_weeks_hold_what_they_are_to_be_judged_by() -> None:
    """A story without disturbances would keep every budget."""
    happened = {kind for one in lived() for kind in one.happened}
    assert {"false_fall", "late_dose", "visitor", "absence_untold", "absence_told"} <= happened
    assert {p.kind for one in lived() for p in one.planted} >= {
        *NEVER_MISSED,
        "fall",
        "silence",
        "missed_dose",
    }


def test_the_budgets_are_kept() -> None:
    """Per 400 homes and day, and per home-week, as docs/attention.md has them in full."""
    found = list(disturbing())
    weeks = WEEKS * FULLER
    interrupts = [why for asked, why in found if asked.attention is Attention.INTERRUPT]
    today = [why for asked, why in found if asked.attention is Attention.TODAY]
    assert interrupts.count("") / weeks <= FALSE_URGENT_A_WEEK
    assert len(interrupts) / weeks / WEEK_DAYS * HOMES <= INTERRUPTS_A_DAY
    assert len(today) / weeks / WEEK_DAYS * HOMES <= TODAY_A_DAY


def test_what_was_planted_is_caught_in_the_same_weeks() -> None:
    for kind in sorted({p.kind for one in lived() for p in one.planted}):
        found = [is_caught(p, one.asked) for one in lived() for p in one.planted if p.kind == kind]
        least = 1.0 if kind in NEVER_MISSED else CAUGHT_SHARE
        assert sum(found) / len(found) >= least, kind


def test_a_deaf_gateway_misses_what_is_planted() -> None:
    """The judge sees the difference: with nothing asked, nothing is caught."""
    deaf = [msgspec.structs.replace(one, asked=()) for one in lived()]
    part = simulated(deaf)
    assert all(row.caught == 0 and row.missed for row in part.caught)
    assert not all(figure.ok for figure in part.figures)


def test_what_is_planted_at_a_dead_device_is_that_device_to_be_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No frame of the press was sent. Its battery is changed at the visit after it was told."""
    monkeypatch.setattr(week, "PLANTS", {})
    one = Week(7, {})
    button, died = one._things.button, hour_of(1, 9.0)
    one._home.do(died, partial(button.die, dead=True))
    for day in (1, 4):
        one._press(day)
    found = one.live()
    (dead,) = found.unheard
    assert (dead.kind, dead.how, dead.subject) == ("dead device", "press", "button")
    assert is_caught(dead, found.asked)
    assert [is_caught(press, found.asked) for press in found.planted] == [True]
    assert button.deaths == [Span(died, visit_at(2))]


def test_the_page_is_the_stored_result() -> None:
    """Figures and picture come from the JSON, and no row of a recording is in it."""
    report = msgspec.json.decode(RESULT.read_bytes(), type=Report)
    assert PAGE.read_text(encoding="utf-8") == page(report)
    assert (PAGE.parent / PICTURE).read_text(encoding="utf-8") == draw(report)
    assert ("**missed**" in page(report)) is not report.passed


# -- what counts as being asked ----------------------------------------------------


def revised(alert: Alert, rev: int, **more: object) -> Alert:
    return msgspec.structs.replace(alert, rev=rev, **more)


def alert(code: str, priority: Priority) -> Alert:
    at = instant()
    return Alert(
        id="a",
        rev=1,
        code=code,
        subject="x",
        priority=priority,
        state=AlertState.RAISED,
        raised=at,
        changed=at,
    )


def test_a_repeat_of_an_open_call_asks_nobody_anew_and_a_reopening_does() -> None:
    taken = Actor(account="a", role="nurse")
    one = alert("possible_fall", Priority.HIGH)
    revisions = [
        one,
        revised(one, 2, priority=Priority.CRITICAL),
        revised(one, 3, state=AlertState.ACKNOWLEDGED, actor=taken),
        revised(one, 4),
        revised(one, 5, state=AlertState.CLOSED),
    ]
    assert [asked.why for asked in Attentive().take(revisions, 0)] == ["raised", "reopened"]


def test_a_line_of_the_list_that_becomes_a_call_is_both() -> None:
    one = alert("possible_fall", Priority.NORMAL)
    found = Attentive().take([one, revised(one, 2, priority=Priority.HIGH)], 0)
    assert [asked.attention for asked in found] == [Attention.TODAY, Attention.INTERRUPT]


@pytest.mark.parametrize("hours,left", [(12, 0), (20, 1)])
def test_a_line_that_ends_by_itself_before_work_begins_asked_nobody(hours: int, left: int) -> None:
    """Raised at midnight: over at noon it was read at eight, over at six it was not."""
    night = instant(10 * 3_600_000)
    one = revised(alert("home_silent", Priority.NORMAL), 1, raised=night, changed=night)
    attentive = Attentive()
    attentive.take([one], night.wall_ms)
    after_ms = (hours - 10) * 3_600_000
    attentive.take([revised(one, 2, state=AlertState.CANCELLED)], night.wall_ms + after_ms)
    assert len(attentive.asked) == left
