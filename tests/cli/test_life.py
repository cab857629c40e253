"""The commands of a home's life at the terminal: help, exit codes, JSON, three languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from edge.cli.decision import decision
from edge.cli.home import home
from edge.cli.main import main
from edge.cli.person import person
from edge.cli.plan_text import drawn
from edge.cli.room import room
from edge.cli.stay import stay
from edge.cli.visit import visit
from edge.locale import LANGUAGES, catalogue

ROOT = Path(__file__).resolve().parents[2]
# Commands with words of their own, beside those of the household.
OWN_WORDS = {"device_place": "device", "pager": "pager", "test_alert": "proof"}
OWN_WORDS |= {"task": "task", "task_words": "task", "checklist_choose": "choose"}
WORD = re.compile(r'say\(\s*lang,\s*"([a-z_.]+)"')
GROUPS: tuple[click.Group, ...] = (person, room, stay, visit, decision, home)
COMMANDS = [(group.name, name) for group in GROUPS for name in sorted(group.commands)]
COMMANDS += [("device", name) for name in ("move", "swap", "replace")]
BY = ("--by", "installer.one")
PLAN = '[[room]]\nid = "hallway"\nouter = true\n[[room]]\nid = "kitchen"\nnext_to = ["hallway"]\n'


class Terminal:
    """One terminal over one settings file; no gateway runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "gateway.toml").write_text(
            '[gateway]\nid = "gw-1"\nsite = "site-88"\ncustomer = "c-1"\ntrusted_clock = true\n'
            '[mqtt]\nhost = "127.0.0.1"\ntls = false\n[ble]\nbackend = "off"\n'
            f'[store]\npath = "{folder}/home.db"\n[control]\nsocket = "{folder}/control.sock"\n',
            encoding="utf-8",
        )
        (folder / "home.db").touch()

    def run(self, *command: str, typed: str = "", lang: str = "en") -> Result:
        args = [*command, "--config", str(self.folder / "gateway.toml"), "--lang", lang]
        return CliRunner().invoke(main, args, input=typed)

    def json(self, *command: str) -> Any:
        result = self.run(*command, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.mark.parametrize("group, name", COMMANDS)
def test_every_command_explains_itself(group: str, name: str) -> None:
    """Words, an example of this very command, and the options that all have."""
    found = main.get_command(click.Context(main), group)
    assert isinstance(found, click.Group)
    command = found.commands[name]
    text = command.get_help(click.Context(command, info_name=name))
    assert "Example" in text
    assert f"kotivahti {group} {name}" in text
    assert "--json" in text
    assert "--lang" in text


def test_every_word_that_a_command_says_is_there() -> None:
    """What stands whole in the source; the rest is seen by the other tests."""
    said = set()
    for path in (ROOT / "edge/cli").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "household_words" in text:
            prefix = OWN_WORDS.get(path.stem, "household")
            said |= {f"{prefix}.{key}" for key in WORD.findall(text)}
    assert len(said) > 30
    for lang in LANGUAGES:
        assert {key for key in said if key not in catalogue(lang)} == set()


def test_a_home_is_told_in_the_language_of_who_tells_it(term: Terminal) -> None:
    """Persons, rooms, stays and decisions in Finnish; what is to be seen to goes to stderr."""
    assert (
        "kuuluu nyt tähän kotiin: asukas"
        in term.run("person", "add", "r-1", "--kind", "resident", *BY, lang="fi").output
    )
    pet = term.run("person", "add", "cat", "--kind", "pet", *BY, lang="sv")
    assert "husdjur" in pet.output
    assert "kylskåp" in pet.stderr
    (term.folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    plan = term.run("room", "import", str(term.folder / "plan.toml"), *BY, lang="fi")
    assert plan.output.splitlines() == ["hallway [ulko-ovi]", "└─ kitchen"]
    begun = term.run("stay", "begin", "hospital", *BY, "--until", "2999-01-01", lang="fi")
    assert "kaikki asukkaat: sairaalassa" in begun.output
    assert "2999-01-02 00:00 asti" in begun.output
    assert "arvioitava uudelleen" in term.run("stay", "end", *BY, lang="fi").output
    assert "av, inget är beslutat" in term.run("decision", "list", lang="sv").output
    shown = term.run("home", "show", lang="fi").output
    assert "koti site-88, asiakas c-1" in shown
    assert "cat: lemmikki" in shown


def test_a_list_of_stays_says_whose_things_are_not_followed(term: Terminal) -> None:
    """One of two is in hospital: "all is followed" would be wrong, before and after the other's."""
    for name in ("r-1", "r-2"):
        term.run("person", "add", name, "--kind", "resident", *BY)
    term.run("stay", "begin", "hospital", "--person", "r-1", *BY)
    assert "paitsi mikä on näiden: r-1" in term.run("stay", "list", lang="fi").output
    term.run("stay", "begin", "away", "--person", "r-2", *BY)
    ended = term.run("stay", "end", "--person", "r-2", *BY, lang="sv").output
    assert "utom det som tillhör: r-1" in ended
    term.run("stay", "end", "--person", "r-1", *BY)
    assert term.run("stay", "list").output.startswith("all is followed\n")


def test_a_list_of_an_office_program_is_named_with_its_encoding(term: Terminal) -> None:
    """A planner's list in another encoding: the byte, and what to do, no word of a codec."""
    path = term.folder / "week.csv"
    path.write_bytes("ref,from,until,kind,role\nkäynti,a,b,c,d\n".encode("cp1252"))
    result = term.run("visit", "import", str(path))
    assert result.exit_code == 2
    assert "byte 26 is not UTF-8; save the file again as UTF-8 text" in result.stderr


@pytest.mark.parametrize(
    "command, code, says",
    [
        (("person", "leave", "r-9", *BY), 2, "there are: none"),
        (("person", "add", "Anna", "--kind", "resident", *BY), 2, "short name"),
        (("stay", "end", *BY), 1, "stay list"),
        (("stay", "begin", "away", "--until", "tomorrow", *BY), 2, "2026-11-24"),
        (("stay", "begin", "away", "--until", "2020-01-01", *BY), 2, "later"),
        (("decision", "withdraw", "sleep", *BY), 1, "decision list"),
        (("device", "move", "motion", "kitchen"), 2, "no device 'motion'"),
        (("room", "remove", "attic", *BY), 2, "no room 'attic'"),
        (("home", "move", *BY), 2, "--yes"),
        (("home", "end", *BY), 2, "--yes"),
        (("erase", "--yes"), 2, "--home"),
        (("erase", "--home"), 2, "--yes"),
    ],
)
def test_a_refusal_says_why_and_what_mends_it(
    term: Terminal, command: tuple[str, ...], code: int, says: str
) -> None:
    """1 for the state of things, 2 for what was asked; nothing is changed without a yes."""
    result = term.run(*command)
    assert result.exit_code == code, result.output
    assert says in result.stderr


@pytest.mark.parametrize(
    "lang, says",
    [
        ("fi", "asuminen tässä kodissa on päättynyt; jos se oli erehdys: kotivahti stay end"),
        ("sv", "boendet i det här hemmet har upphört; om det var ett misstag: kotivahti stay end"),
        ("en", "the residence in this home has ended; if that was a mistake: kotivahti stay end"),
    ],
)
def test_a_refusal_speaks_the_language_that_was_asked(term: Terminal, lang: str, says: str) -> None:
    """What the gateway refuses, in the words of the catalogues."""
    term.json("person", "add", "r-1", "--kind", "resident", *BY)
    term.json("home", "end", "--yes", *BY)
    result = term.run("home", "move", "--yes", *BY, lang=lang)
    assert result.exit_code == 1
    assert says in result.stderr


def test_a_broken_plan_is_named_by_file_and_key(term: Terminal) -> None:
    """Every fault on a line of its own, exit 2, and as JSON for scripts."""
    file = term.folder / "plan.toml"
    file.write_text('[[room]]\nid = "a"\nnext_to = ["b"]\n[[rooms]]\nid = "b"\n', encoding="utf-8")
    result = term.run("room", "import", str(file), *BY)
    assert (result.exit_code, f"{file}: rooms: is not known" in result.stderr) == (2, True)
    file.write_text('[[room]]\nid = "a"\nnext_to = ["b"]\n', encoding="utf-8")
    result = term.run("room", "import", str(file), *BY)
    assert f"{file}: room[0].next_to: 'b' is no room of this plan" in result.stderr
    result = term.run("room", "import", str(file), *BY, "--json")
    assert (result.exit_code, len(json.loads(result.stdout)["faults"])) == (2, 1)


def test_visits_are_all_taken_or_the_good_ones_when_asked(term: Terminal) -> None:
    """A broken line is named; told again a visit is the same one, with its new times."""
    file = term.folder / "week.csv"
    good = "v-1,2999-01-01T09:00+02:00,2999-01-01T09:30+02:00,physical,home_care\n"
    text = f"ref,from,until,kind,role\n{good}v-2,nine,ten,physical,nurse\n"
    file.write_text(text, encoding="utf-8")
    refused = term.run("visit", "import", str(file))
    assert refused.exit_code == 2
    assert f"{file}:3: from: is no moment" in refused.stderr
    assert term.json("visit", "list") == []
    taken = term.run("visit", "import", str(file), "--partial")
    assert (taken.exit_code, taken.stdout.startswith("told:")) == (0, True)
    file.write_text(text.replace("09:30", "09:45").replace("nine", "x"), encoding="utf-8")
    found = term.json("visit", "import", str(file), "--partial")
    assert [(row["ref"], row["change"]) for row in found["visits"]] == [("v-1", "changed")]
    assert [fault["line"] for fault in found["faults"]] == [3, 3]
    assert [row["until"] for row in term.json("visit", "list")] == ["2999-01-01T09:45+02:00"]


def test_a_home_is_erased_with_a_confirmation(term: Terminal) -> None:
    """What went, what is still owed, what remains where; nobody is asked twice."""
    term.json("person", "add", "r-1", "--kind", "resident", *BY, "--label", "canary-7391")
    assert b"canary-7391" in (term.folder / "home.db").read_bytes()
    said = term.run("erase", "--home", typed="y\n", lang="fi")
    assert said.exit_code == 0, said.output
    assert "Kodin site-88 tiedot poistettiin" in said.output
    assert "person_told: 1" in said.output
    for place in ("gateway.toml", "alueen valvomo", "muistikortti"):
        assert place in said.output
    for file in term.folder.iterdir():
        assert b"canary-7391" not in file.read_bytes()
    found = term.json("erase", "--home", "--yes")
    assert found["erased"] == "home"
    assert {"rows", "files", "store", "unsent", "remains", "site", "at"} <= set(found)


def test_keys_that_the_settings_name_are_named_as_remaining(term: Terminal) -> None:
    """The row and the file would bring the device back at the next start."""
    key = term.folder / "button.key"
    key.write_text("00" * 16, encoding="ascii")
    with (term.folder / "gateway.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            '[[device]]\nid = "button"\ndriver = "bthome"\nrole = "help_button"\n'
            f'address = "54:48:E6:8F:80:A5"\nkey_file = "{key}"\n'
        )
    assert term.json("person", "list") == []  # the first command enrols what the settings name
    found = term.json("erase", "--home", "--yes")
    assert {"what": "key", "place": str(key)} in found["remains"]
    assert found["rows"]["enrolment"] == 1


def test_a_plan_is_drawn_from_the_doors_inwards() -> None:
    """Each room once; a circle, a room without doors and a label are shown."""
    rows = [
        {"room": name, "label": label, "outer": outer, "next_to": beside, "devices": devices}
        for name, label, outer, beside, devices in (
            ("kitchen", "", False, ["hall", "lounge"], ["motion"]),
            ("hall", "Hall", True, ["kitchen", "lounge", "bed"], []),
            ("lounge", "", False, ["hall", "kitchen"], []),
            ("bed", "", False, ["hall", "bath"], []),
            ("bath", "", False, ["bed"], []),
            ("shed", "", False, [], []),
        )
    ]
    assert drawn(rows, "out", "beside") == [
        "hall (Hall) [out]",
        "├─ kitchen: motion  (beside lounge)",
        "├─ lounge  (beside kitchen)",
        "└─ bed",
        "   └─ bath",
        "shed",
    ]
