"""The loop that says where worn tags are: off until somebody decided that it may be known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
import structlog

from edge.app.house import House
from edge.app.ingest import Received
from edge.app.locating.fitting import FittingError, InForce, unpack
from edge.app.locating.hearing import Receptions, worn_by_somebody
from edge.domain import Device, Observation, PersonKind
from edge.errors import StoreError
from edge.events import Located
from edge.home.placing import is_located
from edge.home.state import Home, is_visited
from edge.kinds import observation
from edge.locating import Evidence, FitCodecError, Place, PlaceKind, Sighting, Track, follow
from edge.locating.presence import Presence, attend
from edge.store import fits

log = structlog.get_logger()

# A slot of the chain: looked at less often, a room that is known waits for half a hop to be told.
HOP_MS = 2_500
# A place that does not change is said again so often: who reads the store sees that it is known.
HEARTBEAT_MS = 3_600_000
# After a start, or a decision, nothing is known for this long without anybody being told so.
SETTLE_MS = 60_000
# Somebody who moves as sensors see it, and wears no tag.
_MOVERS = frozenset({PersonKind.RESIDENT, PersonKind.PET})
# Packets at one receiver within a minute that make a worn thing one that can be told a room of:
# the fit knows the silence of a tag that sends every second, not of a button that sends twice a
# minute.
QUICK_PACKETS = 12
QUICK_MS = 60_000
# What a fit that does not hang together makes of itself. The gateway has other work: it goes on
# with "near" and "home", and says so.
_FIT_FAILURES = (ArithmeticError, LookupError, ValueError)


class KnowsReceivers(Protocol):
    def rooms(self) -> Mapping[str, str]: ...

    def up(self) -> frozenset[str]: ...


class _Followed(msgspec.Struct):
    """One worn tag while it is followed."""

    since_ms: int
    track: Track = Track()
    presence: Presence = Presence()
    place: Place | None = None
    told: str | None = None
    told_ms: int = 0
    quick: bool = False  # it sends often enough, since it was first followed
    counted: Counter[str] = msgspec.field(default_factory=Counter)
    counted_ms: int = 0


class Locator:
    """Follows every worn tag of a person, one hop after the other."""

    def __init__(
        self, house: House, when_received: list[Received], receivers: KnowsReceivers
    ) -> None:
        self.receptions = Receptions()
        self.receivers = receivers
        self.used: InForce | None = None
        self.on = False
        self.trouble = ""  # why there is no fit although one is stored
        self._house = house
        self._when_received = when_received
        self._followed: dict[str, _Followed] = {}

    async def run(self, beat: Callable[[], None]) -> None:
        await self.load()
        while True:
            beat()
            await self._house.clock.sleep_until(self._now_ms() + HOP_MS)
            was_on = self.on
            self.turn()
            if self.on and not was_on:  # another home, perhaps, than when it was on before
                await self.load()

    async def load(self) -> None:
        """Take the fit in force from the store; without one that can be read there is none."""
        self.trouble = ""
        try:
            stored = await self._house.store.look(fits.fit_in_force)
            self.used = None if stored is None else unpack(stored)
        except (FittingError, FitCodecError, StoreError) as error:
            self.used = None
            self.trouble = str(error)
            log.error("locator_fit_unreadable", reason=str(error))
        self._followed.clear()

    def turn(self) -> None:
        """One hop: what was heard since the last one becomes a place of each tag."""
        home = self._house.keeper.home
        if not is_located(home):
            self._off()
            return
        worn = {key: d for key, d in self._house.devices.items() if worn_by_somebody(d)}
        self._on(frozenset(worn))
        up = self.receivers.up()
        evidence = self.receptions.take_evidence()
        for key in [key for key in self._followed if key not in worn]:
            del self._followed[key]
        for device in worn.values():
            if self.receptions.is_carried(device.id):
                self._followed.pop(device.id, None)
                continue
            one = self._followed.setdefault(device.id, _Followed(since_ms=self._now_ms()))
            heard = self.receptions.take(device.id)
            one.place = self._placed(one, heard, evidence, home, up)
            self._tell(device, one)

    def place_of(self, device: str) -> Place | None:
        one = self._followed.get(device)
        return None if one is None else one.place

    def step(
        self, track: Track, heard: list[Sighting], evidence: list[Evidence]
    ) -> tuple[Track, Place] | None:
        """The fit's word on a tag that an installer carries; None without a fit."""
        if self.used is None:
            return None
        home = self._house.keeper.home
        return self._followed_on(self.used, track, heard, evidence, home, self.receivers.up())

    # -- inside -------------------------------------------------------------------------------

    def _on(self, wanted: frozenset[str]) -> None:
        self.receptions.wanted = wanted
        if self.on:
            return
        self.on = True
        self.listen()
        self._house.when_heard.append(self._witness)
        log.info("locator_on")

    def _off(self) -> None:
        """Nothing is heard for it any more, and what it knew is gone."""
        if not self.on:
            return
        self.on = False
        self._when_received.remove(self.receptions.received)
        self._house.when_heard.remove(self._witness)
        self.receptions.wanted = frozenset()
        self.receptions.forget()
        self._followed.clear()
        self.used, self.trouble = None, ""
        log.info("locator_off")

    def listen(self) -> None:
        """Be told of receptions; nothing comes of them but for followed and carried tags."""
        if self.receptions.received not in self._when_received:
            self._when_received.append(self.receptions.received)

    def _witness(self, seen: Observation) -> None:
        self.receptions.witnessed(seen, self._house.keeper.home)

    def _placed(
        self,
        one: _Followed,
        heard: list[Sighting],
        evidence: list[Evidence],
        home: Home,
        up: frozenset[str],
    ) -> Place:
        self._count(one, heard)
        if self.used is not None and one.quick:
            try:
                one.track, place = self._followed_on(
                    self.used, one.track, heard, evidence, home, up
                )
            except _FIT_FAILURES as error:
                self.used = None
                self.trouble = f"the fit failed ({type(error).__name__}); fit the home again"
                log.error("locator_fit_failed", error=type(error).__name__)
            else:
                return place
        one.presence, place = attend(one.presence, heard, evidence, self._now_ms(), receivers_up=up)
        return place

    def _count(self, one: _Followed, heard: list[Sighting]) -> None:
        """Learn whether it sends often; once it does, its silence means what the fit says."""
        if one.quick:
            return
        if self._now_ms() - one.counted_ms >= QUICK_MS:
            one.counted.clear()
            one.counted_ms = self._now_ms()
        one.counted.update(seen.receiver for seen in heard)
        one.quick = max(one.counted.values(), default=0) >= QUICK_PACKETS

    def _followed_on(
        self,
        used: InForce,
        track: Track,
        heard: list[Sighting],
        evidence: list[Evidence],
        home: Home,
        up: frozenset[str],
    ) -> tuple[Track, Place]:
        return follow(
            used.fit,
            track,
            heard,
            evidence,
            self._now_ms(),
            receivers_up=up,
            residents=_movers(home),
            exits=[room.id for room in home.rooms.values() if room.outer],
        )

    def _tell(self, device: Device, one: _Followed) -> None:
        place, now_ms = one.place, self._now_ms()
        if place is None:
            return
        value = word_of(place)
        self._house.tell(Located(device=device.id, place=value, confidence=place.confidence))
        changed = value != one.told
        if not changed and now_ms - one.told_ms < HEARTBEAT_MS:
            return
        settling = one.told is None and now_ms - one.since_ms < SETTLE_MS
        if settling and place.kind is PlaceKind.UNKNOWN:
            return
        one.told, one.told_ms = value, now_ms
        at = self._house.clock.now()
        for kind, told in (
            ("location", value),
            ("location_confidence", round(place.confidence * 100)),
        ):
            said = observation(device.id, kind, told, at)
            self._house.hear(msgspec.structs.replace(said, room=place.room, person=device.person))

    def _now_ms(self) -> int:
        return self._house.clock.now().boottime_ms


def word_of(place: Place) -> str:
    """What is told of a place: a room's id, or the kind of place it is."""
    return place.room if place.room is not None else place.kind.value


def _movers(home: Home) -> int:
    """How many may be behind what a sensor saw, the wearer counted."""
    several = sum(person.kind in _MOVERS for person in home.persons.values())
    return max(1, several) + is_visited(home)
