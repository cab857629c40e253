"""The run at work: read once, changed by one at a time, stored after every change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256

import msgspec

from edge import __version__
from edge.app.house import House
from edge.commissioning import course
from edge.commissioning.record import Build, Run
from edge.commissioning.standing import is_later
from edge.domain import Instant
from edge.errors import ControlError
from edge.locale.refusing import worded
from edge.store import commissionings, schema


class NoRunError(ControlError):
    """Nobody has begun; the command begins one first."""


class Ledger:
    """Two terminals may be at it: each change is made to the run as it then is."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = asyncio.Lock()
        self._run: Run | None = None
        self._read = False
        self._build: Build | None = None
        self.changed = asyncio.Event()  # something may wait for the gateway to complete it

    async def build(self) -> Build:
        """What runs here now."""
        if self._build is None:
            store = self._house.store
            self._build = Build(
                release=__version__,
                schema=await store.look(lambda connection, _: schema.version(connection)),
                settings=sha256(msgspec.json.encode(self._house.config)).hexdigest(),
            )
        return self._build

    async def newest(self) -> Run | None:
        if not self._read:
            self._run = await self._house.store.look(commissionings.newest)
            self._read = True
        return self._run

    async def begin(self, ident: str, by: str, at: Instant, *, new: bool) -> Run:
        """The unfinished run, or a new one; with `new` in any case a new one.

        A new release proves everything anew: what was heard before, another program heard.
        """
        build = await self.build()
        async with self._lock:
            run = await self.newest()
            if run is not None and run.ended is None and not new:
                if run.build == build:
                    return run
                if (run.build.release, run.build.schema) == (build.release, build.schema):
                    return await self._keep(course.resettled(run, build, at=at))
            taken = await self._house.store.look(commissionings.taken_over)
            replaced = taken is not None and (run is None or is_later(taken, run.begun))
            return await self._keep(
                course.begin(
                    ident, by=by, at=at, build=build, before=run, new=new, replaced=replaced
                )
            )

    async def change(self, call: Callable[[Run], Run]) -> Run:
        """One step further, committed when it returns; StoreError: nothing changed."""
        async with self._lock:
            run = await self.newest()
            if run is None:
                raise worded(NoRunError, "no_run_begun")
            after = call(run)
            return run if after is run else await self._keep(after)

    async def _keep(self, run: Run) -> Run:
        ends = run.ended is not None and (self._run is None or self._run.ended is None)
        if ends:  # and not later: a device that comes after the end was never tested
            run = msgspec.structs.replace(run, devices=tuple(sorted(self._house.devices)))
        await self._house.store.change(commissionings.keep, run)
        self._run = run
        self.changed.set()
        return run
