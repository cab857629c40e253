"""The walk test: somebody stands and walks in one room after another, and says which.

Strengths of reception are kept only of such a walk, by the room that was named, because the fit
is made from them; a walk that was broken off is kept as far as it went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from edge.app.house import House
from edge.app.installing.listening import TELL_EVERY_S, seconds
from edge.app.locating.fitting import ENOUGH_WINDOWS
from edge.app.locating.hearing import worn_by_somebody
from edge.app.locating.locator import Locator
from edge.app.requests.asked import ident_of, text_of, told_by
from edge.control.protocol import Peer
from edge.domain import Device, Record
from edge.errors import ControlError, StoreError
from edge.home.placing import is_located
from edge.locale.refusing import given, listed, worded
from edge.locating import WINDOW_MS, PlaceKind, Sample, Sighting
from edge.store import fits, household
from edge.store.fits import StoredWalk

log = structlog.get_logger()

# A tag that sends ten times a second, at three receivers, for a quarter of an hour.
SIGHTINGS_MAX = 30_000
# Packets of a minute below which a room was rather not heard than learned.
ENOUGH_PACKETS = 30
# Stays of one room and session that are kept: what was walked again, and again.
WALKS_OF_ROOM_MAX = 3
# Stays that a fit is made from: 32 rooms, walked three times.
WALKS_MAX = 96
# Between two stays that are not one walk; longer than the fit takes for one.
GAP_MS = 60_000
SESSION = "walk"
_RESERVED = frozenset(kind.value for kind in PlaceKind)


class Told(msgspec.Struct, frozen=True, array_like=True):
    """One reception: whose, dBm, ms after the walk's beginning."""

    receiver: str
    rssi_dbm: int
    ms: int


class Walked(Record, frozen=True, kw_only=True):
    """What the table's `body` holds of one stay. `receivers`: with the rooms they stood in."""

    format: int = 1
    length_ms: int
    receivers: dict[str, str]
    told: tuple[Told, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Walked).decode


class Walk:
    """One stay while it goes on."""

    def __init__(self, began_ms: int) -> None:
        self.began_ms = began_ms
        self.packets: Counter[str] = Counter()
        self._told: list[Told] = []

    def hear(self, seen: Sighting) -> None:
        self.packets[seen.receiver] += 1
        if len(self._told) < SIGHTINGS_MAX:
            ms = max(0, seen.at_ms - self.began_ms)
            self._told.append(Told(seen.receiver, seen.rssi_dbm, ms))

    def windows(self, now_ms: int) -> int:
        return (now_ms - self.began_ms) // WINDOW_MS

    def is_enough(self, now_ms: int) -> bool:
        return self.windows(now_ms) >= ENOUGH_WINDOWS and self.packets.total() >= ENOUGH_PACKETS

    def body(self, now_ms: int, receivers: Mapping[str, str]) -> bytes:
        length_ms = self.windows(now_ms) * WINDOW_MS
        told = tuple(one for one in self._told if one.ms < length_ms)
        return _encode(Walked(length_ms=length_ms, receivers=dict(receivers), told=told))


