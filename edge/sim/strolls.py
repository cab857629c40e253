"""Floor plans, and how an old person moves about in them: where, which way, in which room.

Pure and seeded. A stroll is a list of stops; between stops one walks through doorways.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from itertools import pairwise

from edge.domain.base import Record
from edge.sim.radio_map import USUAL, Plan, Point, RadioMap, Space, Wall, WallLoss

# Usual walking speed of people of 80 at home (Bohannon and Andrews 2011 give 0.9 m/s outdoors).
SPEED_M_S = 0.7
MARGIN_M = 0.5  # nobody stands in a wall
STEP_S = 0.5
DOORWAY_M = 0.9
ON_WALL_M = 0.1  # a doorway this near to a wall is in it


class Place(Record, frozen=True, kw_only=True):
    """Where somebody is at `t_s`."""

    t_s: float
    position: Point
    heading_rad: float
    room: str


class Heard(Record, frozen=True, kw_only=True):
    """One reception, and the room it was sent from."""

    t_s: float
    receiver: str
    rssi_dbm: int


def walls_of(
    rooms: tuple[Space, ...],
    doors: tuple[tuple[str, str, float, float], ...],
    heavy: frozenset[str] = frozenset(),
    loss: WallLoss = USUAL,
) -> tuple[Wall, ...]:
    """The rooms' outlines with a gap at each doorway; walls of a `heavy` room are of concrete.

    What divides two rooms is as heavy as the heavier asks. Rooms that share a part of a wall only
    draw that part twice: two of board count as one of brick, more than `loss.most_db` no wall.
    """
    drawn: dict[tuple[float, float, float, float, int], float] = {}
    for room in rooms:
        loss_db = loss.heavy_db if room.name in heavy else loss.light_db
        a, b, c, d = room.left, room.bottom, room.right, room.top
        for line in ((a, b, c, b), (a, d, c, d), (a, b, a, d), (c, b, c, d)):
            key = (*line, room.floor)
            drawn[key] = max(drawn.get(key, 0.0), loss_db)
    walls: list[Wall] = []
    for (ax, ay, bx, by, floor), loss_db in _parts(drawn, loss.most_db):
        pieces = [(0.0, 1.0)]
        length = math.hypot(bx - ax, by - ay)
        for _, _, x, y in doors:
            along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length**2
            off = abs((x - ax) * (by - ay) - (y - ay) * (bx - ax)) / length
            half = DOORWAY_M / 2 / length
            if off < ON_WALL_M and -half < along < 1.0 + half:
                pieces = [
                    part
                    for lo, hi in pieces
                    for part in ((lo, min(hi, along - half)), (max(lo, along + half), hi))
                    if part[0] < part[1]
                ]
        walls += [
            Wall(
                ax=ax + (bx - ax) * lo,
                ay=ay + (by - ay) * lo,
                bx=ax + (bx - ax) * hi,
                by=ay + (by - ay) * hi,
                loss_db=loss_db,
                floor=floor,
            )
            for lo, hi in pieces
        ]
    return tuple(walls)


def _parts(
    drawn: Mapping[tuple[float, float, float, float, int], float], most_db: float
) -> Iterator[tuple[tuple[float, float, float, float, int], float]]:
    """The lines cut where another one on them begins or ends, each part once."""
    lines: dict[tuple[bool, float, int], list[tuple[float, float, float]]] = {}
    for (ax, ay, bx, by, floor), loss_db in drawn.items():
        upright = ax == bx
        ends = (ay, by) if upright else (ax, bx)
        lines.setdefault((upright, ax if upright else ay, floor), []).append((*ends, loss_db))
    for (upright, at, floor), some in lines.items():
        cuts = sorted({end for one in some for end in one[:2]})
        for lo, hi in pairwise(cuts):
            over = [loss_db for begin, end, loss_db in some if begin <= lo and hi <= end]
            if over:
                line = (at, lo, at, hi, floor) if upright else (lo, at, hi, at, floor)
                yield line, min(sum(over), most_db)


def flat(seed: int = 1, loss: WallLoss = USUAL) -> Plan:
    """Five rooms on 57 m² of a block of flats: concrete round bathroom and bedroom."""
    rooms = (
        Space(name="living", left=0.0, bottom=0.0, right=4.6, top=5.0),
        Space(name="kitchen", left=4.6, bottom=0.0, right=8.2, top=2.8),
        Space(name="hallway", left=4.6, bottom=2.8, right=8.2, top=4.6),
        Space(name="bathroom", left=4.6, bottom=4.6, right=7.0, top=7.0),
        Space(name="bedroom", left=0.0, bottom=5.0, right=4.6, top=8.4),
    )
    doors = (
        ("living", "hallway", 4.6, 3.8),
        ("kitchen", "hallway", 6.4, 2.8),
        ("bathroom", "hallway", 5.8, 4.6),
        ("bedroom", "living", 2.2, 5.0),
    )
    return Plan(
        rooms=rooms,
        walls=walls_of(rooms, doors, frozenset({"bathroom", "bedroom"}), loss),
        doors=doors,
        seed=seed,
    )


def house(seed: int = 1, loss: WallLoss = USUAL) -> Plan:
    """Two floors, nine rooms, 110 m²; the stairs join hallway and landing."""
    rooms = (
        Space(name="living", left=0.0, bottom=0.0, right=5.2, top=4.4),
        Space(name="dining", left=0.0, bottom=4.4, right=3.6, top=7.6),
        Space(name="kitchen", left=3.6, bottom=4.4, right=7.4, top=7.6),
        Space(name="hallway", left=5.2, bottom=0.0, right=7.4, top=4.4),
        Space(name="bedroom", left=0.0, bottom=0.0, right=4.4, top=4.4, floor=1),
        Space(name="guest", left=0.0, bottom=4.4, right=3.8, top=7.6, floor=1),
        Space(name="study", left=3.8, bottom=4.4, right=7.4, top=7.6, floor=1),
        Space(name="landing", left=4.4, bottom=2.0, right=7.4, top=4.4, floor=1),
        Space(name="bathroom", left=4.4, bottom=0.0, right=7.4, top=2.0, floor=1),
    )
    doors = (
        ("living", "hallway", 5.2, 2.2),
        ("living", "dining", 1.8, 4.4),
        ("dining", "kitchen", 3.6, 6.0),
        ("kitchen", "hallway", 6.4, 4.4),
        ("hallway", "landing", 6.0, 3.0),
        ("bedroom", "landing", 4.4, 3.2),
        ("guest", "landing", 3.79, 4.41),
        ("study", "landing", 5.6, 4.4),
        ("bathroom", "landing", 5.6, 2.0),
    )
    return Plan(
        rooms=rooms,
        walls=walls_of(rooms, doors, frozenset({"bathroom"}), loss),
        doors=doors,
        seed=seed,
    )


# At outlets, one of them in the middle of the home, as docs/locator.md asks.
FLAT_3: Mapping[str, Point] = {"": (0.3, 2.5, 0), "s1": (7.9, 4.3, 0), "s2": (2.2, 8.2, 0)}
# As far from each other as the flat allows. Two receivers then tell hallway and bathroom from the
# kitchen by what is left behind two walls: who knows every level of that day is right less often.
FLAT_3_CORNERS: Mapping[str, Point] = dict(FLAT_3) | {"s1": (8.0, 0.4, 0)}
FLAT_6: Mapping[str, Point] = dict(FLAT_3_CORNERS) | {
    "s3": (4.9, 3.0, 0),
    "s4": (6.8, 6.8, 0),
    "s5": (7.9, 4.3, 0),
}
HOUSE_4: Mapping[str, Point] = {
    "": (0.4, 0.4, 0),
    "s1": (7.0, 7.2, 0),
    "s2": (0.4, 0.6, 1),
    "s3": (7.0, 7.2, 1),
}


def stroll(
    plan: Plan,
    *,
    seed: int,
    start_s: float,
    length_s: float,
    stay_s: float = 90.0,
    rooms: tuple[str, ...] = (),
) -> Iterator[Place]:
    """Somebody's way, a place each STEP_S: in each room a few spots, then to the next room.

    `stay_s` is the mean stay in a room. With `rooms` they are visited in that order (a walk
    test), else at random; either way one walks through the rooms between.
    """
    rng = random.Random(f"stroll/{seed}")
    by_name = {room.name: room for room in plan.rooms}
    order = list(rooms)
    room = order.pop(0) if order else rng.choice(plan.rooms).name
    spot = anywhere(by_name[room], rng)
    t_s, heading = start_s, rng.uniform(0.0, math.tau)
    while t_s < start_s + length_s:
        left_s = rng.expovariate(1.0 / stay_s) if not rooms else stay_s
        until = t_s + max(5.0, left_s)
        while t_s < until:
            rest = t_s + min(rng.expovariate(1.0 / (8.0 if rooms else 25.0)), until - t_s)
            while t_s < rest:
                turned = heading + rng.gauss(0.0, 0.15)
                yield Place(t_s=t_s, position=spot, heading_rad=turned, room=room)
                t_s += STEP_S
            heading = rng.uniform(0.0, math.tau)
            target = anywhere(by_name[room], rng)
            way = line(t_s, spot, target)
            for t_s, spot, heading in way:
                yield Place(t_s=t_s, position=spot, heading_rad=heading, room=room)
        if rooms and not order:
            return
        goal = order.pop(0) if order else rng.choice([r.name for r in plan.rooms if r.name != room])
        for following in route(plan, room, goal)[1:]:
            x, y = doorway(plan, room, following)
            way = line(t_s, spot, (x, y, by_name[room].floor))
            for t_s, spot, heading in way:
                yield Place(t_s=t_s, position=spot, heading_rad=heading, room=room)
            room = following
            spot = (x, y, by_name[room].floor)
        inside = anywhere(by_name[room], rng)
        way = line(t_s, spot, inside)
        for t_s, spot, heading in way:
            yield Place(t_s=t_s, position=spot, heading_rad=heading, room=room)


def listen(
    radio: RadioMap, way: Iterator[Place], *, gain_db: float, rate_hz: float, seed: int
) -> Iterator[tuple[Place, list[Heard]]]:
    """Each place of a way, with what the receivers heard in the step that begins there."""
    rng = random.Random(f"listen/{seed}")
    due = 0.0
    for place in way:
        heard: list[Heard] = []
        due = max(due, place.t_s)
        while due < place.t_s + STEP_S:
            sent = radio.rssi(place.position, place.heading_rad, gain_db, due)
            heard += [
                Heard(t_s=due, receiver=name, rssi_dbm=level)
                for name, level in sent.items()
                if level is not None
            ]
            # Advertisers add up to 10 ms at random to each interval (Bluetooth Core 4.4.2.2.1).
            due += 1.0 / rate_hz + rng.uniform(0.0, 0.01)
        yield place, heard


def anywhere(room: Space, rng: random.Random) -> Point:
    """A spot of a room, not too near to a wall."""
    return (
        rng.uniform(room.left + MARGIN_M, room.right - MARGIN_M),
        rng.uniform(room.bottom + MARGIN_M, room.top - MARGIN_M),
        room.floor,
    )


def line(t_s: float, begin: Point, end: Point) -> Iterator[tuple[float, Point, float]]:
    """Time, position and heading of each step from one point to another, straight on."""
    length = math.hypot(end[0] - begin[0], end[1] - begin[1])
    steps = max(1, math.ceil(length / SPEED_M_S / STEP_S))
    heading = math.atan2(end[1] - begin[1], end[0] - begin[0])
    for step in range(1, steps + 1):
        part = step / steps
        t_s += STEP_S
        x = begin[0] + (end[0] - begin[0]) * part
        y = begin[1] + (end[1] - begin[1]) * part
        yield t_s, (x, y, end[2]), heading


def route(plan: Plan, start: str, goal: str) -> list[str]:
    """The rooms on the shortest way, both ends included."""
    near = plan.neighbours()
    paths = [[start]]
    seen = {start}
    while paths:
        path = paths.pop(0)
        if path[-1] == goal:
            return path
        for name in sorted(near[path[-1]] - seen):
            seen.add(name)
            paths.append([*path, name])
    return [start]


def doorway(plan: Plan, one: str, other: str) -> tuple[float, float]:
    """Where one crosses from one room to the other."""
    for a, b, x, y in plan.doors:
        if {a, b} == {one, other}:
            return x, y
    raise ValueError(f"no doorway between {one} and {other}")
