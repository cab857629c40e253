"""A notification on one A4 page, in the words of its receiver: Finnish unless asked otherwise."""

from __future__ import annotations

from html import escape
from typing import Any

from edge.domain.notification import (
    EscapeCapacity,
    Known,
    LegalBasis,
    NotificationContent,
    NotificationKind,
    NotificationState,
    ObservedFact,
    ReceiverAnswer,
)
from edge.locale import LANGUAGES, number, render
from edge.notification.bounds import texts
from edge.notification.document import Frame
from edge.paper.certificate import NOTHING
from edge.paper.sheet import RED, SHEET_CSS

# Letters that people wrote: with more the type is smaller, so that it stays one page.
ROOMY_CHARS_MAX = 1_100
_DRAFT = frozenset({NotificationState.DRAFT, NotificationState.WITHDRAWN})

_CSS = f"""
header {{ border-bottom: 1.4pt solid #1d5a66; padding-bottom: 2mm; }}
header .over {{ display: flex; justify-content: space-between; align-items: center;
                font-size: 8.6pt; font-weight: 600; color: #1d5a66; }}
h1 {{ font-size: 15.5pt; line-height: 1.18; font-weight: 650; margin-top: 1mm; }}
.basis {{ margin-top: .8mm; }}
.frame {{ display: flex; gap: 0 6mm; margin-top: 1.6mm; flex-wrap: wrap; font-size: 8.8pt; }}
.chips span {{ display: inline-block; border: .7pt solid #1b2630; border-radius: 3mm;
               padding: .3mm 2.4mm; margin: 0 1.4mm 1mm 0; font-weight: 550; }}
section.wide {{ margin-top: 3mm; }}
.facts {{ display: flex; gap: 7mm; margin-top: 3mm; }}
.facts > section {{ flex: 1; min-width: 0; overflow-wrap: anywhere; padding-top: 1.4mm;
                    border-top: .6pt solid #d6dde3; }}
.out {{ font-weight: 650; font-size: 9.6pt; }}
.answer {{ border: .7pt solid #1b2630; border-radius: 1mm; padding: 1.6mm 2.4mm; margin-top: 3mm; }}
.answer .fields {{ display: flex; gap: 4mm; }}
.answer .fields div {{ flex: 1; min-width: 0; overflow-wrap: anywhere; min-height: 8mm;
                       border-bottom: .5pt solid #1b2630; font-size: 8.6pt; }}
.answer .fields small {{ display: block; color: #5d6b78; font-size: 6.6pt; }}
.dense {{ font-size: 7.2pt; line-height: 1.2; }}
.dense h1 {{ font-size: 12.5pt; }}
.dense .big {{ font-size: 9pt; }}
.dense .pair, .dense .facts, .dense section.wide, .dense .answer {{ margin-top: 1.6mm; }}
.dense td {{ padding: .5mm 2mm .5mm 0; }}
.dense .facts p, .dense .pair p {{ font-size: 7pt; }}
.dense .answer .fields div {{ font-size: 7pt; min-height: 5mm; }}
.dense .out {{ font-size: 8.6pt; }}
.index {{ margin-top: 2.4mm; color: #5d6b78; font-size: 7.6pt; }}
.mark {{ position: fixed; top: 118mm; left: 0; right: 0; text-align: center; font-size: 30pt;
         font-weight: 700; color: {RED}; opacity: .16; transform: rotate(-24deg); }}
"""


def notification_page(
    content: NotificationContent,
    frame: Frame,
    basis: LegalBasis,
    lang: str = "fi",
    answer: ReceiverAnswer | None = None,
) -> str:
    """HTML of one page. A draft says so across the page and never shows the door code."""
    one = _Paper(content, frame, basis, lang if lang in LANGUAGES else "fi")
    foot = one.say("page_id", id=frame.id, n=frame.revision)
    parts = (
        one.mark(),
        one.head(),
        one.who(),
        one.concerns(),
        one.observations(),
        one.facts(),
        one.actions(),
        one.receiver(answer),
        one.index(),
    )
    letters = sum(len(text) for _, text, _ in texts(content))
    dense = ' class="dense"' if letters > ROOMY_CHARS_MAX else ""
    style = SHEET_CSS + _CSS + f'@page {{ @bottom-left {{ content: "Kotivahti · {foot}" }} }}'
    return (
        f'<!doctype html><html lang="{one.lang}"><head><meta charset="utf-8">'
        f"<title>{_e(one.title())}</title><style>{style}</style></head>"
        f"<body{dense}>{''.join(parts)}</body></html>"
    )


