"""The pictures of the model card of home-risk, as SVG. What stands on made-up homes says so."""

from __future__ import annotations

from collections.abc import Sequence

from stability import Stability
from svg import BLUE, GREY, INK, LINE, ORANGE, RIGHT, TOP, WIDTH, Place, picture, text

STEP = 18
BARS_LEFT = 250
COLOURS = {"fire_start": ORANGE, "fire_harm": BLUE, "fall": "#4b7f52"}

# Rank correlation is drawn from here: below it there was none.
ALIKE_FROM = 0.8
COLUMNS = 40


def reliability(tenths: Sequence[tuple[float, float, int]]) -> str:
    """What was told against what was seen, a point for each tenth of the made-up persons."""
    place = Place(1.0, 1.0)
    points = [(told, seen) for told, seen, _ in tenths]
    parts = [
        place.axes("told share that falls in a year", "share that fell, SYNTHETIC cohort"),
        place.path([(0, 0), (1, 1)], GREY, dashed=True),
        place.path(points, BLUE),
        *(place.dot(x, y, BLUE) for x, y in points),
    ]
    return picture("SYNTHETIC: fall, told against seen, persons who never lived", parts)


def contributions(weights: Sequence[tuple[str, str, float]]) -> str:
    """The most that each feature adds, log odds as shipped: (index, feature, weight)."""
    most = max(weight for _, _, weight in weights)
    parts = []
    for i, (index, name, weight) in enumerate(weights):
        y = TOP + STEP * i
        length = (WIDTH - RIGHT - BARS_LEFT - 60) * weight / most
        words = f"{index}: {name}"
        parts.append(text(BARS_LEFT - 10, y + 12, words, INK, size=11, anchor="end"))
        parts.append(
            f"<rect x='{BARS_LEFT}' y='{y + 3}' width='{length:.1f}' height='12' "
            f"fill='{COLOURS[index]}'/>"
        )
        parts.append(text(BARS_LEFT + length + 6, y + 12, f"{weight:.3f}", GREY, size=10))
    height = TOP + STEP * len(weights) + 24
    return picture("The most that each answer adds, log odds as shipped", parts, height)


def sensitivity(effects: Sequence[tuple[str, str, float, float, float]]) -> str:
    """What one hazard makes of an average home's 50, for all values its weight may have."""
    left, right = 50.0, max(high for *_, high in effects) + 1.0

    def at(index: float) -> float:
        return BARS_LEFT + (WIDTH - RIGHT - 40 - BARS_LEFT) * (index - left) / (right - left)

    bottom = TOP + STEP * len(effects)
    parts = []
    for tick in range(50, int(right) + 1, 5):
        parts.append(f"<path d='M{at(tick):.1f} {TOP - 4}V{bottom}' stroke='{LINE}' fill='none'/>")
        parts.append(text(at(tick), TOP - 10, str(tick), GREY, size=11, anchor="middle"))
    for i, (name, index, low, middle, high) in enumerate(effects):
        y = TOP + STEP * i + 9
        parts.append(text(BARS_LEFT - 10, y + 4, name, INK, size=11, anchor="end"))
        ends = f"M{at(max(low, left)):.1f} {y}H{at(high):.1f}"
        colour = COLOURS[index]
        parts.append(f"<path d='{ends}' stroke='{colour}' stroke-width='4' opacity='0.45'/>")
        parts.append(f"<circle cx='{at(middle):.1f}' cy='{y}' r='4' fill='{colour}'/>")
    return picture(
        "Index of an average home with one hazard (blue: harm by fire, green: fall)",
        parts,
        bottom + 24,
    )


def rank_stability(found: dict[str, Stability]) -> str:
    """How alike the orders are when every weight moves within its interval."""
    columns = {}
    for name, one in found.items():
        counts = [0] * COLUMNS
        for value in one.alike:
            share = (max(value, ALIKE_FROM) - ALIKE_FROM) / (1.0 - ALIKE_FROM)
            counts[min(int(share * COLUMNS), COLUMNS - 1)] += 1
        columns[name] = counts
    most = max(count for counts in columns.values() for count in counts)
    band, height = 90, TOP + 90 * len(found) + 50
    width = (WIDTH - 140) / COLUMNS
    parts = []
    for row, (name, counts) in enumerate(columns.items()):
        base = TOP + band * (row + 1)
        parts.append(text(16, base - 30, name, INK, size=13))
        for i, count in enumerate(counts):
            tall = (band - 20) * count / most
            parts.append(
                f"<rect x='{110 + i * width:.1f}' y='{base - tall:.1f}' width='{width - 1:.1f}' "
                f"height='{tall:.1f}' fill='{COLOURS[name]}'/>"
            )
        parts.append(f"<path d='M110 {base}H{WIDTH - 30}' stroke='{LINE}' fill='none'/>")
    for tick in range(5):
        value = ALIKE_FROM + (1.0 - ALIKE_FROM) * tick / 4
        x = 110 + (WIDTH - 140) * tick / 4
        parts.append(text(x, height - 28, f"{value:.2f}", GREY, size=12, anchor="middle"))
    words = "rank correlation with the shipped order, 200 draws of all weights"
    parts.append(text(WIDTH / 2, height - 8, words, INK, size=13, anchor="middle"))
    return picture("SYNTHETIC: how firm the order of homes is", parts, height)
