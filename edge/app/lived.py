"""What the days that were lived say to a checklist: nights, weeks, weighings, wearing.

Behaviour is looked at only under the decision about it, where the settings say which sensor stands
for which place, and where one person lives without a pet: otherwise nobody knows whose way it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from edge.app.house import House
from edge.app.routine import EPOCH, UsualDays, rows_of, span_of
from edge.domain import Instant, PersonKind, Question, Role, Visit, VisitKind
from edge.home.asking import BY_ROLE
from edge.home.deciding import is_decided
from edge.home.state import Home
from edge.home.wearing import is_worn_by_somebody
from edge.risk import lived
from edge.risk.daily.counting import Activation, counted
from edge.risk.daily.observed import activations
from edge.store import activity, coverage, weighings

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
# As long as thinned values are kept, unless the settings say less.
WEIGHT, WEIGHT_DAYS = "body_weight", 90
# Two weeks, and a day more: the first night begins in the evening before.
DAYS = 2 * lived.WEEK_DAYS + 1
# From 22 o'clock of the day before until 6, around a local midnight.
NIGHT_BEFORE_MS, NIGHT_AFTER_MS = 2 * HOUR_MS, 6 * HOUR_MS


async def gather(house: House, now: Instant) -> dict[str, float]:
    """Signals of `edge.risk.signals` that are known, by name; the clock of `now` must be set."""
    home = house.keeper.home
    found: dict[str, float | None] = {}
    kinds = [person.kind for person in home.persons.values()]
    alone = kinds.count(PersonKind.RESIDENT) <= 1
    found["tag.worn_percent_7d"] = await _worn(house, now)
    if alone and any(device.role is Role.VITALS for device in home.devices.values()):
        found["weight.down_percent_90d"] = await _weight(house, now)
    if alone and PersonKind.PET not in kinds and is_decided(home, Question.BEHAVIOUR):
        found |= await _behaviour(house, now)
    return {name: value for name, value in found.items() if value is not None}


async def _worn(house: House, now: Instant) -> float | None:
    """Of what is meant to be worn here, the least worn."""
    worn = [d for d in house.keeper.home.devices.values() if is_worn_by_somebody(d)]
    shares = []
    for question in {BY_ROLE[device.role] for device in worn}:
        hours = await house.store.look(
            coverage.of_question,
            question,
            from_ms=now.wall_ms - lived.WEEK_DAYS * DAY_MS,
            until_ms=now.wall_ms // HOUR_MS * HOUR_MS,
        )
        shares.append(lived.worn_percent(hours))
    return min((share for share in shares if share is not None), default=None)


async def _weight(house: House, now: Instant) -> float | None:
    look, end_ms = house.store.look, now.wall_ms + 1
    rows = await look(weighings.thinned, WEIGHT, now.wall_ms - WEIGHT_DAYS * DAY_MS)
    for back in range(house.config.retention.readings_days, 0, -1):
        from_ms = end_ms - back * DAY_MS
        rows += await look(weighings.whole, WEIGHT, from_ms, from_ms + DAY_MS)
    residents, shift_ms = _residents(house.keeper.home), now.offset_min * MINUTE_MS
    return lived.lost_percent(
        (
            ((wall_ms + shift_ms) // DAY_MS, kg)
            for wall_ms, kg, person in rows
            if person is None or person in residents
        ),
        (now.wall_ms + shift_ms) // DAY_MS,
    )


def _residents(home: Home) -> frozenset[str]:
    return frozenset(p.id for p in home.persons.values() if p.kind is PersonKind.RESIDENT)


async def _behaviour(house: House, now: Instant) -> dict[str, float | None]:
    """Of the two weeks of days that ended; a silent day is a fault, and no day of quiet."""
    home = house.keeper.home
    # Only what the ledger's question "in each room?" answers for: sensors of movement.
    places = {
        one.device: one.place
        for one in house.config.day_place
        if one.device in home.devices and home.devices[one.device].role is Role.MOTION
    }
    if not places:
        return {}
    yesterday = EPOCH + timedelta(days=(now.wall_ms + now.offset_min * MINUTE_MS) // DAY_MS - 1)
    usual = UsualDays(house, places)
    stays, visits = await house.store.look(activity.lived)
    days: list[list[Activation] | None] = []  # oldest first; None: not known
    for back in range(DAYS - 1, -1, -1):
        day = yesterday - timedelta(days=back)
        seen = activations(await rows_of(house, day, now), day, places)
        days.append(seen if seen and not await usual.apart(day, now, stays, visits) else None)
    found: dict[str, float | None] = {}
    if {"bedroom", "bathroom"} <= set(places.values()):
        nights = [
            _visits(days[i - 1], days[i])
            if not _is_visited(yesterday - timedelta(days=len(days) - 1 - i), now, visits)
            else None
            for i in range(len(days) - lived.WEEK_DAYS, len(days))
        ]
        found["toilet.night_visits_7d"] = lived.night_visits(nights)
    moves = [None if day is None else counted(day)["moves"] for day in days[1:]]
    found["activity.down_percent_7d"] = lived.down_percent(
        moves[: lived.WEEK_DAYS], moves[lived.WEEK_DAYS :]
    )
    return found


def _visits(evening: list[Activation] | None, morning: list[Activation] | None) -> int | None:
    if evening is None or morning is None:
        return None
    return lived.toilet_visits(evening, morning)


def _is_visited(day: date, now: Instant, visits: Sequence[Visit]) -> bool:
    """Whether somebody was with the resident in the night that ended on `day`."""
    midnight_ms, _ = span_of(day, now)
    start_ms, end_ms = midnight_ms - NIGHT_BEFORE_MS, midnight_ms + NIGHT_AFTER_MS
    return any(
        visit.kind is VisitKind.PHYSICAL and visit.from_ms < end_ms and visit.until_ms > start_ms
        for visit in visits
    )
