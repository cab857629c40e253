"""The circle of life: one round as a picture of our own, with its table beside it. Pure.

Ten equal sectors from the centre, the radius is the value. Satisfaction is filled in its band's
colour, importance a line, the goal a dotted line, the former round a short grey arc. Rings stand
at 5 and 7, where the bands meet. Colours are Paul Tol's "muted" scheme (Tol, Colour Schemes,
SRON/EPS/TN/09-002, 2021); each band also stands in words in the table, which a screen reader reads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from edge.life.form import THEMES, Form
from edge.life.rounds import LOW_MAX, MIDDLE_MAX, VALUE_MAX, Band, Round, Row, rows
from edge.svg import Attributes, circle, element, group, line, num, path, prose, rect, text, wrapped

WIDTH, HEIGHT = 1300, 620
CENTRE_X, CENTRE_Y = 345.0, 330.0
STEP_PX = 19.0
RADIUS_PX = STEP_PX * VALUE_MAX
SECTOR = math.tau / THEMES
# Importance keeps off the sector's edges, so that two neighbours show two lines.
INSET_IMPORTANCE, INSET_GOAL = math.radians(1.6), math.radians(3.5)

PAPER, INK, SOFT_INK, RULE = "#fcfbf8", "#22303c", "#5b6874", "#d9dce0"
COLOURS = {Band.LOW: "#cc6677", Band.MIDDLE: "#ddcc77", Band.HIGH: "#44aa99"}
FORMER = "#6b6f76"
DOTTED: Attributes = {
    "stroke": "#332288",
    "stroke_width": 3,
    "stroke_dasharray": "0.1 5.5",
    "stroke_linecap": "round",
}

# A name this near to straight up or down is centred on its sector.
SIDE_MIN = 0.1
NAME_PX, NAME_WIDTH_PX, NAME_LINE_PX = 13, 112.0, 16
# The table right of the wheel: number, theme, satisfaction, importance, goal, before.
COLUMNS = (672, 700, 890, 1030, 1124, 1186)
TABLE_TOP, ROW_PX = 158, 33

CSS = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    f"font-size:13px;fill:{INK}}}"
    ".title{font-size:25px;font-weight:600}"
    f".soft{{fill:{SOFT_INK}}}"
    ".strong{font-weight:600}"
)


def draw(
    form: Form, told: Round, before: Sequence[Round], lang: str, words: Mapping[str, str]
) -> str:
    """The picture as an SVG document: no script, no font and no image of another place.

    `before`: earlier rounds, the newest first. `words`: title, day, the views, bands, legend.
    """
    table = rows(form, told, before)
    by_number = {row.number: row for row in table}
    wheel = [*_ground()]
    for turn, number in enumerate(form.clockwise()):
        wheel += _sector(by_number[number], turn * SECTOR)
    wheel += _rings()
    for turn, number in enumerate(form.clockwise()):
        wheel += _views(by_number[number], turn * SECTOR)
    names = [
        part
        for turn, number in enumerate(form.clockwise())
        for part in _name(by_number[number], turn * SECTOR, lang)
    ]
    head = [
        text(40, 52, words["title"], class_="title"),
        text(40, 78, f"{form.title.of(lang)}, {words['day']}", class_="soft"),
    ]
    mark = "" if form.mark is None else f"{form.mark.of(lang)}. "
    parts = [
        prose("title", f"{words['title']}, {words['day']}"),
        element("style", {}, CSS),
        rect(0, 0, WIDTH, HEIGHT, fill=PAPER),
        *head,
        group([prose("title", words["wheel"]), *wheel], role="img"),
        group(names, aria_hidden="true"),
        *_table(table, lang, words),
        *_legend(words),
        text(40, HEIGHT - 16, f"{mark}{words['own']}", class_="soft"),
    ]
    attributes: Attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {WIDTH} {HEIGHT}",
        "width": WIDTH,
        "height": HEIGHT,
        "lang": lang,
    }
    return element("svg", attributes, "\n" + "\n".join(parts) + "\n") + "\n"


def _ground() -> list[str]:
    """The rim and the borders of the sectors."""
    rim = circle(CENTRE_X, CENTRE_Y, RADIUS_PX, fill="#ffffff", stroke=RULE)
    spokes = [
        line(CENTRE_X, CENTRE_Y, *_at(RADIUS_PX, (turn - 0.5) * SECTOR), stroke=RULE)
        for turn in range(THEMES)
    ]
    return [rim, *spokes]


def _rings() -> list[str]:
    """A line where each band ends, over what is filled, and the scale."""
    bounds = [
        circle(CENTRE_X, CENTRE_Y, value * STEP_PX, fill="none", stroke="#8b939b", stroke_width=0.8)
        for value in (LOW_MAX, MIDDLE_MAX)
    ]
    scale = [
        text(x + 3, y - 3, str(value), font_size=11, class_="soft")
        for value in (LOW_MAX, MIDDLE_MAX, VALUE_MAX)
        for x, y in [_at(value * STEP_PX, SECTOR / 2)]
    ]
    return [*bounds, *scale]


def _sector(row: Row, middle: float) -> list[str]:
    """How satisfied somebody is with one theme: filled from the centre on."""
    value = row.answer.satisfaction
    if value is None or row.band is None:
        return []
    return [_wedge(value, middle, 0.0, fill=COLOURS[row.band], fill_opacity=0.85)]


def _views(row: Row, middle: float) -> list[str]:
    """What was before, how much it matters, where somebody wants to be, and the number."""
    answer, found = row.answer, []
    if row.former is not None:
        d = _arc(row.former.value * STEP_PX, middle - SECTOR / 4, middle + SECTOR / 4)
        found.append(path(d, fill="none", stroke=FORMER, stroke_width=4, stroke_opacity=0.8))
    if answer.importance is not None:
        more: Attributes = {"fill": "none", "stroke": INK, "stroke_width": 1.6}
        found.append(_wedge(answer.importance, middle, INSET_IMPORTANCE, **more))
    if answer.goal is not None:
        half = SECTOR / 2 - INSET_GOAL
        # A little inside of its value: there the line of importance does not cover it.
        d = _arc(max(0.0, answer.goal * STEP_PX - 3), middle - half, middle + half)
        found.append(path(d, fill="none", **DOTTED))
    x, y = _at(max(1.8, (answer.satisfaction or 0) - 1.4) * STEP_PX, middle)
    label = "\N{EN DASH}" if answer.satisfaction is None else str(answer.satisfaction)
    # A pale edge keeps the number readable where lines cross it.
    edge: Attributes = {"stroke": "#ffffff", "stroke_width": 3, "paint_order": "stroke"}
    placed: Attributes = {"text_anchor": "middle", "class_": "strong", "font_size": 15}
    return [*found, text(x, y + 5, label, **placed, **edge)]


def _name(row: Row, middle: float, lang: str) -> list[str]:
    """The theme's name outside of the rim, on the side where there is room."""
    x, y = _at(RADIUS_PX + 15, middle)
    side = math.sin(middle)
    anchor = "middle" if abs(side) < SIDE_MIN else "start" if side > 0 else "end"
    lines = wrapped([f"{row.number} {row.theme.name.of(lang)}"], NAME_PX, NAME_WIDTH_PX)
    # Above the centre names grow upwards, below it downwards.
    up = (len(lines) - 1) * NAME_LINE_PX * (1 + math.cos(middle)) / 2
    first = y - up + 4 * (1 - math.cos(middle))
    return [
        text(x, first + n * NAME_LINE_PX, words, text_anchor=anchor)
        for n, words in enumerate(lines)
    ]


