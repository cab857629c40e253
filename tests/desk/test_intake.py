"""What comes is committed once, whatever its order, and answered every time."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import gaps, intake, reads
from desk.database import transaction
from desk.happened import AlertShown, DeviceShown, Presence, Readings, Refused
from desk.judge import judge
from edge.domain import AlertState
from edge.uplink import envelope
from edge.uplink.envelope import OfPart
from tests.desk.helpers import AT_MS, alert_body, fresh, say
from tests.support.clock import instant
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid
from tests.uplink.test_envelope import built

SOURCE = "urn:kotivahti:gateway:gw-0001"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty desk."""
    connection = fresh(tmp_path)
    yield connection
    connection.close()


def one(database: sqlite3.Connection) -> sqlite3.Row:
    """Return the only alert."""
    (row,) = database.execute("SELECT * FROM alert").fetchall()
    return row  # type: ignore[no-any-return]


def test_an_alert_is_kept_and_answered(database: sqlite3.Connection):
    """The receipt names message, alert and revision; the screen has the milliseconds."""
    taken = say(database, alert_body(samples.smoke_alert(), 1))
    (answer,) = taken.answers
    assert answer.of == OfPart(source=SOURCE, id=uid(1), alert=uid(0xA1), rev=1)
    assert answer.rejected is None
    shown = next(h for h in taken.happened if isinstance(h, AlertShown))
    assert shown.at_ms - shown.raised_ms == 40
    row = one(database)
    assert (row["state"], row["priority"], row["late"]) == ("raised", "critical", 0)


def test_a_repeated_message_is_answered_and_has_no_other_effect(database: sqlite3.Connection):
    """A lost receipt costs one more message, nothing else."""
    body = alert_body(samples.smoke_alert(), 1)
    say(database, body)
    taken = say(database, body, body)
    assert len(taken.answers) == 2
    assert not [h for h in taken.happened if isinstance(h, AlertShown)]
    assert database.execute("SELECT count(*) FROM alert_revision").fetchone()[0] == 1


@pytest.mark.parametrize("kind", ["obs", "devstatus"])
def test_repeated_telemetry_is_shown_once(database: sqlite3.Connection, kind: str):
    """Readings have no revision: only the message's id tells that they came before."""
    topic, body = f"gw-0001/up/{kind}", built()[f"{kind}-1.0"]
    first = say(database, body, topic=topic)
    assert [h for h in first.happened if isinstance(h, Readings | DeviceShown)]
    again = say(database, body, topic=topic)
    assert (len(again.answers), again.happened) == (1, [])


def test_the_higher_revision_wins_in_any_order(database: sqlite3.Connection):
    """Older news is kept in the history and changes nothing."""
    say(database, alert_body(samples.taken_alert(), 2))
    taken = say(database, alert_body(samples.smoke_alert(), 1))
    assert len(taken.answers) == 1
    row = one(database)
    assert (row["rev"], row["state"], row["account"]) == (2, "acknowledged", "anna")
    assert database.execute("SELECT count(*) FROM alert_revision").fetchone()[0] == 2


def test_a_late_alert_is_marked_and_stays_as_urgent(database: sqlite3.Connection):
    """Late is a word beside it, never a lower priority."""
    say(database, alert_body(samples.smoke_alert(), 1), at_ms=AT_MS + 3_600_000)
    row = one(database)
    assert (row["late"], row["priority"]) == (1, "critical")


def test_one_gateway_cannot_speak_about_anothers_alert(database: sqlite3.Connection):
    """The same alert id from another source is another alert."""
    say(database, alert_body(samples.smoke_alert(), 1))
    message = json.loads(alert_body(samples.smoke_alert(9, state=AlertState.CLOSED), 1))
    message["source"] = "urn:kotivahti:gateway:gw-0002"
    say(database, json.dumps(message).encode(), topic="gw-0002/up/alert")
    rows = database.execute("SELECT source, state FROM alert ORDER BY source").fetchall()
    assert [tuple(row) for row in rows] == [
        (SOURCE, "raised"),
        ("urn:kotivahti:gateway:gw-0002", "closed"),
    ]


