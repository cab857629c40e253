"""The right half of the picture: per day, what could be seen, alerts, nights and vitals."""

from __future__ import annotations

import math

import msgspec

from edge.replay.story import Story
from edge.replay.style import (
    INK,
    MARGIN,
    MEASURE,
    PERSON,
    RULE,
    SEEN,
    SOFT_INK,
    WIDTH,
    Frame,
)
from edge.replay.words import Words
from edge.svg import box, circle, line, num, path, rect, text

_GAP_PX = 16
_COVERAGE_PX = 46
_ALERTS_PX = 72
_NIGHT_PX = 62
# More columns than this are too narrow to read.
_VITALS_MAX = 3
# A single curve would look like a landscape if it had all the room.
_VITAL_MAX_PX = 110
# A line between two readings further apart than this would claim what nobody measured.
_JOIN_DAYS_MAX = 4
# Digits beside a mark need this much height.
_DIGITS_ROW_MIN_PX = 9


class Axis(msgspec.Struct, frozen=True):
    """Values from `low` to `high` on the pixels from `x` to `x + width`."""

    x: float
    width: float
    low: float
    high: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.x + self.width * max(0.0, min(1.0, share))


def panels(story: Story, frame: Frame, say: Words) -> list[str]:
    """All panels that have something to show, from left to right."""
    x: float = frame.right + _GAP_PX
    parts = _coverage(story, frame, say, x)
    x += _COVERAGE_PX + _GAP_PX
    parts += _alerts(story, frame, say, x)
    x += _ALERTS_PX + _GAP_PX
    parts += _night(story, frame, say, x)
    x += _NIGHT_PX + _GAP_PX
    shown = [panel for panel in _VITALS if panel.kinds[0] in story.vitals][:_VITALS_MAX]
    if shown:
        width = (WIDTH - MARGIN - x - _GAP_PX * (len(shown) - 1)) / len(shown)
        width = min(width, _VITAL_MAX_PX)
        for i, panel in enumerate(shown):
            parts += _vital(story, frame, say, panel, (x + i * (width + _GAP_PX), width))
    return parts


def _heading(frame: Frame, x: float, words: str, unit: str = "") -> list[str]:
    """A panel's name, word by word in a narrow column, its unit below."""
    lines = _narrow(words)
    y = frame.top - 26 - 15 * len(lines)
    parts = [text(x, y + i * 15, word, font_size=12.5) for i, word in enumerate(lines)]
    if unit:
        parts.append(text(x, frame.top - 26, unit, class_="small"))
    return parts


def _narrow(words: str) -> list[str]:
    lines: list[str] = []
    for word in words.split(" "):
        if lines and len(lines[-1]) + len(word) < 11:  # noqa: PLR2004 - letters that fit a panel
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _coverage(story: Story, frame: Frame, say: Words, x: float) -> list[str]:
    """A bar a day: how much of it could have been seen."""
    inner = max(1, frame.row - 1)
    shapes = [
        box(x, frame.y(day), _COVERAGE_PX * share, inner)
        for day, share in enumerate(story.coverage)
        if share > 0
    ]
    height = frame.bottom - frame.top
    return [
        *_heading(frame, x, say("panel_coverage"), "%"),
        *_ends(frame, x, _COVERAGE_PX, ("0", "100")),
        rect(x, frame.top, _COVERAGE_PX, height, fill="url(#hatch)"),
        path("".join(shapes), fill=SEEN),
    ]


def _ends(frame: Frame, x: float, width: float, words: tuple[str, str]) -> list[str]:
    """The values at the two ends of a panel's scale."""
    y = frame.top - 8
    return [
        text(x, y, words[0], class_="small"),
        text(x + width, y, words[1], class_="small", text_anchor="end"),
    ]


def _alerts(story: Story, frame: Frame, say: Words, x: float) -> list[str]:
    """Three columns of marks: about the resident, equipment, noted by the care team."""
    words = say("panel_alerts")
    parts = [text(x + _ALERTS_PX, frame.top - 41, words, font_size=12.5, text_anchor="end")]
    for day in range(story.days):
        y = frame.y(day) + frame.row / 2
        r = max(1.6, min(frame.row / 2 - 0.6, 5.5))
        if story.persons[day]:
            parts.append(person_mark(x + 6, y, r))
            parts += _count(frame, x + 14, y, story.persons[day])
        if story.faults[day]:
            parts.append(fault_mark(x + 36, y, r))
            parts += _count(frame, x + 44, y, story.faults[day])
        if story.labels[day]:
            parts.append(label_mark(x + 66, y, r))
    return parts


def person_mark(x: float, y: float, r: float) -> str:
    return circle(x, y, r, fill=PERSON)


