"""The device commands at the terminal: without a gateway, with a stand-in, in three languages."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from edge.cli.device import device
from edge.cli.device_words import reading
from edge.control.protocol import Peer
from edge.control.server import ControlServer, Handler, Stream
from edge.kinds import KINDS
from edge.locale import LANGUAGES

KEY = "231d39c1d7cc1ab1aee224cd096db932"
ADDRESS = "54:48:E6:8F:80:A5"
ADD = (
    "add", "help-button", "--driver", "bthome", "--role", "help_button", "--address", ADDRESS,
    "--room", "bedroom",
)  # fmt: skip


class Desk:
    """One terminal over one settings file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "gateway.toml"
        self.socket = folder / "control.sock"
        self.settings.write_text(
            '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
            '[mqtt]\nhost = "127.0.0.1"\ntls = false\n[ble]\nbackend = "off"\n'
            f'[store]\npath = "{folder}/home.db"\n[control]\nsocket = "{self.socket}"\n',
            encoding="utf-8",
        )
        (folder / "home.db").touch()  # a database that is still empty: no gateway is needed

    def run(self, *command: str, typed: str = "", lang: str = "en") -> Result:
        args = [*command, "--config", str(self.settings), "--lang", lang]
        return CliRunner().invoke(device, args, input=typed)

    def json(self, *command: str) -> Any:
        result = self.run(*command, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@contextmanager
def gateway(
    desk: Desk, streams: dict[str, Stream], handlers: dict[str, Handler] | None = None
) -> Iterator[None]:
    """A control socket that streams what a test says, in a thread of its own."""
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with ControlServer(desk.socket, handlers or {}, streams).serving():
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(8)
        yield
    finally:
        done.set()
        thread.join()


def says(*rows: dict[str, Any]) -> Stream:
    async def stream(_: dict[str, Any], __: Peer) -> AsyncGenerator[dict[str, Any], None]:
        for row in rows:
            yield row

    return stream


@pytest.mark.parametrize("name", sorted(device.commands))
def test_every_command_explains_itself(name: str):
    """Words, at least one example, and `--json`."""
    command = device.commands[name]
    text = command.get_help(click.Context(command, info_name=name))
    assert "Example" in text
    assert f"kotivahti device {name}" in text
    assert "--json" in text
    assert "--lang" in text


def test_without_a_gateway_the_database_is_changed(desk: Desk):
    """Added, listed, shown, changed and removed: the same words as through a gateway."""
    key = desk.folder / "key.hex"
    key.write_text(KEY + "\n", encoding="ascii")
    added = desk.run(*ADD, "--key-file", str(key), lang="fi")
    assert added.exit_code == 0, added.output
    assert "liitetty: turvapainike, makuuhuone" in added.output
    (row,) = desk.json("list")
    assert (row["id"], row["keyed"], row["address"]) == ("help-button", True, ADDRESS)
    assert "NO GATEWAY RUNS" in desk.run("show", "help-button").output
    assert desk.json("add", "help-button", "--room", "kitchen")["devices"][0]["change"] == "changed"
    assert desk.run("remove", "help-button", typed="n\n").exit_code == 2
    assert desk.run("remove", "help-button", typed="y\n").exit_code == 0
    assert desk.json("list") == []
    assert desk.run("remove", "help-button", "--yes").exit_code == 2


def test_a_key_is_never_told_back(desk: Desk):
    """Typed unseen, or from a file; a wrong one is refused without its digits."""
    result = desk.run(*ADD, "--key-prompt", typed=KEY + "\n")
    assert result.exit_code == 0, result.output
    assert KEY not in result.output
    bad = desk.folder / "bad.hex"
    bad.write_text(KEY[:-1], encoding="ascii")
    for options, typed in ((("--key-file", str(bad)), ""), (("--key-prompt",), KEY[:-1] + "\n")):
        result = desk.run(*ADD, *options, typed=typed)
        assert result.exit_code == 2
        assert KEY[:8] not in result.output
        assert "32 hexadecimal digits" in result.output
    assert KEY not in "".join(p.name for p in device.commands["add"].params if p.name)


def test_a_plain_button_is_warned_of(desk: Desk):
    """An alarm that anybody near could send is told, and enrolled all the same."""
    result = desk.run(*ADD, lang="sv")
    assert result.exit_code == 0
    assert "utan nyckel" in result.stderr


def test_a_refused_device_names_the_option(desk: Desk):
    """Fault and mend, exit 2."""
    result = desk.run("add", "x", "--driver", "bthome", "--role", "vitals", "--address", ADDRESS)
    assert result.exit_code == 2
    assert "role: 'vitals'" in result.stderr
    assert "bthome can be:" in result.stderr


@pytest.mark.parametrize("more", [(), ("--driver", "appliance")])
def test_a_port_is_no_address(desk: Desk, more: tuple[str, ...]):
    """Said at once and with the mend, before anything is listened to."""
    port = "/dev/serial/by-id/usb-robot"
    found = {"done": True, "heard": True, "port": port, "driver": "appliance", "claim": 100}
    with gateway(desk, {"device_identify": says(found)}, {"device_list": _nothing}):
        result = desk.run("add", "robot", "--address", port, *more)
    assert result.exit_code == 2, result.output
    assert "serial number" in result.output
    assert f"kotivahti device identify {port}" in result.output


async def _nothing(_: dict[str, Any], __: Peer) -> list[Any]:
    return []


def test_a_file_tells_every_fault_with_its_table(desk: Desk):
    """Faults of keys and tables in one go; the number is that of the file."""
    file = desk.folder / "devices.toml"
    file.write_text(
        '[[device]]\nid = "a"\ndriver = "bthome"\nrole = "door"\naddress = "x"\n'
        'gateway = "gw-other"\n'
        '[[device]]\nid = "b"\ndriver = "bthome"\nrole = "door"\naddress = "x"\n'
        '[[device]]\nid = "c"\ndriver = "bthome"\nrole = "door"\n'
        'address = "54:48:E6:8F:80:A6"\nkey_file = "no.hex"\n[rooms]\n',
        encoding="utf-8",
    )
    result = desk.run("import", str(file))
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    keys = [re.sub(r"^.*?: ", "", line).split(":")[0] for line in lines]
    assert keys == ["rooms", "device[2].key_file", "device[1].address"]
    assert desk.json("list") == []


def test_an_ok_button_needs_a_key(desk: Desk):
    """What it says lowers a call; of a device that keeps its key the key need not be said again."""
    add = ["ok-button" if word == "help-button" else word for word in ADD]
    add = ["ok_button" if word == "help_button" else word for word in add]
    result = desk.run(*add)
    assert result.exit_code == 2
    assert "without a key anybody could send its word" in result.stderr
    assert desk.json("list") == []
    assert desk.run(*add, "--key-prompt", typed=KEY + "\n").exit_code == 0
    assert desk.run(*add, "--room", "hallway").exit_code == 0
    assert desk.json("list")[0]["keyed"] is True


@pytest.mark.parametrize("text", ["", "[[devices]]\nid = 'a'\n", "[device]\nid = 'a'\n"])
def test_a_file_without_devices_says_how_one_is_written(desk: Desk, text: str):
    """Also when they were spelt otherwise: then that is said as well, and as JSON when asked."""
    file = desk.folder / "devices.toml"
    file.write_text(text, encoding="utf-8")
    result = desk.run("import", str(file), "--json")
    assert result.exit_code == 2
    faults = json.loads(result.stdout)["faults"]
    assert faults[-1]["mend"] == "write each device as a [[device]] table"
    assert [f["key"] for f in faults[:-1]] == (["devices"] if "devices" in text else [])


def test_key_files_are_found_beside_the_file(desk: Desk):
    """A folder with file and keys can be carried to each home."""
    (desk.folder / "b.hex").write_text(KEY, encoding="ascii")
    file = desk.folder / "devices.toml"
    file.write_text(
        f'[[device]]\nid = "b"\ndriver = "bthome"\nrole = "help_button"\naddress = "{ADDRESS}"\n'
        'key_file = "b.hex"\ngateway = "gw-1"\n',
        encoding="utf-8",
    )
    assert "dry run" in desk.run("import", str(file), "--dry-run").output
    assert desk.json("list") == []
    assert desk.run("import", str(file)).exit_code == 0
    assert desk.json("list")[0]["keyed"] is True


@pytest.mark.parametrize("command", ["scan", "identify", "test", "pair"])
def test_listening_needs_a_gateway(desk: Desk, command: str):
    """Said in words, exit 1."""
    desk.run(*ADD)
    target = {"scan": (), "identify": (ADDRESS,), "test": ("help-button", "--yes")}
    result = desk.run(command, *target.get(command, ("help-button",)), lang="fi")
    assert result.exit_code == 1
    assert "yhdyskäytävä ei ole käynnissä" in result.stderr


SIGHTING: dict[str, Any] = {
    "address": ADDRESS, "name": None, "rssi_dbm": -61, "packets": 4, "heard_s_ago": 0,
    "device": None, "driver": "bthome", "title": "BTHome v2", "claim": 90,
    "why": [{"part": "service_data", "id": "0xFCD2", "head": "45"}], "model": "SBBT-002C",
    "needs_key": True, "noise": False,
}  # fmt: skip
TABLE: dict[str, Any] = {
    "done": True, "radio": True, "left_s": 0, "packets": 5, "advertisers": 2, "not_shown": 0,
    "rows": [SIGHTING, SIGHTING | {"address": "5A:00:00:00:00:01", "driver": None, "claim": 0,
                                   "why": [], "needs_key": False, "noise": True}],
    "ports": [{"port": "/dev/ttyUSB0", "device": None, "product": "FT232R", "there": True,
               "stable": False, "warning": "b"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "lang, words", [("fi", "tarvitsee avaimen"), ("sv", "behöver nyckel"), ("en", "needs key")]
)
def test_a_scan_is_a_table_with_reasons(desk: Desk, lang: str, words: str):
    """Driver, model, claim and why; a stranger's address only with --all; ports with warnings."""
    with gateway(desk, {"device_scan": says(TABLE)}):
        shown = desk.run("scan", lang=lang).output
        everything = desk.run("scan", "--all", lang=lang).output
    assert "bthome SBBT-002C 90" in shown
    assert "0xFCD2" in shown
    assert words in shown
    assert "5A:00:00:00:00:01" not in shown
    assert "5A:00:00:00:00:01" in everything
    assert "/dev/serial" in shown


def test_ctrl_c_ends_a_scan_with_what_was_seen(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Whoever has seen enough gets the table so far, and exit 0."""

    def ctrl_c(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("edge.cli.device_listen.progress", ctrl_c)
    with gateway(desk, {"device_scan": says(TABLE | {"done": False, "left_s": 9.5}, TABLE)}):
        result = desk.run("scan", "--json")
    assert result.exit_code == 0
    assert [row["address"] for row in json.loads(result.stdout)["rows"]] == [ADDRESS]


def test_pairing_says_what_to_do_and_asks_for_the_number(desk: Desk):
    """Each step in words; the digits go to the gateway; exit 0 only when it is proven."""
    typed: list[str] = []

    async def passkey(args: dict[str, Any], _: Peer) -> dict[str, Any]:
        typed.append(args["passkey"])
        return {}

    steps = ("looking", "found", "passkey", "bonded", "power_cycle", "verified", "done")
    rows = [{"step": step, "params": {}} for step in steps]
    with gateway(desk, {"device_pair": says(*rows)}, {"device_passkey": passkey}):
        result = desk.run("pair", ADDRESS, typed="123 456\n", lang="fi")
    assert result.exit_code == 0, result.output
    assert typed == ["123456"]
    assert "paritustilaan" in result.output
    assert "paristo" in result.output
    refused = {"step": "failed", "params": {"text": "clear its pairings"}}
    with gateway(desk, {"device_pair": says(rows[0], refused)}):
        result = desk.run("pair", ADDRESS)
    assert result.exit_code == 1
    assert "FAILED: clear its pairings" in result.output


PRESS = {"kind": "button", "value": "long_press 2", "unit": "1", "quality": "ok"}


@pytest.mark.parametrize(
    "lang, words",
    [
        ("fi", "kuultu: painike: pitkä painallus, painike 2"),
        ("sv", "hörd: knapp: lång tryckning, knapp 2"),
        ("en", "heard: button: long press, button 2"),
    ],
)
def test_a_test_says_what_was_heard_in_words(desk: Desk, lang: str, words: str):
    """Codes are for scripts."""

    async def show(_: dict[str, Any], __: Peer) -> dict[str, Any]:
        return {"role": "help_button", "raises": True}

    rows = ({"step": "heard", "observation": PRESS}, {"step": "result", "ok": True})
    with gateway(desk, {"device_test": says(*rows)}, {"device_show": show}):
        result = desk.run("test", "help-button", "--yes", lang=lang)
        scripted = desk.run("test", "help-button", "--yes", "--json", lang=lang)
    assert words in result.output
    assert PRESS in [json.loads(line).get("observation") for line in scripted.stdout.splitlines()]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_is_read_in_words(lang: str):
    """With its unit as people write it, a gap as a gap, and no code of ours."""
    for kind, info in KINDS.items():
        for value in (True, None, 21.37, "due"):
            row = {"kind": kind, "value": value, "unit": info.unit, "quality": "ok"}
            said = reading(row, lang)
            assert not re.search(r"[\[\]{}=_]", said), said
            assert said.split(": ")[-1]


@pytest.mark.parametrize(
    "kind, value, unit, words",
    [
        ("temperature", 21.37, "Cel", "lämpötila: 21,37 °C"),
        ("door", True, "1", "ovi: auki"),
        ("smoke", False, "1", "savu: ei"),
        ("dose", "retrieved_late", "1", "annos: otettu myöhässä"),
        ("pulse_rate", None, "/min", "pulssi: -"),
        ("text", "what it says", "1", "teksti: what it says"),
    ],
)
def test_a_value_reads_as_the_language_writes_it(kind: str, value: Any, unit: str, words: str):
    """Decimal comma, open and shut, and what a device says of itself as it came."""
    row = {"kind": kind, "value": value, "unit": unit, "quality": "ok"}
    assert reading(row, "fi") == words


@pytest.mark.parametrize(
    "lang, says",
    [
        ("fi", "laitetta 'x-1' ei ole liitetty; on: ei mitään"),
        ("sv", "ingen enhet 'x-1' är ansluten; det finns: inget"),
        ("en", "no device 'x-1' is enrolled; there are: none"),
    ],
)
def test_what_an_installer_mistypes_is_said_in_their_language(desk: Desk, lang: str, says: str):
    """A refusal of the gateway, not of the command line's own library."""
    result = desk.run("show", "x-1", lang=lang)
    assert (result.exit_code, result.stderr.strip()) == (2, says)
