"""A home's plan as text: from the doors to the outside inwards, each room under the way to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def drawn(rooms: Sequence[Mapping[str, Any]], outside: str, beside: str) -> list[str]:
    """Lines like "hallway ⌂" over "├─ kitchen"; `beside` names doors that close a circle."""
    by_name = {str(room["room"]): room for room in rooms}
    starts = [name for name, room in by_name.items() if room["outer"]]
    starts += [name for name in by_name if name not in starts]
    under = _tree(by_name, starts)
    parents = {child: name for name, children in under.items() for child in children}
    lines: list[str] = []

    def draw(name: str, head: str, tail: str) -> None:
        shown = {*under[name], parents.get(name)}
        others = [other for other in by_name[name]["next_to"] if other not in shown]
        text = _named(by_name[name], outside)
        lines.append(head + text + (f"  ({beside} {', '.join(others)})" if others else ""))
        for i, child in enumerate(under[name]):
            last = i + 1 == len(under[name])
            draw(child, tail + ("└─ " if last else "├─ "), tail + ("   " if last else "│  "))

    for name in starts:
        if name not in parents:
            draw(name, "", "")
    return lines


def _tree(rooms: Mapping[str, Mapping[str, Any]], starts: Sequence[str]) -> dict[str, list[str]]:
    """Each room once, under the room by which it is reached first: the nearest way in."""
    under: dict[str, list[str]] = {name: [] for name in rooms}
    seen: set[str] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        waiting = [start]
        while waiting:
            name = waiting.pop(0)
            for other in rooms[name]["next_to"]:
                if other in rooms and other not in seen:
                    seen.add(other)
                    under[name].append(other)
                    waiting.append(other)
    return under


def _named(room: Mapping[str, Any], outside: str) -> str:
    label = f" ({room['label']})" if room["label"] else ""
    door = f" [{outside}]" if room["outer"] else ""
    devices = f": {', '.join(room['devices'])}" if room["devices"] else ""
    return f"{room['room']}{label}{door}{devices}"
