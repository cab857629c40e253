"""Notifications at the desk: asked for by red, drafted, released by a person, sent as stated."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from desk import deputies, home_facts, notice_lists, notices, prompts, reads, vigil
from desk.cli import desk
from desk.database import opened
from desk.notify_words import head
from edge.config.writing import toml
from edge.domain import Alert, AlertState, Priority
from edge.notification.prompting import AGAIN_MS, DECIDE_WITHIN_MS
from tests.desk.helpers import AT_MS, PASSWORD, add_account, alert_body, say, write_config
from tests.desk.test_requests import TOPIC, erase_body
from tests.escalation import plans
from tests.uplink import samples
from tests.uplink.samples import uid
from tests.uplink.test_envelope import built

pytestmark = pytest.mark.timeout(90)

WHO = {"anna": "nurse", "ben": "coordinator", "sari": "supervisor", "pekka": "maintenance"}
WORK = "gw-0001/up/work"
CODE = "010141-123A"


def turned(number: int, *reasons: str, to: str = "red", hazard: str = "fire", **more: Any) -> Alert:
    """An alert about a level, as the home's rule raises it."""
    named = {f"reason_{n}": reason for n, reason in enumerate(reasons, 1)}
    params = {"hazard": hazard, "from": "yellow", "to": to, "unknown_percent": 12}
    return samples.smoke_alert(
        id=uid(number),
        code="level_changed",
        subject=hazard,
        priority=Priority.HIGH,
        room=None,
        evidence=(),
        params={**params, "reason_1": None, "reason_2": None, "reason_3": None} | named,
        **more,
    )


class Office:
    """A desk with four people; every command as one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = write_config(folder, 1)
        text = config.read_text(encoding="utf-8").replace('views = "machine"\n', "")
        config.write_text(
            text + f'[notify]\norganisation = "Esimerkin hyvinvointialue"\ndeputy = ["ben"]\n'
            f'key_file = "{folder}/key"\n',
            encoding="utf-8",
        )
        self.env = {"KOTIVAHTI_DESK_CONFIG": str(config), "KOTIVAHTI_PASSWORD": PASSWORD}
        with self.database() as connection:
            for name, role in WHO.items():
                add_account(connection, name, role, cheap=True)
        self("notify", "key", str(folder / "key"), as_=None)
        self.ok("customer", "add", "c-0188", "--name", "Aino Mallikas",
                "--address", "Mallikatu 5 A 12, 02100 Espoo")  # fmt: skip
        self.number = 0

    def database(self) -> Any:
        return opened(self.folder / "desk.db")

    def __call__(self, *words: str, as_: str | None = "anna", given: str | None = None) -> Result:
        who = () if as_ is None else ("--as", as_)
        return CliRunner().invoke(desk, (*words, *who), env=self.env, input=given)

    def ok(self, *words: str, as_: str = "anna", given: str | None = None) -> str:
        done = self(*words, as_=as_, given=given)
        assert done.exit_code == 0, done.output
        return done.output

    def told(self, *words: str, as_: str = "anna") -> Any:
        return json.loads(self.ok(*words, "--json", as_=as_))

    def hear(self, alert: Alert, at_ms: int = AT_MS) -> None:
        self.number += 1
        with self.database() as connection:
            say(connection, alert_body(alert, self.number), at_ms=at_ms)

    def listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.told("notify", "list")
        return found

    def draft(self, *more: str) -> str:
        made = self.told("notify", "draft", "--customer", "c-0188", *more)
        return str(made["id"])

    def release(self, id_: str, *more: str) -> dict[str, Any]:
        found: dict[str, Any] = self.told(
            "notify", "release", id_, "--name", "Anna Esimerkki", "--role", "sairaanhoitaja",
            "--phone", "050 000 0000", "--reachable", "ma-pe 8-15", *more,
        )  # fmt: skip
        return found


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def content_of(office: Office, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = office.told("notify", "show", id_)["content"]
    return found


# -- asked by a red level -------------------------------------------------------------------


def test_a_red_fire_level_asks_once_with_a_draft_and_sends_nothing(office: Office) -> None:
    """A place in the list, the findings as sentences; a model's reason is no finding."""
    office.hear(turned(1, "FS-05:bed", "home-risk:smoking", "FS-02:dead"))
    office.hear(turned(2, "FS-05:bed", "FS-02:dead"))
    (row,) = office.listed()
    assert (row["state"], row["origin"], row["kind"]) == ("draft", "prompt", "vaarailmoitus")
    assert (row["to_decide"], row["overdue"]) == (True, True)  # the samples' day is long ago
    assert row["findings"] == ["FS-05:bed", "FS-02:dead"]
    content = content_of(office, row["id"])
    assert [one["item"] for one in content["observations"]] == ["FS-05", "FS-02"]
    assert content["site"]["street"] == "Mallikatu"
    assert content["index"]["level"] == "red"
    with office.database() as connection:  # who asks after silent homes knows the level too
        assert vigil.frailty(connection, "gw-0001", "c-0188").level == "red"
    with office.database() as connection:
        (steps,) = connection.execute("SELECT group_concat(step) FROM notification_step").fetchone()
    assert steps == "draft"


