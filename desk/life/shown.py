"""Lines of text for a customer's rounds, plan, segment and what is due. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from desk.life.due import Entry, Kind
from desk.life.words import say, shown_day
from desk.lines import plain
from edge.life.form import Form, Theme


def table(form: Form, told: dict[str, Any], lang: str) -> Iterator[str]:
    """A round as a table; the theme about life as a whole stands apart, after the others."""
    day = shown_day(told["day"], lang)
    yield f"{say('round', lang)} {told['key']}  {form.title.of(lang)}  {day}"
    views = (say(view, lang) for view in ("satisfaction", "importance", "goal", "before"))
    yield "  " + f"{say('theme', lang):<28}" + "".join(f"{view:<20}" for view in views).rstrip()
    rows = list(zip(form.theme, told["themes"], strict=True))
    for theme, row in (one for one in rows if not one[0].alone):
        yield _row(theme, row, lang)
    alone = [one for one in rows if one[0].alone]
    if alone:
        yield ""
    for theme, row in alone:
        yield _row(theme, row, lang)


def _row(theme: Theme, row: dict[str, Any], lang: str) -> str:
    name = f"{row['number']:>2} {theme.name.of(lang)}"
    satisfaction = _value(row["satisfaction"])
    if row["band"] is not None:
        satisfaction += f" {say(row['band'], lang)}"
    before = ""
    if row["before"] is not None:
        before = str(row["before"]["value"])
        if row["change"]:
            before += f" ({row['change']:+d})"
    mark = f"  ! {say('fell', lang)}" if row["fell"] else ""
    values = (satisfaction, _value(row["importance"]), _value(row["goal"]))
    return (f"  {name:<28}" + "".join(f"{one:<20}" for one in values) + before + mark).rstrip()


def _value(value: int | None) -> str:
    return "-" if value is None else str(value)


def item(one: dict[str, Any], lang: str, themes: dict[str, str]) -> Iterator[str]:
    """An item of the plan: the customer's words, what is done, by whom, until when."""
    theme = themes.get(one["theme"]) or one["theme"] or say("free", lang)
    if one["outcome"] is None:
        ends = f"{say('follow_up', lang)} {shown_day(one['follow_up'], lang)}"
    else:
        ends = say(f"outcome_{one['outcome']}", lang)
    yield plain(f"{one['item']}  {theme}: \N{LEFT DOUBLE QUOTATION MARK}{one['goal']}") + (
        "\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    yield plain(f"   {say('does', lang)}: {one['action']}")
    yield plain(f"   {say('responsible', lang)}: {one['responsible']}  {ends}")
    if one["note"]:
        yield plain(f"   > {one['told_by']}: {one['note']}")


def segment(one: dict[str, Any], lang: str) -> Iterator[str]:
    """A segment with its reasons; what it sets is contact, and nothing else."""
    level = say(f"segment_{one['level']}", lang)
    until = f"{say('valid', lang)} {shown_day(one['valid_until'], lang)}"
    yield plain(f"{say('segment', lang)} {level}  {until}  ({one['told_by']})")
    contact = f"{say('every', lang).format(n=one['every_days'])}, {say(one['receiver'], lang)}"
    yield plain(f"   {contact}")
    for reason in one["reasons"]:
        yield plain(f"   - {reason}")


def entry(one: Entry, lang: str, themes: dict[str, str], forms: dict[str, str]) -> str:
    """One line of what is due."""
    key = f" {one.key}" if one.kind in (Kind.FOLLOW_UP, Kind.ORPHAN) else ""
    about = themes.get(one.about) or forms.get(one.about) or say(one.about, lang)
    more = f": {about}" if about else ""
    whose = say(one.whose, lang)
    return plain(
        f"{shown_day(one.day, lang)}  {one.customer}  {say(f'due_{one.kind}', lang)}{key}{more}"
        f"  ({whose})"
    )
