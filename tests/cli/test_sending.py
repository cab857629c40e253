"""Switches and the log of what went to whom, at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from edge.cli.main import main
from edge.domain import Basis, Sent
from edge.locale import LANGUAGES, catalogue
from edge.store.database import Database
from tests.cli.test_life import Terminal
from tests.store.samples import one_of_everything

PLAN = Path(__file__).parents[2] / "config/escalation.example.toml"
BY = ("--by", "relative.one")


def asked(term: Terminal, *command: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = term.json(*command)["disclosures"]
    return rows


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    found = Terminal(tmp_path)
    with Database.open(tmp_path / "home.db", home="site-88") as database:
        database.record(msgspec.structs.replace(one_of_everything(), home=None))
    return found


def test_a_switch_survives_and_is_told_in_three_languages(term: Terminal) -> None:
    """Off, listed with who said so, on again."""
    done = term.run("sending", "off", "service", "readings", *BY, lang="fi")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "palvelu, lukemat: pois")
    (row,) = [r for r in term.json("sending", "list")["sending"] if r["class"] == "readings"]
    assert (row["allowed"], row["switchable"], row["by"].split()[0]) == (
        False,
        True,
        "relative.one",
    )
    assert "tjänsten" in term.run("sending", "list", lang="sv").output
    assert term.json("sending", "on", "service", "readings", *BY)["allowed"] is True


def test_a_person_gets_word_of_a_fire_all_the_same(term: Terminal) -> None:
    """Only somebody of the plan can be switched: a name written wrong says so, exit code 2."""
    wrong = term.run("sending", "off", "dauhgter", "message", *BY)
    assert (wrong.exit_code, "known: service; see" in wrong.output) == (2, True)
    assert term.run("escalation", "set", str(PLAN), *BY).exit_code == 0
    done = term.run("sending", "off", "daughter", "message", *BY)
    assert done.exit_code == 0
    assert "smoke" in done.output


def test_switching_the_last_telephone_off_says_what_follows(term: Terminal) -> None:
    """Allowed, and not silent: with the line down nobody but the desk would ask."""
    term.run("escalation", "set", str(PLAN), *BY)
    levels = term.json("escalation", "show")["plan"]["level"]
    told = [one["id"] for level in levels for one in level["recipient"] if one["number"]]
    for one in told[:-1]:
        assert not term.json("sending", "off", one, "message", *BY)["nobody_is_texted"]
    warned = term.run("sending", "off", told[-1], "message", *BY, lang="fi")
    assert (warned.exit_code, "kenellekään" in warned.output) == (0, True)


def test_what_the_service_needs_is_refused(term: Terminal) -> None:
    """Exit code 1: asked rightly, and not the customer's to say; why stands beside."""
    refused = term.run("sending", "off", "service", "alert", *BY)
    assert refused.exit_code == 1
    assert "kotivahti home end" in refused.output
    assert term.run("sending", "off", "service", "vitals", *BY).exit_code == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_log_reads_as_words(term: Terminal, lang: str) -> None:
    """Every line says when, to whom, what, why and how much of it is confirmed."""
    done = term.run("disclosures", lang=lang)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) == len(asked(term, "disclosures"))
    assert "[" not in done.stdout
    assert all(catalogue(lang)["household.recipient.service"] in line for line in lines)


def test_lines_are_chosen_by_day_and_recipient(term: Terminal) -> None:
    assert asked(term, "disclosures", "--recipient", "relative-1") == []
    assert asked(term, "disclosures", "--since", "2999-01-01") == []
    assert asked(term, "disclosures", "--since", "2026-03-02", "--recipient", "service")
    assert term.run("disclosures", "--since", "yesterday").exit_code == 2


def test_every_class_and_basis_has_its_word() -> None:
    for lang in LANGUAGES:
        words = catalogue(lang)
        assert {f"sent.{one.value}" for one in Sent} <= set(words)
        assert {f"basis.{one.value}" for one in Basis} <= set(words)


@pytest.mark.parametrize("name", ["export", "erase", "disclosures", "sending"])
def test_help_has_examples(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    text = command.get_help(click.Context(command, info_name=name))
    assert f"kotivahti {name}" in text
    assert "Examples" in text
