"""The desk asks by the plan of a home, and holds the higher of two levels."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from desk import decisions, reads, roster
from desk.board import Board
from desk.cli import desk
from desk.happened import Asked
from desk.life import managers
from desk.lines import Lines
from edge.domain import Actor, AlertState, Instant, Priority
from edge.uplink.envelope import AckKind, Outcome
from tests.desk.helpers import (
    AT_MS,
    PASSWORD,
    add_account,
    alert_body,
    fresh,
    say,
    write_config,
)
from tests.escalation.plans import made
from tests.support.clock import instant
from tests.uplink import samples
from tests.uplink.samples import NOW, uid

ROOT = Path(__file__).parents[2]
ZONE = "Europe/Helsinki"
ANNA = Actor(account="anna", role="nurse")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    roster.put_in_force(connection, "gw-0001", made(), by="os:test", at_ms=AT_MS)
    yield connection
    connection.close()


def press(rev: int = 1, **more: object) -> bytes:
    told = samples.smoke_alert(rev, code="help_button", flags=(), **more)
    return alert_body(told, rev)


def at(s: float) -> Instant:
    return instant(int(s * 1000))


def asked(database: sqlite3.Connection, s: float) -> list[tuple[int, str]]:
    return [(one.level, one.recipient) for one in roster.turn(database, at(s))]


def shown(database: sqlite3.Connection) -> dict[str, object]:
    return reads.alerts(database)[0]


def useful(database: sqlite3.Connection) -> list[object]:
    found = shown(database)["decisions"]
    assert isinstance(found, list)
    return [one["useful"] for one in found]


def test_level_after_level_is_asked_until_somebody_has_it(database: sqlite3.Connection):
    """Level 1 at once, 2 and 3 by the table, the last again; each once."""
    say(database, press())
    assert asked(database, 0.1) == [(1, "duty")]
    assert asked(database, 119) == []
    assert asked(database, 120) == [(2, "care")]
    assert asked(database, 240) == [(3, "duty"), (3, "care"), (3, "daughter")]
    assert asked(database, 539) == []
    assert len(asked(database, 540)) == 3
    row = shown(database)
    assert (row["level"], row["asked"]) == (3, ["care", "daughter", "duty"])


def test_it_goes_on_after_a_restart(database: sqlite3.Connection):
    """What was asked stands in the database: nothing is in memory."""
    say(database, press())
    roster.turn(database, at(121))
    assert asked(database, 122) == []


def test_the_higher_level_wins(database: sqlite3.Connection):
    """The gateway was faster: the desk does not ask a lower level after it."""
    say(database, press(1))
    say(database, press(2, escalation=2, changed=at(5)))
    assert asked(database, 6) == [(2, "care")]
    say(database, press(3, escalation=2, changed=at(7)))
    assert asked(database, 8) == []
    assert asked(database, 120) == []


def test_a_decision_made_here_ends_the_asking_at_once(database: sqlite3.Connection):
    """Before the home has shown it; and a hold that ran out begins anew."""
    say(database, press())
    decisions.decide(database, uid(0xA1), AckKind.ACCEPTED, ANNA, id_=uid(9), at=at(1))
    assert asked(database, 300) == []
    assert shown(database)["standing"] == "acknowledged"
    say(database, alert_body(msgspec.structs.replace(samples.taken_alert(), code="help_button"), 2))
    assert shown(database)["next_step_ms"] is None
    say(database, press(3, changed=at(3000)), at_ms=NOW.wall_ms + 3_000_040)
    assert asked(database, 3001) == [(1, "duty")]


def test_not_me_asks_the_next_level_before_the_home_knows(database: sqlite3.Connection):
    say(database, press())
    assert asked(database, 1) == [(1, "duty")]
    decisions.decide(database, uid(0xA1), AckKind.DECLINED, ANNA, id_=uid(9), at=at(2))
    assert asked(database, 3) == [(2, "care")]


def test_smoke_asks_everybody(database: sqlite3.Connection):
    say(database, alert_body(samples.smoke_alert(flags=()), 1))
    assert [who for _, who in asked(database, 0.1)] == ["duty", "care", "daughter"]


def test_a_late_alert_is_as_far_as_if_it_had_been_in_time(database: sqlite3.Connection):
    """Lateness lowers nothing: five minutes old, everybody is asked."""
    say(database, press(), at_ms=NOW.wall_ms + 300_000)
    assert [level for level, _ in asked(database, 300)] == [3, 3, 3]


def test_a_clock_that_was_not_set_counts_from_its_arrival(database: sqlite3.Connection):
    body = press().replace(b'"sync":"ntp"', b'"sync":"none"')
    say(database, body, at_ms=NOW.wall_ms + 300_000)
    assert asked(database, 300) == [(1, "duty")]


def test_a_proof_asks_nobody(database: sqlite3.Connection):
    body = press().replace(b'"test":false', b'"test":true')
    assert body != press()
    say(database, body)
    assert asked(database, 500) == []


def test_without_a_plan_nobody_is_asked(tmp_path: Path):
    connection = fresh(tmp_path)
    say(connection, press())
    assert roster.turn(connection, at(500)) == []
    assert shown(connection)["asked"] == []
    connection.close()


def test_the_screen_says_level_and_next_moment(
    database: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
):
    """On the line of the event, and beside each alert that nobody has."""
    say(database, press())
    (told,) = roster.turn(database, at(1))
    assert isinstance(told, Asked)
    line = Lines("fi", ZONE).line(told)
    assert "kysytään: duty  taso 1" in line
    assert line.endswith("seuraavaksi 14:02:00")
    with Board(database, Lines("en", ZONE), "en", lambda: AT_MS):
        pass
    assert "level 1  14:02:00" in capsys.readouterr().out


def test_whether_it_was_useful_is_kept(database: sqlite3.Connection, tmp_path: Path):
    """With who said so and how it ended; nobody has to say it."""
    add_account(database, "anna", "nurse")
    say(database, press())
    config = write_config(tmp_path, 1883)
    run = CliRunner().invoke(
        desk,
        [
            "close",
            uid(161),
            "--as",
            "anna",
            "--outcome",
            "helped",
            "--useful",
            "no",
            "--config",
            str(config),
        ],
        env={"KOTIVAHTI_PASSWORD": PASSWORD},
    )
    assert run.exit_code == 0, run.output
    assert useful(database) == [0]
    assert shown(database)["standing"] == AlertState.CLOSED.value
    found = CliRunner().invoke(desk, ["show", uid(0xA1), "--config", str(config)])
    assert "it was not useful" in found.output


def test_a_plan_is_told_by_command(tmp_path: Path):
    """The gateway's own file; a bad one changes nothing and says why."""
    config, run = str(write_config(tmp_path, 1883)), CliRunner()
    good = str(ROOT / "config/escalation.example.toml")
    done = run.invoke(desk, ["escalation", "set", "gw-0001", good, "--config", config])
    assert done.exit_code == 0, done.output
    bad = tmp_path / "bad.toml"
    bad.write_text('[[level]]\n[[level.recipient]]\nid = "x"\nnumber = "112"\n', encoding="utf-8")
    done = run.invoke(desk, ["escalation", "set", "gw-0001", str(bad), "--config", config])
    assert done.exit_code == 2
    assert f"{bad}: level[0].recipient[0].number: '112' is an emergency number" in done.output
    done = run.invoke(desk, ["escalation", "show", "gw-0001", "--config", config, "--json"])
    found = json.loads(done.output)
    assert len(found["plan"]["level"]) == 3
    assert len(found["history"]) == 1
    done = run.invoke(desk, ["escalation", "show", "gw-0001", "--config", config])
    assert "level 1: telecare (24/7)" in done.output
    done = run.invoke(desk, ["escalation", "show", "gw-9", "--config", config])
    assert "no plan" in done.output


