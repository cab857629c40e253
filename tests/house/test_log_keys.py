"""Every key that any line of ours logs is one of the harmless ones, or comes out as [removed]."""

from __future__ import annotations

import ast
from pathlib import Path

from edge.log import SAFE_KEYS

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# What structlog itself takes.
OWN = {"exc_info", "stack_info"}


def _logged(tree: ast.AST) -> list[tuple[int, str]]:
    return [
        (call.lineno, key.arg or "**")
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in LEVELS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"log", "_log"}
        for key in call.keywords
    ]


def test_no_line_logs_a_key_that_would_be_removed():
    """A key that is not in the list tells nobody anything: name it, or log something else."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {key}"
        for package in ("edge", "desk")
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, key in _logged(ast.parse(path.read_text(encoding="utf-8")))
        if key not in SAFE_KEYS | OWN
    ]
    assert wrong == []


def test_the_list_holds_nothing_of_a_person():
    """Names, readings, addresses, keys and notes are not in it, and stay out."""
    assert not SAFE_KEYS & {
        "value", "name", "address", "mac", "key", "note", "room", "person", "by", "title", "params",
        "latitude", "phone", "body", "payload", "evidence", "password",
    }  # fmt: skip
