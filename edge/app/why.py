"""Why something was decided: the record, and in pieces all that is needed to decide it again.

The gateway only reads. Who asks makes the decision again in a process of their own, so that no
alarm waits for it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from edge.app.daily import DailyChange
from edge.app.drifting import read, standing
from edge.app.house import House
from edge.app.reasons import reason_words
from edge.app.routine import EPOCH
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Alert, Hazard, Instant, RiskAssessment, Sync
from edge.errors import ControlError, MisaskedError
from edge.home.localday import DAY_MS
from edge.locale.refusing import given, listed, worded
from edge.risk.added import with_added
from edge.risk.daily.extract import BASELINE_DAYS
from edge.risk.said import as_float32
from edge.store import again, drift, journal

# Fewer digits of an id are a stretch of hours, in which there is always something else.
PREFIX_MIN = 6
_ID = re.compile(r"[0-9a-z-]{1,64}")
# A year of weeks.
WEEKS_SHOWN = 52
# One line of the control socket has 256 kB.
PIECE_BYTES_MAX = 128 * 1024
PIECE_ROWS_MAX = 200


class Why:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "why": self.find,
            "why_start": self.start,
            "why_state": self.state,
            "why_rows": self.rows,
            "why_drift": self.drift,
            "why_day": self.day,
        }

    async def find(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """`{ref}`: a hazard (its newest assessment), an id, or how one begins."""
        ref = args.get("ref")
        if not isinstance(ref, str) or not ref:
            raise worded(ControlError, "missing", key="ref")
        if ref in list(Hazard):
            newest = await self._house.store.look(again.newest, Hazard(ref))
            if newest is None:
                raise worded(ControlError, "why_no_assessment", name=ref)
            return self._assessment(newest)
        if len(ref) < PREFIX_MIN or not _ID.fullmatch(ref):
            raise worded(ControlError, "why_short", name=given(ref), least=PREFIX_MIN)
        found = await self._house.store.look(again.named, ref)
        every = [*found.assessments, *found.alerts]
        ident = ref if ref in every else every[0] if len(every) == 1 else None
        if ident is None:
            if not every:
                raise worded(ControlError, "why_none", name=ref)
            there = listed(every[: again.ALIKE_MAX])
            raise worded(ControlError, "why_many", name=ref, there=there)
        if ident in found.assessments:
            kept = await self._house.store.look(again.assessment, ident)
            if kept is not None:
                return self._assessment(kept)
        return self._alert(await self._house.store.look(again.history, ident))

    def _assessment(self, one: RiskAssessment) -> dict[str, Any]:
        return {
            "kind": "assessment",
            "record": msgspec.to_builtins(one),
            "at": self._house.times.text(one.at),
            "labels": self._labels(one),
        }

    def _alert(self, history: list[Alert]) -> dict[str, Any]:
        return {
            "kind": "alert",
            "history": [msgspec.to_builtins(revision) for revision in history],
            "words": reason_words(self._house.checklists, history[-1].params),
            "at": self._house.times.raised(history[-1]),
            "told": [self._house.times.text(revision.changed) for revision in history],
            "evidence": [self._house.times.text(one.at) for one in history[0].evidence],
        }

    def _labels(self, one: RiskAssessment) -> dict[str, dict[str, Any]]:
        """Words of the items that the reasons name."""
        codes = {reason.code.partition(":")[0] for reason in one.reasons}
        answers = self._house.keeper.home.answers
        return {
            item.id: {
                "label": item.label,
                "answer_labels": item.answer_labels,
                "added": item.added,
            }
            for name, checklist in self._house.checklists.items()
            for item in with_added(checklist, answers.get(name, {})).items
            if item.id in codes
        }

    async def day(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """`{day}`: what the model would be told of it now; `kept`: whether its rows all are."""
        try:
            day = date.fromisoformat(str(args.get("day")))
        except ValueError as error:
            raise MisaskedError(f"day: {error}") from error
        house, now = self._house, self._house.clock.now()
        kept_days = house.config.retention.readings_days
        oldest = EPOCH + timedelta(days=now.wall_ms // DAY_MS - kept_days)
        if now.sync is Sync.NONE or day - timedelta(days=BASELINE_DAYS) <= oldest:
            return {"kept": False}
        why, row = await DailyChange(house).counted(day, now)
        return {"kept": True, "why": why, "features": None if row is None else as_float32(row)}

    async def drift(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """The judgements of the models' drift, the newest first, and the newest by feature."""
        found = await self._house.store.look(drift.last, WEEKS_SHOWN)
        return {
            "weeks": [standing([one]) for one in found],
            "psi": read(found[0]).psi if found else {},
        }

    async def start(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """`{at}`: the last state kept before that moment, and the settings of then; or why none."""
        at = _instant(args)
        await self._house.commit()  # what was heard until now is in it
        look = self._house.store.look
        key = await look(journal.before, at)
        found = None if key is None else await look(journal.checkpoint, key)
        if found is None:
            return {"key": None}
        told = await look(journal.settings_at, found.event)
        return {
            "key": key,
            "observation": found.observation,
            "event": found.event,
            "at": msgspec.to_builtins(found.at),
            "settings": None if told is None else msgspec.to_builtins(told),
        }

    async def state(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """`{key, offset}`: a piece of a kept state, base64; `more` when there is."""
        key, offset = _number(args, "key"), _number(args, "offset")
        found = await self._house.store.look(journal.checkpoint, key)
        whole = b"" if found is None else found.home
        piece = whole[offset : offset + PIECE_BYTES_MAX]
        more = offset + len(piece) < len(whole)
        return {"piece": base64.b64encode(piece).decode(), "more": more}

    async def rows(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """`{table, after, since?}`: numbered rows behind a number, a piece at a time."""
        after, table = _number(args, "after"), args.get("table")
        look = self._house.store.look
        found: list[tuple[int, Any]]
        match table:
            case "answers":
                found = await look(again.answers, after, PIECE_ROWS_MAX)
            case "events":
                found = await look(journal.events, after, PIECE_ROWS_MAX)
            case "observations":
                found = await look(journal.observations, after, PIECE_ROWS_MAX)
            case "alerts":
                found = await look(again.alerts_since, _instant(args), after, PIECE_ROWS_MAX)
            case "assessments":
                found = await look(again.assessments_since, _instant(args), after, PIECE_ROWS_MAX)
            case _:
                raise MisaskedError("table: answers, events, observations, alerts or assessments")
        rows: list[list[Any]] = []
        size = 0
        for key, one in found:
            size += len(msgspec.json.encode(one))
            if rows and size > PIECE_BYTES_MAX:
                break
            rows.append([key, msgspec.to_builtins(one)])
        return {"rows": rows}


def _number(args: dict[str, Any], key: str) -> int:
    value = args.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MisaskedError(f"{key}: a number from 0 on")
    return value


def _instant(args: dict[str, Any]) -> Instant:
    try:
        return msgspec.convert(args.get("at"), Instant)
    except msgspec.ValidationError as error:
        raise MisaskedError(f"at: {error}") from error