def test_a_replaced_box_is_asked_about_by_the_plan_of_its_home(database: sqlite3.Connection):
    """Whatever it still owed is somebody's, by the plan of the box that took over."""
    say(database, press().replace(b"gw-0001", b"gw-0002"), topic="gw-0002/up/alert")
    assert asked(database, 1) == []
    database.execute("INSERT INTO successor VALUES ('gw-0002', 'gw-0001', 0)")
    assert asked(database, 2) == [(1, "duty")]


def test_the_outcome_stays_without_an_opinion(database: sqlite3.Connection):
    say(database, press())
    decisions.decide(
        database, uid(0xA1), AckKind.CLOSED, ANNA, id_=uid(9), at=at(1), outcome=Outcome.HELPED
    )
    assert useful(database) == [None]


def test_what_waits_for_the_visit_asks_nobody_and_says_so(database: sqlite3.Connection):
    """A battery at the desk: shown, after today's lines, without a level or a next step."""
    battery = samples.smoke_alert(1, code="battery_low", flags=(), priority=Priority.NORMAL)
    say(database, alert_body(battery, 1))
    assert asked(database, 90 * 24 * 3600) == []
    row = shown(database)
    assert (row["attention"], row["next_step_ms"], row["asked"]) == ("visit", None, [])


def test_a_red_level_asks_the_coordinator_and_then_the_nurse(database: sqlite3.Connection):
    """By role, through the same public path: the daughter of level 3 never."""
    red = samples.smoke_alert(1, code="level_changed", flags=(), priority=Priority.HIGH)
    say(database, alert_body(red, 1))
    assert asked(database, 1) == [(1, "duty")]
    assert asked(database, 3600) == []
    assert sorted(asked(database, 2 * 3600)) == [(2, "care"), (2, "duty")]
    assert sorted(asked(database, 12 * 3600)) == [(2, "care"), (2, "duty")]


