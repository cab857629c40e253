"""Short runs of the proofs, as `make test-slow`: the harness finds what it has to find."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from proofs.catalogue import BY_NAME
from proofs.running import missing
from tests.store import disks

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings(disks.TOLD),
]


@pytest.mark.parametrize("name", ["kills", "calls", "cuts", "disk", "memory"])
def test_a_short_run_keeps_its_limits(name: str) -> None:
    """The same code as the full proof, with fewer rounds; `cuts` also catches its mutant."""
    why = missing(BY_NAME[name])
    if why:
        warnings.warn(f"NOT PROVED HERE: {name}: {why}", stacklevel=1)
        return
    done = subprocess.run(
        [sys.executable, "-m", "proofs", name, "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
