"""`kotivahti desk work`: the order of homes, who may look, and lists of other releases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from desk import replaced
from desk.database import opened
from desk.work_cli import listed
from edge.locale import LANGUAGES, catalogue
from edge.uplink import envelope
from tests.desk.helpers import AT_MS, say
from tests.desk.test_persons import Desk
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def home(number: int, *, visit_h: int | None, due_d: int | None) -> tuple[str, bytes]:
    """The message of one home, with its next visit and the day of its task."""
    message = json.loads(samples.work_list().body)
    gateway = f"gw-000{number}"
    message |= {"source": f"urn:kotivahti:gateway:{gateway}", "id": uid(100 + number)}
    data = message["data"]
    data["subject"] = {"client": f"c-{number}", "site": f"site-{number}"}
    data["visit"] = None
    if visit_h is not None:
        ends = [_iso(visit_h * HOUR_MS), _iso((visit_h + 1) * HOUR_MS)]
        data["visit"] = {"begins": ends[0], "ends": ends[1], "kind": "physical"}
    data["tasks"] = data["tasks"][:1]
    data["tasks"][0].pop("due")
    if due_d is not None:
        data["tasks"][0]["due"] = _iso(due_d * DAY_MS)
    return gateway, json.dumps({k: v for k, v in message.items() if v is not None}).encode()


def _iso(ms: int) -> str:
    from tests.support.clock import instant  # noqa: PLC0415

    return envelope.iso(instant(ms))


def told(office: Desk, *homes: tuple[str, bytes]) -> None:
    with opened(office.folder / "desk.db") as connection:
        for gateway, body in homes:
            taken = say(connection, body, topic=f"{gateway}/up/work")
            assert [answer.rejected for answer in taken.answers] == [None]


def order(office: Desk, **more: Any) -> list[str]:
    with opened(office.folder / "desk.db") as connection:
        return [row["gateway"] for row in listed(connection, NOW.wall_ms, **more)]


def test_homes_stand_by_their_next_visit_and_then_by_their_day(office: Desk):
    """A visit that is over is none; a box that was replaced has no home any more."""
    told(
        office,
        home(1, visit_h=None, due_d=9),
        home(2, visit_h=30, due_d=9),
        home(3, visit_h=5, due_d=None),
        home(4, visit_h=-9, due_d=-1),
        home(5, visit_h=1, due_d=1),
    )
    with opened(office.folder / "desk.db") as connection:
        replaced.record(connection, "gw-0005", "gw-0006", AT_MS)
    assert order(office) == ["gw-0003", "gw-0002", "gw-0004", "gw-0001"]
    assert order(office, days=0) == ["gw-0004"]
    assert order(office, days=9) == ["gw-0002", "gw-0004", "gw-0001"]
    assert order(office, area="tapiola") == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_said_in_words_and_the_look_is_written(office: Desk, lang: str):
    """Labels of the lists, parties and days; a look at one home is written each time."""
    told(office, home(1, visit_h=5, due_d=2))
    done = office("work", "--home", "gw-0001", "--why", "visit", "--lang", lang, as_="anna")
    assert done.exit_code == 0, done.output
    assert "    FS-02 " in done.output
    assert " 5 min  " in done.output, "how long the visit takes, for whoever plans it"
    assert "building_owner" not in done.output
    assert "[" not in done.output
    assert office.looks()[-1] == ("anna", "nurse", "work", "visit")
    found = json.loads(office("work", "--json", as_="ben").stdout)
    assert found[0]["tasks"][0]["climbed"] is True


def test_a_home_that_told_no_list_is_not_held_to_need_nothing(office: Desk):
    """It is named below the others; a gateway that nobody knows is refused, not "none"."""
    told(office, home(1, visit_h=5, due_d=2), home(2, visit_h=5, due_d=2))
    switch_off(office)
    done = office("work", as_="anna")
    assert (done.exit_code, done.output.rstrip().splitlines()[-1]) == (
        *(0, "gw-0001  has told no list of work, so nothing is known"),
    )
    one = office("work", "--home", "gw-0001", as_="anna")
    assert (one.exit_code, "gw-0001  has told no list" in one.output) == (0, True), one.output
    typo = office("work", "--home", "gw-0003", as_="anna")
    assert (typo.exit_code, "no gateway 'gw-0003'" in typo.output) == (2, True), typo.output


def switch_off(office: Desk) -> None:
    off = envelope.request(
        ORIGIN, "sending", id=uid(91), sequence=91, at=NOW, cls="work", allowed=False
    )
    with opened(office.folder / "desk.db") as connection:
        say(connection, off.body, topic="gw-0001/up/request")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_an_officer_added_is_told_without_its_words(office: Desk, lang: str):
    """They stay in the home: the desk says that it is an added item, and how bad."""
    gateway, body = home(1, visit_h=5, due_d=2)
    message = json.loads(body)
    added = {"task": "OF-01", "answer": "critical_i", "critical": True, "checklist": "fire"}
    message["data"]["lines"] = [{"group": "fix", "code": "task", "params": added}]
    told(office, (gateway, json.dumps(message).encode()))
    done = office("work", "--lang", lang, as_="anna")
    words = catalogue(lang)
    assert f"! OF-01 {words['added.title']}: {words['answer.critical']}" in done.output


@pytest.mark.parametrize("who", ["pekka", "rita", "sari"])
def test_who_sees_no_residents_sees_no_list(office: Desk, who: str):
    """Findings are of somebody's life."""
    told(office, home(1, visit_h=5, due_d=2))
    done = office("work", as_=who)
    assert done.exit_code != 0
    assert "FS-02" not in done.output


def test_a_list_of_another_release_is_shown_as_far_as_it_goes(office: Desk):
    """Codes without words, lines without their parameters: the list of 400 homes does not break."""
    gateway, body = home(1, visit_h=5, due_d=2)
    message = json.loads(body)
    message["data"]["lines"] = [
        {"group": group, "code": "novel", **more}
        for group in ("fix", "ask", "change")
        for more in ({}, {"params": {"task": "ZZ-01", "question": "x", "reason": None}})
    ]
    told(office, (gateway, json.dumps(message).encode()))
    done = office("work", "--lang", "fi", as_="anna")
    assert done.exit_code == 0, done.output
    assert "ZZ-01" in done.output


def test_a_list_that_was_switched_off_is_gone(office: Desk):
    """Nobody is sent for what an old list says."""
    told(office, home(1, visit_h=5, due_d=2))
    switch_off(office)
    assert order(office) == []
