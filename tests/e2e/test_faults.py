"""What goes wrong in a home: each told clearly through a public command, the rest goes on."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edge.resources import resource
from tests.config.test_config import TEN_FAULTS
from tests.e2e.world import World, eventually, kotivahti

pytestmark = pytest.mark.timeout(120)


def _run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_config_with_ten_faults_is_refused_with_all_of_them(tmp_path: Path):
    """`check-config` and `run` both exit 2 and name every key; nothing is created."""
    file = tmp_path / "gateway.toml"
    file.write_text(TEN_FAULTS)
    for args in (["check-config", str(file)], ["run", "--config", str(file)]):
        done = _run(*args)
        assert done.returncode == 2
        for key in ("gateway.id", "gateway.sit", "mqtt.port", "mqtt.tls", "ble.backend"):
            assert key in done.stderr
        assert "Traceback" not in done.stderr
    faults = json.loads(_run("check-config", str(file), "--json").stdout)["faults"]
    assert len(faults) >= 10
    assert list(tmp_path.iterdir()) == [file]


def test_a_wrong_key_is_refused_counted_and_told_and_the_rest_goes_on(own_world: World):
    """A button whose key was typed in wrong: its frames are refused by name, smoke still comes."""
    own_world.start_desk()
    own_world.start_home()
    wrong = own_world.folder / "wrong.key"
    wrong.write_text("00" * 16)
    key = own_world.folder / "home" / "keys" / "help-button.key"
    text = own_world.settings.read_text().replace(str(key), str(wrong))
    own_world.settings.write_text(text)
    own_world.start_gateway()
    own_world.happen("press", "help-button")
    refused = eventually(
        "the refusal is counted", lambda: own_world.gateway("status")["refused"], 30
    )
    assert any(reason.startswith("help-button: ") for reason in refused)
    assert "frame_refused" in own_world.log("gateway")
    assert wrong.read_text() not in own_world.log("gateway")
    own_world.happen("smoke", "smoke-1", "on")
    assert own_world.on_desk("smoke")["priority"] == "critical"


@pytest.mark.parametrize(
    "trick, flag", [("replay", "possible_replay"), ("forge", "unauthenticated")]
)
def test_a_doubtful_press_is_raised_with_its_doubt(own_world: World, trick: str, flag: str):
    """A recorded press after a restart, a press without the key: an alert all the same, flagged."""
    own_world.start_desk()
    own_world.start_home()
    own_world.start_gateway()
    own_world.happen("press", "help-button")
    first = own_world.on_desk("help_button")
    assert first["flags"] == []
    own_world.decide("close", first["id"], "--outcome", "test")
    own_world.on_desk("help_button", "closed")
    # The button itself goes on to count, so that the recording is an old one.
    own_world.happen("off", "help-button")
    own_world.happen("on", "help-button")
    eventually("a newer frame is heard", lambda: _heard_s_ago(own_world) == 0)
    own_world.kill("gateway", signal.SIGTERM)
    own_world.start_gateway()
    own_world.happen(trick, "help-button")
    assert flag in own_world.on_desk("help_button", "raised")["flags"]


def _heard_s_ago(world: World) -> int | None:
    rows = world.gateway("status")["devices"]
    heard: int | None = next(d for d in rows if d["id"] == "help-button")["heard_s_ago"]
    return heard


def test_strangers_are_counted_and_never_kept(own_world: World):
    """Neighbours' radios add to a number; no address of theirs is in log or database."""
    own_world.start_home()
    own_world.start_gateway()
    eventually("strangers", lambda: own_world.gateway("status")["radio"]["strangers"] > 20, 30)
    addresses = {d["address"] for d in _report(own_world)["device"]}
    own_world.kill("gateway", signal.SIGTERM)
    stored = (own_world.folder / "home.db").read_bytes() + own_world.log("gateway").encode()
    found = {a.decode() for a in _addresses(stored)}
    assert found <= addresses


def _report(world: World) -> dict[str, list[dict[str, str]]]:
    report: dict[str, list[dict[str, str]]] = json.loads(
        (world.folder / "home" / "sim.json").read_text()
    )
    return report


def _addresses(data: bytes) -> list[bytes]:
    return re.findall(rb"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", data)


