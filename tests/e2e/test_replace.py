"""A box breaks and a spare takes over: two gateways, a desk, a broker, one home of devices."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.config.writing import toml
from edge.demo import scene
from tests.e2e.world import ENV, NURSE, World, eventually
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(180)

SPARE = "gw-spare"
NAME, ADDRESS = "Aino Mallikas", "Mallikatu 5 A 12, 02100 Espoo"
FIVE_MINUTES_S = 300
# Whole seconds of silence that tell a device's next word from its last.
REST_S = 2


class Replacing(World):
    """A home with its gateway and a recovery code, and an empty spare box in its bag."""

    def begin(self) -> None:
        self.start_desk()
        self.desk("customer", "add", "c-demo", "--name", NAME, "--address", ADDRESS)
        self.start_home()
        self.start_gateway()
        eventually("connected", lambda: self.gateway("status")["path"]["up"])
        made = self.gateway("profile", "key", "--by", "anna")
        (self.folder / "paper").write_text(made["code"], encoding="ascii")

    def wait_heard(self, device: str, gateway: str = "gateway") -> None:
        def heard() -> bool:
            rows = self.of(gateway, "status")["devices"]
            return any(row["id"] == device and row["heard_s_ago"] is not None for row in rows)

        eventually(f"{device} is heard by {gateway}", heard, 40)

    def heard_s_ago(self, device: str) -> int:
        rows = self.gateway("status")["devices"]
        return next(int(row["heard_s_ago"]) for row in rows if row["id"] == device)

    def press(self, gateway: str) -> dict[str, Any]:
        """A press until it is an alert of that gateway: an advertisement can be missed."""
        self.happen("press", "help-button")

        def look() -> dict[str, Any] | None:
            rows = self.of(gateway, "alerts", "--open")
            return next((row for row in rows if row["code"] == "help_button"), None)

        found: dict[str, Any] = eventually(f"the press at {gateway}", look)
        return found

    def of(self, gateway: str, *command: str) -> Any:
        settings = self.settings if gateway == "gateway" else self.spare_settings
        done = self.run(*command, "--config", str(settings), "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "edge", *command],
            capture_output=True,
            text=True,
            timeout=90,
            env=ENV,
            check=False,
        )

    # -- the spare -------------------------------------------------------------------------

    @property
    def spare_settings(self) -> Path:
        return self.folder / "spare" / "gateway.toml"

    def unpack_spare(self) -> None:
        """Its own settings: an id, a broker, a radio, and nobody's home."""
        home = json.loads((self.folder / "home" / "sim.json").read_text(encoding="utf-8"))
        folder = self.spare_settings.parent
        folder.mkdir()
        tables = {
            "gateway": {
                "id": SPARE,
                "site": "spare-7",
                "customer": "nobody",
                "trusted_clock": True,
            },
            "store": {"path": str(folder / "home.db")},
            "mqtt": {"host": "127.0.0.1", "port": self.broker.port, "tls": False},
            "ble": home["ble"],
            "control": {"socket": str(folder / "control.sock")},
        }
        self.spare_settings.write_text(toml(tables), encoding="utf-8")
        self.start_spare()

    def start_spare(self) -> None:
        self._start("spare", "run", "--config", str(self.spare_settings))
        eventually("the spare answers", (self.folder / "spare" / "control.sock").exists)
        eventually("the spare is connected", lambda: self.of("spare", "status")["path"]["up"])

    def issue_code(self) -> None:
        """The coordinator says the code on the telephone."""
        password = str(scene.password_file(self.folder))
        told = self.desk(
            *("claim-code", "c-demo", "--as", NURSE, "--password-file", password),
            *("--replaces", scene.GATEWAY, "--json"),
        )
        (self.folder / "claim").write_text(json.loads(told)["code"], encoding="ascii")

    def replace(self, *options: str) -> tuple[int, dict[str, Any], str]:
        done = self.run(
            *("replace", "--by", "pekka", "--yes", "--config", str(self.spare_settings)),
            *("--claim-file", str(self.folder / "claim")),
            *("--code-file", str(self.folder / "paper"), "--json", *options),
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    def profiles(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(
            self.desk("profile", "list", scene.GATEWAY, "--json")
        )
        return found

    def homes(self) -> dict[str, dict[str, Any]]:
        return {row["gateway"]: row for row in json.loads(self.desk("homes", "--json"))}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Replacing]:
    with mosquitto(tmp_path) as broker:
        one = Replacing(tmp_path, broker)
        try:
            yield one
        finally:
            one.stop()


def test_a_spare_box_takes_over_within_five_minutes(world: Replacing) -> None:
    """The button works on it, a replay is still one, and what the old card owed arrives once."""
    world.begin()
    unsent = _broken_box(world)
    began = time.monotonic()
    world.unpack_spare()
    world.issue_code()
    code, found, text = world.replace("--old-card", str(world.folder))
    assert code == 0, text
    took_s = time.monotonic() - began
    assert took_s < FIVE_MINUTES_S
    assert found["taken"]["gateway"] == scene.GATEWAY
    assert (found["card"]["error"], found["claim"], found["restart"]) == ("", "confirmed", True)
    assert found["card"]["carried"] >= 1
    assert "bp-1" not in found["pair"], "a cuff that needs no bond"
    assert world.on_desk("smoke")["id"] == unsent, "with the id that it had"

    world.kill("spare", 15)
    world.start_spare()
    status = world.of("spare", "status")
    assert (status["gateway"], status["site"]) == (SPARE, "site-demo")
    # Its radio comes up after its socket, and a recording is sent once.
    eventually("the spare hears", lambda: world.of("spare", "status")["radio"]["adverts"])
    _button_works(world)
    smokes = [row["id"] for row in world.desk_alerts() if row["code"] == "smoke"]
    assert smokes.count(unsent) == 1
    assert world.homes()[scene.GATEWAY]["replaced_by"] == SPARE
    eventually("nothing is owed", lambda: world.of("spare", "status")["outbox"] == [])

    code, again, text = world.replace("--old-card", str(world.folder))
    assert code == 0, text
    assert (again["card"]["carried"], again["restart"]) == (0, False), (
        "a second run changes nothing"
    )


def _broken_box(world: Replacing) -> str:
    """A press that was received, a profile, and a smoke alarm that nobody got; its alert's id."""
    world.wait_heard("help-button")
    world.press("gateway")
    world.on_desk("help_button")
    # The button goes on to count, so that a recording of the press is an old one; then it rests.
    world.happen("off", "help-button")
    eventually("the button rests", lambda: world.heard_s_ago("help-button") >= REST_S)
    world.happen("on", "help-button")
    eventually("the button counts", lambda: world.heard_s_ago("help-button") < REST_S)
    world.happen("off", "help-button")
    number = world.gateway("profile", "send")["number"]
    eventually("the desk has it", lambda: [p for p in world.profiles() if p["number"] == number])
    world.broker.stop()
    world.happen("smoke", "smoke-1", "on")
    rows = eventually(
        "the smoke alarm is stored",
        lambda: [r for r in world.gateway("alerts", "--open") if r["code"] == "smoke"],
    )
    world.kill("gateway")
    world.happen("smoke", "smoke-1", "off")
    world.broker.start()
    return str(rows[0]["id"])


def _button_works(world: Replacing) -> None:
    """The old counter tells a recording from a press; the press comes through."""
    replayed = eventually("the replay is raised", lambda: _replayed(world), 40)
    assert replayed["flags"] == ["possible_replay"], "by the old box's counter"
    eventually(
        "the replay is at the desk",
        lambda: [r for r in world.desk_alerts() if r["id"] == replayed["id"]],
    )
    world.decide("close", replayed["id"], "--outcome", "test")
    eventually("closed at home", lambda: not _open_press(world))
    world.happen("on", "help-button")
    pressed = world.press("spare")
    assert pressed["flags"] == []
    eventually(
        "the press is at the desk",
        lambda: [r for r in world.desk_alerts() if r["id"] == pressed["id"]],
    )


def _replayed(world: Replacing) -> dict[str, Any] | None:
    """The recording played until this box hears it: an advertisement can be missed."""
    world.happen("replay", "help-button")
    return _open_press(world)


def _open_press(world: Replacing) -> dict[str, Any] | None:
    rows = world.of("spare", "alerts", "--open")
    return next((row for row in rows if row["code"] == "help_button"), None)


def test_without_the_card_the_gap_is_told_by_its_numbers(world: Replacing) -> None:
    """A profile on a stick, a card that cannot be read: taken over, and the loss is named."""
    world.begin()
    world.wait_heard("help-button")
    eventually("the first profile is there", world.profiles)
    eventually("nothing is owed", lambda: world.gateway("status")["outbox"] == [])
    world.broker.stop()
    world.happen("smoke", "smoke-1", "on")
    eventually(
        "the smoke alarm is stored",
        lambda: [r for r in world.gateway("alerts", "--open") if r["code"] == "smoke"],
    )
    stick = world.folder / "home.profile"
    world.gateway("profile", "export", str(stick))
    last = world.gateway("profile", "show", str(stick))["message"]
    world.kill("gateway")
    world.happen("smoke", "smoke-1", "off")
    world.broker.start()
    card = world.folder / "card.db"
    card.write_bytes((world.folder / "home.db").read_bytes()[:5000])
    world.unpack_spare()
    world.issue_code()
    paper = (world.folder / "paper").read_text(encoding="ascii")
    (world.folder / "paper").write_text(paper[::-1], encoding="ascii")
    code, _, text = world.replace("--profile", str(stick))
    assert (code, "group" in text) == (2, True), "a wrong paper takes nothing over"
    assert world.of("spare", "status")["devices"] == []
    (world.folder / "paper").write_text(paper, encoding="ascii")

    code, found, text = world.replace("--profile", str(stick), "--old-card", str(card))
    assert code == 1, text
    assert "card.db" in found["card"]["error"]
    assert found["taken"]["last_message"] == last
    assert found["gap"], found
    assert found["gap"][-1][1] == last
    world.wait_heard("help-button", "spare")
    assert world.spare_settings.with_name("gateway.toml.before-replace").exists()

    world.kill("spare", 15)
    world.start_gateway()  # the old box comes back to life, and has not forgotten
    assert world.on_desk("smoke", within_s=40)["gateway"] == scene.GATEWAY
    assert world.homes()[scene.GATEWAY]["replaced_by"] == SPARE, "heard, and marked as what it is"
