"""Both ends, the broker between them and the judge beside them, stepped from outside."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections.abc import Awaitable
from pathlib import Path

from proofs.whole_line.ends import DeskEnd, HomeEnd
from proofs.whole_line.network import Broker
from proofs.whole_line.oracle import Oracle
from proofs.whole_line.virtual_time import VirtualClock, VirtualLoop
from tests.support.ids import SeqIds

# Memory, where there is any: what a disk adds is proved elsewhere.
_MEMORY = Path("/dev/shm")
# The longest back-off is a minute, the longest repetition too; a hold of 45 minutes may end.
ROUNDS_MAX = 120
ROUND_MS = 5_000
# More than the paper broker holds.
ALL = 10_000
# As tests.support.clock: a chain of awaits (queue, task, store) takes some turns of the loop.
TURNS = 30


class World:
    """One home, one broker, one desk; `close` it."""

    def __init__(self) -> None:
        where = _MEMORY if _MEMORY.is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="whole-line-", dir=where))
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop)
        self.broker = Broker()
        ids = SeqIds()
        self.desk = DeskEnd(self._folder / "desk.db", self.broker, self.clock, ids)
        self.oracle = self.desk.oracle = Oracle(self.desk.connection)
        self.home = HomeEnd(self._folder, self.broker, self.clock, ids, self.oracle)
        self.run(self.home.start())
        self.settle()

    def run(self, work: Awaitable[object]) -> None:
        async def done() -> None:
            await work

        self.loop.run_until_complete(done())

    def settle(self, ms: int = 0) -> None:
        """Let time pass, and whoever is due have their turn; a dead gateway is started again."""
        self.run(self._settle(ms))

    async def _settle(self, ms: int) -> None:
        await _pass(self.loop, ms)
        await self.home.look()

    def heal(self) -> None:
        """Everything works again: all that was stored must arrive, once, and agree."""
        self.broker.heal()
        self.run(self.home.look())
        for _ in range(ROUNDS_MAX):
            self.settle(ROUND_MS)
            self.desk.carry()
            self.exchange()
            self.settle()
            if self.is_whole():
                break
        missing = self.oracle.missing()
        assert not missing, f"never arrived: {sorted(missing)[:5]}"
        assert self.is_whole(), self.oracle.disagreements() or self._owed() or self._pending()

    def exchange(self) -> None:
        """All that waits at the broker goes to both ends, in order."""
        calm = random.Random(1)
        self.desk.take(ALL, calm, double=False)
        self.broker.pass_down(ALL, calm, lose=False, double=False)

    def is_whole(self) -> bool:
        oracle = self.oracle
        return not (oracle.missing() or oracle.disagreements() or self._owed() or self._pending())

    def _owed(self) -> list[str]:
        store = self.home.house.store
        return [entry.id for entry in store._lasting.owed(10)]  # type: ignore[attr-defined]

    def _pending(self) -> list[str]:
        """Decisions about alerts that the home still knows, and that it does not show."""
        rows = self.desk.connection.execute("SELECT alert FROM decision WHERE state = 'pending'")
        return [row["alert"] for row in rows if row["alert"] in self.oracle.newest]

    def close(self, *, is_broken: bool = False) -> None:
        """`is_broken`: an error is on its way already, and must not be hidden by another."""
        try:
            if not is_broken:
                self.run(self.home.stop())
        finally:
            self.loop.run_until_complete(_end_all())
            self.desk.connection.close()
            self.loop.close()
            shutil.rmtree(self._folder, ignore_errors=True)


async def _pass(loop: VirtualLoop, ms: int) -> None:
    await _turns(loop)
    if ms:
        await asyncio.sleep(ms / 1000)
        await _turns(loop)


async def _turns(loop: VirtualLoop) -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)
        if loop.is_quiet():
            return


async def _end_all() -> None:
    """Whatever still waits, and whatever comes of its end."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