def test_a_broken_checklist_is_told_and_the_alarms_go_on(own_world: World):
    """A checklist with a duplicate id: `status` names file and key, smoke still comes."""
    lists = own_world.folder / "lists"
    shutil.copytree(resource("config/checklists"), lists)
    fire = (lists / "fire.toml").read_text()
    (lists / "fire.toml").write_text(fire.replace('id = "FS-03"', 'id = "FS-02"'))
    own_world.start_desk()
    own_world.start_home()
    with own_world.settings.open("a") as settings:
        settings.write(f'\n[checklists]\ndir = "{lists}"\n')
    own_world.start_gateway()
    faults = own_world.gateway("status")["faults"]
    assert any("FS-02" in text and "fire.toml" in text for text in faults.values())
    done = _run("checklist", "score", "fire", "--config", str(own_world.settings))
    assert done.returncode == 2
    assert "FS-02" in done.stderr
    own_world.happen("smoke", "smoke-1", "on")
    assert own_world.on_desk("smoke")["priority"] == "critical"


def test_a_model_with_a_flipped_bit_is_refused_and_the_checklist_stands_alone(own_world: World):
    """The level comes from the answers; the assessment says why the model gave nothing."""
    models = own_world.folder / "models"
    shutil.copytree(resource("models"), models)
    (file,) = models.glob("home-risk/*/model.onnx")
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(bytes(body))
    own_world.start_home()
    with own_world.settings.open("a") as settings:
        settings.write(f'\n[models]\ndir = "{models}"\n')
    own_world.start_gateway()
    answers = ["--answer", "FS-05=bed", "--answer", "FS-22=no"]
    found = own_world.gateway("checklist", "ask", "fire", "--by", "anna", *answers)
    assert found["level"] == "red"
    assert found["abstained"] == "wrong_hash"
    assert found["model"] is None
    assert "model.onnx" in own_world.gateway("status")["faults"]["model"]


def test_answers_are_stored_without_a_running_gateway(own_world: World):
    """The command takes the database itself; the gateway knows the answer when it is back."""
    own_world.start_home()
    own_world.start_gateway()
    assert own_world.kill("gateway", signal.SIGTERM) == 0
    found = own_world.gateway("checklist", "ask", "fire", "--by", "anna", "--answer", "FS-05=bed")
    assert found["level"] == "orange"
    own_world.start_gateway()
    assert own_world.gateway("status")["levels"]["fire"] == "orange"


def test_an_unreadable_snapshot_costs_no_open_alert_and_no_answer(own_world: World):
    """A damaged state is rebuilt from tables: the alert is still open, the level still stands."""
    own_world.start_home()
    own_world.start_gateway()
    own_world.happen("smoke", "smoke-1", "on")
    eventually("the alert", lambda: own_world.gateway("alerts", "--open"))
    own_world.gateway("checklist", "ask", "fire", "--by", "anna", "--answer", "FS-05=bed")
    before = own_world.gateway("status")
    own_world.kill("gateway", signal.SIGTERM)
    with closing(sqlite3.connect(own_world.folder / "home.db")) as database:
        database.execute("UPDATE snapshot SET home = x'c1c1c1'")
        database.commit()
    own_world.start_gateway()
    after = own_world.gateway("status")
    assert "snapshot_unreadable" in own_world.log("gateway")
    assert [a["id"] for a in after["open_alerts"]] == [a["id"] for a in before["open_alerts"]]
    assert after["levels"]["fire"] == "orange"
    assert own_world.gateway("checklist", "show")["answers"]["FS-05"]["code"] == "bed"


def test_a_second_gateway_on_the_same_home_is_refused(own_world: World):
    """The database has one owner; the second is told who it is and exits 1."""
    own_world.start_home()
    own_world.start_gateway()
    done = _run("run", "--config", str(own_world.settings))
    assert done.returncode == 1
    assert str(own_world.pid("gateway")) in done.stderr


def test_a_command_without_gateway_or_database_says_so(tmp_path: Path):
    """Nothing to ask: exit 1 and the command that would start it."""
    file = tmp_path / "g.toml"
    file.write_text(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{tmp_path}/home.db"\n[control]\nsocket = "{tmp_path}/c.sock"\n'
    )
    done = _run("status", "--config", str(file))
    assert done.returncode == 1
    assert "kotivahti run" in done.stderr


def test_decode_refuses_bad_bytes_with_the_byte_and_the_reason():
    """`decode` exits 2; good bytes give a JSON array."""
    done = _run("decode", "ruuvitag", "0512FC53")
    assert done.returncode == 2
    assert "length" in done.stderr
    good = kotivahti("decode", "ruuvitag", "0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F")
    assert json.loads(good)[0] | {"code": ""} == {
        "kind": "temperature", "value": 24.3, "unit": "Cel", "code": "", "quality": "ok",
        "device_seq": 205,
    }  # fmt: skip
