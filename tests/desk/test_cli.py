"""The commands: exit codes, who may, and what stands on the screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from desk.cli import desk
from desk.database import opened
from tests.desk.helpers import (
    PASSWORD,
    add_account,
    alert_body,
    fresh,
    say,
    write_config,
)
from tests.uplink import samples
from tests.uplink.samples import uid
from tests.uplink.test_envelope import built

# Argon2id is dear on purpose, and some tests start processes.
pytestmark = pytest.mark.timeout(60)

ALERT = uid(0xA1)


class Shell:
    """Runs desk commands against one desk; `anna` and `ben` have accounts."""

    def __init__(self, directory: Path) -> None:
        self.config = write_config(directory, 1)
        connection = fresh(directory)
        for name, role in (("anna", "nurse"), ("ben", "coordinator")):
            add_account(connection, name, role)
        say(connection, built()["hb-1.0"], topic="gw-0001/up/hb")
        say(connection, alert_body(samples.smoke_alert(), 1))
        connection.close()

    def __call__(self, *arguments: str, password: str | None = PASSWORD) -> Result:
        env = {"KOTIVAHTI_DESK_CONFIG": str(self.config), "KOTIVAHTI_PASSWORD": password}
        return CliRunner().invoke(desk, arguments, env=env)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A desk with one smoke alert."""
    return Shell(tmp_path)


def test_accept_decline_and_close_are_written_down_with_the_person(shell: Shell):
    """Exit 0, and the decision names account and role."""
    assert shell("accept", ALERT[:8], "--as", "anna", "--eta", "15").exit_code == 0
    assert shell("decline", ALERT, "--as", "anna").exit_code == 0
    closed = shell("close", ALERT, "--as", "ben", "--outcome", "false_alarm")
    assert (closed.exit_code, closed.output) == (
        0,
        f"{ALERT} closed by ben; the home is told when the desk runs\n",
    )
    (told,) = json.loads(shell("alerts", "--json").output)
    decided = [(d["kind"], d["account"], d["role"], d["eta_s"]) for d in told["decisions"]]
    assert decided == [
        ("accepted", "anna", "nurse", 900),
        ("declined", "anna", "nurse", None),
        ("closed", "ben", "coordinator", None),
    ]
    assert (told["standing"], told["raised_to_received_ms"]) == ("closed", 40)


def test_what_the_state_refuses_exits_with_1(shell: Shell):
    """And says who has it."""
    shell("accept", ALERT, "--as", "anna")
    refused = shell("accept", ALERT, "--as", "ben")
    assert (refused.exit_code, "taken already by anna" in refused.output) == (1, True)
    assert shell("accept", ALERT, "--as", "ben", "--take-over").exit_code == 0


def test_closing_or_taking_a_colleagues_alert_says_whose_it_was(shell: Shell):
    """Allowed; declining it is not."""
    assert "had it" not in shell("accept", ALERT, "--as", "anna").output
    assert shell("decline", ALERT, "--as", "ben").exit_code == 1
    taken = shell("accept", ALERT, "--as", "ben", "--take-over")
    assert (
        taken.output
        == f"{ALERT} accepted by ben; anna had it; the home is told when the desk runs\n"
    )
    closed = shell("close", ALERT, "--as", "anna", "--outcome", "helped", "--json")
    told: dict[str, object] = {"account": "anna", "alert": ALERT, "colleague": "ben"}
    told |= {"kind": "closed", "settled_here": False}
    assert (closed.exit_code, json.loads(closed.output)) == (0, told)


@pytest.mark.parametrize(
    "arguments",
    [
        ("accept", ALERT, "--as", "an\udce4"),
        ("accept", "\udce4", "--as", "anna"),
        ("decline", ALERT, "--as", "an\udce4"),
        ("close", ALERT, "--as", "an\udce4", "--outcome", "helped"),
        ("account", "add", "an\udce4", "--role", "nurse"),
        ("accept", ALERT, "--as", "anna", "--password-file", "/absent/\udce4"),
        ("accept", ALERT, "--as", "anna", "--config", "/absent/\udce4"),
    ],
)
def test_an_argument_that_is_no_text_exits_with_2(shell: Shell, arguments: tuple[str, ...]):
    """Bytes that the shell could not decode are said, not thrown."""
    raw = [os.fsencode(argument) for argument in arguments]
    code = "from desk.cli import desk; desk()"
    env = {"KOTIVAHTI_DESK_CONFIG": str(shell.config), "KOTIVAHTI_PASSWORD": PASSWORD}
    ended = subprocess.run(
        [sys.executable, "-c", code, *raw], env=os.environ | env, capture_output=True, check=False
    )
    assert (ended.returncode, b"Traceback" in ended.stderr) == (2, False)
    assert ended.stderr