class _Paper:
    def __init__(
        self, content: NotificationContent, frame: Frame, basis: LegalBasis, lang: str
    ) -> None:
        self.lang = lang
        self._c = content
        self._frame = frame
        self._basis = basis

    def say(self, key: str, **params: Any) -> str:
        return render(self.lang, f"notify_doc.{key}", params)

    def _word(self, table: str, code: str) -> str:
        return render(self.lang, f"notify_{table}.{code}", {})

    def _is_danger(self) -> bool:
        return self._c.kind is NotificationKind.DANGER

    def title(self) -> str:
        return self.say("title_danger" if self._is_danger() else "title_concern")

    def mark(self) -> str:
        if self._frame.state not in _DRAFT:
            return ""
        draft = self._frame.state is NotificationState.DRAFT
        return (
            f'<div class="mark">{_e(self.say("draft_mark" if draft else "withdrawn_mark"))}</div>'
        )

    def head(self) -> str:
        c, frame = self._c, self._frame
        to = self.say("to_danger" if self._is_danger() else "to_concern")
        lang = self.lang
        basis = f"{self.say('basis')}: {self._basis.title[lang]}. {self._basis.note[lang]}."
        observed = f" {NOTHING} ".join(
            day(one) for one in dict.fromkeys((c.observed_first, c.observed_last)) if one
        )
        facts = [
            (self.say("urgency"), self._word("urgency", c.urgency.value)),
            (self.say("observed"), observed or NOTHING),
            (self.say("made"), day(frame.created_at)),
            (self.say("released"), day(frame.released_at) or NOTHING),
        ]
        row = "".join(
            f"<span><span class=soft>{_e(k)}</span> <b>{_e(v)}</b></span>" for k, v in facts
        )
        again = ""
        if frame.replaces is not None:
            again = f"<span class=red>{_e(self.say('correction', n=frame.replaces))}</span>"
        return (
            f'<header><div class="over"><span>{_e(to)}</span>'
            f'<span class="urgent">{_e(self.say("urgent"))}</span></div>'
            f'<h1>{_e(self.title())}</h1><p class="basis soft">{_e(basis)}</p></header>'
            f'<div class="frame">{row}{again}</div>'
        )

    def who(self) -> str:
        return f'<div class="pair">{self._site()}{self._resident()}{self._notifier()}</div>'

    def _site(self) -> str:
        site = self._c.site
        door = " ".join(one for one in (site.street, site.number, site.stair, site.flat) if one)
        town = " ".join(one for one in (site.postcode, site.municipality) if one)
        storey = ""
        if site.storey is not None:
            key = "storey" if site.storeys is None else "storey_of"
            storey = self.say(key, n=site.storey, m=site.storeys)
        kind = [self._word("building", site.building.value), storey]
        lines = [
            ", ".join(one for one in kind if one),
            self._word("tenure", site.tenure.value),
            f"{self.say('owner')}: {site.owner_contact}" if site.owner_contact else "",
        ]
        access = ""
        if self._frame.access:
            shown = self.say("access_held")
            if self._frame.state not in _DRAFT:
                shown = self._frame.access
            access = f"<p><b>{_e(self.say('access'))}:</b> {_e(shown)}</p>"
        return (
            f"<section><h2>{_e(self.say('site'))}</h2>"
            f'<p class="big">{_e(door) or NOTHING}<br>{_e(town)}</p>'
            f"{_lines(lines)}{access}</section>"
        )

    def _resident(self) -> str:
        r = self._c.resident
        born = self.say("born", year=r.birth_year) if r.birth_year else ""
        language = self.say("language", language=r.language) if r.language else ""
        lines = [", ".join(one for one in (born, language) if one), r.phone]
        if r.informed is None:
            told = f"<span class=red>{_e(self.say('informed_open'))}</span>"
        elif r.informed:
            told = _e(f"{self.say('informed_yes')} {day(r.informed_on)}".strip())
        else:
            told = _e(
                f"{self.say('informed_no')}: {r.not_informed_why} {day(r.informed_on)}".strip()
            )
        return (
            f"<section><h2>{_e(self.say('resident'))}</h2><p><b>{_e(r.name) or NOTHING}</b></p>"
            f"{_lines(lines)}<p>{told}</p></section>"
        )

    def _notifier(self) -> str:
        n = self._c.notifier
        reach = f"{self.say('reachable')} {n.reachable}" if n.reachable else ""
        return (
            f"<section><h2>{_e(self.say('notifier'))}</h2><p><b>{_e(n.name) or NOTHING}</b></p>"
            f"{_lines([n.role, n.organisation, n.phone, n.email, reach])}</section>"
        )

    def concerns(self) -> str:
        chips = "".join(
            f"<span>{_e(self._word('concern', c.value))}</span>" for c in self._c.concerns
        )
        head = f"<h2>{_e(self.say('concerns'))}</h2>"
        return f'<section class="wide chips">{head}{chips or NOTHING}</section>'

    def observations(self) -> str:
        rows = []
        for seen in self._c.observations:
            text = self._sentence(seen)
            photo = f" ({_e(self.say('photo', ref=seen.photo))})" if seen.photo else ""
            rows.append(
                f"<tr><td>{_e(text)}{photo}</td>"
                f"<td class=nowrap>{_e(seen.item) or NOTHING}</td>"
                f"<td class=nowrap>{_e(day(seen.on)) or NOTHING}</td>"
                f"<td class=nowrap>{_e(self._word('seen', seen.seen.value))}</td></tr>"
            )
        heads = "".join(
            f"<th>{_e(self.say(key))}</th>" for key in ("observations", "item", "when", "how")
        )
        return (
            f'<section class="wide"><table><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></section>"
        )

    def _sentence(self, seen: ObservedFact) -> str:
        """A finding's own sentence in the language of the page; what somebody wrote as it is."""
        key = f"notify_finding.{seen.finding}"
        if not seen.finding or seen.text != render("fi", key, {}):
            return seen.text
        return render(self.lang, key, {})

    def facts(self) -> str:
        c = self._c
        out = self._word("escape", c.escape.value)
        red = " red" if c.escape in (EscapeCapacity.CANNOT, EscapeCapacity.NOT_ASSESSED) else ""
        basis = f'<p class="soft">{_e(c.escape_basis)}</p>' if c.escape_basis else ""
        d, p = c.detection, c.at_risk
        counts = [
            f"{self.say(name)} {self._count(value)}"
            for name, value in (
                ("alarms", d.alarms),
                ("required", d.required),
                ("working", d.working),
            )
        ]
        detection = [
            ", ".join(counts),
            f"{self.say('heard')}: {self._known(d.heard)}",
            f"{self.say('linked')}: {self._known(d.linked)}",
        ]
        persons = [
            f"{self.say('number')}: {self._count(p.number)}",
            f"{self.say('alone')}: {self._known(p.alone_at_night)}",
            f"{self.say('assistance')}: {self._known(p.needs_assistance)}",
            f"{self.say('neighbours')}: {self._known(p.neighbours)}",
        ]
        return (
            f'<div class="facts"><section><h2>{_e(self.say("escape"))}</h2>'
            f'<p class="out{red}">{_e(out)}</p>{basis}</section>'
            f"<section><h2>{_e(self.say('detection'))}</h2>{_lines(detection)}</section>"
            f"<section><h2>{_e(self.say('at_risk'))}</h2>{_lines(persons)}</section></div>"
        )

    def actions(self) -> str:
        c = self._c
        done = [
            f"{m.what} ({', '.join(one for one in (m.by, day(m.on)) if one)})".replace(" ()", "")
            for m in c.measures
        ]
        asked = [self._word("request", one.value) for one in c.requested]
        risks = [self._word("risk", one.value) for one in c.worker_safety]
        risks += [c.worker_safety_note] if c.worker_safety_note else []
        none = self.say("none")
        parts = (("measures", done), ("requested", asked), ("safety", risks))
        return '<div class="facts">' + "".join(
            f"<section><h2>{_e(self.say(name))}</h2>{_lines(rows or [none])}</section>"
            for name, rows in parts
        ) + "</div>"  # fmt: skip

    def receiver(self, answer: ReceiverAnswer | None) -> str:
        outcome = ""
        if answer is not None and answer.outcome is not None:
            outcome = self._word("outcome", answer.outcome.value)
        values = (
            ("receiver_name", "" if answer is None else answer.receiver),
            ("case", "" if answer is None else answer.case_number),
            ("visit", "" if answer is None else day(answer.visit_on)),
            ("outcome", outcome),
        )
        fields = "".join(
            f"<div><small>{_e(self.say(key))}</small>{_e(value)}</div>" for key, value in values
        )
        return (
            f'<div class="answer"><h2>{_e(self.say("receiver"))}</h2>'
            f'<div class="fields">{fields}</div></div>'
        )

    def index(self) -> str:
        """One line, after everything that was seen: a number never stands first."""
        line = self._c.index
        if line is None:
            return ""
        parts = [self.say("index", level=line.level.value)]
        if line.index is not None:
            shown = number(self.lang, round(line.index))
            parts.append(self.say("index_value", n=shown, model=line.model))
        if line.list_version:
            parts.append(self.say("index_list", method=line.list_version))
        if line.share_unknown is not None:
            parts.append(self.say("index_missing", n=round(100 * line.share_unknown)))
        return f'<p class="index">{_e("; ".join(parts))}.</p>'

    def _known(self, known: Known) -> str:
        return self._word("known", known.value)

    def _count(self, value: int | None) -> str:
        return self._word("known", "unknown") if value is None else str(value)


def _lines(lines: list[str]) -> str:
    return "".join(f"<p>{_e(line)}</p>" for line in lines if line)


def day(moment: str) -> str:
    """2026-03-01T10:20+02:00 as 1.3.2026 10:20: how these three languages write a day."""
    day, _, time = moment.partition("T")
    parts = day.split("-")
    if len(parts) != len(("year", "month", "day")):
        return moment
    shown = f"{int(parts[2])}.{int(parts[1])}.{parts[0]}"
    return f"{shown} {time[:5]}" if time else shown


def _e(text: str) -> str:
    return escape(text)
