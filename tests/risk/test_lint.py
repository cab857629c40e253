"""The linter names file, line, key, what is wrong and the mend; the shipped lists are clean."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.checklists import LIST_BYTES_MAX, lint
from edge.resources import resource
from edge.risk.toml_lines import line_of, lines_of

SHIPPED = sorted(resource("config/checklists").glob("*.toml"))

# (file, what is changed, into what, the key told, words of the reason)
BROKEN = [
    ("fall", 'id = "FA-20"', 'id = "FA-19"', "item[19].id", "already the id of item[18]"),
    ("fall", 'id = "FA-20"', 'id = "FS-01"', "item[19].id", "already an item of"),
    ("fall", ', sv = "Fall", en = "Falls"', ', en = "Falls"', "item[0].label.sv", "is missing"),
    ("fall", '"once", points = 3', '"once", points = 5', "answers[2].points", "is less than"),
    ("fall", "critical = true, due_days = 2, label", "critical = true, label", "due_days", "is mi"),
    ("fall", 'gates = ["A"]', 'gates = ["Z"]', "item[24].gates", "names 'Z'"),
    ("fall", "from = 12", "from = 13", "levels.bands[1].from", "12 to 12 belong to no band"),
    ("fall", "from = 20", "from = 19", "levels.bands[2].from", "inside the band before"),
    ("fall", "from = 28 }", "from = 28, to = 40 }", "levels.bands[3].to", "ends the highest"),
    ("fall", '"tag.not_worn"', '"tag.lost"', "signals[0].signal", "which no device gives"),
    ("fall", 'suggests = "not_worn"', 'suggests = "lost"', "signals[0].suggests", "does not have"),
    ("fall", "value = 1, asks = true", "value = 1", "signals[0].suggests", "is missing"),
    (
        "fall",
        "1, asks = true",
        '1, asks = true, suggests = "no"',
        "signals[0].suggests",
        "beside asks",
    ),
    ("fall", 'shared = "memory"', 'shared = "goods"', "item[10].shared", "has other answers in"),
    ("fall", "months = [11,", "months = [13,", "item[23].months", "names month 13"),
    ("fall", 'validity = "structure"\n', "", "item[11].validity", "is missing"),
    ("fall", 'home_care", fallback = "nurse" }', 'home_care" }', "fallback", "is missing"),
    ("fall", 'refs = ["expert"]', 'refs = ["nobody"]', "item[8].refs", "names 'nobody'"),
    ("ten", 'opens = ["FS-21",', 'opens = ["FS-99",', "item[5].opens", "no list beside this one"),
    ("ten", 'answer = "TE-07:no"', 'answer = "TE-07:maybe"', "and_any_of[0].answer", "worst"),
    ("ten", 'hazard = "fall"', 'hazard = "noise"', "gates.F.hazard", "noise"),
    ("ten", 'gates = ["F"]', 'gates = ["I"]', "item[9].gates", "about none of: fall"),
    ("fire", "grade_1 = 4", "grade_1 = 8", "gates.E.grade_2", "not above grade_1"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in SHIPPED:
        shutil.copy(path, tmp_path)
    return tmp_path


def test_the_shipped_lists_have_no_fault() -> None:
    """Alone and together."""
    assert len(SHIPPED) == 3
    assert lint(SHIPPED) == []


@pytest.mark.parametrize("name,old,new,key,wrong", BROKEN)
def test_each_fault_is_told_with_its_line(
    folder: Path, name: str, old: str, new: str, key: str, wrong: str
) -> None:
    """One change breaks the list; the line told is the changed one, or the item around it."""
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [f for f in lint([path]) if key in f.key and wrong in f.wrong]
    assert found, lint([path])
    assert all(f.mend and f.file == str(path) for f in found)
    assert min(abs(f.line - line) for f in found) <= 4


def test_what_is_no_toml_is_told_with_its_line(folder: Path) -> None:
    """The line that the parser gave up at."""
    path = folder / "fall.toml"
    path.write_text('id = "fall"\nversion = \n', encoding="utf-8")
    (flaw,) = lint([path])
    assert (flaw.line, flaw.key) == (2, "(file)")


def test_a_huge_or_absent_file_is_a_fault(folder: Path) -> None:
    """Neither is read into memory whole, nor a traceback."""
    (folder / "huge.toml").write_bytes(b"#" * (LIST_BYTES_MAX + 1))
    flaws = lint([folder / "huge.toml", folder / "absent.toml"])
    assert [f.line for f in flaws] == [1, 1]


def test_a_broken_neighbour_is_not_held_against_a_list(folder: Path) -> None:
    """Items of a list that cannot be read may well be there."""
    (folder / "fire.toml").write_text("id = 3", encoding="utf-8")
    assert lint([folder / "ten.toml"]) == []


def paths(value: Any, path: str = "") -> set[str]:
    """Every key of parsed TOML, as faults tell them."""
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, one in value.items():
            found |= paths(one, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            found |= paths(one, f"{path}[{number}]")
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_every_key_has_a_line(path: Path) -> None:
    """No key of a shipped list is without its line, and the line has its last part in it."""
    text = path.read_text(encoding="utf-8")
    lines, rows = lines_of(text), text.split("\n")
    for key in paths(tomllib.loads(text)):
        if key == "item":
            continue  # an array of tables has a line for each of its tables
        assert key in lines
        last = key.rpartition(".")[2].partition("[")[0]
        near = rows[lines[key] - 1]
        assert last in near or key.endswith("]")


@pytest.mark.parametrize(
    "text,key,line",
    [
        ('a = """x\n[b]\n"""\nc = 1\n', "c", 4),
        ("a = '''\n'quoted'''''\nc = 1\n", "c", 3),
        ('a = "\\"[b]"\n[t]\nb.c = { d = [1,\n 2] }\n', "t.b.c.d[1]", 4),
        ("[[x]]\n[[x.y]]\n[[x.y]]\nk = 1\n[[x]]\n[[x.y]]\nk = 2\n", "x[1].y[0].k", 7),
        ('"quoted key" = 1\n\n[a."b c"]\nd = 2\n', "a.b c.d", 4),
        ("a = [ # one\n  1, # two\n  { b = 3 },\n]\n", "a[1].b", 3),
        ("a = 1979-05-27T07:32:00Z\nb = -inf\r\nc = 1\n", "c", 3),
    ],
)
def test_lines_of_difficult_toml(text: str, key: str, line: int) -> None:
    """Strings of several lines, quoted keys, nested arrays of tables, comments within lists."""
    tomllib.loads(text)
    assert lines_of(text)[key] == line
    assert line_of(lines_of(text), f"{key}.more[3].still") == line


VALUE = st.recursive(
    st.integers(-5, 5)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


def written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(written(v) for v in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


@given(value=VALUE)
def test_whatever_is_written_is_walked_to_its_end(value: Any) -> None:
    """Any nest of lists and tables: every key found, and what follows is on its own line."""
    text = f"first = {written(value)}\nlast = 1\n"
    data = tomllib.loads(text)
    lines = lines_of(text)
    assert paths(data) <= set(lines)
    assert lines["last"] == text.count("\n")
