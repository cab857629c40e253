"""`kotivahti escalation` as an installer uses it, with no gateway running."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main

PLAN = Path(__file__).parents[2] / "config/escalation.example.toml"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\ntrusted_clock = true\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n[ble]\nbackend = "off"\n'
        f'[store]\npath = "{tmp_path}/home.db"\n[control]\nsocket = "{tmp_path}/c.sock"\n',
        encoding="utf-8",
    )
    (tmp_path / "home.db").touch()
    return path


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["escalation", *args])


def test_a_plan_is_checked_kept_and_shown(config: Path) -> None:
    """By whom and when it was told; the same plan again is no new one."""
    at = ("--config", str(config))
    assert "a good plan: 3 levels, 3 recipients" in run("check", str(PLAN)).output
    assert "nobody is asked by text message" in run("show", *at).output
    for _ in range(2):
        done = run("set", str(PLAN), "--by", "installer.one", *at)
        assert done.exit_code == 0, done.output
        assert "the plan is in force: 3 levels, 3 recipients" in done.output
        assert "no modem" in done.output
    shown = run("show", *at, "--lang", "fi").output
    assert "taso 2\n  home-care  hoitaja  +358401234502  mon-fri 07:00-21:00" in shown
    assert "kertoi installer.one" in shown
    found = json.loads(run("show", *at, "--json").output)
    assert len(found["history"]) == 1
    assert json.loads(run("show", "--alert", "a", *at, "--json").output) == []


def test_a_bad_plan_names_file_key_and_mend(config: Path, tmp_path: Path) -> None:
    """And changes nothing: exit code 2, every fault on a line."""
    bad = tmp_path / "bad.toml"
    bad.write_text(PLAN.read_text("utf-8").replace("+358401234501", "+358112"), encoding="utf-8")
    for args in (["check", str(bad)], ["set", str(bad), "--by", "x", "--config", str(config)]):
        done = run(*args)
        assert done.exit_code == 2
        assert (
            f"{bad}: level[0].recipient[0].number: '+358112' is an emergency number; "
            "112 is never a level"
        ) in done.output
    faults = json.loads(run("check", str(bad), "--json").output)["faults"]
    assert [fault["key"] for fault in faults] == ["level[0].recipient[0].number"]
    assert json.loads(run("show", "--config", str(config), "--json").output)["plan"] is None


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    done = run("check", str(tmp_path / "none.toml"))
    assert done.exit_code == 2
    assert "none.toml" in done.output
    broken = tmp_path / "broken.toml"
    broken.write_text("[[level]\n", encoding="utf-8")
    assert run("check", str(broken)).exit_code == 2
