"""Third-party drivers: loaded when the settings name them, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import config
from edge.app.drivers import enable
from edge.app.imports import devices_of
from edge.drivers import DRIVERS
from edge.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "developer" / "acme_mat" / "acme_mat.py"
HOME = """
[gateway]
id = "gw-1"
site = "site-1"
customer = "c-1"
[mqtt]
host = "127.0.0.1"
tls = false
"""
MAT = """
[[device]]
id = "mat"
driver = "acme_mat"
role = "motion"
address = "54:48:E6:8F:80:A5"
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The walk-through's package as pip would leave it; the table is as before afterwards."""
    before = dict(DRIVERS)
    (tmp_path / "acme_mat.py").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    info = tmp_path / "kotivahti_acme_mat-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: kotivahti-acme-mat\nVersion: 1.0\n"
    )
    entry(tmp_path, "acme_mat = acme_mat:DRIVER")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    DRIVERS.clear()
    DRIVERS.update(before)


def entry(folder: Path, line: str) -> None:
    info = folder / "kotivahti_acme_mat-1.0.dist-info"
    (info / "entry_points.txt").write_text(f"[kotivahti.drivers]\n{line}\n")


def settings(extra: str) -> config.Config:
    return config.parse(HOME + extra, "gateway.toml")


def test_a_named_driver_is_loaded_and_enrols(installed: Path) -> None:
    """Named in the settings: its devices are read like ours."""
    asked = settings('[drivers]\nenable = ["acme_mat"]\n' + MAT)
    enable(asked)
    assert [one.driver for one in devices_of(asked, frozenset())] == ["acme_mat"]
    enable(asked)  # a command in the same process asks again


def test_an_installed_driver_that_nobody_named_is_not_loaded(installed: Path) -> None:
    """A package that lies there runs no line of code in the gateway."""
    asked = settings(MAT)
    enable(asked)
    assert "acme_mat" not in DRIVERS
    with pytest.raises(ConfigError, match="acme_mat"):
        devices_of(asked, frozenset())


@pytest.mark.parametrize(
    "line, told",
    [
        ("other = acme_mat:DRIVER", "no driver is called 'acme_mat'"),
        ("acme_mat = acme_mat:decode", "is no edge.drivers.base.Driver"),
        ("acme_mat = acme_mat_that_is_not_there:DRIVER", "cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_driver_that_cannot_be_had_stops_the_start(installed: Path, line: str, told: str) -> None:
    """Missing, not a driver, broken: the fault names the key and the mend."""
    entry(installed, line)
    with pytest.raises(ConfigError, match=told) as refused:
        enable(settings('[drivers]\nenable = ["acme_mat"]\n'))
    assert refused.value.faults[0].key == "drivers.enable[0]"
