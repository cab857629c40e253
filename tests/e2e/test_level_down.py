"""A level that only the desk has reached arrives in the home, also after a lost line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from desk import levels, roster
from desk.database import opened
from edge.app.gateway import Gateway
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import parse
from edge.domain import Alert, Instant
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert
from edge.escalation.plan import plan_of
from edge.settings import parse_toml
from edge.transports.lanes import Heard
from tests.desk.living import Office, until
from tests.support.mosquitto import mosquitto

PLAN = Path(__file__).parents[2] / "config/escalation.example.toml"
BUTTON = "54:48:E6:8F:80:A5"
# BTHome v2, unencrypted: packet number 1, button pressed.
PRESS = bytes.fromhex("4400013a01")

pytestmark = pytest.mark.timeout(60)


class Ahead(SystemClock):
    """A desk whose wall clock is two minutes ahead: its level 2 comes before the home's."""

    def now(self) -> Instant:
        at = super().now()
        return msgspec.structs.replace(at, wall_ms=at.wall_ms + 125_000)


async def test_the_home_follows_the_desk_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the button's bytes to the desk's ladder and back, with the broker killed in between."""
    monkeypatch.setattr(levels, "OWN_WORD_MS", 100)
    plan, _ = plan_of(parse_toml(PLAN.read_text("utf-8"), "plan"), "plan")
    assert plan is not None
    clock = SystemClock("Europe/Helsinki", trusted=True)
    with mosquitto(tmp_path) as broker:
        text = (
            '[gateway]\nid = "gw-0001"\nsite = "s"\ncustomer = "c"\ntrusted_clock = true\n'
            f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntls = false\n'
            f'[ble]\nbackend = "off"\n[store]\npath = "{tmp_path}/home.db"\n'
            f'[control]\nsocket = "{tmp_path}/home.sock"\n'
            '[[device]]\nid = "button"\ndriver = "bthome"\nrole = "help_button"\n'
            f'address = "{BUTTON}"\n'
        )
        office = Office(broker, tmp_path)
        office.clock = Ahead("Europe/Helsinki", trusted=True)
        async with office.living(), open_house(parse(text, "test"), clock, RandomIds()) as house:
            with opened(office.path) as connection:
                roster.put_in_force(connection, "gw-0001", plan, by="os:test", at_ms=1)
            stop, gateway = asyncio.Event(), Gateway(house)
            running = asyncio.create_task(gateway.run(stop))
            await until(lambda: gateway.upstream.status()["up"])
            advert = Advert(address=BUTTON, service={SERVICE: PRESS})
            gateway.queue.put_nowait(Heard("button", advert, clock.now()), alarm=True)

            def press() -> Alert | None:
                alerts = house.keeper.home.alerts.values()
                return next((one for one in alerts if one.code == "help_button"), None)

            await until(lambda: press() is not None and gateway.upstream.status()["receipts"])
            broker.kill()
            await until(lambda: not gateway.upstream.status()["up"])
            await until(lambda: office.rows("SELECT 1 FROM asking WHERE level = 2"))
            broker.start()
            await until(lambda: (found := press()) is not None and found.escalation == 2, 30)
            await until(lambda: office.rows("SELECT 1 FROM alert WHERE escalation = 2"))
            with opened(office.path) as connection:
                assert levels.pending(connection) == []
            stop.set()
            await running
