"""What several lists of a home have to do with each other: shared questions, opened items, hazards.

Pure. A question that stands in several lists has one `shared` name there, with the same answers;
a person's answer to one is the answer to all. An item of a short list `opens` items of full ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from edge.domain import (
    Answer,
    AnswerState,
    Checklist,
    ChecklistItem,
    Hazard,
    Instant,
    LevelsBy,
    Sync,
)
from edge.errors import ConfigFault
from edge.risk.rules import FIXED
from edge.risk.signals import DEVICE
from edge.risk.standing import in_season

# Answers by checklist and item, as a home holds them.
Answers = Mapping[str, Mapping[str, Answer]]

SHRUGS = frozenset({AnswerState.UNKNOWN, AnswerState.DECLINED})


def views(checklist: Checklist) -> dict[Hazard, Checklist]:
    """The list as each hazard sees it: the items that bear on it, in the gates that are its own."""
    hazards = {h for item in checklist.items for h in item.hazards or (checklist.hazard,)}
    return {
        hazard: msgspec.structs.replace(
            checklist,
            hazard=hazard,
            items=tuple(
                _in_its_gates(checklist, item, hazard)
                for item in checklist.items
                if hazard in (item.hazards or (checklist.hazard,))
            ),
        )
        for hazard in sorted(hazards)
    }


def own_gates(checklist: Checklist, item: ChecklistItem, hazard: Hazard) -> tuple[str, ...]:
    """Those of the item's gates that are about this hazard.

    All, where the list says of none what it is about: it was written before that could be said.
    """
    of = checklist.gate_hazards
    if not of:
        return item.gates
    return tuple(gate for gate in item.gates if of.get(gate, checklist.hazard) is hazard)


def _in_its_gates(checklist: Checklist, item: ChecklistItem, hazard: Hazard) -> ChecklistItem:
    """A finding without a gate of this hazard asks for more there, and is critical elsewhere.

    Goods in the way of a flight from fire say little of falls: red there would be fire's red.
    """
    gates = own_gates(checklist, item, hazard)
    if gates == item.gates:
        return item
    answers = item.answers
    if not gates:
        answers = tuple(msgspec.structs.replace(one, critical=False) for one in answers)
    return msgspec.structs.replace(item, gates=gates, answers=answers)


def is_short(checklist: Checklist) -> bool:
    """Whether it only finds what a full list then asks about."""
    return checklist.levels is not None and checklist.levels.by is LevelsBy.FINDINGS


def shared_copies(lists: Mapping[str, Checklist], answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """The answers, and the same answers to the same question in other lists.

    A list that was answered in the same breath keeps its own answer.
    """
    given = tuple(answers)
    own = {(one.checklist, one.item) for one in given}
    copies = []
    for one in given:
        item = _item(lists.get(one.checklist), one.item)
        if item is None or not item.shared:
            continue
        for other in lists.values():
            for twin in other.items:
                key = (other.id, twin.id)
                if twin.shared == item.shared and _alike(item, twin) and key not in own:
                    own.add(key)
                    copies.append(msgspec.structs.replace(one, checklist=other.id, item=twin.id))
    return (*given, *copies)


def opened(
    short: Checklist, lists: Mapping[str, Checklist], answers: Answers, wall_ms: int
) -> dict[str, tuple[str, ...]]:
    """By item of a short list with a finding: the opened items that nobody answered since."""
    still: dict[str, tuple[str, ...]] = {}
    for item in short.items:
        finding = answers.get(short.id, {}).get(item.id)
        if finding is None or not is_finding(item, finding):
            continue
        left = tuple(
            ref
            for ref in item.opens
            if (home := _home_of(ref, lists)) is not None
            and in_season(home[1], wall_ms)
            and not _answered_since(answers.get(home[0].id, {}).get(ref), finding.at)
        )
        if left:
            still[item.id] = left
    return still


def is_finding(item: ChecklistItem, answer: Answer) -> bool:
    """Whether the answer says a hazard that was not mended on the spot."""
    if answer.state in SHRUGS or answer.state is AnswerState.FIXED_ON_VISIT:
        return False
    return any(a.code == answer.code and a.points and a.code != FIXED for a in item.answers)


def has_finding(short: Checklist, answers: Mapping[str, Answer]) -> bool:
    """Whether any of these answers to a short list is a finding."""
    return any(
        (one := answers.get(item.id)) is not None and is_finding(item, one) for item in short.items
    )


def without_settled(
    short: Checklist, lists: Mapping[str, Checklist], answers: Answers, wall_ms: int
) -> Mapping[str, Answer]:
    """A short list's answers; a finding that the full lists have gone into since is in order.

    The full list then says what there is. A finding whose full list this home does not have stays.
    """
    left = opened(short, lists, answers, wall_ms)
    kept = dict(answers.get(short.id, {}))
    for item in short.items:
        one = kept.get(item.id)
        known = [ref for ref in item.opens if _home_of(ref, lists) is not None]
        if one is None or not is_finding(item, one) or item.id in left or not known:
            continue
        kept[item.id] = msgspec.structs.replace(
            one, code=item.answers[0].code, state=AnswerState.OK
        )
    return kept


def is_since(at: Instant, moment: Instant) -> bool:
    """Whether `at` is no earlier than `moment`, as far as the clocks let it be known."""
    if at.boot == moment.boot:
        return at.boottime_ms >= moment.boottime_ms
    if Sync.NONE in (at.sync, moment.sync):
        return False
    return at.wall_ms >= moment.wall_ms


def check_together(lists: Sequence[tuple[str, Checklist]]) -> list[ConfigFault]:
    """What lists of one folder say against each other; pairs of file and list."""
    faults: list[ConfigFault] = []
    ids: dict[str, str] = {}
    shared: dict[str, tuple[str, ChecklistItem]] = {}
    for file, checklist in lists:
        for index, item in enumerate(checklist.items):
            where = f"item[{index}]"
            if item.id in ids:
                wrong = f"'{item.id}' is already an item of {ids[item.id]}"
                faults.append(ConfigFault(file, f"{where}.id", wrong, "give it its own id"))
            ids.setdefault(item.id, file)
            if not item.shared:
                continue
            first_file, first = shared.setdefault(item.shared, (file, item))
            if not _alike(first, item):
                wrong = f"'{item.shared}' has other answers in {first_file}, {first.id}"
                mend = "give both the same codes, points and critical marks, or another name"
                faults.append(ConfigFault(file, f"{where}.shared", wrong, mend))
    for file, checklist in lists:
        for index, item in enumerate(checklist.items):
            faults += [
                ConfigFault(
                    file,
                    f"item[{index}].opens",
                    f"names '{ref}', which no list beside this one has",
                    "name an item of a full list",
                )
                for ref in item.opens
                if ref not in ids
            ]
    return faults


def _alike(one: ChecklistItem, other: ChecklistItem) -> bool:
    return [(a.code, a.points, a.critical) for a in one.answers] == [
        (a.code, a.points, a.critical) for a in other.answers
    ]


def _item(checklist: Checklist | None, item: str) -> ChecklistItem | None:
    if checklist is None:
        return None
    return next((one for one in checklist.items if one.id == item), None)


def _home_of(ref: str, lists: Mapping[str, Checklist]) -> tuple[Checklist, ChecklistItem] | None:
    for checklist in lists.values():
        item = _item(checklist, ref)
        if item is not None:
            return checklist, item
    return None


def _answered_since(answer: Answer | None, moment: Instant) -> bool:
    if answer is None or answer.source == DEVICE or answer.state in SHRUGS:
        return False
    return is_since(answer.at, moment)
