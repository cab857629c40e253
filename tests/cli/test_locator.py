"""`kotivahti locator evaluate` at the terminal, on a recording written as CSV."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from tests.locating.small import LEVELS, heard


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sessions of clear levels; the third is also in a room that no other one has."""
    path = tmp_path_factory.mktemp("recording")
    rssi, truth = ["time,session,tag,receiver,rssi"], ["time,session,room"]
    for name, gain in (("anna-1", 0), ("anna-2", 2), ("bo [2]", 5)):
        rooms = [*LEVELS] * 2
        for at, room in enumerate(rooms):
            label = "cellar" if name == "bo [2]" and at == 5 else room
            truth.append(f"{at * 40},{name},{label}")
            rssi += [
                f"{one.at_ms / 1000},{name},t1,{one.receiver or 'gateway'},{one.rssi_dbm}"
                for one in heard(room, at * 40_000, length_ms=40_000, gain=gain)
            ]
        truth.append(f"{len(rooms) * 40},{name},")
    rssi.append("soon,bo [2],t1,gateway,-60")
    (path / "rssi.csv").write_text("\n".join(rssi), encoding="utf-8")
    (path / "truth.csv").write_text("\n".join(truth), encoding="utf-8")
    return path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["locator", "evaluate", *map(str, args)])


@pytest.mark.timeout(60)
def test_named_sessions_are_fitted_and_the_others_scored(recording: Path) -> None:
    """JSON: windows, right, rooms, confusion, the room nobody walked, and the bad row."""
    result = run(recording, "--fit", "anna-*", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["windows"] == 24
    assert found["right"] >= 18
    assert found["rooms_not_fitted"] == ["cellar"]
    assert found["by_room"]["cellar"]["right"] == 0
    assert found["skipped"] == 1
    assert "rssi.csv:" in result.stderr
    assert set(found["sessions"]) == {"bo [2]"}
    assert sum(found["confusion"]["kitchen"].values()) == found["by_room"]["kitchen"]["windows"]
    assert found["share_right"] == pytest.approx(found["right"] / 24, abs=1e-4)
    assert found["fit_windows"] == 48
    assert found["ms_a_window"] > 0


@pytest.mark.timeout(60)
@pytest.mark.parametrize("lang, word", [("en", "room"), ("fi", "huone"), ("sv", "rum")])
def test_without_names_each_session_is_left_out(recording: Path, lang: str, word: str) -> None:
    """The table in three languages, and the way it was scored."""
    result = run(recording, "--fit", "anna-1,bo [2]", "--lang", lang)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(word)
    assert "kitchen" in result.stdout
    assert "[locator" not in result.stdout


@pytest.mark.timeout(60)
def test_all_sessions_named_is_leaving_one_out(recording: Path) -> None:
    """Nothing is scored by a fit that has seen it."""
    found = json.loads(run(recording, "--fit", "*", "--json").stdout)
    assert found["method"] == "leave one session out"
    assert found["windows"] == 72
    assert found["fit_windows"] == 48


def test_wrong_input_leaves_with_2(recording: Path, tmp_path: Path) -> None:
    """A session that is not there, and a folder without files: code 2 and the mend."""
    result = run(recording, "--fit", "carl")
    assert result.exit_code == 2
    assert "anna-1, anna-2, bo [2]" in result.stderr
    assert run(tmp_path).exit_code == 2