def fault_mark(x: float, y: float, r: float) -> str:
    return path(
        f"M{num(x)} {num(y - r)}l{num(r)} {num(r)}l{num(-r)} {num(r)}l{num(-r)} {num(-r)}z",
        fill="#ffffff",
        stroke=SOFT_INK,
        stroke_width=1.4,
    )


def label_mark(x: float, y: float, r: float) -> str:
    return path(
        f"M{num(x - r)} {num(y - r)}L{num(x + r)} {num(y)}L{num(x - r)} {num(y + r)}z", fill=INK
    )


def _count(frame: Frame, x: float, y: float, n: int) -> list[str]:
    if n == 1 or frame.row < _DIGITS_ROW_MIN_PX:
        return []
    return [text(x, y + 4, str(n), font_size=11)]


def _night(story: Story, frame: Frame, say: Words, x: float) -> list[str]:
    """A bar a day: activations between midnight and six."""
    top = max(10, _ninth_decile(story.night) * 1.3, 1)
    axis = Axis(x, _NIGHT_PX, 0, _nice(top))
    inner = max(1, frame.row - 2)
    shapes = [
        box(x, frame.y(day) + 0.5, axis.at(n) - x, inner) for day, n in enumerate(story.night) if n
    ]
    parts = _heading(frame, x, say("panel_night"), say("unit_night"))
    parts += _grid(frame, axis, say)
    if shapes:
        parts.append(path("".join(shapes), fill="#6c7fa6"))
    return parts


def _ninth_decile(values: list[int]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)]


def _nice(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = float(10 ** (len(str(math.ceil(value))) - 1))
    return next(power * step for step in (1.0, 2.0, 5.0, 10.0) if power * step >= value)


def _grid(frame: Frame, axis: Axis, say: Words) -> list[str]:
    """A thin line at both ends of the scale, and what they mean."""
    ends = (axis.x, axis.x + axis.width)
    return [
        *(line(x, frame.top, x, frame.bottom, stroke=RULE) for x in ends),
        *_ends(frame, axis.x, axis.width, (say.number(axis.low), say.number(axis.high))),
    ]


class Panel(msgspec.Struct, frozen=True):
    """One vitals panel: what it shows, and how wide its scale is at least, in its unit."""

    words: str
    kinds: tuple[str, ...]
    step: float
    least: float


_VITALS = (
    Panel("pressure", ("blood_pressure_systolic", "blood_pressure_diastolic"), 20, 80),
    Panel("pulse", ("pulse_rate",), 10, 40),
    Panel("weight", ("body_weight",), 1, 4),
    Panel("temperature", ("body_temperature",), 0.5, 2),
)


def _vital(
    story: Story, frame: Frame, say: Words, panel: Panel, place: tuple[float, float]
) -> list[str]:
    rows = [story.vitals[kind] for kind in panel.kinds if kind in story.vitals]
    values = [value for row in rows for value in row.values()]
    low = math.floor(min(values) / panel.step) * panel.step
    high = max(low + panel.least, math.ceil(max(values) / panel.step) * panel.step)
    axis = Axis(place[0], place[1], low, high)
    parts = _heading(frame, place[0], say(f"panel_{panel.words}"), say(f"unit_{panel.words}"))
    parts += _grid(frame, axis, say)
    if len(rows) == len(_VITALS[0].kinds):
        return [*parts, *_spans(frame, axis, rows[0], rows[1])]
    return [*parts, *_curve(frame, axis, rows[0])]


def _spans(frame: Frame, axis: Axis, upper: dict[int, float], lower: dict[int, float]) -> list[str]:
    """Upper and lower pressure of a day as the two ends of a bar."""
    height = max(2, min(5, frame.row - 4))
    shapes = []
    for day in sorted(upper.keys() & lower.keys()):
        left, right = axis.at(lower[day]), axis.at(upper[day])
        y = frame.y(day) + (frame.row - height) / 2
        shapes.append(box(left, y, right - left, height))
    return [path("".join(shapes), fill=MEASURE)] if shapes else []


def _curve(frame: Frame, axis: Axis, row: dict[int, float]) -> list[str]:
    """A dot a day, joined where days are close."""
    d, before = "", None
    dots = []
    for day in sorted(row):
        x, y = axis.at(row[day]), frame.y(day) + frame.row / 2
        near = before is not None and day - before <= _JOIN_DAYS_MAX
        d += f"{'L' if near else 'M'}{num(x)} {num(y)}"
        dots.append(circle(x, y, max(1.4, min(2.6, frame.row / 4)), fill=MEASURE))
        before = day
    return [path(d, fill="none", stroke=MEASURE, stroke_width=1.1, stroke_opacity=0.6), *dots]
