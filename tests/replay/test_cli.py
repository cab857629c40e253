"""`kotivahti replay`: what it writes, what it says, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.replay.cli import replay
from edge.replay.words import words
from tests.replay.conftest import Write


def run(*args: object) -> Result:
    return CliRunner().invoke(replay, [str(arg) for arg in args])


def test_one_home_gives_json_and_a_picture(synthetic: Path, tmp_path: Path) -> None:
    """Exit 0, a JSON file, a picture in the language asked for, a table for people."""
    out, picture = tmp_path / "out.json", tmp_path / "home.svg"
    ran = run(
        *("tihm", synthetic, "--home", "SYNTH-01", "--json", out, "--picture", picture),
        *("--lang", "fi"),
    )
    assert ran.exit_code == 0, ran.output
    assert list(json.loads(out.read_text(encoding="utf-8"))["homes"]) == ["SYNTH-01"]
    assert words("fi")("how_to_read") in picture.read_text(encoding="utf-8")
    assert "observations/s" in ran.stderr
    assert "SYNTH-01" in ran.stderr
    assert ran.stdout == ""


@pytest.mark.timeout(60)
def test_all_homes_have_a_picture_each(synthetic: Path, tmp_path: Path) -> None:
    """With all, the home's id goes into the name; two runs write the same bytes."""
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        ran = run("tihm", synthetic, "--json", folder / "x.json", "--picture", folder / "home.svg")
        assert ran.exit_code == 0, ran.output
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == ["home-SYNTH-01.svg", "home-SYNTH-02.svg", "x.json"]
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_json_to_stdout_is_nothing_but_json(synthetic: Path) -> None:
    """A script can read it: tables, progress and log go to standard error."""
    ran = run("tihm", synthetic, "--home", "SYNTH-02", "--json", "-")
    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["totals"]["homes"] == 1


def test_bad_rows_are_told(write: Write) -> None:
    """Named by file and line on standard error, counted in the JSON; the rest is replayed."""
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00", "h1,attic,2019-05-15 09:00:00"])
    ran = run("tihm", folder, "--json", "-")
    assert ran.exit_code == 0
    assert "bad row: Activity.csv:3: location_name 'attic' is not a known place" in ran.stderr
    assert "Activity.csv: 1 bad rows left out" in ran.stderr
    assert json.loads(ran.stdout)["bad_rows"] == {"Activity.csv": 1}


@pytest.mark.parametrize(
    "args, message",
    [
        (("--home", "SYNTH-77"), "home SYNTH-77: is not in this recording"),
        (("--picture", "home.png"), "--picture: ends in '.png'; let it end in .svg"),
        (("--picture", "/nowhere/home.svg"), "--picture: there is no directory '/nowhere'"),
        (("--json", "/nowhere/x.json"), "--json: there is no directory '/nowhere'"),
        (("--lang", "no"), "'no' is not one of"),
    ],
)
def test_wrong_options_are_refused(synthetic: Path, args: tuple[str, ...], message: str) -> None:
    """Exit 2 before any work, with what is wrong and the mend."""
    ran = run("tihm", synthetic, *args)
    assert ran.exit_code == 2
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    """Exit 2, the directory named."""
    ran = run("tihm", tmp_path / "nowhere")
    assert ran.exit_code == 2
    assert f"{tmp_path / 'nowhere'}: directory: is not there" in ran.stderr


def test_a_missing_column_is_refused(write: Write) -> None:
    """Exit 2, file and column named."""
    folder = write(Activity=[])
    (folder / "Activity.csv").write_text("patient_id,date\n", encoding="utf-8")
    ran = run("tihm", folder)
    assert ran.exit_code == 2
    assert "Activity.csv: column location_name: is missing; columns are" in ran.stderr


def test_homes_are_generated_once(tmp_path: Path) -> None:
    """Invented homes are written and named; a second time the directory is refused."""
    ran = run("generate", tmp_path / "x", "--homes", 2, "--days", 7, "--seed", 4)
    assert ran.exit_code == 0, ran.output
    assert "SYNTH-01, SYNTH-02, 7 days each" in ran.stdout
    again = run("generate", tmp_path / "x")
    assert again.exit_code == 2
    assert "holds a recording" in again.stderr


def test_help_shows_examples() -> None:
    """Every command's help has an example that can be copied."""
    for command in ("tihm", "generate"):
        assert "kotivahti replay " in run(command, "--help").stdout
