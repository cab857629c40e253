"""A flat as its receivers hear it, window by window: walls, doors at night, drift, shadows.

Numbers of the trade: free space to 1 m at 2.44 GHz 40 dB, light walls 3 to 5 dB, furniture as a
field of 3.5 dB, a body or a cupboard door in the way 6 to 14 dB for minutes to hours.
"""

from __future__ import annotations

import math
import random

from edge.domain import Role

Spot = tuple[float, float]
WIDE_M, DEEP_M = 11.0, 8.0
ANCHORS = ((2.0, 2.0), (9.0, 6.0), (2.0, 7.0), (9.0, 1.0))
TAG_DBM, LOSS_1M_DB, WALL_DB, CASE_DB = -4.0, 40.0, 4.5, 8.0
FURNITURE_DB, FADING_DB, SENSITIVITY_DBM = 3.5, 2.0, -96.0
WINDOWS_A_DAY = 144
# Minutes to six hours, in windows of ten minutes; one in four days for each device and receiver.
SHADOWS = (1, 2, 3, 6, 12, 36)
SHADOW_EVERY = 4 * WINDOWS_A_DAY
ROLES = (
    *(Role.MOTION, Role.MOTION, Role.MOTION, Role.DOOR),
    *(Role.CLIMATE, Role.SMOKE_ALARM, Role.WATER_ALARM, Role.CLIMATE),
)


class Dwelling:
    """Devices "d0"..., receivers "" (the gateway), "r1"...; the same seed is the same flat."""

    def __init__(self, seed: int, receivers: int, roles: tuple[Role, ...] = ROLES) -> None:
        self._rng = random.Random(seed)
        self.roles = {f"d{i}": role for i, role in enumerate(roles)}
        names = [f"r{i}" if i else "" for i in range(receivers)]
        self.receivers = {
            name: (x + self._rng.uniform(-1, 1), y + self._rng.uniform(-1, 1))
            for name, (x, y) in zip(names, ANCHORS, strict=False)
        }
        self.spots = {name: self._spot() for name in self.roles}
        self._levels = {name: self._heard_from(spot) for name, spot in self.spots.items()}
        links = [(device, r) for device in self.roles for r in self.receivers]
        self._doors = {link: self._rng.choice((0.0, 0.0, 3.0, 5.0)) for link in links}
        self._drift = dict.fromkeys(links, 0.0)
        self._shadows: dict[tuple[str, str], tuple[int, float]] = {}
        self.window = 0

    def _spot(self) -> Spot:
        return self._rng.uniform(0, WIDE_M), self._rng.uniform(0, DEEP_M)

    def _heard_from(self, spot: Spot) -> dict[str, float]:
        heard = {}
        for name, (x, y) in self.receivers.items():
            metres = max(0.7, math.dist(spot, (x, y)))
            walls = int(abs(spot[0] - x) // 3.7) + int(abs(spot[1] - y) // 4)
            loss = LOSS_1M_DB + 20 * math.log10(metres) + WALL_DB * walls + CASE_DB
            heard[name] = TAG_DBM - loss + self._rng.gauss(0, FURNITURE_DB)
        return heard

    def move(self, device: str, least_m: float = 4.0) -> None:
        """Into another room."""
        old = self.spots[device]
        while math.dist(old, self.spots[device]) < least_m:
            self.spots[device] = self._spot()
        self._levels[device] = self._heard_from(self.spots[device])

    def apart_m(self, one: str, other: str) -> float:
        return math.dist(self.spots[one], self.spots[other])

    def swap(self, one: str, other: str) -> None:
        self.spots[one], self.spots[other] = self.spots[other], self.spots[one]
        self._levels[one], self._levels[other] = self._levels[other], self._levels[one]

    def move_receiver(self, name: str) -> None:
        self.receivers[name] = self._spot()
        for device, spot in self.spots.items():
            self._levels[device] |= {name: self._heard_from(spot)[name]}

    def next_window(self, *, seldom: float = 1.0) -> dict[str, dict[str, int]]:
        """What is heard in the next ten minutes; doors speak in the share `seldom` of them."""
        heard: dict[str, dict[str, int]] = {}
        for device, role in self.roles.items():
            rare = role is Role.DOOR and seldom < 1.0
            if rare and self._rng.random() > seldom:
                continue
            row = {r: self._level(device, r, rare=rare) for r in self.receivers}
            heard[device] = {r: dbm for r, dbm in row.items() if dbm is not None}
        self.window += 1
        return {device: row for device, row in heard.items() if row}

    def _level(self, device: str, receiver: str, *, rare: bool) -> int | None:
        rng, link = self._rng, (device, receiver)
        hour = self.window / 6 % 24
        self._drift[link] = max(-3.0, min(3.0, self._drift[link] + rng.gauss(0, 0.06)))
        until, shadow = self._shadows.get(link, (0, 0.0))
        if until <= self.window:
            shadow = 0.0
            if rng.random() < 1 / SHADOW_EVERY:
                shadow = rng.uniform(6, 14)
                self._shadows[link] = (self.window + rng.choice(SHADOWS), shadow)
        level = self._levels[device][receiver] + self._drift[link] - shadow
        level -= 0.0 if 7 <= hour <= 22 else self._doors[link]
        level += 1.5 * math.sin(math.tau * hour / 24)
        level += rng.gauss(0, 2 * FADING_DB if rare else FADING_DB)
        lost = rng.random() < 0.02 or level < SENSITIVITY_DBM + rng.gauss(0, 1.5)
        return None if lost else round(level)
