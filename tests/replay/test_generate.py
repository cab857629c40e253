"""Invented homes: the same bytes for the same seed, and what was planted is there."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.replay.generate import generate
from edge.replay.recording import HomeRecording
from edge.replay.result import day_text
from edge.replay.tihm import read

Events = list[tuple[int, int, int]]  # local day, UTC ms, place

FILES = ("Activity.csv", "Physiology.csv", "Labels.csv", "Demographics.csv", "planted.json")


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs agree in every file; another seed does not."""
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generate(tmp_path / name, homes=2, days=14, seed=seed)
    for file in FILES:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert (tmp_path / "a" / FILES[0]).read_bytes() != (tmp_path / "c" / FILES[0]).read_bytes()


def test_every_row_can_be_read(synthetic: Path) -> None:
    """The generator writes the format that the reader reads."""
    recording = read(synthetic)
    assert recording.homes == ("SYNTH-01", "SYNTH-02")
    assert recording.bad == {}


def test_what_is_planted_is_there(synthetic: Path) -> None:
    """Silent days are silent, the dead sensor is dead, the still day is still, nights are not."""
    planted = json.loads((synthetic / "planted.json").read_text(encoding="utf-8"))
    for name, truth in planted.items():
        home = read(synthetic, home=name).home(name)
        events = [(home.local_day(at_ms), at_ms, place) for at_ms, place in home.events()]
        days = {day_text(day) for day, _, _ in events}
        whole = {day_text(day) for day in range(home.first_day, home.last_day + 1)}
        assert whole - days == set(truth["silent_days"])
        dead = [
            o
            for o in home.observations()
            if o.device == truth["dead_sensor"]
            and truth["dead_from"] <= day_text(home.local_day(o.at.wall_ms)) <= truth["dead_until"]
        ]
        assert dead == []
        assert _hours(home, events, truth["still_day"]).isdisjoint(range(9, 20))
        for night in truth["wandering_nights"]:
            assert len(_night(home, events, night)) > 40


def _hours(home: HomeRecording, events: Events, day: str) -> set[int]:
    return {
        (at_ms + home.clock.offset_min(at_ms) * 60_000) // 3_600_000 % 24
        for local, at_ms, _ in events
        if day_text(local) == day
    }


def _night(home: HomeRecording, events: Events, day: str) -> list[int]:
    return [
        at_ms
        for local, at_ms, _ in events
        if day_text(local) == day
        and (at_ms + home.clock.offset_min(at_ms) * 60_000) // 3_600_000 % 24 < 5
    ]


def test_summer_time_begins_without_a_bad_row(tmp_path: Path) -> None:
    """No event is invented in the hour that the clocks skip."""
    generate(tmp_path / "x", days=10, seed=1, first=date(2025, 3, 27))
    assert read(tmp_path / "x").bad == {}


def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    """A directory that holds a recording is refused and left as it was."""
    (tmp_path / "Activity.csv.gz").write_bytes(b"precious")
    with pytest.raises(ConfigError, match="holds a recording; name an empty one"):
        generate(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Activity.csv.gz"]


@pytest.mark.parametrize("homes, days", [(0, 10), (100, 10), (1, 4), (1, 4_000)])
def test_numbers_out_of_range_are_named(tmp_path: Path, homes: int, days: int) -> None:
    """The range stands in the message."""
    with pytest.raises(ConfigError, match=r"\d to \d"):
        generate(tmp_path / "x", homes=homes, days=days)
    assert not (tmp_path / "x").exists()
