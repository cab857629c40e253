"""What a customer asks of the service: done in the commit before its receipt, and answered."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from desk import customers, dwellings, replaced, requests
from desk.lines import Lines
from desk.request_cli import request as command
from desk.requests import ANSWER_WITHIN_MS, RequestError
from edge.domain import Actor
from edge.locale import LANGUAGES
from edge.uplink import envelope
from edge.uplink.envelope import Origin, gateway_source
from tests.desk.helpers import AT_MS, PASSWORD, add_account, alert_body, fresh, say, write_config
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

TOPIC = "gw-0001/up/request"
OTHER = Origin(gateway="gw-0002", store_id="st-9", site="site-9", customer="c-9")


def told(
    number: int, origin: Origin, topic: str, database: sqlite3.Connection, *, profile: bool = True
) -> None:
    """Readings, a device's state, a heartbeat and a sealed profile of one home."""
    rows, share = samples.rows(), samples.SHARING
    batch = envelope.observations(
        origin, rows, share, first_seq=1, id=uid(number), sequence=number, at=NOW
    )
    assert batch is not None
    say(database, batch.body, topic=f"{topic}/up/obs")
    status = envelope.device_status(
        origin, samples.DEVICE, state="ok", since=NOW, id=uid(number + 1), sequence=number + 1,
        at=NOW,
    )  # fmt: skip
    say(database, status.body, topic=f"{topic}/up/devstatus")
    beat = envelope.heartbeat(origin, samples.HEALTH, id=uid(number + 2), at=NOW)
    say(database, beat, topic=f"{topic}/up/hb")
    (part,) = envelope.cut(b"sealed", number=1) if profile else (None,)
    if part is not None:
        entry = envelope.profile(origin, part, id=uid(number + 3), sequence=number + 3, at=NOW)
        say(database, entry.body, topic=f"{topic}/up/profile")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    customers.add(connection, "c-0188", "Aino Mallikas", "Mallikatu 5", by="os:test", at_ms=AT_MS)
    say(connection, alert_body(samples.smoke_alert(), 1))
    anna = Actor(account="anna", role="nurse")
    dwellings.tell(connection, "c-0188", anna, area="tapiola", escape=None, at_ms=AT_MS)
    connection.execute(
        "INSERT INTO silence (gateway, client, area, since_ms, known_ms, known_by) "
        "VALUES ('gw-0001', 'c-0188', 'tapiola', 1, 2, 'silent')"
    )
    told(10, ORIGIN, "gw-0001", connection)
    say(connection, samples.work_list().body, topic="gw-0001/up/work")
    told(30, OTHER, "gw-0002", connection)
    yield connection
    connection.close()


def erase_body(number: int = 90) -> bytes:
    return envelope.request(ORIGIN, "erase", id=uid(number), sequence=number, at=NOW).body


def counts(database: sqlite3.Connection, gateway: str) -> dict[str, int]:
    source = gateway_source(gateway)
    found = {
        table: database.execute(
            f"SELECT count(*) FROM {table} WHERE source = ?",  # noqa: S608
            (source,),
        ).fetchone()[0]
        for table in ("observations", "device", "alert", "alert_revision")
    }
    found["profile"] = database.execute(
        "SELECT count(*) FROM profile WHERE gateway = ?", (gateway,)
    ).fetchone()[0]
    found["heartbeat"] = database.execute(
        "SELECT count(heartbeat) FROM gateway WHERE id = ?", (gateway,)
    ).fetchone()[0]
    return found


