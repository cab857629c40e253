from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LEAKING = """
import asyncio

async def test_leaves_a_task() -> None:
    leaked.append(asyncio.create_task(asyncio.sleep(60), name="forgotten"))

async def test_cancels_its_task() -> None:
    asyncio.create_task(asyncio.sleep(60)).cancel()

def test_without_a_loop() -> None:
    pass

leaked: list[asyncio.Task[None]] = []
"""


@pytest.mark.timeout(60)
def test_a_test_that_leaves_a_task_behind_fails(tmp_path: Path) -> None:
    """The suite's own guard names a leaked task, and lets a tidy test pass."""
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import no_task_left_behind\n", encoding="utf-8"
    )
    (tmp_path / "test_leak.py").write_text(LEAKING, encoding="utf-8")
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--config-file",
            ROOT / "pyproject.toml",
            "--rootdir",
            tmp_path,
            "-p",
            "no:cacheprovider",
            tmp_path,
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert "the test left 1 task(s) running: ['forgotten']" in result.stdout, result.stdout
    assert "3 passed, 1 error" in result.stdout, result.stdout
