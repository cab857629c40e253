"""A box is claimed for its customer: at once, later, wrongly, by a forger, for another box."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.cli.call import call, load
from edge.control.client import RefusedError, ask
from edge.demo import scene
from edge.domain import Instant
from edge.uplink import envelope
from edge.uplink.envelope import ClaimedData
from tests.e2e.world import NURSE, World, eventually
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(120)

ADDRESS = "Mallikatu 5 A 12, 02100 Espoo"
NAME = "Aino Mallikas"
BY = {"by": "Matti Asentaja"}
BARE: dict[str, Any] = {"ble": {"backend": "off"}, "serial": [], "modbus": [], "device": []}
# What nobody was given: right by its check character, and in no table.
NO_CODE = "0000-0000-000"


class Fitting(World):
    """A box without devices and a desk with one customer: what an installer begins with."""

    def begin(self) -> None:
        text = scene.gateway_settings(self.folder, self.broker.port, BARE)
        self.settings.write_text(text, encoding="utf-8")
        self.start_desk()
        self.desk("customer", "add", "c-demo", "--name", NAME, "--address", ADDRESS)
        self.start_gateway()
        eventually("connected", lambda: self.gateway("status")["path"]["up"])

    def code(self, customer: str = "c-demo", *options: str) -> str:
        password = str(scene.password_file(self.folder))
        told = self.desk(
            "claim-code", customer, "--as", NURSE, "--password-file", password, "--json", *options
        )
        return str(json.loads(told)["code"])

    def ask(self, do: str, **args: Any) -> Any:
        return ask(self.folder / "control.sock", do, args)

    def claim(self, code: str, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("claim_make", code=code, kind="new", **BY, **more)
        return found

    def claim_state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("claim_state")
        return found

    def claim_is(self, state: str, within_s: float = 20.0) -> dict[str, Any]:
        """The claim once it is in that state."""

        def look() -> dict[str, Any] | None:
            found = self.claim_state()
            return found if found["state"] == state else None

        found: dict[str, Any] = eventually(f"the claim is {state}", look, within_s)
        return found

    def customer_claims(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.desk("customer", "show", "c-demo", "--json"))[
            "claims"
        ]
        return found

    def publish(self, topic: str, body: bytes, *, retain: bool = False) -> None:
        """Anybody who got a word in at the broker."""
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.connect(self.broker.host, self.broker.port)
        client.loop_start()
        client.publish(topic, body, qos=1, retain=retain).wait_for_publish(5)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def fitting(tmp_path: Path) -> Iterator[Fitting]:
    with mosquitto(tmp_path) as broker:
        one = Fitting(tmp_path, broker)
        try:
            yield one
        finally:
            one.stop()


def test_claims_online(fitting: Fitting) -> None:
    """Read back and confirmed; another flat; another customer; used; wrong until it is locked."""
    fitting.begin()
    assert fitting.claim_state()["state"] == "none"
    code = fitting.code()
    made = fitting.claim(code.lower().replace("-", " "))
    found = fitting.claim_is("answered")
    assert (found["id"], found["name"], found["address"]) == (made["id"], NAME, ADDRESS)
    assert fitting.ask("claim_confirm", yes=True, **BY)["state"] == "confirmed"

    def confirmed() -> bool:
        return [one["state"] for one in fitting.customer_claims()] == ["confirmed"]

    eventually("the desk has the installer's word", confirmed)
    homes = json.loads(fitting.desk("homes", "--json"))
    assert homes[0]["customer"] == {"id": "c-demo", "name": NAME, "state": "confirmed"}
    assert f"c-demo {NAME}" in fitting.desk("homes")
    eventually("nothing is owed", lambda: fitting.gateway("status")["outbox"] == [])
    _says_nothing(fitting, code)
    _another_flat(fitting)
    _refused(fitting, code)


def _another_flat(fitting: Fitting) -> None:
    """The code was right and the home is not: nothing of that customer stays in the box."""
    fitting.claim(fitting.code(), address="Mallikatu 5 A 1, 02100 Espoo")
    found = fitting.claim_is("mismatch")
    assert (found["customer"], found["name"], found["address"]) == ("", "", "")
    eventually(
        "the desk says so", lambda: "WRONG HOME, the code was for customer" in fitting.log("desk")
    )
    assert "typed there: Mallikatu 5 A 1" in fitting.desk("customer", "show", "c-demo")


def _refused(fitting: Fitting, used: str) -> None:
    """Each says why; after five wrong ones the right one is refused too, for an hour."""
    with pytest.raises(RefusedError, match="add up") as typed:
        fitting.claim("0000-0000-001")
    assert typed.value.code == 2
    fitting.desk("customer", "add", "c-other", "--name", "Toinen", "--address", "Muualla 1")
    fitting.claim(fitting.code("c-other"))
    assert fitting.claim_is("refused")["reason"] == "customer_mismatch"
    fitting.claim(used)
    assert fitting.claim_is("refused")["reason"] == "used"
    for _ in range(5):
        fitting.claim(NO_CODE)
        assert fitting.claim_is("refused")["reason"] == "wrong_code"
    fitting.claim(fitting.code())
    assert fitting.claim_is("refused")["reason"] == "locked"


def _says_nothing(fitting: Fitting, code: str) -> None:
    """Neither name nor address nor code in a log; the code in no database once it was received."""
    plain = code.replace("-", "").encode()
    for log in ("gateway", "desk"):
        text = fitting.log(log)
        assert NAME not in text
        assert "Mallikatu" not in text
        assert code not in text
        assert plain.decode() not in text
    assert plain not in (fitting.folder / "home.db").read_bytes()
    assert plain not in (fitting.folder / "home.db-wal").read_bytes()
    assert plain not in (fitting.folder / "desk.db").read_bytes()
    assert plain not in (fitting.folder / "desk.db-wal").read_bytes()


def test_a_claim_without_gateway_and_line_completes_by_itself(fitting: Fitting) -> None:
    """Typed before the box ran, and while no broker was there; the address is compared later."""
    fitting.begin()
    code = fitting.code()
    fitting.kill("gateway", 15)
    fitting.broker.stop()
    typed = "mallikatu 5  A 12 02100 ESPOO"
    args = {"code": code, "kind": "new", "address": typed, **BY}
    made = call(load(fitting.settings), "claim_make", args)
    fitting.start_gateway()
    found = fitting.claim_state()
    assert (found["id"], found["state"]) == (made["id"], "waiting")
    fitting.broker.start()
    assert fitting.claim_is("confirmed", 75)["address"] == ADDRESS


def test_forged_answers_are_refused_and_counted(fitting: Fitting) -> None:
    """Nobody's request, another gateway, no desk, kept by the broker: none of it is believed."""
    fitting.begin()
    fitting.kill("desk", 15)
    made = fitting.claim(fitting.code())
    topic = f"kotivahti/v1/{scene.GATEWAY}/down/claim"

    def forged(request: str = made["id"], gateway: str = scene.GATEWAY) -> bytes:
        at = Instant(boot="", boottime_ms=0, wall_ms=1_800_000_000_000)
        told = ClaimedData(
            gateway=f"urn:kotivahti:gateway:{gateway}",
            request=request,
            state="confirmed",
            customer="c-demo",
            name="Forger",
            address="Elsewhere 1",
        )
        return envelope.claimed("desk-demo", told, id=request, at=at)

    other = made["id"][:-4] + "0000"
    fitting.kill("gateway")  # what a broker keeps comes with the next subscription
    fitting.publish(topic, forged(request=other), retain=True)
    fitting.start_gateway()
    fitting.publish(topic, forged(request=other))
    fitting.publish(topic, forged(gateway="gw-other"))
    fitting.publish(topic, forged().replace(b"urn:kotivahti:desk:", b"urn:kotivahti:gateway:"))
    fitting.publish(topic.replace(scene.GATEWAY, "gw-other"), forged())
    fitting.publish(topic, b"{" * 60_000)
    fitting.publish(topic, b" " * 70_000)

    def refused() -> dict[str, int]:
        found: dict[str, int] = fitting.gateway("status")["path"]["refused_down"]
        return found

    every = {"retained", "request", "gateway", "source", "depth", "size"}
    eventually("each is refused", lambda: every <= set(refused()))
    assert fitting.claim_state()["state"] == "waiting"
    fitting.start_desk()
    assert fitting.claim_is("answered", 75)["name"] == NAME


