from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd/kotivahti.service"
SYSTEM_UNITS = Path("/lib/systemd/system")

# Out of 100: 2.0 on the scale on which a bare unit scores 9.6.
EXPOSURE_MAX = 20

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    """A root file system with the unit installed and a program where it expects one."""
    program = tmp_path / "opt/kotivahti/current/bin/kotivahti"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "etc/kotivahti").mkdir(parents=True)
    (tmp_path / "etc/kotivahti/gateway.toml").touch()
    units = tmp_path / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for target in ("sysinit", "basic", "shutdown", "multi-user"):
        shutil.copy(SYSTEM_UNITS / f"{target}.target", units)
    install(tmp_path, UNIT.read_text(encoding="utf-8"))
    return tmp_path


def install(root: Path, unit: str) -> None:
    place = root / "etc/systemd/system/kotivahti.service"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(unit, encoding="utf-8")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def complaints(root: Path) -> list[str]:
    """What `systemd-analyze verify` says; an unknown key is a warning only, with exit code 0."""
    result = analyze("verify", f"--root={root}", "kotivahti.service")
    said = (result.stdout + result.stderr).splitlines()
    return said if said or result.returncode == 0 else [f"exit code {result.returncode}"]


def settings(key: str) -> list[str]:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def test_systemd_has_nothing_to_say_about_the_unit(staged: Path) -> None:
    """On a staged root the unit is verified without a single warning."""
    assert complaints(staged) == []


@pytest.mark.parametrize(
    "right, wrong, said",
    [
        ("WatchdogSec=30", "WatchdogSecs=30", "Unknown key 'WatchdogSecs'"),
        ("Restart=always", "Restart=allways", "Failed to parse service restart"),
        ("bin/kotivahti run", "bin/kotivahdi run", "is not executable"),
        ("[Service]", "[Servise]", "Unknown section 'Servise'"),
    ],
)
def test_a_wrong_line_is_noticed(staged: Path, right: str, wrong: str, said: str) -> None:
    """The same check finds a misspelt key, value, section and a program that is not there."""
    text = UNIT.read_text(encoding="utf-8")
    assert right in text
    install(staged, text.replace(right, wrong))
    assert said in "\n".join(complaints(staged))


def test_the_sandbox_is_tight_enough(staged: Path) -> None:
    """`systemd-analyze security` rates the unit's exposure at 2.0 or less."""
    result = analyze(
        "security",
        "--offline=yes",
        f"--threshold={EXPOSURE_MAX}",
        f"--root={staged}",
        "kotivahti.service",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_looser_sandbox_is_noticed(staged: Path) -> None:
    """Without two of its protections the same unit is refused."""
    text = UNIT.read_text(encoding="utf-8")
    install(staged, text.replace("ProtectSystem=strict\n", "").replace("User=kotivahti\n", ""))
    result = analyze(
        "security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", f"--root={staged}",
        "kotivahti.service",
    )  # fmt: skip
    assert result.returncode != 0


def test_the_gateway_waits_for_nobody_upstream() -> None:
    """No line orders the start after a network, a clock or a broker."""
    asked_for = {
        word
        for key in ("Wants", "After", "Requires", "BindsTo")
        for line in settings(key)
        for word in line.split()
    }
    drivers = {"modprobe@usbserial.service", "modprobe@cdc_acm.service"}
    assert asked_for == {"bluetooth.service", *drivers}


def test_the_gateway_is_restarted_for_ever_and_watched() -> None:
    """Nothing leaves the home unwatched: no start limit, a watchdog, a restart on any end."""
    assert settings("StartLimitIntervalSec") == ["0"]
    assert settings("Restart") == ["always"]
    assert settings("Type") == ["notify"]
    assert settings("WatchdogSec") == ["30"]


def test_system_calls_that_the_gateway_needs_stay_allowed() -> None:
    """The clock's state and the control socket's group survive the filter, as its last word."""
    assert settings("SystemCallFilter") == [
        "@system-service",
        "~@privileged @resources",
        "adjtimex clock_adjtime @chown setpriority",
    ]
