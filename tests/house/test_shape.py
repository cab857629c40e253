from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A file that cannot be read in one sitting holds more than one idea.
FILE_MAX_LINES = 400
# Two screens: what one can hold in the head while changing it.
FUNCTION_MAX_LINES = 70

CORE = (
    "edge/errors.py",
    "edge/domain.py",
    "edge/settings.py",
    "edge/ports.py",
    "edge/events.py",
    "edge/kinds.py",
    "edge/home",
    "edge/alerts",
    "edge/commissioning",
    "edge/drivers",
    "edge/escalation",
    "edge/profile",
    "edge/life",
    "edge/locating",
    "edge/svg.py",
    "edge/notification",
    "edge/advance.py",
    "edge/risk",
    "edge/uplink/envelope.py",
    "edge/uplink/sms/pdu",
)
# The model's process and the one who starts it are adapters.
NOT_CORE = {
    "edge/risk/runtime.py",
    "edge/risk/runtime_child.py",
    "edge/risk/runtime_files.py",
    "edge/risk/runtime_memory.py",
}

# What an import contract cannot see: a clock or a file reached by a built-in or a method.
IMPURE_METHODS = {"now", "today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes"}
IMPURE_BUILTINS = {"open", "print", "input", "breakpoint", "exec", "eval"}


def sources(*places: str) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_MAX_LINES:
                yield f"{name_of(path)}:{node.lineno} {node.name}: {lines} lines"


def impure_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(attr=called) if called in IMPURE_METHODS:
                yield f"{name_of(path)}:{node.lineno} .{called}()"
            case ast.Name(id=called) if called in IMPURE_BUILTINS:
                yield f"{name_of(path)}:{node.lineno} {called}()"


def test_no_file_is_too_long_to_read_at_once() -> None:
    """Every source file keeps to 400 lines."""
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources("edge", "desk", "benchmarks", "proofs", "models")
    }
    assert {name: n for name, n in lengths.items() if n > FILE_MAX_LINES} == {}


def test_no_function_is_longer_than_two_screens() -> None:
    """Every function of gateway and desk keeps to 70 lines."""
    found = [text for path in sources("edge", "desk") for text in long_functions(path)]
    assert found == []


def test_the_core_asks_no_clock_and_opens_no_file() -> None:
    """Time and bytes are arguments in the core: nothing there calls for them."""
    core = [path for path in sources(*CORE) if name_of(path) not in NOT_CORE]
    found = [text for path in core for text in impure_calls(path)]
    assert found == []


@pytest.mark.parametrize(
    "code", ["datetime.now()", "Path('x').read_text()", "open('x')", "print(1)"]
)
def test_an_impure_call_is_noticed(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search for impure calls finds each of the usual ones."""
    monkeypatch.setattr("tests.house.test_shape.ROOT", tmp_path)
    path = tmp_path / "module.py"
    path.write_text(f"def f():\n    return {code}\n", encoding="utf-8")
    assert len(list(impure_calls(path))) == 1


def test_a_long_function_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function of 71 lines is named, one of 70 is not."""
    monkeypatch.setattr("tests.house.test_shape.ROOT", tmp_path)
    path = tmp_path / "module.py"
    for lines, expected in ((70, 0), (71, 1)):
        path.write_text("async def f():\n" + "    x = 1\n" * (lines - 1), encoding="utf-8")
        assert len(list(long_functions(path))) == expected
