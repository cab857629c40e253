"""Named persons at the desk: log-ins, roles, passwords, and the log of who looked at whom."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from desk import accounts, looks, sessions
from desk.cli import desk
from desk.database import opened
from desk.rights import ROLES, Right, has
from desk.schema_region import ACCESS_KEPT_MS
from edge.clock import SystemClock
from edge.domain import Actor
from tests.desk.helpers import (
    AT_MS,
    PASSWORD,
    add_account,
    alert_body,
    fresh,
    say,
    write_config,
)
from tests.uplink import samples
from tests.uplink.samples import uid
from tests.uplink.test_envelope import built

pytestmark = pytest.mark.timeout(60)

ALERT = uid(0xA1)
ANNA = Actor(account="anna", role="nurse")
PEOPLE = {
    "anna": "nurse",
    "ben": "coordinator",
    "pekka": "maintenance",
    "rita": "relative",
    "sari": "supervisor",
    "tuija": "privacy",
}


class Desk:
    """A desk at which nobody looks without a name; commands as one user of the machine."""

    def __init__(self, directory: Path) -> None:
        self.folder = directory
        config = write_config(directory, 1)
        config.write_text(config.read_text().replace('views = "machine"\n', ""))
        with opened(directory / "desk.db") as connection:
            for name, role in PEOPLE.items():
                add_account(connection, name, role, cheap=True)
            say(connection, built()["hb-1.0"], topic="gw-0001/up/hb")
            say(connection, alert_body(samples.smoke_alert(), 1))
        self.env = {
            "KOTIVAHTI_DESK_CONFIG": str(config),
            "KOTIVAHTI_DESK_SESSION": str(directory / "session"),
            "KOTIVAHTI_PASSWORD": PASSWORD,
        }

    def __call__(self, *arguments: str, as_: str | None = None, **more: str) -> Result:
        who = () if as_ is None else ("--as", as_)
        return CliRunner().invoke(desk, (*arguments, *who), env=self.env | more)

    def looks(self) -> list[tuple[str, str, str, str]]:
        with opened(self.folder / "desk.db") as connection:
            rows = connection.execute("SELECT who, role, what, why FROM access ORDER BY key")
            return [tuple(row) for row in rows]


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    """One home, one smoke alert, six persons."""
    return Desk(tmp_path)


VIEWS = (
    ("alerts",),
    ("homes",),
    ("incidents",),
    ("proofs",),
    ("gaps",),
    ("gaps", "gw-0001"),
    ("show", ALERT),
    ("customer", "list"),
    ("customer", "show", "c-0188"),
    ("customer", "home", "c-0188"),
    ("profile", "list", "gw-0001"),
    ("escalation", "show", "gw-0001"),
    ("request", "list"),
    ("views", "--customer", "c-0188"),
    ("life", "show", "c-0188"),
    ("life", "due"),
)


def test_nobody_looks_without_a_name(office: Desk):
    """Exit 3 with the way in, and nothing is shown."""
    for view in VIEWS:
        result = office(*view)
        assert (result.exit_code, "desk login" in result.output) == (3, True), view
        assert "gw-0001" not in result.output
    assert office.looks() == []


def test_a_log_in_proves_who_looks_until_it_is_left(office: Desk):
    """Once a password, then none; its file is the user's alone and is no password."""
    nothing = {"KOTIVAHTI_PASSWORD": ""}
    assert office("login", as_="anna").exit_code == 0
    file = office.folder / "session"
    assert file.stat().st_mode & 0o777 == 0o600
    assert office("alerts", **nothing).exit_code == 0
    assert office("accept", ALERT, **nothing).output.startswith(f"{ALERT} accepted by anna")
    with opened(office.folder / "desk.db") as connection:
        dump = "\n".join(connection.iterdump())
    assert file.read_text() not in dump
    kept = file.read_text()
    assert office("logout").exit_code == 0
    assert office("logout").exit_code == 2
    assert office("alerts").exit_code == 3
    file.write_text(kept)  # a copy of the file is of no use afterwards
    assert office("alerts").exit_code == 3


