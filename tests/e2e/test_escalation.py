"""Until a named person has it: broker dead, desk alive, paths all down; in real time."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest

from edge.app.gateway import Gateway
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import parse
from edge.domain import AlertState
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert
from edge.escalation.plan import plan_of
from edge.ports import Reply
from edge.settings import parse_toml
from edge.store import plans
from edge.transports.lanes import Heard
from tests.app.escalation_bench import CODE
from tests.e2e.world import World, eventually, kotivahti

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "config/escalation.example.toml"
BUTTON = "54:48:E6:8F:80:A5"
# BTHome v2, unencrypted: packet number 1, button pressed.
PRESS = bytes.fromhex("4400013a01")

pytestmark = pytest.mark.timeout(180)


class Modem:
    """`edge.ports.Pager` on paper, with the moments of a real clock."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, str, str]] = []
        self.came: asyncio.Queue[Reply] = asyncio.Queue()

    async def send(self, number: str, text: str) -> None:
        self.sent.append((time.monotonic(), number, text))

    async def reply(self) -> Reply:
        return await self.came.get()


async def test_a_dead_broker_costs_20_seconds_and_an_answer_wins_everywhere(
    own_world: World, tmp_path: Path
) -> None:
    """From the button's bytes to a text message, and from its answer to the desk's own screen."""
    text = (
        '[gateway]\nid = "gw-demo"\nsite = "s"\ncustomer = "c"\ntrusted_clock = true\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {own_world.broker.port}\ntls = false\n'
        f'[ble]\nbackend = "off"\n[store]\npath = "{tmp_path}/esc.db"\n'
        f'[control]\nsocket = "{tmp_path}/esc.sock"\n'
        '[[device]]\nid = "button"\ndriver = "bthome"\nrole = "help_button"\n'
        f'address = "{BUTTON}"\n'
    )
    plan, _ = plan_of(parse_toml(PLAN.read_text("utf-8"), "plan"), "plan")
    assert plan is not None
    clock = SystemClock("Europe/Helsinki", trusted=True)
    async with open_house(parse(text, "test"), clock, RandomIds()) as house:
        await house.store.change(plans.keep, plan, "test", clock.now())
        modem, stop = Modem(), asyncio.Event()
        gateway = Gateway(house, pager=modem)
        running = asyncio.create_task(gateway.run(stop))
        await _until(lambda: bool(gateway.upstream.status()["up"]))
        own_world.broker.kill()
        began = time.monotonic()
        advert = Advert(address=BUTTON, service={SERVICE: PRESS})
        gateway.queue.put_nowait(Heard("button", advert, clock.now()), alarm=True)
        await _until(lambda: bool(modem.sent), within_s=30)
        at, number, message = modem.sent[0]
        assert 20.0 <= at - began < 22.0
        assert (number, message[:8]) == ("+358401234501", "Koti 88:")
        code = CODE.search(message)
        assert code is not None
        modem.came.put_nowait(Reply(number="+358401234501", text=f"{code[0]} otan 30"))

        def press() -> AlertState:
            alerts = house.keeper.home.alerts.values()
            return next(one.state for one in alerts if one.code == "help_button")

        await _until(lambda: press() is AlertState.ACKNOWLEDGED)
        own_world.broker.start()
        await asyncio.to_thread(own_world.start_desk)
        row = await asyncio.to_thread(own_world.on_desk, "help_button", "acknowledged", 75)
        assert row["holder"] == "telecare"
        stop.set()
        await running
        assert [to for _, to, _ in modem.sent] == [number, number]


async def _until(true: object, within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.01)


def test_the_desk_asks_by_its_plan(own_world: World) -> None:
    """A press in the home, level 1 on the screen of the desk's own process, within two seconds."""
    own_world.start_desk()
    own_world.desk("escalation", "set", "gw-demo", str(PLAN))
    own_world.start_home()
    own_world.start_gateway()
    own_world.happen("press", "help-button")
    row = own_world.on_desk("help_button")
    eventually("asked", lambda: "asked: telecare  level 1" in own_world.log("desk"), 5)
    shown = json.loads(own_world.desk("show", row["id"], "--json"))
    assert (shown["level"], shown["asked"]) == (1, ["telecare"])
    own_world.decide("close", row["id"], "--outcome", "helped", "--useful", "yes")
    closed = own_world.on_desk("help_button", "closed")
    assert [one["useful"] for one in closed["decisions"]] == [1]


def test_nothing_gets_out_and_the_home_is_loud_within_two_seconds(
    own_world: World, tmp_path: Path
) -> None:
    """No modem, the broker dead and known to be: the site's executable is run, and told the end."""
    out = tmp_path / "loud"
    script = (
        f"import sys,time; open({str(out)!r},'a').write(f'{{time.time()}} {{sys.argv[1:]}}\\n')"
    )
    hook = json.dumps([sys.executable, "-c", script, "siren"])
    own_world.start_home()
    settings = own_world.settings
    settings.write_text(f"{settings.read_text('utf-8')}\n[sounder]\nhook = {hook}\n", "utf-8")
    own_world.start_gateway()
    eventually("connected", lambda: own_world.gateway("status")["path"]["up"])
    kotivahti("escalation", "set", str(PLAN), "--by", "me", "--config", str(settings))
    own_world.broker.kill()
    eventually("known", lambda: not own_world.gateway("status")["path"]["up"], 40)
    began = time.time()
    own_world.happen("press", "help-button")
    eventually("loud", out.exists, 10)
    at, _, told = out.read_text("utf-8").partition(" ")
    assert float(at) - began < 2.0
    assert "'siren', 'start', 'help_button', 'critical'" in told
    alert = next(a for a in own_world.gateway("alerts") if a["code"] == "help_button")
    rows = own_world.gateway("escalation", "show", "--alert", alert["id"])
    assert [(row["path"], row["level"]) for row in rows] == [("hook", 0)]