@pytest.mark.parametrize("where", ["variable", "file"])
def test_a_password_that_is_no_text_exits_with_2(shell: Shell, tmp_path: Path, where: str):
    """A Latin-1 "ä" is told from a wrong password."""
    (tmp_path / "secret").write_bytes(b"k\xe4yt\xe4v\xe4 passwords")
    if where == "file":
        more: tuple[str, ...] = ("--password-file", str(tmp_path / "secret"))
        result = shell("accept", ALERT, "--as", "anna", *more, password=None)
    else:
        result = shell("accept", ALERT, "--as", "anna", password="k\udce4yt\udce4v\udce4 password")
    assert (result.exit_code, "UTF-8" in result.output) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("accept", "ffff", "--as", "anna"),
        ("accept", ALERT, "--as", "anna", "--eta", "0"),
        ("close", ALERT, "--as", "anna"),
        ("close", ALERT, "--as", "anna", "--outcome", "sold"),
        ("account", "add", "Anna", "--role", "nurse"),
        ("account", "add", "cara", "--role", "king"),
        ("accept", ALERT, "--as", "anna", "--password-file", "/absent"),
        ("alerts", "--config", "/absent/desk.toml"),
    ],
)
def test_wrong_input_exits_with_2(shell: Shell, arguments: tuple[str, ...]):
    """Before anything is written."""
    assert shell(*arguments).exit_code == 2
    (told,) = json.loads(shell("alerts", "--json").output)
    assert told["decisions"] == []


def test_no_password_anywhere_exits_with_2_and_says_where_to_put_it(shell: Shell):
    """A pipe cannot be asked."""
    result = shell("accept", ALERT, "--as", "anna", password=None)
    assert (result.exit_code, "--password-file" in result.output) == (2, True)


def test_a_password_file_is_read(shell: Shell, tmp_path: Path):
    """For scripts; the line's end is not part of it."""
    (tmp_path / "secret").write_text(PASSWORD + "\n", encoding="utf-8")
    arguments = ("accept", ALERT, "--as", "anna", "--password-file", str(tmp_path / "secret"))
    assert shell(*arguments, password=None).exit_code == 0


def test_five_wrong_passwords_exit_with_3_and_lock(shell: Shell):
    """The sixth, right one is refused with the very same words."""
    outputs = {
        shell("accept", ALERT, "--as", "anna", password=word).output
        for word in [*["wrong password"] * 5, PASSWORD]
    }
    assert len(outputs) == 1
    assert shell("accept", ALERT, "--as", "anna").exit_code == 3
    assert shell("accept", ALERT, "--as", "nobody").output in outputs
    assert shell("accept", ALERT, "--as", "ben").exit_code == 0


def test_accounts_are_listed_without_their_passwords(shell: Shell):
    """Who there is, and what they are."""
    assert shell("account", "add", "cara", "--role", "relative").exit_code == 0
    assert shell("account", "list").output == "anna  nurse\nben  coordinator\ncara  relative\n"
    assert "argon2" not in shell("account", "list", "--json").output


def test_looking_at_customers_is_written_down(shell: Shell):
    """Who looked, at what, when."""
    shell("alerts")
    shell("homes")
    with opened(shell.config.parent / "desk.db") as connection:
        rows = connection.execute("SELECT who, what, client FROM access ORDER BY key").fetchall()
    assert [tuple(row)[1:] for row in rows] == [("alerts", "c-0188"), ("homes", "c-0188")]
    assert all(row["who"].startswith("os:") for row in rows)


def test_alerts_are_shown_in_the_chosen_language(shell: Shell):
    """Words, state, who has it, milliseconds."""
    line = shell("alerts", "--lang", "fi").output
    assert "HÄLYTTÄÄ  hätä  gw-0001  Palovaroitin: keittiö  ei kenelläkään" in line
    assert "  viestin lähettäjää ei voitu varmistaa  +40 ms" in line
    assert "Brandvarnare: kök" in shell("alerts", "--lang", "sv").output
    assert "gw-0001" in shell("homes").output


@pytest.mark.parametrize(
    "lang, words, seen, done",
    [
        ("fi", "Soita 112", "smoke-1 savu: kyllä", "anna otti: odottaa kotia"),
        ("sv", "Ring 112", "smoke-1 rök: ja", "anna åtog sig: väntar på hemmet"),
        ("en", "Call 112. Then call the resident", "smoke-1 smoke: yes", "accepted: pending"),
    ],
)
def test_one_alert_is_explained_with_what_to_do(
    shell: Shell, lang: str, words: str, seen: str, done: str
):
    """Body, action, evidence and decisions stand below the title, in the reader's language."""
    shell("accept", ALERT, "--as", "anna")
    shown = shell("show", ALERT[:8], "--lang", lang)
    assert shown.exit_code == 0
    assert words in shown.output
    assert seen in shown.output
    assert done in shown.output
    assert json.loads(shell("show", ALERT, "--json").output)["id"] == ALERT
    assert shell("show", "ffffffff").exit_code == 2
