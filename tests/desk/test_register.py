"""`desk customer`, `claim-code`, `profile` and `homes` as people type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desk.database import opened
from edge.domain import ClaimKind
from edge.uplink import envelope
from edge.uplink.envelope import read_code
from tests.desk.helpers import say
from tests.desk.test_cli import Shell
from tests.uplink.samples import CODE, NOW, ORIGIN, uid

# Argon2id is dear on purpose.
pytestmark = pytest.mark.timeout(60)

ADD = ("customer", "add", "c-0188", "--name", "Aino Mallikas", "--address", "Mallikatu 5, Espoo")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_customer_is_entered_listed_changed_and_shown(shell: Shell):
    """The words on the screen, and the same for a machine."""
    assert "no customers yet" in shell("customer", "list").output
    assert shell(*ADD).exit_code == 0
    assert shell(*ADD).exit_code == 2
    assert shell("customer", "list").output == "c-0188  Aino Mallikas  Mallikatu 5, Espoo\n"
    assert shell("customer", "change", "c-0188").exit_code == 2
    assert shell("customer", "change", "c-0188", "--address", "Uusikatu 1").exit_code == 0
    shown = json.loads(shell("customer", "show", "c-0188", "--json").output)
    assert (shown["name"], shown["address"], shown["claims"]) == ("Aino Mallikas", "Uusikatu 1", [])
    assert shell("customer", "show", "c-9").exit_code == 2
    assert shell("customer", "add", "c-\udce4", *ADD[3:]).exit_code == 2


def test_a_code_is_issued_by_a_named_person_and_shown_once(shell: Shell):
    """On standard output alone, so that it can be piped; a wrong password is exit 3."""
    shell(*ADD)
    assert (
        shell("claim-code", "c-0188", "--as", "anna", password="wrong wrong wrong").exit_code == 3
    )
    issued = shell("claim-code", "c-0188", "--as", "anna")
    code = issued.stdout.strip()
    assert (len(code), code.count("-")) == (13, 2)
    assert len(read_code(code)) == 11
    assert "not shown again" in issued.stderr
    shown = shell("customer", "show", "c-0188", "--lang", "fi").output
    assert "koodin antoi anna, käyttämättä, voimassa" in shown
    assert code not in shown
    replaced = shell("claim-code", "c-0188", "--as", "anna", "--replaces", "gw-0001", "--json")
    assert json.loads(replaced.output)["customer"] == "c-0188"
    stranger = shell("claim-code", "c-0188", "--as", "anna", "--replaces", "gw-7")
    assert (stranger.exit_code, "ever spoke" in stranger.output) == (2, True)


@pytest.mark.parametrize(
    "lang, none, entered, once",
    [
        ("fi", "asiakkaita ei ole", "kirjattu", "toimii kerran"),
        ("sv", "inga kunder", "antecknad", "gäller en gång"),
    ],
)
def test_the_register_speaks_the_coordinators_language(
    shell: Shell, lang: str, none: str, entered: str, once: str
):
    """What people read; the code itself is alone on standard output."""
    assert none in shell("customer", "list", "--lang", lang).output
    assert entered in shell(*ADD, "--lang", lang).output
    issued = shell("claim-code", "c-0188", "--as", "anna", "--lang", lang)
    assert once in issued.stderr
    assert len(issued.stdout.strip()) == 13


def test_a_profile_is_listed_and_taken_away_sealed(shell: Shell, tmp_path: Path):
    """For a box without a line; a file that is there is not overwritten."""
    sealed = bytes(range(256)) * 300
    with opened(tmp_path / "desk.db") as connection:
        for n, part in enumerate(envelope.cut(sealed, number=4), 50):
            entry = envelope.profile(ORIGIN, part, id=uid(n), sequence=n, at=NOW)
            say(connection, entry.body, topic="gw-0001/up/profile")
    assert shell("profile", "list", "gw-0001").output.startswith("4  ")
    assert "no profile of gw-0002" in shell("profile", "list", "gw-0002").output
    out = tmp_path / "gw-0001.profile"
    told = shell("profile", "export", "gw-0001", str(out), "--json")
    assert json.loads(told.output)["size"] == len(sealed)
    assert out.read_bytes() == sealed
    assert out.stat().st_mode & 0o777 == 0o600
    assert shell("profile", "export", "gw-0001", str(out)).exit_code == 2
    assert (
        shell("profile", "export", "gw-0001", str(tmp_path / "b"), "--number", "3").exit_code == 1
    )
    assert shell("profile", "export", "gw-0001", "/absent/file").exit_code == 1
    with opened(tmp_path / "desk.db") as connection:
        noted = connection.execute(
            "SELECT what FROM access WHERE what LIKE 'profile%' ORDER BY key"
        )
        assert [what for (what,) in noted] == ["profiles listed", *["profile 4 exported"] * 3]


def test_no_screen_shows_a_code_that_was_typed(shell: Shell, tmp_path: Path):
    """A refused claim is counted by gateway and reason."""
    shell(*ADD)
    with opened(tmp_path / "desk.db") as connection:
        entry = envelope.claim(
            ORIGIN, uid(1), envelope.ClaimStep.ASKED, id=uid(60), sequence=60, at=NOW,
            kind=ClaimKind.NEW, code=CODE,
        )  # fmt: skip
        say(connection, entry.body, topic="gw-0001/up/claim")
        dump = "\n".join(connection.iterdump())
    assert CODE not in dump
    assert "wrong_code" in dump
