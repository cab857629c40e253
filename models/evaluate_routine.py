"""Scores the home's own usual days, the shared budget and limits of pulse on TIHM-format data.

    make routine-eval DATA=DIR      or: python models/evaluate_routine.py --data DIR [--models DIR]

Prints one JSON object; trains nothing. Nothing of the data leaves it but sums. The data tells of no
stay, visit or coverage: every day with an activation counts as a usual one. A row that cannot be
read ends it (exit code 2) with its file and line; exit code 1: the model was refused.

homes, days, positives     as in models/evaluate.py; a positive day has an Agitation label
routine, daily_change      each alone: days that speak and entries a home-week without any bucket
                           (gap and hysteresis as shipped), the share of positive days that speak,
                           and of those with an entry on the day or in the seven days before it
shared                     both under the budget of one home as shipped: entries a home-week, the
                           most of one home, what became of the days, the same two shares
silent_day_entries         days without activity that spoke or made an entry, of any kind
pulse                      limits of pulse, the published ones and narrower: labelled days with a
                           reading beyond, days off label a home-week; alerts of the gateway's own
                           rules a home-week, by how a reading is confirmed
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

MODELS = Path(__file__).resolve().parent
sys.path[:0] = [str(MODELS), str(MODELS.parent)]

import evaluate  # noqa: E402 - the script's own folder comes first
from daily_data import PHYSIOLOGY, BadDataError, activations_of, labels_of, read  # noqa: E402

from edge.advance import advance  # noqa: E402
from edge.domain import (  # noqa: E402
    Actor,
    Decision,
    Device,
    Instant,
    Observation,
    Priority,
    Question,
    Role,
    Routine,
    VitalLimit,
)
from edge.errors import ModelUnavailableError  # noqa: E402
from edge.events import Acknowledgement, ConfigLoaded, Enrolled, Raise  # noqa: E402
from edge.home.budget import (  # noqa: E402
    BUDGET_PER_HOME_WEEK,
    TOKENS_START,
    Budget,
    Entry,
    Spoken,
    spend,
)
from edge.home.localday import DAY_MS  # noqa: E402
from edge.home.state import Home  # noqa: E402
from edge.home.vitals import side_of  # noqa: E402
from edge.kinds import observation  # noqa: E402
from edge.risk.routine.judging import DAYS_BEFORE, judge  # noqa: E402
from edge.risk.routine.measuring import Day, day_of  # noqa: E402

WEEK_DAYS = 7
PULSE = "Pulse"
HEART_RATE = "Heart rate"
# As the paper prints them (Palermo et al. 2023, table 5), and with the upper one below a hundred:
# some labelled readings are exactly that.
PUBLISHED, NARROWER = (55.0, 100.0), (55.0, 99.0)
CONFIRM_S = {"first_reading": 0, "within_15_min": 900, "within_36_h": 36 * 3600}
DIGITS = 3


@dataclass(frozen=True)
class Said:
    """One home-day: what the home's own days and the model say of it."""

    day: date
    positive: bool
    silent: bool
    routine: Routine
    high: bool
    low: bool  # the model's word is below where a change is over, or there is none


def evaluate_routine(data: Path, models: Path) -> dict[str, Any]:
    """Raises BadDataError and ModelUnavailableError."""
    homes = said_of(data, models)
    days = [one for home in homes.values() for one in home]
    weeks = len(days) / WEEK_DAYS
    return {
        "homes": len(homes),
        "days": len(days),
        "positives": sum(one.positive for one in days),
        "budget_per_home_week": BUDGET_PER_HOME_WEEK,
        "routine": alone(homes, weeks, lambda one: one.routine.speaks),
        "routine_abstained": dict(
            sorted(Counter(d.routine.abstained for d in days if d.routine.abstained).items())
        ),
        "daily_change": alone(homes, weeks, lambda one: one.high),
        "shared": shared(homes, weeks),
        "silent_day_entries": sum(d.silent and (d.routine.speaks or d.high) for d in days),
        "pulse": pulse(data, weeks),
    }


