"""What the picture of a home shows, taken from its recording and its replay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec

from edge.home.hearing import can_see
from edge.replay.localtime import MS_PER_DAY, MS_PER_MINUTE
from edge.replay.places import PLACES, QUANTITIES
from edge.replay.recording import HomeRecording
from edge.replay.result import HomeResult

# A quarter of an hour: fine enough to see one visit to the bathroom, wide enough to see a day.
MINUTES_PER_BIN = 15
BINS_PER_DAY = 24 * 60 // MINUTES_PER_BIN
# The hours in which movement is worth a bar of its own: after the last and before the first round.
NIGHT_UNTIL_MIN = 6 * 60

# What the eye keeps apart: rooms, and the doors that lead out.
ROOMS = ("bedroom", "bathroom", "kitchen", "lounge", "hallway")
DOORS = "doors"
_GROUP = {
    "kitchen": "kitchen",
    "fridge-door": "kitchen",
    "lounge": "lounge",
    "bedroom": "bedroom",
    "bathroom": "bathroom",
    "hallway": "hallway",
    "front-door": DOORS,
    "back-door": DOORS,
}
_GROUP_OF_PLACE = tuple(_GROUP[place.name] for place in PLACES)

_EPOCH = date(1970, 1, 1)


class Story(msgspec.Struct, kw_only=True):
    """Days count from 0 (the first activation's), minutes from the local midnight of day 0."""

    result: HomeResult
    first: date
    days: int
    rooms: dict[tuple[int, int], dict[str, int]]  # (day, bin) -> room -> activations
    doors: set[tuple[int, int]]  # (day, bin)
    night: list[int]  # activations between 0 and 6, by day
    coverage: list[float]
    silent: set[int]
    recorded: tuple[int, int]  # first and last minute of the recording
    unseen: tuple[tuple[int, int], ...]  # minutes from, until: nothing could be seen
    persons: list[int]  # alerts about the resident, by day
    person_minutes: list[int]  # and the minute of each
    faults: list[int]
    labels: list[int]
    vitals: dict[str, dict[int, float]]  # kind -> day -> mean of the day

    def day(self, index: int) -> date:
        return self.first + timedelta(days=index)


def tell(home: HomeRecording, result: HomeResult, unseen: tuple[tuple[int, int], ...]) -> Story:
    """The story of one home; in the stretches `unseen` (UTC ms) activity could not be seen."""
    first_day, days = home.first_day, home.days
    origin = first_day * MS_PER_DAY

    def minute(utc_ms: int) -> int:
        local = utc_ms + home.clock.offset_min(utc_ms) * MS_PER_MINUTE
        return (local - origin) // MS_PER_MINUTE

    by_day = range(days)
    dates = [result.coverage[(_EPOCH + timedelta(days=first_day + d)).isoformat()] for d in by_day]
    silent = {(date.fromisoformat(text) - _EPOCH).days - first_day for text in result.silent_days}
    alerts = [(minute(alert.at_ms) // 1440, alert.is_fault) for alert in result.alerts]
    about = [minute(alert.at_ms) for alert in result.alerts if not alert.is_fault]
    labels = [minute(label.at_ms) // 1440 for label in home.labels]
    story = Story(
        result=result,
        first=_EPOCH + timedelta(days=first_day),
        days=days,
        rooms={},
        doors=set(),
        night=[0] * days,
        coverage=dates,
        silent=silent,
        recorded=(minute(home.first_ms), minute(home.last_ms)),
        unseen=tuple((minute(start), minute(end)) for start, end in unseen),
        persons=[alerts.count((d, False)) for d in by_day],
        person_minutes=about,
        faults=[alerts.count((d, True)) for d in by_day],
        labels=[labels.count(d) for d in by_day],
        vitals={},
    )
    for at_ms, place in home.events():
        _add_event(story, minute(at_ms), _GROUP_OF_PLACE[place])
    _add_vitals(story, home, minute)
    return story


def _add_event(story: Story, minute: int, group: str) -> None:
    day, of_day = divmod(minute, 1440)
    key = (day, of_day // MINUTES_PER_BIN)
    if of_day < NIGHT_UNTIL_MIN:
        story.night[day] += 1
    if group == DOORS:
        story.doors.add(key)
    else:
        counts = story.rooms.setdefault(key, {})
        counts[group] = counts.get(group, 0) + 1


def _add_vitals(story: Story, home: HomeRecording, minute: Callable[[int], int]) -> None:
    sums: dict[str, dict[int, tuple[float, int]]] = {}
    for vital in home.vitals:
        day = minute(vital.at_ms) // 1440
        if 0 <= day < story.days:
            of_kind = sums.setdefault(QUANTITIES[vital.quantity].kind, {})
            total, n = of_kind.get(day, (0.0, 0))
            of_kind[day] = (total + vital.value, n + 1)
    story.vitals = {
        kind: {day: total / n for day, (total, n) in of_kind.items()}
        for kind, of_kind in sums.items()
    }


def unseen_stretches(home: HomeRecording) -> tuple[tuple[int, int], ...]:
    """Stretches (UTC ms) in which no sensor could have seen movement.

    The same reckoning as the home's coverage: a sensor covers the time between two
    activations unless its deadline passed in between; of a longer gap nobody knows when
    in it the sensor went quiet, so none of it is covered.
    """
    last: dict[int, int] = {}
    seen_until = home.first_ms
    unseen: list[tuple[int, int]] = []
    for at_ms, index in home.events():
        place = PLACES[index]
        deadline_ms = place.silent_after_s * 1000
        if not can_see(place.role, deadline_ms):
            continue
        since = last.get(index)
        last[index] = at_ms
        if since is None or at_ms - since > deadline_ms:
            continue
        if since > seen_until:
            unseen.append((seen_until, since))
        seen_until = max(seen_until, at_ms)
    return tuple(unseen)