def test_a_replaced_gateway_shows_its_successor_and_its_gap(fitting: Fitting) -> None:
    """Two presses and a door without a line; of the old card the last press alone is sent on."""
    fitting.start_desk()
    fitting.start_home()
    fitting.start_gateway()
    fitting.happen("press", "help-button")
    fitting.on_desk("help_button")
    eventually("nothing is owed", lambda: fitting.gateway("status")["outbox"] == [])
    before = fitting.gateway("status")["store"]["heads"]["message"]
    fitting.broker.stop()
    for presses in (2, 3):
        fitting.happen("press", "help-button")
        eventually("stored", partial(_pressed, fitting, presses))
    fitting.kill("gateway")
    (fitting.folder / "control.sock").unlink(missing_ok=True)
    last, body = _last_on_the_card(fitting.folder / "home.db")
    fitting.broker.start()

    text = scene.gateway_settings(fitting.folder, fitting.broker.port, BARE)
    text = text.replace(scene.GATEWAY, "gw-spare").replace("home.db", "spare.db")
    fitting.settings.write_text(text, encoding="utf-8")
    fitting.start_gateway()
    fitting.desk("customer", "add", "c-demo", "--name", NAME, "--address", ADDRESS)
    code = fitting.code("c-demo", "--replaces", scene.GATEWAY)
    topic = "kotivahti/v1/gw-spare/up/alert"
    fitting.publish(topic, body)  # not yet its successor
    eventually("refused", lambda: "spoke on the topic" in fitting.log("desk"))
    assert fitting.desk_alerts()[0]["rev"] == 1
    fitting.ask("claim_make", code=code, kind="replace", replaces=scene.GATEWAY, **BY)
    fitting.claim_is("answered", 75)
    fitting.publish(topic, body)
    alert = fitting.on_desk("help_button", "raised")
    eventually("the last press", lambda: fitting.desk_alerts()[0]["rev"] == 3)
    gap = f"{before + 1}" if last == before + 2 else f"{before + 1}\N{EN DASH}{last - 1}"
    assert f"replaced by gw-spare  gap {gap}\n" in fitting.desk("homes")
    told = fitting.decide("close", alert["id"], "--outcome", "test")
    assert "the desk settles it: its box was replaced" in told
    assert fitting.on_desk("help_button", "closed")["decisions"][0]["state"] == "settled_here"


def _pressed(fitting: Fitting, rev: int) -> bool:
    """The button's alert in the box has come to this revision."""
    found = fitting.gateway("alerts", "--open")
    return any(alert["code"] == "help_button" and alert["rev"] >= rev for alert in found)


def _last_on_the_card(path: Path) -> tuple[int, bytes]:
    """The newest alert of a dead box's database, as its card is read."""
    with closing(sqlite3.connect(path)) as card:
        found = card.execute(
            "SELECT sequence, body FROM outbox WHERE class = 'alert' ORDER BY sequence DESC"
        ).fetchone()
    return int(found[0]), bytes(found[1])
