"""The scripts behind `make`, run as a person without root would run them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEED_DEBIAN = ROOT / "scripts/need-debian"
FIND_PYTHON = ROOT / "scripts/find-python"


def program(directory: Path, name: str, body: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder to stand for the whole search path: no broker, and nobody is root."""
    for tool in ("sh", "dirname", "head", "sed"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    program(tmp_path, "id", "echo 1000")
    return tmp_path


def run(script: Path, *arguments: str, path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `script` with nothing but `path` to find programs in."""
    # The script adds the folders of daemons by itself, so it is told that they are elsewhere.
    text = script.read_text(encoding="utf-8").replace(":/usr/sbin:/sbin:/usr/local/sbin", "")
    copy = path / f"copy-of-{script.name}"
    copy.write_text(text, encoding="utf-8")
    return subprocess.run(
        ["/bin/sh", str(copy), *arguments],
        env={"PATH": str(path), "HOME": str(path), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=9,
    )


def test_a_missing_package_stops_and_names_the_apt_line(bare: Path) -> None:
    """Without root the missing packages, all of them, come as one line to copy."""
    result = run(NEED_DEBIAN, "mosquitto", "systemd", path=bare)
    assert result.returncode == 2
    assert "sudo apt install mosquitto systemd" in result.stderr


def test_advice_does_not_stop(bare: Path) -> None:
    """`make run` goes on without Mosquitto and says how to get it."""
    result = run(NEED_DEBIAN, "--advise", "mosquitto", path=bare)
    assert result.returncode == 0
    assert "sudo apt install mosquitto" in result.stderr


def test_what_is_there_is_not_asked_for(bare: Path) -> None:
    """A package counts as present when the program that we use of it is."""
    program(bare, "mosquitto", "exit 0")
    result = run(NEED_DEBIAN, "mosquitto", path=bare)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_root_has_it_installed(bare: Path) -> None:
    """As root the missing package, and only that one, is installed with a message."""
    program(bare, "id", "echo 0")
    program(bare, "systemd-analyze", "exit 0")
    program(bare, "apt-get", f'echo "$@" >> {bare}/apt.log')
    result = run(NEED_DEBIAN, "mosquitto", "systemd", path=bare)
    assert result.returncode == 0
    assert "Installing Debian packages: mosquitto" in result.stdout
    log = (bare / "apt.log").read_text(encoding="utf-8").splitlines()
    assert log == [
        "update -qq",
        "install -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends mosquitto",
    ]


def test_a_failed_installation_stops(bare: Path) -> None:
    """When apt cannot install it, root is stopped as well."""
    program(bare, "id", "echo 0")
    program(bare, "apt-get", "exit 100")
    result = run(NEED_DEBIAN, "mosquitto", path=bare)
    assert result.returncode == 2
    assert "apt-get could not install: mosquitto" in result.stderr


def test_a_python_that_the_locks_do_not_serve_is_refused(bare: Path) -> None:
    """An older Python is passed over, and the message says what to install."""
    program(bare, "python3", "echo 3.9")
    result = run(FIND_PYTHON, path=bare)
    assert result.returncode == 2
    assert "No Python 3.11, 3.12, 3.13 found" in result.stderr
    assert "sudo apt install python3 python3-venv" in result.stderr


def test_the_preferred_python_is_the_plain_one(bare: Path) -> None:
    """`python3` is taken when it serves; a shim that refuses to run is not."""
    program(bare, "python3", "echo 3.12")
    program(bare, "python3.13", "exit 127")
    assert run(FIND_PYTHON, path=bare).stdout.strip() == str(bare / "python3")
    program(bare, "python3", "echo 3.10")
    program(bare, "python3.11", "echo 3.11")
    assert run(FIND_PYTHON, path=bare).stdout.strip() == str(bare / "python3.11")


def test_a_named_python_is_taken_or_refused(bare: Path) -> None:
    """PYTHON= wins over what is found, but not over what the locks serve."""
    program(bare, "mine", "echo 3.13")
    assert run(FIND_PYTHON, path=bare, PYTHON=str(bare / "mine")).stdout.strip() == str(
        bare / "mine"
    )
    program(bare, "mine", "echo 3.8")
    result = run(FIND_PYTHON, path=bare, PYTHON=str(bare / "mine"))
    assert result.returncode == 2
    assert "is not one of Python 3.11 3.12 3.13" in result.stderr


def test_each_command_that_make_offers_is_in_its_help() -> None:
    """`make help` lists every public target of the Makefile with a sentence."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert declared is not None
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
        timeout=9,
    ).stdout
    assert set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE)) == set(
        declared[1].split()
    )