def said_of(data: Path, models: Path) -> dict[str, list[Said]]:
    """Every home's days in order, with both words on each."""
    rows, _ = read(data)
    if not rows:
        message = f"{data}: no activity in it; give a directory in the TIHM format"
        raise BadDataError(message)
    facts = evaluate.manifest(models)
    index = evaluate.indexes(rows, facts, models)
    limit = next(t for t in facts["thresholds"] if t["tier"] == "default")
    seen = activations_of(data)
    homes: dict[str, list[Said]] = defaultdict(list)
    past: dict[str, list[Day]] = defaultdict(list)
    for row, found in zip(rows, index, strict=True):
        today = day_of(seen[row.home].get(row.day, []))
        past[row.home] = [*past[row.home], today][-DAYS_BEFORE - 1 :]
        word = judge(past[row.home])
        homes[row.home].append(
            Said(
                day=row.day,
                positive=row.positive,
                silent=today.silent,
                routine=word,
                high=found is not None and found >= limit["value"],
                low=found is None or found < limit["value"] - limit["hysteresis"],
            )
        )
    return homes


def alone(homes: dict[str, list[Said]], weeks: float, speaks: Any) -> dict[str, Any]:
    """One source by itself, with gap and hysteresis and a bucket that never runs dry."""
    entries, caught = [], []
    for days in homes.values():
        told = _entries(days, speaks, lambda one: not speaks(one), endless=True)
        entries += told
        caught += _caught(days, told)
    spoke = [one for days in homes.values() for one in days if speaks(one)]
    positives = sum(one.positive for days in homes.values() for one in days)
    return {
        "days_per_home_week": round(len(spoke) / weeks, DIGITS),
        "entries_per_home_week": round(_told(entries) / weeks, DIGITS),
        "positive_days_spoken_of": _share(sum(one.positive for one in spoke), positives),
        "positive_days_within_a_week": _share(sum(caught), positives),
    }


def shared(homes: dict[str, list[Said]], weeks: float) -> dict[str, Any]:
    became: Counter[str] = Counter()
    entries, caught, most, on_the_day = 0, 0, 0.0, 0
    for days in homes.values():
        told = _entries(
            days,
            lambda one: one.high or one.routine.speaks,
            lambda one: one.low and one.routine.abstained is None and not one.routine.speaks,
        )
        became.update(entry.value for entry in told)
        entries += _told(told)
        caught += sum(_caught(days, told))
        pairs = zip(days, told, strict=True)
        on_the_day += sum(one.positive for one, entry in pairs if entry is Entry.TOLD)
        home_weeks = len(days) / WEEK_DAYS
        most = max(most, (_told(told) - TOKENS_START) / home_weeks)
    positives = sum(one.positive for days in homes.values() for one in days)
    return {
        "entries_per_home_week": round(entries / weeks, DIGITS),
        "most_of_a_home_beyond_its_first": round(most, DIGITS),
        "positive_days_with_an_entry": _share(on_the_day, positives),
        "positive_days_within_a_week": _share(caught, positives),
        "days": dict(sorted(became.items())),
    }


def _entries(days: Sequence[Said], speaks: Any, calm: Any, *, endless: bool = False) -> list[Entry]:
    budget, found = Budget(), []
    for one in days:
        if endless:
            budget = msgspec.structs.replace(budget, tokens=1.0)
        said = Spoken(day=one.day.toordinal(), speaks=speaks(one), calm=calm(one))
        budget, entry = spend(budget, said)
        found.append(entry)
    return found


def _caught(days: Sequence[Said], entries: Sequence[Entry]) -> list[bool]:
    """For each positive day, whether an entry was made on it or in the week before it."""
    told = [n for n, entry in enumerate(entries) if entry is Entry.TOLD]
    return [
        any(0 <= n - at <= WEEK_DAYS for at in told) for n, one in enumerate(days) if one.positive
    ]


def _told(entries: Sequence[Entry]) -> int:
    return sum(entry is Entry.TOLD for entry in entries)


def _share(part: int, whole: int) -> dict[str, Any]:
    return {"days": part, "share": round(part / whole, DIGITS) if whole else None}


# -- limits of pulse --------------------------------------------------------------------