def test_a_log_in_ends_by_itself(tmp_path: Path):
    """After a quarter of an hour alone, after twelve hours at all, and at a clock set back."""
    connection = fresh(tmp_path)
    add_account(connection, "anna", "nurse", cheap=True)
    idle = sessions.begin(connection, ANNA, AT_MS)
    assert sessions.actor_of(connection, idle, AT_MS + sessions.IDLE_MS - 1) == ANNA
    assert sessions.actor_of(connection, idle, AT_MS + 2 * sessions.IDLE_MS) is None
    long = sessions.begin(connection, ANNA, AT_MS)
    for at_ms in range(AT_MS, AT_MS + sessions.WHOLE_MS, sessions.IDLE_MS - 1):
        assert sessions.actor_of(connection, long, at_ms) == ANNA
    assert sessions.actor_of(connection, long, AT_MS + sessions.WHOLE_MS) is None
    ahead = sessions.begin(connection, ANNA, AT_MS + 10 * sessions.IDLE_MS)
    assert sessions.actor_of(connection, ahead, AT_MS) is None
    assert sessions.actor_of(connection, "guess", AT_MS) is None
    for n in range(2 * sessions.SESSIONS_MAX):
        sessions.begin(connection, ANNA, AT_MS + n)
    (count,) = connection.execute("SELECT count(*) FROM session").fetchone()
    assert count == sessions.SESSIONS_MAX
    connection.close()


@pytest.mark.parametrize("how", ["password", "role", "end"])
def test_what_changes_an_account_ends_its_log_ins(office: Desk, how: str, tmp_path: Path):
    """A new password, a new role, the end of the account."""
    assert office("login", as_="anna").exit_code == 0
    (tmp_path / "new").write_text("another horse battery\n", encoding="utf-8")
    more = {
        "password": ("account", "password", "anna", "--new-password-file", str(tmp_path / "new")),
        "role": ("account", "role", "anna", "helper"),
        "end": ("account", "end", "anna"),
    }[how]
    assert office(*more).exit_code == 0
    assert office("alerts").exit_code == 3
    old = office("accept", ALERT, as_="anna").exit_code
    new = office("accept", ALERT, as_="anna", KOTIVAHTI_PASSWORD="another horse battery").exit_code
    assert (old, new) == {"password": (3, 0), "role": (0, 3), "end": (3, 3)}[how]
    listed = json.loads(office("account", "list", "--json").output)[0]
    assert (listed["name"], listed["changed_by"] is not None) == ("anna", True)


def test_a_password_is_changed_only_by_who_knows_it_and_a_lock_out_is_lifted_by_a_reset(
    office: Desk, tmp_path: Path
):
    """Five wrong ones lock; the operator of the machine sets a new one, and it is kept who."""
    new = tmp_path / "new"
    new.write_text("another horse battery\n", encoding="utf-8")
    change = ("account", "password", "anna", "--new-password-file", str(new))
    for _ in range(accounts.FAILURES_MAX):
        assert office(*change, KOTIVAHTI_PASSWORD="not the password").exit_code == 3
    assert office(*change).exit_code == 3
    assert office("account", "reset", "anna", "--password-file", str(new)).exit_code == 0
    assert office("login", "--password-file", str(new), as_="anna").exit_code == 0
    new.write_text("short\n", encoding="utf-8")
    assert office("account", "reset", "anna", "--password-file", str(new)).exit_code == 2
    assert office("account", "end", "nobody").exit_code == 2
    with opened(tmp_path / "desk.db") as connection:
        row = connection.execute("SELECT password FROM account WHERE name = 'anna'").fetchone()
    assert re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", row["password"])


BOXES = {"alerts", "homes", "incidents", "proofs", "gaps", "gaps gw-0001"}
SEEN: dict[str, set[str]] = {
    "anna": {" ".join(view) for view in VIEWS} - {"views --customer c-0188"},
    "pekka": BOXES,
    "rita": set(),
    "sari": BOXES | {"request list", "views --customer c-0188"},
    "tuija": {"request list", "views --customer c-0188"},
}


@pytest.mark.parametrize("name", SEEN)
def test_each_role_sees_what_it_is_for(office: Desk, name: str):
    """And is told which roles may see the rest."""
    made = ("customer", "add", "c-0188", "--name", "Aino", "--address", "Mallikatu 5")
    assert office(*made, as_="ben").exit_code == 0
    assert office("login", as_=name).exit_code == 0
    codes = {" ".join(view): office(*view).exit_code for view in VIEWS}
    assert {view for view, code in codes.items() if code == 0} == SEEN[name]
    assert {code for view, code in codes.items() if view not in SEEN[name]} <= {3}


