"""What the receivers of a dwelling hear of a worn tag: walls, a body, reflections, loss.

`RadioMap(plan, receivers).rssi(position, heading_rad, tag_gain_db, t_s)` is one transmission:
the dBm at each receiver, or None where it was lost. Pure and seeded: the same arguments give
the same numbers. Numbers are from literature, not fitted to any locator:

- path loss: free space to 1 m at 2.44 GHz is 40.2 dB, exponent 2; a floor is 18.3 dB (COST 231).
- walls: at 2.4 GHz boards take 3 to 5 dB, brick 8 dB, concrete 10 to 15 dB (Airespace design
  notes: 4, 8 and 10 to 15). Taken: the middle. The multi-wall model of COST 231 (final report
  1999, table 4.7.2) has 3.4 and 6.9 dB for light and heavy walls at 1.8 GHz; that is kept as
  HARD, in which rooms differ less than they do at 2.4 GHz.
- shadow field by furniture: standard deviation 3 to 4 dB, decorrelation 1 to 2 m
  (ITU-R P.1238, Gudmundson 1991).
- body: up to 13.6 dB behind a wearer indoors (Khan, Abbasi and others 2011, UWB), 10 to 15 dB and
  more at 2.4 GHz (Obayashi and Zander 1998).
- reflections: Rician with K of 3 to 6 dB in a furnished room (4 to 6 dB with aerials that send
  all round, with people about: IJAP 2010, 735434); as plane waves, so that a tag that lies still
  keeps its fades, and each of the three advertising channels has its own. With the channels that
  is 4.2 dB a packet; BLE advertisements indoors vary by 3.5 to 5.9 dB (Strzoda 2022).
- packets: 13 to 40 % fewer where others advertise all the time (Strzoda 2022); a home has few.
- day to day: doors and furniture move; offsets of 1 to 3 dB (Haeberlen 2004, Garcia-Paterna 2021).
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from edge.domain.base import Record

Point = tuple[float, float, int]  # metres, metres, floor number

# A coin-cell tag at 0 dBm, its aerial on a body; free-space loss to 1 m at 2.44 GHz.
TAG_DBM = -4.0
LOSS_1M_DB = 40.2
LIGHT_WALL_DB = 4.0
HEAVY_WALL_DB = 12.5
FLOOR_DB = 18.3
FLOOR_M = 2.8
SHADOW_DB = 3.5
SHADOW_M = 1.5
# How much of the furniture's field is another one on another day.
DAY_SHARE = 0.35
DAY_OFFSET_DB = 1.5
BODY_DB = 12.0
RICIAN_K_DB = 5.0
WAVES = 6
WAVELENGTHS_M = (0.1248, 0.1232, 0.1210)  # channels 37, 38, 39
CHANNEL_OFFSET_DB = 1.5  # aerials are not flat over the band
# Half of the packets at this strength are decoded by a USB dongle or a small board.
SENSITIVITY_DBM = -94.0
SENSITIVITY_SLOPE_DB = 1.5
LOSS = 0.15  # other advertisers, scan windows, Wi-Fi
DAY_S = 86_400.0


class Space(Record, frozen=True, kw_only=True):
    """One room: a rectangle on one floor, in metres."""

    name: str
    left: float
    bottom: float
    right: float
    top: float
    floor: int = 0

    def holds(self, x: float, y: float, floor: int) -> bool:
        return floor == self.floor and self.left <= x < self.right and self.bottom <= y < self.top


class Wall(Record, frozen=True, kw_only=True):
    """A wall of one floor, from one point to another; a doorway is a gap between two walls."""

    ax: float
    ay: float
    bx: float
    by: float
    loss_db: float = LIGHT_WALL_DB
    floor: int = 0


class WallLoss(Record, frozen=True, kw_only=True):
    """What walls take: one of board, one of concrete, and the most that two of a place do."""

    light_db: float = LIGHT_WALL_DB
    heavy_db: float = HEAVY_WALL_DB
    most_db: float = HEAVY_WALL_DB


USUAL = WallLoss()
HARD = WallLoss(light_db=3.4, heavy_db=6.9, most_db=2 * 6.9)


class Plan(Record, frozen=True, kw_only=True):
    """A dwelling: its rooms, walls, and the doorways that people walk through."""

    rooms: tuple[Space, ...]
    walls: tuple[Wall, ...]
    doors: tuple[tuple[str, str, float, float], ...]  # two rooms, and where one crosses
    seed: int = 1

    def room_of(self, position: Point) -> str | None:
        for room in self.rooms:
            if room.holds(*position):
                return room.name
        return None

    def neighbours(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {room.name: set() for room in self.rooms}
        for one, other, _, _ in self.doors:
            found[one].add(other)
            found[other].add(one)
        return {name: frozenset(near) for name, near in found.items()}


class _Field:
    """A smooth random field with unit deviation: plane waves of random direction."""

    def __init__(self, rng: random.Random) -> None:
        scale = math.sqrt(2.0) / SHADOW_M
        self._waves = [
            (rng.gauss(0.0, scale), rng.gauss(0.0, scale), rng.uniform(0.0, math.tau))
            for _ in range(16)
        ]
        self._size = math.sqrt(2.0 / len(self._waves))

    def at(self, x: float, y: float) -> float:
        return self._size * sum(math.cos(kx * x + ky * y + p) for kx, ky, p in self._waves)


class _Link:
    """What is fixed between one receiver and the dwelling on one day."""

    def __init__(self, plan: Plan, name: str, day: int) -> None:
        always = random.Random(f"{plan.seed}/{name}")
        today = random.Random(f"{plan.seed}/{name}/{day}")
        self.fields = [
            (_Field(always), SHADOW_DB * math.sqrt(1.0 - DAY_SHARE)),
            (_Field(today), SHADOW_DB * math.sqrt(DAY_SHARE)),
        ]
        self.offset_db = today.gauss(0.0, DAY_OFFSET_DB)
        self.channel_db = [always.gauss(0.0, CHANNEL_OFFSET_DB) for _ in WAVELENGTHS_M]
        # Per channel the same directions, with phases of its own wavelength.
        self.waves = [
            (always.uniform(0.0, math.tau), always.uniform(0.0, math.tau)) for _ in range(WAVES)
        ]


class RadioMap:
    """The radio of one dwelling. `receivers` maps a name to where it hangs."""

    def __init__(self, plan: Plan, receivers: Mapping[str, Point]) -> None:
        self._plan = plan
        self._receivers = dict(receivers)
        self._links: dict[tuple[str, int], _Link] = {}

    def rssi(
        self, position: Point, heading_rad: float, tag_gain_db: float, t_s: float
    ) -> dict[str, int | None]:
        """One transmission at `t_s` (s; the day is the whole 86,400 of it) from `position`."""
        rng = random.Random(f"{self._plan.seed}/{position}/{t_s:.3f}")
        channel = rng.randrange(3)
        return {
            name: self._heard(name, position, heading_rad, tag_gain_db, t_s, channel, rng)
            for name in self._receivers
        }

    def mean_dbm(self, name: str, position: Point, heading_rad: float, day: int) -> float:
        """What arrives without fading, noise and loss."""
        x, y, floor = position
        rx, ry, rfloor = self._receivers[name]
        link = self._link(name, day)
        climb = FLOOR_M * (floor - rfloor)
        distance = max(0.3, math.sqrt((x - rx) ** 2 + (y - ry) ** 2 + climb**2))
        level = TAG_DBM - LOSS_1M_DB - 20.0 * math.log10(distance)
        level -= FLOOR_DB * abs(floor - rfloor)
        level -= _walls_db(self._plan.walls, (x, y), (rx, ry), {floor, rfloor})
        level += sum(size * field.at(x, y) for field, size in link.fields) + link.offset_db
        # Cardioid: nothing in front of the wearer, all of it behind the back.
        angle = math.atan2(ry - y, rx - x) - heading_rad
        return level - BODY_DB * math.pow((1.0 - math.cos(angle)) / 2.0, 1.5)

    def _heard(
        self,
        name: str,
        position: Point,
        heading_rad: float,
        gain_db: float,
        t_s: float,
        channel: int,
        rng: random.Random,
    ) -> int | None:
        link = self._link(name, int(t_s // DAY_S))
        level = self.mean_dbm(name, position, heading_rad, int(t_s // DAY_S)) + gain_db
        # Breathing and hands move a tag by centimetres even at rest.
        x = position[0] + rng.gauss(0.0, 0.01)
        y = position[1] + rng.gauss(0.0, 0.01)
        level += _fade_db(link.waves, x, y, channel) + link.channel_db[channel]
        level += rng.gauss(0.0, 1.0)
        decoded = 1.0 / (1.0 + math.exp((SENSITIVITY_DBM - level) / SENSITIVITY_SLOPE_DB))
        return round(level) if rng.random() < decoded * (1.0 - LOSS) else None

    def _link(self, name: str, day: int) -> _Link:
        key = (name, day)
        if key not in self._links:
            self._links[key] = _Link(self._plan, name, day)
        return self._links[key]


def _fade_db(waves: Sequence[tuple[float, float]], x: float, y: float, channel: int) -> float:
    number = math.tau / WAVELENGTHS_M[channel]
    k = 10.0 ** (RICIAN_K_DB / 10.0)
    size = math.sqrt(1.0 / (k + 1.0) / len(waves))
    real, imaginary = math.sqrt(k / (k + 1.0)), 0.0
    for direction, phase in waves:
        turn = number * (x * math.cos(direction) + y * math.sin(direction)) + phase
        real += size * math.cos(turn)
        imaginary += size * math.sin(turn)
    return 10.0 * math.log10(max(1e-4, real * real + imaginary * imaginary))


def _walls_db(
    walls: Sequence[Wall], one: tuple[float, float], other: tuple[float, float], floors: set[int]
) -> float:
    return sum(
        wall.loss_db for wall in walls if wall.floor in floors and _crosses(wall, one, other)
    )


def _crosses(wall: Wall, one: tuple[float, float], other: tuple[float, float]) -> bool:
    ax, ay, bx, by = wall.ax, wall.ay, wall.bx, wall.by
    (cx, cy), (dx, dy) = one, other

    def side(px: float, py: float, qx: float, qy: float, rx: float, ry: float) -> float:
        return (qx - px) * (ry - py) - (qy - py) * (rx - px)

    return (side(ax, ay, bx, by, cx, cy) > 0) != (side(ax, ay, bx, by, dx, dy) > 0) and (
        side(cx, cy, dx, dy, ax, ay) > 0
    ) != (side(cx, cy, dx, dy, bx, by) > 0)
