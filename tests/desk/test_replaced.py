"""A box that takes over from another one, over a real broker: profile, old alerts, the gap."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk import claim_codes, customers, reads
from desk.database import opened
from edge.app.beats import Beats
from edge.app.house import House
from edge.app.opening import open_house
from edge.app.provisioning.homelink import HomeLink
from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.app.upkeep import Upkeep
from edge.app.upstream import Upstream
from edge.clock import RandomIds, SystemClock
from edge.config import parse
from edge.control.protocol import Peer
from edge.domain import Actor, OutboxClass
from edge.kinds import observation
from edge.store import outbox
from tests.app.test_homelink import recovery_code
from tests.desk.living import Office, running, until
from tests.support.mosquitto import Mosquitto, mosquitto

pytestmark = pytest.mark.timeout(60)

PEER = Peer(pid=1, uid=1000)
BUTTON = """
[[device]]
id = "help-button"
driver = "bthome"
role = "help_button"
address = "54:48:E6:8F:80:A5"
"""


class Box:
    """One gateway without its radio: home, store, and a line that can be cut."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.link = HomeLink(house)
        self._line = contextlib.AsyncExitStack()

    async def connect(self) -> None:
        house = self.house
        service = Service(house, Timeline())
        service.homelink = self.link
        upstream = Upstream(house, Timeline(), Beats(house.clock), Upkeep(house), service)
        await self._line.enter_async_context(running(upstream.run()))
        await until(lambda: upstream.delivery.status().connected)

    async def disconnect(self) -> None:
        await self._line.aclose()
        self.house.after_commit.clear()

    async def press(self) -> None:
        self.house.hear(observation("help-button", "button", value=True, at=self.house.clock.now()))
        await self.house.commit()

    async def owes(self) -> list[OutboxClass]:
        return [entry.cls for entry in await self.house.store.owed(99)]


@contextlib.asynccontextmanager
async def box(folder: Path, broker: Mosquitto, gateway: str, more: str = "") -> AsyncIterator[Box]:
    folder.mkdir()
    text = (
        f'[gateway]\nid = "{gateway}"\nsite = "s-{gateway}"\ncustomer = "c-1"\n'
        f"trusted_clock = true\n"
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntls = false\n'
        f'[store]\npath = "{folder}/home.db"\n{more}'
    )
    clock = SystemClock("Europe/Helsinki", trusted=True)
    async with open_house(parse(text, "test"), clock, RandomIds()) as house:
        one = Box(house)
        try:
            yield one
        finally:
            await one.disconnect()


async def nothing_owed(one: Box) -> None:
    async with asyncio.timeout(15):
        while await one.owes():
            await asyncio.sleep(0.02)


async def test_a_spare_box_takes_over(tmp_path: Path):
    """The profile goes up and comes down, the old card's alerts arrive once, the gap shows."""
    sealed = random.Random(1).randbytes(200_000)
    with mosquitto(tmp_path) as broker:
        office = Office(broker, tmp_path)
        with opened(office.path) as connection:
            customers.add(connection, "c-1", "Aino", "Mallikatu 5", by="os:test", at_ms=1)
        async with office.living(), box(tmp_path / "old", broker, "gw-old", BUTTON) as old:
            await old.connect()
            await recovery_code(old.house)
            await old.link.profile_send(sealed)
            await old.press()
            await nothing_owed(old)
            await old.disconnect()
            await old.press()
            await old.house.store.prune(old.house.clock.now())
            await old.link.profile_send(b"made without a line, and lost with the box")
            await old.press()
            card = await old.house.store.owed(99)
            alerts = [entry for entry in card if entry.cls is OutboxClass.ALERT]
            assert len(alerts) == 2
            code = _code(office)
            async with box(tmp_path / "spare", broker, "gw-spare") as spare:
                await spare.connect()
                asked = {"code": code, "kind": "replace", "replaces": "gw-old", "by": "Matti"}
                made = await spare.link.claim_make(asked, PEER)
                found = await spare.link.profile_wait(made["id"], within_s=20)
                assert (found.sealed, found.number, found.replaces) == (sealed, 1, "gw-old")
                assert [one.missing for one in found.held] == [()]
                state = await spare.link.claim_state({}, PEER)
                assert (state["state"], state["customer"]) == ("answered", "c-1")
                spare.link.took_over("gw-old")
                now = spare.house.clock.now()
                await spare.house.store.change(outbox.carry, alerts, now)
                for listener in spare.house.when_owed:
                    listener()
                await nothing_owed(spare)
                await _settled(office)
        _shows_the_gap(office, card[-1].sequence)


def _code(office: Office) -> str:
    with opened(office.path) as connection:
        nurse = Actor(account="anna", role="nurse")
        at_ms = office.clock.now().wall_ms
        return claim_codes.issue(connection, "c-1", nurse, replaces="gw-old", at_ms=at_ms)


async def _settled(office: Office) -> None:
    """Every answer of the desk was seen: nothing is repeated any more."""
    sql = "SELECT 1 FROM claim WHERE seen_ms IS NOT NULL AND restored_ms IS NOT NULL"
    await until(lambda: office.rows(sql))


def _shows_the_gap(office: Office, profile: int) -> None:
    """Of the old box: three revisions of one alert are here, the profile's number is missing."""
    with opened(office.path) as connection:
        at_ms = office.clock.now().wall_ms + 3_600_000
        homes = {home["gateway"]: home for home in reads.homes(connection, at_ms)}
        (alert,) = reads.alerts(connection)
    assert (alert["gateway"], alert["rev"]) == ("gw-old", 3)
    assert (homes["gw-old"]["replaced_by"], homes["gw-old"]["lost"]) == ("gw-spare", False)
    gaps = homes["gw-old"]["gaps"]
    assert isinstance(gaps, dict)
    assert [stretch for ranges in gaps.values() for stretch in ranges] == [(profile, profile)]
    assert homes["gw-spare"]["missing"]
    assert set(homes["gw-spare"]["missing"].values()) == {0}  # type: ignore[attr-defined]
