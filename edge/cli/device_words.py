"""How the device commands say what they found: columns, reasons, times."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click

from edge.domain import Scalar
from edge.locale import catalogue, number, render, titles
from edge.paper.words import unit_text, value_text

# Of these "yes" says nothing: they are open or shut.
_OPENS = frozenset({"door", "window", "opening", "garage_door", "appliance_door"})

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400


def say(lang: str, key: str, **params: Scalar) -> str:
    """The words of `device.<key>`."""
    return render(lang, f"device.{key}", params)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Left-aligned columns, two spaces between; the last one takes the room it needs."""
    lines = [list(head), *(list(row) for row in rows)]
    wide = [max(_width(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  ".join(cell + " " * (wide[i] - _width(cell)) for i, cell in enumerate(line)).rstrip()
        for line in lines
    ]


def _width(text: str) -> int:
    """Columns of a terminal: a device's name may hold anything."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def span(seconds: int) -> str:
    """A duration as short as it can be told: "24 h", "10 min"."""
    for unit, size in (("d", DAY_S), ("h", HOUR_S), ("min", MINUTE_S)):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def say_ago(lang: str, seconds: int | None) -> str:
    """When something was heard."""
    if seconds is None:
        return say(lang, "never")
    for unit, size in (("d", DAY_S), ("h", HOUR_S), ("min", MINUTE_S)):
        if seconds >= size:
            return say(lang, f"ago_{unit}", n=seconds // size)
    return say(lang, "ago_s", n=seconds)


def role(lang: str, name: str) -> str:
    return render(lang, f"role.{name}", {})


def room(lang: str, name: str | None) -> str:
    """A room by its word where there is one, by its short name otherwise."""
    if name is None:
        return "-"
    said = render(lang, f"room.{name.replace('-', '_')}", {})
    return name if said.startswith("[") else said


def dbm(value: int | None) -> str:
    return "-" if value is None else f"{value} dBm"


def doubts(lang: str, codes: list[str]) -> str:
    """Why a device may not be what it was enrolled as."""
    return ", ".join(render(lang, f"doubt.{code}", {}) for code in codes)


def reasons(lang: str, why: list[dict[str, str]]) -> str:
    """What a claim stands on."""
    return ", ".join(
        say(lang, f"why.{part['part']}", id=part.get("id"), head=part.get("head")) for part in why
    )


def counted(refused: dict[str, int], lang: str) -> str:
    """Refused frames by reason: in words, with the code that the documentation explains."""
    return ", ".join(
        f"{coded(lang, 'frame_refused', reason)} {n}" for reason, n in sorted(refused.items())
    )


def coded(lang: str, table: str, code: str) -> str:
    """The words of a code and the code; the code alone where a driver has one of its own."""
    key = f"{table}.{code}"
    return f"{render(lang, key, {})} ({code})" if key in catalogue(lang) else code


def open_alerts(found: dict[str, Any], lang: str) -> list[str]:
    """Each open alert of a device by its title and its code."""
    return [
        f"{titles(row['code'], row['params'] | {'room': row['room']})[lang]} ({row['code']})"
        for row in found["alerts"]
    ]


def reading(row: dict[str, Any], lang: str) -> str:
    """One observation in words, without its time and device; codes are for --json."""
    kind = say(lang, "reading.kind", kind=row["kind"])
    doubt = "" if row["quality"] == "ok" else f" ({render(lang, 'flag.' + row['quality'], {})})"
    return f"{kind}: {_value(row, lang)}{doubt}"


def _value(row: dict[str, Any], lang: str) -> str:
    value = row["value"]
    if isinstance(value, bool) and row["kind"] in _OPENS:
        value = "open" if value else "shut"
    if isinstance(value, str):
        return say(
            lang, "reading.press" if row["kind"] == "button" else "reading.value", value=value
        )
    if value is None or isinstance(value, bool):
        return value_text(lang, value, "")
    return f"{number(lang, value)} {unit_text(row['unit'])}".strip()


def progress(text: str) -> None:
    """A line that the next one overwrites; nothing where nobody watches a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def clear() -> None:
    """Take the progress line away before something stays."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
