"""An installer's day, by public commands alone: see, enrol, hear, test, change, remove."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.demo import scene
from tests.e2e.world import ENV, World, eventually, kotivahti
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(120)

BUTTON = "C4:4B:56:48:01:01"
CLIMATE = "C4:4B:56:48:01:03"
DOOR = "C4:4B:56:48:01:05"
CUFF = "C4:4B:56:48:01:06"


class Bare(World):
    """A home full of devices of which the gateway knows none."""

    def start_home(self, *options: str) -> None:
        super().start_home(*options)
        found = json.loads((self.folder / "home" / "sim.json").read_text())
        found |= {"device": [], "serial": []}
        text = scene.gateway_settings(self.folder, self.broker.port, found)
        self.settings.write_text(text, encoding="utf-8")

    def device(self, *command: str, check: bool = True) -> Any:
        """A device command with `--json`; what it printed."""
        args = ("device", *command, "--config", str(self.settings), "--json")
        text = kotivahti(*args, check=check, timeout_s=90)
        return json.loads(text) if text else None

    def lines(self, *command: str) -> dict[str, dict[str, Any]]:
        """The steps of a self-test, by name."""
        args = ("device", *command, "--config", str(self.settings), "--json")
        rows = [json.loads(line) for line in kotivahti(*args, timeout_s=90).splitlines()]
        return {row["step"]: row for row in rows}

    def words(self, *command: str) -> str:
        return kotivahti("device", *command, "--config", str(self.settings))

    def row(self, device: str) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.device("list")
        return next(row for row in rows if row["id"] == device)

    def meanwhile(self, *command: str, after_s: float = 2.0) -> threading.Timer:
        """Something happens in the home while a command listens."""
        timer = threading.Timer(after_s, self.happen, command)
        timer.start()
        return timer


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    folder = tmp_path_factory.mktemp("bare")
    with mosquitto(folder) as broker:
        one = Bare(folder, broker)
        try:
            one.start_desk()
            one.start_home()
            one.start_gateway()
            yield one
        finally:
            one.stop()


def _key_file(bare: Bare) -> str:
    return str(bare.folder / "home" / "keys" / "help-button.key")


def _add_button(bare: Bare) -> None:
    bare.device(
        "add", "help-button", "--driver", "bthome", "--role", "help_button",
        "--address", BUTTON, "--room", "bedroom", "--key-file", _key_file(bare),
    )  # fmt: skip


def test_a_scan_says_who_is_there_and_why(bare: Bare):
    """Every virtual device with its driver and reason; strangers are a count, and never logged."""
    for row in bare.device("list"):  # tests run in any order
        bare.device("remove", row["id"], "--yes")
    press = bare.meanwhile("press", "help-button", after_s=1.0)
    cuff = bare.meanwhile("measure", "bp-1", "131", "82", "60", after_s=1.0)
    found = bare.device("scan", "--seconds", "5", "--all")
    press.join()
    cuff.join()
    rows = {row["address"]: row for row in found["rows"]}
    assert rows[CLIMATE]["driver"] == "ruuvitag"
    assert rows[CLIMATE]["why"] == [{"part": "manufacturer", "id": "0x0499", "head": "05"}]
    assert (rows[BUTTON]["driver"], rows[BUTTON]["needs_key"]) == ("bthome", True)
    assert rows[CUFF]["driver"] == "blood_pressure"
    strangers = [address for address, row in rows.items() if row["noise"]]
    assert strangers
    shown = bare.device("scan", "--seconds", "2")
    assert shown["noise"] >= 1
    assert not [row for row in shown["rows"] if row["noise"]]
    log = bare.log("gateway")
    assert not [address for address in rows if address in log]
    stored = b"".join(p.read_bytes() for p in bare.folder.glob("home.db*"))
    assert not [address for address in strangers if address.encode() in stored]


def test_from_the_air_to_a_device_and_back_to_a_stranger(bare: Bare):
    """Driver and role by what is heard; heard at once; changed without a word lost; removed."""
    added = bare.device("add", "climate-1", "--address", CLIMATE.lower(), "--room", "kitchen")
    assert added["devices"][0]["change"] == "new"
    assert (added["devices"][0]["driver"], added["devices"][0]["role"]) == ("ruuvitag", "climate")
    eventually("it is heard", lambda: bare.row("climate-1")["heard_s_ago"] is not None)
    moved = bare.device("add", "climate-1", "--room", "bathroom")
    assert (moved["devices"][0]["change"], moved["devices"][0]["room"]) == ("changed", "bathroom")
    tested = bare.lines("test", "climate-1")
    assert tested["heard"]["observation"]["room"] == "bathroom"
    assert tested["result"]["ok"] is True
    assert bare.device("remove", "climate-1", "--yes")["settings"] == []
    assert not [row for row in bare.device("list") if row["id"] == "climate-1"]
    assert bare.device("identify", CLIMATE)["device"] is None  # a stranger like others


def test_a_file_is_taken_whole_or_not_at_all(bare: Bare, tmp_path: Path):
    """Each fault is told with its table; a sound file enrols this gateway's devices alone."""
    file = tmp_path / "devices.toml"
    good = (
        f'[[device]]\nid = "door-1"\ndriver = "bthome"\nrole = "door"\naddress = "{DOOR}"\n'
        f'gateway = "{scene.GATEWAY}"\n\n'
        '[[device]]\nid = "else-1"\ndriver = "bthome"\nrole = "door"\n'
        'address = "C4:4B:56:48:02:05"\ngateway = "gw-other"\n\n'
    )
    bad = '[[device]]\nid = "motion-1"\ndriver = "bthome"\nrole = "vitals"\naddress = "nowhere"\n'
    bad += '\n[[device]]\nid = "Motion 2"\ndriver = "bthome"\nrole = "motion"\nadress = "x"\n'
    file.write_text(good + bad, encoding="utf-8")
    found = bare.device("import", str(file), check=False)
    keys = [fault["key"] for fault in found["faults"]]
    assert {"device[2].role", "device[3].id", "device[3].adress"} <= set(keys)
    assert not [row for row in bare.device("list") if row["id"] == "door-1"]
    file.write_text(good, encoding="utf-8")
    assert bare.device("import", str(file), "--dry-run")["dry_run"] is True
    assert not [row for row in bare.device("list") if row["id"] == "door-1"]
    done = bare.device("import", str(file))
    assert [row["id"] for row in done["devices"]] == ["door-1"]
    assert done["other_gateways"] == 1
    bare.happen("door", "door-1", "open")
    eventually("the door is heard", lambda: bare.row("door-1")["heard_s_ago"] is not None)


