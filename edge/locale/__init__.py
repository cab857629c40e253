"""The words, in Finnish, Swedish and English: codes and parameters become sentences here.

A catalogue is a TOML file of this package. A text holds `{name}` for a
parameter and `{name:table}` for a parameter whose value is itself a key of a
table ("{to:level}" with to="red"). Words are needed most when something is
already wrong, so nothing here fails on a missing parameter, word or language:
a gap reads "(not known)", and a test finds gaps before a release does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from edge.domain import Scalar

LANGUAGES = ("fi", "sv", "en")
# What a telephone's lock screen and one line of a list can show.
TITLE_MAX = 90
# From so many days on a silence is told in days: two of them are 48 hours to whoever waits.
_DAYS_FROM = 3
_FALLBACK_LANGUAGE = "en"
# Of a compared reason, besides its code: the form, the value, the usual one.
_FIGURES = 3
_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
# Half the world writes 8.5, these languages write 8,5.
_DECIMAL_COMMA = frozenset({"fi", "sv"})


Words = Mapping[str, str]


def titles(
    code: str, params: Mapping[str, Scalar], more: Mapping[str, Words] | None = None
) -> dict[str, str]:
    """The headline of an alert in every language, at most TITLE_MAX characters each.

    `more`: by language, words that no catalogue has.
    """
    said = more or {}
    return {
        lang: _cut(render(lang, f"alert.{code}.title", params, said.get(lang)))
        for lang in LANGUAGES
    }


def render(lang: str, key: str, params: Mapping[str, Scalar], more: Words | None = None) -> str:
    """The text of `key` ("level.red", "alert.smoke.body"); a key without words as "[key]"."""
    words = catalogue(lang if lang in LANGUAGES else _FALLBACK_LANGUAGE)
    if more:
        words = {**words, **more}
    text = words.get(key)
    if text is None:
        return f"[{key}]"
    return _PLACE.sub(lambda place: _say(words, place[1], place[2], params), text)


def number(lang: str, value: float) -> str:
    """A number as it is, with the language's decimal sign."""
    return str(value).replace(".", ",") if lang in _DECIMAL_COMMA else str(value)


def places(text: str) -> frozenset[tuple[str, str | None]]:
    """The placeholders of a text: parameter and table."""
    return frozenset((place[1], place[2]) for place in _PLACE.finditer(text))


@cache
def catalogue(lang: str) -> dict[str, str]:
    """One language's texts by dotted key; read from the package once."""
    text = (files(__name__) / f"{lang}.toml").read_text(encoding="utf-8")
    return {"lang": lang} | dict(_flat(tomllib.loads(text), ""))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in table.items():
        key = prefix + name
        rows += _flat(value, f"{key}.") if isinstance(value, dict) else [(key, str(value))]
    return rows


def _say(
    words: Mapping[str, str], name: str, table: str | None, params: Mapping[str, Scalar]
) -> str:
    value = params.get(name)
    if value is None or value == "":
        return words.get(f"fallback.{name}", words["fallback.any"])
    if table == "span":
        return _span(words, value)
    if table == "percent":
        return f"{_number(words, value)} %"
    if table == "compared":
        return _compared(words, str(value))
    if table is not None:
        return _named(words, table, str(value))
    return _number(words, value)


def _named(words: Mapping[str, str], table: str, value: str) -> str:
    """The word for a value; "press 2" is the word for "press", with the number it has.

    "street, flat" are the words for both.
    """
    if ", " in value and f"{table}.{value}" not in words:
        return ", ".join(_named(words, table, one) for one in value.split(", "))
    code, _, number = value.partition(" ")
    form = words.get(f"{table}.numbered")
    if form is None or not number.isdecimal():
        return words.get(f"{table}.{value}", value)
    what = words.get(f"{table}.{code}", code)
    return form.replace("{what}", what).replace("{number}", number)


def _compared(words: Mapping[str, str], value: str) -> str:
    """A reason, with its value and what is usual where it has them: "routine:moves day 12 30"."""
    code, *figures = value.split(" ")
    what = words.get(f"reason.{code}", code)
    form = words.get(f"compared.{figures[0]}") if len(figures) == _FIGURES else None
    if form is None:
        return what
    now, usual = (_decimal(words, text) for text in figures[1:])
    return form.replace("{what}", what).replace("{value}", now).replace("{usual}", usual)


def _decimal(words: Mapping[str, str], text: str) -> str:
    return text.replace(".", ",") if words["lang"] in _DECIMAL_COMMA else text


def _span(words: Mapping[str, str], value: Scalar) -> str:
    """Minutes as people say them: 1440 of them are 24 hours."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    for unit, size in (("days", 1440), ("hours", 60)):
        if value >= (_DAYS_FROM if unit == "days" else 2) * size:
            return words[f"span.{unit}"].replace("{n}", _number(words, value / size))
    return words["span.minutes"].replace("{n}", _number(words, value))


def _number(words: Mapping[str, str], value: Scalar) -> str:
    if not isinstance(value, float):
        return str(value)
    return _decimal(words, f"{value:.1f}".removesuffix(".0"))


def _cut(title: str) -> str:
    return title if len(title) <= TITLE_MAX else title[: TITLE_MAX - 1].rstrip() + "…"
