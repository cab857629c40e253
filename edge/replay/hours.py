"""Coverage as one picture: for each question a panel, a row is a day, a column an hour.

An hour that was known is pale and calm, what is missing of one stands out: the eye looks for what
could not be seen. Colours are Okabe and Ito's (Color Universal Design, 2008), which stay apart for
colour-blind readers and in lightness; a gateway that was off is hatched too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from edge.locale import render
from edge.replay.style import CSS, INK, MARGIN, PAPER, RULE, SOFT_INK, WIDTH
from edge.svg import box, element, line, path, prose, rect, text, text_width, wrapped

HOURS = 24
_COLUMNS = 4
_GAP_PX = 36
_DATES_PX = 26
_CELL_PX = 9.5
_ROW_PX = 6
_PANEL_HEAD_PX = 34
_PANEL_FOOT_PX = 34
_TEXT_PX = 14
_LINE_PX = 26
# Less of an hour than this cannot be seen at this size, and must be all the same.
_SEEN_MIN = 0.25
_WEEK = 7

KNOWN = "#d5e5dd"
# Kinds of what stood in the way, from dark to light, and what is drawn for each.
KINDS: dict[str, str] = {
    "off": "url(#off)",
    "line": "#0072b2",
    "device": "#d55e00",
    "person": "#e69f00",
}
_KIND_OF = {
    "gateway_off": "off",
    "clock_unset": "off",
    "path_down": "line",
    "not_worn": "person",
    "place_unknown": "person",
    "device_doubtful": "person",
}


class Cell(msgspec.Struct, frozen=True):
    """One hour of a panel; `asked` and `missed` are shares of the hour."""

    day: int  # from the first row
    hour: int  # local
    asked: float
    missed: float
    reason: str


class Panel(msgspec.Struct, frozen=True):
    question: str
    share: str  # as it is read: "98.4 %"
    cells: tuple[Cell, ...]


def draw(site: str, days: tuple[date, date], panels: Sequence[Panel], lang: str) -> str:
    """The picture as an SVG document of 1200 px width: no script, no outside resource."""
    rows = (days[1] - days[0]).days + 1
    title = render(lang, "coverage.picture.title", {})
    when = " \u2013 ".join(dict.fromkeys(_day(day, lang) for day in days))
    about = wrapped([render(lang, "coverage.picture.about", {})], 16, WIDTH - 2 * MARGIN)
    lines = [f"{site}, {when}", *about]
    parts = [text(MARGIN, 52, title, class_="title")]
    parts += [text(MARGIN, 82 + i * 23, words, **_px(16)) for i, words in enumerate(lines)]
    top = 84 + len(lines) * 23 + 6
    height = _PANEL_HEAD_PX + rows * _ROW_PX + _PANEL_FOOT_PX
    for place, panel in enumerate(panels):
        x = MARGIN + (place % _COLUMNS) * _width()
        y = top + (place // _COLUMNS) * height
        parts += _panel(panel, x, y, days[0], rows, lang)
    bottom = top + -(-len(panels) // _COLUMNS) * height
    below, end = _legend(bottom + 14, lang)
    return _document(title, lines, [*parts, *below], end, lang)


def _width() -> float:
    return (WIDTH - 2 * MARGIN + _GAP_PX) / _COLUMNS


def _panel(panel: Panel, x: float, y: float, first: date, rows: int, lang: str) -> list[str]:
    """One question: its name and share, its hours, days on the left and hours below."""
    left, top = x + _DATES_PX, y + _PANEL_HEAD_PX
    name = render(lang, f"coverage.short.{panel.question}", {})
    right = left + HOURS * _CELL_PX
    parts = [
        text(x, y + 20, name, class_="strong"),
        text(right, y + 20, panel.share, text_anchor="end"),
        rect(left, top, HOURS * _CELL_PX, rows * _ROW_PX, fill="none", stroke=RULE),
    ]
    drawn = {"known": "", **dict.fromkeys(KINDS, "")}
    for kind, day, hour, hours, height in _runs(_merged(panel.cells)):
        at_y = top + (day + 1) * _ROW_PX - height
        drawn[kind] += box(left + hour * _CELL_PX, at_y, hours * _CELL_PX, height)
    fills = {"known": KNOWN, **KINDS}
    parts += [path(drawn[kind], fill=fill) for kind, fill in fills.items() if drawn[kind]]
    for row in range(rows):
        date_of = first + timedelta(days=row)
        if date_of.day == 1 or date_of.weekday() == 0 or rows <= _WEEK:
            parts.append(text(left - 6, top + row * _ROW_PX + 6, str(date_of.day), **_small("end")))
            parts.append(
                line(left - 3, top + row * _ROW_PX, left, top + row * _ROW_PX, stroke=SOFT_INK)
            )
    for hour in range(0, HOURS + 1, 6):
        at_x = left + hour * _CELL_PX
        parts.append(text(at_x, top + rows * _ROW_PX + 14, str(hour), **_small("middle")))
        parts.append(line(at_x, top, at_x, top + rows * _ROW_PX, stroke=RULE, stroke_width=0.6))
    return parts


def _runs(cells: Sequence[Cell]) -> list[tuple[str, int, int, int, float]]:
    """What is drawn: kind, day, first hour, hours, and how high; alike neighbours are one.

    What is missing of an hour stands up from below, as much of the row as of the hour.
    """
    found: list[tuple[str, int, int, int, float]] = []
    pieces = [("known", c.day, c.hour, float(_ROW_PX)) for c in cells if c.asked > 0]
    for cell in cells:
        if cell.missed > 0:
            height = round(_ROW_PX * min(1.0, max(cell.missed, _SEEN_MIN)), 1)
            pieces.append((_KIND_OF.get(cell.reason, "device"), cell.day, cell.hour, height))
    for kind, day, hour, height in sorted(set(pieces)):
        last = found[-1] if found else None
        if last is not None and (last[0], last[1], last[2] + last[3], last[4]) == (
            *(kind, day, hour),
            height,
        ):
            found[-1] = (kind, day, last[2], last[3] + 1, height)
        else:
            found.append((kind, day, hour, 1, height))
    return found


def _small(anchor: str) -> dict[str, float | str]:
    return _px(10) | {"fill": SOFT_INK, "text_anchor": anchor}


def _px(size: int) -> dict[str, float | str]:
    """A size that is not the style sheet's: an attribute alone would give way to it."""
    return {"style": f"font-size:{size}px"}


