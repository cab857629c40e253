"""What people text back, as they write it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.escalation.replies import (
    Answered,
    Unread,
    code_hash,
    is_code,
    make_code,
    read_reply,
)

TAKE, REFUSE = ("otan", "tar", "ok"), ("ei", "nej", "no")
CODE = "K7Q4M2"


def read(text: str) -> Answered | Unread:
    return read_reply(text, TAKE, REFUSE)


@pytest.mark.parametrize(
    "text",
    ["K7Q4M2 OTAN", "otan k7q4m2", "K7Q4M2 ok.", " Hei! Otan: K7Q4M2 - kiitos ", "jag tar k7q4m2"],
)
def test_a_person_takes_it(text: str) -> None:
    assert read(text) == Answered(code=CODE, take=True)


def test_a_person_says_how_long() -> None:
    assert read("K7Q4M2 OTAN 20") == Answered(code=CODE, take=True, eta_s=1200)
    assert read("K7Q4M2 OTAN 20 min") == Answered(code=CODE, take=True, eta_s=1200)


@pytest.mark.parametrize("text", ["K7Q4M2 EI", "nej k7q4m2", "No K7Q4M2 20"])
def test_a_person_cannot(text: str) -> None:
    assert read(text) == Answered(code=CODE, take=False)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "no_code"),
        ("OTAN", "no_code"),
        ("OTAN kiitos, tulen heti", "no_code"),
        ("K7Q4M2", "no_word"),
        ("K7Q4M2 kyllä", "no_word"),
        ("K7Q4M2 OTAN EI", "both_words"),
        ("K7Q4M2 B3Q4M2 OTAN", "codes"),
        ("K7Q4M2 OTAN 0", "eta"),
        ("K7Q4M2 OTAN 241", "eta"),
        ("K7Q4M2 OTAN 2 0", "eta"),
        ("K7Q4M2 OTAN " + "x" * 160, "long"),
        ("K7Q4M22 OTAN", "no_code"),
        ("\u06677Q4M2 OTAN", "no_code"),
    ],
)
def test_what_is_no_answer_says_why(text: str, reason: str) -> None:
    """In doubt nothing is taken: whoever wrote is asked again."""
    found = read(text)
    assert isinstance(found, Unread)
    assert found.reason == reason


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert isinstance(read(text), Answered | Unread)


@given(st.integers())
def test_a_code_is_read_as_it_was_made_and_is_no_word(seed: int) -> None:
    """Also when its signs are mistaken for those that look like them."""
    code = make_code(random.Random(seed).randrange)
    meant = code[:2] + code[2:].replace("0", "o").replace("1", "l")
    assert read(f"{meant.lower()} otan") == Answered(code=code, take=True)
    assert code[1].isdecimal()
    assert not code.isdecimal()


def test_a_code_opens_its_own_page_alone() -> None:
    stored = code_hash(CODE, "page-1")
    assert is_code(CODE, "page-1", stored)
    assert not is_code(CODE, "page-2", stored)
    assert not is_code("K7Q4M3", "page-1", stored)
