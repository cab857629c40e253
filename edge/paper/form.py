"""A checklist on paper, to be ticked where no screen is: the ten fit one page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import msgspec

from edge.domain import Checklist, ChecklistItem
from edge.locale import render
from edge.paper.style import CSS
from edge.risk.added import found_by
from edge.risk.rules import FIXED

FALLBACK = "en"

_FORM_CSS = """
.fields { display: grid; grid-template-columns: 2fr 2fr 1fr; column-gap: 6mm; margin-bottom: 4mm; }
.fields div { border-bottom: .6pt solid #1b2630; height: 9mm; font-size: 6.8pt; color: #5d6b78; }
.item { break-inside: avoid; border-bottom: .4pt solid #d6dde3; padding: 1.5mm 0; }
.item b { font-weight: 600; }
.item .id { float: right; color: #5d6b78; font-size: 6.8pt; }
.box { display: inline-block; width: 3.2mm; height: 3.2mm; border: .8pt solid #1b2630;
       margin: 0 1.4mm 0 0; vertical-align: -.5mm; }
.answer { display: inline-block; margin: .8mm 5mm 0 0; }
.critical { font-weight: 600; }
"""


def form(checklist: Checklist, lang: str, *, at_home: bool) -> str:
    """HTML of one blank form; for the home without what is critical, and with whom to turn to."""
    lang = lang if lang in checklist.title else FALLBACK
    title = escape(checklist.title[lang])
    if at_home:  # what an officer wrote is for workers
        asked = tuple(item for item in checklist.items if not item.added)
        checklist = msgspec.structs.replace(checklist, items=asked)
    sections = "".join(
        _section(checklist, gate, lang, at_home=at_home) for gate in _gates(checklist)
    )
    foot = ["contact", "urgent"] if at_home else ["critical_mark", "urgent"]
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        f"<title>{title}</title><style>{CSS}{_FORM_CSS}</style>"
        f'<header><div class="over">Kotivahti · {checklist.id} {checklist.version}</div>'
        f"<h1>{title}</h1></header>{_fields(lang)}{sections}"
        f"{''.join(f'<p>{_say(lang, key)}</p>' for key in foot)}</html>"
    )


def _gates(checklist: Checklist) -> list[str]:
    """Gates in the order in which items first name them; an item stands under its first."""
    return list(dict.fromkeys(item.gates[0] for item in checklist.items))


def _section(checklist: Checklist, gate: str, lang: str, *, at_home: bool) -> str:
    items = (item for item in checklist.items if item.gates[0] == gate)
    label = escape(checklist.gate_labels[gate][lang])
    return f"<h2>{label}</h2>{''.join(_items(items, lang, at_home=at_home))}"


def _items(items: Iterable[ChecklistItem], lang: str, *, at_home: bool) -> Iterable[str]:
    for item in items:
        answers = [
            (escape(_answer(item, a.code, lang)), a.critical and not at_home) for a in item.answers
        ]
        mended = any(a.fixable_on_visit for a in item.answers)
        if mended and not at_home and all(a.code != FIXED for a in item.answers):
            answers.append((f"+ {escape(item.answer_labels[FIXED][lang])}", False))
        answers.append((escape(item.answer_labels["unknown"][lang]), False))
        ticks = "".join(
            f'<span class="answer{" critical" if critical else ""}">'
            f'<span class="box"></span>{label}{" !" if critical else ""}</span>'
            for label, critical in answers
        )
        ident = "" if at_home else f'<span class="id">{item.id}</span>'
        months = f" ({_say(lang, 'winter')})" if item.months else ""
        yield f'<div class="item">{ident}<b>{escape(item.ask[lang])}</b>{months}<br>{ticks}</div>'


def _answer(item: ChecklistItem, code: str, lang: str) -> str:
    if item.added:  # an officer told the question, and no list has words for what is answered
        return render(lang, f"answer.{found_by(code)}", {})
    return item.answer_labels[code][lang]


def _fields(lang: str) -> str:
    names = "".join(f"<div>{_say(lang, key)}</div>" for key in ("home", "who", "day"))
    return f'<div class="fields">{names}</div>'


def _say(lang: str, key: str) -> str:
    return escape(render(lang, f"form.{key}", {}))
