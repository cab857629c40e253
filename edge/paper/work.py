"""The list of the next visit: the words of its lines, and one page to take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from edge.domain import Scalar
from edge.locale import render
from edge.paper.style import CSS
from edge.risk.added import found_by, is_added

Row = dict[str, Any]
GROUPS = ("fix", "ask", "change")
# So many items are named one by one; of more only their numbers.
NAMED_MAX = 4
# One page, the most urgent first: what is to be done stands under the first few.
PAPER_MAX = {"fix": 12, "ask": 7, "change": 6}
ACTIONS_MAX = 6

_WORK_CSS = """
.line { break-inside: avoid; border-bottom: .4pt solid #d6dde3; padding: 1.2mm 0 1.2mm 6mm;
        text-indent: -6mm; }
.line .box { display: inline-block; width: 3.2mm; height: 3.2mm; border: .8pt solid #1b2630;
             margin: 0 2.4mm 0 0; vertical-align: -.5mm; text-indent: 0; }
.line.critical { font-weight: 600; }
.line .do { display: block; text-indent: 0; font-weight: 400; }
"""


def line_text(line: Row, names: Mapping[str, str], lang: str) -> str:
    """One line of the list. `names`: words of items ("FS-02"), answers ("FS-02:dead"), parties
    ("party:nurse") and lists ("list:fire"); what is not in it is told by its code.

    It may be of a home of another release: what is missing reads as not known.
    """
    group, params = line["group"], line.get("params", {})
    if "reason" in params:
        params = {**params, "reason": render(lang, f"coverage.why.{params['reason']}", {})}
    said = render(lang, f"work_{group}.{line['code']}", params)
    if group == "fix":
        return _fix(params, said, names, lang)
    if group == "ask":
        return _ask(params, said, names, lang)
    if "question" in params:
        question = render(lang, f"coverage.short.{params['question']}", {})
        return f"{question}: {said}"
    role = render(lang, f"role.{_of(params, 'role')}", {})
    return f"{_of(params, 'device')} ({role}): {said}"


def _of(params: Row, key: str) -> str:
    return str(params.get(key, "?"))


def _fix(params: Row, said: str, names: Mapping[str, str], lang: str) -> str:
    task, code, party = (_of(params, key) for key in ("task", "answer", "responsible"))
    label, answer = names.get(task, ""), names.get(f"{task}:{code}", code)
    if is_added(task) and not label:  # another home's own finding: its words stay there
        label, answer = (
            render(lang, "added.title", {}),
            render(lang, f"answer.{found_by(code)}", {}),
        )
    parts = [f"{task} {label}".rstrip() + f": {answer}", names.get(f"party:{party}", party)]
    if params.get("due"):
        parts.append(render(lang, "task.due", {"day": params["due"]}))
    if params.get("times") not in (None, 1):
        parts.append(render(lang, "task.times", {"n": params["times"]}))
    mark = "! " if params.get("critical") else ""
    return f"{mark}{'; '.join(parts)} ({said})"


def _ask(params: Row, said: str, names: Mapping[str, str], lang: str) -> str:
    if "day" in params:
        return said
    items = str(params.get("items", "")).split()
    if len(items) > NAMED_MAX:
        what = render(lang, "work.items", {"n": len(items)})
    else:
        what = ", ".join(f"{item} {names.get(item, '')}".rstrip() for item in items)
    why = str(params.get("why", "")).split()
    if why:
        said = "; ".join(render(lang, f"reason.reassess:{one}", {}) for one in why)
    checklist = _of(params, "checklist")
    return f"{names.get(f'list:{checklist}', checklist)}: {said}: {what}"


def grouped(lines: Sequence[Row]) -> dict[str, list[Row]]:
    """The lines of each group that has any, in the order of a visit."""
    found = {group: [one for one in lines if one["group"] == group] for group in GROUPS}
    return {group: rows for group, rows in found.items() if rows}


def head_texts(found: Row, lang: str) -> list[str]:
    """Which visit, how long, what dwelling."""
    visit = found["visit"]
    told: dict[str, Scalar] = {"n": found["minutes"]}
    texts = [render(lang, "work.visit", visit) if visit else render(lang, "work.no_visit", {})]
    minutes = render(lang, "work.minutes", told)
    if found["without_minutes"]:
        minutes += "; " + render(lang, "work.more", {"n": found["without_minutes"]})
    return [*texts, minutes, render(lang, "work.tenure", {"tenure": found["tenure"]})]


def page(found: Row, names: Mapping[str, str], lang: str) -> str:
    """HTML of one page for one home; no name and no address is on it."""
    title = escape(render(lang, "work.title", {}))
    over = escape(f"Kotivahti · {found['site']} · {found['made'][:16].replace('T', ' ')}")
    sections = "".join(
        f"<h2>{escape(render(lang, f'work_group.{group}', {}))}</h2>"
        + "".join(
            _line(row, names, lang, _action(found, row, lang) if n < ACTIONS_MAX else "")
            for n, row in enumerate(rows[: PAPER_MAX[group]])
        )
        + _left_out(len(rows) - PAPER_MAX[group], lang)
        for group, rows in grouped(found["lines"]).items()
    )
    empty = "" if sections else f"<p>{escape(render(lang, 'work.none', {}))}</p>"
    head = " ".join(f"{text[:1].upper()}{text[1:]}." for text in head_texts(found, lang))
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        f"<title>{title}</title><style>{CSS}{_WORK_CSS}</style>"
        f'<header><div class="over">{over}</div><h1>{title}</h1></header>'
        f"<p>{escape(head)}</p>{sections}{empty}"
        f'<p class="soft">{escape(render(lang, "work.stands", {}))}</p></html>'
    )


def _left_out(n: int, lang: str) -> str:
    return f"<p>{escape(render(lang, 'work.left_out', {'n': n}))}</p>" if n > 0 else ""


def _action(found: Row, row: Row, lang: str) -> str:
    """What is to be done about a task; "" where an officer's own words are all there is."""
    task = found["tasks"].get(row["params"].get("task"), {})
    words = task.get("action", {})
    return "" if words == task.get("label") else str(words.get(lang) or words.get("en", ""))


def _line(row: Row, names: Mapping[str, str], lang: str, action: str) -> str:
    critical = " critical" if row["params"].get("critical") else ""
    text = escape(line_text(row, names, lang))
    do = f'<span class="do">{escape(action)}</span>' if action else ""
    return f'<div class="line{critical}"><span class="box"></span>{text}{do}</div>'
