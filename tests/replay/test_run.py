"""A replay is the gateway's own code: same rules, same store, only time is made up."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from edge.app.keeper import TELEMETRY_ROWS_MAX
from edge.domain import AlertState, OutboxClass
from edge.errors import EdgeError
from edge.ports import Batch
from edge.replay.generate import generate
from edge.replay.places import ROOM_SILENT_AFTER_S
from edge.replay.recording import HomeRecording
from edge.replay.result import HomeResult, Replayed, as_json
from edge.replay.run import WAKES_AT_ONE_MOMENT_MAX, HomeReplay, SeededIds, replay_home
from edge.replay.story import unseen_stretches
from edge.replay.synthetic import Planted
from edge.replay.tihm import read
from edge.store.database import Database
from tests.replay.conftest import Write
from tests.replay.golden import FILE, build

DAY_MS = 86_400_000


@pytest.fixture
def home(synthetic: Path) -> HomeRecording:
    return read(synthetic, home="SYNTH-01").home("SYNTH-01")


def planted(synthetic: Path) -> Planted:
    truth = json.loads((synthetic / "planted.json").read_text(encoding="utf-8"))
    return msgspec.convert(truth["SYNTH-01"], Planted)


@pytest.mark.timeout(60)
def test_two_runs_give_the_same_bytes() -> None:
    """Nothing of the machine, the hour or chance is in the results; they are as agreed."""
    first = build()
    assert first == build()
    assert first == FILE.read_text(encoding="utf-8"), (
        "the results changed; if that is meant: python -m tests.replay.golden"
    )


def test_silence_is_a_fault_and_never_behaviour(synthetic: Path, result: HomeResult) -> None:
    """The planted silent days are found, uncovered, told as a fault, and blame nobody."""
    days = list(planted(synthetic).silent_days)
    assert list(result.silent_days) == days
    assert all(result.coverage[day] == 0.0 for day in days)
    assert result.about_resident() == 0
    assert {alert.code for alert in result.alerts} & {"home_silent", "device_silent"}


def test_stillness_needs_a_sensor_that_says_so(synthetic: Path, result: HomeResult) -> None:
    """Sensors that speak only of movement cannot prove that nobody moved: no such alert."""
    assert planted(synthetic).still_day not in result.silent_days
    assert "no_activity" not in result.by_code()


def test_other_days_are_covered(result: HomeResult) -> None:
    """A day with an ordinary life in it could be seen, all but its edges."""
    silent = {date.fromisoformat(day).toordinal() for day in result.silent_days}
    near = {day + step for day in silent for step in (-1, 0, 1)}
    for text, share in list(result.coverage.items())[1:-1]:
        if date.fromisoformat(text).toordinal() not in near:
            assert share > 0.99, text


def test_everything_is_stored_as_in_the_home(
    home: HomeRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All observations and alerts are in a real database; alerts leave, readings do not."""
    batches: list[Batch] = []
    record = Database.record

    def spied(database: Database, batch: Batch) -> None:
        batches.append(batch)
        record(database, batch)

    monkeypatch.setattr(Database, "record", spied)
    with Database.open(tmp_path / "home.db") as database:
        result = HomeReplay(home, database, lambda _: None).run()
        assert database.heads().observation == len(home) == result.observations
        stored = {alert.id: alert for alert in database.alerts()}
        owed = database.owed(10_000)
        rows = database.observations(0, 50)
    assert len(stored) == len(result.alerts) > 0
    assert {entry.cls for entry in owed} == {OutboxClass.ALERT}
    assert [seen for _, seen in rows] == list(home.observations())[:50]
    assert len(batches) == result.commits
    assert max(len(batch.observations) for batch in batches) == TELEMETRY_ROWS_MAX


