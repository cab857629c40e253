"""Claims at the desk: codes that are used once, boxes that are replaced, profiles that are kept."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desk import claim_codes, claims, customers, decisions, parcels, profiles, reads, replaced
from desk.customers import CustomerError
from desk.homes import home_more, home_state
from desk.intake import Taken, take
from desk.judge import judge
from desk.lines import Lines
from edge.domain import AlertState, ClaimKind
from edge.uplink import envelope
from edge.uplink.envelope import AckKind, ClaimedData, ClaimStep, Origin, Outcome, RestoreData
from tests.desk.helpers import AT_MS, alert_body, fresh, say
from tests.support.clock import instant
from tests.support.ids import SeqIds
from tests.uplink import samples
from tests.uplink.samples import ANNA, CODE, NOW, ORIGIN, uid

HOUR_MS = 3_600_000
SPARE = Origin(gateway="gw-0002", store_id="st-9", site="spare", customer="c-spare")
NAME, ADDRESS = "Aino Mallikas", "Mallikatu 5 A 12, 02100 Espoo"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A desk with one customer, whose gateway has told of one alert."""
    connection = fresh(tmp_path)
    customers.add(connection, "c-0188", NAME, ADDRESS, by="os:test", at_ms=AT_MS)
    say(connection, alert_body(samples.smoke_alert(), 1))
    yield connection
    connection.close()


def issued(database: sqlite3.Connection, replaces: str | None = None, at_ms: int = AT_MS) -> str:
    return claim_codes.issue(database, "c-0188", ANNA, replaces=replaces, at_ms=at_ms)


class Box:
    """A gateway that claims: its messages are numbered, each with an id of its own."""

    def __init__(self, database: sqlite3.Connection, origin: Origin = ORIGIN) -> None:
        self.origin = origin
        self._database = database
        self._number = 1_000 if origin is ORIGIN else 2_000

    def says(self, request: str, step: ClaimStep, *, at_ms: int = AT_MS, **more: Any) -> Taken:
        self._number += 1
        entry = envelope.claim(
            self.origin, request, step, id=uid(self._number), sequence=self._number, at=NOW, **more
        )
        topic = f"{self.origin.gateway}/up/claim"
        return say(self._database, entry.body, topic=topic, at_ms=at_ms)

    def asks(
        self,
        request: str,
        code: str,
        kind: ClaimKind = ClaimKind.NEW,
        *,
        at_ms: int = AT_MS,
        **more: Any,
    ) -> ClaimedData:
        """Claim by a code; what the desk answers."""
        taken = self.says(request, ClaimStep.ASKED, at_ms=at_ms, kind=kind, code=code, **more)
        assert [answer.rejected for answer in taken.answers] == [None]
        return self.answer(request, at_ms)

    def answer(self, request: str, at_ms: int = AT_MS) -> ClaimedData:
        (row,) = [r for r in claims.unanswered(self._database, at_ms) if r["request"] == request]
        body = claims.message(self._database, "area-07", row)
        return envelope.parse_claimed(body, self.origin.gateway)

    def sends_profile(self, sealed: bytes, number: int, at_ms: int = AT_MS) -> Taken:
        taken = Taken()
        for part in envelope.cut(sealed, number=number):
            self._number += 1
            entry = envelope.profile(
                self.origin, part, id=uid(self._number), sequence=self._number, at=NOW
            )
            topic = f"{self.origin.gateway}/up/profile"
            taken = say(self._database, entry.body, topic=topic, at_ms=at_ms)
        return taken


