"""`kotivahti pager` at the terminal: help, exit codes, JSON, three languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edge.cli import pager as pager_cli
from edge.cli.main import main
from edge.locale import LANGUAGES, catalogue
from edge.uplink.sms.pdu import submit

LIVE: dict[str, Any] = {
    "up": True, "detail": "", "checked": "2026-03-02T12:00Z", "last_sent": None,
    "standing": {"registered": True, "network": "registered", "signal_dbm": -73,
                 "stored": 2, "room_for": 10},
    "opened": 1, "sent": 3, "failed": 0, "refused": 1, "received": 4,
    "unsound": {"long": 2, "binary": 1},
}  # fmt: skip


def run(folder: Path, *command: str, lang: str = "en") -> Result:
    (folder / "gateway.toml").write_text(
        '[gateway]\nid = "gw-1"\nsite = "site-88"\ncustomer = "c-1"\n[ble]\nbackend = "off"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{folder}/home.db"\n[control]\nsocket = "{folder}/control.sock"\n',
        encoding="utf-8",
    )
    (folder / "home.db").touch()
    args = [*command, "--config", str(folder / "gateway.toml"), "--lang", lang]
    return CliRunner().invoke(main, args)


@pytest.mark.parametrize("command", ["status", "test"])
def test_help_has_examples(command: str) -> None:
    found = CliRunner().invoke(main, ["pager", command, "--help"])
    assert found.exit_code == 0
    assert f"kotivahti pager {command}" in found.output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_modem_it_says_so(tmp_path: Path, lang: str) -> None:
    """Exit code 1: nothing could be sent now. By JSON too."""
    found = run(tmp_path, "pager", "status", lang=lang)
    assert found.exit_code == 1, found.output
    assert catalogue(lang)["pager.none"] in found.output
    told = run(tmp_path, "pager", "status", "--json", lang=lang)
    assert json.loads(told.stdout) == {"configured": False, "running": False, "pager": None}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_test_message_needs_a_gateway_that_runs(tmp_path: Path, lang: str) -> None:
    found = run(tmp_path, "pager", "test", "+358401234567", lang=lang)
    assert found.exit_code == 1
    assert catalogue(lang)["device.no_gateway"] in found.output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_that_is_known_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """Every line of a modem that is up, without a gap in any language; then of one that is not."""
    found = {"configured": True, "running": True, "pager": LIVE}
    monkeypatch.setattr(pager_cli, "call", lambda *_: found)
    result = run(tmp_path, "pager", "status", lang=lang)
    assert result.exit_code == 0
    assert "-73 dBm" in result.output
    assert "binary 1, long 2" in result.output
    assert "2026-03-02 12:00 UTC" in result.output
    assert not set(result.output) & {"{", "[", "}"}
    found["pager"] = LIVE | {"up": False, "detail": "no network: denied", "standing": None}
    down = run(tmp_path, "pager", "status", lang=lang)
    assert down.exit_code == 1
    assert "no network: denied" in down.output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_test_sentence_is_one_message(lang: str) -> None:
    """In the GSM alphabet, in every language."""
    assert submit("+358401234567", catalogue(lang)["pager.test"]).tpdu[11] == 0
