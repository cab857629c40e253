"""From the desk's tables to the figures, the CSV and the picture, by the command."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from desk.cli import desk
from desk.kpi import facts
from edge.uplink.envelope import gateway_source
from tests.desk.helpers import fresh, write_config

DAY = 86_400_000
FIRST = 1_788_210_000_000  # 2026-09-01 00:00 in Helsinki
END = FIRST + 30 * DAY
HOMES = 12
EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "key-results.example.toml"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    with connection:
        for number in range(HOMES):
            _home(connection, number, "lauritsala" if number < 9 else "ylamaa")
    yield connection
    connection.close()


def _put(connection: sqlite3.Connection, table: str, **row: object) -> None:
    keys = ", ".join(row)
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({keys}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - ours


def _home(connection: sqlite3.Connection, number: int, area: str) -> None:
    """A home of a whole month: an assessment, an alert, a deficiency mended on the fourth day."""
    name, client = f"gw-{number:04}", f"c-{number:04}"
    source = gateway_source(name)

    put = partial(_put, connection)
    seen = END + DAY
    put("gateway", id=name, client=client, site="s", online=1, boot="b", last_seen_ms=seen)
    put("dwelling", customer=client, area=area, told_by="anna", told_ms=FIRST)
    put(
        "digest",
        source=source,
        store_id="s",
        first=1,
        last=9,
        rev=1,
        day="2026-08-30",
        state="complete",
        lacking=0,
        body=b"",
        received_ms=FIRST - DAY,
    )
    put(
        "assessed",
        source=source,
        client=client,
        hazard="fire",
        day="2026-09-03",
        level="orange",
        at_ms=FIRST + 2 * DAY,
    )
    _happened(connection, number, source, client)
    _noticed(connection, number, client, area)


def _happened(connection: sqlite3.Connection, number: int, source: str, client: str) -> None:
    """An alert that was closed, and two deficiencies, one of them mended."""
    put = partial(_put, connection)
    smoke = ("smoke", "critical" if number % 2 else "normal", b"")
    mast = ("gateway_fault", "normal", b'{"data":{"alert":{"params":{"fault":"path"}}}}')
    # Two that wait for the next visit: nobody was asked, and they are in no figure.
    for id_, (code, priority, body) in zip(
        (f"a{number}", f"b{number}", f"c{number}"),
        (smoke, ("battery_low", "normal", b""), mast),
        strict=True,
    ):
        put(
            "alert",
            source=source,
            id=id_,
            rev=1,
            message_id="m",
            code=code,
            priority=priority,
            state="closed",
            escalation=0,
            client=client,
            site="s",
            late=0,
            body=body,
            **dict.fromkeys(("raised_ms", "changed_ms", "received_ms", "revised_ms"), FIRST + DAY),
        )
    put(
        "decision",
        id=f"d{number}",
        source=source,
        alert=f"a{number}",
        message_id="m",
        rev=1,
        escalation=0,
        kind="close",
        account="anna",
        role="nurse",
        made_ms=FIRST + 2 * DAY,
        offset_min=180,
        state="shown",
        useful=int(number != 0),
    )
    for item, critical, ended in (("FS-02", 1, FIRST + 4 * DAY), ("FS-09", 1, None)):
        put(
            "home_task",
            source=source,
            item=item,
            opened_ms=FIRST + DAY,
            client=client,
            checklist="fire",
            critical=critical,
            responsible="building_owner",
            times=1,
            state="completed" if ended else "requested",
            ended_ms=ended,
            proof="seen" if ended else "",
        )


def _noticed(connection: sqlite3.Connection, number: int, client: str, area: str) -> None:
    """A notification released twice, some decided against; the first home was silent."""
    put = partial(_put, connection)
    name = f"gw-{number:04}"
    notice = {"customer": client, "kind": "risk", "level": "red", "findings": "[]"}
    put(
        "notification",
        **notice,
        id=f"n{number}",
        gateway=name,
        origin="prompt",
        worse="",
        made_by="desk",
        state="sent",
        revision=1,
        made_ms=FIRST + DAY,
        changed_ms=FIRST + DAY,
    )
    for at_ms in (FIRST + 2 * DAY, FIRST + 3 * DAY):  # released again after a correction
        put(
            "notification_step",
            notification=f"n{number}",
            revision=1,
            step="release",
            facts="{}",
            account="anna",
            role="nurse",
            at_ms=at_ms,
        )
    if number < 6:
        said = {"decision": "no", "why": "mended", "account": "anna", "role": "nurse"}
        put("considered", **notice, **said, at_ms=FIRST + 5 * DAY)
    if number == 0:
        put(
            "silence",
            gateway=name,
            client=client,
            area=area,
            known_by="heartbeat",
            since_ms=FIRST - DAY,
            known_ms=FIRST,
            back_ms=FIRST + 3 * DAY,
        )


def test_the_facts_are_of_the_period_and_the_area(database: sqlite3.Connection) -> None:
    found = facts.facts(database, FIRST, END, END + DAY)
    town = found["lauritsala"]
    assert (town.homes, town.assessments, town.alerts, town.interrupts) == (9, 9, 9, 4)
    assert (town.useful, town.not_useful) == (8, 1)
    assert town.home_s == 9 * 30 * 86_400
    assert town.offline_s == 3 * 86_400  # of what lies in the period
    assert town.close_days == {"building_owner": (3.0,) * 9}
    assert town.open_critical == 9
    assert (town.drafts, town.released, town.rejected) == (9, 9, 6)
    assert found["ylamaa"].homes == 3
    later = facts.facts(database, END, END + 30 * DAY, END + DAY)["lauritsala"]
    assert (later.assessments, later.alerts, later.open_critical) == (0, 0, 9)
    assert later.home_s == 9 * 86_400  # no longer than until now


def test_the_command_tells_no_small_number(database: sqlite3.Connection, tmp_path: Path) -> None:
    """JSON, CSV and picture say the same, and the three homes of one area tell nothing."""
    config = str(write_config(tmp_path, 1))
    imported = tmp_path / "nps.csv"
    imported.write_text(
        "period,figure,value,source\n2026-09,nps,41,=survey\n", encoding="utf-8-sig"
    )
    run = CliRunner().invoke(desk, ["kpi", "import", str(imported), "--config", config])
    assert run.exit_code == 0, run.output
    table, picture = tmp_path / "kpi.csv", tmp_path / "kpi.svg"
    base = ["kpi", "show", "--period", "2026-09", "--config", config, "--table", str(EXAMPLE)]
    run = CliRunner().invoke(desk, [*base, "--json", "--csv", str(table), "--svg", str(picture)])
    assert run.exit_code == 0, run.output
    told = json.loads(run.output)
    assert told["areas"]["ylamaa"]["homes"] == "<5"
    assert told["areas"]["ylamaa"]["assessments_per_100"] == "<5"
    # 12 less the town's 9 would be the three
    assert "<5" in (told["areas"]["lauritsala"]["homes"], told["all"]["homes"])
    nps = next(one for one in told["key_results"] if one["id"] == "nps")
    assert (nps["actual"], nps["source"], nps["attainment"]) == (41, "=survey", 1.0)
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    (row,) = [row for row in rows if row["figure"] == "nps"]
    figures = ("value", "weight", "target", "better", "source", "attainment")
    assert [row[key] for key in figures] == ["41", "15", "40", "higher", "'=survey", "1"]
    assert {row["value"] for row in rows if row["area"] == "ylamaa"} <= {"<5", "", "0"}
    drawn = ET.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314 - our own
    words = " ".join(drawn.itertext())
    assert "Customers recommend it (NPS)" in words
    assert "hidden" in words
    for lang, head in (("fi", "Palvelun luvut"), ("sv", "Tjänstens siffror")):
        run = CliRunner().invoke(desk, [*base, "--lang", lang])
        assert run.exit_code == 0, run.output
        assert head in run.output


@pytest.mark.parametrize("period", ["2026-Q7", "september"])
def test_a_wrong_period_is_wrong_input(database: sqlite3.Connection, tmp_path: Path, period: str):
    config = str(write_config(tmp_path, 1))
    run = CliRunner().invoke(desk, ["kpi", "show", "--period", period, "--config", config])
    assert run.exit_code == 2
    assert "2026-Q3" in run.output


def test_a_period_that_is_not_over_is_refused(database: sqlite3.Connection, tmp_path: Path) -> None:
    """Today's figures less yesterday's would be one home's day; the mend names when to ask."""
    config = str(write_config(tmp_path, 1))
    show = ["kpi", "show", "--config", config, "--json", "--period"]
    this = datetime.now(ZoneInfo("Europe/Helsinki"))
    for period in (f"{this:%Y-%m}", f"{this:%Y}", f"{this.year}-Q{(this.month + 2) // 3}"):
        run = CliRunner().invoke(desk, [*show, period])
        assert run.exit_code == 1, run.output
        assert "is not over" in run.output
    assert CliRunner().invoke(desk, [*show, "2026-Q3"]).exit_code == 0


def test_a_home_that_moved_stays_where_it_was_when_it_happened(
    database: sqlite3.Connection,
) -> None:
    """Figures that were told do not change when somebody moves: no difference tells who."""
    before = facts.facts(database, FIRST, END, END + DAY)
    with database:
        _put(database, "dwelling", customer="c-0000", area="ylamaa", told_by="anna",
             told_ms=END + DAY)  # fmt: skip
    assert facts.facts(database, FIRST, END, END + 2 * DAY) == before
    later = facts.facts(database, END, END + 30 * DAY, END + 30 * DAY)
    assert (later["lauritsala"].homes, later["ylamaa"].homes) == (8, 4)
