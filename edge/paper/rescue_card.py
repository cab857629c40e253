"""A rescue card on one sheet: in front what a caller reads to 112, behind it the crew's page."""

from __future__ import annotations

from html import escape
from typing import Any

from edge.domain.notification import BuildingType, EscapeCapacity, Known
from edge.domain.rescue import AccessState, RescueCard, RescueHazard, RescueRoom
from edge.locale import LANGUAGES, catalogue, render
from edge.paper.floor import sketch
from edge.paper.notification import day
from edge.paper.sheet import RED, SHEET_CSS

PAGES = 2
# What a frightened person reads aloud in 20 s at 165 words a minute.
SCRIPT_WORDS_MAX = 55
# With more letters or rooms the type is smaller.
ROOMY_CHARS_MAX = 330
ROOMY_ROOMS_MAX = 8

_BOXES = ("fire", "smoke", "co", "fall", "ill", "else_")
_CSS = f"""
.front {{ height: 270mm; }}
.top {{ display: flex; justify-content: space-between; align-items: center; color: #1d5a66;
        font-weight: 650; }}
.call {{ background: {RED}; color: #fff; border-radius: 2mm; padding: 4mm 6mm; margin: 3mm 0 4mm;
         font-size: 40pt; font-weight: 700; line-height: 1.1; }}
.call small {{ display: block; font-size: 14pt; font-weight: 500; }}
.say {{ font-size: 10pt; color: #5d6b78; letter-spacing: .06em; text-transform: uppercase;
        font-weight: 650; }}
.script > div {{ border-bottom: .8pt solid #d6dde3; padding: 4.2mm 0; }}
.script b {{ display: block; font-size: 13pt; color: #1d5a66; font-weight: 700; }}
.script p {{ font-size: 30pt; font-weight: 700; line-height: 1.2; }}
.script p.mid {{ font-size: 24pt; }}
.script .opts {{ font-size: 20pt; font-weight: 500; line-height: 1.5; }}
.script .opts span {{ white-space: nowrap; margin-right: 6mm; }}
.script .opts .box {{ width: 5.4mm; height: 5.4mm; vertical-align: -.7mm; margin-right: 2mm; }}
.stay {{ font-size: 18pt; font-weight: 700; margin-top: 6mm; }}
.made {{ color: #5d6b78; font-size: 8.4pt; margin-top: 4mm; }}
.back {{ break-before: page; }}
.back h1 {{ font-size: 21pt; font-weight: 700; line-height: 1.2; }}
.back {{ font-size: 12pt; }}
.back h2 {{ font-size: 8.4pt; }}
p.way {{ font-size: 15pt; font-weight: 500; }}
.facts {{ display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 3.4mm 6mm; margin-top: 3mm; }}
.facts section, .half section {{ border-top: .7pt solid #d6dde3; padding-top: 1.2mm; }}
.half {{ display: grid; grid-template-columns: 1fr 1fr; gap: 3.4mm 6mm; margin-top: 3.4mm; }}
.facts b.out {{ font-size: 15pt; }}
svg.floor {{ display: block; margin: 2mm 0 1mm; font-family: Inter, "DejaVu Sans", sans-serif; }}
.tight .script p, .tight .script p.mid {{ font-size: 18pt; }}
.tight .script > div {{ padding: 2.6mm 0; }}
.tight .back {{ font-size: 9.6pt; }}
.tight .back h1 {{ font-size: 14pt; }}
.tight p.way {{ font-size: 11pt; }}
.unknown {{ border: 1pt solid {RED}; border-radius: 1mm; padding: 2mm 3mm; margin-top: 4mm; }}
"""


def card_page(card: RescueCard, lang: str) -> str:
    """HTML of the two sides."""
    one = _Card(card, lang if lang in LANGUAGES else "fi")
    return (
        f'<!doctype html><html lang="{one.lang}"><head><meta charset="utf-8">'
        f"<title>{_e(one.say('title'))}</title><style>{SHEET_CSS}{_CSS}</style></head>"
        f"<body{one.tight()}>{one.front()}{one.back()}</body></html>"
    )


def script_lines(card: RescueCard, lang: str) -> list[tuple[str, str]]:
    """What is read aloud: heading and words, in the order in which 112 asks."""
    return _Card(card, lang).script()


def card_lines(card: RescueCard, lang: str) -> list[str]:
    """The script and what is not known, for a terminal."""
    blank = render(lang, "notify_known.unknown", {})
    lines = [
        f"{head}{'' if head.endswith('?') else ':'} {text or blank}"
        for head, text in script_lines(card, lang)
    ]
    if card.unknown:
        names = ", ".join(render(lang, f"rescue_unknown.{one}", {}) for one in card.unknown)
        rule = render(lang, "rescue.unknown_rule", {})
        lines.append(f"! {render(lang, 'rescue.unknown', {})}: {names}. {rule}")
    return lines


