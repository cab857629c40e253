"""The hours of the ledger and the days of the home's coverage are one reckoning."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.domain import HourCoverage
from edge.home.asking import Asked, Why
from edge.replay.result import HomeResult
from edge.replay.run import HomeReplay
from edge.replay.tihm import ZONE, read
from edge.store import coverage
from edge.store.database import Database

HOUR_S, DAY_S = 3600, 86_400


def rows_of(database: Database) -> list[HourCoverage]:
    """Every hour in the store, a piece at a time."""
    rows: list[HourCoverage] = []
    after = None
    while True:
        piece = database.look(coverage.hours, from_ms=0, until_ms=1 << 60, after=after)
        rows += piece
        if len(piece) < coverage.ROWS_MAX:
            return rows
        after = (piece[-1].hour_ms, piece[-1].question)


@pytest.fixture(scope="module")
def lived(
    synthetic: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[HomeResult, list[HourCoverage]]:
    """An invented home of three weeks: what its days say, and the hours in its store."""
    home = read(synthetic, home="SYNTH-01").home("SYNTH-01")
    path = tmp_path_factory.mktemp("hours") / "home.db"
    with Database.open(path, home=home.id, store_id="replay") as database:
        result = HomeReplay(home, database, lambda _: None).run()
        return result, rows_of(database)


def local_day(row: HourCoverage) -> str:
    moment = datetime.fromtimestamp(row.hour_ms / 1000, UTC)
    return moment.astimezone(ZoneInfo(ZONE)).date().isoformat()


def test_hours_of_movement_add_up_to_the_day(
    lived: tuple[HomeResult, list[HourCoverage]],
) -> None:
    """Second by second, but where the whole home was silent: the ledger knows of that at once,
    the day's figure gives it back when the first sensor is heard again.
    """
    result, rows = lived
    movement = [row for row in rows if row.question == Asked.MOVEMENT]
    quiet = {local_day(row) for row in movement if row.reason == Why.HOME_SILENT}
    days = sorted({local_day(row) for row in movement})[:-2]  # the last are not settled yet
    same = 0
    for day in days:
        known_s = sum(row.known_s for row in movement if local_day(row) == day)
        told_s = result.coverage[day] * DAY_S
        assert known_s <= told_s + HOUR_S / 60
        if day not in quiet:
            assert known_s == pytest.approx(told_s, abs=24), day
            same += 1
    assert same >= len(days) - len(result.silent_days) - 2
    assert same > 10


def test_a_silent_day_is_known_in_no_hour(lived: tuple[HomeResult, list[HourCoverage]]) -> None:
    result, rows = lived
    assert result.silent_days
    for day in result.silent_days:
        hours = [r for r in rows if local_day(r) == day and r.question == Asked.MOVEMENT]
        assert len(hours) == 24
        assert {(r.asked_s, r.known_s) for r in hours} == {(HOUR_S, 0)}


def test_every_hour_is_there_once(lived: tuple[HomeResult, list[HourCoverage]]) -> None:
    """No hour is missing between the first and the last one."""
    _, rows = lived
    hours = [row.hour_ms for row in rows if row.question == Asked.GATEWAY]
    assert len(set(hours)) == len(hours)
    assert max(hours) - min(hours) == (len(hours) - 1) * HOUR_S * 1000
    assert all(0 <= row.known_s <= row.asked_s <= HOUR_S for row in rows)
