"""The certificate of a run, and whether this home is commissioned as it is now."""

from __future__ import annotations

from typing import Any

from edge.app.commissioning.ledger import Ledger
from edge.app.commissioning.others import Others
from edge.app.house import House
from edge.commissioning.certificate import Facts, document, when
from edge.commissioning.record import Run
from edge.commissioning.standing import standing
from edge.control.protocol import Peer
from edge.errors import ControlError
from edge.locale.refusing import worded
from edge.store import commissionings

# An id is a UUID; its first characters are enough where no other one begins so.
ID_MIN_CHARS = 8
ID_MAX_CHARS = 36


class Certifier:
    def __init__(self, house: House, ledger: Ledger, others: Others) -> None:
        self._house = house
        self._ledger = ledger
        self._others = others

    async def certificate(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Of the newest run, or of the one that `id` begins; also when it is not over."""
        return document(await self._asked(args.get("id")), await self._facts())

    async def _asked(self, ident: object) -> Run:
        if ident is None:
            run = await self._ledger.newest()
            if run is None:
                raise worded(ControlError, "never_commissioned")
            return run
        if not isinstance(ident, str) or not ID_MIN_CHARS <= len(ident) <= ID_MAX_CHARS:
            raise worded(ControlError, "run_id", least=ID_MIN_CHARS, most=ID_MAX_CHARS)
        found = await self._house.store.look(commissionings.by_id, ident)
        if found is None:
            raise worded(ControlError, "no_run", id=ident)
        return found

    async def _facts(self) -> Facts:
        settings = self._house.config.gateway
        return Facts(
            gateway=settings.id,
            site=settings.site,
            customer=settings.customer,
            store=(await self._house.store.heads()).store_id,
            build=await self._ledger.build(),
            where=await self._others.where(),
            devices=tuple(sorted(self._house.devices.values(), key=lambda d: (d.room or "", d.id))),
        )

    async def standing_row(self) -> dict[str, Any]:
        """For `kotivahti status`: never, unfinished, commissioned, out_of_date; since when; why."""
        store = self._house.store
        newest = await self._ledger.newest()
        last = (
            newest
            if newest is None or newest.ended
            else await store.look(commissionings.newest_ended)
        )
        found = standing(
            last,
            await self._ledger.build(),
            self._house.devices,
            begun=newest is not None and newest.ended is None,
            taken=await store.look(commissionings.taken_over),
        )
        return {
            "state": found.state.value,
            "at": None if found.at is None else when(found.at),
            "changes": [{"what": c.what, "before": c.before, "now": c.now} for c in found.changes],
        }
