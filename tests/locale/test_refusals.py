"""Every refusal that is worded in the source has its sentence, with the same places."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from edge.domain import Scalar
from edge.errors import ControlError
from edge.locale import LANGUAGES, catalogue, places, render
from edge.locale.refusing import worded
from edge.notification.lifecycle import Step

ROOT = Path(__file__).resolve().parents[2]
EDGE, DESK = ROOT / "edge", ROOT / "desk"

# Who says it, and which argument is its name.
_NAME_AT = {"worded": 1, "_refused": 0, "refuse": 0}


@cache
def raised() -> list[tuple[str, str, frozenset[str]]]:
    """Where, which text, and the parameters of every `worded(Kind, "name", ...)`."""
    found = []
    for file in sorted([*EDGE.rglob("*.py"), *DESK.rglob("*.py")]):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            where, given = (
                f"{file.name}:{node.lineno}",
                {str(k.arg): k.value for k in node.keywords},
            )
            at = _NAME_AT.get(node.func.id)
            name = None if at is None else node.args[at]
            if isinstance(name, ast.Constant):
                found.append((where, str(name.value), frozenset(given)))
            elif isinstance(missing := given.get("missing"), ast.Constant):  # of `text_of`
                found.append((where, str(missing.value), frozenset({"key"})))
    assert len(found) > 40
    return found


# Beside other work the whole source takes some seconds to read.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_source_refuses_with_has_words(lang: str) -> None:
    """A text for each name, and every place of it filled by whoever raises it."""
    words = catalogue(lang)
    gaps = {
        (where, name)
        for where, name, given in raised()
        if f"refused.{name}" not in words
        or frozenset(place for place, _ in places(words[f"refused.{name}"])) != given
    }
    assert gaps == set()


def test_no_refusal_stands_in_the_catalogue_for_nothing() -> None:
    """A text that nobody raises any more is taken out."""
    texts = {key.removeprefix("refused.") for key in catalogue("en") if key.startswith("refused.")}
    assert texts == {name for _, name, _ in raised()}


# What reaches a person who gave a command. A program that asks wrongly has MisaskedError.
TOLD = frozenset(
    {
        *("ControlError", "NotNowError", "StoreError", "StoreBusyError", "StoreTooNewError"),
        *("NotDurableError", "ClaimStateError", "RefusedError"),
        # The desk's.
        *("AccountError", "AuthenticationError", "NobodyError", "RightError", "CustomerError"),
        *("AlertNameError", "StateRefusedError", "NoticeNameError", "NoticeError", "AccessError"),
        *("SealingError", "IncidentError", "RequestError", "LifeError", "LifeInputError"),
    }
)
# English alone, each with its reason.
PLAIN = {
    "cli/coverage.py": "faults of options, beside those that click says",
    "cli/device_enrol.py": "words behind the name of an option",
    "cli/device_key.py": "a fault of a key file, as `device import` says it",
    "cli/driver.py": "for who writes a driver",
    "cli/decode.py": "a decoder's reason, for who writes a driver",
    "app/commissioning/persons.py": "a fault of a device's row, as `device add` says it",
    "cli/replace_steps.py": "words that were rendered before",
    "control/server.py": "the service does not start: for its log",
    "store/aside.py": "the service ends: for its log",
    "store/connection.py": "SQLite's own words",
    "store/identity.py": "settings of another home: beside their faults, which are English",
    "store/lock.py": "the file's own words",
    "store/outbox.py": "a fault of the program",
    "store/restored.py": "a fault of the program",
    "store/steadfast.py": "the service does not start: for its log",
    "desk/database.py": "SQLite's own words",
}


def plain() -> set[str]:
    """The files that refuse a command with a sentence of their own."""
    found = set()
    for file in sorted([*EDGE.rglob("*.py"), *DESK.rglob("*.py")]):
        place = file.relative_to(EDGE if file.is_relative_to(EDGE) else ROOT)
        if place.parts[0] not in ("app", "cli", "control", "store", "desk"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else node
            if not isinstance(call, ast.Call) or not call.args:
                continue
            who, said = ast.unparse(call.func), call.args[0]
            sentence = isinstance(said, ast.JoinedStr | ast.Constant | ast.Name)
            if sentence and (who == "fail" or (who in TOLD and isinstance(node, ast.Raise))):
                found.add(str(place))
    return found


@pytest.mark.timeout(60)
def test_no_new_refusal_is_in_english_alone() -> None:
    """A sentence in the source is one that nobody can read in Finnish or Swedish."""
    assert plain() == PLAIN.keys()


def test_a_worded_error_is_english_by_itself() -> None:
    """For logs, scripts and whoever has no catalogue."""
    error = worded(ControlError, "person_ended", person="r-1")
    assert str(error).startswith("the residence of r-1 has ended")
    assert error.words == ("refused.person_ended", {"person": "r-1"})


@pytest.mark.timeout(60)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_reason_of_our_drivers_has_words(lang: str) -> None:
    """Why a frame was refused, as `device show` says it."""
    reasons = {
        str(node.args[0].value)
        for file in sorted((EDGE / "drivers").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "DecodeError"
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(reasons) > 15
    assert {one for one in reasons if f"frame_refused.{one}" not in catalogue(lang)} == set()


@pytest.mark.parametrize(
    "kind, table",
    [("ContentError", "content_refused"), ("AnswerError", "answer_refused")],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_refusal_of_the_core_has_words(lang: str, kind: str, table: str) -> None:
    """The core says a code and what its places take; none of the words stands for nothing."""
    folders = [EDGE / "notification", EDGE / "life"]
    given = {
        f"{table}.{ast.literal_eval(node.args[1])}": frozenset(
            str(one.arg) for one in node.keywords
        )
        for file in [file for folder in folders for file in folder.rglob("*.py")]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == kind
        and isinstance(node.args[1], ast.Constant)
    }
    words = {key: text for key, text in catalogue(lang).items() if key.startswith(f"{table}.")}
    wanted = {key: frozenset(name for name, _ in places(text)) for key, text in words.items()}
    assert given == wanted


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_step_that_a_notification_refuses_has_words(lang: str) -> None:
    """What comes first, by what was asked."""
    wanted = {f"notice_refused.{step.value}" for step in Step}
    assert wanted <= catalogue(lang).keys()


def test_a_list_of_codes_is_said_by_their_words() -> None:
    """A refusal names what is missing; each has its word, whatever the language."""
    lacking = {"what": "street, notifier_phone"}
    assert "katu, ilmoittajan puhelin" in render("fi", "refused.notice_lacking", lacking)
    too_long: dict[str, Scalar] = {"name": "observation 2", "n": 141, "most": 140}
    assert render("sv", "content_refused.long", too_long).startswith("observation 2: 141 tecken")