def test_a_forged_message_is_refused_counted_and_answered(database: sqlite3.Connection):
    """Whoever speaks on a topic must be who it says; the answer goes to the topic's owner."""
    taken = say(database, alert_body(samples.smoke_alert(), 1), topic="gw-0666/up/alert")
    (answer,) = taken.answers
    assert (answer.gateway, answer.of.source) == ("gw-0666", "urn:kotivahti:gateway:gw-0666")
    assert answer.rejected is not None
    assert "spoke on the topic of 'gw-0666'" in answer.rejected
    (refused,) = taken.happened
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.count) == ("source", 1)
    assert reads.alerts(database) == []


@pytest.mark.parametrize(
    "topic, body, reason, answered",
    [
        ("gw-0001/up/alert", b"{", "json", False),
        ("gw-0001/up/alert", b'{"id": 7}', "schema", False),
        ("gw-0001/up/alert", b'{"id": "%s"}' % uid(1).encode(), "schema", True),
        ("gw-0001/up/alert", b"[" * 1_000, "depth", False),
        ("gw-0001/up/obs", b" " * 262_145, "size", False),
        ("gw-0001/up/hb", b"{}", "schema", False),
        ("gw-0001/up/reply", b"{}", "topic", False),
        ("gw-0001/state", b"online", "json", False),
    ],
)
def test_what_is_no_message_is_refused(
    database: sqlite3.Connection, topic: str, body: bytes, reason: str, answered: bool
):
    """Malformed, oversized, misplaced: counted, and answered where an id can be read."""
    taken = say(database, body, body, topic=topic)
    assert [(h.reason, h.count) for h in taken.happened if isinstance(h, Refused)] == [
        (reason, 1),
        (reason, 2),
    ]
    assert bool(taken.answers) is answered
    assert database.execute("SELECT count(*) FROM message").fetchone()[0] == 0


def test_a_kept_message_on_an_up_topic_is_refused(database: sqlite3.Connection):
    """A broker that keeps an alert would tell it again to every desk that comes."""
    taken = say(database, alert_body(samples.smoke_alert(), 1), retained=True)
    assert taken.answers == []
    assert reads.alerts(database) == []


def test_refusals_of_invented_gateways_have_a_bound(
    database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
):
    """Names from outside do not fill the disk."""
    monkeypatch.setattr(intake, "REFUSAL_ROWS_MAX", 5)
    for n in range(20):
        say(database, b"{", topic=f"gw-{n}/up/alert")
    rows = database.execute("SELECT gateway, count FROM refusal").fetchall()
    assert len(rows) == 6
    assert sum(row["count"] for row in rows) == 20


def test_nothing_of_a_turn_is_kept_when_its_commit_fails(database: sqlite3.Connection):
    """All or nothing: then no receipt either, and every message comes again."""
    database.execute("DROP TABLE device")
    turn = [
        judge("gw-0001/up/alert", alert_body(samples.smoke_alert(), 1), retained=False),
        judge("gw-0001/up/devstatus", built()["devstatus-1.0"], retained=False),
    ]
    with pytest.raises(sqlite3.OperationalError):
        intake.take(database, turn, AT_MS)
    assert database.execute("SELECT count(*) FROM message").fetchone()[0] == 0
    assert reads.alerts(database) == []


def test_readings_devices_and_heartbeats_are_shown(database: sqlite3.Connection):
    """A home comes alive on the screen."""
    out = built()
    taken = say(database, out["hb-1.0"], topic="gw-0001/up/hb")
    assert [h.state for h in taken.happened if isinstance(h, Presence)] == ["online"]
    taken = say(database, out["obs-1.0"], topic="gw-0001/up/obs")
    assert [(h.rows, h.withheld) for h in taken.happened if isinstance(h, Readings)] == [(2, 2)]
    taken = say(database, out["devstatus-1.0"], topic="gw-0001/up/devstatus")
    assert [h.state for h in taken.happened if isinstance(h, DeviceShown)] == ["degraded"]
    (home,) = reads.homes(database, AT_MS)
    # heartbeat: 42 messages were numbered; 42 and 43 are here
    assert (home["observations"], home["missing"], home["lost"]) == (2, {"st-1": 41}, False)
    (home,) = reads.homes(database, AT_MS + 180_001)
    assert home["lost"] is True


