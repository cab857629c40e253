"""Steps that belong to other parts of the gateway: claim, locator, recovery code.

They are asked through their own commands, by name: a gateway without one of them says so on
the certificate, and everything else goes on.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from edge.commissioning.certificate import Where
from edge.commissioning.record import Check, Measure, Verdict
from edge.control.protocol import Peer
from edge.control.server import Handler, Stream
from edge.errors import ControlError, EdgeError
from edge.locale.refusing import worded

Row = dict[str, Any]
# The gateway itself asks.
_OURSELVES = Peer(pid=0, uid=0)

_CLAIM_VERDICTS = {
    "confirmed": (Verdict.PASSED, ""),
    "none": (Verdict.OPEN, "claim_none"),
    "waiting": (Verdict.OPEN, "claim_waiting"),
    "answered": (Verdict.OPEN, "claim_answered"),
    "refused": (Verdict.FAILED, "claim_refused"),
    "mismatch": (Verdict.FAILED, "claim_mismatch"),
}


class Others:
    """`handlers` and `streams` are the gateway's whole table, set when it is made."""

    def __init__(self) -> None:
        self.handlers: Mapping[str, Handler] = {}
        self.streams: Mapping[str, Stream] = {}

    def offers(self) -> dict[str, bool]:
        return {
            "claim": "claim_make" in self.handlers,
            "locator": "locator_walk" in self.streams,
            "recovery": "profile_key_make" in self.handlers,
        }

    async def where(self) -> Where:
        """Customer, name and address as they stand."""
        if "claim_state" not in self.handlers:
            return Where()
        found = await self.handlers["claim_state"]({}, _OURSELVES)
        return Where(
            state=str(found["state"]),
            customer=found.get("customer") or "",
            name=found.get("name") or "",
            address=found.get("address") or "",
        )

    async def claim_check(self) -> Check:
        if not self.offers()["claim"]:
            return Check(name="claim", verdict=Verdict.OPEN, why="not_here")
        found = await self.handlers["claim_state"]({}, _OURSELVES)
        verdict, why = _CLAIM_VERDICTS.get(str(found["state"]), (Verdict.OPEN, "claim_none"))
        return Check(name="claim", verdict=verdict, why=why, text=found.get("reason") or "")

    async def walk(
        self, room: str, window_s: float, by: str, tag: str | None, peer: Peer
    ) -> AsyncGenerator[Row | Check, None]:
        """The locator's own rows until it has heard enough, then the check of this room."""
        if not self.offers()["locator"]:
            yield Check(name="room", subject=room, verdict=Verdict.OPEN, why="not_here")
            return
        args: Row = {"room": room, "seconds": window_s, "by": by}
        if tag is not None:
            args["tag"] = tag
        last: Row = {}
        try:
            # What was walked is kept by the locator when the stream is closed.
            async with aclosing(self.streams["locator_walk"](args, peer)) as rows:
                async for row in rows:
                    last = row
                    yield {"step": "walk", "room": room, **row}
                    if row.get("enough"):
                        break
        except EdgeError as error:
            text = str(error)
            yield Check(
                name="room", subject=room, verdict=Verdict.FAILED, why="walk_refused", text=text
            )
            return
        windows = int(last.get("windows", 0))
        verdict, why = Verdict.PASSED, ""
        if not last.get("enough"):
            verdict, why = Verdict.OPEN, "walk_short" if windows else "walk_refused"
        yield Check(
            name="room",
            subject=room,
            verdict=verdict,
            why=why,
            measures=(Measure(name="windows", value=windows),),
        )

    async def fit(self, by: str, peer: Peer) -> AsyncGenerator[Row | Check, None]:
        """What the locator makes of the rooms that were walked; it takes its time."""
        if "locator_fit" not in self.streams:
            yield Check(name="fit", verdict=Verdict.OPEN, why="not_here")
            return
        last: Row = {}
        try:
            async with aclosing(self.streams["locator_fit"]({"by": by}, peer)) as rows:
                async for row in rows:
                    last = row
                    yield {"step": "fit", **row}
        except EdgeError as error:
            yield Check(name="fit", verdict=Verdict.FAILED, why="fit_refused", text=str(error))
            return
        share = (last.get("fit") or {}).get("expected", {}).get("share_right")
        measures: tuple[Measure, ...] = ()
        if isinstance(share, float):
            measures = (Measure(name="share_right", value=round(100 * share), unit="%"),)
        yield Check(name="fit", verdict=Verdict.PASSED, measures=measures)

    async def make_code(self, by: str, renew: bool, peer: Peer) -> Row:
        if not self.offers()["recovery"]:
            raise worded(ControlError, "no_recovery")
        args: Row = {"by": by} | ({"renew": True} if renew else {})
        found: Row = await self.handlers["profile_key_make"](args, peer)
        return found
