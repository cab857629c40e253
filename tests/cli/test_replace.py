"""`kotivahti profile` and `replace` at the terminal: asked, mistyped, refused, resumed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from edge.app.provisioning import resettling
from edge.cli import replace_steps
from edge.cli.call import call as through
from edge.cli.device import device
from edge.cli.profile import profile
from edge.cli.replace import replace
from edge.errors import ConfigError, ConfigFault
from edge.uplink.envelope import make_code, shown_code

KEY = "231d39c1d7cc1ab1aee224cd096db932"
ADDRESS = "54:48:E6:8F:80:A5"


class Box:
    """One box without a running gateway: commands open its database themselves."""

    def __init__(self, folder: Path, gateway: str, site: str) -> None:
        self.folder = folder
        self.settings = folder / "gateway.toml"
        folder.mkdir()
        self.settings.write_text(
            f'[gateway]\nid = "{gateway}"\nsite = "{site}"\ncustomer = "c"\n'
            '[mqtt]\nhost = "127.0.0.1"\ntls = false\n[ble]\nbackend = "off"\n'
            f'[store]\npath = "{folder}/home.db"\n[control]\nsocket = "{folder}/control.sock"\n',
            encoding="utf-8",
        )
        (folder / "home.db").touch()

    def run(self, command: click.Command, *args: str, typed: str = "", lang: str = "en") -> Result:
        options = [*args, "--config", str(self.settings), "--lang", lang]
        return CliRunner().invoke(command, options, input=typed)

    def json(self, command: click.Command, *args: str, typed: str = "") -> Any:
        result = self.run(command, *args, "--json", typed=typed)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


class Home:
    """A home with a button, its paper, and its profile on a stick."""

    def __init__(self, folder: Path) -> None:
        self.box = Box(folder / "old", "gw-old", "site-88")
        key = folder / "key.hex"
        key.write_text(KEY, encoding="ascii")
        added = self.box.run(
            *(device, "add", "help-button", "--driver", "bthome", "--role", "help_button"),
            *("--address", ADDRESS, "--room", "bedroom", "--key-file", str(key)),
        )
        assert added.exit_code == 0, added.output
        self.code = self.box.json(profile, "key", "--by", "anna")["code"]
        self.stick = folder / "home.profile"
        self.box.json(profile, "export", str(self.stick))


class Both:
    """That home and an empty spare."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.old, self.code = home.box, home.code
        self.stick = folder / "stick.profile"
        shutil.copy(home.stick, self.stick)
        self.spare = Box(folder / "spare", "gw-new", "spare")

    def take(self, *more: str, typed: str, lang: str = "en") -> Result:
        args = ("--by", "pekka", "--profile", str(self.stick), *more)
        return self.spare.run(replace, *args, typed=typed, lang=lang)

    def spares_devices(self) -> list[str]:
        return [row["id"] for row in self.spare.json(device, "list")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One for all tests that only read it."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def both(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    # Nobody answers here: no test waits for a desk.
    monkeypatch.setattr(replace_steps, "LATE_WITHIN_S", 0.0)
    return Both(home, tmp_path)


def test_asked_step_by_step_the_spare_is_the_home(both: Both) -> None:
    """The code unseen, the home shown, confirmed, taken; what is left to do stands at the end."""
    result = both.take(typed=f"{both.code.lower()}\ny\n\n")
    assert result.exit_code == 0, result.output
    assert both.code.lower() not in result.output, "typed unseen"
    assert "site-88" in result.stderr
    assert "devices: 1" in result.stderr
    assert "taken over from gw-old" in result.stdout
    assert "Restart to finish" in result.stdout
    assert "claim code" in result.stdout, "the desk does not know yet"
    assert both.spares_devices() == ["help-button"]
    text = both.spare.settings.read_text(encoding="utf-8")
    assert 'id = "gw-new"' in text
    assert 'site = "site-88"' in text
    assert KEY not in text


def test_run_again_it_asks_for_nothing_but_the_claim(both: Both) -> None:
    """Home and settings are there; the claim code was left for later."""
    both.take(typed=f"{both.code}\ny\n\n")
    again = both.spare.run(replace, "--by", "pekka", typed="\n")
    assert again.exit_code == 0, again.output
    assert "Recovery code" not in again.output
    assert "Restart" not in again.stdout


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_the_wrong_code_is_named_and_asked_again(both: Both, lang: str) -> None:
    """A typing error by its group, another home's paper as such."""
    first = both.code[0]
    mistyped = ("7" if first != "7" else "8") + both.code[1:]
    other = "000GC-40R4Y-0M301-E209M-185G2-R38EE"
    result = both.take(typed=f"{mistyped}\n{other}\n{both.code}\ny\n\n", lang=lang)
    assert result.exit_code == 0, result.output
    group, another = {
        "en": ("group 1", "another profile"),
        "fi": ("ryhmä 1", "toisen profiilin"),
        "sv": ("grupp 1", "en annan profil"),
    }[lang]
    assert group in result.stderr
    assert another in result.stderr


def test_after_three_wrong_codes_nothing_was_taken(both: Both) -> None:
    """Exit code 2: wrong input."""
    other = "000GC-40R4Y-0M301-E209M-185G2-R38EE"
    result = both.take(typed=f"x\n{other}\n{other}\n{both.code}\ny\n\n")
    assert result.exit_code == 2
    assert both.spares_devices() == []


def test_not_this_home_takes_nothing(both: Both) -> None:
    """The installer sees whose it is before anything happens; Ctrl-C is a no as well."""
    before = both.spare.settings.read_bytes()
    for typed in (f"{both.code}\nn\n", f"{both.code}\n", ""):
        result = both.take(typed=typed)
        assert result.exit_code != 0
        assert both.spares_devices() == []
        assert both.spare.settings.read_bytes() == before


def test_a_box_that_is_a_home_is_refused_before_any_question(both: Both) -> None:
    """The old box itself, and a home that was fitted anew."""
    result = both.old.run(replace, "--by", "pekka", "--profile", str(both.stick))
    assert result.exit_code == 1
    assert "two homes are never mixed" in result.stderr
    assert "Recovery code" not in result.output


def test_a_full_disk_in_the_settings_is_named_and_the_next_run_finishes(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home is taken, the settings are as they were; run again, it asks the code and writes."""
    before = both.spare.settings.read_bytes()

    def full(path: Path, *_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(resettling, "replace_file", full)
        result = both.take(typed=f"{both.code}\ny\n\n")
    assert result.exit_code == 1
    assert "No space left on device; free space" in result.stderr
    assert both.spare.settings.read_bytes() == before
    assert both.spares_devices() == ["help-button"]
    result = both.take(typed=f"{both.code}\n\n")
    assert result.exit_code == 0, result.output
    assert "Restart to finish" in result.stdout


def test_broken_settings_of_the_spare_are_told_before_anything(both: Both) -> None:
    """With file, line and column."""
    before = both.spare.settings.read_text(encoding="utf-8")
    both.spare.settings.write_text(before + "[oops\n", encoding="utf-8")
    broken = both.take(typed=f"{both.code}\ny\n\n")
    assert broken.exit_code == 2
    assert "(syntax)" in broken.stderr
    both.spare.settings.write_text(before, encoding="utf-8")
    assert both.spares_devices() == []


def test_settings_that_do_not_fit_are_told_with_every_fault(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing on this box is mended, and the command run again."""
    before = both.spare.settings.read_bytes()

    def faulty(text: str, file: str, _: object) -> None:
        assert "site-88" in text
        raise ConfigError([ConfigFault(file, "drivers.enable[0]", "'acme'", "install it")])

    with monkeypatch.context() as patched:
        patched.setattr(replace_steps, "checked", faulty)
        result = both.take(typed=f"{both.code}\ny\n\n")
    assert result.exit_code == 2
    assert "'acme'; install it" in result.stderr
    assert both.spare.settings.read_bytes() == before
    assert both.take(typed=f"{both.code}\n\n").exit_code == 0


@pytest.mark.parametrize("kept", [0, 3, 100, 4000])
def test_a_profile_cut_off_is_named_with_its_file(both: Both, kept: int) -> None:
    """Before any question; nothing is taken."""
    both.stick.write_bytes(both.stick.read_bytes()[:kept])
    result = both.take(typed=f"{both.code}\ny\n")
    assert result.exit_code == 2
    assert str(both.stick) in result.stderr
    assert f"ends at byte {kept}" in result.stderr
    assert both.spares_devices() == []


def test_a_second_code_is_asked_for_and_an_export_says_what_it_is(tmp_path: Path) -> None:
    """Renewing is confirmed; the header of an exported profile is for everybody."""
    home = Home(tmp_path)
    assert home.box.run(profile, "key", "--by", "anna", typed="n\n").exit_code == 1
    renewed = home.box.run(profile, "key", "--by", "anna", typed="y\n")
    assert renewed.exit_code == 0, renewed.output
    code = renewed.stdout.strip()
    assert len(code.split("-")) == 6
    assert code != home.code
    assert home.box.json(profile, "show", str(home.stick))["gateway"] == "gw-old"
    status = home.box.json(profile, "show")
    assert (status["key"]["by"], status["holds"]["devices"]) == ("anna", 1)
    assert code not in home.box.run(profile, "show").output


def test_a_send_without_a_line_is_refused(home: Home) -> None:
    """It names what to do instead."""
    refused = home.box.run(profile, "send")
    assert "start the gateway" in refused.stderr
    assert refused.exit_code != 0


def test_an_export_that_finds_no_room_leaves_nothing(home: Home, tmp_path: Path) -> None:
    """A folder that is not there."""
    result = home.box.run(profile, "export", str(tmp_path / "nowhere" / "x"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_the_card_of_another_box_is_named_and_everything_else_is_done(
    both: Both, home: Home
) -> None:
    """Exit code 1; the home is taken over, the card stays as it is."""
    card = both.stick.parent / "card"
    card.mkdir()
    Box(card / "other", "gw-other", "s").run(device, "list")
    result = both.take("--old-card", str(card / "other"), typed=f"{both.code}\ny\n\n")
    assert result.exit_code == 1
    assert "another box's card" in result.stdout
    assert "taken over from gw-old" in result.stdout
    assert both.spares_devices() == ["help-button"]
    left = both.spare.folder / ".old-card-killed"
    left.mkdir()
    (left / "home.db").write_bytes(b"readings")
    own = both.spare.run(
        *(replace, "--by", "pekka", "--old-card", str(home.box.folder)), typed="\n"
    )
    assert own.exit_code == 0, own.output
    assert "Alerts from the old card: 0" in own.stdout
    assert list(both.spare.folder.glob(".old-card-*")) == [], "no copy of a home is left behind"


RIGHT = shown_code(make_code(lambda _: 97))
WHOSE = {"id": "c-1", "kind": "replace", "name": "Aino", "address": "Mallikatu 5", "reason": ""}


@pytest.mark.parametrize(
    "state, profile_row, typed, said",
    [
        ("waiting", None, "", "has not answered yet"),
        ("refused", None, f"CODE\n{RIGHT}\n", "like 4K7Q-9ZMD-X2H"),
        ("refused", None, f"{RIGHT}\n", "refused the claim: no such code"),
        ("answered", None, "n\n", "Nothing was taken over"),
        ("confirmed", None, "", "has not come yet"),
        ("confirmed", {"number": 0, "replaces": "gw-old"}, "", "no profile of gw-old"),
        ("none", None, "", "No code was given"),
    ],
)
def test_what_the_desk_says_ends_in_a_sentence_with_what_to_do(
    both: Both,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    profile_row: dict[str, Any] | None,
    typed: str,
    said: str,
) -> None:
    """Nothing is taken; each is run again when the cause is gone."""
    asked: list[tuple[str, dict[str, Any]]] = []
    reason = "wrong_code" if state == "refused" else ""
    answers: dict[str, Any] = {
        "claim_state": WHOSE | {"state": state, "reason": reason},
        "claim_make": {"id": "c-1", "state": state},
        "claim_confirm": {},
        "replace_profile": profile_row,
    }

    def call(config: Any, do: str, args: dict[str, Any]) -> Any:
        asked.append((do, args))
        return answers[do] if do in answers else through(config, do, args)

    monkeypatch.setattr(replace_steps, "call", call)
    monkeypatch.setattr(replace_steps, "ANSWER_WITHIN_S", 0.0)
    monkeypatch.setattr(replace_steps, "PROFILE_WITHIN_S", 0.0)
    result = both.spare.run(replace, "--by", "pekka", typed=typed)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert ("claim_make" in [do for do, _ in asked]) is (RIGHT in typed)
    if state == "answered":
        assert ("claim_confirm", {"by": "pekka", "yes": False}) in asked
    assert both.spares_devices() == []


def test_a_name_that_is_none_is_refused_without_a_traceback(both: Both) -> None:
    """The gateway's own check, with its exit code."""
    result = both.spare.run(
        *(replace, "--by", "\x07", "--profile", str(both.stick), "--yes"), typed=f"{both.code}\n"
    )
    assert result.exit_code == 2
    assert "by holds a control character" in result.stderr
