"""What the picture's signs mean, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge.replay.panels import fault_mark, label_mark, person_mark
from edge.replay.story import ROOMS
from edge.replay.style import (
    DOOR_COLOUR,
    MARGIN,
    NIGHT,
    RAMP_SHARE,
    ROOM_COLOURS,
    RULE,
    SEEN,
    WIDTH,
    Frame,
    shade,
)
from edge.replay.words import Words
from edge.svg import line, rect, text, text_width

_LINE_PX = 28
_TEXT_PX = 14
_SWATCH_PX = 14
_GAP_PX = 26
_WORDS_GAP_PX = 8


def legend(frame: Frame, say: Words) -> tuple[list[str], float]:
    """The legend below the rows, and the height of the whole picture."""
    y = frame.bottom + 56
    parts = [text(MARGIN, y, say("how_to_read"), font_size=_TEXT_PX, class_="strong")]
    rooms: list[tuple[Draw, float, str]] = [
        (_ramp(room), 3 * _SWATCH_PX, say(room)) for room in ROOMS
    ]
    rooms.append((_door, _SWATCH_PX, say("doors")))
    seeing: list[tuple[Draw, float, str]] = [
        (_box(NIGHT), _SWATCH_PX, say("night")),
        (_box("url(#hatch)"), _SWATCH_PX, say("unseen")),
        (_box(SEEN), _SWATCH_PX, say("coverage_legend")),
        (_nothing, -_WORDS_GAP_PX, say("ramp")),
    ]
    alerts: list[tuple[Draw, float, str]] = [
        (_mark(person_mark), _SWATCH_PX, say("alert_person")),
        (_mark(fault_mark), _SWATCH_PX, say("alert_fault")),
        (_mark(label_mark), _SWATCH_PX, say("label")),
        (_nothing, -_WORDS_GAP_PX, say("alert_count")),
    ]
    for row in (rooms, seeing, alerts):
        y += _LINE_PX
        drawn, y = _flow(row, y)
        parts += drawn
    y += _LINE_PX
    parts.append(line(MARGIN, y - 16, WIDTH - MARGIN, y - 16, stroke=RULE))
    parts.append(text(MARGIN, y + 5, say("disclaimer"), class_="small"))
    return parts, y + 32


Draw = Callable[[float, float], list[str]]


def _flow(row: Sequence[tuple[Draw, float, str]], y: float) -> tuple[list[str], float]:
    """Signs with their words from left to right, a new line when the next does not fit."""
    parts: list[str] = []
    x: float = MARGIN
    for draw, width, words in row:
        needed = width + _WORDS_GAP_PX + text_width(words, _TEXT_PX)
        if x > MARGIN and x + needed > WIDTH - MARGIN:
            x, y = MARGIN, y + _LINE_PX
        parts += draw(x, y)
        parts.append(text(x + width + _WORDS_GAP_PX, y, words, font_size=_TEXT_PX))
        x += needed + _GAP_PX
    return parts, y


def _nothing(_x: float, _y: float) -> list[str]:
    """Words that explain the signs before them and have none of their own."""
    return []


def _ramp(room: str) -> Draw:
    def draw(x: float, y: float) -> list[str]:
        return [
            rect(x + i * _SWATCH_PX, y - 12, _SWATCH_PX, 14, fill=shade(ROOM_COLOURS[room], share))
            for i, share in enumerate(RAMP_SHARE)
        ]

    return draw


def _door(x: float, y: float) -> list[str]:
    return [rect(x + 5, y - 12, 3, 14, fill=DOOR_COLOUR)]


def _box(fill: str) -> Draw:
    def draw(x: float, y: float) -> list[str]:
        return [rect(x, y - 12, _SWATCH_PX, 14, fill=fill, stroke=RULE)]

    return draw


def _mark(mark: Callable[[float, float, float], str]) -> Draw:
    def draw(x: float, y: float) -> list[str]:
        return [mark(x + _SWATCH_PX / 2, y - 5, 5.5)]

    return draw
