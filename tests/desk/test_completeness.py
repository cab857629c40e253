"""Exactly what was lost is named, whatever else was lost, repeated or late."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk import digests, intake
from desk.cli import desk
from desk.completeness import judge
from desk.intake import take
from desk.judge import judge as judged
from edge.uplink import envelope
from edge.uplink.envelope import DigestData, LeftOut, Origin, digest_of, parse_digest
from tests.desk.helpers import AT_MS, fresh, write_config
from tests.support.clock import instant
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

DAY = 86_400_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    yield connection
    connection.close()


def message(number: int, ident: int | None = None, origin: Origin = ORIGIN) -> tuple[str, bytes]:
    entry = envelope.device_status(
        *(origin, samples.DEVICE),
        state="ok",
        since=NOW,
        id=uid(number if ident is None else ident),
        sequence=number,
        at=NOW,
    )
    return f"{origin.gateway}/up/devstatus", entry.body


def told(
    first: int,
    last: int,
    *,
    rev: int = 1,
    left: Sequence[LeftOut] = (),
    sequence: int | None = None,
    ids: dict[int, str] | None = None,
) -> tuple[str, bytes]:
    out = {n for one in left for n in range(one.first, one.last + 1)}
    known = ids or {n: uid(n) for n in range(first, last + 1) if n not in out}
    number = last + rev if sequence is None else sequence
    entry = envelope.digest(
        *(ORIGIN, digest_of(first, last, known)),
        first=first,
        last=last,
        rev=rev,
        day="2026-03-02",
        left_out=left,
        id=uid(900_000 + number),
        sequence=number,
        at=NOW,
    )
    return "gw-0001/up/digest", entry.body


def arrive(database: sqlite3.Connection, *came: tuple[str, bytes], at_ms: int = AT_MS) -> None:
    taken = take(database, [judged(t, body, retained=False) for t, body in came], at_ms)
    assert all(answer.rejected is None for answer in taken.answers)


def state(database: sqlite3.Connection, first: int = 1) -> tuple[str, list[Any], list[Any]]:
    rows = digests.listed(database, None, 0)
    row = next(row for row in rows if row["first"] == first and row["rev"])
    return row["state"], row["missing"], row["different"]


@pytest.mark.timeout(60)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), size=st.integers(1, 40))
def test_any_loss_repetition_and_order_names_exactly_the_lost(
    database: sqlite3.Connection, data: st.DataObject, size: int
) -> None:
    """Also among numbers that the home put aside; and when the lost come after all, it is whole."""
    connection = database
    for table in ("message", "stretch", "gap", "digest", "device"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 (constants)
    numbers = list(range(1, size + 1))
    aside = data.draw(st.sets(st.sampled_from(numbers)), label="aside")
    lost = data.draw(st.sets(st.sampled_from(numbers)), label="lost") - aside
    left = [LeftOut(first=n, last=n, why="shed") for n in sorted(aside)]
    late = data.draw(st.sets(st.sampled_from(sorted(aside)) if aside else st.nothing()))
    sent = [message(n) for n in numbers if n not in aside | lost] + [message(n) for n in late]
    repeated = data.draw(st.lists(st.sampled_from(sent), max_size=5)) if sent else []
    came = data.draw(st.permutations([*sent, *repeated, told(1, size, left=left)]))
    arrive(connection, *came)
    found, missing, different = state(connection)
    assert [n for a, b in missing for n in range(a, b + 1)] == sorted(lost)
    assert (found, different) == ("missing" if lost else "complete", [])
    arrive(connection, *data.draw(st.permutations([message(n) for n in lost])))
    assert state(connection) == ("complete", [], [])


@settings(max_examples=100, deadline=None)
@given(data=st.data(), first=st.integers(1, 300), size=st.integers(1, 300))
def test_any_other_id_is_found_in_its_block(data: st.DataObject, first: int, size: int) -> None:
    """Never called complete, and never looked for further than 64 numbers from where it is."""
    last = first + size - 1
    ids = {n: uid(n) for n in range(first, last + 1)}
    body = parse_digest(told(first, last, ids=ids)[1], "gw-0001").data
    wrong = data.draw(st.sets(st.integers(first, last), min_size=1, max_size=3))
    have = {n: [uid(n + 10_000) if n in wrong else uid(n)] for n in ids}
    found = judge(body, have)
    assert found.state == "different"
    within = {n for a, b in found.different for n in range(a, b + 1)}
    assert wrong <= within
    assert all(min(abs(n - w) for w in wrong) < 64 for n in within)


def test_a_number_that_came_twice_is_named(database: sqlite3.Connection):
    """A home whose database was set back numbers other messages alike."""
    arrive(database, *map(message, range(1, 6)), message(3, ident=77), told(1, 5))
    assert state(database) == ("different", [], [[3, 3]])


def test_a_digest_is_told_anew_and_the_newest_holds(database: sqlite3.Connection):
    """Parked after it was told: no gap any more; an older revision that is late changes nothing."""
    arrive(database, message(1), message(3), told(1, 3))
    assert state(database) == ("missing", [[2, 2]], [])
    second = told(1, 3, rev=2, left=[LeftOut(first=2, last=2, why="parked")])
    arrive(database, second)
    assert state(database) == ("complete", [], [])
    arrive(database, told(1, 3, sequence=9))
    assert state(database) == ("complete", [], [])


def test_what_the_home_has_forgotten_must_be_here_all_the_same(database: sqlite3.Connection):
    """Its id cannot be compared; that it came can be counted."""
    left = [LeftOut(first=2, last=3, why="forgotten")]
    arrive(database, message(1), message(2), message(4), told(1, 4, left=left))
    assert state(database) == ("missing", [[3, 3]], [])
    arrive(database, message(3))
    assert state(database) == ("counted", [], [])


def test_what_goes_lost_here_shows(database: sqlite3.Connection):
    """Rows that vanish from the desk's own database before the day is proved, and after."""
    arrive(database, *map(message, range(1, 9)))
    database.execute("DELETE FROM message WHERE sequence IN (4, 5)")
    arrive(database, told(1, 8))
    assert state(database) == ("missing", [[4, 5]], [])
    database.execute("DELETE FROM message WHERE sequence > 1 AND kind = 'devstatus'")
    (row, *_) = digests.listed(database, "gw-0001", 0)
    assert row["missing"] == [[2, 8]]


