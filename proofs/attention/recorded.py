"""Recorded homes (a directory in the TIHM format) through the gateway's rules and its model.

The rules run in `edge.replay`, on the observations that the recording's sensors made. The model of
daily change runs as in a gateway: its own process, its own checks, the features of
`edge.risk.daily`. With the home's own usual days it shares the gateway's budget
(`edge.home.budget`): an entry is a line of today's list, one for a home until somebody closes it.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.alerts.rules.behaviour_changed import CODE
from edge.domain import Alert, Instant, Priority, Routine
from edge.escalation import Attention
from edge.escalation.hours import next_shift_ms
from edge.home.budget import Budget, Entry, Spoken, spend
from edge.replay.places import PLACES as REPLAYED
from edge.replay.places import QUANTITIES
from edge.replay.recording import HomeRecording
from edge.replay.run import replay_home
from edge.replay.tihm import read
from edge.resources import resource
from edge.risk.daily.extract import (
    BASELINE_DAYS,
    OUTSIDE_MAX_SHARE,
    DayFacts,
    Row,
    abstention,
    day_facts,
    features,
)
from edge.risk.daily.observed import VITAL_KINDS
from edge.risk.daily.places import PLACES
from edge.risk.daily.table import DAILY_CHANGE
from edge.risk.routine.judging import DAYS_BEFORE, judge
from edge.risk.routine.measuring import Day, day_of
from edge.risk.runtime import COMMAND, ModelProcess
from proofs.attention.asked import Asked, Attentive
from proofs.attention.living import CLOSED_AFTER_MS, DAY_MS, MINUTE_MS

BATCH_ROWS = 400
TIMEOUT_S = 120.0
AFTER_MIDNIGHT_MS = 10 * MINUTE_MS


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """What one recorded home asked; its name stays in memory."""

    name: str
    days: int
    asked: tuple[Asked, ...]
    silent_days: int


def recorded(data: Path, say: Callable[[str], None]) -> list[Home]:
    """Every home of the directory; raises ConfigError for one that cannot be read."""
    recording = read(data)
    homes = [recording.home(name) for name in recording.homes]
    lines = behaviour_lines(homes)
    found = []
    for number, home in enumerate(homes, 1):
        attentive = Attentive()

        def take(alerts: Sequence[Alert], at: Instant, to: Attentive = attentive) -> None:
            to.take(alerts, at.wall_ms)

        result = replay_home(home, on_alerts=take)
        asked = sorted((*attentive.asked, *lines[home.id]), key=lambda one: one.at_ms)
        found.append(
            Home(
                name=home.id,
                days=result.days,
                asked=tuple(asked),
                silent_days=len(result.silent_days),
            )
        )
        if number % 10 == 0:
            say(f"{number} of {len(homes)} recorded homes")
    return found


def behaviour_lines(homes: Sequence[HomeRecording]) -> dict[str, list[Asked]]:
    """Today's lines of unlike days, by home: the model and its own days in one budget."""
    days = [(home, day) for home in homes for day in _days(home)]
    rows = [day.row for _, day in days if day.row is not None]
    index = iter(asyncio.run(_assessed(rows)))
    limit = _threshold()
    lines: dict[str, list[Asked]] = defaultdict(list)
    budgets: dict[str, Budget] = defaultdict(Budget)
    for home, day in days:
        score = None if day.row is None else next(index)
        at = home.instant(_midnight_ms(home, day.day + 1) + AFTER_MIDNIGHT_MS)
        before = lines[home.id][-1] if lines[home.id] else None
        closed_after = CLOSED_AFTER_MS[Attention.TODAY]
        said = Spoken(
            day=day.day,
            speaks=day.word.speaks or (score is not None and score >= limit.value),
            calm=(score is None or score < limit.value - limit.hysteresis)
            and day.word.abstained is None
            and not day.word.speaks,
            open=before is not None and at.wall_ms < (before.read_ms or 0) + closed_after,
        )
        budgets[home.id], entry = spend(budgets[home.id], said)
        if entry is not Entry.TOLD:
            continue
        lines[home.id].append(
            Asked(
                at_ms=at.wall_ms,
                attention=Attention.TODAY,
                code=CODE,
                subject="home",
                priority=Priority.NORMAL,
                why="raised",
                read_ms=at.wall_ms + next_shift_ms(at),
            )
        )
    return lines


class _LocalDay(NamedTuple):
    """One local day: what the model is asked of it, None where it may not; the own days' word."""

    day: int
    row: Row | None
    word: Routine


def _days(home: HomeRecording) -> list[_LocalDay]:
    """Every local day of a home, in order."""
    numbers = {place: number for number, place in enumerate(PLACES)}
    activations: dict[int, list[tuple[int, int]]] = defaultdict(list)
    vitals: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for at_ms, place in home.events():
        day = home.local_day(at_ms)
        second = (at_ms - _midnight_ms(home, day)) // 1000
        if 0 <= second < 86_400:
            activations[day].append((second, numbers[REPLAYED[place].name]))
    for vital in home.vitals:
        name = VITAL_KINDS.get(QUANTITIES[vital.quantity].kind)
        if name is not None:
            vitals[home.local_day(vital.at_ms)].append((name, vital.value))
    facts: list[DayFacts] = []
    usual: list[Day] = []
    found = []
    for day in range(home.first_day, home.last_day + 1):
        today = day_facts(activations[day], vitals[day])
        past = facts[-BASELINE_DAYS:]
        usual = [*usual, day_of(activations[day])][-DAYS_BEFORE - 1 :]
        row = features(today, past) if abstention(today, past) is None else None
        found.append(_LocalDay(day=day, row=row, word=judge(usual)))
        facts.append(today)
    return found


def _midnight_ms(home: HomeRecording, day: int) -> int:
    """UTC of a local midnight; the zone of these homes is never more than a day from UTC."""
    utc_ms = day * DAY_MS
    return utc_ms - home.clock.offset_min(utc_ms) * MINUTE_MS


async def _assessed(rows: Sequence[Row]) -> list[float | None]:
    process = ModelProcess(resource("models"), COMMAND, TIMEOUT_S)
    found: list[float | None] = []
    for at in range(0, len(rows), BATCH_ROWS):
        answers = await process.assess(DAILY_CHANGE, list(rows[at : at + BATCH_ROWS]))
        found += [None if a.outside > OUTSIDE_MAX_SHARE else a.index for a in answers]
    return found


class _Threshold(NamedTuple):
    value: float
    hysteresis: float


def _threshold() -> _Threshold:
    """Of the manifest in force; the process has checked it against its signature."""
    models = Path(str(resource("models")))
    version = json.loads((models / "current.json").read_bytes())[DAILY_CHANGE]["version"]
    manifest = json.loads((models / DAILY_CHANGE / version / "manifest.json").read_bytes())
    default = next(one for one in manifest["thresholds"] if one["tier"] == "default")
    return _Threshold(float(default["value"]), float(default["hysteresis"]))
