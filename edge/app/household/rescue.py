"""The rescue card of this home, of what the box itself knows: no line and no desk is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from edge.app.house import House
from edge.app.provisioning.homelink import HomeLink
from edge.app.view import moment_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import AnswerState, PersonKind, Role, Sync
from edge.domain.rescue import RescueRoom
from edge.home.state import latest_wall_ms
from edge.notification.rescue_card import ITEMS, Answered, card
from edge.risk.standing import expires_ms

# What was asked and answered; a refusal or "not known" is no answer.
_ANSWERED = frozenset({AnswerState.OK, AnswerState.HAZARD, AnswerState.FIXED_ON_VISIT})


class RescueCards:
    """Handler over one house; whose home it is comes from the confirmed claim."""

    def __init__(self, house: House, homelink: HomeLink) -> None:
        self._house = house
        self._homelink = homelink

    def handlers(self) -> Mapping[str, Handler]:
        return {"rescue_card": self.show}

    async def show(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """The card as data (`config/schemas/rescue-card-1.0.json`)."""
        house = self._house
        home, now = house.keeper.home, house.clock.now()
        where = await self._homelink.where()
        residents = sum(one.kind is PersonKind.RESIDENT for one in home.persons.values())
        # A clock that was never set would date the card to 1970: then it says nothing of when.
        made_at = (
            "" if now.sync is Sync.NONE else moment_text(now.wall_ms, house.config.gateway.zone)
        )
        made = card(
            house.config.rescue,
            made_at=made_at,
            source=house.config.gateway.id,
            address="" if where is None else where.address,
            resident="" if where is None else where.name,
            residents=residents,
            rooms=self._rooms(),
            answers=self._answers(),
        )
        told: dict[str, Any] = msgspec.to_builtins(made)
        return told

    def _rooms(self) -> tuple[RescueRoom, ...]:
        devices = self._house.devices.values()
        return tuple(
            RescueRoom(
                id=room.id,
                label=room.label,
                outer=room.outer,
                next_to=room.next_to,
                alarms=sum(d.room == room.id and d.role is Role.SMOKE_ALARM for d in devices),
            )
            for room in self._house.keeper.home.rooms.values()
        )

    def _answers(self) -> dict[str, Answered]:
        home = self._house.keeper.home
        now = self._house.clock.now()
        now_ms = latest_wall_ms(home) if now.sync is Sync.NONE else now.wall_ms
        zone = ZoneInfo(self._house.config.gateway.zone)
        found: dict[str, Answered] = {}
        for checklist in self._house.checklists.values():
            held = home.answers.get(checklist.id, {})
            for item in checklist.items:
                answer = held.get(item.id)
                if item.id not in ITEMS or answer is None or answer.state not in _ANSWERED:
                    continue
                end_ms = expires_ms(checklist, item, answer)
                on = datetime.fromtimestamp(answer.at.wall_ms / 1000, UTC).astimezone(zone)
                found[item.id] = Answered(
                    code=answer.code,
                    on="" if answer.at.sync is Sync.NONE else on.date().isoformat(),
                    old=end_ms is not None and now_ms >= end_ms,
                )
        return found
