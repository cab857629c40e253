"""The pictures of the model card of daily-change, as SVG: reliability, budget, contributions."""

from __future__ import annotations

from collections.abc import Sequence

from svg import (
    BLUE,
    BOTTOM,
    GREY,
    HEIGHT,
    INK,
    ORANGE,
    RIGHT,
    TOP,
    WIDTH,
    Place,
    Points,
    picture,
    text,
)


def reliability(bins: Sequence[Sequence[float]]) -> str:
    """What was told against what was seen, a point for each tenth of the scored days."""
    most = max(max(mean, share) for mean, share, _ in bins) * 1.1
    place = Place(most, most)
    points = [(mean, share) for mean, share, _ in bins]
    parts = [
        place.axes("told probability", "share of days with a label"),
        place.path([(0, 0), (most, most)], GREY, dashed=True),
        place.path(points, BLUE),
        *(place.dot(x, y, BLUE) for x, y in points),
    ]
    return picture("Reliability: told against seen, homes that the model did not know", parts)


def budget(model: Points, count: Points, history: Points) -> str:
    """What is caught at each number of alerts per home-week, beside what needs no model."""
    place = Place(max(x for x, _ in model), 1.0)
    lines = (
        ("daily-change", model, BLUE, False),
        ("activations of the day", count, ORANGE, False),
        ("earlier labels of the home", history, GREY, True),
    )
    parts = [place.axes("alerts per home-week", "share of labelled days caught")]
    for i, (name, points, colour, dashed) in enumerate(lines):
        y = HEIGHT - BOTTOM - 70 + 20 * i
        parts.append(place.path(points, colour, dashed=dashed))
        parts.append(text(WIDTH - RIGHT - 210, y, name, colour, size=13))
    return picture("Caught on a budget, homes that the model did not know", parts)


def contributions(weights: Sequence[tuple[str, float]]) -> str:
    """The twenty features that weigh most: mean distance from their mean, in log odds."""
    shown = weights[:20]
    most = shown[0][1] or 1.0
    step, bar_left = 20, 230
    height = TOP + step * len(shown) + 24
    parts = []
    for i, (name, weight) in enumerate(shown):
        y = TOP + step * i
        length = (WIDTH - RIGHT - bar_left - 60) * weight / most
        parts.append(text(bar_left - 10, y + 13, name, INK, size=12, anchor="end"))
        parts.append(
            f"<rect x='{bar_left}' y='{y + 3}' width='{length:.1f}' height='13' fill='{BLUE}'/>"
        )
        parts.append(text(bar_left + length + 6, y + 13, f"{weight:.3f}", GREY, size=11))
    return picture("Mean weight of a feature, log odds, the twenty heaviest", parts, height)