@pytest.mark.parametrize("name", ["Aino " * 30, "Aino 010140-123A"])
def test_a_register_that_no_page_holds_stops_no_message(office: Office, name: str) -> None:
    """The alert is taken, the draft is there without it, and says what it lacks."""
    long = "Pitkänkadunnimi " * 9 + "5, Espoo"
    office.ok("customer", "change", "c-0188", "--name", name, "--address", long)
    file = office.folder / "home.toml"
    file.write_text('storey = -1\nowner = "a\\nb"\n', encoding="utf-8")
    office.ok("notify", "home", "c-0188", str(file))
    office.hear(turned(1, "FS-05:bed"))
    (row,) = office.listed()
    content = content_of(office, row["id"])
    assert (content["resident"]["name"], content["site"]["street"]) == ("", "")
    assert "street" in office.told("notify", "show", row["id"])["missing"]


@pytest.mark.parametrize(
    "alert",
    [
        turned(1, "FS-05:bed", to="orange"),
        turned(1, "FS-05:bed", state=AlertState.ACKNOWLEDGED),
        turned(1, "x", hazard="wellbeing"),
    ],
)
def test_nothing_less_asks(office: Office, alert: Alert) -> None:
    """Orange, an alert that somebody has, another hazard."""
    office.hear(alert)
    assert office.listed() == []


def test_a_red_fall_asks_for_whom_nobody_knows_as_a_client(office: Office) -> None:
    """A huoli-ilmoitus without the items of a body; of a client none."""
    office.hear(turned(1, "FA-02:yes", "FA-07:from_8", "FA-13:yes", hazard="fall"))
    (row,) = office.listed()
    assert (row["kind"], row["findings"]) == ("huoli-ilmoitus", ["FA-02:yes", "FA-13:yes"])
    file = office.folder / "home.toml"
    file.write_text('client = "yes"\n', encoding="utf-8")
    office.ok("notify", "home", "c-0188", str(file))
    office.ok("notify", "consider", row["id"], "--no", "--why", "asiakkuus alkoi")
    office.hear(turned(2, "FA-02:yes", "FA-25:none", hazard="fall"))
    assert len(office.listed()) == 1


def test_what_is_worse_comes_into_the_draft_that_waits(office: Office) -> None:
    """Nobody is asked twice at once; what a person wrote stays."""
    office.hear(turned(1, "FS-05:bed"))
    (row,) = office.listed()
    office.ok("notify", "edit", row["id"], "--observe", "Tupakanjälkiä sängyssä.", "--drop", "1")
    office.hear(turned(2, "FS-05:bed", "FS-21:blocked"))
    (row,) = office.listed()
    assert row["worse"] == ["new_critical", "new_gate"]
    texts = [one["text"] for one in content_of(office, row["id"])["observations"]]
    assert texts == ["Tupakanjälkiä sängyssä.", prompts.sentence("FS-21:blocked")]


