"""Answering the checklists: what to ask, who said what, and the level that it makes.

A person's answer to a shared question is the answer in every list that asks it. What devices
would answer is shown before, and kept with the person's answers as a device's word; where it
speaks against a person it is a conflict, listed with both sides and decided by neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from edge.app.house import House
from edge.app.requests.answers import answer_of, item_named, note_of
from edge.app.requests.asked import text_of
from edge.app.signals import gather
from edge.app.view import assessment_row
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import (
    NOTE_MAX_CHARS,
    Answer,
    AnswerState,
    Checklist,
    ChecklistItem,
    RiskAssessment,
    Sync,
)
from edge.errors import ControlError
from edge.events import Answered, Reassess, Trigger
from edge.home.localday import MINUTE_MS, iso_minute
from edge.home.state import Home, latest_wall_ms
from edge.locale.refusing import given, listed, worded
from edge.risk import profile
from edge.risk.added import ADDED_MAX, code_of, next_id, with_added
from edge.risk.checklist import party_for
from edge.risk.levels import score
from edge.risk.signals import DEVICE, Suggestion, conflicts, prefills, questions
from edge.risk.standing import DAY_MS, expires_ms, in_season
from edge.risk.together import is_short, opened, shared_copies, views

# A shared question that was answered in another list this lately is not asked again: one visit.
SITTING_MS = DAY_MS // 2


class Checking:
    """Handlers of the checklist commands, over one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "checklist_show": self.show,
            "checklist_answer": self.answer,
            "checklist_score": self.score,
            "checklist_reassess": self.reassess,
            "checklist_add": self.add,
        }

    async def show(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """The list with the answers in force, what devices say to it, and what to ask why."""
        checklist = self._checklist(args)
        home = self._house.keeper.home
        wall_ms = self._wall_ms()
        answers = home.answers.get(checklist.id, {})
        return {
            "checklist": msgspec.to_builtins(checklist),
            "answers": {item: msgspec.to_builtins(a) for item, a in answers.items()},
            "items": {
                item.id: {
                    "in_season": in_season(item, wall_ms),
                    "answered_in": self._answered_in(checklist, item, wall_ms),
                    **self._held(checklist, item, wall_ms),
                }
                for item in checklist.items
            },
            **await self._standing(checklist),
        }

    async def answer(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Store answers `{"FS-02": "ok", ...}` of one person; older ones are kept.

        "dead:fixed" says that a hazard was found and mended on the spot.
        """
        checklist = self._checklist(args)
        by = text_of(args, "by", missing="missing_who")
        role = text_of(args, "role", missing="missing_who")
        told = args.get("answers")
        if not isinstance(told, dict) or not told:
            raise worded(ControlError, "no_answers")
        note = note_of(args)
        items = {item.id: item for item in checklist.items}
        who = f"{by} (uid {peer.uid})"
        said = [
            self._said(checklist, item_named(items, item), code, who, role, note)
            for item, code in sorted(told.items())
        ]
        answers = shared_copies(self._house.checklists, said)
        filled = await self._filled(checklist, {one.item for one in said})
        return await self._stored(checklist.id, (*filled, *answers))

    async def score(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        return await self._scored(self._checklist(args))

    async def reassess(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A person says what has happened: the home is to be assessed anew."""
        by = text_of(args, "by", missing="missing_who")
        because = args.get("because")
        known = [trigger.value for trigger in Trigger]
        if because not in known:
            raise worded(ControlError, "no_trigger", name=given(because), there=listed(known))
        self._house.tell(Reassess(trigger=Trigger(because), by=f"{by} (uid {peer.uid})"))
        await self._house.commit()
        home = self._house.keeper.home
        wall_ms = self._wall_ms()
        return {
            name: list(_due(checklist, home, wall_ms))
            for name, checklist in sorted(self._house.checklists.items())
        }

    async def add(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A fire officer adds what the list does not ask: a finding with a text and a gate."""
        checklist = self._checklist(args)
        by = text_of(args, "by", missing="missing_who")
        text = text_of(args, "text", NOTE_MAX_CHARS, missing="missing_text")
        gate, gates = args.get("gate"), list(checklist.gate_labels)
        if gate not in gates or is_short(checklist):
            there = listed(() if is_short(checklist) else gates)
            raise worded(ControlError, "no_gate", name=given(gate), there=there)
        item = next_id(self._house.keeper.home.answers.get(checklist.id, {}))
        if item is None:
            raise worded(ControlError, "too_many_added", most=ADDED_MAX)
        answer = Answer(
            checklist=checklist.id,
            item=item,
            code=code_of(gate, critical=args.get("critical") is True),
            state=AnswerState.HAZARD,
            by=f"{by} (uid {peer.uid})",
            role="rescue",
            source="human",
            at=self._house.clock.now(),
            note=text,
        )
        return await self._stored(checklist.id, (answer,))

    async def _stored(self, name: str, answers: tuple[Answer, ...]) -> dict[str, Any]:
        self._house.tell(Answered(answers=tuple(map(self._with_end, answers))))
        await self._house.commit()
        await self._house.consult_all()
        return await self._scored(self._checklist({"checklist": name}))

    def _with_end(self, one: Answer) -> Answer:
        """With the moment until which the list of today lets it stand."""
        whole = with_added(self._house.checklists[one.checklist], {one.item: one})
        item = next(item for item in whole.items if item.id == one.item)
        return msgspec.structs.replace(one, valid_until_ms=expires_ms(whole, item, one))

    def _wall_ms(self) -> int:
        """Now, UTC ms; under an unset clock the latest time that is known."""
        now = self._house.clock.now()
        return latest_wall_ms(self._house.keeper.home) if now.sync is Sync.NONE else now.wall_ms

    # -- what stands beside the answers ----------------------------------------------------

    async def _standing(self, checklist: Checklist) -> dict[str, Any]:
        home = self._house.keeper.home
        wall_ms = self._wall_ms()
        answers = home.answers.get(checklist.id, {})
        signals = await gather(self._house)
        return {
            "suggested": [_suggested(one) for one in prefills(checklist, answers, signals)],
            "conflicts": [
                {**_suggested(one), "said": one.said, "by": answers[one.item].by}
                for one in conflicts(checklist, answers, signals)
            ],
            "questions": [
                _suggested(one) for one in questions(checklist, answers, signals, wall_ms)
            ],
            "reassess": list(_due(checklist, home, wall_ms)),
            "opened": opened(checklist, self._house.checklists, home.answers, wall_ms)
            if is_short(checklist)
            else {},
            "opened_by": self._opened_by(checklist, wall_ms),
        }

    def _opened_by(self, checklist: Checklist, wall_ms: int) -> dict[str, list[str]]:
        """Items of this list that a finding of a short list asks for, and by which findings."""
        mine = {item.id for item in checklist.items}
        found: dict[str, list[str]] = {}
        lists, answers = self._house.checklists, self._house.keeper.home.answers
        for short in lists.values():
            if is_short(short) and short.id != checklist.id:
                for finding, refs in opened(short, lists, answers, wall_ms).items():
                    for ref in mine.intersection(refs):
                        found.setdefault(ref, []).append(finding)
        return found

    def _answered_in(self, checklist: Checklist, item: ChecklistItem, wall_ms: int) -> str:
        """The other list in which this question was answered just now; "": it was not."""
        answers = self._house.keeper.home.answers
        mine = answers.get(checklist.id, {}).get(item.id)
        if not item.shared or mine is None or mine.at.sync is Sync.NONE or mine.source == DEVICE:
            return ""
        if not mine.code or not 0 <= wall_ms - mine.at.wall_ms < SITTING_MS:
            return ""
        for other in self._house.checklists.values():
            for twin in other.items:
                held = answers.get(other.id, {}).get(twin.id)
                if other.id != checklist.id and twin.shared == item.shared and held is not None:
                    return other.id if (held.at, held.code) == (mine.at, mine.code) else ""
        return ""

    def _held(self, checklist: Checklist, item: ChecklistItem, wall_ms: int) -> dict[str, Any]:
        """Since and until which day the answer in force stands; None: nobody knows."""
        held = self._house.keeper.home.answers.get(checklist.id, {}).get(item.id)
        end_ms = None if held is None else expires_ms(checklist, item, held)
        if held is None or end_ms is None:
            return {"expired": False, "answered": None, "until": None}
        return {
            "expired": wall_ms >= end_ms,
            "answered": _day(held, held.at.wall_ms),
            "until": _day(held, end_ms),
        }

    async def _filled(self, checklist: Checklist, answered: set[str]) -> tuple[Answer, ...]:
        """What devices say to the items that nobody answered, now or before."""
        held = self._house.keeper.home.answers.get(checklist.id, {})
        found = prefills(checklist, held, await gather(self._house))
        items = {item.id: item for item in checklist.items}
        return tuple(
            self._given(checklist, items[one.item], one.code, one.signal, DEVICE, DEVICE, "")
            for one in found
            if one.item not in answered
        )

    async def _scored(self, checklist: Checklist) -> dict[str, Any]:
        """The assessments in force, or the score of the answers when there was none yet."""
        house = self._house
        last = {a.hazard: a for a in await house.store.last_assessments()}
        seen = views(checklist)
        levels: dict[str, dict[str, Any]] = {}
        for hazard, view in seen.items():
            kept: RiskAssessment | None = last.get(hazard)
            if kept is None:
                answers = house.keeper.home.answers.get(checklist.id, {})
                kept = score(view, answers, house.clock.now(), assessment_id="")
            row = assessment_row(kept, house.times)
            levels[hazard.value] = row | {"asked": self._asked(kept, view)}
        first = checklist.hazard if checklist.hazard in seen else next(iter(seen))
        rows = list(levels.values())
        return {
            **levels[first.value],
            "items": len(checklist.items),
            "hazards": levels,
            "answered": self._answered(checklist),
            "labels": self._labels(
                r["code"]
                for row in rows
                for r in row["reasons"]
                if not r["source"].startswith("model")
            ),
            **await self._standing(checklist),
        }

    def _asked(self, kept: RiskAssessment, view: Checklist) -> int:
        """How many items the list asks now that the assessment stands on."""
        name = (kept.checklist or view.id).partition("/")[0]
        told = self._house.checklists.get(name)
        stands_on = view if told is None else views(told).get(kept.hazard, view)
        wall_ms = self._wall_ms()
        return sum(in_season(item, wall_ms) and not item.added for item in stands_on.items)

    def _answered(self, checklist: Checklist) -> dict[str, int]:
        """How much of this list itself is known, of what it asks at this time of the year."""
        home = self._house.keeper.home
        wall_ms = self._wall_ms()
        now = msgspec.structs.replace(self._house.clock.now(), wall_ms=wall_ms)
        found = score(checklist, home.answers.get(checklist.id, {}), now, assessment_id="")
        asked = sum(in_season(item, wall_ms) and not item.added for item in checklist.items)
        return {"of": asked, "known": asked - round(found.share_unknown * asked)}

    def _labels(self, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Words of the items that reasons name, of whichever list."""
        named = {code.partition(":")[0] for code in codes}
        answers = self._house.keeper.home.answers
        return {
            item.id: {
                "label": item.label,
                "answer_labels": item.answer_labels,
                "added": item.added,
                "action": item.action,
                "responsible": {
                    tenure: checklist.parties[party_for(item.responsible, tenure)]
                    for tenure in item.responsible
                },
                "due": self._due_day(item, answers.get(checklist.id, {}).get(item.id)),
            }
            for checklist in map(self._whole, self._house.checklists.values())
            for item in checklist.items
            if item.id in named
        }

    def _due_day(self, item: ChecklistItem, answer: Answer | None) -> str | None:
        """By which day the corrective action is done, ISO 8601; None: nothing open, or no date."""
        if answer is None or answer.state is not AnswerState.HAZARD:
            return None
        days = item.due_days.get(answer.code)
        if days is None or answer.at.sync is Sync.NONE:
            return None
        return _day(answer, answer.at.wall_ms + days * DAY_MS)

    # -- one answer ------------------------------------------------------------------------

    def _checklist(self, args: dict[str, Any]) -> Checklist:
        name = args.get("checklist", "fire")
        checklist = self._house.checklists.get(name) if isinstance(name, str) else None
        if checklist is None:
            broken = [text for key, text in self._house.faults.items() if key.startswith("checkl")]
            known, asked = listed(sorted(self._house.checklists)), given(name)
            if not broken:
                raise worded(ControlError, "no_checklist", name=asked, there=known)
            why = listed(broken)
            raise worded(ControlError, "broken_checklist", name=asked, there=known, broken=why)
        return self._whole(checklist)

    def _whole(self, checklist: Checklist) -> Checklist:
        """The list with what was added to it in this home."""
        return with_added(checklist, self._house.keeper.home.answers.get(checklist.id, {}))

    def _said(
        self, checklist: Checklist, item: ChecklistItem, code: object, by: str, role: str, note: str
    ) -> Answer:
        return self._given(checklist, item, code, by, role, "human", note)

    def _given(
        self,
        checklist: Checklist,
        item: ChecklistItem,
        code: object,
        by: str,
        role: str,
        source: str,
        note: str,
    ) -> Answer:
        found, state = answer_of(item, code)
        if item.added:  # its note is its question
            note = item.ask[next(iter(item.ask))]
            found = found or item.answers[-1].code
        return Answer(
            checklist=checklist.id,
            item=item.id,
            code=found,
            state=state,
            by=by,
            role=role,
            source=source,
            at=self._house.clock.now(),
            note=note,
        )


def _day(answer: Answer, wall_ms: int) -> str:
    """A day where the answer was given, ISO 8601."""
    return iso_minute(wall_ms + answer.at.offset_min * MINUTE_MS)[:10]


def _due(checklist: Checklist, home: Home, wall_ms: int) -> tuple[str, ...]:
    return () if is_short(checklist) else profile.due_anew(checklist, home, wall_ms)


def _suggested(one: Suggestion) -> dict[str, Any]:
    return {
        "item": one.item,
        "code": one.code,
        "signal": one.signal,
        "value": round(one.value, 1),
        "source": DEVICE,
    }
