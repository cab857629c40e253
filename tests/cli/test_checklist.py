"""`kotivahti checklist` at the terminal: the ten on one screen, forms, the linter's exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli.checklist_fill import fill_in, screen
from edge.cli.main import main
from edge.locale import LANGUAGES
from tests.cli.test_life import Terminal
from tests.support.terminal import at_terminal

# Answers of a visit: the cooker is full of things, all else is in order.
KEYS = ["1", "3", "1", "1", "1", "1", "1", "1", "1", "1"]


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def typed(keys: list[str]) -> str:
    return "\n".join(keys) + "\n"


def test_ten_keys_fill_in_the_ten(term: Terminal) -> None:
    """A digit each: the level with its reason, what to ask now, and the time it took."""
    done = term.run("checklist", "fill", "ten", "--by", "anna", typed=typed(KEYS))
    assert done.exit_code == 0, done.output
    assert "Ten observations on a visit, fire: orange" in done.output
    assert "TE-02 Cooker and cooking: things remain there" in done.output
    assert "ask now FS-08, FS-09, FS-10" in done.output
    assert "answered: 10 of 10" in done.output
    kept = term.json("checklist", "show", "ten")["answers"]
    assert len(kept) == 10
    assert kept["TE-01"]["note"].endswith(" s")


@pytest.mark.parametrize("lang,words", [("fi", "Kymmenen havaintoa"), ("sv", "Tio observationer")])
def test_the_screen_speaks_the_language(term: Terminal, lang: str, words: str) -> None:
    """Ten questions and their keys fit two lines each."""
    done = term.run("checklist", "fill", "ten", "--by", "anna", typed="q\n", lang=lang)
    assert done.output.startswith(words)
    whole = term.run("checklist", "fill", "ten", "--by", "a", typed="\n" * 10, lang=lang)
    assert len(whole.output.strip().split("\n")) == 1 + 2 * 10 + 1


def test_ten_in_order_say_what_is_left_and_the_worst_stands_first(term: Terminal) -> None:
    """Nothing found and grey is no contradiction: the full list was never asked."""
    calm = term.run("checklist", "fill", "ten", "--by", "anna", typed=typed(["1"] * 10))
    assert "nothing found; the level stays grey" in calm.output
    assert "FA-01\u2013FA-10, FA-12\u2013FA-25" in calm.output
    found = term.run("checklist", "fill", "ten", "--by", "anna", typed=typed(KEYS))
    assert "nothing found" not in found.output
    assert found.output.index("fire: orange") < found.output.index("fall: grey")


def test_keys_leave_go_back_end_and_say_unknown(term: Terminal) -> None:
    """Enter leaves, b goes back and the later key counts, u is unknown, d is declined, any other
    key is told.
    """
    keys = ["", "u", "1", "b", "2", "x", "d", "7", "q"]
    done = term.run("checklist", "fill", "ten", "--by", "anna", typed=typed(keys))
    assert done.exit_code == 0, done.output
    kept = term.json("checklist", "show", "ten")["answers"]
    assert {item: (a["code"], a["state"]) for item, a in kept.items()} == {
        "TE-02": ("", "unknown"),
        "TE-03": ("some", "hazard"),
        "TE-04": ("", "declined"),
    }


def test_the_time_is_measured(term: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first question to the last key."""
    found = term.json("checklist", "show", "ten")
    moments = iter([100.0, 172.4])
    keys = iter(["1", "q"])
    monkeypatch.setattr("edge.cli.checklist_fill._key", lambda **_how: next(keys))
    filled = fill_in(found, "en", clock=lambda: next(moments))
    assert (filled.answers, filled.seconds) == ({"TE-01": "ok"}, 72)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_ten_stand_on_one_small_screen(term: Terminal, lang: str) -> None:
    """80 columns and 24 rows, whichever is asked and whatever was answered; nothing is cut off
    of the question and its answers.
    """
    listed = term.json("checklist", "show", "ten")["checklist"]
    items = listed["items"]
    longest = {item["id"]: max((a["code"] for a in item["answers"]), key=len) for item in items}
    for at, item in enumerate(items):
        lines = screen(listed["title"][lang], items, at, longest, lang).split("\n")
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80
        shown = " ".join(" ".join(lines[12:]).split())
        labels = [item["answer_labels"][one["code"]] for one in item["answers"]]
        for words in (item["ask"], *labels):
            assert words[lang] in shown


