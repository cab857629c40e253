from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
]

# One forbidden import for each contract, in the order of pyproject.toml.
VIOLATIONS = {
    "edge/domain.py": "import edge.app",
    "edge/drivers/base.py": "import edge.home",
    "edge/alerts/__init__.py": "import sqlite3",
    "edge/store/__init__.py": "import numpy",
    "edge/app/__init__.py": "import edge.risk.runtime_child",
    "edge/cli/__init__.py": "import edge.paper.child",
    "edge/sim/__init__.py": "import edge.drivers",
    "desk/__init__.py": "import edge.store",
    "edge/transports/__init__.py": "import desk",
    "edge/risk/__init__.py": "import edge.life",
    "edge/uplink/__init__.py": "import bleak",
}


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"],
        cwd=directory,
        env={"PYTHONPATH": str(directory), "PATH": "/usr/bin:/bin", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.mark.timeout(60)
def test_every_arrow_of_the_house_points_down() -> None:
    """The rings are kept: each contract of pyproject.toml holds for the code as it is."""
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.timeout(60)
def test_each_contract_notices_an_arrow_that_points_up(tmp_path: Path) -> None:
    """No contract is a dead letter: each is broken by one import that it forbids."""
    assert len(VIOLATIONS) == len(CONTRACTS), "a contract without a violation that shows it"
    for package in ("edge", "desk"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in VIOLATIONS.items():
        with (tmp_path / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    kept = [name for name in CONTRACTS if f"{name} BROKEN" not in result.stdout]
    assert not kept, f"not broken: {kept}\n{result.stdout}{result.stderr}"
