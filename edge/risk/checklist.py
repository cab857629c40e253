"""A checklist file becomes a checklist, or a list of every fault that it has.

Pure: the file has been read and parsed as TOML by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.domain import Checklist, ChecklistAnswer, ChecklistItem, Hazard, LevelsBy, Tenure
from edge.errors import ChecklistError
from edge.risk.answer_rules import Answers, read_answers
from edge.risk.item_rules import read_bearing, read_signals
from edge.risk.level_rules import check_raised, read_levels
from edge.risk.reading import Faults, Table
from edge.risk.rules import DOUBTS, FIXED

TENURES = tuple(tenure.value for tenure in Tenure)
VALIDITY_CLASSES = ("device", "habit", "structure")

# A person's answer older than two years says nothing about a home in care.
VALID_DAYS_MAX = 730

# The gates' sums are small: 26 items of at most 9 points.
GRADE_POINTS_MAX = 99


def parse(data: dict[str, object], file: str) -> Checklist:
    """Make a checklist of a parsed file; raises ChecklistError with every fault."""
    faults = Faults(file)
    top = Table(data, "", faults)
    head = _Head(top)
    parts = [_item(table, head) for table in top.tables("item", "write each item as [[item]]")]
    _unique([table for table, _, _ in parts], [item.id for _, item, _ in parts])
    items = {item.id: item for _, item, _ in parts}
    for table, _, answers in parts:
        check_raised(table, answers, items)
    levels = read_levels(top, items, head.graded, head.gates)
    _gates_bear(parts, head)
    if levels.by is LevelsBy.FINDINGS:
        for table, item, _ in parts:
            if not item.opens:
                table.fault("opens", "is missing", "name the items of full lists to ask then")
    top.close()
    if faults.found:
        raise ChecklistError(faults.found)
    return Checklist(
        id=head.id,
        version=head.version,
        hazard=Hazard(head.hazard),
        title=head.title,
        gates=head.graded,
        items=tuple(items.values()),
        unknown_share_max=head.unknown_share_max,
        levels=levels,
        raised={f"{i.id}:{code}": r for _, i, a in parts for code, r in a.raised.items()},
        device_valid_days=head.validity["device"],
        gate_labels=head.gates,
        gate_hazards=head.gate_hazards,
        parties=head.parties,
        references=head.references,
    )


class _Head:
    """What stands above the items, and what the items refer to."""

    def __init__(self, top: Table) -> None:
        self.id = top.text("id", "a short name, for example fire", r"[a-z][a-z0-9_]{0,30}")
        self.version = top.text("version", "year and number, for example 2026.1", r"\d{4}\.\d+")
        hazards = "|".join(Hazard)
        self.hazard = top.text("hazard", f"one of {hazards.replace('|', ', ')}", hazards)
        self.languages = top.texts("languages", 'for example ["fi", "en"]')
        self.title = top.words("title", self.languages)
        self.unknown_share_max = top.share("unknown_share_max", "the share that may be unknown")
        self.validity = self._validity(top)
        self.gate_hazards: dict[str, Hazard] = {}
        self.gates, self.graded = self._gates(top)
        self.words = self._named(top, "words", (*DOUBTS, FIXED))
        self.parties = self._named(top, "parties", ())
        self.references = top.mapping("references", "name each source that an item refers to")

    def _validity(self, top: Table) -> dict[str, int]:
        table = top.table("validity", "days by class: device, habit, structure")
        days = {
            name: table.whole(name, "days that an answer stands", 1, VALID_DAYS_MAX)
            for name in VALIDITY_CLASSES
        }
        table.close()
        return days

    def _gates(self, top: Table) -> tuple[dict[str, dict[str, str]], dict[str, tuple[int, int]]]:
        labels: dict[str, dict[str, str]] = {}
        graded: dict[str, tuple[int, int]] = {}
        for name, table in top.children("gates", "a table per gate").items():
            labels[name] = table.words("label", self.languages)
            if table.has("hazard"):
                hazards = "|".join(Hazard)
                of = table.text("hazard", f"one of {hazards.replace('|', ', ')}", hazards)
                if of:
                    self.gate_hazards[name] = Hazard(of)
            if table.has("grade_1") or table.has("grade_2"):
                first = table.whole("grade_1", "points from which on", 1, GRADE_POINTS_MAX)
                second = table.whole("grade_2", "points from which on", 1, GRADE_POINTS_MAX)
                if second <= first:
                    table.fault("grade_2", f"is {second}, not above grade_1", "raise it")
                graded[name] = (first, second)
            table.close()
        return labels, graded

    def _named(self, top: Table, key: str, needed: tuple[str, ...]) -> dict[str, dict[str, str]]:
        table = top.table(key, "words by name and language")
        named = {name: table.words(name, self.languages) for name in (*needed, *table.keys())}
        for name in sorted(set(named) - set(needed)) if needed else ():
            table.fault(name, "is not known", f"known here: {', '.join(needed)}")
        return named


def _gates_bear(parts: list[tuple[Table, ChecklistItem, Answers]], head: _Head) -> None:
    """An item without a gate of any hazard that it bears on would be critical nowhere."""
    if not head.gate_hazards:
        return  # a list of before gates could say that: each counts for all hazards of its items
    for table, item, _ in parts:
        bears = {one.value for one in item.hazards} or {head.hazard}
        about = {head.gate_hazards.get(gate, head.hazard) for gate in item.gates}
        if item.gates and not bears & about:
            told = ", ".join(sorted(bears))
            table.fault("gates", f"are about none of: {told}", "name a gate of such a hazard")


def _item(table: Table, head: _Head) -> tuple[Table, ChecklistItem, Answers]:
    answers = read_answers(table, head.languages)
    validity = table.text("validity", "habit or structure", "habit|structure")
    bearing = read_bearing(table)
    item = ChecklistItem(
        id=table.text("id", "two capitals and a number, for example FS-01", r"[A-Z]{2}-\d{2}"),
        gates=_known(table, "gates", table.texts("gates", "at least one gate"), head.gates),
        label=table.words("label", head.languages),
        ask=table.words("ask", head.languages),
        answers=answers.answers,
        answer_labels=head.words | answers.labels,
        responsible=_responsible(table, head),
        action=table.words("action", head.languages),
        due_days=answers.due_days,
        valid_days=head.validity[validity or "habit"],
        refs=_known(table, "refs", table.texts("refs", "at least one source"), head.references),
        shared=bearing.shared,
        months=bearing.months,
        hazards=bearing.hazards,
        opens=bearing.opens,
        signals=read_signals(table, answers),
    )
    table.close()
    return table, item, answers


def _responsible(table: Table, head: _Head) -> dict[str, str]:
    mend = f"a party for each of {', '.join(TENURES)}"
    by_tenure = table.table("responsible", mend)
    if not table.has("responsible"):
        return {}
    parties = {tenure: by_tenure.text(tenure, mend) for tenure in TENURES}
    for tenure, party in parties.items():
        if party and party not in head.parties:
            known = ", ".join(sorted(head.parties))
            by_tenure.fault(tenure, f"names '{party}', which is not in parties", f"known: {known}")
    by_tenure.close()
    return parties


def _known(
    table: Table, key: str, names: tuple[str, ...], known: Mapping[str, object]
) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            mend = f"known: {', '.join(sorted(known))}"
            table.fault(key, f"names '{name}', which this list does not have", mend)
    return names


def _unique(tables: list[Table], ids: list[str]) -> None:
    for i, (table, item_id) in enumerate(zip(tables, ids, strict=True)):
        if item_id and item_id in ids[:i]:
            first = tables[ids.index(item_id)].where
            table.fault("id", f"'{item_id}' is already the id of {first}", "give it its own id")


def worst(item: ChecklistItem) -> ChecklistAnswer:
    """The answer that raises a level most; answers stand from safe to worst."""
    return item.answers[-1]


def find(item: ChecklistItem, code: str) -> ChecklistAnswer | None:
    """The answer with this code, or None when the item has none such."""
    return next((answer for answer in item.answers if answer.code == code), None)


def party_for(responsible: Mapping[str, str], tenure: str) -> str:
    """Who sees to it in a home that is held so.

    Where nobody told the tenure: who does in every one of them, and else the list's fallback.
    """
    told = responsible.get(tenure, "")
    if told and tenure != Tenure.FALLBACK:
        return told
    each = {party for held, party in responsible.items() if held != Tenure.FALLBACK}
    return each.pop() if len(each) == 1 else responsible.get(Tenure.FALLBACK, "")


def source(checklist: Checklist) -> str:
    """How a reason names this list: "checklist:fire/2026.1"."""
    return f"checklist:{checklist.id}/{checklist.version}"