def test_maintenance_mends_boxes_and_answers_no_call_for_help(office: Desk):
    """A silent device is theirs; smoke is not."""
    assert office("accept", ALERT, as_="pekka").exit_code == 3
    with opened(office.folder / "desk.db") as connection:
        connection.execute("UPDATE alert SET code = 'device_silent'")
    assert office("show", ALERT, as_="pekka").exit_code == 0
    shown = json.loads(office("show", ALERT, "--json", as_="pekka").output)
    assert {"client", "site", "evidence"} & set(shown) == set()
    assert office("accept", ALERT, as_="pekka").exit_code == 0
    assert office("close", ALERT, "--outcome", "other", as_="sari").exit_code == 3


def test_no_role_both_answers_for_residents_and_oversees_who_looked():
    """Who looks does not watch over looks; and an unknown role may nothing."""
    for rights in ROLES.values():
        assert not {Right.LOOKS, Right.ANSWER} <= rights
    assert not any(has("king", right) for right in Right)
    assert not has("machine", Right.ANSWER)


def test_every_look_stands_in_the_log_with_who_role_view_and_why(office: Desk):
    """Before it is shown; also the look at the log itself. A list repeated at once is one look."""
    office("login", as_="anna")
    office("alerts")
    office("alerts")
    office("show", ALERT, "--why", "daughter called")
    office("show", ALERT)
    office("homes")
    office("views", "--customer", "c-0188", as_="anna")
    found = office("views", "--customer", "c-0188", "--why", "they asked", "--json", as_="tuija")
    rows = json.loads(found.output)["views"]
    assert [(row["who"], row["role"], row["what"], row["why"]) for row in rows][::-1] == [
        ("anna", "nurse", "alerts", ""),
        ("anna", "nurse", "alert shown", "daughter called"),
        ("anna", "nurse", "alert shown", ""),
        ("anna", "nurse", "homes", ""),
        ("tuija", "privacy", "views", "they asked"),
    ]
    text = office("views", "--customer", "c-0188", "--lang", "fi", as_="tuija").output
    assert "anna (hoitaja)  hälytys katsottu  syy: daughter called" in text
    assert office("views", "--customer", "c-9999", as_="tuija").exit_code == 2
    assert office("views", as_="tuija").exit_code == 2


def test_the_log_can_be_neither_changed_nor_shortened(tmp_path: Path):
    """By whatever program writes to the file; what is older than twelve years goes."""
    connection = fresh(tmp_path)
    looks.note(connection, "anna", "homes", ["c-1"], AT_MS)
    for statement in ("UPDATE access SET who = 'x'", "DELETE FROM access"):
        with pytest.raises(sqlite3.IntegrityError, match="log of looks"):
            connection.execute(statement)
    looks.prune(connection, AT_MS + 2 * ACCESS_KEPT_MS)
    assert len(looks.of(connection, "c-1")) == 1  # a clock that is ahead makes nothing old
    looks.note(connection, "anna", "homes", ["c-1"], AT_MS + ACCESS_KEPT_MS)
    looks.prune(connection, AT_MS + ACCESS_KEPT_MS)
    assert [row["at_ms"] for row in looks.of(connection, "c-1")] == [AT_MS + ACCESS_KEPT_MS]
    connection.close()


def test_what_a_customer_asks_for_is_answered_with_who_looked(office: Desk):
    """By the number of their request."""
    with opened(office.folder / "desk.db") as connection:
        connection.execute(
            "INSERT INTO request (gateway, client, site, kind, class, received_ms, erased, kept) "
            "VALUES ('gw-0001', 'c-0188', 's', 'erase', '', ?, '{}', '{}')",
            (SystemClock("UTC").now().wall_ms,),
        )
    office("alerts", as_="anna")
    found = json.loads(office("views", "--request", "1", "--json", as_="sari").output)
    assert found["customer"] == "c-0188"
    assert "alerts" in [row["what"] for row in found["views"]]
    assert office("views", "--request", "7", as_="sari").exit_code == 1
