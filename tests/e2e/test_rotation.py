"""Certificates change while alerts flow: nothing is lost, and a wrong one changes nothing."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.control.client import RefusedError, ask
from edge.demo import scene
from tests.e2e.world import World, eventually, kotivahti
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto
from tests.support.region import ready

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

GATEWAY, DESK = scene.GATEWAY, "desk-desk-demo"
PRESS_EVERY_S = 0.8
READABLE = re.compile(r'host = "127\.0\.0\.1"\nport = (\d+)\ntls = false\n')


class Secured(World):
    """The world over TLS: each side has the certificate of its own name."""

    def __init__(self, folder: Path, broker: Mosquitto, authority: Authority) -> None:
        super().__init__(folder, broker)
        self.authority = authority
        for name in (GATEWAY, DESK):
            authority.issue(name)

    def secure(self, file: Path, who: str, more: str = "") -> None:
        papers = self.authority.folder
        lines = (
            f'host = "127.0.0.1"\nport = \\1\nca_file = "{self.authority.file}"\n'
            f'cert_file = "{papers}/{who}.pem"\nkey_file = "{papers}/{who}.key"\n{more}'
        )
        text, count = READABLE.subn(lines, file.read_text(encoding="utf-8"))
        assert count == 1
        file.write_text(text, encoding="utf-8")

    def start_desk(self) -> None:
        self.desk_settings.write_text(scene.desk_settings(self.folder, self.broker.port))
        self.secure(self.desk_settings, DESK)
        self._start("desk", "desk", "run", "--config", str(self.desk_settings), "--plain")

    def start_gateway(self) -> None:
        papers = self.authority.folder
        more = f'next_cert_file = "{papers}/next.pem"\nnext_key_file = "{papers}/next.key"\n'
        self.secure(self.settings, GATEWAY, more)
        super().start_gateway()

    def path(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("status")["path"]
        return found

    def ask(self, do: str) -> Any:
        return ask(self.folder / "control.sock", do)

    def renew(self) -> Any:
        """The slot that the line stands on after it was opened anew."""
        before = self.path()["connections"]
        told = self.ask("line_renew")["slot"]
        eventually("opened anew", lambda: self.path()["connections"] == before + 1)
        assert self.path()["slot"] == told
        return told


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Secured]:
    papers = tmp_path / "papers"
    papers.mkdir()
    authority = Authority(papers)
    authority.issue("broker")
    with ready(tmp_path, papers, DESK) as broker:
        made = Secured(tmp_path, broker, authority)
        try:
            yield made
        finally:
            made.stop()


def test_certificates_change_and_no_alert_is_lost(world: Secured):
    """A press every 0.8 s over a renewal, a wrong file, a second slot and the way back."""
    world.start_home()
    authority, papers = world.authority, world.authority.folder
    authority.issue(GATEWAY, "next")
    world.start_gateway()
    world.start_desk()
    eventually("connected", lambda: world.path()["up"])
    assert world.path()["slot"] == "current"
    stop = threading.Event()

    def press() -> None:
        while not stop.wait(PRESS_EVERY_S):
            world.happen("press", "help-button")

    pressing = threading.Thread(target=press)
    pressing.start()
    try:
        authority.issue(GATEWAY)  # files swapped while the line stands
        assert world.renew() == "current"
        stranger = Authority(papers, "stranger")
        stranger.issue("next", "next")
        stranger.issue(GATEWAY)
        with pytest.raises(RefusedError, match="the line was left as it is"):
            world.renew()  # neither slot would be taken
        assert world.log("gateway").count("line_renewed") == 1
        assert world.path()["up"]
        authority.issue(GATEWAY, "next")
        assert world.renew() == "next"
        for end in (".pem", ".key"):
            shutil.copy(papers / f"next{end}", papers / f"{GATEWAY}{end}")
        assert world.renew() == "current"
        time.sleep(6 * PRESS_EVERY_S)
    finally:
        stop.set()
        pressing.join()
    eventually("all that was pressed is told", lambda: settled(world), within_s=40)
    (home,) = json.loads(world.desk("homes", "--json"))
    assert sum(home["missing"].values()) == 0


def settled(world: Secured) -> bool:
    """Nothing is owed, and the desk has the newest revision of the one alert there is."""
    (mine,) = world.ask("alerts")
    found = world.desk_alerts()
    if not found:
        return False
    (theirs,) = found
    assert mine["code"] == theirs["code"] == "help_button"
    same = (theirs["id"], theirs["rev"]) == (mine["id"], mine["rev"])
    return same and mine["rev"] >= 5 and not world.ask("status")["outbox"]


@pytest.mark.slow
def test_the_end_of_a_certificate_is_told_a_month_ahead(world: Secured):
    """From the file to the desk, with the day; and the alert goes when the file is renewed."""
    world.start_home()
    world.authority.issue(GATEWAY, ends=timedelta(days=13))
    world.authority.issue(GATEWAY, "next", ends=timedelta(days=5))
    world.start_gateway()
    world.start_desk()
    row = world.on_desk("gateway_fault", "raised")
    assert row["id"]
    (mine,) = [one for one in world.ask("alerts") if one["code"] == "gateway_fault"]
    assert (mine["params"]["fault"], mine["params"]["part"]) == ("certificate", "mqtt")
    assert mine["params"]["detail"].endswith(", 14 d")
    world.authority.issue(GATEWAY)
    world.renew()
    world.on_desk("gateway_fault", "cancelled")
    words = kotivahti("line", "check", "--connect", "--config", str(world.settings))
    assert f"certificate of {GATEWAY}" in words
    assert "the broker takes them" in words
