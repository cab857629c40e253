"""A home's settings on another box: what is whose, in order, all or nothing."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge import config as settings
from edge.app.provisioning.profile import BOX_TABLES
from edge.app.provisioning.resettling import checked, missing, own_tables, put, resettled
from edge.config.writing import said, toml
from edge.errors import ConfigError
from tests.profile.homes import whole

OLD = """
[gateway]
id = "gw-0001"
site = "site-88"
customer = "c-0188"
zone = "Europe/Helsinki"
trusted_clock = true
[mqtt]
host = "old.example.org"
ca_file = "ca.pem"
username = "gw-0001"
[store]
path = "/data/home.db"
[ble]
adapter = "hci7"
[ingest]
username = "gw"
password_file = "/nowhere/password"
satellite = [{ id = "sat-1", room = "bedroom" }]
[rules]
meal_by_min = 780
[rules.night_door]
devices = ["front-door"]
[[serial]]
device = "robot-1"
port = "/dev/serial/by-id/not-here"
[[contact]]
device = "fall-1"
line = "/dev/serial/by-id/nor-here:cts"
[[modbus]]
device = "wired-1"
port = "/dev/null"
unit = 1
inputs = { 0 = "smoke" }
registers = { 0 = { kind = "temperature", scale = 0.1 } }
[[device]]
id = "robot-1"
driver = "appliance"
role = "medication_robot"
address = "MR-1042"
[[share]]
purpose = "upkeep of the devices"
kinds = ["battery"]
"""
SPARE = """
# my own box
[gateway]
id = "gw-spare"
site = "spare"
customer = "none"
[mqtt]
host = "new.example.org"
ca_file = "ca.pem"
username = "gw-spare"
password_file = "/etc/kotivahti/mqtt.password"
[store]
path = "/var/lib/kotivahti/home.db"
[ble]
adapter = "hci0"
"""
DEVICES = frozenset({"robot-1", "fall-1", "wired-1", "front-door"})
PUT = """
import sys
from pathlib import Path
from edge.app.provisioning.resettling import put
put(Path(sys.argv[1]), "# new\\n" * 2000)
"""


def home() -> dict[str, object]:
    """The settings as a profile holds them."""
    tables = {k: v for k, v in said(settings.parse(OLD, "old")).items() if k not in BOX_TABLES}
    del tables["gateway"]["id"]
    return tables


def spare(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(SPARE, encoding="utf-8")
    return path


def test_settings_said_again_are_the_same_settings() -> None:
    """Nested tables, quotes, backslashes, numbered keys: every value survives the writing."""
    config = settings.parse(OLD, "old")
    assert settings.parse(toml(said(config)), "new") == config


def test_the_home_moves_and_the_box_stays(tmp_path: Path) -> None:
    """Rules, lines, shares and site are the home's; id, broker, store, radio the box's."""
    path = spare(tmp_path)
    text = resettled(own_tables(path), whole(settings=home()))
    new, old, own = (settings.parse(t, "t") for t in (text, OLD, SPARE))
    assert (new.gateway.id, new.gateway.site) == ("gw-spare", "site-88")
    assert new.gateway.trusted_clock
    assert (new.mqtt, new.store, new.ble, new.control) == (
        own.mqtt, own.store, own.ble, own.control,
    )  # fmt: skip
    for table in ("rules", "serial", "contact", "modbus", "ingest", "share"):
        assert getattr(new, table) == getattr(old, table), table
    assert new.device == (), "devices come out of the profile, with their keys"
    assert "old.example.org" not in text
    assert checked(text, "t", DEVICES) == new


def test_what_this_box_lacks_is_listed(tmp_path: Path) -> None:
    """Ports and files by their names; what is there is not."""
    text = resettled(own_tables(spare(tmp_path)), whole(settings=home()))
    assert missing(settings.parse(text, "t")) == [
        "serial robot-1: /dev/serial/by-id/not-here",
        "contact fall-1: /dev/serial/by-id/nor-here:cts",
        "ingest password_file: /nowhere/password",
    ]


def test_settings_that_do_not_fit_are_refused_with_every_fault(tmp_path: Path) -> None:
    """A driver of another maker that is not installed; a line whose device is not there."""
    tables = home() | {"drivers": {"enable": ["acme_scale"]}}
    text = resettled(own_tables(spare(tmp_path)), whole(settings=tables))
    with pytest.raises(ConfigError, match="acme_scale"):
        checked(text, "t", DEVICES)
    text = resettled(own_tables(spare(tmp_path)), whole(settings=home()))
    with pytest.raises(ConfigError, match="robot-1"):
        checked(text, "t", frozenset())


def test_the_former_file_is_kept_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """Rights stay; the first former file is never overwritten by a later one."""
    path = spare(tmp_path)
    path.chmod(0o640)
    assert put(path, "# one\n")
    assert not put(path, "# one\n")
    assert put(path, "# two\n")
    assert path.read_text() == "# two\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "gateway.toml.before-replace").read_text(encoding="utf-8") == SPARE
    assert len(list(tmp_path.iterdir())) == 2, "nothing half-written is left"


@pytest.mark.timeout(30)
def test_a_full_disk_leaves_the_settings_as_they_were(tmp_path: Path) -> None:
    """The kernel's own refusal, in the middle of the new file."""
    path = spare(tmp_path)

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [sys.executable, "-c", PUT, str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small,
    )
    assert "free space" in done.stderr
    assert path.read_text(encoding="utf-8") == SPARE
    assert not list(tmp_path.glob(".*"))
