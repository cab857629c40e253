"""Where each key of a TOML text stands, so that a fault can name its line.

The text has been read by `tomllib` already: what is here only finds places, and never judges.
Keys are told as the faults tell them: "item[3].answers[1].points".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_QUOTES = ('"""', "'''", '"', "'")


def lines_of(text: str) -> dict[str, int]:
    """The line (from 1) of each key, by its path; `text` is valid TOML."""
    return _Walk(text).walk()


def line_of(lines: dict[str, int], key: str) -> int:
    """The line of `key`, or of the nearest table around it; 1 when nothing of it is there."""
    for path in _around(key):
        if path in lines:
            return lines[path]
    return 1


def _around(key: str) -> Iterator[str]:
    while key:
        yield key
        shorter = key[: key.rindex("[")] if key.endswith("]") else key.rpartition(".")[0]
        key = shorter


class _Walk:
    """One pass over the text; `at` is the place that was come to."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.lines: dict[str, int] = {}
        self._counts: dict[str, int] = {}  # tables of [[name]] so far

    def walk(self) -> dict[str, int]:
        table = ""
        while self._skip(newlines=True):
            if self.text.startswith("[[", self.at):
                table = self._header("[[", "]]", array=True)
            elif self.text[self.at] == "[":
                table = self._header("[", "]", array=False)
            else:
                self._pair(table)
        return self.lines

    def _header(self, opening: str, closing: str, *, array: bool) -> str:
        line = self._line()
        self.at += len(opening)
        parts = self._key()
        self._skip()
        self.at += len(closing)
        path = ""
        for number, part in enumerate(parts):
            path = _join(path, part)
            last = number == len(parts) - 1
            if array and last:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = f"{path}[{self._counts[path]}]"
            self._note(path, line)
        return path

    def _pair(self, table: str) -> None:
        line = self._line()
        path = table
        for part in self._key():
            path = _join(path, part)
            self._note(path, line)
        self._skip()
        self.at += 1  # the "="
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip()
            if self.text[self.at] in "\"'":
                parts.append(self._quoted())
            else:
                found = _BARE.match(self.text, self.at)
                part = "" if found is None else found.group(0)
                self.at += max(len(part), 1)
                parts.append(part)
            self._skip()
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: str) -> None:
        self._skip()
        first = self.text[self.at]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._table(path)
        elif first in "\"'":
            self._quoted()
        else:
            found = _SCALAR.match(self.text, self.at)
            self.at = self.at + 1 if found is None else found.end()

    def _list(self, path: str) -> None:
        self.at += 1
        number = 0
        while self._skip(newlines=True) and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            place = f"{path}[{number}]"
            self._note(place, self._line())
            self._value(place)
            number += 1
        self.at += 1

    def _table(self, path: str) -> None:
        self.at += 1
        while self._skip(newlines=True) and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)
        self.at += 1

    def _quoted(self) -> str:
        quote = next(q for q in _QUOTES if self.text.startswith(q, self.at))
        start = self.at = self.at + len(quote)
        while not self.text.startswith(quote, self.at):
            self.at += 2 if self.text[self.at] == "\\" and quote[0] == '"' else 1
        said = self.text[start : self.at]
        self.at += len(quote)
        while len(quote) > 1 and self.text.startswith(quote[0], self.at):
            self.at += 1  # a quotation mark right before the closing three
        return said

    def _skip(self, *, newlines: bool = False) -> bool:
        """Go on to what is no space and no comment; False at the end of the text."""
        blank = " \t\n" if newlines else " \t"
        while self.at < len(self.text):
            if newlines and self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in blank:
                self.at += 1
            else:
                return True
        return False

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _note(self, path: str, line: int) -> None:
        self.lines.setdefault(path, line)


def _join(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part
