"""The picture's words, numbers and dates in one language."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path


class Words:
    """One language's table of `words.toml`."""

    def __init__(self, lang: str, table: dict[str, str], months: dict[str, list[str]]) -> None:
        self.lang = lang
        self.table = table
        self._months = months

    def __call__(self, key: str, **params: object) -> str:
        """The words of `key` with `params` filled in; raises KeyError for an unknown key."""
        return self.table[key].format(**params)

    def count(self, key: str, n: int) -> str:
        """`key` in the form that fits the number."""
        form = "one" if n == 1 else "other"
        return self(f"{key}_{form}", n=self.number(n))

    def number(self, value: float, decimals: int = 0) -> str:
        text = f"{value:,.{decimals}f}"
        return "".join(
            {",": self.table["thousands"], ".": self.table["decimal"]}.get(c, c) for c in text
        )

    def short_date(self, day: date) -> str:
        """Day and month, short."""
        return self("date", day=day.day, month=self._months["months_short"][day.month - 1])

    def long_date(self, day: date) -> str:
        """Day, month and year."""
        month = self._months["months"][day.month - 1]
        return self("date_long", day=day.day, month=month, year=day.year)


@cache
def words(lang: str) -> Words:
    """The words of "fi", "sv" or "en"; raises KeyError for another language."""
    path = Path(__file__).with_name("words.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))[lang]
    months = {key: value for key, value in table.items() if isinstance(value, list)}
    return Words(lang, {k: v for k, v in table.items() if isinstance(v, str)}, months)
