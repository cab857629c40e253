"""`kotivahti desk life` through the real command: rounds, plans, segments, case managers, due."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import looks
from desk.cli import desk
from desk.config import LifeTable
from desk.database import opened
from desk.life import forms, managers, rounds
from desk.life.people import LifeInputError
from edge.domain import Actor, Alert, AlertState, Instant, Priority
from edge.life.form import Form
from edge.life.rounds import Answer
from edge.locale import LANGUAGES
from edge.uplink import envelope
from tests.desk.helpers import PASSWORD, add_account, alert_body, fresh, say, write_config
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

pytestmark = pytest.mark.timeout(60)

PEOPLE = {"anna": "nurse", "ben": "coordinator", "rita": "relative", "pekka": "maintenance"}
TODAY = date(2026, 11, 22)
NOON_MS = 1_795_341_600_000  # of TODAY in Helsinki
BEFORE = ("1=7", "2=6", "3=8", "4=7", "5=8", "6=5", "7=6", "8=4", "9=7", "10=7")
AFTER = ("1=6/10/8", "2=7/6", "housing=5/9/8", "4=6", "5=8", "6=3", "7=6", "8=-/5", "9=7", "10=7")


class Ticking:
    """A clock by which every command comes a second after the one before, on the same day."""

    told_ms = NOON_MS

    def __init__(self, zone: str) -> None:
        assert zone == "Europe/Helsinki"

    def now(self) -> Instant:
        Ticking.told_ms += 1_000
        return Instant(boot="desk", boottime_ms=0, wall_ms=Ticking.told_ms)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ticking, "told_ms", NOON_MS)
    monkeypatch.setattr("desk.life.options.SystemClock", Ticking)


def now_ms() -> int:
    return Ticking("Europe/Helsinki").now().wall_ms


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


class Office:
    """A desk whose settings name terms of use; one customer with a home."""

    def __init__(self, folder: Path, terms: str = "Diak, agreement 14") -> None:
        self.folder = folder
        config = write_config(folder, 1)
        text = config.read_text().replace('views = "machine"\n', "")
        config.write_text(text + f'[life]\nterms = "{terms}"\n')
        with opened(folder / "desk.db") as connection:
            for name, role in PEOPLE.items():
                add_account(connection, name, role, cheap=True)
        self.env = {
            "KOTIVAHTI_DESK_CONFIG": str(config),
            "KOTIVAHTI_DESK_SESSION": str(folder / "session"),
            "KOTIVAHTI_PASSWORD": PASSWORD,
        }
        add = ("customer", "add", "c-0188", "--name", "Aino Mallikas", "--address", "Mallikatu 5")
        assert self.run(*add).exit_code == 0

    def run(self, *arguments: str, as_: str | None = "anna", text: str | None = None) -> Result:
        who = () if as_ is None else ("--as", as_)
        return CliRunner().invoke(desk, (*arguments, *who), env=self.env, input=text)

    def __call__(self, *arguments: str, as_: str | None = "anna") -> Result:
        return self.run("life", *arguments, as_=as_)

    def json(self, *arguments: str, as_: str = "anna") -> Any:
        result = self(*arguments, "--json", as_=as_)
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    def due(self, *arguments: str, as_: str = "anna") -> list[tuple[str, str, str, str]]:
        found = self.json("due", *arguments, as_=as_)
        return [(one["kind"], one["whose"], one["day"], one["about"]) for one in found]

    def database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "desk.db")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def add_item(office: Office, *more: str, follow_up: int = 0, responsible: str = "anna") -> Any:
    return office.json(
        "plan", "add", "c-0188", "--goal", "Kotona vielä kesällä", "--do", "Kahvat suihkuun",
        "--responsible", responsible, "--follow-up", day(follow_up), *more,
    )  # fmt: skip


# -- rounds ---------------------------------------------------------------------------------


def test_a_round_is_kept_shown_and_compared_with_the_one_before(office: Office):
    """By whom, on what terms; what fell in a watched theme is marked, and only that."""
    assert office("answer", "c-0188", *BEFORE, "--on", day(-60)).exit_code == 0
    assert office("answer", "c-0188", *AFTER).exit_code == 0
    newest, former = office.json("show", "c-0188")["rounds"]
    assert (newest["made_by"], newest["terms"]) == ("anna", "Diak, agreement 14")
    assert (former["day"], newest["day"]) == (day(-60), TODAY.isoformat())
    assert [row["theme"] for row in newest["themes"] if row["fell"]] == ["housing"]
    housing = newest["themes"][2]
    assert (housing["satisfaction"], housing["importance"], housing["goal"]) == (5, 9, 8)
    assert (housing["band"], housing["before"]["value"], housing["change"]) == ("low", 8, -3)
    assert newest["themes"][7]["satisfaction"] is None
    shown = office("show", "c-0188", "--lang", "fi").output
    assert "Asuminen                 5 tyytymätön" in shown
    assert shown.count("laskenut") == 1
    assert shown.index("Elämä kokonaisuutena") > shown.index("Itsetunto")


def test_without_answers_each_theme_is_asked_in_turn(office: Office):
    """What cannot be taken is asked again; a dash or Enter is not answered."""
    typed = "6 9 8\n11\n7\n-\n\n5\n4\n3\n2\n1\n0\n"
    done = office.run("life", "answer", "c-0188", "--lang", "sv", text=typed)
    assert done.exit_code == 0, done.output
    (kept,) = office.json("show", "c-0188")["rounds"]
    told = [row["satisfaction"] for row in kept["themes"]]
    assert told == [6, 7, None, None, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "arguments",
    [
        ("c-0188", "1=11"),
        ("c-0188", "1=6", "health=7"),
        ("c-0188", "11=6"),
        ("c-0188", "sauna=6"),
        ("c-0188", "1"),
        ("c-0188", "1=-"),
        ("c-0188", "1=6", "--form", "3x10d-9"),
        ("c-0188", "1=6", "--on", day(1)),
        ("c-0188", "1=6", "--on", day(-100)),
        ("c-0188", "1=6", "--again", day(10)),
        ("c-0188", "1=6", "--again", day(120)),
        ("c-0199", "1=6"),
    ],
)
def test_wrong_input_exits_with_2_and_keeps_nothing(office: Office, arguments: tuple[str, ...]):
    """No half of a round is written."""
    assert office("answer", *arguments).exit_code == 2
    assert office.json("show", "c-0188")["rounds"] == []


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("answer", "c-0188", "11=6"), "i 3x10d-2: 1 till 10"),
        (("answer", "c-0188", "1=11/9/8"), "ett heltal från 0 till 10"),
        (("answer", "c-0188", "1=6", "1=7"), "samma område står två gånger"),
        (("answer", "c-0188", "1=-"), "inget besvarades"),
        (("answer", "c-0188", "1=6", "--form", "x"), "'x' är inget formulär"),
        (("answer", "c-0188", "1=6", "--on", day(1)), "är inte inom de senaste"),
        (("show", "c-0199"), "kunden 'c-0199' finns inte"),
        (("picture", "c-0188", "x.svg"), "c-0188: inga samtal"),
        (("withdraw", "9", "--why", "x"), "samtalet 9 finns inte"),
        (("plan", "follow", "9", "--note", "x", "--outcome", "met"), "punkt 9 finns inte"),
        (("segment", "c-0188", "--every", "3"), "ge också --level"),
        (("segment", "c-0188", "--level", "1"), "ett segment har 1 till"),
        (("manager", "c-0188", "--account", "nobody"), "inget konto för en anställd"),
        (("manager", "c-0188", "--end"), "ingen egen kontaktperson är utsedd"),
    ],
)
def test_what_is_refused_is_told_in_the_language(
    office: Office, arguments: tuple[str, ...], words: str
):
    """Of whoever sits with the customer."""
    refused = office(*arguments, "--lang", "sv")
    assert (refused.exit_code in (1, 2), words in refused.output) == (True, True), refused.output


def test_a_form_of_a_registered_mark_is_off_until_terms_are_named(tmp_path: Path):
    """What was asked before still shows; plans and segments need no form's terms."""
    office = Office(tmp_path, terms=" ")
    refused = office("answer", "c-0188", "1=6")
    assert (refused.exit_code, "[life] terms" in refused.output) == (1, True)
    assert "registered mark" in refused.output
    assert office("form", "3x10d-2", as_=None).exit_code == 1
    listed = json.loads(office("form", "--json", as_=None).output)
    assert [(one["id"], one["off"]) for one in listed] == [("3x10d-2", True), ("3x10d-1", True)]
    assert add_item(office, "--theme", "3")["theme"] == "housing"
    assert office("show", "c-0188").exit_code == 0


