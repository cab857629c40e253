"""`kotivahti locator record`: what the receivers hear, in files of the installer's own."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Self

import click

from edge.cli.call import load
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from edge.cli.device_stream import Listening
from edge.cli.device_words import clear, progress
from edge.cli.locator_live import tag_option
from edge.cli.locator_words import room, say

RSSI_COLUMNS = ("time", "session", "tag", "receiver", "rssi")
TRUTH_COLUMNS = ("time", "session", "room")
# The gateway's own radio, in a file in which no name may be empty.
OWN_RADIO = "gateway"


@click.command(short_help="Write what is heard to CSV files.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--session", required=True, help="Name of this recording: who, which day.")
@click.option("--room", "name", required=True, metavar="ROOM", help="Where the tag is meanwhile.")
@click.option("--seconds", type=click.FloatRange(10, 900), default=60.0, show_default=True)
@tag_option
@config_option
@json_option
@lang_option
def record(
    folder: Path,
    session: str,
    name: str,
    seconds: float,
    tag: str | None,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """Add what the receivers hear of the carried tag to DIR/rssi.csv and DIR/truth.csv.

    Once for each room; `kotivahti locator evaluate DIR` scores the files. They tell where
    somebody was: they stay with you, and the gateway keeps nothing of them.

    \b
    Examples:
      kotivahti locator record ./walk --session monday --room kitchen
      kotivahti locator record ./walk --session monday --room bedroom --seconds 120
    """
    config = load(config_path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = _Files(folder, session, name)
    except OSError as error:
        refuse("unwritable", EXIT_USAGE, file=str(folder), why=error.strerror)

    def tell(row: dict[str, Any]) -> None:
        if "basis" in row:
            said = {"basis": row["basis"], "by": row["decided_by"], "folder": str(folder)}
            click.echo(say(lang, "record.basis", **said), err=True)
        files.take(row)
        if not row["done"] and "left_s" in row:
            left = round(row["left_s"])
            progress(say(lang, "record.progress", left=left, packets=files.packets))

    with files:
        Listening(config, "locator_record", {"tag": tag, "seconds": seconds}, lang).each(tell)
    clear()
    if as_json:
        print_json({"packets": files.packets, "room": name, "folder": str(folder)})
    else:
        where = room(lang, name)
        click.echo(say(lang, "record.done", packets=files.packets, room=where, folder=str(folder)))
    if not files.packets:
        raise SystemExit(EXIT_STATE)


class _Files:
    """Both files, opened to add to them; each row is a whole line."""

    def __init__(self, folder: Path, session: str, name: str) -> None:
        self.packets = 0
        self._session = session
        self._room = name
        self._tag = ""
        self._until_ms: int | None = None
        self._rssi = _opened(folder / "rssi.csv", RSSI_COLUMNS)
        self._truth = _opened(folder / "truth.csv", TRUTH_COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The label ends where the listening did: whoever walks on is nowhere that was said."""
        if self._until_ms is not None:
            self._label(self._until_ms, "")
        self._rssi.close()
        self._truth.close()

    def take(self, row: dict[str, Any]) -> None:
        if "from_ms" in row:
            self._tag = row["tag"]
            self._label(row["from_ms"], self._room)
            self._until_ms = row["from_ms"]
        self._until_ms = row.get("until_ms", self._until_ms)
        writer = csv.writer(self._rssi)
        for wall_ms, receiver, rssi_dbm in row["heard"]:
            self.packets += 1
            named = receiver or OWN_RADIO
            writer.writerow((_seconds(wall_ms), self._session, self._tag, named, rssi_dbm))

    def _label(self, wall_ms: int, name: str) -> None:
        csv.writer(self._truth).writerow((_seconds(wall_ms), self._session, name))


def _opened(path: Path, columns: tuple[str, ...]) -> Any:
    new = not path.exists() or path.stat().st_size == 0
    file = path.open("a", encoding="utf-8", newline="")
    if new:
        csv.writer(file).writerow(columns)
    return file


def _seconds(wall_ms: int) -> str:
    return f"{wall_ms / 1000:.3f}"
