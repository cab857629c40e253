"""The pictures of the model card of daily-change, as SVG: reliability, budget, contributions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 60, 56
INK, GREY, LINE = "#1d2b36", "#7a8791", "#d5dbe0"
BLUE, ORANGE = "#1f6f8b", "#c8672b"
FONT = "font-family='Inter, sans-serif'"

Points = Sequence[tuple[float, float]]


def reliability(bins: Sequence[Sequence[float]]) -> str:
    """What was told against what was seen, a point for each tenth of the scored days."""
    most = max(max(mean, share) for mean, share, _ in bins) * 1.1
    place = _Place(most, most)
    points = [(mean, share) for mean, share, _ in bins]
    parts = [
        place.axes("told probability", "share of days with a label"),
        place.path([(0, 0), (most, most)], GREY, dashed=True),
        place.path(points, BLUE),
        *(place.dot(x, y, BLUE) for x, y in points),
    ]
    return _picture("Reliability: told against seen, homes that the model did not know", parts)


def budget(model: Points, count: Points, history: Points) -> str:
    """What is caught at each number of alerts per home-week, beside what needs no model."""
    place = _Place(max(x for x, _ in model), 1.0)
    lines = (
        ("daily-change", model, BLUE, False),
        ("activations of the day", count, ORANGE, False),
        ("earlier labels of the home", history, GREY, True),
    )
    parts = [place.axes("alerts per home-week", "share of labelled days caught")]
    for i, (name, points, colour, dashed) in enumerate(lines):
        y = HEIGHT - BOTTOM - 70 + 20 * i
        parts.append(place.path(points, colour, dashed=dashed))
        parts.append(_text(WIDTH - RIGHT - 210, y, name, colour, size=13))
    return _picture("Caught on a budget, homes that the model did not know", parts)


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
        parts.append(_text(bar_left - 10, y + 13, name, INK, size=12, anchor="end"))
        parts.append(
            f"<rect x='{bar_left}' y='{y + 3}' width='{length:.1f}' height='13' fill='{BLUE}'/>"
        )
        parts.append(_text(bar_left + length + 6, y + 13, f"{weight:.3f}", GREY, size=11))
    return _picture("Mean weight of a feature, log odds, the twenty heaviest", parts, height)


class _Place:
    """Where a value lies on the picture."""

    def __init__(self, most_x: float, most_y: float) -> None:
        self._most = most_x, most_y

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (WIDTH - LEFT - RIGHT) * x / self._most[0],
            HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / self._most[1],
        )

    def axes(self, below: str, beside: str) -> str:
        parts = []
        for i in range(6):
            x, y = self._most[0] * i / 5, self._most[1] * i / 5
            across, up = self.at(x, 0)[0], self.at(0, y)[1]
            parts.append(
                f"<path d='M{LEFT} {up:.1f}H{WIDTH - RIGHT}' stroke='{LINE}' fill='none'/>"
            )
            parts.append(_text(LEFT - 8, up + 4, f"{y:.2f}", GREY, size=12, anchor="end"))
            parts.append(
                _text(across, HEIGHT - BOTTOM + 18, f"{x:.2f}", GREY, size=12, anchor="middle")
            )
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(_text(middle, HEIGHT - 14, below, INK, size=13, anchor="middle"))
        parts.append(_text(LEFT, TOP - 12, beside, INK, size=13))
        return "".join(parts)

    def path(self, points: Points, colour: str, *, dashed: bool = False) -> str:
        steps = " L".join("{:.1f} {:.1f}".format(*self.at(x, y)) for x, y in points)
        dash = " stroke-dasharray='6 5'" if dashed else ""
        return f"<path d='M{steps}' stroke='{colour}' stroke-width='2.5' fill='none'{dash}/>"

    def dot(self, x: float, y: float, colour: str) -> str:
        across, up = self.at(x, y)
        return f"<circle cx='{across:.1f}' cy='{up:.1f}' r='4.5' fill='{colour}'/>"


def _text(x: float, y: float, text: str, colour: str, *, size: int, anchor: str = "start") -> str:
    where = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'"
    return f"<text {where} {FONT} font-size='{size}' fill='{colour}'>{escape(text)}</text>"


def _picture(title: str, parts: Sequence[str], height: int = HEIGHT) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' "
        f"width='{WIDTH}' height='{height}' role='img'>"
        f"<title>{escape(title)}</title>"
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>"
    )
    return head + _text(16, 20, title, INK, size=15) + "".join(parts) + "</svg>\n"
