"""Where devices are and whose they are, changed later: moved, mixed up, replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edge.app.installing.devices import Devices
from edge.app.requests.asked import ident_of
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Device
from edge.errors import ControlError, NotNowError
from edge.locale.refusing import listed, worded
from edge.store import household


class Placing:
    """Handlers for one house."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._house = devices.house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "device_move": self.move,
            "device_swap": self.swap,
            "device_replace": self.replace,
        }

    async def move(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A device stands in another room; what was heard of it stays with it."""
        device, room = self._devices.named(args), ident_of(args, "room")
        rooms = self._house.keeper.home.rooms
        if rooms and room not in rooms:
            there = listed(rooms)
            raise worded(ControlError, "not_there", key="room", what="room", name=room, there=there)
        await self._devices.put_in_force([msgspec.structs.replace(device, room=room)], peer)
        return {"device": device.id, "from": device.room, "room": room, **await self._fit()}

    async def swap(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Two devices of one kind had each other's place: room, person and label change sides."""
        one = self._devices.named(args)
        other = self._devices.named({"device": args.get("other")})
        if one.id == other.id:
            raise worded(ControlError, "swap_one", device=one.id)
        if one.role is not other.role:
            raise worded(
                ControlError,
                "swap_roles",
                device=one.id,
                role=one.role.value,
                other=other.id,
                as_role=other.role.value,
            )
        await self._devices.put_in_force([_placed_as(one, other), _placed_as(other, one)], peer)
        swapped = [self._house.devices[ident] for ident in (one.id, other.id)]
        rows = [
            {"device": d.id, "room": d.room, "person": d.person, "label": d.label} for d in swapped
        ]
        return {"devices": rows, **await self._fit()}

    async def replace(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A successor under the same name: place, person and label stay, counters begin anew."""
        old = self._devices.named(args)
        row = {"id": old.id} | {
            name: args[name] for name in ("driver", "address") if args.get(name) is not None
        }
        key = args.get("key")
        if row.get("address") in (None, old.address) and key is None:
            raise worded(NotNowError, "same_address", device=old.id)
        if old.key is not None and key is None and args.get("plain") is not True:
            # Encryption never goes by an omission.
            raise worded(NotNowError, "key_needed", device=old.id)
        wish = {"devices": [{"row": row, "key": key}], "merge": True}
        found: dict[str, Any] = await self._devices.enrol(wish, peer)
        if found["faults"]:
            return found
        return found | await self._fit()

    async def _fit(self) -> dict[str, Any]:
        """Whether the room locator was fitted with devices where they are no more."""
        fit = await self._house.store.look(household.fit_in_force)
        moved = await self._house.store.look(household.moved_since_fit)
        return {"fitted": fit is not None, "walk_again": moved}


def _placed_as(device: Device, other: Device) -> Device:
    return msgspec.structs.replace(device, room=other.room, person=other.person, label=other.label)
