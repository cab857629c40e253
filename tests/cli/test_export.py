"""The customer's data as a file: whole, without keys, bounded, and never half."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge.app.customer.export import Exporting
from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.cli import export_zip
from edge.control.client import ask
from edge.control.server import ControlServer
from edge.domain import Device, Role, Scalar, Secret
from edge.errors import NotNowError
from edge.kinds import observation
from edge.ports import Batch
from edge.resources import resource
from edge.store.database import Database
from edge.store.register import FILES, tables
from tests.app.homes import PEER, house_in
from tests.cli.test_life import Terminal
from tests.store.samples import KEY, one_of_everything
from tests.support.clock import FakeClock, instant

BY = ("--by", "relative.one")


@pytest.fixture
def term(tmp_path: Path) -> Terminal:
    """A home with one of everything, a key among it."""
    found = Terminal(tmp_path)
    with Database.open(tmp_path / "home.db", home="site-88") as database:
        database.record(one_of_everything())
    return found


def member(path: Path, name: str) -> Any:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(name))


def test_all_of_it_is_there_and_fits_its_schema(term: Terminal, tmp_path: Path) -> None:
    """Each file is of one class; rows are counted; the register and three readmes lie beside."""
    path = tmp_path / "out.zip"
    found = term.json("export", str(path), *BY)
    assert found["bytes"] == path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    schema = json.loads(resource("config/schemas/export-1.0.json").read_text())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        texts = {lang: archive.read(f"README.{lang}.txt").decode() for lang in ("fi", "sv", "en")}
    assert {f"{one}.json" for one in FILES} | {"readings.csv", "register.json"} <= names
    assert tuple(
        word
        for word, text in zip(("sinun", "dina", "your data"), texts.values(), strict=True)
        if word in text
    ) == ("sinun", "dina", "your data")
    rows: dict[str, Any] = {}
    for file in FILES:
        told = member(path, f"{file}.json")
        jsonschema.validate(told, schema)
        rows |= told["tables"]
    assert set(rows) == {name for name, table in tables().items() if table.file}
    assert {name: len(found) for name, found in rows.items()} == found["rows"]
    assert [row["value"] for row in rows["observation"]] == [
        one.value for one in one_of_everything().observations
    ]
    assert rows["person_told"][0]["label"] == "Anna"
    assert rows["alert_history"][0]["body"]["code"] == "help_button"
    assert rows["disclosure"][-1]["class"] == "export"


def test_every_exported_column_is_in_it_and_no_other(term: Terminal, tmp_path: Path) -> None:
    """What the register promises, row by row; what it withholds is nowhere."""
    path = tmp_path / "out.zip"
    term.json("export", str(path), *BY)
    for file in FILES:
        for name, rows in member(path, f"{file}.json")["tables"].items():
            table = tables()[name]
            said = set(table.plain()) | {s for s in table.instants if s not in table.withheld}
            # a reference to a kind is told by what it says, a flag by the value that it is of
            said = said | {"unit", "code"} if "kind" in said and file == "readings" else said
            for row in rows:
                assert set(row) - {"kind"} == said - {"kind", "is_bool"}, name


def test_no_key_is_in_it(tmp_path: Path) -> None:
    """Neither the key, in any usual writing, nor counters, nor a claim's code."""
    term = Terminal(tmp_path)
    device = Device(
        id="tag", driver="x", role=Role.TAG, address="A4:C1:38:00:00:01", key=Secret(KEY)
    )
    at = instant()
    state = bytes.fromhex("feedfacecafebeef")
    with Database.open(tmp_path / "home.db", home="site-88") as database:
        database.record(
            Batch(at=at, first_observation=1, enrolled=[device], driver_states={"tag": state})
        )
    path = tmp_path / "out.zip"
    term.json("export", str(path), *BY)
    with zipfile.ZipFile(path) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"A4:C1:38:00:00:01" in whole
    for secret in (KEY, state):
        for written in (secret, secret.hex().encode(), secret.hex().upper().encode()):
            assert written not in whole
        assert base64.b64encode(secret) not in whole


def test_a_spreadsheet_takes_no_text_for_a_formula(tmp_path: Path) -> None:
    """RFC 4180 with commas, quotes and line ends in a value; a text of a device stays a text."""
    term = Terminal(tmp_path)
    at = instant()
    values: list[Scalar] = ["=1+1", 'a "b", c\nd', True, None, -3.5]
    with Database.open(tmp_path / "home.db", home="site-88") as database:
        seen = [observation("x", "text", value, at) for value in values]
        database.record(Batch(at=at, first_observation=1, observations=seen))
    path = tmp_path / "out.zip"
    term.json("export", str(path), *BY)
    with zipfile.ZipFile(path) as archive:
        raw = archive.read("readings.csv")
    assert raw.count(b"\r\n") == len(values) + 1
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    assert [row["value"] for row in rows] == ["'=1+1", 'a "b", c\nd', "true", "", "-3.5"]
    assert {row["time"] for row in rows} == {"2026-03-02T14:00:00.000+02:00"}


