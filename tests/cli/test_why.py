"""`kotivahti why` at the terminal: words in three languages, the same bit for bit, exit codes."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from edge.cli.why_words import assessment_lines
from edge.domain import Deviation, Hazard, Level, Reason, RiskAssessment, Routine
from edge.home.behaving import reasons_told
from edge.locale import LANGUAGES, catalogue, render
from edge.risk.features import FEATURES
from edge.risk.grounds import RULES
from tests.cli.test_life import Terminal
from tests.support.clock import instant
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_alert_about_a_level_gives_its_reasons_in_words(term: Terminal, lang: str) -> None:
    """As the list words them, in the title and in the body, at the gateway as at the desk."""
    answered(term, *ANSWERS)
    (alert,) = term.json("status")["open_alerts"]
    assert alert["code"] == "level_changed"
    said = alert["words"][lang]["reason.FS-02:dead"]
    for command in (("status",), ("why", alert["id"])):
        shown = term.run(*command, lang=lang).stdout
        assert said in shown, shown
        assert "FS-02:dead" not in shown


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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_alert_of_a_level_says_what_its_assessment_says(term: Terminal, lang: str) -> None:
    """Reasons in words and not in codes; what the list does not know is not "nothing"."""
    answered(term, *ANSWERS)
    alert = next(one for one in term.json("alerts") if one["code"] == "level_changed")
    found = term.json("why", alert["id"])
    about = found["assessment"]["record"]
    assert about["id"] == found["history"][-1]["params"]["assessment"]
    said = term.run("why", alert["id"], lang=lang).stdout
    item = found["assessment"]["labels"]["FS-02"]
    assert f"FS-02 {item['label'][lang]}: {item['answer_labels']['dead'][lang]}" in said
    assert "FS-02:dead" not in said
    percent = round(100 * about["share_unknown"])
    assert catalogue(lang)["why.share"].replace("{percent}", str(percent)) in said
    assert catalogue(lang)["why.all_known"] not in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_are_told_in_words_and_never_of_a_home_that_is_not_known(
    term: Terminal, lang: str
) -> None:
    """A feature by its name in the language; a grey level has no index."""
    answered(term, *ANSWERS)
    words = catalogue(lang)
    weight = f"  - {words['reason.home-risk:escape']}: 0"
    (told,) = (
        line
        for line in term.run("why", "fire", lang=lang).stdout.splitlines()
        if line.startswith(weight)
    )
    assert f"({words['why.not_told']})" in told
    fall = term.run("why", "fall", lang=lang).stdout
    assert words["ask.no_index"] in fall
    assert f"{words['risk_index.fall']} " not in fall
    assert f"{words['reason.home-risk:falls']}: 0" not in fall


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_day_is_told_with_its_figures_and_how_young_the_home_is(lang: str) -> None:
    """Its own usual days beside each reason, the model's in words; learning is not known."""
    deviation = Deviation(measure="night.bathroom", value=4.5, usual=1.0, z=3.0)
    model = Reason(code="daily-change:hallway", weight=2.0, source="model:daily-change/1.0.0")
    routine = Reason(code="routine:night.bathroom", weight=3.0, source="model:routine/1")
    day = RiskAssessment(
        id="a-1",
        hazard=Hazard.WELLBEING,
        level=Level.GREY,
        at=instant(),
        day="2026-11-21",
        reasons=(model, routine),
        routine=Routine(score=7.0, learning=True, deviations=(deviation,)),
    )
    found = {"record": msgspec.to_builtins(day), "at": "", "labels": {}, "coverage": None}
    told = list(assessment_lines(found, lang))
    words = catalogue(lang)
    assert f"  - {words['reason.daily-change:hallway']} ({words['answer.model']})" in told
    night = reasons_told((), day.routine)[0]
    assert f"  - {render(lang, 'why.reason', {'reason': night})}" in told
    assert ("4.5" if lang == "en" else "4,5") in "".join(told)
    assert f"  - {words['why.learning']}" in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_model_that_is_not_there_is_told_in_words(term: Terminal, lang: str) -> None:
    """The list stands alone, and says why in the language; `why` says the same."""
    with (term.folder / "gateway.toml").open("a", encoding="utf-8") as file:
        file.write(f'[models]\ndir = "{term.folder}/none"\n')
    given = [word for answer in ANSWERS for word in ("--answer", answer)]
    done = term.run("checklist", "ask", "fire", "--by", "anna", *given, lang=lang)
    words = catalogue(lang)
    assert words["abstained.missing_file"] in done.stdout
    assert "missing_file" not in done.stdout
    assert words["abstained.missing_file"] in term.run("why", "fire", lang=lang).stdout


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
    assert term.run("why", "--drift", "fire").exit_code == 2


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
