"""Reads how points become a level, and refuses rules under which a hazard could lower one.

The rules name answers; an answer named there must be the worst of its item.
Otherwise a still worse answer would leave the case, and the level would fall.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain import ChecklistItem, LevelRules, LevelsBy, RedCase
from edge.risk.answer_rules import ITEM_CODE, Answers
from edge.risk.reading import Table

# Each graded gate adds at most this.
GRADE_MAX = 2

BAND_LEVELS = ("green", "yellow", "orange", "red")

Items = Mapping[str, ChecklistItem]


def read_levels(
    top: Table, items: Items, graded: Mapping[str, object], gates: Mapping[str, object]
) -> LevelRules:
    """Read `[levels]`; `graded` are the gates with grades, `gates` all of them."""
    table = top.table("levels", "say how answers become a level")
    by = LevelsBy.GRADES
    if table.has("by"):
        kinds = "|".join(LevelsBy)
        by = LevelsBy(table.text("by", f"one of {kinds.replace('|', ', ')}", kinds) or by)
    rules = LevelRules(by=by)
    if by is LevelsBy.GRADES:
        rules = _grades(table, rules, len(graded))
    elif by is LevelsBy.POINTS:
        rules = _bands(
            table, rules, sum(item.answers[-1].points for item in items.values() if item.answers)
        )
    if by is LevelsBy.GRADES or table.has("red"):
        rules = _red(table, rules, items, graded, gates)
    table.close()
    return rules


def _grades(table: Table, rules: LevelRules, graded: int) -> LevelRules:
    most = max(GRADE_MAX * graded, 1)
    yellow = table.whole("yellow_from", "sum of grades", 1, most)
    orange = table.whole("orange_from", "sum of grades", 1, most)
    if orange <= yellow:
        table.fault("orange_from", f"is {orange}, not above yellow_from", "raise it")
    return msgspec.structs.replace(rules, yellow_from=yellow, orange_from=orange)


def _bands(table: Table, rules: LevelRules, most: int) -> LevelRules:
    """Bands of points that follow on each other, from 0 up, the last one open."""
    bands = table.tables("bands", "a list of { level, from, to }")
    starts: dict[str, int] = {}
    after = 0
    for band, level in zip(bands, BAND_LEVELS, strict=False):
        band.text("level", f"{level}: bands stand from green to red", level)
        start = band.whole("from", "points", 0, max(most, 1))
        if start > after:
            band.fault(
                "from", f"is {start}: {after} to {start - 1} belong to no band", f"write {after}"
            )
        elif start < after:
            band.fault("from", f"is {start}, inside the band before", f"write {after}")
        starts[level] = start
        if level == BAND_LEVELS[-1]:
            if band.has("to"):
                band.get("to", "")
                band.fault("to", "ends the highest band", "remove it: more points are no less red")
        else:
            after = band.whole("to", "points", start, max(most, 1)) + 1
        band.close()
    if bands and len(bands) != len(BAND_LEVELS):
        table.fault("bands", f"are {len(bands)}", f"one for each of {', '.join(BAND_LEVELS)}")
    return msgspec.structs.replace(
        rules,
        yellow_from=starts.get("yellow", 0),
        orange_from=starts.get("orange", 0),
        red_from=starts.get("red", 0),
    )


def _red(
    table: Table,
    rules: LevelRules,
    items: Items,
    graded: Mapping[str, object],
    gates: Mapping[str, object],
) -> LevelRules:
    red = table.table("red", "say what makes an open critical red")
    gate = red.text("open_critical_in", "a gate")
    _gate(red, "open_critical_in", gate, gates)
    cases = [
        _case(case, items, graded, gates)
        for case in red.tables("and_any_of", "at least one case beside the open critical")
    ]
    red.close()
    return msgspec.structs.replace(rules, red_gate=gate, red_cases=tuple(cases))


def _case(
    case: Table, items: Items, graded: Mapping[str, object], gates: Mapping[str, object]
) -> RedCase:
    if case.has("answer"):
        item, _, code = case.text("answer", "for example FS-22:no", ITEM_CODE).partition(":")
        _worst(case, "answer", item, code, items)
        case.close()
        return RedCase(item=item, answer=code)
    gate = case.text("gate", "a gate; or answer = an item and its answer")
    if case.has("grade_from"):
        _gate(case, "gate", gate, graded)
        grade = case.whole("grade_from", "the gate's grade", 1, GRADE_MAX)
        case.close()
        return RedCase(gate=gate, grade_from=grade)
    _gate(case, "gate", gate, gates)
    if not case.flag("open_critical"):
        case.fault("open_critical", "is missing", "write open_critical = true, or grade_from")
    case.close()
    return RedCase(gate=gate, open_critical=True)


def check_raised(table: Table, answers: Answers, items: Items) -> None:
    """Check that what raises points exists, is the worst of its item, and does raise."""
    for index, answer in enumerate(answers.answers):
        for number, case in enumerate(answers.raised.get(answer.code, ())):
            key = f"answers[{index}].raised[{number}]"
            _worst(table, f"{key}.when", case.item, case.answer, items)
            if case.points <= answer.points:
                wrong = f"is {case.points}, not above the answer's own {answer.points}"
                table.fault(f"{key}.points", wrong, "raise it, or remove the case")
            later = [worse.points for worse in answers.answers[index + 1 :]]
            if later and case.points > min(later):
                wrong = f"is {case.points}, above a worse answer's {min(later)}"
                table.fault(f"{key}.points", wrong, "lower it, or a worse answer would help")


def _gate(table: Table, key: str, gate: str, known: Mapping[str, object]) -> None:
    if gate and gate not in known:
        table.fault(key, f"names gate '{gate}'", f"known here: {', '.join(sorted(known))}")


def _worst(table: Table, key: str, item_id: str, code: str, items: Items) -> None:
    if not item_id:
        return
    item = items.get(item_id)
    if item is None:
        table.fault(key, f"names item '{item_id}'", "name an item of this list")
        return
    codes = [answer.code for answer in item.answers]
    if code not in codes:
        table.fault(key, f"names answer '{code}' of {item_id}", f"known: {', '.join(codes)}")
    elif code != codes[-1]:
        wrong = f"names '{code}', which is not the worst answer of {item_id}"
        table.fault(key, wrong, f"name '{codes[-1]}', or a worse answer would lower the level")