def test_what_was_considered_is_not_asked_again_for_six_months_unless_worse(
    office: Office,
) -> None:
    """No and why are kept for ever; a new critical asks anew, and so do six months."""
    office.hear(turned(1, "FS-05:bed"))
    (first,) = office.listed()
    refused = office("notify", "consider", first["id"], "--no")
    assert (refused.exit_code, "--why" in refused.output) == (1, True)
    office.ok("notify", "consider", first["id"], "--no", "--why", "tuhkakuppi sovittu")
    office.hear(turned(2, "FS-05:bed"), AT_MS + AGAIN_MS // 2)
    assert len(office.listed()) == 1
    office.hear(turned(3, "FS-05:bed", "FS-08:remains"), AT_MS + AGAIN_MS // 2)
    assert [row["worse"] for row in office.listed()] == [["new_critical"], []]
    with office.database() as connection:
        rows = connection.execute("SELECT decision, why, account FROM considered").fetchall()
        assert [tuple(row) for row in rows] == [("no", "tuhkakuppi sovittu", "anna")]
        for statement in ("DELETE FROM considered", "UPDATE considered SET why = ''",
                          "DELETE FROM notification"):  # fmt: skip
            with pytest.raises(sqlite3.IntegrityError, match=r"ever|never"):
                connection.execute(statement)


def test_a_thought_on_a_visit_counts_without_a_draft(office: Office) -> None:
    """The critical was mended there; a red level of the same finding asks nobody."""
    office.ok("notify", "consider", "--customer", "c-0188", "--finding", "FS-08=remains",
              "--no", "--why", "tavarat siirrettiin")  # fmt: skip
    with office.database() as connection:  # it was considered now; the samples' day is before
        (now_ms,) = connection.execute("SELECT at_ms FROM considered").fetchone()
    office.hear(turned(1, "FS-08:remains"), now_ms + 1)
    # Considered at a level that nobody knew: red says more.
    assert [row["worse"] for row in office.listed()] == [["level_up"]]


def test_who_thought_of_it_at_red_is_not_asked_because_it_is_red(office: Office) -> None:
    """A draft and a no where the home had told that it is red; a new critical asks anew."""
    told = json.loads(samples.work_list().body)
    told["data"] |= {"levels": [{"hazard": "fire", "level": "red"}], "findings": []}
    with office.database() as connection:
        say(connection, json.dumps(told).encode(), topic=WORK)
    (prompted,) = office.listed()
    office.ok("notify", "consider", prompted["id"], "--no", "--why", "ei uutta")
    office.ok("notify", "consider", "--customer", "c-0188", "--finding", "FS-08=remains",
              "--no", "--why", "tavarat siirrettiin")  # fmt: skip
    drafted = office.draft("--finding", "FS-05=bed")
    assert office.told("notify", "show", drafted)["level"] == "red"
    office.ok("notify", "withdraw", drafted, "--why", "annettu puhelimessa")
    with office.database() as connection:
        (now_ms,) = connection.execute("SELECT max(at_ms) FROM considered").fetchone()
    office.hear(turned(1, "FS-08:remains", "FS-05:bed"), now_ms + 1)
    assert {row["state"] for row in office.listed()} == {"withdrawn"}
    office.hear(turned(2, "FS-08:remains", "FS-21:blocked"), now_ms + 2)
    assert office.listed()[0]["worse"] == ["new_critical", "new_gate"]


def test_undecided_for_a_day_a_deputy_is_named_and_nothing_sent(office: Office) -> None:
    """Once, of the settings, an account that there is; a decided one needs none."""
    office.hear(turned(1, "FS-05:bed"))
    with office.database() as connection:
        early = deputies.name_deputies(connection, ["gone", "ben"], AT_MS + DECIDE_WITHIN_MS - 1)
        due = deputies.name_deputies(connection, ["gone", "ben"], AT_MS + DECIDE_WITHIN_MS)
        again = deputies.name_deputies(connection, ["gone", "ben"], AT_MS + 2 * DECIDE_WITHIN_MS)
    assert (early, [one.who for one in due], again) == ([], ["ben"], [])
    (row,) = office.listed()
    assert (row["state"], row["deputy"], row["overdue"]) == ("draft", "ben", True)
    assert "ben" in office.ok("notify", "list", "--lang", "fi")


def test_without_a_deputy_in_the_settings_a_coordinator_is_named(office: Office) -> None:
    """Somebody is, as long as there is anybody."""
    office.hear(turned(1, "FS-05:bed"))
    with office.database() as connection:
        (told,) = deputies.name_deputies(connection, [], AT_MS + DECIDE_WITHIN_MS)
    assert told.who == "ben"


def test_the_deputy_has_the_draft_on_their_own_list_and_beside_the_alert(office: Office) -> None:
    """Until then it is the coordinator's; the one who is named is among those who were asked."""
    office.hear(turned(1, "FS-05:bed"))
    (draft,) = office.listed()

    def mine(who: str) -> list[tuple[str, str]]:
        found = office.told("life", "due", "--mine", as_=who)
        return [(one["kind"], one["about"]) for one in found]

    assert mine("ben") == [("notice", draft["id"])]
    assert office.told("notify", "list", "--mine", as_="anna") == []
    with office.database() as connection:
        deputies.name_deputies(connection, ["anna"], AT_MS + DECIDE_WITHIN_MS)
        (alert,) = reads.alerts(connection)
        ((asked,),) = connection.execute("SELECT recipient FROM asked").fetchall()
    assert (alert["state"], asked) == ("raised", "anna")
    assert (mine("ben"), mine("anna")) == ([], [("notice", draft["id"])])
    assert "decide on the draft" in office.ok("life", "due", "--mine", "--lang", "en")
    (row,) = office.told("notify", "list", "--mine", as_="anna")
    assert row["id"] == draft["id"]
    office.ok("notify", "consider", draft["id"], "--no", "--why", "tuhkakuppi sovittu")
    assert mine("anna") == []


def test_a_deputy_is_somebody_who_may_release_and_has_not_had_the_day(office: Office) -> None:
    """Not whoever supervises, mends, or has no account; the case manager last of all."""
    office.ok("life", "manager", "c-0188", "--account", "ben")
    office.hear(turned(1, "FS-05:bed"))
    with office.database() as connection:
        named = deputies.name_deputies(
            connection, ["sari", "pekka", "gone", "ben", "anna"], AT_MS + DECIDE_WITHIN_MS
        )
    assert [one.who for one in named] == ["anna"]


def test_a_worker_s_own_draft_goes_to_a_deputy_after_a_day_as_well(office: Office) -> None:
    """Not back to who drafted it; on their own list until then; released ones to nobody."""
    id_ = office.draft("--finding", "FS-05=bed")
    due = office.told("life", "due", "--mine", as_="anna")
    assert [(one["kind"], one["about"]) for one in due] == [("notice", id_)]
    with office.database() as connection:
        (row,) = notice_lists.listed(connection)
        late = row["made_ms"] + DECIDE_WITHIN_MS
        assert deputies.name_deputies(connection, ["anna"], late - 1) == []
        (named,) = deputies.name_deputies(connection, ["anna"], late)
        (row,) = notice_lists.listed(connection)
    assert (named.who, head(row, late)["overdue"], head(row, late - 1)["overdue"]) == (
        "ben", True, False,
    )  # fmt: skip
    assert office.told("life", "due", "--mine", as_="anna") == []
    (mine,) = office.told("notify", "list", "--mine", as_="ben")
    assert (mine["id"], mine["to_decide"]) == (id_, False)


def test_another_deputy_is_named_when_the_first_has_left(office: Office) -> None:
    """Nobody at all is said once, and somebody who comes is named."""
    office.hear(turned(1, "FS-05:bed"))
    late = AT_MS + DECIDE_WITHIN_MS
    with office.database() as connection:
        named = []
        for able in ("anna", "ben", "", "", "ben"):
            connection.execute(
                "UPDATE account SET ended_ms = iif(name = ?, NULL, 1) "
                "WHERE role IN ('nurse', 'coordinator')",
                (able,),
            )
            late += 1000
            named.append([d.who for d in deputies.name_deputies(connection, ["anna"], late)])
            named.append([d.who for d in deputies.name_deputies(connection, ["anna"], late)])
        (row,) = notice_lists.listed(connection)
    assert named == [["anna"], [], ["ben"], [], [""], [], [], [], ["ben"], []]
    assert row["deputy_ms"] == late


def test_nobody_is_a_deputy_who_may_not_read_a_notification(office: Office) -> None:
    """A plan's second level is often a relative; maintenance has an account as well."""
    plan = office.folder / "plan.toml"
    daughter = plans.row("matti", "+358401234502", role="relative")
    plan.write_text(toml(plans.tables([plans.DUTY], [daughter])), encoding="utf-8")
    with office.database() as connection:
        add_account(connection, "matti", "relative", cheap=True)
    office.ok("escalation", "set", "gw-0001", str(plan))
    office.hear(turned(1, "FS-05:bed"))
    with office.database() as connection:
        (told,) = deputies.name_deputies(connection, ["pekka", "sari"], AT_MS + DECIDE_WITHIN_MS)
    assert told.who == "ben"


def test_what_a_person_told_of_getting_out_stands_in_a_draft(office: Office) -> None:
    """Told at the desk beside the checklists; without it a page says that nobody assessed it."""
    before = content_of(office, office.draft("--finding", "FS-02=dead"))
    assert before["escape"] == "not_assessed"
    office.ok("customer", "home", "c-0188", "--escape", "no")
    after = content_of(office, office.draft("--finding", "FS-02=dead"))
    assert after["escape"] == "cannot"
    assert after["at_risk"]["needs_assistance"] == "yes"


def test_an_identity_code_is_kept_nowhere(office: Office) -> None:
    """Nor in a reason that is kept for ever, in an answer, or in what a crew needs."""
    id_ = office.draft("--finding", "FS-02=dead")
    file = office.folder / "home.toml"
    file.write_text(f'[[contact]]\nname = "{CODE}"\nphone = "112 0"\n', encoding="utf-8")
    for words in (
        ("notify", "edit", id_, "--observe", CODE),
        ("notify", "consider", id_, "--no", "--why", CODE),
        ("notify", "consider", id_, "--yes", "--why", CODE),
        ("notify", "consider", "--customer", "c-0188", "--finding", "FS-02=dead", "--no",
         "--why", CODE),
        ("notify", "withdraw", id_, "--why", CODE),
        ("notify", "confirm", id_, "--receiver", "x", "--feedback", CODE),
        ("notify", "home", "c-0188", str(file)),
    ):  # fmt: skip
        done = office(*words)
        assert (done.exit_code, "identity code" in done.output) == (2, True), done.output
        assert CODE not in done.output
    assert office.told("notify", "show", id_)["state"] == "draft"


def test_a_customer_whom_nobody_knows_has_no_notification(office: Office) -> None:
    """A typing error would be a draft about nobody, and a reason that is kept for ever."""
    for words in (
        ("draft", "--customer", "c-0189", "--finding", "FS-02=dead"),
        ("consider", "--customer", "c-0189", "--finding", "FS-02=dead", "--no", "--why", "x"),
    ):
        done = office("notify", *words)
        assert (done.exit_code, "'c-0189'" in done.output) == (2, True), done.output
    assert office.listed() == []


def test_a_home_s_own_list_fills_the_draft_whichever_comes_first(office: Office) -> None:
    """An alert names three reasons; the list has all, with day and who saw them."""
    office.hear(turned(1, "FS-05:bed"))
    with office.database() as connection:
        say(connection, samples.work_list().body, topic=WORK)
    (row,) = office.listed()
    assert row["findings"] == ["FS-05:bed", "FS-02:dead"]
    content = content_of(office, row["id"])
    assert content["site"]["tenure"] == "apartment"
    made = office.draft("--finding", "FS-02")
    assert content_of(office, made)["observations"][0]["finding"] == "FS-02:dead"
    unknown = office("notify", "draft", "--customer", "c-0188", "--finding", "FS-18")
    assert (unknown.exit_code, "FS-18=" in unknown.output) == (1, True)


def index_of(office: Office, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = content_of(office, id_)["index"]
    return found


def ranked_list(number: int = 61, **level: Any) -> bytes:
    """A home's list whose red level says by which list and model."""
    told = json.loads(samples.work_list(sequence=number).body)
    told["data"]["levels"] = [{"hazard": "fire", "level": "red"} | level]
    return json.dumps(told).encode()


RANKED = {"index": 78, "model": "home-risk/2.0.0", "checklist": "fire/2026.1"}


def test_what_is_no_name_of_a_list_never_stands_on_a_page(office: Office) -> None:
    """A box says by which list a level is; a page to an authority takes no text of a box."""
    told = turned(1, "FS-05:bed")
    odd = {"list": "x" * 300 + "\n", "unknown_percent": 1e9}
    office.hear(msgspec.structs.replace(told, params=dict(told.params) | odd))
    (row,) = office.listed()
    found = index_of(office, row["id"])
    assert (found["level"], found["list_version"], found["share_unknown"]) == ("red", "", None)


def test_the_index_comes_into_a_draft_from_the_home_s_list(office: Office) -> None:
    """After the alert, or before it; once, and a list of an older home without one is read too."""
    office.hear(turned(1, "FS-05:bed", "FS-02:dead"))
    (row,) = office.listed()
    assert index_of(office, row["id"])["index"] is None
    with office.database() as connection:
        say(connection, ranked_list(61), topic=WORK)
        assert content_of(office, row["id"])["index"]["index"] is None
        say(connection, ranked_list(62, **RANKED), topic=WORK)
    found = index_of(office, row["id"])
    assert (found["index"], found["model"], found["list_version"]) == (
        78, "home-risk/2.0.0", "fire/2026.1",
    )  # fmt: skip
    assert found["share_unknown"] == 0.12
    with office.database() as connection:
        say(connection, ranked_list(63, **(RANKED | {"index": 80})), topic=WORK)
    assert index_of(office, row["id"])["index"] == 78
    office.ok("notify", "withdraw", row["id"], "--why", "muutti")
    office.hear(turned(2, "FS-21:blocked"))
    (draft,) = [one for one in office.listed() if one["state"] == "draft"]
    assert index_of(office, draft["id"])["index"] == 80


def test_an_index_of_another_level_is_not_told(office: Office) -> None:
    """A list from when the home was orange says nothing of the red that came after it."""
    with office.database() as connection:
        say(connection, ranked_list(61, **(RANKED | {"level": "orange"})), topic=WORK)
    office.hear(turned(1, "FS-05:bed"))
    (row,) = office.listed()
    assert index_of(office, row["id"])["index"] is None


def test_what_a_person_wrote_stays_however_often_the_desk_adds(office: Office) -> None:
    """Two findings more, one after the other, and the index: the words are still theirs."""
    office.hear(turned(1, "FS-05:bed"))
    (row,) = office.listed()
    office.ok("notify", "edit", row["id"], "--observe", "Tupakanjälkiä sängyssä.", "--drop", "1")
    with office.database() as connection:
        say(connection, ranked_list(61, **RANKED), topic=WORK)
    for number, finding in enumerate(("FS-21:blocked", "FS-08:remains"), 2):
        office.hear(turned(number, "FS-05:bed", finding))
    texts = [one["text"] for one in content_of(office, row["id"])["observations"]]
    assert texts[0] == "Tupakanjälkiä sängyssä."
    assert prompts.sentence("FS-08:remains") in texts
    assert prompts.sentence("FS-05:bed") not in texts


def test_who_chose_on_the_visit_to_notify_has_a_draft_at_the_desk(office: Office) -> None:
    """Of that finding, once, at whatever level; "considered, no" makes none."""
    told = json.loads(samples.work_list().body)
    told["data"]["levels"] = [{"hazard": "fire", "level": "orange"}]
    with office.database() as connection:
        say(connection, json.dumps(told).encode(), topic=WORK)
    assert office.listed() == []
    for number in (71, 72):
        told["sequence"], told["id"] = f"{number:016d}", uid(number)
        told["data"]["considered"][0]["notify"] = True
        with office.database() as connection:
            say(connection, json.dumps(told).encode(), topic=WORK)
    (row,) = office.listed()
    assert (row["findings"], row["level"], row["to_decide"]) == (["FS-02:dead"], "grey", True)


def test_a_home_that_is_red_already_and_gets_worse_asks_by_its_list(office: Office) -> None:
    """It raises no alert about its level; a list that says the same again asks nobody."""
    office.hear(turned(1, "FS-05:bed"))
    (first,) = office.listed()
    office.ok("notify", "consider", first["id"], "--no", "--why", "tuhkakuppi sovittu")
    told = json.loads(samples.work_list().body)
    told["data"]["levels"] = [{"hazard": "fire", "level": "red"}]
    for number in (71, 72):
        told["sequence"], told["id"] = f"{number:016d}", uid(number)
        with office.database() as connection:
            say(connection, json.dumps(told).encode(), topic=WORK)
    rows = office.listed()
    assert [(row["state"], row["worse"]) for row in rows] == [
        ("draft", ["new_critical", "new_gate"]),
        ("withdrawn", []),
    ]
    assert rows[0]["level"] == "red"


# -- from the draft to the receiver's answer ------------------------------------------------


def test_from_one_finding_to_the_receiver_s_answer(office: Office, tmp_path: Path) -> None:
    """Drafted, refused while it lacks, released by name, sent by its hash, answered; corrected."""
    id_ = office.draft("--finding", "FS-02=dead")
    lacks = office("notify", "release", id_)
    assert (lacks.exit_code, "whether the resident was told" in lacks.output) == (1, True)
    in_finnish = office("notify", "release", id_, "--lang", "fi").output
    assert "onko asukkaalle kerrottu" in in_finnish
    office.ok("notify", "edit", id_, "--informed", "yes", "--ask", "joint_visit")
    early = office("notify", "sent", id_, "--channel", "eform", "--sha256", "0" * 64)
    assert (early.exit_code, "release it first" in early.output) == (1, True)
    released = office.release(id_)
    assert released["released_by"] == "anna"
    page = tmp_path / "out.pdf"
    assert office.told("notify", "pdf", id_, str(page))["sha256"] == released["sha256"]
    assert hashlib.sha256(page.read_bytes()).hexdigest() == released["sha256"]
    other = tmp_path / "other.pdf"
    other.write_bytes(page.read_bytes() + b" ")
    wrong = office("notify", "sent", id_, "--channel", "eform", "--file", str(other))
    assert (wrong.exit_code, "another one" in wrong.output) == (1, True)
    assert office("notify", "sent", id_, "--channel", "eform").exit_code == 2
    sent = ("notify", "sent", id_, "--channel", "eform", "--file", str(page))
    now = datetime.now(UTC).replace(microsecond=0)
    for wrong_at, why in ((now + timedelta(hours=1), "to come"), (now - timedelta(hours=1), "bef")):
        refused = office(*sent, "--at", wrong_at.isoformat())
        assert (refused.exit_code, why in refused.output) == (1, True)
    office.ok(*sent, "--at", now.isoformat())
    office.ok("notify", "confirm", id_, "--receiver", "palotarkastaja", "--case", "12/2026",
              "--visit", "2026-03-09", "--outcome", "visit_planned")  # fmt: skip
    told = json.loads(office.ok("notify", "json", id_))
    assert told["status"] == "confirmed"
    assert told["acknowledgement"]["case_number"] == "12/2026"
    shown = office.told("notify", "show", id_)
    steps = [(one["step"], one["account"], one["role"]) for one in shown["steps"]]
    assert [step for step, *_ in steps] == ["draft", "edit", "edit", "release", "send", "confirm"]
    assert {(who, role) for _, who, role in steps} == {("anna", "nurse")}
    assert shown["steps"][4]["facts"]["sent_at"] == now.isoformat()
    # A correction is released anew, replaces, and keeps what it replaces.
    office.ok("notify", "edit", id_, "--persons", "2")
    assert office.release(id_)["sha256"] != released["sha256"]
    again = json.loads(office.ok("notify", "json", id_))
    assert (again["status"], again["replaces"]) == ("released", released["revision"])
    with office.database() as connection:
        kept = connection.execute("SELECT sha256 FROM notification_paper ORDER BY revision")
        assert kept.fetchone()["sha256"] == released["sha256"]
    office.ok("notify", "withdraw", id_, "--why", "kohde tyhjeni")
    assert office("notify", "edit", id_, "--persons", "1").exit_code == 1


def test_a_door_code_is_sealed_and_shown_after_a_release_that_asks_for_it(
    office: Office, tmp_path: Path
) -> None:
    """Nowhere in the database, in no draft; on the page, in the JSON and on the card after it."""
    office.ok("notify", "access", "c-0188", given="Ovikoodi 4711\n")
    id_ = office.draft("--finding", "FS-02=dead", "--informed", "yes")
    assert words(office, id_, tmp_path / "draft.pdf").count("4711") == 0
    assert office.told("rescue-card", "c-0188")["access_state"] == "not_released"
    office.release(id_, "--with-access")
    assert "Ovikoodi 4711" in words(office, id_, tmp_path / "out.pdf")
    assert json.loads(office.ok("notify", "json", id_))["site"]["access"] == "Ovikoodi 4711"
    assert office.told("rescue-card", "c-0188")["access"] == "Ovikoodi 4711"
    for file in office.folder.glob("desk.db*"):
        assert b"4711" not in file.read_bytes()
    (office.folder / "key").chmod(0o644)
    assert "chmod 600" in office("notify", "json", id_).output


CANARIES = ("Diagnoosikanaria", "Marevan 3 mg", "168/94 mmHg", "RAI CPS 3", "sijainti 12:04 WC")


def test_what_is_excluded_cannot_get_in_by_any_known_way(office: Office, tmp_path: Path) -> None:
    """Not by findings of a body, not by a name of an item; free text is refused until read."""
    body = ("FA-06=yes", "FA-07=from_8", "FA-08=several", "FA-09=many_missed", "FA-12=yes")
    findings = [word for one in (*body, "FS-07=daily", "FS-02=dead") for word in ("--finding", one)]
    made = office.told("notify", "draft", "--customer", "c-0188", *findings, "--informed", "yes")
    assert made["left_out"] == [one.replace("=", ":") for one in body]
    id_ = made["id"]
    office.ok("notify", "edit", id_, *(w for one in CANARIES[:4] for w in ("--observe", one)))
    doubts = office.told("notify", "show", id_)["doubts"]
    assert {one["field"] for one in doubts} == {f"observation {n}" for n in range(3, 7)}
    refused = office(
        "notify", "release", id_, "--name", "A", "--role", "b", "--phone", "1", "--reachable", "c"
    )
    assert (refused.exit_code, "--text-checked" in refused.output) == (1, True)
    office.ok("notify", "edit", id_, *(w for n in range(3, 7) for w in ("--drop", str(n))))
    office.release(id_)
    told = office.ok("notify", "json", id_) + words(office, id_, tmp_path / "out.pdf")
    for canary in (*CANARIES, "FA-0", "FA-12", "FS-07", "daily", "lääk", "päih"):
        assert canary.lower() not in told.lower(), canary


def test_only_a_named_nurse_or_coordinator_may(office: Office) -> None:
    """Not a supervisor, not maintenance, and nobody without an account; each look is kept."""
    id_ = office.draft("--finding", "FS-02=dead")
    for who in ("sari", "pekka"):
        assert office("notify", "list", as_=who).exit_code == 3
        assert office("notify", "release", id_, as_=who).exit_code == 3
    config = Path(office.env["KOTIVAHTI_DESK_CONFIG"])
    config.write_text(config.read_text().replace("[desk]", '[desk]\nviews = "machine"'))
    assert office("notify", "list", as_=None).exit_code == 3
    assert office("notify", "json", id_, as_=None).exit_code == 3
    assert office("homes", as_=None).exit_code == 0
    office.ok("notify", "show", id_, "--why", "käynnin jälkeen", as_="ben")
    with office.database() as connection:
        rows = connection.execute("SELECT who, what, why FROM access WHERE client = 'c-0188'")
        assert ("ben", "notification shown", "käynnin jälkeen") in [tuple(row) for row in rows]


def test_two_who_edit_at_once_lose_nothing(office: Office) -> None:
    """Each edit is a revision on what is there; a release of what moved on is refused."""
    id_ = office.draft("--finding", "FS-02=dead", "--informed", "yes")
    office.ok("notify", "edit", id_, "--persons", "2")
    office.ok("notify", "edit", id_, "--storey", "3", as_="ben")
    content = content_of(office, id_)
    assert (content["at_risk"]["number"], content["site"]["storey"]) == (2, 3)
    with office.database() as connection:
        row = notices.find(connection, id_)
        told, _ = notices.content_of(connection, id_, 2)
        assert (row["revision"], told.at_risk.number, told.site.storey) == (3, 2, None)


def test_an_id_that_names_none_or_too_little_is_refused(office: Office) -> None:
    """Exit 2, with the mend."""
    assert office("notify", "show", "abc").exit_code == 2
    assert "notify list" in office("notify", "show", "0000").output
    assert office("notify", "draft", "--customer", "c-0188", "--finding", "FS-02").exit_code == 1
    assert office("notify", "draft", "--customer", "c-0188", "--finding", "XX=1").exit_code == 2


def test_what_a_customer_gave_goes_and_the_record_stays(office: Office) -> None:
    """An erasing takes facts and door code; the notification is the authority's own record."""
    office.ok("notify", "access", "c-0188", given="4711")
    file = office.folder / "home.toml"
    file.write_text("persons = 2\n", encoding="utf-8")
    office.ok("notify", "home", "c-0188", str(file))
    office.draft("--finding", "FS-02=dead")
    with office.database() as connection:
        say(connection, built()["hb-1.0"], topic="gw-0001/up/hb")
        say(connection, erase_body(), topic=TOPIC)
        assert not home_facts.has_access(connection, "c-0188")
        assert home_facts.facts_of(connection, "c-0188").persons is None
    (row,) = office.told("request", "list")
    assert (row["erased"]["home_access"], row["erased"]["home_fact"]) == (1, 1)
    assert row["kept"]["notification"] == 1
    assert "lakisääteinen" in office.ok("request", "list", "--lang", "fi")
    assert len(office.listed()) == 1


def words(office: Office, id_: str, file: Path) -> str:
    office.ok("notify", "pdf", id_, str(file))
    done = subprocess.run(
        ["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    "lang, words",
    [
        (
            "en",
            ("Smoking: in bed, or dozing in a chair; Smoke alarms work: does not sound", "42)."),
        ),
        ("fi", ("Tupakointi: vuoteessa", "42 §).")),
        ("sv", ("Rökning: i sängen", "42 §).")),
    ],
)
def test_an_alert_about_a_level_is_explained_in_words_to_its_end(
    office: Office, lang: str, words: tuple[str, ...]
) -> None:
    """Reasons as the list words them, a code where no list does; the advice is not cut."""
    office.hear(turned(1, "FS-05:bed", "FS-02:dead", "XX-01:odd"))
    shown = office.ok("show", uid(1), "--lang", lang)
    for word in words:
        assert word in shown, shown
    assert "XX-01:odd" in shown
    assert "FS-05:bed" not in shown
