"""Where things stand in the picture and which colours they have."""

from __future__ import annotations

import msgspec

WIDTH = 1200
MARGIN = 40
# Dates stand left of the raster.
DATES_PX = 66
# Three pixels a row are the least that can still be told apart.
ROW_MIN_PX, ROW_MAX_PX = 3, 24
# Room for about ninety days at a row height that carries a digit.
RASTER_PX = 1_010
USUAL_DAY_PX = 66
# 24 hours of 24 px: a quarter of an hour is 6 px.
BIN_PX = 6
HOURS_PX = 96 * BIN_PX

PAPER = "#fcfbf8"
DAY = "#ffffff"
NIGHT = "#eef1f6"
INK = "#22303c"
SOFT_INK = "#5b6874"
RULE = "#d9dce0"
FAULT = "#8d8578"
PERSON = "#b3261e"
SEEN = "#7a9e87"
MEASURE = "#3c5a78"

# Tol's "bright": apart in hue and in lightness.
ROOM_COLOURS = {
    "bedroom": (68, 119, 170),
    "bathroom": (102, 204, 238),
    "kitchen": (204, 187, 68),
    "lounge": (34, 136, 51),
    "hallway": (150, 150, 150),
}
DOOR_COLOUR = "#aa3377"
# Activations in a quarter of an hour at which the colour steps up, and its share of full colour.
RAMP_FROM = (1, 4, 10)
RAMP_SHARE = (0.45, 0.72, 1.0)

CSS = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "font-size:13px}"
    ".title{font-size:27px;font-weight:600}"
    ".soft{fill:#5b6874}"
    ".small{font-size:12px;fill:#5b6874}"
    ".strong{font-weight:600}"
)


class Frame(msgspec.Struct, frozen=True):
    """The raster's place: rows start at `top`, each `row` px high."""

    top: float
    row: int
    days: int

    @classmethod
    def of(cls, days: int, top: float) -> Frame:
        """A frame for `days` rows below a heading that ends at `top`."""
        row = max(ROW_MIN_PX, min(ROW_MAX_PX, RASTER_PX // days))
        return cls(top + USUAL_DAY_PX + 50, row, days)

    @property
    def left(self) -> int:
        return MARGIN + DATES_PX

    @property
    def right(self) -> int:
        return self.left + HOURS_PX

    @property
    def bottom(self) -> float:
        return self.top + self.days * self.row

    def y(self, day: int) -> float:
        return self.top + day * self.row


def shade(rgb: tuple[int, int, int], share: float) -> str:
    """The colour mixed with white: `share` 1.0 is the full colour."""
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in rgb)
