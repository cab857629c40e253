"""`kotivahti coverage` at the terminal: shares, reasons, a picture, over a home that lived."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from edge.home.asking import Asked, Why
from edge.locale import LANGUAGES, catalogue
from edge.replay.hours import KINDS, Cell, Panel, draw
from tests.cli.test_life import Terminal
from tests.support.month import october

DAYS = ("--from", "2026-10-01", "--to", "2026-10-06")
ROUTES = ("known", "off", "line", "device", "person", "not_asked")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six days of a simulated October: a line that was down, a night without power."""
    folder = tmp_path_factory.mktemp("october")
    october(folder, days=6)
    return folder


@pytest.fixture
def term(lived: Path, tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    shutil.copy(lived / "home.db", tmp_path / "home.db")
    text = (lived / "gateway.toml").read_text(encoding="utf-8").replace(str(lived), str(tmp_path))
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    return terminal


@pytest.mark.timeout(60)
def test_shares_stretches_and_hours_agree(term: Terminal) -> None:
    """What --json says adds up, and is what was lived."""
    found = term.json("coverage", *DAYS)
    of = {row["question"]: row for row in found["questions"]}
    assert (found["from"], found["to"]) == ("2026-10-01", "2026-10-06")
    for question, row in of.items():
        hours = [h for h in found["hours"] if h["question"] == question]
        assert row["asked_s"] == sum(h["asked_s"] for h in hours)
        assert row["known_s"] == sum(h["known_s"] for h in hours)
        missed = row["asked_s"] - row["known_s"]
        assert sum(row["missed_s"].values()) == missed
        assert sum(one["missed_s"] for one in row["worst"]) == missed
    assert of[Asked.GATEWAY]["asked_s"] == 6 * 24 * 3600
    assert of[Asked.GATEWAY]["missed_s"] == {
        Why.GATEWAY_OFF: pytest.approx(3.2 * 3600, abs=20 * 60)
    }
    assert of[Asked.UPSTREAM]["worst"][1]["from"] == "2026-10-03T08:00:00+03:00"
    assert of[Asked.UPSTREAM]["worst"][1]["missed_s"] == pytest.approx(5400, abs=2)
    only = term.json("coverage", *DAYS, "--question", "clock")
    assert [row["question"] for row in only["questions"]] == ["clock"]
    assert {h["question"] for h in only["hours"]} == {"clock"}


@pytest.mark.timeout(60)
def test_the_table_is_in_words(term: Terminal) -> None:
    """Three languages, no code of ours, and what "known" does not mean."""
    for lang in LANGUAGES:
        result = term.run("coverage", *DAYS, lang=lang)
        assert result.exit_code == 0, result.output
        words = catalogue(lang)
        assert words[f"coverage.question.{Asked.ALARM_BUTTON}"] in result.stdout
        assert words[f"coverage.why.{Why.GATEWAY_OFF}"] in result.stdout
        assert words["coverage.means"] in result.stdout
        assert "100 %" not in result.stdout.replace("100,0 %", "100 %").replace("100.0 %", "100 %")
        assert "[" not in result.stdout
    assert "2026-10-06 2-6" in term.run("coverage", *DAYS).stdout


@pytest.mark.timeout(60)
def test_one_picture(term: Terminal) -> None:
    """An SVG without script or outside resource; each question has its box."""
    file = term.folder / "october.svg"
    result = term.run("coverage", "--month", "2026-10", "--svg", str(file), lang="fi")
    assert result.exit_code == 0, result.output
    text = file.read_text(encoding="utf-8")
    root = ET.fromstring(text)  # noqa: S314 (our own picture)
    said = {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
    for question in (Asked.ALARM_BUTTON, Asked.UPSTREAM, Asked.GATEWAY):
        assert catalogue("fi")[f"coverage.short.{question}"] in said
    assert {catalogue("fi")[f"coverage.legend.{one}"] for one in ROUTES} <= said
    assert "script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert KINDS["line"] in text


@pytest.mark.parametrize(
    "options, said",
    [
        (("--from", "2026-13-01"), "--from"),
        (("--month", "October"), "--month"),
        (("--month", "2026-10", "--from", "2026-10-02"), "--month"),
        (("--from", "2026-10-06", "--to", "2026-10-01"), "turn them round"),
        (("--from", "2026-08-01", "--to", "2026-10-06", "--svg", "x.svg"), "31"),
        (("--question", "weather"), "weather"),
        (("--to", "0001-01-02"), "--to"),
        (("--from", "0001-01-01", "--to", "0001-01-02"), "0001"),
        (("--to", "9999-12-31"), "9999"),
        (("--month", "0001-01"), "0001"),
    ],
)
def test_wrong_input_is_told(term: Terminal, options: tuple[str, ...], said: str) -> None:
    """Exit code 2, and what to write in its place."""
    result = term.run("coverage", *options)
    assert result.exit_code == 2
    assert said in result.output


def test_nothing_counted_is_said(term: Terminal) -> None:
    """No table of zeros for a time without a gateway, and no empty picture."""
    old = ("--from", "2025-01-01", "--to", "2025-01-02")
    assert catalogue("en")["coverage.nothing"] in term.run("coverage", *old).stdout
    assert term.run("coverage", *old, "--svg", str(term.folder / "x.svg")).exit_code == 1
    assert not (term.folder / "x.svg").exists()
    blocked = term.folder / "no" / "x.svg"
    refused = term.run("coverage", *DAYS, "--svg", str(blocked))
    assert refused.exit_code == 1
    assert "x.svg" in refused.output


def test_status_names_the_question_of_which_least_is_known(term: Terminal) -> None:
    """Of today; here nobody has run a gateway since October."""
    assert term.json("status")["coverage"]["reason"] == Why.GATEWAY_OFF
    line = next(x for x in term.run("status").stdout.splitlines() if x.startswith("seen"))
    assert "least known today" in line
    assert "the gateway was off" in line


def test_a_picture_of_the_hour_that_comes_twice() -> None:
    """When summer time ends, both hours of that name share one cell."""
    twice = (Cell(0, 3, 1.0, 1.0, "path_down"), Cell(0, 3, 1.0, 0.0, ""))
    once = (Cell(0, 3, 1.0, 0.5, "path_down"),)
    day = (date(2026, 10, 25), date(2026, 10, 25))
    assert draw("h", day, [Panel("clock", "50 %", twice)], "en") == draw(
        "h", day, [Panel("clock", "50 %", once)], "en"
    )


def test_every_question_and_reason_has_words() -> None:
    for lang in LANGUAGES:
        words = catalogue(lang)
        for table, codes in (("question", Asked), ("short", Asked), ("why", Why)):
            for code in codes:
                assert f"coverage.{table}.{code.value}" in words