def _table(table: Sequence[Row], lang: str, words: Mapping[str, str]) -> list[str]:
    """Number, theme and views as text; the theme about life as a whole stands apart."""
    names = ("theme", "satisfaction", "importance", "goal", "before")
    parts = [
        text(x, TABLE_TOP, words[name], class_="strong")
        for x, name in zip(COLUMNS[1:], names, strict=True)
    ]
    parts.append(line(COLUMNS[0], TABLE_TOP + 9, WIDTH - 30, TABLE_TOP + 9, stroke=SOFT_INK))
    for n, row in enumerate(sorted(table, key=lambda one: one.theme.alone)):
        y = TABLE_TOP + (n + 1) * ROW_PX
        if row.theme.alone:
            parts.append(line(COLUMNS[0], y - 21, WIDTH - 30, y - 21, stroke=RULE))
        parts += _line_of(row, y, lang, words)
    return parts


def _line_of(row: Row, y: float, lang: str, words: Mapping[str, str]) -> list[str]:
    answer = row.answer
    cells = (str(row.number), row.theme.name.of(lang), _shown(answer.satisfaction))
    parts = [text(x, y, cell) for x, cell in zip(COLUMNS, cells, strict=False)]
    if row.band is not None:
        x = COLUMNS[2] + 22
        parts.append(rect(x, y - 10, 11, 11, fill=COLOURS[row.band]))
        parts.append(text(x + 16, y, words[row.band.value], class_="soft"))
    parts.append(text(COLUMNS[3], y, _shown(answer.importance)))
    parts.append(text(COLUMNS[4], y, _shown(answer.goal)))
    former = "" if row.former is None else str(row.former.value)
    if row.change:
        former += f"  ({row.change:+d})".replace("-", "\N{MINUS SIGN}")
    parts.append(text(COLUMNS[5], y, former, class_="strong" if row.fell else "soft"))
    return parts


def _legend(words: Mapping[str, str]) -> list[str]:
    y, parts, x = HEIGHT - 58.0, [], 672.0
    samples = (
        (rect(0, -10, 22, 12, fill=COLOURS[Band.HIGH], fill_opacity=0.85), "satisfaction"),
        (line(0, -4, 22, -4, stroke=INK, stroke_width=1.6), "importance"),
        (line(0, -4, 22, -4, **DOTTED), "goal"),
        (line(0, -4, 22, -4, stroke=FORMER, stroke_width=4), "before"),
    )
    for sample, name in samples:
        parts.append(element("g", {"transform": f"translate({num(x)} {num(y)})"}, sample))
        parts.append(text(x + 29, y, words[name], class_="soft"))
        x += 148
    return parts


def _shown(value: int | None) -> str:
    return "\N{EN DASH}" if value is None else str(value)


def _wedge(value: int, middle: float, inset: float, **more: float | str) -> str:
    """A sector of the wheel from the centre to a value."""
    first, last = middle - SECTOR / 2 + inset, middle + SECTOR / 2 - inset
    arc = _arc(value * STEP_PX, first, last)
    d = f"M{num(CENTRE_X)} {num(CENTRE_Y)}L{arc.removeprefix('M')}Z"
    return path(d, **more)


def _arc(radius: float, first: float, last: float) -> str:
    (x1, y1), (x2, y2) = _at(radius, first), _at(radius, last)
    return f"M{num(x1)} {num(y1)}A{num(radius)} {num(radius)} 0 0 1 {num(x2)} {num(y2)}"


def _at(radius: float, angle: float) -> tuple[float, float]:
    """A point of the wheel; angles run clockwise from 12 o'clock."""
    return CENTRE_X + radius * math.sin(angle), CENTRE_Y - radius * math.cos(angle)
