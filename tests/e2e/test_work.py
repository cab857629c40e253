"""What waits for the next visits, across homes: from answers in two homes to the desk's list."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk import home_work
from desk.database import opened
from edge.app.gateway import Gateway
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import parse
from edge.demo import scene
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert
from edge.transports.lanes import Heard
from tests.desk.living import Office, until
from tests.e2e.test_claims import BARE
from tests.e2e.world import NURSE, World, eventually
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(120)

BY = ("--by", "Maija Hoitaja")
BUTTON = "54:48:E6:8F:80:A5"
# BTHome v2, unencrypted: packet number 1, battery low.
LOW = bytes.fromhex("4400011501")


class Second(World):
    """Another home of the same desk, without devices."""

    def begin(self) -> None:
        text = scene.gateway_settings(self.folder, self.broker.port, BARE)
        text = text.replace("gw-demo", "gw-two").replace("-demo", "-two")
        self.settings.write_text(text, encoding="utf-8")
        self.start_gateway()


def work(world: World, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(world.desk("work", *options, "--json"))
    return found


def told(world: World, what: str, look: Any, *options: str) -> list[dict[str, Any]]:
    def found() -> list[dict[str, Any]] | None:
        rows = work(world, *options)
        return rows if look(rows) else None

    rows: list[dict[str, Any]] = eventually(what, found)
    return rows


def tasks(row: dict[str, Any]) -> dict[str, str]:
    return {task["id"]: task["state"] for task in row["tasks"]}


def test_the_list_across_homes(own_world: World, tmp_path: Path) -> None:
    """By the next visit, then by the day; a task that is done leaves it; who looked is written."""
    one = own_world
    one.settings.write_text(scene.gateway_settings(one.folder, one.broker.port, BARE), "utf-8")
    one.start_desk()
    one.desk("customer", "add", "c-demo", "--name", "Aino Mallikas", "--address", "Mallikatu 5")
    one.start_gateway()
    folder = tmp_path / "two"
    folder.mkdir()
    two = Second(folder, one.broker)
    try:
        two.begin()
        one.gateway("checklist", "ask", "fire", *BY, "--answer", "FS-12=night")
        one.gateway("home", "tenure", "apartment", *BY)
        two.gateway(
            *("checklist", "ask", "fire", *BY, "--answer", "FS-02=dead"),
            *("--choose", "FS-02=no-notify:the owner comes at once", "--note", "Ainon naapuri"),
        )
        rows = told(
            one,
            "both homes",
            lambda found: len(found) == 2 and found[0]["considered"],
        )
        assert [row["gateway"] for row in rows] == ["gw-two", "gw-demo"], "the earlier day first"
        assert tasks(rows[0]) == {"FS-02": "requested"}
        assert rows[0]["considered"][0]["notify"] is False
        assert rows[0]["levels"] == {"fire": "orange"}
        assert work(one, "--due", "2") == []
        assert [row["gateway"] for row in work(one, "--due", "3")] == ["gw-two"]

        day = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
        one.gateway(
            *("visit", "add", "--role", "home_care"),
            *("--from", f"{day}T09:00", "--until", f"{day}T09:30"),
        )
        told(one, "the visit", lambda found: found[0]["gateway"] == "gw-demo")

        two.gateway("task", "done", "FS-02", "--proof", "seen", *BY)
        (row,) = told(
            one,
            "the end",
            lambda found: tasks(found[0])["FS-02"] == "completed",
            "--home",
            "gw-two",
        )
        assert all(line["group"] != "fix" for line in row["lines"])
        _nobody_is_named(one, two)
        password = str(scene.password_file(one.folder))
        one.desk("customer", "home", "c-demo", "--area", "tapiola", "--as", NURSE,
                 "--password-file", password)  # fmt: skip
        mine = ("--area", "tapiola", "--as", NURSE, "--password-file", password)
        assert [row["gateway"] for row in work(one, *mine)] == ["gw-demo"]
        with closing(sqlite3.connect(one.folder / "desk.db")) as database:
            looked = database.execute(
                "SELECT DISTINCT who, client FROM access WHERE what = 'work' ORDER BY client"
            ).fetchall()
            closed = database.execute(
                "SELECT item, state, proof, ended_ms >= opened_ms FROM home_task "
                "WHERE source LIKE '%gw-two'"
            ).fetchall()
        assert (NURSE, "c-demo") in looked
        assert (NURSE, "c-two") not in looked
        assert {client for _, client in looked} == {"c-demo", "c-two"}, "the machine's user"
        assert closed == [("FS-02", "completed", "seen", 1)]
    finally:
        two.stop()


def _nobody_is_named(one: World, two: World) -> None:
    """What people typed stays in the home that it was typed in."""
    with closing(sqlite3.connect(one.folder / "desk.db")) as database:
        told = b"".join(body for (body,) in database.execute("SELECT body FROM home_work"))
    for words in ("Maija", "Hoitaja", "naapuri", "owner comes"):
        assert words.encode() not in told
    kept = json.dumps(two.gateway("task", "show", "FS-02"))
    assert "Maija Hoitaja" in kept
    assert "owner comes" in kept


async def test_a_low_battery_is_on_the_list_and_asks_nobody(tmp_path: Path) -> None:
    """From a button's bytes to the desk's list: to change on the next visit; nothing urgent."""
    clock = SystemClock("Europe/Helsinki", trusted=True)
    with mosquitto(tmp_path) as broker:
        text = scene.gateway_settings(tmp_path, broker.port, BARE) + (
            '[[device]]\nid = "button"\ndriver = "bthome"\nrole = "help_button"\n'
            f'address = "{BUTTON}"\n'
        )
        office = Office(broker, tmp_path)
        config = parse(text, "test")
        async with office.living(), open_house(config, clock, RandomIds()) as house:
            stop, gateway = asyncio.Event(), Gateway(house)
            running = asyncio.create_task(gateway.run(stop))
            await until(lambda: gateway.upstream.status()["up"])
            advert = Advert(address=BUTTON, service={SERVICE: LOW})
            gateway.queue.put_nowait(Heard("button", advert, clock.now()), alarm=True)
            await until(lambda: office.rows("SELECT 1 FROM home_work"), 30)
            stop.set()
            await running
        with opened(office.path) as connection:
            (found,) = home_work.newest(connection)
            (row,) = connection.execute("SELECT priority FROM alert WHERE code = 'battery_low'")
    lines = [
        (line.code, line.params["device"]) for line in found.data.lines if line.params.get("device")
    ]
    assert lines == [("battery", "button")]
    assert row["priority"] == "normal"
