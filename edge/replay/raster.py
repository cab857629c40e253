"""The left half of the picture: days by time of day, and the usual day above them."""

from __future__ import annotations

from edge.replay.story import BINS_PER_DAY, MINUTES_PER_BIN, ROOMS, Story
from edge.replay.style import (
    BIN_PX,
    DAY,
    DOOR_COLOUR,
    FAULT,
    HOURS_PX,
    NIGHT,
    PAPER,
    PERSON,
    RAMP_FROM,
    RAMP_SHARE,
    ROOM_COLOURS,
    RULE,
    SOFT_INK,
    USUAL_DAY_PX,
    Frame,
    shade,
)
from edge.replay.words import Words
from edge.svg import box, circle, element, line, path, rect, text

_NIGHT_UNTIL_BIN = 6 * 60 // MINUTES_PER_BIN
_NIGHT_FROM_BIN = 22 * 60 // MINUTES_PER_BIN
# Hours with a number on the axis.
_HOURS = range(0, 25, 3)
# A stretch without data gets words where they fit: this many rows and this wide.
_WORDS_ROWS_MIN, _WORDS_PX = 2, 12
_MINUTES_PER_DAY = 1440
# Thinner rows than this have no gap between them.
_GAP_ROW_MIN_PX = 4
_MONDAY, _FRIDAY = 0, 4
# A short recording has its date at every row.
_EACH_DAY_MAX = 14


def hour_axis(frame: Frame) -> list[str]:
    """The hours above and below the rows."""
    return [
        text(frame.left + hour * 4 * BIN_PX, y, f"{hour:02d}", class_="small", text_anchor="middle")
        for hour in _HOURS
        for y in (frame.top - 8, frame.bottom + 17)
    ]


def raster(story: Story, frame: Frame, say: Words) -> list[str]:
    """Night and day, what could not be seen, movement by room, doors."""
    return [
        element("defs", {}, _hatch()),
        *_ground(story, frame),
        *_coloured(story, frame),
        *_doors(story, frame),
        *_rules(story, frame),
        *_unseen(story, frame, say),
        *_moments(story, frame),
    ]


