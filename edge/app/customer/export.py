"""All data of the home, handed out in pieces: `kotivahti export` makes a file of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edge import __version__
from edge.app.house import House
from edge.app.requests.asked import told_by
from edge.app.view import instant_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Basis, Disclosed, Sent
from edge.errors import MisaskedError
from edge.store import disclosing, exporting
from edge.store.register import FILES, tables

# A piece is asked for right after the one before; a reader that takes longer has gone.
PAUSE_MS = 60_000
# A year of readings is out in minutes; one export holds retention up no longer.
PAUSED_MAX_MS = 1_800_000


class Exporting:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._began_ms = 0

    def handlers(self) -> Mapping[str, Handler]:
        return {"export_begin": self.begin, "export_piece": self.piece}

    async def begin(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Log that the data are handed out, and say what there is: `{by}`.

        `marks` are the last rows that belong to this export.
        """
        by = told_by(args, peer)
        house, now = self._house, self._house.clock.now()
        await house.commit()  # what was heard until now is in it
        self._began_ms = now.boottime_ms
        self._pause()
        told = Disclosed(
            recipient="holder",
            cls=Sent.EXPORT,
            what="export",
            basis=Basis.ASKED,
            path="file",
            ref=by,
        )
        await house.store.change(disclosing.note, told, now)
        return {
            "marks": await house.store.look(exporting.marks),
            "files": {file: exporting.exported(file) for file in FILES},
            "about": {
                "format": 1,
                "release": __version__,
                "made": instant_text(now),
                "clock": now.sync.value,
                "zone": house.config.gateway.zone,
                "site": house.config.gateway.site,
                "customer": house.config.gateway.customer,
                "store": house.origin.store_id,
                "by": by,
                "retention": msgspec.to_builtins(house.config.retention),
            },
        }

    async def piece(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Rows of one table: `{table, after?, up_to?}` -> `{rows, after}`."""
        name, after, up_to = args.get("table"), args.get("after"), args.get("up_to")
        table = tables().get(name) if isinstance(name, str) else None
        if table is None or not table.file:
            raise MisaskedError(f"table: '{name}' is not in the export; ask export_begin for those")
        if not (after is None or isinstance(after, list)):
            raise MisaskedError("after: give back what the last piece said, or leave it out")
        if not (up_to is None or isinstance(up_to, int)):
            raise MisaskedError("up_to: no number of a row; give the mark of export_begin")
        self._pause()
        found = await self._house.store.look(exporting.piece, str(name), after, up_to)
        return {"rows": found.rows, "after": found.after}

    def _pause(self) -> None:
        """Nothing is thinned between two pieces: a value would stand in both forms, or in none."""
        now_ms = self._house.clock.now().boottime_ms
        until_ms = min(now_ms + PAUSE_MS, self._began_ms + PAUSED_MAX_MS)
        self._house.exporting_until_ms = until_ms
