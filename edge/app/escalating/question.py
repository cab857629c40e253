"""Asks the home aloud whether all is well, where a press on the OK button would be an answer.

Many fall detectors beep or shake by themselves when they take something for a fall; this is for
those that do not. An executable of the site says it: what, and in which language, is theirs.
"""

from __future__ import annotations

import asyncio

import structlog

from edge.app.escalating.sounding import Hook, run_hook
from edge.app.house import House
from edge.domain import Instant
from edge.home.afoot import is_asked

log = structlog.get_logger()

# What the executable is told after its own arguments.
ABOUT = "possible_fall"


class Question:
    """`run` as one task. Asked once for each fall that waits; after a restart once more."""

    def __init__(self, house: House, ask: Hook) -> None:
        self._house = house
        self._ask = ask
        self._asked: frozenset[Instant] = frozenset()
        self._due = asyncio.Event()
        house.when_told.append(self._look)

    async def run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            reason = await run_hook(self._ask, (ABOUT,))
            if reason:
                log.error("question_failed", reason=reason)
            else:
                log.info("question_asked")

    def _look(self) -> None:
        waiting = frozenset(fall.at for fall in is_asked(self._house.keeper.home))
        if waiting - self._asked:
            self._due.set()
        self._asked = waiting