def test_a_round_of_another_version_is_its_own(office: Office):
    """The first version's themes have their own numbers; nothing of the second is compared."""
    office("answer", "c-0188", "3=9", "--on", day(-30))
    told = office.json("answer", "c-0188", "--form", "3x10d-1", "3=2", "1=5")
    assert [row["theme"] for row in told["themes"]][:3] == ["studies_work", "family", "health"]
    assert all(row["before"] is None for row in told["themes"])
    assert [row for row in office.due() if row[0] == "fall"] == []


def test_the_newest_talk_counts_not_the_newest_entry(office: Office):
    """A talk of last month that comes in on paper later stands where it was held."""
    office("answer", "c-0188", "3=8", "--on", day(-60))
    office("answer", "c-0188", "3=6")
    office("answer", "c-0188", "3=7", "--on", day(-30))
    told = office.json("show", "c-0188")["rounds"]
    assert [one["day"] for one in told] == [TODAY.isoformat(), day(-30), day(-60)]
    assert [one["themes"][2]["change"] for one in told] == [-1, -1, None]


VALUE = st.one_of(st.none(), st.integers(0, 10))
THEME = st.builds(Answer, satisfaction=VALUE, importance=VALUE, goal=VALUE)


@given(st.lists(THEME, min_size=10, max_size=10), st.sampled_from(forms.every()))
@settings(max_examples=30)
def test_what_was_answered_is_what_stands_there(told: list[Answer], form: Form):
    """Each number in its place, nothing where nothing was said; no answer at all is no round."""
    with tempfile.TemporaryDirectory() as folder, closing(fresh(Path(folder))) as database:
        answers = {theme.code: one for theme, one in zip(form.theme, told, strict=True)}
        kept: dict[str, Any] = {"day": TODAY, "again": None, "today": TODAY, "at_ms": NOON_MS}
        anna = Actor(account="anna", role="nurse")
        if not any(one.is_told for one in told):
            with pytest.raises(LifeInputError, match="nothing was answered"):
                rounds.keep(database, "c-1", LifeTable(), form, answers, anna, **kept)
            return
        key = rounds.keep(database, "c-1", LifeTable(), form, answers, anna, **kept)
        (found,) = rounds.of(database, "c-1")
        assert (found.key, found.told.form) == (key, form.id)
        assert list(found.told.answers) == told


