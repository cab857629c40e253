"""A stored decision made again: an assessment from its grounds, an alert from what led to it.

All that is needed is asked of the gateway, or of the database, in pieces; what is made again is
made here, in the process of whoever asks.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from edge import __version__
from edge.domain import Alert, AlertState, Answer, Checklist, Instant, Observation, RiskAssessment
from edge.errors import ModelUnavailableError
from edge.home.localday import DAY_MS
from edge.home.state import decode
from edge.ports import Told
from edge.replay.relive import (
    Difference,
    Reliving,
    Stored,
    compare,
    name_of,
    release_of,
    settings_of,
)
from edge.risk.again import asked_again, differences, score_again
from edge.risk.runtime import ModelProcess

Asking = Callable[[str, dict[str, Any]], Any]
T = TypeVar("T")

# So long after it was raised an alert is followed: who took it, what was added, how it ended.
FOLLOWED_MS = 2 * DAY_MS
# More than a home says in two days and a checkpoint's day, many times over.
OBSERVATIONS_MAX = 500_000

SAME, DIFFERS, NOT_MADE = "same", "differs", "not_made"
_OVER = (AlertState.CLOSED, AlertState.CANCELLED)


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of making it again.

    `missing`: in short codes what is no longer there; `gone`: readings between the state and the
    alert that were thinned, aged away or erased.
    """

    verdict: str
    differences: tuple[Difference, ...] = ()
    missing: tuple[str, ...] = ()
    observations: int = 0
    gone: int = 0
    since: Instant | None = None
    model: bool = False  # a model was asked again
    release: str = ""  # whose rules these were, where that is another one
    recounted: bool = False  # a day was counted again from its readings


def assessment_again(
    one: RiskAssessment, ask: Asking, lists: Mapping[str, Checklist], model: ModelProcess
) -> Verdict:
    """The level from the answers of then, the model's word from the stored vector."""
    found: list[Difference] = []
    missing: tuple[str, ...] = ()
    scored = one.checklist is not None
    if scored:
        told = (answer for _, answer in _rows(ask, "answers", Answer))
        again = score_again(one, told, lists)
        missing += again.missing
        if again.assessment is not None:
            found += _parts(one, again.assessment)
            if one.features is not None and again.features != one.features:
                found.append(_difference(one, "features", one.features, again.features))
    asked = False
    if one.model is not None and one.features is not None and one.model_manifest is not None:
        asked = True
        rows = [one.features]
        try:
            (answer,) = asyncio.run(model.again(one.model, one.model_manifest, rows))
        except ModelUnavailableError as error:
            missing += (f"model {one.model} {error.code}",)
        else:
            found += _parts(one, _as_kept(one, asked_again(one, answer)))
    recounted = False
    if one.day is not None:
        day = ask("why_day", {"day": one.day})
        recounted = day["kept"]
        if recounted:
            found += _recounted(one, day["why"], day["features"])
    if not (scored or asked or recounted):
        missing += ("readings",) if one.day is not None else ("grounds",)
    verdict = DIFFERS if found else NOT_MADE if missing else SAME
    return Verdict(
        verdict=verdict,
        differences=tuple(found),
        missing=missing,
        model=asked and not missing,
        recounted=recounted,
    )


