"""The rooms of a home as a small drawing: how they hang together, and where one gets in.

Nobody measured it, so it is a sketch and says so: rooms stand by their distance from the outer
door, neighbours are joined by a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from edge.domain.rescue import RescueRoom
from edge.paper.style import ACCENT, INK, SOFT

# A home of more rooms is drawn in part; the crew reads the rest as a list.
ROOMS_MAX = 12
_BOX_W, _BOX_H, _GAP_X, _GAP_Y = 118, 50, 34, 14
# Room for the arrow at the outer door.
LEFT = 52


def sketch(
    rooms: Sequence[RescueRoom],
    labels: Mapping[str, str],
    marks: Mapping[str, Sequence[str]],
    door: str,
) -> str:
    """SVG of at most ROOMS_MAX rooms; `marks`: further lines in a room's box. "" without rooms."""
    shown = rooms[:ROOMS_MAX]
    if not shown:
        return ""
    columns = _columns(shown)
    height = max(len(column) for column in columns)
    at: dict[str, tuple[int, int]] = {}
    for x, column in enumerate(columns):
        top = (height - len(column)) * (_BOX_H + _GAP_Y) // 2
        for y, name in enumerate(column):
            at[name] = (LEFT + x * (_BOX_W + _GAP_X), top + y * (_BOX_H + _GAP_Y))
    lines = [
        _line(at[room.id], at[other])
        for room in shown
        for other in room.next_to
        if other in at and room.id < other
    ]
    # A line is told by either of the two rooms.
    told = {(room.id, other) for room in shown for other in room.next_to if other in at}
    lines += [_line(at[b], at[a]) for a, b in sorted(told) if a > b and (b, a) not in told]
    boxes = [
        _box(room, at[room.id], labels[room.id], marks.get(room.id, ()), door) for room in shown
    ]
    width = LEFT + len(columns) * (_BOX_W + _GAP_X) - _GAP_X + 4
    tall = height * (_BOX_H + _GAP_Y)
    return (
        f'<svg class="floor" font-family="Inter, DejaVu Sans" viewBox="0 -2 {width} {tall}" '
        f'style="width:{min(100, width // 6)}%">{"".join(lines)}{"".join(boxes)}</svg>'
    )


def _columns(rooms: Sequence[RescueRoom]) -> list[list[str]]:
    """Rooms by how many doors lie between them and the outside; what hangs nowhere stands last."""
    near: dict[str, set[str]] = {room.id: set() for room in rooms}
    for room in rooms:
        for other in room.next_to:
            if other in near:
                near[room.id].add(other)
                near[other].add(room.id)
    first = [room.id for room in rooms if room.outer] or [rooms[0].id]
    columns, seen = [first], set(first)
    while True:
        following = [
            room.id for room in rooms if room.id not in seen and near[room.id] & set(columns[-1])
        ]
        if not following:
            break
        columns.append(following)
        seen |= set(following)
    if rest := [room.id for room in rooms if room.id not in seen]:
        columns.append(rest)
    return columns


def _line(one: tuple[int, int], other: tuple[int, int]) -> str:
    (x1, y1), (x2, y2) = sorted((one, other))
    start = x1 + _BOX_W if x1 != x2 else x1 + _BOX_W // 2
    end = x2 if x1 != x2 else x2 + _BOX_W // 2
    a = y1 + (_BOX_H // 2 if x1 != x2 else _BOX_H)
    b = y2 + (_BOX_H // 2 if x1 != x2 else 0)
    return f'<path d="M{start} {a}L{end} {b}" stroke="{SOFT}" stroke-width="2"/>'


def _box(room: RescueRoom, at: tuple[int, int], label: str, marks: Sequence[str], door: str) -> str:
    x, y = at
    weight = 2.6 if marks else 1.3
    frame = f'width="{_BOX_W}" height="{_BOX_H}" rx="3" fill="#fff" stroke="{INK}"'
    text = [
        f'<rect x="{x}" y="{y}" {frame} stroke-width="{weight}"/>',
        f'<text x="{x + 7}" y="{y + 16}" font-size="12" font-weight="600">{escape(label)}</text>',
    ]
    text += [
        f'<text x="{x + 7}" y="{y + 29 + 12 * n}" font-size="10" fill="{INK}">{escape(mark)}</text>'
        for n, mark in enumerate(marks[:2])
    ]
    if room.outer:
        text.append(
            f'<path d="M{x - 40} {y + 23}h30m-7 -6l7 6l-7 6" stroke="{ACCENT}" fill="none" '
            f'stroke-width="2.4"/><text x="{x - 48}" y="{y + 40}" font-size="9" '
            f'fill="{ACCENT}">{escape(door)}</text>'
        )
    return "".join(text)
