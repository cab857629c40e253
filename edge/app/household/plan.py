"""The rooms of the home and how they hang together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from edge.app.house import House
from edge.app.requests.asked import ident_of, known_of, label_of, told_by
from edge.config.words import Ident, Section
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Plan, Room
from edge.errors import ConfigFault, ControlError, NotNowError
from edge.home.state import ROOMS_MAX
from edge.locale.refusing import listed, worded
from edge.settings import check

Neighbours = Annotated[
    tuple[Ident, ...],
    Meta(
        max_length=ROOMS_MAX,
        description="the rooms that one can walk into from here",
        examples=[["hallway", "kitchen"]],
    ),
]


class RoomRow(Section, frozen=True, kw_only=True):
    """One [[room]] table of a plan."""

    id: Ident
    label: Annotated[str, Meta(max_length=60, description="words for people")] = ""
    outer: Annotated[bool, Meta(description="whether it has a door to the outside")] = False
    next_to: Neighbours = ()


class Rooms:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "room_add": self.add,
            "room_list": self.all,
            "room_remove": self.remove,
            "room_import": self.plan,
        }

    async def add(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """One room more, or one told anew; `next_to` holds in both directions."""
        ident = ident_of(args, "room")
        rooms = dict(self._house.keeper.home.rooms)
        old = rooms.get(ident)
        asked = args.get("next_to")
        next_to = _neighbours(asked, rooms, ident) if asked is not None else None
        if next_to is None:
            next_to = () if old is None else old.next_to
        outer = args.get("outer")
        room = Room(
            id=ident,
            label=label_of(args) or ("" if old is None else old.label),
            outer=outer if isinstance(outer, bool) else old is not None and old.outer,
            next_to=next_to,
        )
        rooms[ident] = room
        for name, other in rooms.items():
            if name != ident:
                rooms[name] = _joined(other, ident, joined=name in next_to)
        await self._put(rooms.values(), told_by(args, peer))
        return self._rows() | {"room": ident, "change": "new" if old is None else "changed"}

    async def all(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        return self._rows()

    async def remove(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A room that is no longer there; devices have to leave it first."""
        home = self._house.keeper.home
        room = known_of(args, "room", home.rooms, "room")
        by = told_by(args, peer)
        inside = [device.id for device in self._house.devices.values() if device.room == room.id]
        if inside:
            devices, first = listed(inside), inside[0]
            raise worded(NotNowError, "room_in_use", room=room.id, devices=devices, first=first)
        rest = (other for name, other in home.rooms.items() if name != room.id)
        await self._put([_joined(other, room.id, joined=False) for other in rest], by)
        return self._rows() | {"room": room.id, "change": "removed"}

    async def plan(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """The whole plan at once, or every fault of it and no change."""
        rooms, faults = rooms_of(args.get("rooms"))
        if faults:
            rows = [{"key": f.key, "wrong": f.wrong, "mend": f.mend} for f in faults]
            return {"faults": rows, "rooms": []}
        await self._put(rooms, told_by(args, peer))
        return self._rows() | {"faults": []}

    async def _put(self, rooms: Iterable[Room], by: str) -> None:
        if self._house.tell(Plan(rooms=tuple(rooms), by=by)):
            raise worded(NotNowError, "rooms_most", most=ROOMS_MAX)
        await self._house.commit()

    def _rows(self) -> dict[str, Any]:
        rooms = self._house.keeper.home.rooms
        devices = list(self._house.devices.values())
        return {
            "rooms": [
                {
                    "room": room.id,
                    "label": room.label,
                    "outer": room.outer,
                    "next_to": list(room.next_to),
                    "devices": [device.id for device in devices if device.room == room.id],
                }
                for room in rooms.values()
            ],
            "elsewhere": [
                {"device": device.id, "room": device.room}
                for device in devices
                if device.room not in rooms
            ],
        }


def rooms_of(tables: object) -> tuple[list[Room], list[ConfigFault]]:
    """The [[room]] tables of a plan as rooms, or every fault of them."""
    rows = tables if isinstance(tables, list) else []
    faults: list[ConfigFault] = []
    found: list[RoomRow] = []
    if not rows:
        mend = "write each room as a [[room]] table"
        faults.append(ConfigFault("", "room", "is missing", mend))
    if len(rows) > ROOMS_MAX:
        mend = f"a plan has {ROOMS_MAX} at most"
        faults.append(ConfigFault("", "room", f"has {len(rows)} tables", mend))
        rows = rows[:ROOMS_MAX]
    for i, row in enumerate(rows):
        record, wrong = check(RoomRow, row, "", f"room[{i}]")
        faults += wrong
        if record is not None:
            found.append(record)
    faults += _faults_between(rows)
    return _both_ways(found), faults


def _faults_between(rows: Sequence[Any]) -> list[ConfigFault]:
    """Names given twice, neighbours that are not there, a room beside itself."""
    faults = []
    names = [row.get("id") if isinstance(row, dict) else None for row in rows]
    for i, (name, row) in enumerate(zip(names, rows, strict=True)):
        if name is not None and name in names[:i]:
            wrong = f"'{name}' stands at room[{names.index(name)}] already"
            faults.append(ConfigFault("", f"room[{i}].id", wrong, "give each room its own id"))
        beside = row.get("next_to") if isinstance(row, dict) else None
        for other in beside if isinstance(beside, list) else []:
            if other == name:
                mend = "name other rooms alone"
                faults.append(ConfigFault("", f"room[{i}].next_to", "names itself", mend))
            elif isinstance(other, str) and other not in names:
                there = ", ".join(str(one) for one in names if one is not None)
                wrong = f"'{other}' is no room of this plan"
                faults.append(ConfigFault("", f"room[{i}].next_to", wrong, f"there are: {there}"))
    return faults


def _both_ways(rows: Sequence[RoomRow]) -> list[Room]:
    """Whoever can walk from one room into another can walk back."""
    beside: dict[str, list[str]] = {row.id: [] for row in rows}
    for row in rows:
        for other in row.next_to:
            for one, two in ((row.id, other), (other, row.id)):
                if two not in beside.setdefault(one, []):
                    beside[one].append(two)
    return [
        Room(id=row.id, label=row.label, outer=row.outer, next_to=tuple(beside[row.id]))
        for row in rows
    ]


def _neighbours(asked: object, rooms: Mapping[str, Room], ident: str) -> tuple[str, ...]:
    names = asked if isinstance(asked, list) else []
    for name in names:
        if name not in rooms or name == ident:
            there = listed(one for one in rooms if one != ident)
            raise worded(ControlError, "no_other_room", name=str(name), there=there)
    return tuple(dict.fromkeys(names))


def _joined(room: Room, ident: str, *, joined: bool) -> Room:
    beside = tuple(name for name in room.next_to if name != ident)
    return msgspec.structs.replace(room, next_to=(*beside, ident) if joined else beside)
