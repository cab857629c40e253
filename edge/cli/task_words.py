"""Words of tasks and of the visit's list for people."""

from __future__ import annotations

from typing import Any

from edge.domain import Scalar
from edge.locale import render

FALLBACK = "en"
Row = dict[str, Any]


def say(lang: str, key: str, **params: Scalar) -> str:
    """The words of `task.<key>`."""
    return render(lang, f"task.{key}", params)


def term(lang: str, table: str, value: str) -> str:
    return render(lang, f"{table}.{value}", {})


def spoken(words: dict[str, str], lang: str, code: str = "") -> str:
    """Words of a list in this language, in English, or the code where it has none."""
    return words.get(lang) or words.get(FALLBACK) or code


def task_line(row: Row, lang: str) -> str:
    """One line: what, how bad, its state, who, until when."""
    mark = "!" if row["critical"] else " "
    label = spoken(row["label"], lang)
    answer = spoken(row["answer"], lang, row["code"])
    parts = [f"{mark} {row['id']}  {label}: {answer}", term(lang, "task_state", row["state"])]
    parts.append(spoken(row["responsible_words"], lang, row["responsible"]))
    if row["due"]:
        parts.append(due_words(row, lang))
    if row["ordered_until"]:
        who = spoken(row["ordered_words"], lang, row["ordered_by"])
        parts.append(say(lang, "ordered", who=who, day=row["ordered_until"]))
    if row["times"] > 1:
        parts.append(say(lang, "times", n=row["times"]))
    return "; ".join(parts)


def due_words(row: Row, lang: str) -> str:
    return say(lang, "overdue" if row["overdue"] else "due", day=row["due"])
