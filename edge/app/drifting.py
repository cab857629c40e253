"""Once a week: does a trained model still see what it was trained on? Kept in the home.

What comes of it is a line of the next visit's list and a state for `kotivahti why --drift`; it
raises no alert and changes no index. The list and not the maintainer's: that a sensor hangs
elsewhere, that somebody moved in, a pet or another daily rhythm is seen by whoever is in the home.
"""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.app.house import House
from edge.domain import Hazard, RiskAssessment
from edge.errors import ModelUnavailableError
from edge.home.state import latest_wall_ms
from edge.resources import resource
from edge.risk.artefact import Manifest, verify
from edge.risk.drift import ACT, WATCH, WINDOW_DAYS, Drift, Mean, follow, judge
from edge.risk.runtime import SIGNERS, signers_of
from edge.risk.runtime_files import read_below
from edge.store import drift
from edge.store.drift import Judged

log = structlog.get_logger()

EVERY_DAYS = 7
# Judgements that are looked through for when a drift began; older ones change nothing on a list.
WEEKS_MAX = 52
# An assessment can be made twice of a day that a restart cut.
ROWS_MAX = 2 * WINDOW_DAYS


class Drifting:
    """Judges the model of daily change when a week of days is over."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def look(self, day: str) -> None:
        """`day`: the local day that has just been assessed."""
        house = self._house
        before = await house.store.look(drift.last)
        past = await house.store.look(drift.days, Hazard.WELLBEING, ROWS_MAX)
        told = [one for one in past if one.model is not None and one.features is not None]
        if not told or (before and day < _later(before[0].last_day, EVERY_DAYS)):
            return
        model = str(told[-1].model)
        try:
            manifest = await asyncio.to_thread(self._manifest, model)
        except ModelUnavailableError as error:
            log.warning("model_unavailable", model=model, code=error.code, reason=str(error))
            return
        since = before[0] if before and before[0].model == model else None
        judged = _judged(model, day, told, manifest, since)
        found = Judged(
            model=model,
            first_day=_later(day, 1 - WINDOW_DAYS),
            last_day=day,
            at=house.clock.now(),
            state=judged.state,
            body=msgspec.json.encode(judged).decode(),
        )
        await house.store.change(drift.keep, found)
        if judged.state in (WATCH, ACT):
            log.info("model_drift", model=model, state=judged.state, count=judged.moved)

    def _manifest(self, model: str) -> Manifest:
        own = self._house.config.models.dir
        models = Path(own) if own else resource("models")
        signers = signers_of(resource(SIGNERS))
        return verify(
            model.partition("/")[0], lambda path, most: read_below(models, path, most), signers
        ).manifest


def _judged(
    model: str,
    day: str,
    told: list[RiskAssessment],
    manifest: Manifest,
    since: Judged | None,
) -> Drift:
    first = _later(day, 1 - WINDOW_DAYS)
    window = [one for one in told if one.model == model and first <= str(one.day) <= day]
    fresh = [one for one in window if since is None or str(one.day) > since.last_day]
    mean = Mean() if since is None else read(since).mean
    mean = follow(mean, [one.index for one in fresh if one.index is not None])
    cuts = {feature.name: feature.deciles for feature in manifest.features}
    return judge([one.features or {} for one in window], cuts, mean)


def read(judged: Judged) -> Drift:
    return msgspec.json.decode(judged.body, type=Drift)


async def to_ask(house: House) -> str | None:
    """The day by which the model's drift stood at "act", ISO; None where nobody has to ask.

    One physical visit since then has asked: the judgement looks back over eight weeks, and would
    stand on the list of each visit for as long. A drift that ended and began anew is another one.
    """
    weeks = await house.store.look(drift.last, WEEKS_MAX)
    acting = list(takewhile(lambda week: week.state == ACT and week.model == weeks[0].model, weeks))
    if not acting:
        return None
    began, until_ms = acting[-1], latest_wall_ms(house.keeper.home)
    if await house.store.look(drift.is_visited, began.at.wall_ms, until_ms):
        return None
    return began.last_day


def standing(found: list[Judged]) -> dict[str, Any] | None:
    """The newest judgement for `status`: no value of a day is in it."""
    if not found:
        return None
    one, last = found[0], read(found[0])
    return {
        "model": one.model,
        "state": last.state,
        "first_day": one.first_day,
        "last_day": one.last_day,
        "days": last.days,
        "median_psi": None if last.median is None else round(last.median, 3),
        "moved": last.moved,
        "mean": _mean(last),
    }


def _mean(one: Drift) -> dict[str, Any]:
    if one.mean.mean is None:
        return {"known": False}
    sums = {"up": round(one.mean.up, 2), "down": round(one.mean.down, 2)}
    return {"known": True, "moved": one.mean.moved, **sums}


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