def alert_again(history: list[Alert], ask: Asking, lists: Mapping[str, Checklist]) -> Verdict:
    """The rules over all that was told since the last state kept before the alert."""
    first = history[0]
    start = ask("why_start", {"at": msgspec.to_builtins(first.raised)})
    if start["key"] is None or start["settings"] is None:
        return Verdict(verdict=NOT_MADE, missing=("state",))
    since = msgspec.convert(start["at"], Instant)
    stored = Stored(
        alerts=[one for _, one in _rows(ask, "alerts", Alert, since)],
        assessments=[one for _, one in _rows(ask, "assessments", RiskAssessment, since)],
    )
    followed = [one for one in history if _follows(first, one)]
    until = followed[-1].changed
    seen = _Counted(start["observation"])
    home = decode(_state(ask, start["key"]))
    told = msgspec.convert(start["settings"], Told)
    settings, release = settings_of(told), release_of(told)
    run = Reliving(home, settings, lists, stored)
    relived = run.run(
        (one for _, one in _rows(ask, "events", Told, after=start["event"])),
        seen.through(_rows(ask, "observations", Observation, after=start["observation"])),
        until,
    )
    mine = Stored(alerts=_without_dates(followed), assessments=())
    name = name_of(first)
    about = msgspec.structs.replace(
        relived,
        alerts=[a for a in relived.alerts if name_of(a) == name and a.rev <= followed[-1].rev],
        assessments=[],
    )
    # The ids of what it names, such as an assessment, are known by all that was stored.
    found = compare(mine, about, stored)
    return Verdict(
        verdict=DIFFERS if found else SAME,
        differences=tuple(found),
        observations=relived.told,
        gone=seen.gone,
        since=since,
        release="" if release == __version__ else release,
    )


def _recounted(
    one: RiskAssessment, why: str | None, features: dict[str, float | None] | None
) -> list[Difference]:
    """What the model was told of the day, and why it was told nothing, against the readings."""
    found = []
    if one.features != features:
        found.append(_difference(one, "features", one.features, features))
    if one.features is None and one.abstained != why:
        found.append(_difference(one, "abstained", one.abstained, why))
    return found


class _Counted:
    """Counts the numbers that are missing among observations."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.gone = 0

    def through(self, rows: Iterator[tuple[int, Observation]]) -> Iterator[tuple[int, Observation]]:
        for count, (number, seen) in enumerate(rows):
            if count >= OBSERVATIONS_MAX:
                return
            self.gone += number - self._last - 1
            self._last = number
            yield number, seen


def _rows(
    ask: Asking, table: str, kind: type[T], since: Instant | None = None, after: int = 0
) -> Iterator[tuple[int, T]]:
    at = None if since is None else msgspec.to_builtins(since)
    while True:
        found = ask("why_rows", {"table": table, "after": after, "at": at})["rows"]
        for key, one in found:
            after = key
            yield key, msgspec.convert(one, kind)
        if not found:
            return


def _state(ask: Asking, key: int) -> bytes:
    whole = b""
    while True:
        found = ask("why_state", {"key": key, "offset": len(whole)})
        whole += base64.b64decode(found["piece"])
        if not found["more"]:
            return whole


def _follows(first: Alert, one: Alert) -> bool:
    if one.changed.boot == first.raised.boot:
        return one.changed.boottime_ms - first.raised.boottime_ms <= FOLLOWED_MS
    return 0 <= one.changed.wall_ms - first.raised.wall_ms <= FOLLOWED_MS


def _without_dates(history: list[Alert]) -> list[Alert]:
    """Without what only dated an alert that was over before the clock was set."""
    ended = next((n for n, one in enumerate(history) if one.state in _OVER), len(history))
    return history[: ended + 1]


def _as_kept(one: RiskAssessment, again: RiskAssessment) -> RiskAssessment:
    """As much of it as an older release kept: the beginning of a hash, and of numbers the index."""
    begun = one.model_manifest or ""
    if (again.model_manifest or "").startswith(begun):
        again = msgspec.structs.replace(again, model_manifest=one.model_manifest)
    if not one.outputs:
        again = msgspec.structs.replace(again, outputs={}, contributions={})
    return again


def _parts(one: RiskAssessment, again: RiskAssessment) -> list[Difference]:
    return [
        _difference(one, part, getattr(one, part), getattr(again, part))
        for part in differences(one, again)
    ]


def _difference(one: RiskAssessment, part: str, lived: object, now: object) -> Difference:
    old, new = (msgspec.json.encode(value).decode() for value in (lived, now))
    return Difference(of=name_of(one), part=part, lived=old, relived=new)
