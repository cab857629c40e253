"""What could have been known, hour by hour: the command `coverage`, and its line in `status`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edge.app.house import House
from edge.app.requests.asked import wall_ms_of
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import HourCoverage
from edge.errors import MisaskedError
from edge.home.accounting import settled_ms
from edge.home.ledger_rows import unwritten
from edge.home.localday import DAY_MS, MINUTE_MS
from edge.store import coverage

Key = tuple[int, str]
_KEY_PARTS = 2


class CoverageCommands:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {"coverage": self.listed}

    async def listed(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """`{from_ms?, until_ms?, after?}`: rows in order of hour and question, a piece at a time.

        The hour that runs is among them as far as it is. `settled`: up to when each question's
        rows stay as they are; a device that turns out to be silent takes back what is later.
        """
        from_ms, until_ms = wall_ms_of(args, "from_ms") or 0, wall_ms_of(args, "until_ms")
        now = self._house.clock.now()
        rows, more = await self._piece(
            from_ms, now.wall_ms + 1 if until_ms is None else until_ms, _after(args)
        )
        home = self._house.keeper.home
        tracks = home.ledger.tracks
        return {
            "hours": [
                [row.hour_ms, row.question, row.asked_s, row.known_s, row.reason] for row in rows
            ],
            "next": None if more is None else list(more),
            "settled": {question: settled_ms(home, question) for question in sorted(tracks)},
            "site": self._house.config.gateway.site,
        }

    async def worst_today(self) -> dict[str, Any] | None:
        """The question of which least is known since local midnight; None: all is known.

        No reading and no name: a question, a share and what stood in the way.
        """
        now = self._house.clock.now()
        shift_ms = now.offset_min * MINUTE_MS
        midnight_ms = (now.wall_ms + shift_ms) // DAY_MS * DAY_MS - shift_ms
        rows, _ = await self._piece(midnight_ms, midnight_ms + DAY_MS, None)
        asked: dict[str, int] = {}
        missed: dict[str, dict[str, int]] = {}
        for row in rows:
            asked[row.question] = asked.get(row.question, 0) + row.asked_s
            whys = missed.setdefault(row.question, {})
            whys[row.reason] = whys.get(row.reason, 0) + row.asked_s - row.known_s
        known = {q: 1 - sum(missed[q].values()) / s for q, s in asked.items() if s}
        worst = min(known, key=lambda question: (known[question], question), default=None)
        if worst is None or known[worst] >= 1:
            return None
        whys = missed[worst]
        reason = max(whys, key=lambda why: (whys[why], why))
        return {"question": worst, "share": round(known[worst], 4), "reason": reason}

    async def _piece(
        self, from_ms: int, until_ms: int, after: Key | None
    ) -> tuple[list[HourCoverage], Key | None]:
        house = self._house
        stored = await house.store.look(
            coverage.hours, from_ms=from_ms, until_ms=until_ms, after=after
        )
        full = len(stored) == coverage.ROWS_MAX
        home = msgspec.structs.replace(
            house.keeper.home,
            at_ms=max(house.keeper.home.at_ms, house.clock.now().boottime_ms),
        )
        drop_ms = home.ledger.drop_ms
        found = {_key(row): row for row in stored if drop_ms is None or row.hour_ms < drop_ms}
        last = _key(stored[-1]) if full else None
        for row in unwritten(home):
            inside = from_ms <= row.hour_ms < until_ms and (after is None or _key(row) > after)
            if inside and (last is None or _key(row) <= last):
                found[_key(row)] = row
        rows = [found[key] for key in sorted(found)]
        if len(rows) > coverage.ROWS_MAX:
            rows, last = rows[: coverage.ROWS_MAX], None
            return rows, _key(rows[-1])
        return rows, last


def _key(row: HourCoverage) -> Key:
    return (row.hour_ms, row.question)


def _after(args: dict[str, Any]) -> Key | None:
    after = args.get("after")
    if after is None:
        return None
    if isinstance(after, list) and len(after) == _KEY_PARTS:
        hour_ms, question = after
        if type(hour_ms) is int and isinstance(question, str):
            return hour_ms, question
    raise MisaskedError("after: give back what 'next' said, or leave it out")
