"""How the locator's commands say rooms, receivers and shares."""

from __future__ import annotations

from edge.cli.device_words import room as room_word
from edge.domain import Scalar
from edge.locale import render

PERCENT = 100


def say(lang: str, key: str, **params: Scalar) -> str:
    """The words of `locator.<key>`."""
    return render(lang, f"locator.{key}", params)


def room(lang: str, name: str) -> str:
    return room_word(lang, name)


def place(lang: str, name: str) -> str:
    """A room, or the word for a place that is none."""
    said = render(lang, f"place.{name}", {})
    return room(lang, name) if said.startswith("[") else said


def receiver(lang: str, name: str) -> str:
    return name or say(lang, "own_radio")


def share(part: float) -> str:
    return f"{round(part * PERCENT)} %"
