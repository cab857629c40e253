"""`kotivahti why` at the terminal: words in three languages, the same bit for bit, exit codes."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from edge.locale import LANGUAGES, catalogue
from edge.risk.features import FEATURES
from edge.risk.grounds import RULES
from tests.cli.test_life import Terminal
from tests.support.month import october

pytestmark = pytest.mark.timeout(60)

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = ("FS-02=dead", "FS-05=bed", "FS-07=unknown", "FS-24=alone")


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def answered(term: Terminal, *answers: str) -> None:
    given = [word for answer in answers for word in ("--answer", answer)]
    done = term.run("checklist", "ask", "fire", "--by", "anna", "--role", "home_care", *given)
    assert done.exit_code == 0, done.output


def body(term: Terminal, change: str, *args: object) -> None:
    """The database as somebody else left it."""
    with contextlib.closing(sqlite3.connect(term.folder / "home.db")) as connection:
        assert connection.execute(change, args).rowcount > 0
        connection.commit()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_level_is_told_in_order_and_made_again(term: Terminal, lang: str) -> None:
    """Level, reasons, what was not known by name, the proof, and numbers last."""
    answered(term, *ANSWERS)
    done = term.run("why", "fire", lang=lang)
    assert done.exit_code == 0, done.output
    words = catalogue(lang)
    order = [
        words["level.red"],
        words["why.because"],
        "FS-05",
        words["reason.home-risk:smoking"],
        words["why.unknown"],
        "FS-07",
        words["reason.home-risk:alcohol:unknown"],
        words["why.same_model"],
        "home-risk/2.0.0",
        RULES,
    ]
    places = [done.stdout.index(part) for part in order]
    assert places == sorted(places)
    assert "[" not in done.stdout


def test_an_older_assessment_is_made_from_the_answers_of_then(term: Terminal) -> None:
    """Later answers change nothing of it; its id, or how it begins, finds it."""
    answered(term, *ANSWERS)
    first = term.json("why", "fire")["record"]
    answered(term, "FS-05=no", "FS-02=ok", "FS-24=able_adult")
    again = term.json("why", first["id"])
    assert again["record"] == first
    assert again["again"] == {"verdict": "same", "model": True}
    newest = term.json("why", "fire")["record"]
    assert newest["id"] != first["id"]
    assert term.json("why", newest["id"][:-1])["record"] == newest
    assert set(newest["features"]) == {f.name for f in FEATURES if "fire_harm" in f.indices}
    assert len(newest["model_manifest"]) == len(newest["feature_hash"]) == 64
    assert set(newest["contributions"]) == {"fire_start", "fire_harm"}
    assert newest["outputs"]["fire_harm"] == newest["index"]


def test_what_was_tampered_with_is_named(term: Terminal) -> None:
    """Another level, another number of the model, one bit of a vector: each is found."""
    answered(term, *ANSWERS)
    whole = term.json("why", "fire")["record"]
    for part, value in (
        ("level", "green"),
        ("index", whole["index"] + 1e-5),
        ("features", {**whole["features"], "smoking": 2.0}),
    ):
        changed = json.dumps(whole | {part: value})
        body(term, "UPDATE assessment SET body = ? WHERE id = ?", changed, whole["id"])
        done = term.run("why", whole["id"], "--json")
        assert done.exit_code == 1, done.output
        found = json.loads(done.stdout)["again"]
        assert found["verdict"] == "differs"
        assert part in {one["part"] for one in found["differences"]}
    assert catalogue("fi")["why.differs"] in term.run("why", whole["id"], lang="fi").stdout


def test_what_is_gone_is_named(term: Terminal) -> None:
    """A model that is not installed, a list that was changed, answers that were erased."""
    answered(term, *ANSWERS)
    settings = (term.folder / "gateway.toml").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "config/checklists", term.folder / "lists")
    file = term.folder / "lists/fire.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("unknown_share_max = 0.", "unknown_share_max = 0.1"))
    (term.folder / "gateway.toml").write_text(
        f'{settings}[models]\ndir = "{term.folder}/none"\n'
        f'[checklists]\ndir = "{term.folder}/lists"\n',
        encoding="utf-8",
    )
    done = term.run("why", "fire", "--json")
    assert done.exit_code == 1
    missing = json.loads(done.stdout)["again"]["missing"]
    assert "list fire/2026.1" in missing
    assert "model home-risk/2.0.0 missing_file" in missing
    words = term.run("why", "fire", lang="sv").stdout
    assert catalogue("sv")["why.not_made"] in words
    (term.folder / "gateway.toml").write_text(settings, encoding="utf-8")
    body(term, "DELETE FROM answer WHERE item = ?", "FS-05")
    assert "answers" in json.loads(term.run("why", "fire", "--json").stdout)["again"]["missing"]


def test_wrong_words_are_refused(term: Terminal) -> None:
    """Exit code 2, what is wrong and the mend."""
    answered(term, *ANSWERS)
    begun = term.json("why", "fire")["record"]["id"][:6]
    for ref, part in (
        ("", "--drift"),
        ("019", "at least 6"),
        ("ffffff", "no alert and no assessment"),
        ("wellbeing", "nothing was assessed"),
        ("../../", "at least 6"),
        (begun, "several ids begin"),
    ):
        done = term.run("why", ref)
        assert (done.exit_code, part in done.stderr) == (2, True), done.stderr


def test_drift_without_a_week_says_so(term: Terminal) -> None:
    for lang in LANGUAGES:
        done = term.run("why", "--drift", lang=lang)
        assert done.stdout.strip() == catalogue(lang)["why.drift_none"]
    assert term.json("why", "--drift") == {"psi": {}, "weeks": []}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of a simulated October: a line that was down, a flat battery."""
    folder = tmp_path_factory.mktemp("october")
    october(folder, days=14)
    return folder


