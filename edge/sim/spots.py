"""Where people are at home: the few places of each room that they sit, lie and stand at.

Furniture decides where somebody is and which way they face. `furnished(plan)` puts it up: the
same pieces in every flat, but each room as it is, or mirrored, and moved a little, as the plan's
seed has it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

from edge.domain.base import Record
from edge.sim.radio_map import Plan, Point, Space

# Two flats of a block differ by so much in where a bed stands along its wall.
MOVED_M = 0.4
FROM_WALL_M = 0.4


class Spot(Record, frozen=True, kw_only=True):
    """A place that somebody comes back to. `stop_s` is the median of how long at a time."""

    name: str
    position: Point
    heading_rad: float
    stop_s: float


# Name, metres from the left and the bottom of the plan, degrees (0 is along x), median stop.
Piece = tuple[str, float, float, float, float]

FLAT: Mapping[str, tuple[Piece, ...]] = {
    "living": (
        ("armchair", 1.0, 1.0, 10.0, 600.0),
        ("sofa", 0.8, 3.4, 0.0, 600.0),
        ("table", 3.4, 0.8, -90.0, 480.0),
    ),
    "kitchen": (
        ("stove", 5.3, 0.7, -90.0, 120.0),
        ("sink", 6.4, 0.7, -90.0, 100.0),
        ("table", 7.5, 1.6, 180.0, 400.0),
    ),
    "hallway": (
        ("front door", 7.6, 3.7, 0.0, 15.0),
        ("coats", 6.8, 4.1, 90.0, 25.0),
    ),
    "bathroom": (
        ("toilet", 5.1, 6.4, -90.0, 210.0),
        ("basin", 6.5, 5.2, 0.0, 70.0),
        ("shower", 6.4, 6.4, 90.0, 240.0),
    ),
    "bedroom": (
        ("bed", 1.2, 7.2, -90.0, 1_200.0),
        ("wardrobe", 4.0, 6.0, 0.0, 60.0),
    ),
}
HOUSE: Mapping[str, tuple[Piece, ...]] = {
    "living": (
        ("armchair", 0.9, 0.9, 30.0, 600.0),
        ("sofa", 2.6, 0.8, 90.0, 600.0),
        ("desk", 0.8, 3.4, 180.0, 480.0),
    ),
    "dining": (("table", 1.8, 6.4, -90.0, 900.0), ("sideboard", 0.7, 5.4, 180.0, 40.0)),
    "kitchen": (
        ("stove", 4.6, 7.0, 90.0, 120.0),
        ("sink", 6.0, 7.0, 90.0, 100.0),
        ("table", 6.7, 5.4, 180.0, 400.0),
    ),
    "hallway": (("front door", 6.3, 0.7, -90.0, 15.0), ("coats", 6.8, 2.2, 0.0, 25.0)),
    "bedroom": (("bed", 1.2, 1.4, 90.0, 1_200.0), ("wardrobe", 3.8, 1.0, 0.0, 60.0)),
    "guest": (("bed", 1.0, 6.8, -90.0, 900.0), ("cupboard", 3.1, 5.2, 0.0, 60.0)),
    "study": (("desk", 5.6, 6.9, 90.0, 900.0), ("armchair", 4.5, 5.2, 45.0, 900.0)),
    "landing": (("stairs", 6.6, 3.4, 180.0, 15.0), ("shelf", 5.4, 3.6, 90.0, 25.0)),
    "bathroom": (
        ("toilet", 4.9, 0.6, 90.0, 210.0),
        ("basin", 6.2, 0.6, -90.0, 70.0),
        ("shower", 6.9, 1.4, 0.0, 240.0),
    ),
}


def furnished(plan: Plan) -> dict[str, tuple[Spot, ...]]:
    """The spots of each room of `strolls.flat` or `strolls.house`."""
    pieces = HOUSE if any(room.floor for room in plan.rooms) else FLAT
    return {room.name: _put_up(room, pieces[room.name], plan.seed) for room in plan.rooms}


def _put_up(room: Space, pieces: tuple[Piece, ...], seed: int) -> tuple[Spot, ...]:
    rng = random.Random(f"furniture/{seed}/{room.name}")
    across, along = rng.random() < 0.5, rng.random() < 0.5  # noqa: PLR2004 (a coin)
    found = []
    for name, at_x, at_y, degrees, stop_s in pieces:
        x = room.left + room.right - at_x if across else at_x
        y = room.bottom + room.top - at_y if along else at_y
        ahead = (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
        heading = math.atan2(-ahead[1] if along else ahead[1], -ahead[0] if across else ahead[0])
        x += rng.uniform(-MOVED_M, MOVED_M)
        y += rng.uniform(-MOVED_M, MOVED_M)
        position = (
            min(room.right - FROM_WALL_M, max(room.left + FROM_WALL_M, x)),
            min(room.top - FROM_WALL_M, max(room.bottom + FROM_WALL_M, y)),
            room.floor,
        )
        found.append(Spot(name=name, position=position, heading_rad=heading, stop_s=stop_s))
    return tuple(found)
