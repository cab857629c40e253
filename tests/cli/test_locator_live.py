"""The locator's commands at the terminal: a stand-in gateway, three languages, files that count."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from edge.app.rssi_files import read
from edge.cli.locator import locator
from tests.cli.test_device import Desk, desk, gateway, says

__all__ = ["desk"]

ROOM_SCORE = {"windows": 18, "share_right": 0.7, "unknown": 1, "taken_for": {"hallway": 4}}
FIT = {
    "at": "2026-03-02T14:15:00.000+02:00",
    "by": "kalle (uid 1000)",
    "windows": 90,
    "rooms": ["kitchen"],
    "receivers": ["", "s1"],
    "deaf": ["s2"],
    "expected": {
        "by": "stretch",
        "windows": 90,
        "share_right": 0.93,
        "rooms": {"kitchen": ROOM_SCORE},
    },
    "alike": [],
    "mends": [{"do": "receiver_into", "room": "kitchen", "with": "hallway"}],
    "lapsed": [{"why": "receiver_added", "what": "s3"}],
}
WALKING = {"packets": {"": 12, "s1": 9}, "up": ["", "s1"], "windows": 1, "enough": False}
CHECKED = {
    "place": "kitchen",
    "room": "kitchen",
    "confidence": 0.9,
    "since_s": 5,
    "by_level": {"kitchen": 0.8, "hallway": 0.2},
    "expected": 0.7,
    "packets": 20,
    "done": False,
    "left_s": 5.0,
}


def run(one: Desk, *command: str, lang: str = "en") -> Result:
    return CliRunner().invoke(
        locator, [*command, "--config", str(one.settings), "--lang", lang], catch_exceptions=False
    )


@pytest.mark.parametrize("name", ["walk", "fit", "show", "check", "record", "forget"])
def test_every_command_explains_itself(name: str) -> None:
    """Words, an example, `--json` and `--lang`."""
    command = locator.commands[name]
    text = command.get_help(click.Context(command, info_name=name))
    for part in ("Example", f"kotivahti locator {name}", "--json", "--lang"):
        assert part in text


def test_a_walk_says_what_was_kept_and_what_is_left(desk: Desk) -> None:
    """Kept: exit 0, with the receiver that was not heard; nothing kept: exit 1."""
    last = WALKING | {"done": True, "left_s": 0.0, "kept": True, "left_out": ["bedroom"]}
    silent = last | {"up": ["s1"]}
    with gateway(desk, {"locator_walk": says(WALKING | {"done": False, "left_s": 9.0}, silent)}):
        result = run(desk, "walk", "kitchen", "--seconds", "10")
    assert result.exit_code == 0, result.output
    assert "Kept: kitchen, 1 windows of 10 s (the gateway 12, s1 9 packets)." in result.output
    assert "Not heard from at the end: the gateway" in result.output
    assert "Still to be walked: bedroom." in result.output
    with gateway(desk, {"locator_walk": says(last | {"kept": False, "windows": 0})}):
        assert run(desk, "walk", "kitchen").exit_code == 1


@pytest.mark.parametrize(
    "lang, words",
    [("en", "Put a receiver into kitchen"), ("fi", "Vie vastaanotin"), ("sv", "mottagare i kök")],
)
def test_a_fit_is_shown_with_its_mends(desk: Desk, lang: str, words: str) -> None:
    """A bar for each room; what changed since; what to do about a room that is mixed up."""
    row = {"done": True, "took_s": 3.0, "fit": FIT, "not_walked": []}
    with gateway(desk, {"locator_fit": says({"done": False, "took_s": 1.0}, row)}):
        result = run(desk, "fit", "--by", "kalle", lang=lang)
    assert result.exit_code == 0, result.output
    assert words in result.output
    assert "##############?....." in result.output
    assert "s3" in result.output
    assert "93 %" in result.output
    assert "[locator" not in result.output


def test_a_check_passes_where_it_says_the_room(desk: Desk) -> None:
    """It ends at once; another room, or none until the end, is exit 1."""
    unknown = CHECKED | {"place": "unknown", "room": None, "expected": None, "by_level": {}}
    with gateway(desk, {"locator_check": says(unknown, CHECKED, unknown)}):
        found = run(desk, "check", "--expect", "kitchen")
        assert found.exit_code == 0, found.output
        assert "not known" in found.output
        row = "kitchen         90 %  (right here in 70 % of windows)  | kitchen 80 %"
        assert row in found.output
        missed = run(desk, "check", "--expect", "bedroom", lang="fi")
        assert missed.exit_code == 1
        assert "Se ei sano" in missed.output


def test_what_is_recorded_can_be_evaluated(desk: Desk, tmp_path: Path) -> None:
    """Two rooms of one session, each labelled to its own end; read back by the evaluation."""
    folder = tmp_path / "walk"

    def rows(from_ms: int) -> list[dict[str, Any]]:
        heard = [[from_ms + n * 500, ("", "s1")[n % 2], -60 - n] for n in range(40)]
        return [
            {
                "tag": "tag-1",
                "basis": "service decision",
                "decided_by": "anna",
                "from_ms": from_ms,
                "heard": [],
                "done": False,
            },
            {"heard": heard, "until_ms": from_ms + 20_000, "left_s": 0.0, "done": True},
        ]

    for room, from_ms in (("kitchen", 1_772_452_800_000), ("bedroom", 1_772_452_900_000)):
        with gateway(desk, {"locator_record": says(*rows(from_ms))}):
            done = run(desk, "record", str(folder), "--session", "monday", "--room", room)
        assert done.exit_code == 0, done.output
        assert "service decision (anna)" in done.output
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        assert [row[2] for row in csv.reader(file)] == ["room", "kitchen", "", "bedroom", ""]
    recording = read(folder)
    assert recording.faults == []
    monday = recording.sessions["monday"]
    assert [room for _, room in monday.rooms] == ["kitchen", "", "bedroom", ""]
    assert len(monday.sightings) == 80
    assert set(recording.receivers) == {"gateway", "s1"}


def test_without_a_gateway_show_says_that_it_is_off(desk: Desk) -> None:
    """The database alone answers it; what needs a gateway says so, exit 1."""
    result = run(desk, "show")
    assert result.exit_code == 0, result.output
    assert "The locator is off" in result.output
    assert json.loads(run(desk, "show", "--json").stdout)["on"] is False
    assert run(desk, "walk", "kitchen").exit_code == 1
    assert json.loads(run(desk, "forget", "--json").stdout) == {"room": None, "walks": 0}