def test_a_help_button_is_tested_from_the_press_to_the_desk(bare: Bare):
    """Heard, stored, published, received, each with its milliseconds; the desk sees the alert."""
    _add_button(bare)
    press = bare.meanwhile("press", "help-button")
    told = bare.lines("test", "help-button", "--yes")
    press.join()
    assert list(told) == ["ask", "heard", "stored", "alert", "published", "received", "result"]
    assert told["heard"]["observation"]["value"] == "press"
    assert told["stored"]["ms"] <= told["published"]["ms"] <= told["received"]["ms"] < 10_000
    assert told["result"]["ok"] is True
    assert bare.on_desk("help_button")["state"] == "raised"


def test_a_device_that_says_nothing_fails_its_test(bare: Bare):
    """Nobody presses: exit 1, and words for why."""
    _add_button(bare)
    done = subprocess.run(
        [
            sys.executable, "-m", "edge", "device", "test", "help-button", "--yes",
            "--seconds", "1", "--lang", "fi", "--config", str(bare.settings),
        ],
        capture_output=True, text=True, timeout=60, env=ENV, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Paina painiketta nyt." in done.stdout
    assert "EI ONNISTUNUT" in done.stderr


def test_one_device_live_until_ctrl_c(bare: Bare):
    """Observations of that device alone, one JSON line each; Ctrl-C is a clean end."""
    _add_button(bare)
    command = ["device", "show", "help-button", "--live", "--json", "--config", str(bare.settings)]
    live = subprocess.Popen(
        [sys.executable, "-c", _WITH_CTRL_C, *command],
        stdout=subprocess.PIPE,
        text=True,
        env=ENV,
    )
    try:
        assert live.stdout is not None
        press = bare.meanwhile("press", "help-button")
        seen = [json.loads(live.stdout.readline()) for _ in range(2)]
        press.join()
        assert {row["device"] for row in seen} == {"help-button"}
        live.send_signal(signal.SIGINT)
        assert live.wait(20) == 0
    finally:
        live.kill()
        live.wait()
        if live.stdout is not None:
            live.stdout.close()


# A test run in the background ignores Ctrl-C, and so would its children.
_WITH_CTRL_C = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from edge.cli import main; main()"
)


def test_removing_the_last_alarm_device_is_said(bare: Bare):
    """It can be done; the installer hears what it means, and a question stops a script."""
    _add_button(bare)
    options = ("--config", str(bare.settings))
    asked = subprocess.run(
        [sys.executable, "-m", "edge", "device", "remove", "help-button", *options],
        capture_output=True, text=True, timeout=60, env=ENV, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert asked.returncode == 2
    assert "last device" in asked.stderr
    assert bare.row("help-button")["keyed"] is True
    assert "history stays" in bare.words("remove", "help-button", "--yes")
    assert bare.gateway("alerts") is not None  # what it raised is still there