def _merged(cells: Sequence[Cell]) -> list[Cell]:
    """One cell an hour: when summer time ends, an hour of the day comes twice."""
    by: dict[tuple[int, int], Cell] = {}
    for cell in cells:
        old = by.get((cell.day, cell.hour))
        if old is not None:
            share = (old.asked + cell.asked) / 2, (old.missed + cell.missed) / 2
            reason = old.reason if old.missed >= cell.missed else cell.reason
            cell = Cell(cell.day, cell.hour, *share, reason)  # noqa: PLW2901 (the same hour)
        by[cell.day, cell.hour] = cell
    return list(by.values())


def _legend(y: float, lang: str) -> tuple[list[str], float]:
    """What the signs mean, and the height of the whole picture."""
    parts: list[str] = []
    x: float = MARGIN
    for name, fill in [("known", KNOWN), *KINDS.items(), ("not_asked", "none")]:
        words = render(lang, f"coverage.legend.{name}", {})
        needed = 22 + text_width(words, _TEXT_PX)
        if x > MARGIN and x + needed > WIDTH - MARGIN:
            x, y = MARGIN, y + _LINE_PX
        parts.append(rect(x, y - 12, 14, 14, fill=fill, stroke=RULE))
        parts.append(text(x + 22, y, words, **_px(_TEXT_PX)))
        x += needed + 22
    y += _LINE_PX
    parts.append(line(MARGIN, y - 14, WIDTH - MARGIN, y - 14, stroke=RULE))
    for words in wrapped([render(lang, "coverage.means", {})], 12, WIDTH - 2 * MARGIN):
        parts.append(text(MARGIN, y + 6, words, class_="small"))
        y += 17
    return parts, y + 16


def _day(day: date, lang: str) -> str:
    return f"{day.day}.{day.month}.{day.year}" if lang == "fi" else day.isoformat()


def _document(title: str, about: list[str], parts: list[str], height: float, lang: str) -> str:
    hatch = element(
        "pattern",
        {"id": "off", "width": 4, "height": 4, "patternUnits": "userSpaceOnUse"},
        rect(0, 0, 4, 4, fill="#3a3f45")
        + path("M0 4L4 0", stroke="#9aa0a6", stroke_width=1, fill="none"),
    )
    body = [
        prose("title", title),
        prose("desc", " ".join(about)),
        element("style", {}, CSS),
        element("defs", {}, hatch),
        rect(0, 0, WIDTH, height, fill=PAPER),
        *parts,
    ]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {WIDTH} {height:.0f}" role="img" xml:lang="{lang}" fill="{INK}">'
    )
    return "\n".join([opening, *body, "</svg>"]) + "\n"
