"""The picture of the page: what is asked of people in a day of 400 homes, and what was caught."""

from __future__ import annotations

from collections import defaultdict

from edge import svg
from proofs.attention.measure import (
    CAUGHT_SHARE,
    INTERRUPTS_A_DAY,
    TODAY_A_DAY,
    Caught,
    Line,
    Part,
    Report,
)

WIDTH, LEFT, RIGHT = 980, 250, 60
ROW, BAR, NUMBER = 44, 22, 44
PAPER, INK, SOFT, RULE, LIMIT = "#fcfbf8", "#22303c", "#5b6874", "#d9dce0", "#b3261e"
# Tol's "muted": apart in hue and in lightness.
SHADES = (
    *("#332288", "#88ccee", "#44aa99", "#ddcc77", "#cc6677"),
    *("#aa4499", "#999933", "#117733", "#882255", "#bbbbbb"),
)
CAUGHT = "#44aa99"
CSS = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    f"font-size:13px;fill:{INK}}}"
    ".title{font-size:21px;font-weight:600}.head{font-weight:600}"
    f".soft{{font-size:12px;fill:{SOFT}}}.limit{{font-size:12px;fill:{LIMIT}}}"
)
LISTS = {
    "interrupt": ("interrupts", INTERRUPTS_A_DAY),
    "today": ("lines of today's list", TODAY_A_DAY),
    "visit": ("waits for the next visit", None),
}


def draw(report: Report) -> str:
    parts = [("simulated weeks", report.simulated)]
    if report.recorded is not None:
        parts.append(("recorded homes", report.recorded))
    rows = [(name, part, kind) for name, part in parts for kind in LISTS]
    most = max(20.0, *(_sum(_counted(part, kind)) for _, part, kind in rows)) * 1.08
    drawn: list[str] = []
    y = 118.0
    drawn.append(svg.text(30, 40, "What is asked of people, and what is caught", class_="title"))
    drawn.append(svg.text(30, 64, "In a day of 400 homes, without what was planted", class_="soft"))
    for name, part, kind in rows:
        if kind == "interrupt":
            drawn.append(svg.text(30, y - 8, name, class_="head"))
            y += 6
        drawn.append(_bar(part, kind, y, most))
        y += ROW
        if kind == "visit":
            y += 14
    drawn += _legend([line for _, part, kind in rows for line in _counted(part, kind)], y)
    y += 62
    drawn.append(svg.text(30, y, "Planted in the same weeks, and caught", class_="head"))
    for kind, planted, caught in _by_kind(report.simulated.caught):
        y += 30
        drawn.append(_share(kind, planted, caught, y))
    height = y + 50
    frame = svg.rect(0, 0, WIDTH, height, fill=PAPER)
    head = svg.prose("title", "Attention and sensitivity") + svg.element("style", {}, CSS)
    size = f'viewBox="0 0 {WIDTH} {svg.num(height)}" width="{WIDTH}" height="{svg.num(height)}"'
    inner = "\n".join([head, frame, *drawn])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{inner}\n</svg>\n'


def _counted(part: Part, kind: str) -> list[Line]:
    """The lines of one list that no planted emergency explains, the most frequent first."""
    real = {one.kind for one in part.caught} | {"fault: silence"}
    return [line for line in part.lines if line.attention == kind and line.cause not in real]


def _sum(lines: list[Line]) -> float:
    return sum(line.a_day for line in lines)


def _bar(part: Part, kind: str, y: float, most: float) -> str:
    label, limit = LISTS[kind]
    width = WIDTH - LEFT - RIGHT
    lines = _counted(part, kind)
    made = [svg.text(LEFT - 12, y + 16, label, text_anchor="end")]
    x = float(LEFT)
    by_code: dict[str, float] = defaultdict(float)
    for line in lines:
        by_code[line.code] += line.a_day
    for code, a_day in by_code.items():
        long = a_day / most * width
        made.append(svg.rect(x, y, long, BAR, fill=_shade(code)))
        x += long
    at = LEFT + (limit or 0.0) / most * width
    hidden = limit is not None and x <= at <= x + NUMBER  # the number would stand on the line
    made.append(svg.text((at if hidden else x) + 8, y + 16, f"{_sum(lines):.1f}"))
    if limit is not None:
        made.append(svg.line(at, y - 5, at, y + BAR + 5, stroke=LIMIT, stroke_width=2))
        made.append(svg.text(at + 5, y - 3, f"≤ {limit:g}", class_="limit"))
    return svg.group(made)


def _legend(lines: list[Line], y: float) -> list[str]:
    made, x = [], 30.0
    for code in dict.fromkeys(line.code for line in lines):
        words = code.replace("_", " ")
        long = 26 + svg.text_width(words, 12) + 14
        if x + long > WIDTH - 20:
            x, y = 30.0, y + 20
        made.append(svg.rect(x, y - 10, 14, 12, fill=_shade(code)))
        made.append(svg.text(x + 20, y, words, class_="soft"))
        x += long
    return made


# What is usual here; any other code has the last shade.
_CODES = (
    *("help_button", "possible_fall", "no_activity", "missed_dose", "device_silent"),
    *("behaviour_changed", "gateway_fault", "home_silent", "stay_expired"),
)


def _shade(code: str) -> str:
    return SHADES[_CODES.index(code) if code in _CODES else -1]


def _by_kind(found: tuple[Caught, ...]) -> list[tuple[str, int, int]]:
    kinds = dict.fromkeys(one.kind for one in found)
    return [
        (
            kind.replace("_", " "),
            sum(one.planted for one in found if one.kind == kind),
            sum(one.caught for one in found if one.kind == kind),
        )
        for kind in kinds
    ]


def _share(kind: str, planted: int, caught: int, y: float) -> str:
    width = WIDTH - LEFT - RIGHT - 120
    limit = LEFT + CAUGHT_SHARE * width
    return svg.group(
        [
            svg.text(LEFT - 12, y + 12, kind, text_anchor="end"),
            svg.rect(LEFT, y, width, 16, fill=RULE),
            svg.rect(LEFT, y, width * caught / planted, 16, fill=CAUGHT),
            svg.line(limit, y - 3, limit, y + 19, stroke=LIMIT, stroke_width=2),
            svg.text(LEFT + width + 10, y + 12, f"{caught} of {planted}"),
        ]
    )
