"""The features of `daily-change` in the model's order: names, units, reasons, bounds."""

from __future__ import annotations

import hashlib

from edge.domain import Record
from edge.risk.daily.places import BLOCKS, PLACES, WINDOWS

DAILY_CHANGE = "daily-change"

# Changes whenever a feature would come out differently from the same day.
EXTRACTOR_VERSION = "daily/1"

# UCUM units. A count of activations has the unit 1; no day has more than one a second.
COUNT, HOURS, SECONDS, NATS, SHARE, Z = "1", "h", "s", "{nat}", "{share}", "{z}"
MOST = {COUNT: 86_400.0, HOURS: 24.0, SECONDS: 86_400.0, NATS: 10.0, SHARE: 1.0, Z: 8.0}


class Feature(Record, frozen=True, kw_only=True):
    """One column; `reason` is the key under which its contribution is told to people."""

    name: str
    unit: str
    reason: str
    least: float = 0.0
    most: float


# Vital signs: the mean of the day's readings. Bounds are those of the instruments, so that a
# reading of 0 or 999 is a fault and not a value. Name: (unit, least, most).
VITALS = {
    "systolic": ("mm[Hg]", 50.0, 280.0),
    "diastolic": ("mm[Hg]", 30.0, 180.0),
    "heart_rate": ("/min", 25.0, 240.0),
    "body_temperature": ("Cel", 30.0, 43.0),
    "skin_temperature": ("Cel", 15.0, 43.0),
    "body_weight": ("kg", 20.0, 250.0),
    "body_water": ("%", 20.0, 80.0),
    "muscle_mass": ("kg", 10.0, 120.0),
}

# What is compared with the same person's own last three weeks.
PERSONAL = (
    *PLACES,
    "all",
    "all.night",
    "all.active_h",
    "all.busiest_4h",
    "quarter.active_night",
    "moves",
    "moves.rapid",
    "moves.back_and_forth",
    "moves.busiest_4h",
    "doors",
    "steps.longest",
    *VITALS,
)


def _count(name: str, reason: str, unit: str = COUNT) -> Feature:
    return Feature(name=name, unit=unit, reason=reason, most=MOST[unit])


def _places() -> list[Feature]:
    found = []
    for place in PLACES:
        reason = place.replace("-", "_")
        found.append(_count(place, reason))
        found.append(_count(f"{place}.share", reason, SHARE))
        found += [_count(f"{place}.{block}", reason) for block in BLOCKS]
        found += [_count(f"{place}.busiest_{span}h", reason) for span in (1, 4, 6)]
    return found


def _home() -> list[Feature]:
    found = [_count("all", "amount")]
    found += [_count(f"all.{block}", "night" if block == "night" else "amount") for block in BLOCKS]
    found += [_count(f"all.busiest_{span}h", "amount") for span in (1, 2, 3, 4, 6, 8)]
    found += [_count(f"all.{name}", "amount") for name in ("median_h", "spread_h", "top3_h")]
    found += [_count("all.waking_h", "amount"), _count("all.quiet_h", "rest")]
    found += [_count("all.active_h", "rest", HOURS), _count("all.entropy_h", "rest", NATS)]
    found += [_count("quarter.most", "amount"), _count("quarter.active", "rest")]
    found += [_count("quarter.active_waking", "rest"), _count("quarter.active_night", "night")]
    found.append(_count("quarter.longest", "rest"))
    for window in WINDOWS:
        reason = "night" if window in {"night", "late"} else window
        found.append(_count(f"{window}.count", reason))
        found.append(_count(f"{window}.moves", reason))
        found.append(_count(f"{window}.entropy", reason, NATS))
        found.append(_count(f"{window}.gap", reason, SECONDS))
    return found


def _pace() -> list[Feature]:
    found = [_count("moves", "moves")]
    found += [_count(f"moves.busiest_{span}h", "moves") for span in (1, 2, 4, 6)]
    found += [_count(f"moves.{name}", "haste") for name in ("rapid", "rapid_busiest_4h", "pacing")]
    found += [_count("moves.back_and_forth", "haste"), _count("moves.from_hallway", "hallway")]
    found += [_count("moves.dwell", "moves", SECONDS), _count("moves.run", "moves")]
    found += [_count("steps.burst", "haste"), _count("steps.longest", "rest", SECONDS)]
    found += [_count("steps.median", "rest", SECONDS), _count("first", "dawn", HOURS)]
    found += [_count("last", "night", HOURS), _count("rooms", "moves")]
    found += [_count(name, "doors") for name in ("doors", "doors.busiest_1h", "doors.night")]
    return found


def _vitals() -> list[Feature]:
    found = [
        Feature(name=name, unit=unit, reason="vitals", least=least, most=most)
        for name, (unit, least, most) in VITALS.items()
    ]
    return [*found, _count("vitals.count", "vitals")]


def _personal() -> list[Feature]:
    reasons = {feature.name: feature.reason for feature in (*ACTIVITY, *MEASURED)}
    return [
        Feature(name=f"{name}.z", unit=Z, reason=reasons[name], least=-MOST[Z], most=MOST[Z])
        for name in PERSONAL
    ]


ACTIVITY = (*_places(), *_home(), *_pace())
MEASURED = tuple(_vitals())
FEATURES = (*ACTIVITY, *MEASURED, *_personal())


def daily_hash() -> str:
    """SHA-256 over names, order, units and extractor."""
    lines = [EXTRACTOR_VERSION, *(f"{feature.name} {feature.unit}" for feature in FEATURES)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
