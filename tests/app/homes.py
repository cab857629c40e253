"""A house over a real database, for tests of what people ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from edge.app.house import House
from edge.app.opening import open_house
from edge.config import parse
from edge.control.protocol import Peer
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

PEER = Peer(pid=1, uid=1000)


@asynccontextmanager
async def house_in(
    folder: Path,
    clock: FakeClock,
    more: str = "",
    *,
    gateway: str = "gw-1",
    mqtt: str = 'host = "127.0.0.1"\ntls = false\n',
) -> AsyncIterator[House]:
    text = (
        f'[gateway]\nid = "{gateway}"\nsite = "s"\ncustomer = "c"\n'
        f"[mqtt]\n{mqtt}"
        f'[store]\npath = "{folder}/home.db"\n{more}'
    )
    async with open_house(parse(text, "test"), clock, SeqIds()) as house:
        yield house