def test_at_a_terminal_the_screen_is_drawn_anew_with_what_was_answered(term: Terminal) -> None:
    """By a real terminal: ten keys, ten screens, and the level at the end."""
    settings = str(term.folder / "gateway.toml")
    fill = ("checklist", "fill", "ten", "--by", "anna", "--config", settings, "--lang", "en")
    before, *screens = at_terminal(fill, "12" + "1" * 8).split("\x1b[2J")
    assert (before.strip(), len(screens)) == ("", 10 + 1)
    marked = [
        next(line for line in one.split("\n") if line.startswith(">")) for one in screens[:10]
    ]
    assert [int(line[1:3]) for line in marked] == list(range(1, 11))
    assert "moved at once" in screens[2].split("\n")[2]
    assert "answered: 10 of 10" in screens[-1]


def test_a_long_list_is_no_screen(term: Terminal) -> None:
    """26 questions are asked one by one, and the command says how."""
    done = term.run("checklist", "fill", "fire", "--by", "anna")
    assert done.exit_code == 2
    assert "kotivahti checklist ask fire" in done.output


@pytest.mark.parametrize("form", ["self", "relative"])
def test_forms_of_the_home_show_no_level_and_end_in_advice(term: Terminal, form: str) -> None:
    """What can be done, whom to turn to, and 112; the level is made all the same."""
    args = ("checklist", "ask", "fire", "--by", "leena", "--form", form, "--answer", "FS-05=bed")
    done = term.run(*args)
    assert done.exit_code == 0, done.output
    assert "orange" not in done.output
    assert "FS-05" not in done.output
    assert "contact your home care" in done.output
    assert done.output.rstrip().endswith("In an emergency call 112.")
    assert term.json("checklist", "score", "fire")["level"] == "orange"
    assert term.json("checklist", "show", "fire")["answers"]["FS-05"]["role"] == form


def test_a_relative_reads_nothing_of_what_a_worker_found(term: Terminal) -> None:
    """They see what follows from their own answers; alcohol and memory are not theirs to learn."""
    term.run("checklist", "ask", "fire", "--by", "anna", "--answer", "FS-07=daily")
    mine = ("checklist", "ask", "fire", "--by", "liisa", "--form", "relative")
    done = term.run(*mine, "--answer", "FS-12=night", "--answer", "FS-19=no")
    assert ("Charging of batteries" in done.output, "lcohol" in done.output) == (True, False)
    assert "Thank you for the answers." in term.run(*mine, "--answer", "FS-19=no").output


def test_what_a_finding_asks_for_is_asked_and_nothing_else(term: Terminal) -> None:
    """After a finding at the cooker three items; what the ten have answered is not asked again."""
    term.run("checklist", "fill", "ten", "--by", "anna", typed=typed(KEYS))
    done = term.run("checklist", "ask", "fire", "--by", "anna", "--opened", typed="1\n1\n1\n")
    assert "1/3  FS-08" in done.output
    assert "3/3  FS-10" in done.output
    rest = term.run("checklist", "ask", "fire", "--by", "anna", typed="q\n")
    assert "/23  FS-01" in rest.output  # goods, alcohol and escape were answered in the ten
    everything = term.run("checklist", "ask", "fire", "--by", "anna", "--all", typed="q\n")
    assert "/26  FS-01" in everything.output


@pytest.mark.parametrize(
    "tenure,who", [("apartment", "Building owner"), ("own_house", "Owner of the home")]
)
def test_who_sees_to_it_follows_the_tenure(term: Terminal, tenure: str, who: str) -> None:
    """Since 2026 the building owner answers for smoke alarms; the soonest stands first."""
    answers = ("--answer", "FS-02=old_or_untested", "--answer", "FS-08=remains")
    term.run("checklist", "ask", "fire", "--by", "anna", *answers)
    lines = term.run("checklist", "score", "fire", "--tenure", tenure).output.split("\n")
    actions = [line for line in lines if line.startswith("    20")]
    assert len(actions) == 2
    assert "Home care: Clear the cooker" in actions[0]
    assert f"{who}" in actions[1]
    assert actions[0][:14] < actions[1][:14]


