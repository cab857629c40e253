"""Reads a table that people wrote, and goes on after a fault, so that all are told at once.

Every accessor reports what is wrong and hands back a neutral value of its type
("", 0, (), {}); a check that follows leaves neutral values alone, so that one
fault is told once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from edge.errors import ConfigFault


class Faults:
    """The faults of one file, in the order in which they were found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[ConfigFault] = []

    def add(self, key: str, wrong: str, mend: str) -> None:
        self.found.append(ConfigFault(self.file, key or "(file)", wrong, mend))


class Table:
    """One table of the file; `close` reports the keys that nobody asked for."""

    def __init__(self, raw: object, where: str, faults: Faults) -> None:
        self.where = where
        self.faults = faults
        self._asked: set[str] = set()
        self._raw: Mapping[str, object] = {}
        if isinstance(raw, dict):
            self._raw = raw
        else:
            faults.add(where, "is not a table", "write it as { key = value }")

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def keys(self) -> list[str]:
        return list(self._raw)

    def has(self, key: str) -> bool:
        return key in self._raw

    def fault(self, key: str, wrong: str, mend: str) -> None:
        self.faults.add(self.at(key), wrong, mend)

    def get(self, key: str, mend: str) -> object:
        """The raw value; None after reporting that it is missing."""
        self._asked.add(key)
        value = self._raw.get(key)
        if value is None:
            self.fault(key, "is missing", mend)
        return value

    def text(self, key: str, mend: str, pattern: str = r"(?s).+") -> str:
        value = self.get(key, mend)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        if value is not None:
            self.fault(key, f"is {value!r}", mend)
        return ""

    def whole(self, key: str, mend: str, low: int, high: int) -> int:
        value = self.get(key, mend)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        if value is not None:
            self.fault(key, f"is {value!r}", f"{mend}: a whole number from {low} to {high}")
        return low

    def share(self, key: str, mend: str) -> float:
        value = self.get(key, mend)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value < 1.0:
            return float(value)
        if value is not None:
            self.fault(key, f"is {value!r}", f"{mend}: from 0.0 to below 1.0")
        return 0.0

    def flag(self, key: str) -> bool:
        """False when the key is absent."""
        if not self.has(key):
            return False
        value = self.get(key, "")
        if not isinstance(value, bool):
            self.fault(key, f"is {value!r}", "write true or false")
        return value is True

    def texts(self, key: str, mend: str) -> tuple[str, ...]:
        """A list of texts with no text twice and at least one in it."""
        value = self.get(key, mend)
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            self.fault(key, f"is {value!r}", mend)
            return ()
        for text in sorted({v for v in value if value.count(v) > 1}):
            self.fault(key, f"names '{text}' twice", "name it once")
        return tuple(value)

    def words(self, key: str, languages: tuple[str, ...]) -> dict[str, str]:
        """A text in every language of the list; `languages` empty: any."""
        mend = "give the text in every language of the list"
        table = self.table(key, mend)
        if not self.has(key):
            return {}
        for language in sorted(set(table.keys()) - set(languages)) if languages else ():
            table.fault(language, "is not a language of this list", "remove it, or list it")
        return {code: table.text(code, mend) for code in languages or table.keys()}

    def mapping(self, key: str, mend: str) -> dict[str, str]:
        """A table of texts with any keys."""
        table = self.table(key, mend)
        return {name: table.text(name, mend) for name in table.keys()}  # noqa: SIM118 - ours

    def table(self, key: str, mend: str) -> Table:
        value = self.get(key, mend)
        return Table({} if value is None else value, self.at(key), self.faults)

    def children(self, key: str, mend: str) -> dict[str, Table]:
        """A table of tables, by name."""
        table = self.table(key, mend)
        raw = table._raw  # noqa: SLF001 - its own class
        return {name: Table(value, table.at(name), self.faults) for name, value in raw.items()}

    def tables(self, key: str, mend: str, *, optional: bool = False) -> list[Table]:
        """A list of tables, at least one unless it is optional."""
        if optional and not self.has(key):
            return []
        value = self.get(key, mend)
        if value is None:
            return []
        if not isinstance(value, list) or not value:
            self.fault(key, "is not a list of tables", mend)
            return []
        return [Table(raw, f"{self.at(key)}[{i}]", self.faults) for i, raw in enumerate(value)]

    def close(self) -> None:
        for key in self._raw:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.fault(key, "is not known", f"remove it; known here: {known}")