def _hatch() -> str:
    stripe = line(0, 0, 0, 7, stroke=FAULT, stroke_width=2.2, stroke_opacity=0.55)
    return element(
        "pattern",
        {
            "id": "hatch",
            "width": 7,
            "height": 7,
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
        rect(0, 0, 7, 7, fill="#f3f0ea") + stripe,
    )


def _ground(story: Story, frame: Frame) -> list[str]:
    """Day and night; before the first and after the last activation only paper."""
    height = frame.bottom - frame.top
    morning, evening = _NIGHT_UNTIL_BIN * BIN_PX, _NIGHT_FROM_BIN * BIN_PX
    start, end = story.recorded
    before = start / MINUTES_PER_BIN * BIN_PX
    after = (end % _MINUTES_PER_DAY) / MINUTES_PER_BIN * BIN_PX
    last = frame.y(story.days - 1)
    return [
        rect(frame.left, frame.top, HOURS_PX, height, fill=DAY),
        rect(frame.left, frame.top, morning, height, fill=NIGHT),
        rect(frame.left + evening, frame.top, HOURS_PX - evening, height, fill=NIGHT),
        rect(frame.left, frame.top, before, frame.row, fill=PAPER),
        rect(frame.left + after, last, HOURS_PX - after, frame.row, fill=PAPER),
    ]


def _coloured(story: Story, frame: Frame) -> list[str]:
    """One path for each colour."""
    shapes: dict[tuple[str, int], list[str]] = {}
    inner = frame.row - 1 if frame.row > _GAP_ROW_MIN_PX else frame.row
    for day, start, end, room, step in cells(story):
        x, width = frame.left + start * BIN_PX, (end - start) * BIN_PX
        shapes.setdefault((room, step), []).append(box(x, frame.y(day), width, inner))
    return [
        path("".join(shapes[room, step]), fill=shade(ROOM_COLOURS[room], RAMP_SHARE[step]))
        for room, step in sorted(shapes)
    ]


def cells(story: Story) -> list[tuple[int, int, int, str, int]]:
    """(day, first bin, one past the last, busiest room, step of the ramp); equal ones joined."""
    found: list[tuple[int, int, int, str, int]] = []
    for (day, index), counts in sorted(story.rooms.items()):
        room = max(ROOMS, key=lambda name: (counts.get(name, 0), -ROOMS.index(name)))
        step = _step(sum(counts.values()))
        last = found[-1] if found else None
        if last is not None and (last[0], last[2], *last[3:]) == (day, index, room, step):
            found[-1] = (day, last[1], index + 1, room, step)
        else:
            found.append((day, index, index + 1, room, step))
    return found


def _step(activations: int) -> int:
    return sum(activations >= least for least in RAMP_FROM) - 1


def _doors(story: Story, frame: Frame) -> list[str]:
    # The lower half of the row, so that the room stays visible behind it.
    half = max(1.5, frame.row / 2)
    marks = [
        box(frame.left + index * BIN_PX + 2, frame.y(day + 1) - 1 - half, 2, half)
        for day, index in sorted(story.doors)
    ]
    return [path("".join(marks), fill=DOOR_COLOUR)] if marks else []


def _rules(story: Story, frame: Frame) -> list[str]:
    """Thin lines: every sixth hour, and above each Monday."""
    parts = [
        line(x, frame.top, x, frame.bottom, stroke=RULE, stroke_width=1)
        for x in (frame.left + hour * 4 * BIN_PX for hour in range(0, 25, 6))
    ]
    parts += [
        line(
            frame.left - 8, y, frame.right, y, stroke=SOFT_INK, stroke_width=1, stroke_opacity=0.45
        )
        for y in (
            frame.y(day) - 0.5 for day in range(story.days) if story.day(day).weekday() == _MONDAY
        )
    ]
    return parts


def _unseen(story: Story, frame: Frame, say: Words) -> list[str]:
    """Stretches in which nothing could be seen, hatched; words where they fit."""
    parts = []
    shapes = []
    for start, end in story.unseen:
        for day in range(max(0, start // _MINUTES_PER_DAY), min(story.days, end // 1440 + 1)):
            low = max(0, start - day * _MINUTES_PER_DAY) / MINUTES_PER_BIN * BIN_PX
            high = min(_MINUTES_PER_DAY, end - day * _MINUTES_PER_DAY) / MINUTES_PER_BIN * BIN_PX
            if high > low:
                shapes.append(box(frame.left + low, frame.y(day), high - low, frame.row))
    if shapes:
        parts.append(path("".join(shapes), fill="url(#hatch)"))
    for first, last in _stretches(story.silent):
        if (last - first + 1) >= _WORDS_ROWS_MIN and (last - first + 1) * frame.row > _WORDS_PX + 4:
            parts += _pill(frame, (frame.y(first) + frame.y(last + 1)) / 2, say("no_data"))
    return parts


def _moments(story: Story, frame: Frame) -> list[str]:
    """Alerts about the resident, where in the day they were raised."""
    r = max(2.5, min(5.5, frame.row / 2))
    parts = []
    for minute in story.person_minutes:
        day, of_day = divmod(minute, _MINUTES_PER_DAY)
        x = frame.left + of_day / MINUTES_PER_BIN * BIN_PX
        y = frame.y(day) + frame.row / 2
        parts.append(circle(x, y, r, fill=PERSON, stroke=PAPER, stroke_width=1.5))
    return parts


def _pill(frame: Frame, y: float, words: str) -> list[str]:
    x = frame.left + HOURS_PX / 2
    width = len(words) * 8
    return [
        rect(x - width / 2, y - 10, width, 19, rx=9, fill=PAPER, stroke=FAULT, stroke_width=0.8),
        text(x, y + 4, words, text_anchor="middle", class_="soft"),
    ]


def _stretches(days: set[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for day in sorted(days):
        if found and found[-1][1] == day - 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def day_labels(story: Story, frame: Frame, say: Words) -> list[str]:
    """The date of each Monday, and of the first day where there is room, left of its row."""
    parts = []
    for day in range(story.days):
        date = story.day(day)
        is_shown = date.weekday() == _MONDAY or story.days <= _EACH_DAY_MAX
        if not is_shown and not (day == 0 and date.weekday() < _FRIDAY):
            continue
        y = frame.y(day) + min(frame.row, 14) / 2 + 4.5
        words = say.short_date(date)
        parts.append(text(frame.left - 12, y, words, text_anchor="end", class_="small"))
    return parts


def usual_day(story: Story, frame: Frame, say: Words) -> list[str]:
    """Movement by room over the average day on which something came in."""
    base = frame.top - 26
    days = max(1, story.days - len(story.silent))
    sums = [dict.fromkeys(ROOMS, 0) for _ in range(BINS_PER_DAY)]
    for (_, index), counts in story.rooms.items():
        for room, n in counts.items():
            sums[index][room] += n
    highest = max(1, *(sum(of_bin.values()) for of_bin in sums))
    scale = (USUAL_DAY_PX - 6) / highest
    parts = [
        _two_lines(frame.left - 12, base - 20, say("usual_day")),
        line(frame.left, base + 0.5, frame.right, base + 0.5, stroke=RULE),
    ]
    bottoms = [0.0] * BINS_PER_DAY
    for room in ROOMS:
        shapes = []
        for index, of_bin in enumerate(sums):
            height = of_bin[room] * scale
            if height * days > 0:
                x = frame.left + index * BIN_PX
                y = base - bottoms[index] - height
                shapes.append(box(x, y, BIN_PX, height))
                bottoms[index] += height
        if shapes:
            parts.append(path("".join(shapes), fill=shade(ROOM_COLOURS[room], 0.85)))
    return parts


def _two_lines(x: float, y: float, words: str) -> str:
    """Words of a narrow column, one under the other, ending at `x`."""
    return "\n".join(
        text(x, y + i * 15, word, text_anchor="end", class_="small")
        for i, word in enumerate(words.split(" "))
    )