class Walking:
    """The stream of one stay. `locator` is set by a running gateway."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.locator: Locator | None = None

    async def walk(self, args: dict[str, Any], peer: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Counts packets while somebody is in `room`; the whole windows of it are kept."""
        locator = self.running()
        device, room = carried_tag(self._house, args), self._room(args)
        session = text_of(args, "session") if args.get("session") else SESSION
        by = told_by({"by": "installer"} | args, peer)
        window_ms = int(seconds(args, default_s=60.0) * 1000)
        clock = self._house.clock
        walk = Walk(clock.now().boottime_ms)
        locator.listen()
        try:
            with locator.receptions.carried(device.id, walk.hear):
                while (left_ms := walk.began_ms + window_ms - clock.now().boottime_ms) > 0:
                    yield self._row(walk, locator) | {"done": False, "left_s": left_ms / 1000}
                    step_ms = min(left_ms, int(TELL_EVERY_S * 1000))
                    await clock.sleep_until(clock.now().boottime_ms + step_ms)
        finally:
            kept = await self._keep(walk, locator, room, session, by)
        yield self._row(walk, locator) | {
            "done": True,
            "left_s": 0.0,
            "room": room,
            "kept": kept,
            "left_out": await self.not_walked(locator.receivers.rooms()),
        }

    def running(self) -> Locator:
        """The locator of a running gateway, with a decision; raises ControlError without."""
        decided(self._house)
        if self.locator is None:
            raise worded(ControlError, "no_gateway")
        return self.locator

    async def walked(self, receivers: Mapping[str, str]) -> list[StoredWalk]:
        """Stays that still say something: of this dwelling, with the receivers as they stand."""
        stored = await self._house.store.look(fits.walks, WALKS_MAX)
        moved = await self._house.store.look(household.last_move)
        since_ms = 0 if moved is None else moved.wall_ms
        return [
            one
            for one in stored
            if one.at.wall_ms >= since_ms and _read(one).receivers == dict(receivers)
        ]

    async def not_walked(self, receivers: Mapping[str, str]) -> list[str]:
        walked = {one.room for one in await self.walked(receivers)}
        return sorted(set(self._house.keeper.home.rooms) - walked)

    async def _keep(self, walk: Walk, locator: Locator, room: str, session: str, by: str) -> bool:
        """Store what was walked, when it is a window at least; also when it was broken off."""
        now = self._house.clock.now()
        windows = walk.windows(now.boottime_ms)
        if windows < 1:
            return False
        stay = StoredWalk(
            room=room,
            session=session,
            windows=windows,
            by=by,
            at=now,
            body=walk.body(now.boottime_ms, locator.receivers.rooms()),
        )
        await self._house.store.change(fits.put_walk, stay, WALKS_OF_ROOM_MAX)
        log.info("locator_walked", count=windows)
        return True

    def _row(self, walk: Walk, locator: Locator) -> dict[str, Any]:
        now_ms = self._house.clock.now().boottime_ms
        known = dict.fromkeys(locator.receivers.rooms(), 0)
        return {
            "packets": known | dict(walk.packets),
            "up": sorted(locator.receivers.up()),
            "windows": walk.windows(now_ms),
            "enough": walk.is_enough(now_ms),
        }

    def _room(self, args: dict[str, Any]) -> str:
        room = ident_of(args, "room")
        rooms = self._house.keeper.home.rooms
        if rooms and room not in rooms:
            known = listed(sorted(rooms))
            raise worded(ControlError, "not_among", key="room", name=room, there=known)
        if room in _RESERVED:
            raise worded(ControlError, "room_reserved", name=room)
        return room


def decided(house: House) -> None:
    """Raises ControlError, with the mend, while nobody's place may be known."""
    if not is_located(house.keeper.home):
        raise worded(ControlError, "not_decided")


def carried_tag(house: House, args: dict[str, Any]) -> Device:
    """The worn device that `tag` names, or the only one there is."""
    worn = {d.id: d for d in house.devices.values() if worn_by_somebody(d)}
    asked = args.get("tag")
    if asked is None and len(worn) == 1:
        return next(iter(worn.values()))
    known = listed(sorted(worn))
    if asked is None:
        raise worded(ControlError, "which_tag", there=known)
    if asked not in worn:
        raise worded(ControlError, "no_worn_device", name=given(asked), there=known)
    return worn[asked]


def samples_of(walks: Sequence[StoredWalk]) -> list[Sample]:
    """The windows of all stays, one stay after the other in time.

    A session that did not go to every room is no test of the others: it counts to the first.
    """
    rooms = {one.room for one in walks}
    whole = {
        session
        for session in {one.session for one in walks}
        if {one.room for one in walks if one.session == session} == rooms
    }
    found: list[Sample] = []
    began_ms = 0
    for stay in walks:
        body = _read(stay)
        session = stay.session if stay.session in whole else SESSION
        for from_ms in range(0, body.length_ms, WINDOW_MS):
            until_ms = from_ms + WINDOW_MS
            found.append(
                Sample(
                    session=session,
                    person=SESSION,
                    room=stay.room,
                    sightings=tuple(
                        Sighting(
                            receiver=one.receiver,
                            rssi_dbm=one.rssi_dbm,
                            at_ms=began_ms + one.ms,
                        )
                        for one in body.told
                        if from_ms <= one.ms < until_ms
                    ),
                    from_ms=began_ms + from_ms,
                    until_ms=began_ms + until_ms,
                )
            )
        began_ms += body.length_ms + GAP_MS
    return found


def _read(stay: StoredWalk) -> Walked:
    try:
        return _decode(stay.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise worded(StoreError, "walk_unreadable", room=stay.room) from error