def accesses(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return [
        tuple(row) for row in database.execute("SELECT who, what, client FROM access ORDER BY key")
    ]


def test_a_right_code_is_answered_until_the_home_has_it(database: sqlite3.Connection):
    """Name and address go down with it; its use and its issue bear the coordinator's name."""
    box, code = Box(database), issued(database)
    told = box.asks(uid(1), code)
    assert (told.state, told.name, told.address) == ("confirmed", NAME, ADDRESS)
    pending = parcels.pending(database, AT_MS)
    assert [parcel.topic for parcel in pending] == ["kotivahti/v1/gw-0001/down/claim"]
    box.says(uid(1), ClaimStep.SEEN)
    assert parcels.pending(database, AT_MS) == []
    box.says(uid(1), ClaimStep.CONFIRMED)
    assert claims.customer_of(database, "gw-0001") == {
        "id": "c-0188",
        "name": NAME,
        "state": "confirmed",
    }
    assert accesses(database) == [
        ("os:test", "customer added", "c-0188"),
        ("anna", "claim code issued", "c-0188"),
        ("anna", "claim code used by gw-0001", "c-0188"),
    ]


def test_a_code_stands_nowhere_but_as_a_hash(database: sqlite3.Connection, tmp_path: Path):
    """Who copies the desk's file has no code of it."""
    code = issued(database)
    Box(database).asks(uid(1), code)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert code.encode() not in (tmp_path / "desk.db").read_bytes()


def test_a_message_that_comes_twice_uses_no_second_code(database: sqlite3.Connection):
    """Transport dedupe, and the same request under another message id."""
    box, code = Box(database), issued(database)
    box.asks(uid(1), code)
    again = box.asks(uid(1), code)
    assert again.state == "confirmed"
    other = Box(database, SPARE).asks(uid(2), code)
    assert (other.state, other.reason) == ("refused", "used")


@pytest.mark.parametrize(
    "how, reason",
    [
        ({"code": CODE}, "wrong_code"),
        ({"at_ms": AT_MS + claim_codes.VALID_MS}, "expired"),
        ({"kind": ClaimKind.REPLACE}, "wrong_kind"),
    ],
)
def test_each_refusal_has_its_reason(
    database: sqlite3.Connection, how: dict[str, Any], reason: str
):
    """A short code that the home has words for; the code itself is not used up."""
    code = issued(database)
    told = Box(database).asks(uid(1), **({"code": code} | how))
    assert (told.state, told.reason, told.name) == ("refused", reason, None)
    assert database.execute("SELECT used_ms FROM claim_code").fetchone()[0] is None


def test_a_code_of_another_customer_is_refused(database: sqlite3.Connection):
    """The settings of the box name whose it is; a code for somebody else does not change that."""
    customers.add(database, "c-0189", "Toinen", "Muualla 1", by="os:test", at_ms=AT_MS)
    code = claim_codes.issue(database, "c-0189", ANNA, replaces=None, at_ms=AT_MS)
    assert Box(database).asks(uid(1), code).reason == "customer_mismatch"


def test_five_wrong_codes_lock_a_gateway_for_an_hour(database: sqlite3.Connection):
    """That gateway alone; a right code in between begins the count anew."""
    box, other = Box(database), Box(database, SPARE)
    for n in range(4):
        assert box.asks(uid(n), CODE).reason == "wrong_code"
    assert box.asks(uid(10), issued(database)).state == "confirmed"
    for n in range(20, 25):
        assert box.asks(uid(n), CODE).reason == "wrong_code"
    code = issued(database)
    assert box.asks(uid(30), code).reason == "locked"
    assert other.asks(uid(31), CODE).reason == "wrong_code"
    assert box.asks(uid(32), code, at_ms=AT_MS + HOUR_MS).state == "confirmed"


def test_a_withdrawal_that_overtakes_its_question_voids_it(database: sqlite3.Connection):
    """Messages come in any order: a code is not used for a claim that nobody waits for."""
    box, code = Box(database), issued(database)
    box.says(uid(1), ClaimStep.WITHDRAWN)
    box.says(uid(1), ClaimStep.ASKED, kind=ClaimKind.NEW, code=code)
    assert parcels.pending(database, AT_MS) == []
    assert box.asks(uid(2), code).state == "confirmed"


def test_steps_of_claims_that_nobody_made_change_nothing(database: sqlite3.Connection):
    """Receipted, and without an effect."""
    for step in (ClaimStep.SEEN, ClaimStep.CONFIRMED, ClaimStep.MISMATCH, ClaimStep.RESTORED):
        Box(database).says(uid(7), step)
    assert database.execute("SELECT count(*) FROM claim").fetchone()[0] == 0


def test_an_answer_is_given_up_with_the_life_of_its_code(database: sqlite3.Connection):
    """A box that asked and vanished is not spoken to for ever."""
    Box(database).asks(uid(1), issued(database))
    assert parcels.pending(database, AT_MS + claims.ANSWERED_FOR_MS)
    assert parcels.pending(database, AT_MS + claims.ANSWERED_FOR_MS + 1) == []


# -- a box that was replaced ------------------------------------------------------------------


def replace(database: sqlite3.Connection, request: str = "") -> Box:
    spare = Box(database, SPARE)
    told = spare.asks(request or uid(50), issued(database, "gw-0001"), ClaimKind.REPLACE)
    assert (told.state, told.replaces) == ("confirmed", "gw-0001")
    return spare


def carried(database: sqlite3.Connection, body: bytes, by: str = "gw-0002") -> Taken:
    return say(database, body, topic=f"{by}/up/alert", at_ms=AT_MS + 1)


def test_who_took_over_sends_on_what_was_owed_and_nobody_else(database: sqlite3.Connection):
    """Same bytes, same ids: taken once, receipted to who sent it; refused of a stranger."""
    old = alert_body(samples.smoke_alert(id=uid(0xA2)), 5)
    assert carried(database, old).answers[0].rejected is not None
    replace(database)
    taken = carried(database, old)
    (answer,) = taken.answers
    assert (answer.gateway, answer.rejected) == ("gw-0002", None)
    assert answer.of.source == "urn:kotivahti:gateway:gw-0001"
    assert [row["gateway"] for row in reads.alerts(database)] == ["gw-0001", "gw-0001"]
    assert carried(database, old, "gw-0003").answers[0].rejected is not None
    carried(database, old)
    assert len(reads.alerts(database)) == 2
    row = database.execute("SELECT client FROM gateway WHERE id = 'gw-0002'").fetchone()
    assert row["client"] == "c-spare"  # the old box's words are not about the new one


def test_a_chain_of_boxes_carries(database: sqlite3.Connection):
    """The second spare sends on what the first box owed."""
    replaced.record(database, "gw-0001", "gw-0002", AT_MS)
    replaced.record(database, "gw-0002", "gw-0003", AT_MS)
    old = "urn:kotivahti:gateway:gw-0001"
    assert replaced.may_carry(database, "gw-0003", old)
    assert not replaced.may_carry(database, "gw-0004", old)
    assert not replaced.may_carry(database, "gw-0001", "urn:kotivahti:gateway:gw-0003")


def test_a_replaced_gateway_is_not_lost_and_shows_its_gap(database: sqlite3.Connection):
    """Its successor, and the numbers that never came, as stretches."""
    say(database, alert_body(samples.smoke_alert(id=uid(0xA3)), 5))
    say(database, alert_body(samples.smoke_alert(id=uid(0xA4)), 7))
    replace(database)
    later = AT_MS + 10 * HOUR_MS
    (old, new) = reads.homes(database, later)
    assert (old["replaced_by"], old["lost"], old["gaps"]) == (
        "gw-0002",
        False,
        {"st-1": [(2, 4), (6, 6)]},
    )
    assert home_state(old) == "replaced"
    assert home_more(old, "en") == "  replaced by gw-0002  gap 2\N{EN DASH}4, 6"
    assert (new["lost"], home_state(new)) == (True, "lost")
    assert f"c-0188 {NAME} (vastattu)" in home_more(new, "fi")


def decide(database: sqlite3.Connection, kind: AckKind, number: int, **more: Any) -> bool:
    made = decisions.decide(
        database, uid(0xA1), kind, ANNA, id_=uid(number), at=instant(number), **more
    )
    return made.here


def test_decisions_about_a_replaced_gateways_alerts_are_settled_here(
    database: sqlite3.Connection,
):
    """Nobody there would answer: the alert moves at the desk, and the row says so."""
    assert not decide(database, AckKind.ACCEPTED, 600)
    replace(database)
    (alert,) = reads.alerts(database)
    assert (alert["state"], alert["holder"]) == ("acknowledged", "anna")
    assert decide(database, AckKind.DECLINED, 601)
    (alert,) = reads.alerts(database)
    assert (alert["state"], alert["holder"], alert["escalation"]) == ("raised", None, 2)
    assert decide(database, AckKind.CLOSED, 602, outcome=Outcome.HELPED)
    (alert,) = reads.alerts(database)
    assert (alert["state"], alert["outcome"]) == ("closed", "helped")
    states = [one["state"] for one in msgspec.to_builtins(alert["decisions"])]
    assert states == [replaced.SETTLED_HERE] * 3
    assert [p for p in parcels.pending(database, AT_MS) if p.decision is not None] == []


def test_a_newer_revision_from_the_old_card_raises_what_was_closed_here(
    database: sqlite3.Connection,
):
    """What the old box knew and the desk did not is news: somebody decides again."""
    replace(database)
    decide(database, AckKind.CLOSED, 602, outcome=Outcome.HELPED)
    carried(database, alert_body(samples.smoke_alert(2), 2))
    (alert,) = reads.alerts(database)
    assert alert["state"] == AlertState.RAISED


@pytest.mark.parametrize("step", [ClaimStep.MISMATCH, ClaimStep.WITHDRAWN])
def test_a_box_in_the_wrong_home_took_over_from_nobody(
    database: sqlite3.Connection, step: ClaimStep
):
    """The code was right and the place is not: the old gateway is missed again."""
    spare = replace(database)
    assert reads.homes(database, AT_MS + HOUR_MS)[0]["lost"] is False
    spare.says(uid(50), step)
    assert reads.homes(database, AT_MS + HOUR_MS)[0]["lost"] is True
    assert carried(database, alert_body(samples.smoke_alert(), 9)).answers[0].rejected is not None


def test_a_code_replaces_only_a_gateway_of_that_customer(database: sqlite3.Connection):
    """Known here, and theirs; another gateway named in the home is refused."""
    for gateway, customer, says in (
        ("gw-0009", "c-0188", "ever spoke"),
        ("gw-0001", "c-0189", "another customer"),
    ):
        if customer != "c-0188":
            customers.add(database, customer, "T", "M 1", by="os:test", at_ms=AT_MS)
        with pytest.raises(CustomerError, match=says):
            claim_codes.issue(database, customer, ANNA, replaces=gateway, at_ms=AT_MS)
    with pytest.raises(CustomerError, match="no customer"):
        claim_codes.issue(database, "c-0190", ANNA, replaces=None, at_ms=AT_MS)
    code = issued(database, "gw-0001")
    spare = Box(database, SPARE)
    told = spare.asks(uid(1), code, ClaimKind.REPLACE, replaces="gw-0007")
    assert told.reason == "wrong_gateway"
    assert spare.asks(uid(2), code, ClaimKind.NEW).reason == "wrong_kind"


def test_a_box_that_is_claimed_anew_answers_for_itself(database: sqlite3.Connection):
    """Repaired and put back, or used elsewhere: its alerts are its own again."""
    replace(database)
    back = Box(database)
    code = claim_codes.issue(database, "c-0188", ANNA, replaces="gw-0002", at_ms=AT_MS)
    assert back.asks(uid(60), code, ClaimKind.REPLACE).state == "confirmed"
    assert replaced.successor(database, "gw-0001") is None
    assert replaced.successor(database, "gw-0002") == "gw-0001"
    assert not decide(database, AckKind.ACCEPTED, 600)


def test_a_box_takes_over_from_no_box_that_it_is(database: sqlite3.Connection):
    """Typed into the broken box itself, the code would leave its alerts to nobody."""
    code = issued(database, "gw-0001")
    assert Box(database).asks(uid(1), code, ClaimKind.REPLACE).reason == "wrong_gateway"
    assert replaced.successor(database, "gw-0001") is None


# -- profiles -----------------------------------------------------------------------------------


def test_the_last_three_whole_profiles_are_kept(database: sqlite3.Connection):
    """Parts in any order and twice; what never became whole goes with the time."""
    box = Box(database)
    sealed = [random.Random(n).randbytes(200_000) for n in range(1, 6)]
    for number, one in enumerate(sealed, 1):
        taken = box.sends_profile(one, number, AT_MS + number)
        assert [type(h).__name__ for h in taken.happened if h.at_ms] == ["ProfileShown"]
    rows = profiles.listed(database, "gw-0001", by="os:test", at_ms=AT_MS)
    assert [row["number"] for row in rows] == [5, 4, 3]
    assert profiles.sealed(database, "gw-0001") == (5, sealed[-1])
    assert profiles.sealed(database, "gw-0001", 4) == (4, sealed[3])
    assert profiles.sealed(database, "gw-0001", 1) is None
    assert profiles.sealed(database, "gw-0002") is None
    for number in range(6, 10):
        part = envelope.cut(sealed[0], number=number)[0]
        entry = envelope.profile(
            ORIGIN, part, id=uid(3_000 + number), sequence=3_000 + number, at=NOW
        )
        say(database, entry.body, topic="gw-0001/up/profile", at_ms=AT_MS + number)
    assert database.execute("SELECT count(*) FROM profile").fetchone()[0] == 3 + 2
    assert profiles.sealed(database, "gw-0001") == (5, sealed[-1])


def test_a_superseded_part_fills_its_number_and_nothing_else(database: sqlite3.Connection):
    """A gap would look like a lost alert."""
    part = envelope.cut(b"old", number=1)[0]
    entry = envelope.profile(ORIGIN, part, id=uid(70), sequence=2, at=NOW, superseded=True)
    say(database, entry.body, topic="gw-0001/up/profile")
    assert reads.homes(database, AT_MS)[0]["missing"] == {"st-1": 0}
    assert profiles.sealed(database, "gw-0001") is None


def test_a_number_that_comes_twice_misses_nothing_and_loses_nothing(database: sqlite3.Connection):
    """A part was here when its receipt was lost, and a newer profile has its number now."""
    for number, sealed in ((1, b"older"), (2, b"newer")):
        part = envelope.cut(sealed, number=number)[0]
        entry = envelope.profile(ORIGIN, part, id=uid(70 + number), sequence=2, at=NOW)
        answers = say(database, entry.body, topic="gw-0001/up/profile").answers
        assert [answer.of.id for answer in answers] == [entry.id]
        assert profiles.sealed(database, "gw-0001") == (number, sealed)
    assert reads.homes(database, AT_MS)[0]["missing"] == {"st-1": 0}


def restores(database: sqlite3.Connection) -> list[RestoreData]:
    """What goes down to the box that takes over."""
    found = [p for p in parcels.pending(database, AT_MS) if p.part]
    bodies = [parcels.message(database, "area-07", p, SeqIds(9_000), NOW) for p in found]
    return [envelope.parse_restore(body, "gw-0002") for body in bodies if body is not None]


def test_a_profile_goes_to_the_box_that_takes_over_and_to_no_other(database: sqlite3.Connection):
    """In parts, with what is missing of the old box, until the home says that it has it."""
    sealed = random.Random(3).randbytes(100_000)
    Box(database).sends_profile(sealed, 1)
    assert restores(database) == []
    spare = replace(database)
    told = restores(database)
    assert b"".join(one.body for one in told) == sealed
    assert {(one.replaces, one.gateway) for one in told} == {
        ("gw-0001", "urn:kotivahti:gateway:gw-0002")
    }
    assert told[0].held[0].missing == ((2, 1_000),)
    topics = {p.topic for p in parcels.pending(database, AT_MS) if p.part}
    assert topics == {"kotivahti/v1/gw-0002/down/profile"}
    database.execute("UPDATE gateway SET online = 0 WHERE id = 'gw-0002'")
    assert restores(database) == []  # nobody is there to take a megabyte
    database.execute("UPDATE gateway SET online = 1 WHERE id = 'gw-0002'")
    spare.says(uid(50), ClaimStep.RESTORED)
    assert restores(database) == []


def test_a_box_that_takes_over_is_told_that_there_is_no_profile(database: sqlite3.Connection):
    """It need not wait for what will never come."""
    replace(database)
    (told,) = restores(database)
    assert (told.number, told.part, told.body) == (0, 0, b"")


# -- the register -------------------------------------------------------------------------------


def test_every_look_at_a_customer_is_written_down(database: sqlite3.Connection):
    """Who, what and whose; also a change."""
    customers.change(database, "c-0188", name=None, address="Uusikatu 1", by="os:a", at_ms=AT_MS)
    shown = customers.seen(database, "c-0188", by="os:b", at_ms=AT_MS)
    assert (shown["name"], shown["address"]) == (NAME, "Uusikatu 1")
    assert len(customers.listed(database, by="os:c", at_ms=AT_MS)) == 1
    assert accesses(database)[1:] == [
        ("os:a", "customer changed", "c-0188"),
        ("os:b", "customer shown", "c-0188"),
        ("os:c", "customers listed", "c-0188"),
    ]


@pytest.mark.parametrize(
    "id_, name, address, says",
    [
        ("C 1", NAME, ADDRESS, "lower-case"),
        ("c-1", "", ADDRESS, "name is empty"),
        ("c-1", NAME, "  ", "address is empty"),
        ("c-1", "a\x1bb", ADDRESS, "cannot be shown"),
        ("c-1", NAME, "x" * 201, "longer than 200"),
        ("c-0188", NAME, ADDRESS, "exists already"),
    ],
)
def test_a_wrong_entry_is_refused_without_repeating_it(
    database: sqlite3.Connection, id_: str, name: str, address: str, says: str
):
    """The sentence names the mend, and no customer."""
    with pytest.raises(CustomerError, match=says) as caught:
        customers.add(database, id_, name, address, by="os:test", at_ms=AT_MS)
    assert "Aino" not in str(caught.value)


def test_a_damaged_claim_is_refused_with_its_id(database: sqlite3.Connection):
    """The sender is told, and the sentence holds no code."""
    entry = envelope.claim(
        ORIGIN, uid(1), ClaimStep.ASKED, id=uid(80), sequence=80, at=NOW,
        kind=ClaimKind.NEW, code=CODE,
    )  # fmt: skip
    message = json.loads(entry.body)
    message["data"]["code"] = CODE.lower()
    found = judge("gw-0001/up/claim", json.dumps(message).encode(), retained=False)
    (answer,) = take(database, [found], AT_MS).answers
    assert answer.of.id == uid(80)
    assert answer.rejected is not None
    assert CODE.lower() not in answer.rejected


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_screen_says_what_became_of_a_claim(database: sqlite3.Connection, language: str):
    """By the pseudonym, never by the name."""
    box, lines = Box(database), Lines(language, "Europe/Helsinki")
    said = []
    right = [(issued(database), step) for step in (ClaimStep.CONFIRMED, ClaimStep.MISMATCH)]
    for n, (code, step) in enumerate([(CODE, None), *right]):
        taken = box.says(uid(n), ClaimStep.ASKED, kind=ClaimKind.NEW, code=code)
        said += [lines.line(h) for h in taken.happened]
        if step is not None:
            said += [lines.line(h) for h in box.says(uid(n), step).happened]
    assert len(said) == 5
    assert len(set(said)) == 4
    assert sum("c-0188" in line for line in said) == 4
    assert not any("Aino" in line or "claim_" in line for line in said)