def test_a_wrong_round_is_taken_back_and_its_numbers_go(office: Office):
    """That there was one stays, with who took it back and why; a second time is refused."""
    key = str(office.json("answer", "c-0188", "1=6")["key"])
    assert office("withdraw", key, "--why", "another customer's").exit_code == 0
    assert office("withdraw", key, "--why", "again").exit_code == 1
    assert office.json("show", "c-0188")["rounds"] == []
    with office.database() as connection:
        row = connection.execute("SELECT withdrawn_by, withdrawn_why FROM life_round").fetchone()
        (left,) = connection.execute("SELECT count(*) FROM life_answer").fetchone()
    assert (tuple(row), left) == (("anna", "another customer's"), 0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_is_a_file_of_ones_own_that_names_nobody(
    office: Office, lang: str, tmp_path: Path
):
    """Readable by its owner, never over another file, with the day and no name."""
    file = tmp_path / "circle.svg"
    assert office("picture", "c-0188", str(file)).exit_code == 1
    office("answer", "c-0188", *AFTER)
    assert office("picture", "c-0188", str(file), "--lang", lang).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    drawn = file.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert "Aino" not in drawn
    assert "c-0188" not in drawn
    assert office("picture", "c-0188", str(file)).exit_code == 2


# -- plan -----------------------------------------------------------------------------------


def test_an_item_has_a_goal_somebody_who_sees_to_it_and_a_day(office: Office):
    """It is due on its day, goes on with another one, ends with an outcome; all of it is kept."""
    item = add_item(office, "--theme", "housing")
    assert (item["goal"], item["responsible"]) == ("Kotona vielä kesällä", "anna")
    assert office.due() == [("follow_up", "anna", TODAY.isoformat(), "housing")]
    assert office.due("--mine", as_="ben") == []
    key = str(item["item"])
    more = ("--note", "kahvat tilattu", "--next", day(30), "--responsible", "ben")
    assert office("plan", "follow", key, *more).exit_code == 0
    assert office.due() == []
    assert office.due("--days", "30") == [("follow_up", "ben", day(30), "housing")]
    ended = office.json("plan", "follow", key, "--note", "paikallaan", "--outcome", "met")
    assert (ended["outcome"], ended["follow_up"]) == ("met", None)
    assert office("plan", "follow", key, "--note", "x", "--outcome", "met").exit_code == 1
    assert office.due("--days", "92") == []
    told = office.json("show", "c-0188")
    assert [one["note"] for one in told["plan_history"]] == ["", "kahvat tilattu", "paikallaan"]
    assert len(told["plan"]) == 1
    assert "toteutui" in office("plan", "list", "c-0188", "--lang", "fi").output


@pytest.mark.parametrize(
    "more",
    [
        ("--responsible", "nobody", "--follow-up", day(0)),
        ("--responsible", "rita", "--follow-up", day(0)),
        ("--responsible", "anna", "--follow-up", day(-1)),
        ("--responsible", "anna", "--follow-up", day(400)),
        ("--responsible", "anna", "--follow-up", "soon"),
        ("--responsible", "anna", "--follow-up", day(0), "--theme", "11"),
        ("--responsible", "anna", "--follow-up", day(0), "--goal", "x" * 401),
        ("--responsible", "anna"),
    ],
)
def test_an_item_without_a_worker_or_a_day_is_refused(office: Office, more: tuple[str, ...]):
    """A relative's account is no worker's; a day is within a year from now."""
    given = ("plan", "add", "c-0188", "--goal", "g", "--do", "d", *more)
    assert office(*given).exit_code == 2
    assert office.json("plan", "list", "c-0188") == []


def test_an_item_whose_worker_left_is_due_at_once(office: Office):
    """Its day may be far; somebody has to see to it."""
    add_item(office, follow_up=90, responsible="ben")
    assert office.due() == []
    assert office.run("account", "end", "ben", as_=None).exit_code == 0
    assert office.due() == [("orphan", "coordinator", TODAY.isoformat(), "")]


def test_around_a_plan_the_form_is_asked_again(office: Office):
    """On the told day; else within three months while something of the plan is open."""
    office("answer", "c-0188", *BEFORE, "--on", day(-92))
    assert office.due() == []
    item = add_item(office, follow_up=30)
    assert office.due() == [("repeat", "coordinator", TODAY.isoformat(), "3x10d-2")]
    office("answer", "c-0188", *BEFORE, "--again", day(40))
    assert office.due("--days", "39") == [("follow_up", "anna", day(30), "")]
    done = ("plan", "follow", str(item["item"]), "--note", "x", "--outcome", "dropped")
    assert office(*done).exit_code == 0
    assert office.due("--days", "92") == [("repeat", "coordinator", day(40), "3x10d-2")]


# -- falls ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["plan", "contact", "round"])
def test_a_fall_is_on_the_list_until_somebody_took_it_up(office: Office, how: str):
    """No alert: a line for the coordinator, or the case manager, at the next visit."""
    office("answer", "c-0188", *BEFORE, "--on", day(-60))
    office("answer", "c-0188", *AFTER)
    assert office.due() == [("fall", "coordinator", TODAY.isoformat(), "housing")]
    office("manager", "c-0188", "--account", "anna")
    assert office.due("--mine") == [("fall", "anna", TODAY.isoformat(), "housing")]
    if how == "plan":
        add_item(office, "--theme", "housing", follow_up=9)
    elif how == "contact":
        assert office("contact", "c-0188", "--note", "soitettu").exit_code == 0
    else:
        office("answer", "c-0188", "housing=8")
    assert office.due() == []
    with office.database() as connection:
        assert connection.execute("SELECT count(*) FROM alert").fetchone() == (0,)


# -- segment and case manager ---------------------------------------------------------------


def test_a_segment_sets_rhythm_and_receiver_for_a_year(office: Office):
    """Told by a named worker with reasons; what was told before stays."""
    office("segment", "c-0188", "--level", "2", "--reason", "apua suihkussa")
    told = office.json("segment", "c-0188", "--level", "3", "--reason", "a", "--reason", "b")
    assert [(one["level"], one["every_days"], one["receiver"]) for one in told] == [
        (3, 7, "case_manager"),
        (2, 31, "nurse"),
    ]
    assert told[0]["reasons"] == ["a", "b"]
    assert told[0]["valid_until"] == day(365)
    assert office.due() == [("manager", "coordinator", TODAY.isoformat(), "")]
    office("manager", "c-0188", "--account", "ben")
    assert office.due("--days", "7") == [("contact", "ben", day(7), "")]
    office.json("segment", "c-0188", "--level", "1", "--reason", "a", "--every", "60")
    assert office.due("--days", "60") == [("contact", "coordinator", day(60), "")]


@pytest.mark.parametrize(
    "more",
    [
        ("--level", "4", "--reason", "x"),
        ("--level", "2"),
        ("--reason", "x"),
        ("--level", "2", *("--reason", "x") * 6),
        ("--level", "2", "--reason", "x", "--every", "0"),
    ],
)
def test_a_segment_stands_on_reasons(office: Office, more: tuple[str, ...]):
    assert office("segment", "c-0188", *more).exit_code == 2
    assert office.json("segment", "c-0188") == []


def age(office: Office, table: str, days: int) -> None:
    """Let what a table holds have been told so many days earlier."""
    with office.database() as connection:
        connection.execute(
            f"UPDATE {table} SET told_ms = told_ms - ?",  # noqa: S608
            (days * 86_400_000,),
        )
    connection.close()


def home_again(stay: str, **changes: Any) -> Alert:
    facts: dict[str, Any] = {
        "id": uid(0xB1), "rev": 1, "code": "assessment_due", "subject": "p-1",
        "priority": Priority.NORMAL, "state": AlertState.RAISED, "raised": NOW, "changed": NOW,
        "params": {"stay": stay, "resident": "p-1"},
    }  # fmt: skip
    return Alert(**(facts | changes))


@pytest.mark.parametrize("stay", ["hospital", "respite"])
def test_after_hospital_the_segment_is_told_anew(office: Office, stay: str):
    """By the word of the home; a respite stay is none, and a new segment is one."""
    office("segment", "c-0188", "--level", "2", "--reason", "x")
    with opened(office.folder / "desk.db") as connection:
        say(connection, alert_body(home_again(stay), 5), at_ms=now_ms())
    expected = [("segment", "coordinator", TODAY.isoformat(), "hospital")]
    assert office.due() == (expected if stay == "hospital" else [])
    office("segment", "c-0188", "--level", "2", "--reason", "y")
    assert office.due() == []


def test_a_worker_tells_of_the_hospital_too_and_a_year_is_a_year(office: Office):
    """Where the home told nothing, and where nobody was in hospital at all."""
    office("segment", "c-0188", "--level", "1", "--reason", "x", "--every", "366")
    assert office("contact", "c-0188", "--hospital").exit_code == 0
    assert office.due() == [("segment", "coordinator", TODAY.isoformat(), "hospital")]
    office("segment", "c-0188", "--level", "1", "--reason", "x", "--every", "366")
    assert office.due() == []
    with office.database() as connection:
        connection.execute("UPDATE life_segment SET valid_until = ?", (day(-1),))
    connection.close()
    assert office.due() == [("segment", "coordinator", TODAY.isoformat(), "year")]


def test_contact_is_due_when_the_rhythm_ran_out(office: Office):
    """A told contact counts, and so do a round and a word on the plan."""
    office("segment", "c-0188", "--level", "2", "--reason", "x")
    age(office, "life_segment", 40)
    assert office.due() == [("contact", "nurse", day(-9), "")]
    assert office.due("--mine") == office.due()
    assert office.due("--mine", as_="ben") == []
    office("contact", "c-0188")
    assert office.due() == []


def test_the_case_manager_is_a_named_account_with_history_and_an_end(office: Office):
    """One at a time; over on its day, ended by a person, or with the account."""
    assert office("manager", "c-0188", "--account", "rita").exit_code == 2
    assert office("manager", "c-0188", "--end").exit_code == 1
    office("manager", "c-0188", "--account", "ben", "--until", day(30))
    told = office.json("manager", "c-0188", "--account", "anna")
    assert told["case_manager"] == "anna"
    assert [(one["account"], one["ended_by"]) for one in told["history"]] == [
        ("anna", None),
        ("ben", "anna"),
    ]
    with opened(office.folder / "desk.db") as connection:
        found = managers.case_manager(connection, "c-0188", TODAY)
        assert (found and (found.account, found.role)) == ("anna", "nurse")
        assert managers.case_manager(connection, "c-0199", TODAY) is None
    office("manager", "c-0188", "--account", "ben", "--until", day(30))
    with opened(office.folder / "desk.db") as connection:
        on_last, after = TODAY + timedelta(days=30), TODAY + timedelta(days=31)
        assert managers.case_manager(connection, "c-0188", on_last) is not None
        assert managers.case_manager(connection, "c-0188", after) is None
    assert office.run("account", "end", "ben", as_=None).exit_code == 0
    assert office.json("manager", "c-0188")["case_manager"] is None


def test_a_case_manager_who_is_one_no_more_is_told(office: Office):
    """By their last day or by their account; until another is named or the naming is ended."""
    office("manager", "c-0188", "--account", "ben", "--until", day(0))
    assert office.due() == []
    with office.database() as connection:
        connection.execute("UPDATE life_manager SET until = ?", (day(-3),))
    connection.close()
    assert office.due() == [("manager", "coordinator", day(-3), "")]
    office("manager", "c-0188", "--account", "ben")
    assert office.due() == []
    office.run("account", "end", "ben", as_=None)
    assert office.due() == [("manager", "coordinator", TODAY.isoformat(), "")]
    assert office("manager", "c-0188", "--end").exit_code == 0
    assert office.due() == []


def test_when_the_service_ends_nothing_is_due_and_all_is_kept(office: Office):
    """What is told later begins anew."""
    office("answer", "c-0188", *BEFORE, "--on", day(-60))
    office("answer", "c-0188", *AFTER, "--again", day(30))
    add_item(office)
    office("segment", "c-0188", "--level", "3", "--reason", "x")
    office("contact", "c-0188", "--hospital")
    office("manager", "c-0188", "--account", "anna")
    before = office.json("show", "c-0188")
    assert len(office.due("--days", "92")) == 5
    assert office("close", "c-0188").exit_code == 2
    assert office("close", "c-0188", "--why", "muutti hoivakotiin").exit_code == 0
    assert office.due("--days", "92") == []
    after = office.json("show", "c-0188")
    assert (after["rounds"], after["segments"]) == (before["rounds"], before["segments"])
    (item,) = after["plan"]
    assert (item["outcome"], item["note"]) == ("dropped", "muutti hoivakotiin")
    assert after["case_manager"] is None
    assert "nothing is followed" in office("show", "c-0188").output
    office("segment", "c-0188", "--level", "3", "--reason", "takaisin kotona")
    assert [one[0] for one in office.due()] == ["manager"]


def test_a_case_manager_is_told_of_level_changes_of_their_home(office: Office):
    """An open alert stands on their list, and on nobody's without a case manager."""
    changed = home_again("x", id=uid(0xB2), code="level_changed", params={"to": "red"})
    with opened(office.folder / "desk.db") as connection:
        say(
            connection, alert_body(changed, 6), alert_body(samples.smoke_alert(), 7), at_ms=now_ms()
        )
    assert office.due() == []
    office("manager", "c-0188", "--account", "anna")
    assert office.due("--mine") == [("alert", "anna", TODAY.isoformat(), "level_changed")]
    assert office.due("--mine", as_="ben") == []


def test_a_level_that_rose_twice_is_on_the_coordinators_list(office: Office):
    """With a case manager and without; in words, until the alert is closed."""
    params = {"to": "orange", "hazard": "fire"}
    rose = home_again(
        "x", id=uid(0xB2), code="level_changed", params=params, flags=("level_rising",)
    )
    with opened(office.folder / "desk.db") as connection:
        say(connection, alert_body(rose, 6), at_ms=now_ms())
    case = ("case", "coordinator", TODAY.isoformat(), "level_rising")
    assert office.due("--mine", as_="ben") == [case]
    office("manager", "c-0188", "--account", "anna")
    assert office.due("--mine", as_="ben") == [case]
    assert office.due("--mine") == [("alert", "anna", TODAY.isoformat(), "level_changed")]
    line = office("due", "--mine", "--lang", "fi", as_="ben").output
    assert "koordinaattorin asia: taso nousi kahdessa peräkkäisessä arviossa" in line
    closed = msgspec.structs.replace(rose, rev=2, state=AlertState.CLOSED)
    with opened(office.folder / "desk.db") as connection:
        say(connection, alert_body(closed, 7), at_ms=now_ms())
    assert office.due() == []


# -- whose data ------------------------------------------------------------------------------


VIEWS = {
    "life shown": ("show", "c-0188"),
    "life picture": ("picture", "c-0188", "{file}"),
    "plan items shown": ("plan", "list", "c-0188"),
    "segment shown": ("segment", "c-0188"),
    "case manager shown": ("manager", "c-0188"),
    "life exported": ("export", "c-0188", "{file}"),
    "life due": ("due",),
}


@pytest.mark.parametrize("what", VIEWS)
def test_every_look_is_written_down_and_only_workers_look(
    office: Office, what: str, tmp_path: Path
):
    """A relative, maintenance and nobody see none of it, and leave no look behind."""
    office("answer", "c-0188", *AFTER)
    add_item(office)
    view = [one.format(file=tmp_path / "out") for one in VIEWS[what]]
    for who in ("rita", "pekka", None):
        refused = office(*view, as_=who)
        assert refused.exit_code == 3
        assert "housing" not in refused.output
    assert office(*view).exit_code == 0
    with opened(office.folder / "desk.db") as connection:
        found = [row for row in looks.of(connection, "c-0188") if row["what"] == what]
    assert [(row["who"], row["role"]) for row in found] == [("anna", "nurse")]


def test_the_customer_gets_all_of_it(office: Office, tmp_path: Path):
    """Rounds, plan with its history, segments, case managers, contacts; a file of the owner's."""
    office("answer", "c-0188", *AFTER)
    add_item(office)
    office("segment", "c-0188", "--level", "1", "--reason", "x")
    office("manager", "c-0188", "--account", "ben")
    office("contact", "c-0188", "--note", "soitettu")
    file = tmp_path / "life.json"
    assert office("export", "c-0188", str(file), "--why", "asked").exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    told = json.loads(file.read_text(encoding="utf-8"))
    for part in ("rounds", "plan", "plan_history", "segments", "case_managers", "contacts"):
        assert len(told[part]) == 1, part
    assert office("export", "c-0188", str(file)).exit_code == 2


def asks_to_erase(connection: sqlite3.Connection) -> dict[str, Any]:
    body = envelope.request(ORIGIN, "erase", id=uid(90), sequence=90, at=NOW).body
    say(connection, body, topic="gw-0001/up/request")
    row = connection.execute("SELECT erased, kept FROM request").fetchone()
    return {"erased": json.loads(row["erased"]), "kept": json.loads(row["kept"])}


@pytest.mark.parametrize(
    "claim, expected",
    [(("c-0188", "confirmed"), 1), (("c-0188", "mismatch"), 0), (("c-9", "confirmed"), 0)],
)
def test_a_request_of_the_home_erases_what_was_answered_and_keeps_the_record(
    office: Office, claim: tuple[str, str], expected: int
):
    """Only of whom its box was claimed for, and confirmed: a message could name anybody."""
    office("answer", "c-0188", *AFTER)
    add_item(office)
    with opened(office.folder / "desk.db") as connection:
        connection.execute(
            "INSERT INTO claim (gateway, request, kind, customer, typed_address, state, reason, "
            "made_ms) VALUES ('gw-0001', 'r', 'new', ?, '', ?, '', 1)",
            claim,
        )
        done = asks_to_erase(connection)
    assert done["erased"]["life_round"] == expected
    assert done["erased"]["life_answer"] == 10 * expected
    assert done["kept"]["life_plan"] == 1
    assert len(office.json("show", "c-0188")["rounds"]) == 1 - expected
    assert len(office.json("plan", "list", "c-0188")) == 1


def test_a_worker_erases_for_a_customer_without_a_home(office: Office):
    """The rounds go, with their numbers; the plan stays."""
    office("answer", "c-0188", *AFTER)
    add_item(office)
    assert office.json("erase", "c-0188")["erased"] == 1
    told = office.json("show", "c-0188")
    assert (told["rounds"], len(told["plan"])) == ([], 1)
    with office.database() as connection:
        assert connection.execute("SELECT count(*) FROM life_answer").fetchone() == (0,)


def test_there_is_no_total_in_what_is_shown_or_exported(office: Office):
    """Neither the sum nor the mean of any view stands in the text or in the JSON."""
    office("answer", "c-0188", *[f"{n}=9/9/9" for n in range(1, 9)], "9=8", "10=8")
    text = office("show", "c-0188").output
    told = office.json("show", "c-0188")["rounds"]
    numbers: set[object] = set()

    def walk(value: Any, key: str = "") -> None:
        assert not {"total", "sum", "mean", "score", "average", "index"} & set(key.split("_"))
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, name)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, key)
        elif key != "made_ms":
            numbers.add(value)

    walk(told)
    assert not numbers & {88, 8.8, 72, 9.0 * 8, 232}
    assert not {"88", "8.8", "72", "232"} & set(text.split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_line_has_words_in_each_language(office: Office, lang: str):
    """No key without words on the screen."""
    office("answer", "c-0188", *BEFORE, "--on", day(-60), "--again", day(0))
    office("answer", "c-0188", *AFTER)
    add_item(office, "--theme", "2")
    office("segment", "c-0188", "--level", "3", "--reason", "x")
    office("contact", "c-0188", "--hospital")
    for view in (("due", "--days", "92"), ("show", "c-0188"), ("segment", "c-0188")):
        shown = office(*view, "--lang", lang)
        assert shown.exit_code == 0
        assert "_" not in shown.output, shown.output
        assert "[" not in shown.output


def test_a_new_desk_has_nothing_due(tmp_path: Path):
    """And says so."""
    fresh(tmp_path).close()
    office = Office(tmp_path)
    assert office("due", "--lang", "fi").output == "ei mitään\n"
    assert office("show", "c-0188").exit_code == 0