def test_what_was_given_by_choice_goes_and_the_record_stays(database: sqlite3.Connection):
    """Of this home alone; a second delivery erases and notes nothing more."""
    whole = dict.fromkeys(("observations", "device", "profile", "heartbeat"), 1)
    assert counts(database, "gw-0001") == whole | {"alert": 1, "alert_revision": 1}
    taken = say(database, erase_body(), topic=TOPIC)
    assert [answer.rejected for answer in taken.answers] == [None]
    gone = dict.fromkeys(("observations", "device", "profile", "heartbeat"), 0)
    assert counts(database, "gw-0001") == gone | {"alert": 1, "alert_revision": 1}
    assert counts(database, "gw-0002") == whole | {"alert": 0, "alert_revision": 0}
    (row,) = requests.listed(database)
    assert row["erased"] == {
        "observations": 1,
        "device": 1,
        "home_work": 1,
        "profile_part": 1,
        "profile": 1,
        "heartbeat": 1,
        "life_answer": 0,
        "life_round": 0,
        "home_access": 0,
        "home_fact": 0,
        "typed_address": 0,
    }
    assert (row["kept"]["alert"], row["kept"]["customer"]) == (1, 1)
    assert (row["kept"]["dwelling"], row["kept"]["silence"]) == (1, 1)
    assert row["kept"]["home_task"] == 2
    say(database, erase_body(), topic=TOPIC)
    assert len(requests.listed(database)) == 1


def test_boxes_that_were_replaced_are_of_the_home(database: sqlite3.Connection):
    """What the box before this one sent is erased with it."""
    replaced.record(database, "gw-0002", "gw-0001", AT_MS)
    say(database, erase_body(), topic=TOPIC)
    assert counts(database, "gw-0002")["observations"] == 0
    assert counts(database, "gw-0002")["profile"] == 0


def test_one_home_asks_for_no_other(database: sqlite3.Connection):
    """On another gateway's topic it is refused, and nothing goes."""
    taken = say(database, erase_body(), topic="gw-0002/up/request")
    assert taken.answers[0].rejected is not None
    assert counts(database, "gw-0001")["observations"] == 1
    assert counts(database, "gw-0002")["observations"] == 1
    assert requests.listed(database) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_desk_sees_it_and_owes_an_answer(
    database: sqlite3.Connection, tmp_path: Path, lang: str
):
    """A line when it comes; the list says what stays and why, and until when to answer."""
    switched = envelope.request(
        ORIGIN, "sending", id=uid(91), sequence=91, at=NOW, cls="readings", allowed=False
    )
    taken = say(database, erase_body(), switched.body, topic=TOPIC)
    lines = [Lines(lang, "Europe/Helsinki").line(one) for one in taken.happened]
    assert len(lines) == 2
    assert "readings" in lines[1]
    config = write_config(tmp_path, 1)
    done = CliRunner().invoke(command, ["list", "--config", str(config), "--lang", lang])
    assert done.exit_code == 0, done.output
    assert done.output.count("703/2023") >= 1
    assert "Aino" not in done.output
    assert "[" not in done.output


def test_a_named_person_answers_once(database: sqlite3.Connection, tmp_path: Path):
    """With their password; it is written down who did, as every look is."""
    add_account(database, "anna", "coordinator")
    say(database, erase_body(), topic=TOPIC)
    config = write_config(tmp_path, 1)
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    args = ["answer", "1", "--as", "anna", "--config", str(config), "--password-file", str(secret)]
    done = CliRunner().invoke(command, args)
    assert done.exit_code == 0, done.output
    assert requests.listed(database)[0]["answered_by"] == "anna"
    assert CliRunner().invoke(command, args).exit_code == 1
    (looks,) = database.execute(
        "SELECT count(*) FROM access WHERE what = 'request answered'"
    ).fetchone()
    assert looks == 1
    with pytest.raises(RequestError, match="no request 7"):
        requests.answered(database, 7, "anna", AT_MS)
    assert ANSWER_WITHIN_MS > 0


def test_a_switch_without_its_class_is_refused(database: sqlite3.Connection):
    body = json.loads(erase_body())
    body["data"]["kind"] = "sending"
    taken = say(database, json.dumps(body).encode(), topic=TOPIC)
    assert "data.cls" in str(taken.answers[0].rejected)