def test_a_reassessment_is_told_and_shown(term: Terminal) -> None:
    """The word of a person, the lists it asks for, and the level's reason."""
    done = term.run("checklist", "reassess", "--because", "fall", "--by", "anna", lang="fi")
    assert done.output == "fall: arvioikaa uudelleen: on sattunut kaatuminen\n"
    assert "assess anew: there was a fall" in term.run("checklist", "show", "fall").output


def test_an_officer_adds_and_nobody_deletes(term: Terminal) -> None:
    """A finding of its own words with a gate; in order later it still stands in the list."""
    petrol = ("--by", "ville", "--gate", "I", "--text", "Petrol in the hall")
    done = term.run("checklist", "add", "fire", *petrol, "--critical")
    assert done.exit_code == 0, done.output
    assert "Fire safety of the home: orange" in done.output
    assert "OF-01 Petrol in the hall: critical" in done.output
    term.run("checklist", "ask", "fire", "--by", "anna", "--answer", "OF-01=ok_i")
    assert "OF-01  Petrol in the hall: in order (anna" in term.run("checklist", "show").output
    assert term.json("checklist", "show")["answers"]["OF-01"]["note"] == "Petrol in the hall"
    wrong = term.run("checklist", "add", "fire", *petrol[:2], "--gate", "X", "--text", "x")
    assert (wrong.exit_code, "known: I, D, E, R" in wrong.output) == (2, True)
    assert term.run("checklist", "add", "ten", *petrol).exit_code == 2


def test_a_blank_form_is_written(term: Terminal, tmp_path: Path) -> None:
    """HTML as asked; another kind of file is refused as wrong input."""
    page = tmp_path / "ten.html"
    done = term.run("checklist", "print", "ten", str(page), lang="sv")
    assert done.exit_code == 0, done.output
    assert "Tio observationer" in page.read_text(encoding="utf-8")
    assert term.run("checklist", "print", "ten", str(tmp_path / "ten.doc")).exit_code == 2


def test_many_unasked_items_are_one_line(term: Terminal) -> None:
    """Nobody reads 25 lines of "not asked yet"."""
    lines = term.run("checklist", "score", "fire").output.split("\n")
    assert sum("not asked yet" in line for line in lines) == 1
    assert len(lines) < 8


@pytest.mark.parametrize(
    "lang,asked,shown",
    [
        ("en", "? a device: fewer moves", "? FA-17 Mood: please ask"),
        ("fi", "? laite: liikkumista", "? FA-17 Mieliala: kysykää"),
        ("sv", "? en enhet: mindre", "? FA-17 Sinnesstämning: fråga"),
    ],
)
def test_what_a_device_asks_stands_beside_the_question(
    term: Terminal, monkeypatch: pytest.MonkeyPatch, lang: str, asked: str, shown: str
) -> None:
    """While it is asked and after; it answers nothing, and an answer settles it."""

    async def counted(_: object) -> dict[str, float]:
        return {"activity.down_percent_7d": 33.6}

    monkeypatch.setattr("edge.app.checking.gather", counted)
    keys = typed([*[""] * 24, "q"])
    done = term.run("checklist", "ask", "fall", "--by", "anna", typed=keys, lang=lang)
    assert done.output.count(asked) == 1
    assert f"%: 33{'.' if lang == 'en' else ','}6" in done.output
    listed = term.run("checklist", "show", "fall", lang=lang).output
    assert shown in listed
    term.run("checklist", "ask", "fall", "--by", "anna", "--answer", "FA-17=no")
    assert "FA-17 " in (settled := term.run("checklist", "show", "fall", lang=lang).output)
    assert shown not in settled


def test_the_linter_exits_2_for_a_fault(tmp_path: Path) -> None:
    """Line and reason on standard output; clean files exit 0."""
    clean = CliRunner().invoke(main, ["checklist", "lint"])
    assert (clean.exit_code, clean.output) == (0, "3 files, no fault\n")
    broken = tmp_path / "own.toml"
    broken.write_text('id = "own"\nversion = 3\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["checklist", "lint", str(broken)])
    assert done.exit_code == 2
    assert f"{broken}:2: version: is 3; year and number" in done.output
