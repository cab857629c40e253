"""The certificate as one HTML document, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from edge.locale import LANGUAGES, catalogue, render
from edge.paper import words
from edge.paper.style import COLOUR, CSS, margins, mark

Row = dict[str, Any]
# Steps whose checks have a table of their own.
_COUNTED = frozenset({"devices"})
_MINUTE_S = 60.0
# Seconds with a tenth below this; above, whole ones.
_TENTHS_BELOW_S = 10.0
# A rate stays on one line: no break before the solidus and none behind it.
_A_SECOND = "\N{NO-BREAK SPACE}/\N{WORD JOINER}s"
# Stands where there is no value.
NOTHING = "\N{EN DASH}"


def page(certificate: Row, digest: str, lang: str) -> str:
    """The whole document; `digest` is the SHA-256 of the certificate's data."""
    one = _Paper(certificate, lang if lang in LANGUAGES else "en")
    style = CSS + margins(one.which(), f"{one.say('digest')}: {digest}", one.say("page"))
    # What is signed stands before the signatures on one page; what it rests on follows.
    parts = (
        one.head(),
        one.verdict(),
        one.facts(),
        one.alarm(),
        one.left_open(),
        one.limits(),
        one.signatures(),
        '<section class="rests">',
        one.steps(),
        one.devices(),
        "</section>",
    )
    return (
        f'<!doctype html><html lang="{one.lang}"><head><meta charset="utf-8">'
        f"<title>{escape(one.say('title'))}</title><style>{style}</style></head>"
        f"<body>{''.join(parts)}</body></html>"
    )


