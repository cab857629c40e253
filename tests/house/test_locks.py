from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {path.stem: path for path in sorted((ROOT / "requirements").glob("*.txt"))}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")

# The machines and Pythons that the locks serve, as pip sees them.
SERVED = [
    {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "posix",
        "extra": "",
    }
    for version in ("3.11", "3.12", "3.13")
    for machine in ("x86_64", "aarch64")
]


def entries(lock: Path) -> list[str]:
    """Each requirement with its continuation lines, comments left out."""
    lines = [
        line
        for line in lock.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return re.split(r"\n(?=\S)", "\n".join(lines))


def pins(lock: Path, machine: dict[str, str]) -> dict[str, str]:
    """The exact version of each package that pip would install on `machine`."""
    found: dict[str, str] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split(" \\\n")[0])
        if requirement.marker is None or requirement.marker.evaluate(machine):
            found[canonicalize_name(requirement.name)] = str(requirement.specifier)
    return found


def asked_for(*extras: str) -> list[Requirement]:
    project = PROJECT["project"]
    texts = list(project["dependencies"])
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


def test_there_is_a_lock_for_each_kind_of_installation() -> None:
    """Gateway, desk, demonstration and development have their own; the compared parsers too."""
    assert list(LOCKS) == ["demo", "desk", "dev", "fuzz", "gateway", "peers", "train"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str) -> None:
    """A lock says what, never where from: the installer's own source is used, by hash."""
    text = LOCKS[name].read_text(encoding="utf-8")
    assert "://" not in text
    options = {line.split()[0] for line in text.splitlines() if line.startswith("-")}
    assert options == set()


@pytest.mark.parametrize("name", LOCKS)
def test_each_requirement_is_exact_and_has_hashes(name: str) -> None:
    """Every entry is pinned with == and carries at least one SHA-256."""
    for entry in entries(LOCKS[name]):
        requirement = Requirement(entry.split(" \\\n")[0])
        assert [spec.operator for spec in requirement.specifier] == ["=="], entry
        assert SHA256.search(entry), entry


@pytest.mark.parametrize(
    "machine", SERVED, ids=lambda m: f"{m['python_version']}-{m['platform_machine']}"
)
def test_each_lock_serves_every_machine_and_python(machine: dict[str, str]) -> None:
    """What pyproject.toml asks for is in the lock, in an allowed version, on all of them."""
    wanted = {
        "gateway": asked_for("model"),
        "desk": asked_for("desk"),
        "dev": asked_for("model", "desk", "sim", "test"),
        "peers": asked_for("peers"),
    }
    for name, requirements in wanted.items():
        locked = pins(LOCKS[name], machine)
        for requirement in requirements:
            version = locked[canonicalize_name(requirement.name)].removeprefix("==")
            assert requirement.specifier.contains(version), f"{name}: {requirement} has {version}"


@pytest.mark.parametrize(
    "machine", SERVED, ids=lambda m: f"{m['python_version']}-{m['platform_machine']}"
)
def test_what_is_installed_is_what_was_tested(machine: dict[str, str]) -> None:
    """A gateway's and a desk's versions are those of the development lock."""
    tested = pins(LOCKS["dev"], machine)
    for name in ("gateway", "desk"):
        differing = {
            package: version
            for package, version in pins(LOCKS[name], machine).items()
            if tested.get(package) != version
        }
        assert differing == {}, name


def test_a_gateway_installs_without_desk_simulator_and_test_parts() -> None:
    """The gateway's lock holds none of the packages that only the other extras ask for."""
    locked = pins(LOCKS["gateway"], SERVED[0])
    others = {
        canonicalize_name(Requirement(text).name)
        for extra in ("sim", "test", "peers")
        for text in PROJECT["project"]["optional-dependencies"][extra]
    }
    assert others & set(locked) == set()
