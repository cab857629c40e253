"""`kotivahti demo`: the whole story, twice over one database, on the MQTT 3.1.1 broker too."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from edge.control.protocol import VERSION, Answer
from edge.demo import scene, story
from edge.demo.stage import Stage, mosquitto

pytestmark = pytest.mark.timeout(150)

TELLING = (
    r"help-button is alive",
    r"climate-1: temperature",
    r"ALERT raised: Dose not taken",
    r"ALERT raised: Help requested",
    r"ALERT acknowledged by anna: Help requested",
    r"ALERT closed by anna: Help requested",
    r"ALERT raised: Call 112",
    r"desk accept .* --as anna",
    r"FS-05 .*inside",
    r"index, that a fire harms somebody: \d+ of 100,.* for ranking only",
    r"help_button +\d+ +\d+ +\d+ +\d+",
)


def _command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "edge", "demo", "--dir", str(folder), *options]


def _tell(folder: Path, *options: str) -> str:
    done = subprocess.run(
        _command(folder, "--once", *options),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_story_is_told_and_goes_on_from_the_same_database(tmp_path: Path):
    """MQTT 3.1.1 first, then Mosquitto: the second run knows the first one's alerts and answers."""
    first = _tell(tmp_path, "--amqtt", "--speed", "2")
    assert "amqtt, MQTT 3.1.1" in first
    for line in TELLING:
        assert re.search(line, first), f"{line}\n{first}"
    assert mosquitto() is not None
    second = _tell(tmp_path, "--speed", "2")
    assert "mosquitto, MQTT 5" in second
    assert re.search(r"ALERT closed by anna: Help requested", second), second
    alerts = subprocess.run(
        [
            *(sys.executable, "-m", "edge", "alerts", "--json"),
            *("--config", str(tmp_path / "gateway.toml")),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    assert alerts.count('"code": "help_button"') == 2


def test_ctrl_c_stops_all_of_it(tmp_path: Path):
    """SIGINT while everything runs: every process ends, exit code 0."""
    command = _command(tmp_path)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "is alive" in line:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(30) == 0, rest
    assert _running(str(tmp_path)) == [], rest


async def test_a_gateway_that_does_not_answer_yet_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A slow machine: the command is refused until somebody is at the control socket."""
    monkeypatch.setattr(story, "ASK_AGAIN_S", 0.1)
    settings = tmp_path / "gateway.toml"
    home: dict[str, object] = {"ble": {}, "serial": [], "modbus": [], "device": []}
    settings.write_text(scene.gateway_settings(tmp_path, 1883, home), encoding="utf-8")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(msgspec.json.encode(Answer(v=VERSION, ok=True, result=[])) + b"\n")
        writer.close()

    told = story.Story(Stage(tmp_path), settings, settings, 1.0)
    asking = asyncio.create_task(told.summary())
    said = ""
    while "asked again" not in said:
        await asyncio.sleep(0.05)
        said += capsys.readouterr().out
    server = await asyncio.start_unix_server(answer, tmp_path / "control.sock")
    async with server:
        await asking
    assert "0 observations of 0 devices" in capsys.readouterr().out


def _running(text: str) -> list[str]:
    """Processes that carry `text` in their command line."""
    found = subprocess.run(["pgrep", "-af", text], capture_output=True, text=True, check=False)
    return found.stdout.splitlines()