class _Paper:
    def __init__(self, certificate: Row, lang: str) -> None:
        self.lang = lang
        self._c = certificate

    def say(self, key: str, **params: Any) -> str:
        return words.word(self.lang, "certificate", key, **params)

    # -- the top ---------------------------------------------------------------------------

    def which(self) -> str:
        """Which certificate a later page belongs to."""
        home = self._c["home"]
        whose = home["name"] if home["state"] == "confirmed" else self._c["gateway"]["site"]
        return f"{self.say('title')} · {whose} · {self._run()}"

    def _run(self) -> str:
        return f"{self._c['id'][:13]}, {self.say('revision', n=self._c['revision'])}"

    def head(self) -> str:
        draft = "" if self._c["ended"] else f' <span class="draft">{_e(self.say("draft"))}</span>'
        return (
            f'<header><div class="over">Kotivahti · {_e(self.say("subtitle"))}</div>'
            f"<h1>{_e(self.say('title'))}{draft}</h1></header>"
        )

    def verdict(self) -> str:
        found = self._c["verdict"]
        minutes = self._number(self._c["hands_on_s"] / _MINUTE_S)
        return (
            f'<div class="verdict" style="border-left-color:{COLOUR[found]}">{mark(found)}'
            f"{_e(self.say(f'verdict_{found}'))}"
            f"<small>{_e(self.say('total', minutes=minutes))}</small></div>"
        )

    def facts(self) -> str:
        c, home, gateway = self._c, self._c["home"], self._c["gateway"]
        confirmed = home["state"] == "confirmed"
        unknown = f'<span class="soft">{_e(self.say("unknown_home"))}</span>'
        when = (c["ended"] or c["changed"]).replace("T", " ")
        doubt = "" if c["clock_trusted"] else f"<br>{_e(self.say('clock_doubt'))}"
        rows = (
            ("name", _e(home["name"]) if confirmed else unknown, "big"),
            ("address", _e(home["address"]) if confirmed else unknown, "big"),
            ("customer", _e(home["customer"] or gateway["customer"]), ""),
            ("by", _e(c["by"]), ""),
            ("date", _e(when[:16]) + doubt, ""),
            ("gateway", _e(f"{gateway['id']} · {gateway['site']}"), ""),
            ("release", _e(self.say("release_is", n=gateway["release"], m=gateway["schema"])), ""),
            ("run", f"{_e(self._run())}<br>{_small(self.say('reason_' + c['reason']))}", ""),
        )
        return "<dl>" + "".join(
            f"<div{_wide(name)}><dt>{_e(self.say(name))}</dt><dd class='{size}'>{text}</dd></div>"
            for name, text, size in rows
        ) + "</dl>"  # fmt: skip

    # -- what was found --------------------------------------------------------------------

    def alarm(self) -> str:
        head = f"<h2>{_e(self.say('alarm'))}</h2>"
        found = self._c["alarm"]
        if found is None:
            return f'<div class="keep">{head}<p class="soft">{_e(self.say("alarm_none"))}</p></div>'
        taken = self.say("alarm_taken", by=found["by"]) if found["by"] else None
        points = (
            ("stored_ms", self.say("alarm_stored")),
            ("received_ms", self.say("alarm_received")),
            ("acknowledged_ms", taken or self.say("alarm_waiting")),
        )
        device = found["device"]
        role = _small(self._role(device))
        cells = [f"<div><b>{_e(device)}</b>{role}</div>"]
        for name, text in points:
            ms = found[name]
            shown = NOTHING if ms is None else self._seconds(ms)
            none = ' class="none"' if ms is None else ""
            cells.append(f"<div{none}><b>{_e(shown)}</b>{_small(text)}</div>")
        return f'<div class="keep">{head}<div class="trip">{"".join(cells)}</div></div>'

    def steps(self) -> str:
        rows = "".join(
            f'<tr><td class="what">{_e(words.word(self.lang, "commission_step", s["name"]))}</td>'
            f'<td class="s">{self._verdict(s["verdict"])}</td>'
            f'<td>{self._found(s)}</td><td class="n">{_e(self._hands(s))}</td></tr>'
            for s in self._c["steps"]
            if s["name"] != "certificate"
        )
        return self._table("steps", ("step", "verdict", "found", "hands"), rows, last_right=1)

    def _found(self, step: Row) -> str:
        if step["verdict"] == "skipped":
            return _e(step["reason"])
        if step["name"] in _COUNTED and len(step["checks"]) > 1:
            good = sum(c["verdict"] == "passed" for c in step["checks"])
            return f"{good} / {len(step['checks'])}"
        if step["name"] == "claim" and step["verdict"] == "passed":
            return _e(self._c["home"]["customer"])
        if step["name"] == "recovery" and step["verdict"] == "passed":
            return _e(self.say("handed", date=step["ended"][:10]))
        if step["name"] == "alarm" and step["verdict"] == "passed":
            return _e(self.say("alarm_taken", by=step["checks"][0]["by"]))
        return "\u00a0· ".join(self._check(c) for c in step["checks"])

    def _check(self, check: Row) -> str:
        values = {m["name"]: m["value"] for m in check["measures"]}
        units = {m["name"]: m["unit"] for m in check["measures"]}
        why = words.word(self.lang, "commission_why", check["why"]) if check["why"] else ""
        found = ", ".join(t for t in (why, words.measured(self.lang, values, units)) if t)
        name = words.word(self.lang, "commission_check", check["name"])
        name = f"{name} {check['subject']}".strip()
        if found and check["name"] in (*words.WHOLE, "tag", "room") and not check["subject"]:
            text = found
        else:
            text = f"{name}: {found}" if found else name
        who = f" ({check['by']})" if check["by"] else ""
        shown = _e(text + who).replace(" /s", _A_SECOND)
        if check["verdict"] in ("failed", "open", "skipped"):
            return f"{mark(check['verdict'])}<b>{shown}</b>"
        return f'<span class="soft">{shown}</span>' if why and not values else shown

    def devices(self) -> str:
        heads = ("device", "role", "room", "fired", "signal", "battery", "at_desk")
        rows = "".join(self._device(d) for d in self._c["devices"])
        return self._table("devices", heads, rows, last_right=3)

    def _device(self, d: Row) -> str:
        signal = "<br>".join(
            _e(_signal(one["id"], one["dbm"], several=len(d["receivers"]) > 1))
            for one in d["receivers"]
        )
        battery = NOTHING if d["battery"] is None else f"{self._number(d['battery'])} %"
        at_desk = self._seconds(d["received_ms"]) if d["received_ms"] is not None else NOTHING
        why = d["why"]
        said = "" if why in ("", "heard_only") else words.word(self.lang, "commission_why", why)
        label = _e(d["label"] or d["id"])
        ident = f' <span class="soft v">{_e(d["id"])}</span>' if d["label"] else ""
        heard = d["why"] == "heard_only"
        verdict = self._heard() if heard else self._verdict(d["verdict"])
        return (
            f"<tr><td>{label}{ident}</td><td>{_e(render(self.lang, 'role.' + d['role'], {}))}</td>"
            f"<td>{_e(self._room(d['room']))}</td>"
            f'<td class="s">{verdict}{f"<br><small>{_e(said)}</small>" if said else ""}</td>'
            f'<td class="n">{signal or NOTHING}</td><td class="n">{_e(battery)}</td>'
            f'<td class="n">{_e(at_desk)}</td></tr>'
        )

    def left_open(self) -> str:
        if not self._c["open"]:
            return f"<h2>{_e(self.say('open'))}</h2><p>{_e(self.say('open_none'))}</p>"
        rows = "".join(
            f'<tr><td class="what">{_e(words.thing(self.lang, r))}</td>'
            f'<td class="s">{self._verdict(r["verdict"])}</td><td>{_e(self._why(r))}'
            f'<br><span class="soft">{_e(words.mend(self.lang, r["why"]))}</span></td></tr>'
            for r in self._c["open"]
        )
        return self._table("open", ("step", "verdict", "found"), rows, last_right=0)

    def limits(self) -> str:
        items = "".join(f"<li>{_e(self.say(code))}</li>" for code in self._c["limits"])
        return (
            f'<div class="keep"><h2>{_e(self.say("limits"))}</h2>'
            f'<ul class="limits">{items}</ul></div>'
        )

    def signatures(self) -> str:
        place = _e(self.say("place_date"))
        return '<div class="signs">' + "".join(
            f"<div>{_e(self.say(who))}<span>{place}</span></div>"
            for who in ("sign_installer", "sign_resident")
        ) + "</div>"  # fmt: skip

    # -- pieces ----------------------------------------------------------------------------

    def _table(self, title: str, heads: Iterable[str], rows: str, *, last_right: int) -> str:
        names = list(heads)
        cells = "".join(
            f"<th{' class=n' if i >= len(names) - last_right and last_right else ''}>"
            f"{_e(self.say(name))}</th>"
            for i, name in enumerate(names)
        )
        return (
            f"<h2>{_e(self.say(title))}</h2><table><thead><tr>{cells}</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def _verdict(self, verdict: str) -> str:
        return _kept(mark(verdict) + _e(words.word(self.lang, "commission_verdict", verdict)))

    def _heard(self) -> str:
        return _kept(mark("passed") + _e(render(self.lang, "device.test.heard", {})))

    def _why(self, row: Row) -> str:
        why = words.word(self.lang, "commission_why", row["why"] or "not_done")
        told = words.detail(self.lang, row)
        return f"{why}: {told}" if told else why

    def _hands(self, step: Row) -> str:
        return self._seconds(step["hands_on_s"] * 1000) if step["hands_on_s"] else NOTHING

    def _seconds(self, ms: float) -> str:
        """Tenths below ten seconds, whole seconds to two minutes, minutes above."""
        s = ms / 1000
        if s >= 2 * _MINUTE_S:
            return self.say("minutes", n=self._number(s / _MINUTE_S))
        if s < 1:
            return f"{round(ms)} ms"
        return self.say("seconds", n=self._number(round(s, 1) if s < _TENTHS_BELOW_S else round(s)))

    def _number(self, value: float) -> str:
        """With the language's decimal sign."""
        return self.say("seconds", n=float(value)).removesuffix(" s")

    def _room(self, name: str | None) -> str:
        if name is None:
            return NOTHING
        key = f"room.{name.replace('-', '_')}"
        return render(self.lang, key, {}) if key in catalogue(self.lang) else name

    def _role(self, device: str) -> str:
        roles = (d["role"] for d in self._c["devices"] if d["id"] == device)
        return "".join(render(self.lang, f"role.{role}", {}) for role in roles)


def _signal(receiver: str, dbm: Any, *, several: bool) -> str:
    return f"{receiver} {dbm} dBm" if several else f"{dbm} dBm"


def _kept(html: str) -> str:
    """On one line: a mark and its word belong together."""
    return f'<span class="v">{html}</span>'


def _small(text: str) -> str:
    return f'<span class="soft">{_e(text)}</span>'


def _wide(name: str) -> str:
    return ' class="wide"' if name == "address" else ""


_e: Callable[[str], str] = escape
