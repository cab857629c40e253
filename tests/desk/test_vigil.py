"""Silences in the desk's tables: kept over a restart, shown, noted, and what came late."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from desk import dwellings, vigil
from desk.board import Board
from desk.cli import desk
from desk.database import opened
from desk.happened import Happened, IncidentShown, Presence, SilenceTold
from desk.lines import Lines
from desk.silence import COORDINATOR_AFTER_MS, LOST_AFTER_MS, Escape
from desk.vigil import KEEP_MS, Vigil
from edge.clock import RandomIds
from edge.domain import Actor, Instant
from edge.uplink import envelope
from edge.uplink.envelope import Origin
from tests.desk.helpers import AT_MS, PASSWORD, add_account, fresh, say, write_config
from tests.uplink import samples
from tests.uplink.samples import NOW

ANNA = Actor(account="anna", role="coordinator")
HOMES = 12
IDS = RandomIds()

pytestmark = pytest.mark.timeout(60)


def at(ms: int) -> Instant:
    """A moment of the desk's clock."""
    return msgspec.structs.replace(NOW, wall_ms=ms, boottime_ms=ms)


class Region:
    """Twelve homes of one area, and the desk's look around at moments of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.vigil = Vigil()
        self.vigil.line(up=True, at_ms=AT_MS)
        self.names = [f"gw-{n:04d}" for n in range(HOMES)]
        self.sequence = 0
        for name in self.names:
            self.speaks(name, AT_MS)
            dwellings.tell(
                connection, f"c-{name}", ANNA, area="tapiola", escape=Escape.OUT, at_ms=AT_MS
            )

    def origin(self, name: str) -> Origin:
        return Origin(gateway=name, store_id="st-1", site=f"s-{name}", customer=f"c-{name}")

    def speaks(self, name: str, at_ms: int) -> None:
        """A sign of life."""
        now = at(at_ms)
        health = envelope.Health(software="0", uptime_s=1, last_message=0, last_observation=0)
        body = envelope.heartbeat(self.origin(name), health, id=IDS.uuid7(now), at=now)
        say(self.connection, body, topic=f"{name}/up/hb", at_ms=at_ms)

    def alarms(self, name: str, made_ms: int, at_ms: int) -> None:
        """An alert that was made at one moment and came at another."""
        now = at(made_ms)
        self.sequence += 1
        alert = msgspec.structs.replace(
            samples.smoke_alert(), id=IDS.uuid7(now), raised=now, changed=now
        )
        entry = envelope.alert(
            self.origin(name),
            alert,
            samples.TITLES,
            id=IDS.uuid7(now),
            sequence=self.sequence,
            at=now,
        )
        say(self.connection, entry.body, topic=f"{name}/up/alert", at_ms=at_ms)

    def look(self, at_ms: int) -> list[Happened]:
        return self.vigil.turn(self.connection, at(at_ms))


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    """A desk that hears twelve homes; `anna` coordinates, `pekka` mends."""
    connection = fresh(tmp_path)
    for name, role in (("anna", "coordinator"), ("pekka", "maintenance"), ("rita", "relative")):
        add_account(connection, name, role, cheap=True)
    yield Region(connection)
    connection.close()


def test_twelve_silent_homes_are_one_incident_with_the_frailest_first(region: Region):
    """An open critical alert, then who does not get out, then who has not been told of."""
    region.alarms("gw-0007", AT_MS, AT_MS)
    dwellings.tell(region.connection, "c-gw-0003", ANNA, area=None, escape=Escape.NO, at_ms=AT_MS)
    region.connection.execute("UPDATE dwelling SET gets_out = NULL WHERE customer = 'c-gw-0005'")
    told = region.look(AT_MS + LOST_AFTER_MS)
    assert [one.news for one in told if isinstance(one, IncidentShown)] == [
        "incident",
        "coordinator",
    ]
    assert not any(isinstance(one, Presence) for one in told)
    (row,) = _listed(region)
    assert (row["kind"], row["silent"], row["area"]) == ("incident", HOMES, "tapiola")
    order = [home["gateway"] for home in row["homes"]]
    assert order[:4] == ["gw-0007", "gw-0003", "gw-0005", "gw-0000"]
    assert row["homes"][0]["open_critical"] is True


def test_the_board_names_whom_to_ask_after_first(region: Region):
    """One row an area, and no table while everybody is seen."""
    board = Board(region.connection, Lines("en", "Europe/Helsinki"), "en", lambda: AT_MS)
    assert board._incidents() == []
    dwellings.tell(region.connection, "c-gw-0003", ANNA, area=None, escape=Escape.NO, at_ms=AT_MS)
    region.look(AT_MS + LOST_AFTER_MS)
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        for table in board._incidents():
            console.print(table)
    row = next(line for line in captured.get().splitlines() if "tapiola" in line)
    assert "12" in row
    assert "s-gw-0003, s-gw-0000, s-gw-0001" in row


def test_a_restart_of_the_desk_tells_nothing_twice(region: Region):
    """What is silent stands in the database."""
    region.speaks("gw-0000", AT_MS)
    assert region.look(AT_MS + LOST_AFTER_MS)
    region.vigil = Vigil()
    assert region.look(AT_MS + LOST_AFTER_MS + 5_000) == []
    region.vigil.line(up=True, at_ms=AT_MS + LOST_AFTER_MS + 6_000)
    assert region.look(AT_MS + 2 * LOST_AFTER_MS + 6_000) == []


def test_what_came_late_stands_with_the_episode(region: Region):
    """Made in the silence, come after it; what was made later is not counted."""
    back_ms = AT_MS + 3_600_000
    for name in region.names[1:]:
        region.speaks(name, AT_MS + LOST_AFTER_MS - 1)
    assert len(region.look(AT_MS + LOST_AFTER_MS)) == 1
    region.alarms("gw-0000", AT_MS + 600_000, back_ms)
    for name in region.names[1:]:
        region.speaks(name, back_ms)
    told = region.look(back_ms)
    assert [one.state for one in told if isinstance(one, Presence)] == ["back"]
    region.alarms("gw-0000", AT_MS + 700_000, back_ms + 1_000)
    region.alarms("gw-0000", back_ms + 2_000, back_ms + 3_000)
    assert region.look(back_ms + 4_000) == []
    (row,) = [one for one in _listed(region, "--all") if one["back_ms"]]
    assert (row["gateway"], row["since_ms"], row["back_ms"]) == ("gw-0000", AT_MS, back_ms)
    assert (row["late_alerts"], row["late_messages"]) == (2, 2)
    assert _listed(region) == []


def test_the_coordinator_is_told_after_half_an_hour(region: Region):
    """A line for the screen, and the moment in the list."""
    for name in region.names[1:]:
        region.speaks(name, AT_MS + LOST_AFTER_MS)
    region.look(AT_MS + LOST_AFTER_MS)
    for name in region.names[1:]:
        region.speaks(name, AT_MS + LOST_AFTER_MS + COORDINATOR_AFTER_MS)
    (told,) = region.look(AT_MS + LOST_AFTER_MS + COORDINATOR_AFTER_MS)
    assert isinstance(told, SilenceTold)
    assert (told.gateway, told.news) == ("gw-0000", "coordinator")


def test_a_clock_that_is_set_forward_makes_nobody_silent(region: Region):
    """The wall clock jumps by an hour, the boot clock does not."""
    assert region.look(AT_MS + 1_000) == []
    jumped = msgspec.structs.replace(at(AT_MS + 3_600_000), boottime_ms=AT_MS + 2_000)
    assert region.vigil.turn(region.connection, jumped) == []


def test_a_clock_that_is_set_back_hides_nobody_who_falls_silent(region: Region):
    """It was ahead by a day: last words of that day are in the future, and count for nothing."""
    ahead_ms = AT_MS + 86_400_000
    for name in region.names:
        region.speaks(name, ahead_ms)
    assert region.look(ahead_ms) == []
    back = msgspec.structs.replace(at(AT_MS + 1_000), boottime_ms=ahead_ms + 1_000)
    assert region.vigil.turn(region.connection, back) == []
    for name in region.names[1:]:
        region.speaks(name, AT_MS + LOST_AFTER_MS)
    late_ms = AT_MS + 1_000 + LOST_AFTER_MS
    late = msgspec.structs.replace(at(late_ms), boottime_ms=ahead_ms + 1_000 + LOST_AFTER_MS)
    told = region.vigil.turn(region.connection, late)
    assert [(one.gateway, one.state) for one in told if isinstance(one, Presence)] == [
        ("gw-0000", "lost")
    ]


def test_silences_are_forgotten_after_their_time_and_open_ones_never(region: Region):
    """With their notes."""
    region.look(AT_MS + LOST_AFTER_MS)
    for name in region.names[1:]:
        region.speaks(name, AT_MS + 2 * LOST_AFTER_MS)
    region.look(AT_MS + 2 * LOST_AFTER_MS)
    vigil.prune(region.connection, AT_MS + 2 * KEEP_MS)
    rows = region.connection.execute("SELECT gateway FROM silence").fetchall()
    assert [row["gateway"] for row in rows] == ["gw-0000"]
    assert region.connection.execute("SELECT count(*) FROM incident").fetchone()[0] == 1


def test_maintenance_sees_boxes_and_their_order_and_nothing_of_who_lives_there(region: Region):
    """No pseudonym of a customer, no open alert, no reason for the order."""
    region.alarms("gw-0007", AT_MS, AT_MS)
    region.look(AT_MS + LOST_AFTER_MS)
    shown = _run(region, "incidents", "--json", "--as", "pekka")
    assert json.loads(shown.output)[0]["homes"][0]["gateway"] == "gw-0007"
    alerts = _run(region, "alerts", "--json", "--as", "pekka")
    homes = _run(region, "homes", "--json", "--as", "pekka")
    people = _run(region, "homes", "--as", "pekka")
    for found in (shown, alerts, homes, people):
        assert found.exit_code == 0
        for word in ("c-gw", "s-gw", "escape", "open_critical", "smoke", "open_alerts"):
            assert word not in found.output, (word, found.output)
    assert "c-gw-0007" in _run(region, "incidents", "--json", "--as", "anna").output


def test_a_person_notes_what_was_done_and_a_relative_may_not(region: Region):
    """With name and role; the note stands in the list."""
    region.look(AT_MS + LOST_AFTER_MS)
    assert _run(region, "incident", "note", "1", "mast dark", "--as", "rita").exit_code == 3
    assert _run(region, "incident", "note", "9", "mast dark", "--as", "pekka").exit_code == 1
    assert _run(region, "incident", "note", "1", "mast dark").exit_code == 3
    assert _run(region, "incident", "note", "1", "mast dark", "--as", "pekka").exit_code == 0
    assert _run(region, "incident", "note", "1", "x", "--home", "--as", "anna").exit_code == 0
    (row,) = _listed(region)
    assert [(one["account"], one["text"]) for one in row["notes"]] == [("pekka", "mast dark")]
    noted = [one["notes"] for one in row["homes"] if one["notes"]]
    assert [(one[0]["account"], one[0]["role"]) for one in noted] == [("anna", "coordinator")]
    text = _run(region, "incidents", "--lang", "fi").output
    assert "häiriö 1  tapiola  12 kotia hiljaa" in text
    assert "> pekka (ylläpito): mast dark" in text


def test_a_named_person_tells_of_a_home_and_the_last_word_counts(region: Region, tmp_path: Path):
    """Area and escape; wrong words are refused; telling needs a name."""
    command = ("customer", "home", "c-new")
    assert _run(region, *command, "--as", "anna").exit_code == 2
    made = ("customer", "add", "c-new", "--name", "Aino Mallikas", "--address", "Mallikatu 5")
    assert _run(region, *made, "--as", "anna").exit_code == 0
    assert _run(region, *command, "--area", "North Side", "--as", "anna").exit_code == 2
    assert _run(region, *command, "--area", "north").exit_code == 3
    assert _run(region, *command, "--area", "north", "--as", "anna").exit_code == 0
    assert _run(region, *command, "--escape", "no", "--as", "anna").exit_code == 0
    told = json.loads(_run(region, *command, "--json").output)
    assert told == {"id": "c-new", "area": "north", "escape": "no"}
    with opened(tmp_path / "desk.db") as connection:
        rows = connection.execute("SELECT told_by FROM dwelling WHERE customer = 'c-new'")
        assert [row["told_by"] for row in rows] == ["anna", "anna"]


def _folder(region: Region) -> Path:
    (row,) = region.connection.execute("PRAGMA database_list").fetchall()
    return Path(row["file"]).parent


def _run(region: Region, *arguments: str) -> Result:
    """A desk command; whoever has no account uses the machine."""
    folder = _folder(region)
    env = {
        "KOTIVAHTI_DESK_CONFIG": str(write_config(folder, 1)),
        "KOTIVAHTI_PASSWORD": PASSWORD,
        "KOTIVAHTI_DESK_SESSION": str(folder / "session"),
    }
    return CliRunner().invoke(desk, arguments, env=env)


def _listed(region: Region, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_run(region, "incidents", "--json", *more).output)
    return found
