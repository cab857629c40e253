"""A spare box over a real database, and what it may be given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from edge.app.house import House
from edge.app.opening import open_house
from edge.app.provisioning.homelink import HomeLink
from edge.app.provisioning.taking import Taking, packed
from edge.config import parse
from edge.profile import encode
from tests.profile.homes import whole
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds


@asynccontextmanager
async def spare_in(folder: Path, clock: FakeClock, site: str = "spare") -> AsyncIterator[House]:
    text = (
        f'[gateway]\nid = "gw-2"\nsite = "{site}"\ncustomer = "none"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{folder}/spare.db"\n'
    )
    async with open_house(parse(text, "test"), clock, SeqIds(1000)) as house:
        yield house


def given(**changes: Any) -> dict[str, Any]:
    return {"profile": packed(encode(whole(**changes))), "by": "pekka"}


def taking_of(house: House) -> Taking:
    return Taking(house, HomeLink(house))
