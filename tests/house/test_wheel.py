from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(60)

# What a release needs to run, and where the wheel keeps it.
CARRIED = (
    "edge/cli/__init__.py",
    "edge/locale/*.toml",
    "desk/__init__.py",
    "edge/_data/config/checklists/*",
    "edge/_data/config/forms/3x10d-2.toml",
    "edge/_data/config/schemas/*.json",
    "edge/_data/config/*.schema.json",
    "edge/_data/config/gateway.example.toml",
    "edge/_data/models/current.json",
    "edge/_data/models/*/*/model.onnx",
    "edge/_data/config/model-signers.json",
    "edge/_data/config/legal_basis.toml",
    "edge/_data/config/medical_words.toml",
    "edge/_data/models/*/*/manifest.json",
    "edge/_data/models/*/*/manifest.sig",
    "edge/_data/models/*/*/*.svg",
    "edge/_data/models/*/*/MODEL_CARD.md",
    "edge/_data/models/*/*/golden.json",
    "edge/_data/systemd/kotivahti.service",
    "kotivahti-*.dist-info/licenses/LICENSE",
    "kotivahti-*.dist-info/entry_points.txt",
)

LEFT_OUT = (
    "tests/*",
    "benchmarks/*",
    "proofs/*",
    "*/__pycache__/*",
    "edge/_data/models/*.py",
    "requirements/*",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without a network or an isolated environment."""
    directory = tmp_path_factory.mktemp("wheel")
    result = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", directory],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(directory)
    return directory


def run_python(code: str, path: Path, *arguments: str) -> str:
    """Run `code` where nothing but the unpacked wheel provides `edge`."""
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize("pattern", CARRIED)
def test_the_wheel_carries_what_a_release_needs(wheel: Path, pattern: str) -> None:
    """Checklists, schemas, the example configuration, models and units travel in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        assert any(fnmatch(name, pattern) for name in archive.namelist())


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    """Tests, measurements and training code stay at home."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"edge", "desk"}
    assert [name for name in names if any(fnmatch(name, out) for out in LEFT_OUT)] == []


def test_an_installed_release_finds_its_own_files(unpacked: Path) -> None:
    """Resources come from the wheel, not from a checkout that happens to be near."""
    code = "from edge.resources import resource; print(resource('config/gateway.example.toml'))"
    found = Path(run_python(code, unpacked))
    assert found == unpacked / "edge/_data/config/gateway.example.toml"


def test_the_command_of_an_installed_release_answers(unpacked: Path) -> None:
    """`kotivahti --version` works from the wheel alone and says the wheel's version."""
    code = "import sys; sys.argv[0] = 'kotivahti'; from edge.cli import main; main()"
    (info,) = unpacked.glob("kotivahti-*.dist-info")
    version = info.name.removeprefix("kotivahti-").removesuffix(".dist-info")
    assert version in run_python(code, unpacked, "--version")