def pulse(data: Path, weeks: float) -> dict[str, Any]:
    readings = _heart_rates(data)
    labelled = labels_of(data, PULSE)
    measured = {(home, at.date()) for home, rows in readings.items() for at, _ in rows}
    wanted = labelled & measured
    found: dict[str, Any] = {"labelled_days": len(labelled), "with_a_reading": len(wanted)}
    for name, (low, high) in (("published", PUBLISHED), ("narrower", NARROWER)):
        limit = _limit(low, high, 0)
        beyond = {
            (home, at.date())
            for home, rows in readings.items()
            for at, value in rows
            if side_of(limit, value)
        }
        found[name] = {
            "within": [low, high],
            "labelled_days_beyond": _share(len(beyond & labelled), len(labelled)),
            "off_label_per_home_week": round(len(beyond - labelled) / weeks, DIGITS),
            "alerts_per_home_week": {
                how: round(
                    sum(_alerts(rows, _limit(low, high, s)) for rows in readings.values()) / weeks,
                    DIGITS,
                )
                for how, s in CONFIRM_S.items()
            },
        }
    return found


def _heart_rates(data: Path) -> dict[str, list[tuple[datetime, float]]]:
    found: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    with (data / PHYSIOLOGY).open(newline="", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):  # each row was checked by `read`
            if row["device_type"] == HEART_RATE:
                at = datetime.fromisoformat(row["date"])
                found[row["patient_id"]].append((at, float(row["value"])))
    return {home: sorted(rows) for home, rows in found.items()}


def _limit(low: float, high: float, confirm_s: int) -> VitalLimit:
    return VitalLimit(
        person="r",
        kind="heart_rate",
        low=low,
        high=high,
        priority=Priority.NORMAL,
        confirm_s=confirm_s,
        set_by="evaluation",
        role="nurse",
        valid_until="2100-01-01",
        by="evaluation",
    )


def _alerts(rows: Sequence[tuple[datetime, float]], limit: VitalLimit) -> int:
    """How many alerts the gateway's own rules raise of these readings; each is closed at once."""
    ids = _Numbers()
    first = _instant(rows[0][0] - timedelta(days=1))
    device = Device(id="d", driver="d", role=Role.VITALS, address="d", person="r")
    decision = Decision(
        question=Question.VITALS,
        basis="evaluation",
        decided_by="evaluation",
        role="nurse",
        review_by="2100-01-01",
        by="evaluation",
    )
    home = Home.new()
    for event in (ConfigLoaded(vitals=True), Enrolled(device=device), decision, limit):
        home = advance(home, event, first, ids).home
    raised = 0
    for at, value in rows:
        now = _instant(at)
        seen: Observation = observation("d", limit.kind, value, now)
        step = advance(home, seen, now, ids)
        home = step.home
        for effect in step.effects:
            if isinstance(effect, Raise) and effect.alert.code == "vital_limit":
                raised += 1
                closed = Acknowledgement(
                    alert=effect.alert.id,
                    kind="closed",
                    actor=Actor(account="evaluation", role="nurse"),
                    outcome="other",
                )
                home = advance(home, closed, now, ids).home
    return raised


class _Numbers:
    """`edge.ports.Ids` for a home that nobody stores."""

    def __init__(self) -> None:
        self._last = 0

    def uuid7(self, at: Instant) -> str:
        self._last += 1
        return f"{at.wall_ms}-{self._last}"


def _instant(at: datetime) -> Instant:
    ms = (at - datetime(1970, 1, 1)) // timedelta(milliseconds=1)  # noqa: DTZ001 - the home's clock
    return Instant(boot="evaluation", boottime_ms=ms - 40 * 365 * DAY_MS, wall_ms=ms)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="directory in the TIHM format")
    parser.add_argument("--models", type=Path, default=MODELS, help="the models folder")
    given = parser.parse_args()
    try:
        print(json.dumps(evaluate_routine(given.data, given.models), indent=1))
    except BadDataError as error:
        print(error, file=sys.stderr)
        sys.exit(evaluate.EXIT_WRONG)
    except ModelUnavailableError as error:
        print(error, file=sys.stderr)
        sys.exit(evaluate.EXIT_REFUSED)


if __name__ == "__main__":
    main()
