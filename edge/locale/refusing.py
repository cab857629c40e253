"""Refusals that a person reads in their own language: the words stand in the catalogues."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from edge.domain import Scalar
from edge.errors import EdgeError
from edge.locale import catalogue, render

# Whoever typed it knows it again; a line of a log or a terminal stays one.
GIVEN_MAX_CHARS = 60
E = TypeVar("E", bound=EdgeError)


def worded(kind: type[E], name: str, /, **params: Scalar) -> E:
    """An error with the text `refused.<name>`: in English itself, in any language by its words."""
    key = f"refused.{name}"
    error = kind(render("en", key, params))
    error.words = (key, params)
    return error


def said(error: EdgeError, lang: str) -> str:
    """The sentence of an error in this language; in English where it has no words for it."""
    if error.words is None or error.words[0] not in catalogue(lang):
        return str(error)
    return render(lang, *error.words)


def given(value: object) -> str:
    """What was given, as far as a sentence takes it."""
    return str(value)[:GIVEN_MAX_CHARS]


def listed(names: Iterable[str]) -> str:
    """Names as one parameter; none at all reads as the language says it."""
    return ", ".join(names)