def test_a_month_later_numbers_still_count(database: sqlite3.Connection):
    """A box that was off for long tells its digest when the ids are forgotten here."""
    arrive(database, *map(message, (1, 2, 4, 5)))
    later = AT_MS + 31 * DAY
    intake.prune(database, later)
    arrive(database, told(1, 5), at_ms=later)
    assert state(database) == ("missing", [[3, 3]], [])
    arrive(database, message(3), at_ms=later)
    assert state(database) == ("counted", [], [])


def test_a_day_that_was_proved_stays_so(database: sqlite3.Connection):
    arrive(database, *map(message, range(1, 4)), told(1, 3))
    intake.prune(database, AT_MS + 31 * DAY)
    assert state(database) == ("complete", [], [])
    row = digests.listed(database, "gw-0001", 0)[0]
    assert (row["state"], row["missing"]) == ("complete", [])


def test_a_replaced_store_without_an_end_is_shown(database: sqlite3.Connection):
    """The old one's last numbers are known by its heartbeat alone; the new one counts from 1."""
    beat = samples.HEALTH
    arrive(
        database,
        message(1),
        ("gw-0001/up/hb", envelope.heartbeat(ORIGIN, beat, id=uid(50), at=NOW)),
    )
    (row,) = digests.listed(database, None, 0)
    assert (row["state"], row["last"]) == ("open", beat.last_message)
    new = Origin(gateway="gw-0001", store_id="st-new", site="site-88", customer="c-0188")
    later = instant(60_000)
    arrive(database, ("gw-0001/up/hb", envelope.heartbeat(new, beat, id=uid(51), at=later)))
    rows = {row["store"]: row for row in digests.listed(database, None, 0)}
    assert rows[ORIGIN.store_id]["state"] == "unproved"
    assert rows[ORIGIN.store_id]["missing"] == [[2, beat.last_message]]


def test_the_command_names_them_and_its_exit_code_says_it(tmp_path: Path):
    """In three languages, and as JSON; nothing missing is exit code 0."""
    database = fresh(tmp_path)
    left = [LeftOut(first=5, last=6, why="shed")]
    now_ms = 4_000_000_000_000  # after the command's own clock: within every --days
    arrive(database, message(1), message(4), told(1, 6, left=left), at_ms=now_ms)
    path = str(write_config(tmp_path, 1))
    for lang, said in (("fi", "PUUTTUU"), ("sv", "SAKNAS"), ("en", "MISSING")):
        done = CliRunner().invoke(desk, ["gaps", "--config", path, "--lang", lang])
        assert done.exit_code == 1
        assert f"! {said}: 2\N{EN DASH}3" in done.stdout
        assert ": 5\N{EN DASH}6" in done.stdout
    done = CliRunner().invoke(desk, ["gaps", "gw-0001", "--config", path, "--json"])
    assert (done.exit_code, json.loads(done.stdout)[0]["missing"]) == (1, [[2, 3]])
    arrive(database, message(2), message(3), at_ms=now_ms)
    done = CliRunner().invoke(desk, ["gaps", "--config", path])
    assert (done.exit_code, "complete" in done.stdout) == (0, True)
    database.close()
    assert isinstance(parse_digest(told(1, 6, left=left)[1], "gw-0001").data, DigestData)
