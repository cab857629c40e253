"""Recorded homes (a directory in the TIHM format) through the gateway's rules and its model.

The rules run in `edge.replay`, on the observations that the recording's sensors made. The model of
daily change runs as in a gateway: its own process, its own checks, the features of
`edge.risk.daily`. No alert of the gateway comes of it yet; here a day at or above the manifest's
threshold is a line of today's list, one for each home until somebody has closed it.
`model_lines` is the one place to change when a rule raises it.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from edge.domain import Alert, Instant, Priority
from edge.escalation import Attention
from edge.escalation.hours import next_shift_ms
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
from edge.risk.runtime import COMMAND, ModelProcess
from proofs.attention.asked import Asked, Attentive
from proofs.attention.living import CLOSED_AFTER_MS, DAY_MS, MINUTE_MS

BUDGET = 0.25  # alerts per home-week: the default of a gateway
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
    lines = model_lines(homes)
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


def model_lines(homes: Sequence[HomeRecording]) -> dict[str, list[Asked]]:
    """Today's lines of the model, by home: one until it is closed, however many days it spans."""
    days = [(home, *day) for home in homes for day in _days(home)]
    index = asyncio.run(_assessed([row for _, _, row in days]))
    limit = _threshold()
    lines: dict[str, list[Asked]] = defaultdict(list)
    for (home, day, _), score in zip(days, index, strict=True):
        if score is None or score < limit:
            continue
        at = home.instant(_midnight_ms(home, day + 1) + AFTER_MIDNIGHT_MS)
        before = lines[home.id][-1] if lines[home.id] else None
        closed_after = CLOSED_AFTER_MS[Attention.TODAY]
        if before is not None and at.wall_ms < (before.read_ms or 0) + closed_after:
            continue
        lines[home.id].append(
            Asked(
                at_ms=at.wall_ms,
                attention=Attention.TODAY,
                code="daily_change",
                subject="home",
                priority=Priority.NORMAL,
                why="raised",
                read_ms=at.wall_ms + next_shift_ms(at),
            )
        )
    return lines


def _days(home: HomeRecording) -> list[tuple[int, Row]]:
    """Each local day that the model may be asked about, with its row."""
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
    found = []
    for day in range(home.first_day, home.last_day + 1):
        today = day_facts(activations[day], vitals[day])
        past = facts[-BASELINE_DAYS:]
        if abstention(today, past) is None:
            found.append((day, features(today, past)))
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


def _threshold() -> float:
    """Of the manifest in force; the process has checked it against its signature."""
    models = Path(str(resource("models")))
    version = json.loads((models / "current.json").read_bytes())[DAILY_CHANGE]["version"]
    manifest = json.loads((models / DAILY_CHANGE / version / "manifest.json").read_bytes())
    limits = {one["budget_per_home_week"]: one["value"] for one in manifest["thresholds"]}
    return float(limits[BUDGET])
