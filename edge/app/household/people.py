"""Persons of the home: told, listed, and gone again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edge.app.installing.devices import Devices
from edge.app.requests.asked import choice_of, ident_of, known_of, label_of, told_by
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Device, Person, PersonKind, PersonLeft, Role, Stay, StayKind
from edge.errors import NotNowError
from edge.home.hearing import CALL_ROLES, WORN_ROLES
from edge.home.state import PERSONS_MAX, Home
from edge.home.staying import has_pet, is_ended, residents, stay_of
from edge.locale.refusing import worded

# What a person uses and a pet does not: with one of them stillness can be told from a cat.
OF_PERSONS = frozenset(
    {Role.DOOR, Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER, Role.STOVE_GUARD} | WORN_ROLES
)
# What is one person's, and can be nobody's only where one person lives.
OWNED = CALL_ROLES | {Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER}


class People:
    """Handlers for one house."""

    def __init__(self, installer: Devices) -> None:
        self._installer = installer
        self._house = installer.house

    def handlers(self) -> Mapping[str, Handler]:
        return {"person_add": self.add, "person_list": self.all, "person_leave": self.leave}

    async def add(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Somebody is of this home from now on, or is told anew."""
        person = Person(
            id=ident_of(args, "person"),
            kind=choice_of(args, "kind", PersonKind, frozenset()),
            label=label_of(args),
            by=told_by(args, peer),
        )
        before = self._house.keeper.home.persons.get(person.id)
        if self._house.tell(person):
            raise worded(NotNowError, "persons_most", most=PERSONS_MAX)
        moves_in = before is None and person.kind is PersonKind.RESIDENT
        if moves_in and is_ended(self._house.keeper.home, person.id):
            # Whoever moves in after an end lives here: what was told of everybody is not theirs.
            from_ms = self._house.clock.now().wall_ms
            here = Stay(kind=StayKind.HOME, by=person.by, from_ms=from_ms, person=person.id)
            self._house.tell(here)
        await self._house.commit()
        home = self._house.keeper.home
        change = "new" if before is None else "changed"
        return person_row(home, person) | {"change": change, "advice": advice_of(home)}

    async def all(self, _: dict[str, Any], __: Peer) -> list[dict[str, Any]]:
        home = self._house.keeper.home
        return [person_row(home, person) for person in home.persons.values()]

    async def leave(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Somebody is no longer of this home: what was theirs is nobody's."""
        person = known_of(args, "person", self._house.keeper.home.persons, "person")
        by = told_by(args, peer)
        theirs = [d for d in self._house.devices.values() if d.person == person.id]
        had_ended = is_ended(self._house.keeper.home, None)
        self._house.tell(PersonLeft(person=person.id, by=by))
        if had_ended and not is_ended(self._house.keeper.home, None):
            # It was told of each; nobody is left to carry it, and nobody moved in.
            from_ms = self._house.clock.now().wall_ms
            self._house.tell(Stay(kind=StayKind.ENDED, by=by, from_ms=from_ms))
        await self._installer.put_in_force([_nobodys(device) for device in theirs], peer)
        home = self._house.keeper.home
        return {
            "person": person.id,
            "kind": person.kind.value,
            "devices": [device.id for device in theirs],
            "residents": list(residents(home)),
            "advice": advice_of(home),
        }


def person_row(home: Home, person: Person) -> dict[str, Any]:
    stay = stay_of(home, person.id) if person.kind is PersonKind.RESIDENT else None
    return {
        "person": person.id,
        "kind": person.kind.value,
        "label": person.label,
        "by": person.by,
        "devices": [d.id for d in home.devices.values() if d.person == person.id],
        "stay": None if stay is None else stay.kind.value,
        "ended": person.kind is PersonKind.RESIDENT and is_ended(home, person.id),
    }


def advice_of(home: Home) -> list[dict[str, Any]]:
    """What an installer should see to, in short codes with the devices they are about.

    `pet_alone`: movement may be the pet's, and no other sign of a person is there to be had.
    `owner_unknown`: several live here, and this device is nobody's in particular.
    """
    found: list[dict[str, Any]] = []
    if has_pet(home) and not any(_tells_of_persons(home, d.id) for d in home.devices.values()):
        found.append({"advice": "pet_alone", "devices": []})
    if len(residents(home)) > 1:
        nobodys = [d.id for d in home.devices.values() if d.role in OWNED and d.person is None]
        if nobodys:
            found.append({"advice": "owner_unknown", "devices": nobodys})
    return found


def _tells_of_persons(home: Home, device: str) -> bool:
    state = home.devices[device]
    if state.role in WORN_ROLES:
        return state.person in residents(home)
    return state.role in OF_PERSONS


def _nobodys(device: Device) -> Device:
    return msgspec.structs.replace(device, person=None)