def test_an_alert_is_committed_at_once(
    home: HomeRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What raises an alert does not wait for the telemetry lane."""
    late: list[int] = []
    record = Database.record

    def spied(database: Database, batch: Batch) -> None:
        late.extend(batch.at.wall_ms - alert.changed.wall_ms for alert in batch.alerts)
        record(database, batch)

    monkeypatch.setattr(Database, "record", spied)
    replay_home(home)
    assert late
    assert set(late) == {0}


def test_rules_are_woken_between_observations(write: Write) -> None:
    """Silence is told at the deadline itself, not when something is heard again."""
    rows = ["h1,kitchen,2019-05-15 09:00:00", "h1,lounge,2019-05-15 09:10:00"]
    rows += [f"h1,lounge,2019-05-{16 + n} {10 + n}:00:00" for n in range(3)]
    found = replay_home(read(write(Activity=rows)).home("h1"))
    first = next(alert for alert in found.alerts if alert.subject == "kitchen")
    heard_ms = read(write(Activity=rows)).home("h1").first_ms
    assert first.at_ms == heard_ms + ROOM_SILENT_AFTER_S * 1000


def test_each_stretch_of_silence_is_an_alert_of_its_own(write: Write) -> None:
    """Its alert is closed when the cause is gone: two stretches, two alerts."""
    rows = [f"h1,lounge,2019-05-{d:02d} {h:02d}:00:00" for d in range(1, 20) for h in range(24)]
    rows += [
        f"h1,kitchen,2019-05-{d:02d} 12:{40 - d}:00" for d in (1, 2, 3, 8, 9, 15, 16, 17, 18, 19)
    ]
    found = replay_home(read(write(Activity=rows)).home("h1"))
    assert [alert.subject for alert in found.alerts] == ["kitchen", "kitchen"]
    assert found.by_code() == {"device_silent": 2}


def test_an_alert_stays_open_while_its_cause_lasts(home: HomeRecording, tmp_path: Path) -> None:
    """The sensor that is dead at the end leaves an open alert; the earlier ones are over."""
    with Database.open(tmp_path / "home.db") as database:
        HomeReplay(home, database, lambda _: None).run()
        states = {alert.state for alert in database.alerts()}
        assert states <= {AlertState.RAISED, AlertState.CLOSED, AlertState.CANCELLED}
        assert AlertState.CLOSED in states


@pytest.mark.timeout(60)
def test_a_long_recording_keeps_all_its_days(tmp_path: Path) -> None:
    """Coverage is noted before the home forgets it: day one of twenty weeks is there."""
    generate(tmp_path / "x", days=140, seed=2)
    recorded = read(tmp_path / "x").home("SYNTH-01")
    found = replay_home(recorded)
    assert found.days == 140
    assert sum(share > 0.5 for share in found.coverage.values()) >= 130
    assert list(found.coverage) == sorted(found.coverage)


def test_summer_time_shortens_no_day(tmp_path: Path) -> None:
    """A recording over the transition has its local days, each once."""
    generate(tmp_path / "x", days=12, seed=2, first=date(2025, 3, 24))
    found = replay_home(read(tmp_path / "x").home("SYNTH-01"))
    assert found.days == 12
    assert found.first_day == "2025-03-24"
    assert found.last_day == "2025-04-04"


def test_levels_are_grey_without_answers(result: HomeResult) -> None:
    """Nobody was asked, so nothing is claimed."""
    assert result.levels == {"fire": "grey", "fall": "grey", "wellbeing": "grey"}


def test_a_home_alone_is_the_same_as_among_others(synthetic: Path) -> None:
    """Homes share nothing: the second one's results do not depend on the first."""
    among = replay_home(read(synthetic).home("SYNTH-02"))
    alone = replay_home(read(synthetic, home="SYNTH-02").home("SYNTH-02"))
    assert among == alone


def test_unseen_stretches_are_ordered_and_apart(home: HomeRecording) -> None:
    """Stretches do not overlap, and each is longer than a sensor may be quiet."""
    stretches = unseen_stretches(home)
    assert stretches
    assert all(end > start for start, end in stretches)
    assert all(one[1] <= two[0] for one, two in pairwise(stretches))
    assert any(end - start > DAY_MS for start, end in stretches)


def test_ids_are_of_the_moment_and_of_the_name(home: HomeRecording) -> None:
    """UUIDv7 with the virtual time, the same in every run, different in another home."""
    at = home.instant(home.first_ms)
    one, other = SeededIds("a"), SeededIds("b")
    first = one.uuid7(at)
    assert first == SeededIds("a").uuid7(at)
    assert first not in (one.uuid7(at), other.uuid7(at))
    assert int(first.replace("-", "")[:12], 16) == at.wall_ms
    assert first[14] == "7"


def test_a_rule_that_stops_the_clock_is_named(
    home: HomeRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wake-up that never passes ends the replay with a message instead of a hang."""
    with Database.open(tmp_path / "home.db") as database:
        replay = HomeReplay(home, database, lambda _: None)
        keeper = replay._keeper
        tell = keeper.tell

        def stuck(event: object, at: object) -> None:
            tell(event, at)  # type: ignore[arg-type]
            keeper.wake_at_ms = 0

        monkeypatch.setattr(keeper, "tell", stuck)
        with pytest.raises(EdgeError, match="again and again"):
            replay.run()
    assert WAKES_AT_ONE_MOMENT_MAX < 10_000


def test_the_json_is_canonical(result: HomeResult) -> None:
    """Sorted keys, at most four decimals, one newline at the end, no word of speed."""
    text = as_json(Replayed(homes=(result,), bad_rows={"Labels.csv": 1}, bad_rows_named=("x",)))
    document = json.loads(text)
    assert text == json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert document["bad_rows"] == {"Labels.csv": 1}
    shares = document["homes"]["SYNTH-01"]["coverage"].values()
    assert all(share == round(share, 4) for share in shares)
    assert "per_s" not in text
