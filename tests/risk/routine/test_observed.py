"""Why a day is apart, and what appliances told of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from edge.domain import HourCoverage, Stay, StayKind, Visit, VisitKind
from edge.risk.daily.observed import Seen
from edge.risk.daily.places import PLACES
from edge.risk.routine.measuring import measures
from edge.risk.routine.observed import apart, care, day, elsewhere

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SPAN = (10 * DAY_MS, 11 * DAY_MS)
# A sensor sees somebody.
ON = True
HELSINKI = ZoneInfo("Europe/Helsinki")


def hours(movement: int = 24, rooms: int = 24) -> list[HourCoverage]:
    return [
        HourCoverage(hour_ms=SPAN[0] + n * HOUR_MS, question=q, asked_s=3600, known_s=3600)
        for q, many in (("movement", movement), ("rooms", rooms))
        for n in range(many)
    ]


def visit(start_h: float, end_h: float, **more: object) -> Visit:
    told = Visit(
        kind=VisitKind.PHYSICAL,
        role="home_care",
        from_ms=SPAN[0] + int(start_h * HOUR_MS),
        until_ms=SPAN[0] + int(end_h * HOUR_MS),
    )
    return msgspec.structs.replace(told, **more)


def stay(kind: StayKind, start_ms: int, until_ms: int | None = None, who: str = "") -> Stay:
    return Stay(kind=kind, by="relative", from_ms=start_ms, until_ms=until_ms, person=who or None)


def test_a_day_at_home_alone_and_seen_is_usual() -> None:
    assert apart(SPAN, [], [], hours(), 0) == ""


@pytest.mark.parametrize("movement, rooms", [(17, 24), (24, 17), (0, 0)])
def test_a_poorly_covered_day_is_apart(movement: int, rooms: int) -> None:
    """By any sensor; and a day of which the ledger knows nothing is not covered."""
    assert apart(SPAN, [], [], hours(movement, rooms), 0) == "poor_coverage"
    assert apart(SPAN, [], [], hours(18, 18), 0) == ""


@pytest.mark.parametrize(
    "stays, why",
    [
        ([stay(StayKind.HOSPITAL, 0)], "stay"),
        ([stay(StayKind.HOSPITAL, 0), stay(StayKind.HOME, 9 * DAY_MS)], ""),
        ([stay(StayKind.HOSPITAL, 0), stay(StayKind.HOME, SPAN[0] + HOUR_MS)], "stay"),
        ([stay(StayKind.AWAY, 0, 9 * DAY_MS)], ""),
        ([stay(StayKind.AWAY, 0, None, "r-1"), stay(StayKind.HOME, 0, None, "r-2")], "stay"),
        ([stay(StayKind.AWAY, 0, None, "r-1"), stay(StayKind.HOME, DAY_MS, None, "r-1")], ""),
        ([stay(StayKind.AWAY, 0, None, "r-1"), stay(StayKind.HOME, DAY_MS)], ""),
        ([stay(StayKind.AWAY, 12 * DAY_MS)], ""),
        ([stay(StayKind.ENDED, 0)], "stay"),
    ],
)
def test_a_stay_puts_the_day_apart(stays: list[Stay], why: str) -> None:
    """Of anybody who lives here; a later word of the same person, or of everybody, ends it."""
    assert apart(SPAN, stays, [], hours(), 0) == why


def test_the_last_word_on_everybody_counts() -> None:
    told = [stay(StayKind.AWAY, 5), stay(StayKind.RESPITE, 9, 20), stay(StayKind.HOME, 12)]
    assert elsewhere(told) == [(5, 9), (9, 12)]


@pytest.mark.parametrize(
    "visits, why",
    [
        ([visit(8, 8.75), visit(12, 12.75), visit(16, 16.75), visit(20, 20.75)], ""),
        ([visit(10, 14)], "visitor"),
        ([visit(10, 12), visit(10, 12), visit(11, 13)], ""),
        ([visit(10, 14, kind=VisitKind.REMOTE)], ""),
        ([visit(-5, 2), visit(22, 30)], "visitor"),
        ([visit(10, 18, ref="v-1"), visit(10, 11, ref="v-1")], ""),
    ],
)
def test_company_puts_the_day_apart_and_home_care_does_not(visits: list[Visit], why: str) -> None:
    assert apart(SPAN, [], visits, hours(), 0) == why


def test_a_second_tag_is_company() -> None:
    assert apart(SPAN, [], [], hours(), 3) == ""
    assert apart(SPAN, [], [], hours(), 4) == "visitor"


def seen(text: str, kind: str, value: object, device: str = "robot", fold: int = 0) -> Seen:
    local = datetime.fromisoformat(text).replace(tzinfo=HELSINKI, fold=fold)
    offset = local.utcoffset()
    assert offset is not None
    wall_ms = int(local.astimezone(UTC).timestamp() * 1000)
    return Seen(device, kind, value, wall_ms, int(offset.total_seconds()) // 60)  # type: ignore[arg-type]


def test_what_appliances_told_of_the_day() -> None:
    on = date(2026, 3, 2)
    rows = [
        seen("2026-03-01T23:00", "dose", "missed"),
        seen("2026-03-02T08:00", "dose", "due"),
        seen("2026-03-02T08:30", "dose", "missed"),
        seen("2026-03-02T12:00", "meal", "taken"),
    ]
    assert care(rows, on) == {"doses.missed": 1.0, "meals.taken": 1.0}
    assert care(rows[:2], on) == {"doses.missed": 0.0}
    assert care([], on) == {}


def test_the_hour_that_comes_twice_and_the_one_that_is_left_out() -> None:
    """25 October 2026 has 3 o'clock twice, 28 March 2027 has none: days like others."""
    where = {"pir": "bathroom", "other": "kitchen"}
    for text, fold in (("2026-10-25T03:30", 0), ("2026-10-25T03:30", 1), ("2027-03-28T04:10", 0)):
        on = date.fromisoformat(text[:10])
        rows = [seen(text, "motion", ON, device, fold) for device in where]
        found = day(rows, on, where, "")
        assert found.morning is not None
        assert found.morning.bathroom == 1
        assert measures([found])["bathroom.night"] == 1
        assert found.numbers[PLACES[PLACES.index("bathroom")]] == 1
