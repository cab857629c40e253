"""A home of every released schema, opened by this release: each new part works on it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edge.app.customer.disclosures import Disclosures
from edge.app.customer.export import Exporting
from edge.app.gateway import Gateway
from edge.app.opening import open_house
from edge.config import parse
from edge.errors import ConfigError
from edge.store import plans
from edge.store.bounds import DAY_MS
from tests.app.homes import PEER
from tests.escalation.plans import made
from tests.store.test_schema import FROZEN, thaw
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

SETTINGS = (
    '[gateway]\nid = "gw-1"\nsite = "home-1"\ncustomer = "c"\n'
    '[mqtt]\nhost = "127.0.0.1"\ntls = false\n[store]\npath = "{folder}/home.db"\n'
)
BY = {"by": "relative.one"}


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
async def test_every_new_part_works_on_a_home_of_before(
    frozen: Path, tmp_path: Path, clock: FakeClock
) -> None:
    """Who is asked, what went to whom, switches, the export, retention, what is parked."""
    thaw(frozen, tmp_path / "home.db")
    settings = parse(SETTINGS.format(folder=tmp_path), "test")
    async with open_house(settings, clock, SeqIds(), mend=True) as house:
        assert {"help-button", "climate-1"} <= set(house.devices)
        gateway = Gateway(house)
        await gateway.service.papers.open()
        await gateway.service.homelink.open()
        await gateway.escalator.load()
        await house.store.change(plans.keep, made(), "test", clock.now())
        await gateway.escalator.read_plan()
        assert gateway.escalator.book.plan is not None
        customer, export = Disclosures(house), Exporting(house)
        for allowed in (False, True):
            told = {"recipient": "service", "class": "readings", "allowed": allowed}
            await customer.switch(told | BY, PEER)
        owed = await house.store.owed(99)
        for entry in owed:
            for _ in range(5):
                await house.store.refuse(entry.id, "no message of ours")
        assert await house.store.owed(99) == []
        assert await house.store.retry(None) == len(owed)
        begun = await export.begin(BY, PEER)
        for name, columns in begun["files"].items():
            assert columns, name
        for table in begun["marks"]:
            await export.piece({"table": table, "up_to": begun["marks"][table]}, PEER)
        assert (await customer.listed({}, PEER))["disclosures"]
        await gateway.service.status({}, PEER)
        clock.pass_time(800 * DAY_MS)
        while (await house.store.prune(clock.now())).more:
            await asyncio.sleep(0)
        await house.store.mark_received([entry.id for entry in owed], clock.now())
        await customer.erase_readings(BY, PEER)
        assert (await house.store.status(check=True)).integrity == "ok"


@pytest.mark.parametrize(
    "mqtt, key, mend",
    [
        ('host = "b.example"\nusername = "gw-1"', "mqtt.ca_file", 'ca_file = "/etc/'),
        ('host = "b.example"\ntls = false', "mqtt.tls", "set tls = true"),
        (
            'host = "b.example"\nca_file = "/ca.pem"',
            "mqtt.cert_file",
            "give cert_file and key_file",
        ),
    ],
)
def test_settings_that_no_longer_start_say_what_to_write(mqtt: str, key: str, mend: str) -> None:
    """Lines of a release before that trusted any authority, or nobody at all."""
    text = f'[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n[mqtt]\n{mqtt}\n'
    with pytest.raises(ConfigError) as refused:
        parse(text, "gateway.toml")
    (fault,) = [one for one in refused.value.faults if one.key == key]
    assert mend in fault.mend
