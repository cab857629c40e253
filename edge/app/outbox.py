"""What upstream refuses: a person looks at it, mends the cause, and has it sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.app.house import House
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.errors import MisaskedError, NotNowError
from edge.locale.refusing import given, worded
from edge.store import parking


class Outbox:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {"outbox_list": self.all, "outbox_retry": self.retry}

    async def all(self, _: dict[str, Any], __: Peer) -> list[dict[str, Any]]:
        """The parked messages, the newest first; never their bodies."""
        found = await self._house.store.look(parking.listed)
        return [
            {
                "id": one.id,
                "class": one.cls.value,
                "priority": None if one.priority is None else one.priority.value,
                "reason": one.reason,
                "refusals": one.refusals,
                "created_ms": one.created_ms,
                "bytes": one.bytes,
            }
            for one in found
        ]

    async def retry(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Owe one message again (`id`), or all of them (`all`)."""
        ident, everything = args.get("id"), args.get("all") is True
        if everything is (isinstance(ident, str) and bool(ident)):
            raise MisaskedError("name one message by its id, or say all")
        count = await self._house.store.retry(None if everything else [str(ident)])
        if not count and not everything:
            raise worded(NotNowError, "not_parked", name=given(ident))
        for listener in self._house.when_owed:
            listener()
        return {"count": count}
