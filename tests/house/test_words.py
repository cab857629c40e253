"""The boundary of what this product claims, kept in its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The intended purpose is home-safety observation, service planning and operational alerts.
# A word of medicine in a text for people would claim another one. "Treat as" is plain
# English for "regard as"; the FHIR resource Patient is a proper name.
MEDICAL = re.compile(
    r"""
      \b diagnos
    | \b treat(?:s|ed|ing|ment|ments)? \b (?! \s+ (?:\S+\s+){0,4}? (?:as|like) \b)
    | \b clinical (?:ly)? \s+ risk
    | (?<! FHIR\ ) \b patients? \b
    | \b potila
    | \b hoidon \b | \b hoito (?:a|on|suunnitelma\w*)? \b
    | \b behandling
    """,
    re.IGNORECASE | re.VERBOSE,
)

PROMISES = re.compile(
    "|".join(
        (
            "TO" + "DO",
            "FIX" + "ME",
            "X" * 3,
            "NotImplemented" + "Error",
            "pragma: " + "no cover",
            r"pytest\.mark\.(?:skip|xfail)",
            r"pytest\.(?:skip|xfail|importorskip)\(",
        )
    )
)


def texts_for_people() -> list[Path]:
    patterns = (
        "README*.md",
        "docs/**/*.md",
        "edge/locale/*.toml",
        "desk/**/*.toml",
        "config/checklists/*",
        "config/forms/*",
        "models/**/MODEL_CARD.md",
    )
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file())


def hits(pattern: re.Pattern[str], text: str) -> list[str]:
    return [found.group(0) for found in pattern.finditer(text)]


def places(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_text_for_people_claims_a_medical_purpose() -> None:
    """Catalogues, README, docs, checklists and model cards keep to the intended purpose."""
    assert places(MEDICAL, texts_for_people()) == []


@pytest.mark.parametrize(
    "text",
    [
        "diagnosis",
        "it diagnoses",
        "the treatment plan",
        "treats falls",
        "clinical risk",
        "the patient",
        "potilas",
        "hoidon tarve",
        "hoitosuunnitelma",
        "behandlingsplan",
    ],
)
def test_a_medical_word_is_noticed(text: str) -> None:
    """The search finds the words in each language."""
    assert hits(MEDICAL, text)


@pytest.mark.parametrize(
    "text",
    [
        "treat an unknown answer as unsafe",
        "is treated as a fault",
        "FHIR Patient",
        "kotihoidon käynti",
        "impatient",
        "retreat",
    ],
)
def test_an_ordinary_word_is_left_alone(text: str) -> None:
    """Plain English, standard names and home care are no medical claims."""
    assert not hits(MEDICAL, text)


def test_the_code_promises_nothing_that_it_does_not_do() -> None:
    """No stub, no note to self and no switched-off test anywhere in the tree."""
    folders = ("edge", "desk", "tests", "benchmarks", "proofs", "models", "scripts")
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert places(PROMISES, files) == []