@pytest.fixture
def month(lived: Path, tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    shutil.copy(lived / "home.db", tmp_path / "home.db")
    text = (lived / "gateway.toml").read_text(encoding="utf-8").replace(str(lived), str(tmp_path))
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    return terminal


def test_every_alert_of_a_week_follows_from_what_is_stored(month: Terminal) -> None:
    """The rules run again: each alert with all its changes, and what could have been noticed."""
    alerts = month.json("alerts")
    assert len({one["code"] for one in alerts}) > 2
    for one in alerts:
        found = month.json("why", one["id"])
        assert found["again"]["verdict"] == "same"
        assert found["again"].get("gone", 0) == 0
        assert {row["question"] for row in found["coverage"]} >= {"gateway"}
    for lang in LANGUAGES:
        told = month.run("why", alerts[0]["id"], lang=lang)
        assert told.exit_code == 0, told.output
        assert "[" not in told.stdout


def test_the_rules_of_another_release_are_named(month: Terminal) -> None:
    """Made again by the rules of today; whose they were stands beside it."""
    body(
        month, "UPDATE event SET body = json_set(body, '$.release', '0.0.9') WHERE kind = 'config'"
    )
    told = month.run("why", month.json("alerts")[0]["id"], lang="sv")
    assert "utgåva 0.0.9" in told.stdout


def test_an_alert_whose_readings_are_gone_says_so(month: Terminal) -> None:
    """Without its readings an alert does not follow: differs, with how many are gone."""
    silent = next(one for one in month.json("alerts") if one["code"] == "device_silent")
    body(month, "DELETE FROM observation WHERE seq % 2 = 0")
    done = month.run("why", silent["id"], "--json")
    assert json.loads(done.stdout)["again"]["gone"] > 0
    body(month, "DELETE FROM checkpoint")
    done = month.run("why", silent["id"], "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["again"] == {"verdict": "not_made", "missing": ["state"]}