def test_a_file_that_is_there_is_never_overwritten(term: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "photo.zip"
    path.write_bytes(b"holiday")
    refused = term.run("export", str(path), *BY)
    assert (refused.exit_code, "is there already" in refused.output) == (1, True)
    assert path.read_bytes() == b"holiday"
    left = tmp_path / "out.zip.part"
    left.touch()
    refused = term.run("export", str(tmp_path / "out.zip"), *BY)
    assert refused.exit_code == 1
    assert "cut off" in refused.output
    assert left.exists()  # it may be of one that runs


def test_nothing_of_a_file_that_cannot_be_whole_is_left(
    term: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is none, and a disk that is full: named, and no partial file."""
    refused = term.run("export", str(tmp_path / "none/out.zip"), *BY)
    assert refused.exit_code == 1
    assert "none/out.zip: cannot be written: No such file" in refused.output
    if Path("/dev/full").exists():

        def full(_: Path) -> Any:
            return os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb")

        monkeypatch.setattr(export_zip, "_opened", full)
        refused = term.run("export", str(tmp_path / "out.zip"), *BY)
        assert refused.exit_code == 1
        assert "No space left on device; free space" in refused.output
    assert [file.name for file in tmp_path.glob("*.zip*")] == []


@pytest.mark.timeout(60)
async def test_a_running_gateway_is_asked_in_pieces(tmp_path: Path, clock: FakeClock) -> None:
    """Over its socket, while it stores on; what came after the beginning is not in it."""
    device = '[[device]]\nid = "x"\ndriver = "ruuvitag"\nrole = "climate"\n'
    async with house_in(tmp_path, clock, device + 'address = "CB:B8:33:4C:88:4F"\n') as house:
        for n in range(1300):
            house.hear(observation("x", "temperature", float(n), house.clock.now()))
        service = Service(house, Timeline())
        socket = tmp_path / "control.sock"
        path = tmp_path / "out.zip"
        asked: list[str] = []

        def asking(do: str, args: dict[str, Any]) -> Any:
            if do == "export_piece" and args["table"] == "observation" and not args["after"]:
                # One more reading, after the marks were taken.
                asyncio.run_coroutine_threadsafe(more(), loop).result(5)
            asked.append(do)
            return ask(socket, do, args)

        async def more() -> None:
            house.hear(observation("x", "temperature", -1.0, house.clock.now()))
            await house.commit()

        loop = asyncio.get_running_loop()
        async with ControlServer(socket, service.handlers(), {}).serving():
            done = await asyncio.to_thread(
                export_zip.write, path, asking, "relative.one", lambda *_: None
            )
        assert done["rows"]["observation"] == 1300
        assert asked.count("export_piece") > len(tables())
        values = [row["value"] for row in member(path, "readings.json")["tables"]["observation"]]
        assert values == [float(n) for n in range(1300)]


@pytest.mark.timeout(120)
async def test_more_rows_take_no_more_memory(tmp_path: Path, clock: FakeClock) -> None:
    """What is held at a time is a piece: ten times the rows, less than twice the memory."""
    peaks = []
    for name, count in (("day", 300), ("fortnight", 3_000)):
        folder = tmp_path / name
        folder.mkdir()
        at = instant()
        with Database.open(folder / "home.db", home="s") as database:
            seen = [observation("x", "temperature", n / 7, at) for n in range(count)]
            database.record(Batch(at=at, first_observation=1, observations=seen))
        del seen
        async with house_in(folder, clock) as house:
            handlers = Exporting(house).handlers()
            loop = asyncio.get_running_loop()

            def asking(do: str, args: dict[str, Any]) -> Any:
                async def work() -> Any:
                    return await handlers[do](args, PEER)  # noqa: B023 - used up in this turn

                return asyncio.run_coroutine_threadsafe(work(), loop).result(30)  # noqa: B023

            tracemalloc.start()
            await asyncio.to_thread(
                export_zip.write, folder / "out.zip", asking, "relative.one", lambda *_: None
            )
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0], peaks


def test_without_a_name_nothing_is_there_to_refuse(tmp_path: Path) -> None:
    """The error is one of the state of things, not of the program."""
    with pytest.raises(NotNowError, match="cannot be written"):
        export_zip.write(Path("/proc/none/out.zip"), lambda *_: {}, "x", lambda *_: None)
