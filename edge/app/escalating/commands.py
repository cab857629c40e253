"""What people can ask of the escalation: the plan in force, another one, whom it asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from edge.app.house import House
from edge.app.requests.asked import text_of, told_by
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.escalation.plan import plan_of
from edge.store import pages, plans


async def _nobody() -> None:
    """No escalator runs: a command opened the database itself."""


class EscalationCommands:
    """Handlers over one house. `in_force` reads the plan that was just stored."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.in_force: Callable[[], Awaitable[None]] = _nobody
        self.has_pager: Callable[[], bool] = lambda: False

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "escalation_show": self.show,
            "escalation_set": self.set,
            "escalation_pages": self.pages,
        }

    async def show(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """The plan as it was told, and who told which when; None: there is none."""
        store = self._house.store
        plan = await store.look(plans.in_force)
        return {
            "plan": None if plan is None else msgspec.to_builtins(plan),
            "history": [
                {"digest": one.digest, "by": one.told_by, "at": self._house.times.text(one.told)}
                for one in await store.look(plans.history)
            ],
            "pager": self.has_pager(),
        }

    async def set(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Put a plan in force: `{plan: its tables, by}`; every fault of it, and no change."""
        by = told_by(args, peer)
        plan, faults = plan_of(args.get("plan"), "")
        if plan is None:
            rows = [{"key": f.key, "wrong": f.wrong, "mend": f.mend} for f in faults]
            return {"faults": rows}
        await self._house.store.change(plans.keep, plan, by, self._house.clock.now())
        await self.in_force()
        return {"faults": []} | await self.show(args, peer)

    async def pages(self, args: dict[str, Any], _: Peer) -> list[dict[str, Any]]:
        """Whom this gateway asked about an alert, by which path, and what came of it."""
        alert = text_of(args, "alert")
        return [
            {
                "level": row.page.level,
                "turn": row.page.turn,
                "recipient": row.page.recipient,
                "path": row.page.path,
                "state": row.state.value,
                "attempts": row.attempts,
                "reason": row.reason,
                "at": self._house.times.text(row.owed),
            }
            for row in await self._house.store.look(pages.of_alert, alert)
        ]
