"""`kotivahti task`, `visit work`, `home tenure` and the choice on a critical, at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.cli.task import task
from edge.locale import LANGUAGES, catalogue
from tests.cli.test_life import Terminal

BY = ("--by", "anna")
DEAD = ("checklist", "ask", "fire", *BY, "--answer", "FS-02=dead")


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_a_task_from_its_answer_to_its_proof(term: Terminal) -> None:
    """Found, given to the owner by the tenure, ordered, seen to be done; all of it is kept."""
    assert term.run(*DEAD).exit_code == 0
    term.run("home", "tenure", "apartment", *BY)
    (row,) = term.json("task", "list")
    assert (row["id"], row["responsible"], row["critical"]) == ("FS-02", "building_owner", True)
    order = ("task", "order", "fs-02", "--until", "2099-01-01", *BY)
    assert term.run(*order).exit_code == 2, "a year ahead at most"
    day = row["due"]
    done = term.run("task", "order", "fs-02", "--until", day, "--ref", "4711", *BY)
    assert f"until {day}" in done.output
    done = term.run("task", "done", "FS-02", "--proof", "seen", *BY)
    assert (done.exit_code, "; done;" in done.output) == (0, True), done.output
    assert term.json("task", "list") == []
    shown = term.json("task", "show", "FS-02")
    assert shown["history"][-1]["state"] == "requested"
    assert (shown["state"], shown["proof"]["kind"], shown["ordered_by"]) == (
        *("completed", "seen", "building_owner"),
    )
    kept = term.json("checklist", "show", "fire")["answers"]["FS-02"]
    assert (kept["code"], kept["state"]) == ("dead", "fixed_on_visit")
    assert term.run("task", "done", "FS-02", "--proof", "seen", *BY).exit_code == 1


def test_a_choice_that_cannot_be_kept_stores_nothing(term: Terminal) -> None:
    """From nobody, for a day that is past, about nothing that is open: exit 2, and no answer."""
    for how in ("ordered:nobody:2099-01-01", "ordered:owner:2020-01-01"):
        assert term.run(*DEAD, "--choose", f"FS-02={how}").exit_code == 2
    fine = ("checklist", "ask", "fire", *BY, "--answer", "FS-02=ok")
    done = term.run(*fine, "--choose", "FS-02=ordered:owner:2099-01-01", lang="sv")
    assert (done.exit_code, "svara" in done.output) == (2, True), done.output
    assert term.json("checklist", "show", "fire")["answers"] == {}


def test_a_choice_that_the_gateway_refuses_says_that_the_answers_are_stored(term: Terminal) -> None:
    """A danger that was found is never lost to a typing error in what is done about it."""
    done = term.run(*DEAD, "--choose", "FS-02=ordered:owner:2099-01-01")
    assert (done.exit_code, "answers are stored" in done.output) == (2, True), done.output
    assert "FS-02" in term.json("checklist", "show", "fire")["answers"]


def test_a_reminder_begins_with_its_day(term: Terminal) -> None:
    """Asked for today, the list reminds today."""
    term.run("checklist", "ask", "fire", *BY, "--answer", "FS-12=night")
    today = term.json("task", "show", "FS-12")["opened"][:10]
    assert term.run("task", "remind", "FS-12", "--on", today, *BY).exit_code == 0
    (line,) = [one for one in term.json("visit", "work")["lines"] if one["group"] == "fix"]
    assert line["code"] == "soon"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_an_officer_added_is_told_in_words(term: Terminal, lang: str, tmp_path: Path) -> None:
    """Its answer has no words in any list: not as a code, on the screen or on paper."""
    text = "Three canisters of petrol stand in the hall beside the wood stove, two of them open"
    add = ("checklist", "add", "fire", *BY, "--gate", "I", "--text", text, "--critical")
    assert term.run(*add).exit_code == 0
    critical = catalogue(lang)["answer.critical"]
    for command in (("task", "list"), ("visit", "work"), ("checklist", "show", "fire")):
        shown = term.run(*command, lang=lang).output
        assert (f"{text}: {critical}" in shown, "critical_i" in shown) == (True, False), shown
    paper = tmp_path / "fire.html"
    done = term.run("checklist", "print", "fire", str(paper), lang=lang)
    assert done.exit_code == 0, done.output
    assert text in paper.read_text(encoding="utf-8")
    term.run("checklist", "print", "fire", str(paper), "--form", "relative", lang=lang)
    assert text not in paper.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "proof",
    [
        ("--proof", "said"),
        ("--proof", "receipt", "--ref", "K-1"),
        ("--proof", "photo", "--ref", "IMG-1", "--role", "relative"),
    ],
)
def test_what_nobody_of_the_service_saw_ends_no_critical(
    term: Terminal, proof: tuple[str, ...]
) -> None:
    """It is kept as said, the level stays, and the next visit looks."""
    before = term.json(*DEAD)["level"]
    done = term.run("task", "done", "FS-02", *proof, *BY)
    assert done.exit_code == 0
    assert "until somebody of the service has seen it" in done.stderr
    (row,) = term.json("task", "list")
    assert row["state"] == "in_progress"
    assert term.json("checklist", "score", "fire")["level"] == before == "orange"
    assert term.json("visit", "work")["lines"][0]["code"] == "verify"


def test_refusals_say_the_mend(term: Terminal) -> None:
    """A critical one is not cancelled, a device that says nothing proves nothing, and so on."""
    more = ("--answer", "FS-05=inside", "--answer", "FS-26=lacking")
    term.run(*DEAD, *more)
    for args, code, words in (
        (("cancel", "FS-02", "--why", "x"), 1, "critical"),
        (("done", "FS-02", "--proof", "device"), 1, "no device of the home"),
        (("done", "FS-02", "--proof", "photo"), 2, "--ref"),
        (("done", "FS-05", "--proof", "seen"), 2, "--stays"),
        (("done", "FS-05", "--proof", "seen", "--answer", "bed"), 2, "no better answer"),
        (("done", "FS-05", "--proof", "seen", "--answer", "no", "--stays"), 2, "either"),
        (("assign", "FS-05", "--to", "anna"), 2, "coordinator"),
        (("remind", "FS-05", "--on", "2020-01-01"), 2, "ahead"),
        (("show", "FS-99"), 2, "FS-02"),
    ):
        done = term.run("task", *args, *(() if args[0] == "show" else BY))
        assert done.exit_code == code, (args, done.output)
        assert words in done.output, done.output
    assert term.run("task", "cancel", "FS-26", "--why", "leaves at once", *BY).exit_code == 0
    assert "FS-26" in term.run("task", "list", "--all").output
    assert [row["id"] for row in term.json("task", "list")] == ["FS-02", "FS-05"]


def test_what_cannot_be_mended_is_done_and_the_hazard_stays(term: Terminal) -> None:
    """A fall review is made; the fall has happened all the same."""
    before = term.json("checklist", "ask", "fall", *BY, "--answer", "FA-01=repeated")
    done = term.run("task", "done", "FA-01", "--proof", "seen", "--stays", *BY)
    assert done.exit_code == 0, done.output
    assert term.json("checklist", "score", "fall")["points"] == before["points"]
    assert term.json("task", "list") == []


def test_a_better_answer_leaves_the_task_about_less(term: Terminal) -> None:
    """From bed to outside: no critical any more, and what is left has its own day."""
    term.run("checklist", "ask", "fire", *BY, "--answer", "FS-05=bed")
    done = term.run("task", "done", "FS-05", "--proof", "seen", "--answer", "outside", *BY)
    assert done.exit_code == 0, done.output
    assert "goes on about what is left" in done.stderr
    (row,) = term.json("task", "list")
    assert (row["code"], row["critical"], row["times"]) == ("outside", False, 1)
    assert (row["state"], row["proof"]) == ("requested", None), (
        "seen, and there is nothing to verify"
    )


def test_a_critical_answer_asks_what_is_done_about_it(term: Terminal) -> None:
    """On the screen of the ten: a number, then from whom and until when; Enter is later."""
    keys = ["4", "q", "2", "building_owner", "2026-13-41", _in_days(5)]
    done = term.run("checklist", "fill", "ten", *BY, typed="\n".join(keys) + "\n", lang="fi")
    assert done.exit_code == 0, done.output
    assert "KRIITTINEN" in done.output
    (row,) = [one for one in term.json("task", "list") if one["critical"]]
    assert (row["state"], row["ordered_by"]) == ("accepted", "building_owner")
    assert row["ordered_until"] == _in_days(5)
    left = term.run("checklist", "fill", "ten", *BY, typed="4\nq\n\n")
    assert "! TE-01 is critical" in left.stderr


def _in_days(days: int) -> str:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


@pytest.mark.parametrize("how", ["notify:smokes in bed", "no-notify:a safe place is agreed"])
def test_scripts_choose_by_an_option(term: Terminal, how: str) -> None:
    """Considered, yes or no, and why: kept with who, when and in what role."""
    bed = ("checklist", "ask", "fire", *BY, "--answer", "FS-05=bed")
    assert term.json(*bed)["to_choose"] == ["FS-05"]
    assert term.json(*bed, "--choose", f"FS-05={how}")["to_choose"] == []
    (word,) = term.json("task", "show", "FS-05")["considered"]
    assert word["notify"] is how.startswith("notify")
    assert word["why"] == how.partition(":")[2]
    assert (word["role"], word["by"][:4]) == ("home_care", "anna")


def test_mended_at_once_is_no_task(term: Terminal) -> None:
    """The hazard was there, and is not critical any more; habits cannot be mended so."""
    done = term.json(*DEAD, "--choose", "FS-02=fixed")
    assert (done["to_choose"], done["open_critical"]) == ([], [])
    assert term.json("task", "list") == []
    bed = ("checklist", "ask", "fire", *BY, "--answer", "FS-05=bed", "--choose", "FS-05=fixed")
    assert term.run(*bed).exit_code == 2
    for wrong in ("FS-05", "FS-05=ordered:owner", "FS-05=notify:", "FS-05=sold"):
        assert term.run(*DEAD, "--choose", wrong).exit_code == 2
    assert "FS-05" not in term.json("checklist", "show", "fire")["answers"]


def test_resident_and_relatives_are_asked_nothing_of_the_kind(term: Terminal) -> None:
    """Their forms have no criticals."""
    done = term.run(*DEAD, "--form", "relative")
    assert done.exit_code == 0
    assert done.stderr == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_visits_list_in_three_languages_and_on_paper(
    term: Terminal, tmp_path: Path, lang: str
) -> None:
    """What to fix, to ask and to change; the page names the home by its short name alone."""
    term.run(*DEAD, "--answer", "FS-06=unknown")
    term.run("visit", "add", "--role", "home_care", "--from", f"{_in_days(1)}T09:00",
             "--until", f"{_in_days(1)}T09:30")  # fmt: skip
    page = tmp_path / "visit.html"
    done = term.run("visit", "work", "--paper", str(page), lang=lang)
    assert done.exit_code == 0, done.output
    words = catalogue(lang)
    assert words["work_group.fix"] in done.stdout
    assert words["work_group.ask"] in done.stdout
    assert "FS-02" in done.stdout
    assert "[" not in done.stdout
    assert f"{_in_days(1)} 09:00" in done.stdout
    html = page.read_text("utf-8")
    assert html.count('class="box"') == len(term.json("visit", "work")["lines"])
    assert "site-88" in html
    assert "anna" not in html
    assert words["visit_role.home_care"] in done.stdout
    (task,) = term.json("task", "list")
    assert task["action"][lang] in html, "who comes with the paper has to know what to do"


def test_every_command_has_help_with_an_example(term: Terminal) -> None:
    """And three languages for every state and proof."""
    for name in task.commands:
        done = term.run("task", name, "--help")
        assert f"kotivahti task {name}" in done.output, name
    for lang in LANGUAGES:
        for state in ("requested", "accepted", "in_progress", "completed", "cancelled"):
            assert catalogue(lang)[f"task_state.{state}"]
