"""A box is claimed for its customer: at once, later, wrongly, twice, and by a forger."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

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

    def begin(self, *, online: bool = True) -> None:
        text = scene.gateway_settings(self.folder, self.broker.port, BARE)
        self.settings.write_text(text, encoding="utf-8")
        self.start_desk()
        self.desk("customer", "add", "c-demo", "--name", NAME, "--address", ADDRESS)
        self.start_gateway()
        if online:
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


def test_a_claim_is_read_back_and_confirmed(fitting: Fitting) -> None:
    """The code goes up, name and address come down, the installer's word goes up again."""
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
    with pytest.raises(RefusedError, match="no answer to confirm"):
        fitting.ask("claim_confirm", yes=True, **BY)


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
    assert plain not in (fitting.folder / "desk.db").read_bytes()
    assert plain not in (fitting.folder / "desk.db-wal").read_bytes()


def test_a_claim_without_a_line_completes_by_itself(fitting: Fitting) -> None:
    """The installer types the address and leaves; a restart later the box compares it itself."""
    fitting.broker.stop()
    fitting.begin(online=False)
    fitting.claim(fitting.code(), address="mallikatu 5  A 12 02100 ESPOO")
    assert fitting.claim_state()["state"] == "waiting"
    fitting.kill("gateway")
    fitting.start_gateway()
    assert fitting.claim_state()["state"] == "waiting"
    fitting.broker.start()
    assert fitting.claim_is("confirmed", 75)["address"] == ADDRESS


def test_a_typed_address_of_another_home_is_a_mismatch(fitting: Fitting) -> None:
    """The code was right and the home is not: nothing of that customer stays in the box."""
    fitting.begin()
    fitting.claim(fitting.code(), address="Mallikatu 5 A 1, 02100 Espoo")
    found = fitting.claim_is("mismatch")
    assert (found["customer"], found["name"], found["address"]) == ("", "", "")
    eventually(
        "the desk says so", lambda: "WRONG HOME, the code was for customer" in fitting.log("desk")
    )
    assert "typed there: Mallikatu 5 A 1" in fitting.desk("customer", "show", "c-demo")


def test_wrong_used_and_foreign_codes_are_refused_and_five_lock(fitting: Fitting) -> None:
    """Each says why; after five wrong ones the right one is refused too, for an hour."""
    fitting.begin()
    with pytest.raises(RefusedError, match="add up") as typed:
        fitting.claim("0000-0000-001")
    assert typed.value.code == 2
    fitting.desk("customer", "add", "c-other", "--name", "Toinen", "--address", "Muualla 1")
    fitting.claim(fitting.code("c-other"))
    assert fitting.claim_is("refused")["reason"] == "customer_mismatch"
    code = fitting.code()
    fitting.claim(code)
    fitting.claim_is("answered")
    assert fitting.ask("claim_confirm", yes=False, **BY)["state"] == "mismatch"
    fitting.claim(code)
    assert fitting.claim_is("refused")["reason"] == "used"
    for _ in range(5):
        fitting.claim(NO_CODE)
        assert fitting.claim_is("refused")["reason"] == "wrong_code"
    fitting.claim(fitting.code())
    assert fitting.claim_is("refused")["reason"] == "locked"


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


def test_a_claim_is_made_without_a_running_gateway(fitting: Fitting) -> None:
    """The command opens the database itself; the next start sends what it stored."""
    fitting.begin()
    code = fitting.code()
    fitting.kill("gateway", 15)
    with socket.socket(socket.AF_UNIX) as sock:
        assert sock.connect_ex(str(fitting.folder / "control.sock")) != 0
    from edge.cli.call import call, load  # noqa: PLC0415 - the door that commands use

    made = call(load(fitting.settings), "claim_make", {"code": code, "kind": "new", **BY})
    assert made["state"] == "waiting"
    fitting.start_gateway()
    assert fitting.claim_is("answered")["id"] == made["id"]
