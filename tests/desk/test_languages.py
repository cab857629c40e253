"""What the desk's commands print and refuse, in the language of whoever sits there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from desk import looks, prompts, requests, rights
from desk.cli import desk
from desk.life.segments import Kind
from desk.rights import MACHINE, ROLES
from edge.domain import CommandName
from edge.domain.notification import NotificationState as Draft
from edge.domain.notification import ReceiverAnswer
from edge.locale import LANGUAGES, catalogue
from edge.notification.lifecycle import Step
from tests.desk.test_cli import ALERT, Shell
from tests.desk.test_register import ADD

# Argon2id is dear on purpose.
pytestmark = pytest.mark.timeout(60)

# It prints lines of a settings file, and its faults are those of one.
WORDLESS = {"command-key"}
# Who writes a look down, with the name of the view.
VIEWED = re.compile(r"(looks\.|customers\.|_)?note|at\.look|_look|(plans\.)?write")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("KOTIVAHTI_DESK_SESSION", str(tmp_path / "session"))
    return Shell(tmp_path)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, (*path, name))
        else:
            yield " ".join((*path, name)), one


def test_every_command_for_people_takes_a_language() -> None:
    """A nurse chooses it once, by KOTIVAHTI_LANG, for all of them."""
    without = {
        name
        for name, one in commands(desk)
        if not any(param.name == "lang" for param in one.params)
    }
    assert without == WORDLESS


@pytest.mark.parametrize(
    "lang, took, taken, away, closed",
    [
        ("fi", "anna otti hälytyksen", "otti jo anna", "hälytys on jo suljettu", "ben sulki"),
        ("sv", "anna tog larmet", "redan taget av anna", "är redan avslutat", "ben avslutade"),
        ("en", "accepted by anna", "taken already by anna", "closed already", "closed by ben"),
    ],
)
def test_a_decision_and_its_refusal_are_told_in_the_language(
    shell: Shell, lang: str, took: str, taken: str, away: str, closed: str
) -> None:
    """Who took it, that it is taken, who closed it, that it is closed."""
    assert took in shell("accept", ALERT, "--as", "anna", "--lang", lang).output
    refused = shell("accept", ALERT, "--as", "ben", "--lang", lang)
    assert (refused.exit_code, taken in refused.output) == (1, True)
    over = ("--take-over", "--as", "ben", "--lang", lang)
    assert "anna" in shell("accept", ALERT, *over).output
    ending = ("close", ALERT, "--outcome", "false_alarm", "--as", "ben", "--lang", lang)
    assert closed in shell(*ending).output
    again = shell(*ending)
    assert (again.exit_code, away in again.output) == (1, True)


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (("accept", "ffff", "--as", "anna"), 2, "minkään hälytyksen tunnus ei ala 'ffff'"),
        (("decline", "x", "--as", "anna"), 2, "ainakin sen 4 ensimmäistä merkkiä"),
        (("login", "--as", "nobody"), 3, "nimi tai salasana on väärä"),
        (("logout",), 2, "kukaan ei ole kirjautunut"),
        (("account", "add", "Anna", "--role", "nurse"), 2, "pientä kirjainta"),
        (("account", "end", "nobody"), 2, "tiliä 'nobody' ei ole"),
        (("customer", "show", "c-9"), 2, "asiakasta 'c-9' ei ole"),
        (("customer", "change", "c-9"), 2, "ei mitään muutettavaa"),
        (("customer", "home", "c-9", "--area", "Ä"), 2, "alueessa on"),
        ((*ADD[:2], "c-1", "--name", " ", "--address", "x"), 2, "nimi puuttuu"),
        (("incident", "note", "7", "x", "--as", "anna"), 1, "häiriötä 7 ei ole"),
        (("request", "answer", "7", "--as", "anna"), 1, "pyyntöä 7 ei ole"),
        (("work", "--home", "gw-7", "--as", "anna"), 2, "'gw-7' ei ole koskaan kuultu"),
        (("views",), 2, "anna joko --customer tai --request"),
        (("profile", "export", "gw-0001", "x"), 1, "profiilia ei ole täällä"),
        (("kpi", "show", "--period", "soon"), 2, "ei ole jakso"),
        (("notify", "draft", "--as", "anna"), 2, "anna joko --customer tai --alert"),
        (("notify", "show", "ffff", "--as", "anna"), 2, "minkään ilmoituksen tunnus"),
        (("notify", "access", "c-1", "--as", "anna"), 1, "ovikoodeilla ei ole avainta"),
        (("decline", "ffff"), 3, "kuka olet?"),
    ],
)
def test_refusals_are_told_in_finnish(
    shell: Shell, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """The sentence of the catalogue; the exit code is that of any language."""
    refused = shell(*arguments, "--lang", "fi")
    assert (refused.exit_code, words in refused.output) == (code, True), refused.output


def test_an_account_is_made_and_ended_in_swedish(shell: Shell) -> None:
    """A role by its word; a script still reads it as it was given."""
    made = shell("account", "add", "kim", "--role", "supervisor", "--lang", "sv")
    assert made.output == "kontot kim (förman) skapat\n"
    assert "kim  förman" in shell("account", "list", "--lang", "sv").output
    assert '"role": "supervisor"' in shell("account", "list", "--json", "--lang", "sv").output
    changed = shell("account", "role", "kim", "privacy", "--lang", "sv")
    assert "rollen dataskydd" in changed.output
    assert shell("account", "end", "kim", "--lang", "sv").output == "kontot kim avslutat\n"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_role_that_may_not_is_told_which_may(shell: Shell, lang: str) -> None:
    """Roles by their words, as in the list of accounts."""
    shell("account", "add", "kim", "--role", "privacy")
    refused = shell("customer", "list", "--as", "kim", "--lang", lang)
    able = ", ".join(rights.said(role, lang) for role in ("coordinator", "nurse"))
    assert (refused.exit_code, able in refused.output) == (3, True)
    assert ("not for" in refused.output) is (lang == "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_role_every_look_and_every_step_has_words(lang: str) -> None:
    """What stands in the log of looks, which customers read, and in the story of a notice."""
    wanted = {f"desk_role.{role}" for role in (*ROLES, MACHINE, prompts.DESK.role)}
    wanted |= {f"notify_step.{step.value}" for step in (*Step, Draft.DRAFT)}
    wanted |= {f"notify_fact.{name}" for name in ReceiverAnswer.__struct_fields__}
    wanted |= {f"desk_erased.{what}" for what in requests._ERASED}
    wanted |= {f"desk_look.command_{one.value}" for one in CommandName}
    wanted |= {f"desk_look.{one.value}_told" for one in Kind}
    wanted |= {f"desk_look.{what.replace(' ', '_')}" for what in noted()}
    assert {key for key in wanted if key not in catalogue(lang)} == set()
    assert "3" in looks.said("profile 3 exported", lang)
    assert looks.said("some other view", lang) == "some other view"


def noted() -> set[str]:
    """The names of views, as far as they stand whole in the source."""
    found = set()
    for file in sorted((Path(__file__).resolve().parents[2] / "desk").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and VIEWED.fullmatch(ast.unparse(node.func)):
                found |= {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    assert len(found) > 40
    return found
