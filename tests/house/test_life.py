"""How somebody sees their life is no score, and no level, model or home ever reads it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("edge/life", "desk/life")
TABLES = re.compile(r"\blife_(?:round|answer|plan|segment|manager|contact)\b")
# Beside the package: the schema, and what a request erases or counts.
MAY_NAME_TABLES = {"desk/schema_life.py", "desk/requests.py"}
ADDING = {"sum", "fsum", "mean", "fmean", "median", "average", "total", "reduce", "accumulate"}
ADDING_SQL = re.compile(r"\b(?:sum|avg|total)\s*\(", re.IGNORECASE)


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def adding(text: str) -> list[str]:
    """Calls that make one number of many, in Python or SQL."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found += [name] if name in ADDING else []
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += ADDING_SQL.findall(node.value)
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [one.name for one in node.names if one.name in {"statistics", *ADDING}]
    return found


def test_nothing_of_it_is_ever_summed():
    """No sum and no mean in the code that keeps, shows or draws a round, nor in its SQL."""
    found = {path.name: adding(path.read_text(encoding="utf-8")) for path in sources(*OURS)}
    assert len(found) > 10
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_a_sum_is_noticed():
    """In each of its usual forms."""
    for text in ("sum(x)", "statistics.fmean(x)", "c.execute('SELECT avg(goal) FROM a')"):
        assert adding(text), text


def test_no_other_part_of_gateway_desk_or_models_reads_its_tables():
    """A segment enters no risk a second time: nobody else can have read it."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in sources("edge", "desk", "models")
        if TABLES.search(path.read_text(encoding="utf-8"))
        and not path.is_relative_to(ROOT / "desk/life")
    }
    assert found == MAY_NAME_TABLES
