from __future__ import annotations

from pathlib import Path

import pytest

from edge.app.rssi_files import SESSION_MAX_MS, read
from edge.errors import ConfigError

HEAD = "time,session,tag,receiver,rssi\n"
TRUTH = "time,session,room\n0,s,kitchen\n100,s,\n"


def folder(path: Path, rssi: str, truth: str = TRUTH, adjacency: str | None = None) -> Path:
    (path / "rssi.csv").write_text(rssi, encoding="utf-8")
    (path / "truth.csv").write_text(truth, encoding="utf-8")
    if adjacency is not None:
        (path / "adjacency.csv").write_text(adjacency, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text, at_ms",
    [
        ("12.5", 12_500),
        ("1700000000", 1_700_000_000_000),
        ("1700000000123", 1_700_000_000_123),
        ("2026-03-01T10:00:00Z", 1_772_359_200_000),
        ("2026-03-01T12:00:00+02:00", 1_772_359_200_000),
        ("2026-03-01 10:00:00", 1_772_359_200_000),
    ],
)
def test_times_are_seconds_milliseconds_or_iso(tmp_path: Path, text: str, at_ms: int) -> None:
    """Each way of writing a time ends in the same milliseconds."""
    truth = f"time,session,room\n{text},s,kitchen\n"
    found = read(folder(tmp_path, HEAD + f"{text},s,t,g,-60\n", truth))
    assert found.sessions["s"].sightings[0].at_ms == at_ms


def test_placeholders_are_not_heard(tmp_path: Path) -> None:
    """Empty, NaN, 0, 100 and -200 are no levels and no faults; 19 dBm is one."""
    cells = ("", "NaN", "0", "100", "-200", "-61.6", "19")
    rows = "".join(f"{at},s,t,g,{cell}\n" for at, cell in enumerate(cells))
    found = read(folder(tmp_path, HEAD + rows))
    assert [one.rssi_dbm for one in found.sessions["s"].sightings] == [-62, 19]
    assert found.skipped == 0


def test_semicolons_any_order_more_columns_and_a_mark(tmp_path: Path) -> None:
    """As a spreadsheet writes it: BOM, semicolons, decimal commas, columns of its own."""
    rssi = '\ufeffRSSI;note;Time;Session;tag;"Receiver"\n-60,4;"a;b";1,5;s;t;g\n'
    found = read(folder(tmp_path, rssi))
    (one,) = found.sessions["s"].sightings
    assert (one.receiver, one.rssi_dbm, one.at_ms) == ("g", -60, 1_500)


def test_bad_rows_are_named_and_left_out(tmp_path: Path) -> None:
    """File and line of each; the rest is read."""
    rssi = HEAD + "1,s,t,g,-60\nnoon,s,t,g,-60\n2,s,t,g,loud\n3,s\n\n4,s,t,g,-61\n"
    found = read(folder(tmp_path, rssi))
    assert found.skipped == 3
    assert [fault.partition(": ")[0] for fault in found.faults] == [
        "rssi.csv:3",
        "rssi.csv:4",
        "rssi.csv:5",
    ]
    assert len(found.sessions["s"].sightings) == 2


def test_a_log_of_changes_holds_until_the_next_row(tmp_path: Path) -> None:
    """Few repeats: each row holds; an empty room is not labelled."""
    truth = "time,session,room\n0,s,kitchen\n40,s,\n50,s,bedroom\n"
    found = read(folder(tmp_path, HEAD + "0,s,t,g,-60\n90,s,t,g,-60\n", truth)).sessions["s"]
    assert [found.room_at(at * 1000) for at in (0, 39, 45, 89)] == [
        "kitchen",
        "kitchen",
        "",
        "bedroom",
    ]
    assert found.time_in_rooms(35_000, 55_000) == {"kitchen": 5_000, "": 10_000, "bedroom": 5_000}


def test_samples_hold_for_a_while_only(tmp_path: Path) -> None:
    """Rows each second: a hole of a minute is not labelled, but for one window of it."""
    truth = "time,session,room\n" + "".join(
        f"{at},s,{'kitchen' if at < 100 else 'hall'}\n" for at in (*range(30), *range(90, 120))
    )
    found = read(folder(tmp_path, HEAD + "0,s,t,g,-60\n", truth)).sessions["s"]
    rooms = [found.room_at(at * 1000) for at in (10, 38, 40, 89, 95, 110)]
    assert rooms == ["kitchen", "kitchen", "", "", "kitchen", "hall"]


def test_neighbours_go_both_ways(tmp_path: Path) -> None:
    """The first two columns, whatever they are called, also both "room"."""
    found = read(folder(tmp_path, HEAD + "0,s,t,g,-60\n", adjacency="room,room\na,b\nb,c\n"))
    assert found.neighbours == {
        "a": frozenset({"b"}),
        "b": frozenset({"a", "c"}),
        "c": frozenset({"b"}),
    }


@pytest.mark.parametrize(
    "rssi, truth, said",
    [
        ("time,session,rssi\n", TRUTH, "no column tag, receiver"),
        (HEAD, TRUTH, "no session has levels and labels"),
        (HEAD + "0,other,t,g,-60\n", TRUTH, "name the sessions alike"),
        (HEAD + f"0,s,t,g,-60\n{SESSION_MAX_MS},s,t,g,-60\n", TRUTH, "days"),
    ],
)
def test_what_gives_nothing_says_the_mend(tmp_path: Path, rssi: str, truth: str, said: str) -> None:
    """Missing columns, no session in both files, and two clocks."""
    with pytest.raises(ConfigError, match=said):
        read(folder(tmp_path, rssi, truth))


def test_a_missing_file_and_a_foreign_one(tmp_path: Path) -> None:
    """No file, and one that is no text."""
    with pytest.raises(ConfigError, match=r"rssi\.csv"):
        read(tmp_path)
    folder(tmp_path, HEAD)
    (tmp_path / "rssi.csv").write_bytes(HEAD.encode() + b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        read(tmp_path)