def level(priority: Priority = Priority.HIGH) -> bytes:
    return alert_body(samples.smoke_alert(1, code="level_changed", flags=(), priority=priority), 1)


def lead(database: sqlite3.Connection, account: str, until: date | None = None) -> None:
    """`account` is the case manager of the home that alerts are of."""
    (client,) = database.execute("SELECT DISTINCT client FROM alert").fetchone()
    managers.name(database, client, account, ANNA, until=until, today=date(2026, 1, 1), at_ms=AT_MS)


def test_the_case_manager_of_the_home_is_asked_first(database: sqlite3.Connection):
    """Then coordinator and nurse with them; what is no level goes through the plan as ever."""
    add_account(database, "sari", "nurse", cheap=True)
    say(database, level())
    say(database, alert_body(samples.smoke_alert(1, id=uid(0xB1), code="help_button", flags=()), 2))
    lead(database, "sari")
    assert sorted(asked(database, 1)) == [(1, "duty"), (1, "sari")]
    assert {who for _, who in asked(database, 300)} == {"duty", "care", "daughter"}
    found = {str(row["code"]): row["asked"] for row in reads.alerts(database)}
    assert found["level_changed"] == ["sari"]
    asked(database, 2 * 3600)
    found = {str(row["code"]): row["asked"] for row in reads.alerts(database)}
    assert found["level_changed"] == ["care", "duty", "sari"]


def test_a_case_manager_who_declines_is_followed_by_the_others(database: sqlite3.Connection):
    add_account(database, "sari", "nurse", cheap=True)
    say(database, level())
    lead(database, "sari")
    assert asked(database, 1) == [(1, "sari")]
    sari = Actor(account="sari", role="nurse")
    decisions.decide(database, uid(0xA1), AckKind.DECLINED, sari, id_=uid(9), at=at(2))
    assert sorted(asked(database, 3)) == [(2, "care"), (2, "duty"), (2, "sari")]


@pytest.mark.parametrize(
    "gone",
    [
        "UPDATE account SET ended_ms = 1 WHERE name = 'sari'",
        "UPDATE account SET role = 'maintenance' WHERE name = 'sari'",
        "UPDATE life_manager SET ended_ms = 1, ended_by = 'anna'",
        "UPDATE life_manager SET until = '2026-03-01'",
    ],
)
def test_a_case_manager_who_is_gone_holds_nothing_up(database: sqlite3.Connection, gone: str):
    """Their account ended or does other work, somebody ended the naming, its last day passed."""
    add_account(database, "sari", "nurse", cheap=True)
    say(database, level())
    lead(database, "sari")
    assert asked(database, 1) == [(1, "sari")]
    assert database.execute(gone).rowcount == 1
    assert asked(database, 2) == [(1, "duty")]


def test_without_a_plan_the_case_manager_alone_is_asked(tmp_path: Path):
    connection = fresh(tmp_path)
    add_account(connection, "sari", "nurse", cheap=True)
    say(connection, level())
    say(connection, alert_body(samples.smoke_alert(1, id=uid(0xB1), code="help_button"), 2))
    lead(connection, "sari")
    assert asked(connection, 1) == [(1, "sari")]
    connection.close()


def test_a_case_manager_keeps_the_hours_of_the_plan(database: sqlite3.Connection):
    """A red level at four in the afternoon: for the nurse of the plan a working hour, for
    somebody of whom no hours are told the end of the day, and the coordinator is asked.
    """
    for name in ("care", "sari"):
        add_account(database, name, "nurse", cheap=True)
    say(database, level())
    lead(database, "sari")
    four = 2 * 3600
    database.execute("UPDATE asking SET since_ms = since_ms + ?", (four * 1000,))
    assert asked(database, four + 1) == [(1, "duty")]
    lead(database, "care")
    assert asked(database, four + 2) == [(1, "care")]