class _Card:
    def __init__(self, card: RescueCard, lang: str) -> None:
        self._c = card
        self.lang = lang

    def say(self, key: str, **params: Any) -> str:
        return render(self.lang, f"rescue.{key}", params)

    def tight(self) -> str:
        """Smaller type where people told more than a card usually holds: it stays one sheet."""
        c = self._c
        told = (c.address, c.entrance, c.electricity_off, c.water_off, c.gas_off, c.pets, c.note)
        letters = sum(map(len, told)) + sum(len(one.name) + len(one.who) for one in c.contacts)
        is_long = letters > ROOMY_CHARS_MAX or len(c.rooms) > ROOMY_ROOMS_MAX
        return ' class="tight"' if is_long else ""

    # -- the caller's side ---------------------------------------------------------------

    def script(self) -> list[tuple[str, str]]:
        c = self._c
        return [
            (self.say("address"), c.address),
            (self.say("entrance"), self._way_in()),
            (self.say("happened"), " / ".join(self.say(one).rstrip(":") for one in _BOXES)),
            (self.say("persons"), self._persons()),
            (self.say("out"), self.say(f"out_{c.escape.value}")),
            (self.say("hazards"), self._hazards()),
        ]

    def front(self) -> str:
        parts = []
        for number, (head, text) in enumerate(self.script()):
            if number == _HAPPENED:
                options = "".join(
                    f'<span><i class="box"></i>{_e(self.say(one))}</span>' for one in _BOXES
                )
                body = f'<p class="opts">{options}<i class="line"></i></p>'
            elif not text:
                blank = f'{_e(self.say("blank"))} <i class="line" style="min-width:110mm"></i>'
                body = f'<p class="opts soft">{blank}</p>'
            else:
                size = "" if number == 0 else ' class="mid"'
                red = self._c.escape is not EscapeCapacity.CAN and number == _OUT
                words = f"<span class=red>{_e(text)}</span>" if red else _e(text)
                body = f"<p{size}>{words}</p>"
            parts.append(f"<div><b>{_e(head)}</b>{body}</div>")
        return (
            f'<section class="front"><div class="top"><span>{_e(self.say("title"))}</span>'
            f"<span>Kotivahti</span></div>"
            f'<div class="call">{_e(self.say("call"))}'
            f"<small>{_e(self.say('leave_first'))}</small></div>"
            f'<div class="say">{_e(self.say("say"))}</div>'
            f'<div class="script">{"".join(parts)}</div>'
            f'<p class="stay">{_e(self.say("stay"))}</p>{self._foot()}</section>'
        )

    def _foot(self) -> str:
        made = self.say("made", at=day(self._c.made_at), source=self._c.source)
        return f'<p class="made">{_e(made)} {_e(self.say("not_alarm"))}</p>'

    def _way_in(self) -> str:
        c = self._c
        lift = "" if c.lift is Known.UNKNOWN else self.say(f"lift_{c.lift.value}")
        parts = [
            c.entrance,
            self.say("stair", stair=c.stair) if c.stair else "",
            self.say("storey", n=c.storey) if c.storey is not None else "",
            lift,
        ]
        return ", ".join(one for one in parts if one)

    def _persons(self) -> str:
        n = self._c.persons
        if n is None:
            return ""
        return self.say("person_one") if n == 1 else self.say("persons_n", n=n)

    def _hazards(self) -> str:
        """None told is said only where each of the three great ones was asked about."""
        c = self._c
        words = [self.say(one.value) for one in c.hazards]
        if words:
            return ", ".join(words)
        asked = Known.UNKNOWN not in (c.oxygen, c.hoarding, c.gas)
        return self.say("hazards_none" if asked else "hazards_unknown")

    # -- the crew's side -----------------------------------------------------------------

    def back(self) -> str:
        c = self._c
        return (
            f'<section class="back"><div class="top"><span>{_e(self.say("crew"))}</span>'
            f"<span>{_e(self.say('title'))}</span></div>"
            f"<h1>{_e(c.address) or _e(self._unknown('address'))}</h1>"
            f'<p class="way">{_e(self._way_in())}</p>'
            f'<div class="facts">{self._people()}</div>'
            f"{self._rooms()}"
            f'<div class="half">{self._utilities()}{self._dangers()}{self._access()}'
            f"{self._contacts()}</div>{self._gaps()}{self._foot()}</section>"
        )

    def _people(self) -> str:
        c = self._c
        dated = self.say("as_of", date=day(c.escape_on)) if c.escape_on else ""
        old = f" <span class=red>{_e(self.say('too_old'))}</span>" if c.escape_old else ""
        red = "" if c.escape is EscapeCapacity.CAN else " red"
        out = (
            f'<b class="out{red}">{_e(self.say("out"))}: '
            f"{_e(self.say(f'out_{c.escape.value}'))}</b><p class=soft>{_e(dated)}{old}</p>"
        )
        building = [self._building(), self._storeys()]
        persons = f"{self._persons() or self._unknown('persons')}"
        alone = f"{self.say('alone')}: {self._known(c.alone_at_night)}"
        return (
            f"<section><h2>{_e(self.say('evac'))}</h2>{out}</section>"
            f"<section><h2>{_e(self.say('who'))}</h2><p><b>{_e(c.resident)}</b></p>"
            f"<p>{_e(persons)}</p><p>{_e(alone)}</p></section>"
            f"<section><h2>{_e(self.say('building'))}</h2>"
            f"{''.join(f'<p>{_e(one)}</p>' for one in building if one)}</section>"
        )

    def _rooms(self) -> str:
        c = self._c
        head = f"<h2>{_e(self.say('where'))}</h2>"
        sleeps = f"{self.say('sleeps_in')}: {self._room(c.sleeps_in) or self._unknown('sleeps')}"
        usual = f"{self.say('usually_in')}: {self._room(c.usually_in) or self._unknown('usually')}"
        told = (
            f"<p><b>{_e(sleeps)}</b> · <b>{_e(usual)}</b> "
            f"<span class=soft>({_e(self.say('by_settings'))})</span></p>"
        )
        labels = {room.id: self._label(room) for room in c.rooms}
        marks = {room.id: self._marks(room) for room in c.rooms}
        drawn = sketch(c.rooms, labels, marks, self.say("door"))
        said = self.say("sketch") if drawn else self.say("no_plan")
        return (
            f'<section class="wide" style="margin-top:4mm">{head}{told}{drawn}'
            f'<p class="soft">{_e(said)}</p></section>'
        )

    def _marks(self, room: RescueRoom) -> list[str]:
        c = self._c
        names = (room.id, self._label(room))
        stays = []
        if c.sleeps_in in names:
            stays.append(self.say("sleeps"))
        if c.usually_in in names:
            stays.append(self.say("usually"))
        alarms = self.say("alarm_here") if room.alarms else ""
        return [one for one in (", ".join(stays), alarms) if one]

    def _utilities(self) -> str:
        c = self._c
        rows = [
            (self.say("electricity"), c.electricity_off or self._unknown("electricity")),
            (self.say("water"), c.water_off or self._unknown("water")),
        ]
        if c.gas is Known.YES:
            rows.append((self.say("gas_off"), c.gas_off or self._unknown("gas")))
        return self._list("utilities", [f"{head}: {text}" for head, text in rows])

    def _dangers(self) -> str:
        c = self._c
        further = [self.say(one.value) for one in c.hazards if one not in _ASKED]
        lines = [", ".join(further)] if further else []
        lines += [
            f"{self.say(name)}: {self._known(known)}"
            for name, known in (("oxygen", c.oxygen), ("hoarding", c.hoarding), ("gas", c.gas))
        ]
        lines.append(f"{self.say('pets')}: {c.pets or self._unknown('pets')}")
        if c.note:
            lines.append(f"{self.say('note')}: {c.note}")
        return self._list("hazards", lines)

    def _access(self) -> str:
        c = self._c
        if c.access_state is AccessState.RELEASED:
            return self._list("access", [c.access])
        if c.access_state is AccessState.UNKNOWN:
            return self._list("access", [render(self.lang, "notify_known.unknown", {})])
        return self._list("access", [self.say(f"access_{c.access_state.value}")])

    def _contacts(self) -> str:
        lines = [
            f"{one.name} {f'({one.who})' if one.who else ''} {one.phone}".replace("  ", " ")
            for one in self._c.contacts
        ]
        return self._list("contacts", lines or [self._unknown("contacts")])

    def _gaps(self) -> str:
        if not self._c.unknown:
            return ""
        names = ", ".join(render(self.lang, f"rescue_unknown.{one}", {}) for one in self._c.unknown)
        return (
            f'<div class="unknown"><b>{_e(self.say("unknown"))}:</b> {_e(names)}. '
            f"<b>{_e(self.say('unknown_rule'))}</b></div>"
        )

    # -- pieces --------------------------------------------------------------------------

    def _list(self, title: str, lines: list[str]) -> str:
        rows = "".join(f"<p>{_e(line)}</p>" for line in lines)
        return f"<section><h2>{_e(self.say(title))}</h2>{rows}</section>"

    def _unknown(self, _: str) -> str:
        return render(self.lang, "notify_known.unknown", {})

    def _known(self, known: Known) -> str:
        return render(self.lang, f"notify_known.{known.value}", {})

    def _building(self) -> str:
        kind = self._c.building
        if kind is BuildingType.UNKNOWN:
            return render(self.lang, "notify_known.unknown", {})
        return render(self.lang, f"notify_building.{kind.value}", {})

    def _storeys(self) -> str:
        c = self._c
        if c.storey is None:
            return ""
        key = "storey" if c.storeys is None else "storey_of"
        return render(self.lang, f"notify_doc.{key}", {"n": c.storey, "m": c.storeys})

    def _label(self, room: RescueRoom) -> str:
        return room.label or self._room(room.id)

    def _room(self, name: str) -> str:
        """A room's id in words, where it is one; else as it was told."""
        key = f"room.{name.replace('-', '_')}"
        return render(self.lang, key, {}) if key in catalogue(self.lang) else name


_HAPPENED, _OUT = 2, 4
# These are printed with their answer, whatever it is.
_ASKED = frozenset({RescueHazard.OXYGEN, RescueHazard.HOARDING, RescueHazard.GAS})


def _e(text: str) -> str:
    return escape(text)
