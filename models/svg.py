"""Pictures of model cards as SVG: a place with axes, lines, dots and words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 60, 56
INK, GREY, LINE = "#1d2b36", "#7a8791", "#d5dbe0"
BLUE, ORANGE = "#1f6f8b", "#c8672b"
FONT = "font-family='Inter, sans-serif'"

Points = Sequence[tuple[float, float]]


class Place:
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
            parts.append(text(LEFT - 8, up + 4, f"{y:.2f}", GREY, size=12, anchor="end"))
            parts.append(
                text(across, HEIGHT - BOTTOM + 18, f"{x:.2f}", GREY, size=12, anchor="middle")
            )
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(text(middle, HEIGHT - 14, below, INK, size=13, anchor="middle"))
        parts.append(text(LEFT, TOP - 12, beside, INK, size=13))
        return "".join(parts)

    def path(self, points: Points, colour: str, *, dashed: bool = False) -> str:
        steps = " L".join("{:.1f} {:.1f}".format(*self.at(x, y)) for x, y in points)
        dash = " stroke-dasharray='6 5'" if dashed else ""
        return f"<path d='M{steps}' stroke='{colour}' stroke-width='2.5' fill='none'{dash}/>"

    def dot(self, x: float, y: float, colour: str) -> str:
        across, up = self.at(x, y)
        return f"<circle cx='{across:.1f}' cy='{up:.1f}' r='4.5' fill='{colour}'/>"


def text(x: float, y: float, words: str, colour: str, *, size: int, anchor: str = "start") -> str:
    where = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'"
    return f"<text {where} {FONT} font-size='{size}' fill='{colour}'>{escape(words)}</text>"


def picture(title: str, parts: Sequence[str], height: int = HEIGHT) -> str:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' "
        f"width='{WIDTH}' height='{height}' role='img'>"
        f"<title>{escape(title)}</title>"
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>"
    )
    return head + text(16, 20, title, INK, size=15) + "".join(parts) + "</svg>\n"
