"""The home as a whole: one screen of it, its move to another dwelling, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edge.app.household.decisions import decision_row
from edge.app.household.lived import living, something
from edge.app.household.people import advice_of, person_row
from edge.app.household.times import in_force_of, stay_row, visit_row
from edge.app.installing.devices import Devices
from edge.app.requests.asked import known_of, told_by
from edge.app.view import instant_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import (
    Device,
    PersonKind,
    Plan,
    Question,
    Stay,
    StayKind,
    Tenancy,
    Tenure,
    Withdrawn,
)
from edge.errors import ControlError
from edge.events import Reassess, Trigger
from edge.home.hearing import WORN_ROLES
from edge.home.staying import is_ended, is_paused, residents
from edge.locale.refusing import listed, worded
from edge.store import household

# Decided for one dwelling: its rooms and its doors. What was decided for a person moves along.
OF_THE_DWELLING = (Question.LOCATION, Question.NIGHT_DOORS)


class Dwelling:
    """Handlers for one house."""

    def __init__(self, installer: Devices) -> None:
        self._installer = installer
        self._house = installer.house

    def handlers(self) -> Mapping[str, Handler]:
        return {"home_show": self.show, "home_move": self.move, "home_end": self.end}

    async def show(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """Customer, persons, rooms with their devices, decisions, stays and the next visits."""
        house = self._house
        home, zone = house.keeper.home, house.config.gateway.zone
        fit = await house.store.look(household.fit_in_force)
        moved = await house.store.look(household.last_move)
        places = list(home.rooms) + sorted(
            {d.room for d in house.devices.values() if d.room is not None} - set(home.rooms)
        )
        return {
            "gateway": house.config.gateway.id,
            "site": house.config.gateway.site,
            "customer": house.config.gateway.customer,
            "persons": [person_row(home, person) for person in home.persons.values()],
            "rooms": [self._place(place) for place in [*places, None]],
            "decisions": [decision_row(home, question) for question in Question],
            "paused": is_paused(home),
            "ended": is_ended(home, None),
            "stays": [stay_row(stay, zone) for stay in in_force_of(home)],
            "visits": [visit_row(visit, zone) for visit in home.visits],
            "locator_fitted": None if fit is None else instant_text(fit),
            "tenure": home.tenure.value,
            "moved": None if moved is None else instant_text(moved),
            "advice": advice_of(home),
        }

    def _place(self, room: str | None) -> dict[str, Any]:
        told = self._house.keeper.home.rooms.get(room or "")
        return {
            "room": room,
            "label": "" if told is None else told.label,
            "outer": told is not None and told.outer,
            "told": told is not None,
            "devices": [
                {"device": device.id, "role": device.role.value, "person": device.person}
                for device in self._house.devices.values()
                if device.room == room
            ],
        }

    async def move(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Another dwelling: what was of the old one lapses, what is of the persons stays."""
        house = self._house
        by = told_by(args, peer)
        home, at = house.keeper.home, house.clock.now()
        something(house)
        living(home)
        placed = [d for d in house.devices.values() if d.room is not None]
        taken_back = [question for question in OF_THE_DWELLING if question in home.decisions]
        house.tell(Plan(rooms=(), by=by))
        for question in taken_back:
            house.tell(Withdrawn(question=question, by=by))
        house.tell(Reassess(trigger=Trigger.MOVE, by=by))
        house.tell(Tenancy(tenure=Tenure.FALLBACK, by=by))
        await self._installer.put_in_force([_nowhere(device) for device in placed], peer)
        fits = await house.store.change(household.end_fits, at)
        return {
            "rooms": list(home.rooms),
            "decisions": [question.value for question in taken_back],
            "unplaced": [d.id for d in placed if d.role not in WORN_ROLES],
            "worn": [d.id for d in house.devices.values() if d.role in WORN_ROLES],
            "locator_fits": fits,
            "persons": list(home.persons),
            # What the settings say of the place is not ours to change.
            "settings": _of_the_place(house.config.device),
        }

    async def end(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """The residence of one person, or of everybody, has ended."""
        house = self._house
        person = None
        if args.get("person") is not None:
            found = known_of(args, "person", house.keeper.home.persons, "person")
            if found.kind is not PersonKind.RESIDENT:
                there = listed(residents(house.keeper.home))
                raise worded(ControlError, "not_resident", person=found.id, there=there)
            person = found.id
        something(house)
        living(house.keeper.home, person)
        from_ms = house.clock.now().wall_ms
        by = told_by(args, peer)
        house.tell(Stay(kind=StayKind.ENDED, by=by, from_ms=from_ms, person=person))
        await house.commit()
        home = house.keeper.home
        worn = [d for d in home.devices.values() if d.role in WORN_ROLES]
        return {
            "person": person,
            "ended": is_ended(home, None),
            "quiet": [d.id for d in worn if is_ended(home, d.person)],
            "still_heard": [d.id for d in house.devices.values() if d.role not in WORN_ROLES],
            "open_alerts": [
                {"code": alert.code, "subject": alert.subject} for alert in home.alerts.values()
            ],
        }


def _nowhere(device: Device) -> Device:
    return msgspec.structs.replace(device, room=None)


def _of_the_place(rows: tuple[Any, ...]) -> list[str]:
    return [row.id for row in rows if row.room is not None]
