"""Erasing at the terminal: the request to the service, the confirmation, the paper."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from edge.domain import OutboxClass
from edge.locale import LANGUAGES
from edge.store.database import Database
from edge.uplink.envelope import parse_request
from tests.cli.test_life import Terminal
from tests.cli.test_sending import asked
from tests.store.samples import AT

BY = ("--by", "relative.one")


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    found = Terminal(tmp_path)
    (tmp_path / "home.db").unlink()
    with Database.open(tmp_path / "home.db", home="site-88"):
        return found


def test_the_empty_database_owes_the_request(term: Terminal) -> None:
    """The old one had no receipt for it; what is owed holds pseudonyms alone."""
    found = term.json("erase", "--home", "--yes")
    assert (found["request"], found["stays"]) == ("owed", ["notification", "record", "access"])
    with Database.open(term.folder / "home.db", home="site-88") as database:
        (entry,) = database.owed(9)
        assert (entry.cls, entry.sequence) == (OutboxClass.REQUEST, 1)
        told = parse_request(entry.body, "gw-1")
        assert (told.data.kind, told.storeid) == ("erase", database.heads().store_id)
        assert told.data.subject.site == "site-88"
        database.mark_received([entry.id], AT)
    assert term.json("erase", "--home", "--yes")["request"] == "received"


def test_a_request_is_owed_once_and_counts_when_it_is_received(term: Terminal) -> None:
    """Asked twice it is one message; with its receipt the new database owes none."""
    assert term.json("erase", "--request", *BY)["known"] is False
    assert term.json("erase", "--request", *BY)["known"] is True
    with Database.open(term.folder / "home.db", home="site-88") as database:
        (entry,) = [one for one in database.owed(9) if one.cls is OutboxClass.REQUEST]
        database.mark_received([entry.id], AT)
    (line,) = [row for row in asked(term, "disclosures") if row["class"] == "request"]
    assert (line["what"], line["messages"], line["received"]) == ("erase", 1, 1)
    assert term.json("erase", "--home", "--yes")["request"] == "received"
    with Database.open(term.folder / "home.db", home="site-88") as database:
        assert database.owed(9) == []


def test_who_does_not_want_it_asks_for_nothing(term: Terminal) -> None:
    assert term.json("erase", "--home", "--yes", "--no-request")["request"] == "none"
    with Database.open(term.folder / "home.db", home="site-88") as database:
        assert database.owed(9) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_confirmation_says_what_stays_and_why(term: Terminal, lang: str) -> None:
    """On the screen and in the file, with the laws named and a line to sign."""
    path = term.folder / "erased.txt"
    done = term.run("erase", "--home", "--yes", "--confirmation", str(path), lang=lang)
    assert done.exit_code == 0, done.output
    text = path.read_text(encoding="utf-8")
    assert done.output.strip() in text
    assert path.stat().st_mode & 0o777 == 0o600
    for law in ("379/2011", "703/2023"):
        assert law in text
    assert "[household" not in text


@pytest.mark.timeout(60)  # a process of its own, with its fonts
def test_the_paper_is_a_pdf(term: Terminal) -> None:
    path = term.folder / "erased.pdf"
    done = term.run("erase", "--home", "--yes", "--confirmation", str(path), lang="fi")
    assert done.exit_code == 0, done.output
    assert path.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    "options, code, says",
    [
        ((), 2, "say what to erase: --home or --readings here, --request at the service"),
        (("--home", "--request"), 2, "say what to erase"),
        (("--request",), 2, "--by NAME"),
        (("--readings", "--yes"), 2, "--by NAME"),
        (("--readings", *BY), 2, "--yes does it"),
        (("--home", "--yes", "--confirmation", "out.doc"), 2, "name a .txt or a .pdf file"),
        (("--home", "--yes", "--confirmation", "/proc/none/out.txt"), 1, "cannot be written to"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_erased(
    term: Terminal, options: tuple[str, ...], code: int, says: str
) -> None:
    before = (term.folder / "home.db").stat().st_ino
    refused = term.run("erase", *options)
    assert (refused.exit_code, says in refused.output) == (code, True), refused.output
    assert (term.folder / "home.db").stat().st_ino == before


@pytest.mark.parametrize("works", [True, False])
def test_the_journal_is_begun_anew_where_the_machine_lets_us(
    term: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, works: bool
) -> None:
    """Journalctl keeps no unit apart, so it is asked for; where it fails, the journal remains."""
    tools, seen = tmp_path / "bin", tmp_path / "seen"
    tools.mkdir()
    tool = tools / "journalctl"
    tool.write_text(f'#!/bin/sh\necho "$@" >> {seen}\nexit {0 if works else 1}\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    found = term.json("erase", "--home", "--yes", "--journal")
    assert found["journal"] is works
    calls = seen.read_text().splitlines()
    assert calls == ["--rotate", "--vacuum-time=1s"][: 2 if works else 1]
    assert json.dumps(found)