def test_a_will_of_an_earlier_boot_is_old_news(database: sqlite3.Connection):
    """Death and birth belong together by their boot."""
    say(database, built()["hb-1.0"], topic="gw-0001/up/hb")
    old = envelope.state(online=False, boot="an-earlier-boot")
    assert say(database, old, topic="gw-0001/state", retained=True).happened == []
    will = envelope.state(online=False, boot=NOW.boot)
    taken = say(database, will, topic="gw-0001/state")
    assert [h.state for h in taken.happened if isinstance(h, Presence)] == ["offline"]
    taken = say(database, built()["hb-1.0"], topic="gw-0001/up/hb")
    assert [h.state for h in taken.happened if isinstance(h, Presence)] == ["online"]


def test_a_home_that_is_online_when_the_desk_comes_is_seen_at_once(database: sqlite3.Connection):
    """Its kept birth says so; whose it is follows with its first message."""
    birth = envelope.state(online=True, boot=NOW.boot)
    taken = say(database, birth, topic="gw-0001/state", retained=True)
    assert [h.state for h in taken.happened if isinstance(h, Presence)] == ["online"]
    assert reads.clients(database) == []
    assert say(database, built()["hb-1.0"], topic="gw-0001/up/hb").happened == []
    assert reads.clients(database) == ["c-0188"]


@given(order=st.permutations(range(1, 13)), lost=st.sets(st.integers(1, 12), max_size=4))
def test_gaps_are_what_has_not_come(database: sqlite3.Connection, order: list[int], lost: set[int]):
    """In any order, with repeats: exactly the missing numbers are missing."""
    (stores,) = database.execute("SELECT count(*) FROM stretch").fetchone()
    store_id = f"st-{stores + 1}"
    with transaction(database):
        for n in [n for n in order if n not in lost] * 2:
            gaps.note(database, SOURCE, store_id, n)
        gaps.note_told(database, SOURCE, store_id, 12)
    assert gaps.missing(database, SOURCE, store_id) == len(lost)


def test_gap_ranges_have_a_bound(database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch):
    """A sender that skips numbers at will cannot fill the table."""
    monkeypatch.setattr(gaps, "RANGES_MAX", 10)
    with transaction(database):
        for n in range(2, 200, 2):
            gaps.note(database, SOURCE, "st-1", n)
    assert database.execute("SELECT count(*) FROM gap").fetchone()[0] == 10
    assert gaps.missing(database, SOURCE, "st-1") >= 99


def test_old_keys_and_readings_are_forgotten_and_alerts_stay(database: sqlite3.Connection):
    """Seen keys are kept for 30 days."""
    say(database, alert_body(samples.smoke_alert(), 1))
    say(database, built()["obs-1.0"], topic="gw-0001/up/obs")
    intake.prune(database, AT_MS + 31 * 86_400_000)
    (messages,) = database.execute("SELECT count(*) FROM message").fetchone()
    (batches,) = database.execute("SELECT count(*) FROM observations").fetchone()
    (alerts,) = database.execute("SELECT count(*) FROM alert").fetchone()
    assert (messages, batches, alerts) == (0, 0, 1)


def test_any_order_and_repetition_of_a_life_ends_the_same(tmp_path: Path):
    """A shuffled, doubled history gives the state of the ordered one."""
    history: list[bytes] = []
    for number in range(5):
        for rev, state in enumerate(("raised", "acknowledged", "closed"), 1):
            told = samples.smoke_alert(
                rev,
                id=uid(0xB0 + number),
                state=AlertState(state),
                changed=instant(rev * 1_000),
                actor=samples.ANNA if rev > 1 else None,
            )
            history.append(alert_body(told, len(history) + 1))

    def outcome(name: str, bodies: list[bytes]) -> list[dict[str, Any]]:
        (tmp_path / name).mkdir()
        connection = fresh(tmp_path / name)
        for body in bodies:
            say(connection, body)
        rows = [dict(r) for r in connection.execute("SELECT id, rev, state FROM alert ORDER BY id")]
        assert gaps.missing(connection, SOURCE, ORIGIN.store_id) == 0
        connection.close()
        return rows

    ordered = outcome("ordered", history)
    mixed = history * 2
    random.Random(7).shuffle(mixed)
    assert outcome("mixed", mixed) == ordered
    assert {row["state"] for row in ordered} == {"closed"}
