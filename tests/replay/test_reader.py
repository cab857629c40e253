"""Reading the TIHM format: times, order, and rows that cannot be read."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Role
from edge.errors import ConfigError
from edge.kinds import KINDS
from edge.replay import tihm
from edge.replay.localtime import LocalTime, NoSuchLocalTimeError
from edge.replay.places import PLACES, QUANTITIES
from edge.replay.recording import HOME_DAYS_MAX
from edge.replay.tihm import read
from tests.replay.conftest import Write


def utc(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


# -- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "local, expected",
    [
        ("2019-03-30 12:00:00", "2019-03-30 12:00:00"),  # winter: UTC
        ("2019-03-31 00:59:59", "2019-03-31 00:59:59"),  # the last second before summer time
        ("2019-03-31 02:00:00", "2019-03-31 01:00:00"),  # the first one of it
        ("2019-05-15 12:19:32", "2019-05-15 11:19:32"),
        ("2019-10-27 00:59:59", "2019-10-26 23:59:59"),
        ("2019-10-27 01:30:00", "2019-10-27 00:30:00"),  # occurs twice: the first one
        ("2019-10-27 02:00:00", "2019-10-27 02:00:00"),
        ("2019-05-15T12:19:32.250", "2019-05-15 11:19:32.250"),
        ("2019-05-15 12:19:32+02:00", "2019-05-15 10:19:32"),
    ],
)
def test_local_time_becomes_utc(local: str, expected: str) -> None:
    """UK local time is read by the zone's own rules, on both sides of each transition."""
    assert LocalTime("Europe/London").utc_ms(local) == utc(expected)


@pytest.mark.parametrize("minute", ["00:00", "30:00", "59:59"])
def test_a_skipped_hour_is_refused(minute: str) -> None:
    """A time that no clock in the zone showed is not silently moved."""
    with pytest.raises(NoSuchLocalTimeError, match="Europe/London"):
        LocalTime("Europe/London").utc_ms(f"2019-03-31 01:{minute}")


def test_the_offset_follows_the_transition() -> None:
    """The offset that an observation carries is the one of its own moment."""
    clock = LocalTime("Europe/London")
    assert clock.offset_min(utc("2019-03-31 00:59:59")) == 0
    assert clock.offset_min(utc("2019-03-31 01:00:00")) == 60
    assert clock.offset_min(utc("2019-10-27 00:59:59")) == 60
    assert clock.offset_min(utc("2019-10-27 01:00:00")) == 0


@given(
    moment=st.datetimes(datetime(2018, 1, 1), datetime(2026, 1, 1)),  # noqa: DTZ001 - local times
    zone=st.sampled_from(["Europe/London", "Europe/Helsinki", "Asia/Kathmandu", "UTC"]),
)
def test_fast_and_slow_reading_agree(moment: datetime, zone: str) -> None:
    """The kept hours change nothing: each time is what the zone's database says."""
    clock, text = LocalTime(zone), moment.replace(microsecond=0).isoformat(sep=" ")
    try:
        expected = clock.utc_ms(text.replace(" ", "T"))
    except NoSuchLocalTimeError:
        with pytest.raises(NoSuchLocalTimeError):
            clock.utc_ms(text)
        return
    assert clock.utc_ms(text) == expected
    assert clock.utc_ms(text) == expected  # from the kept hour


# -- order and meaning ------------------------------------------------------------------------


def test_observations_come_in_time_order_with_their_kinds(write: Write) -> None:
    """Activations and vitals are one stream, each with device, kind, unit, code and room."""
    folder = write(
        Activity=[
            "h1,front-door,2019-05-15 10:00:00",
            "h1,kitchen,2019-05-15 09:00:00",
            "h1,fridge-door,2019-05-15 12:00:00",
        ],
        Physiology=["h1,2019-05-15 11:00:00,Heart rate,70,beats/min"],
    )
    seen = list(read(folder).home("h1").observations())
    assert [(o.device, o.kind, o.value, o.room) for o in seen] == [
        ("kitchen", "motion", True, "kitchen"),
        ("front-door", "door", True, "hallway"),
        ("blood-pressure-monitor", "pulse_rate", 70.0, None),
        ("fridge-door", "usage", True, "kitchen"),
    ]
    assert all((o.unit, o.code) == (KINDS[o.kind].unit, KINDS[o.kind].code) for o in seen)
    assert [o.at.boottime_ms for o in seen] == [0, 3_600_000, 7_200_000, 10_800_000]
    assert seen[0].at.wall_ms == utc("2019-05-15 08:00:00")
    assert seen[0].at.offset_min == 60


def test_every_kind_of_the_tables_is_known() -> None:
    """Places and quantities name kinds of the one table, and fit the packed index."""
    assert all(place.kind in KINDS for place in PLACES)
    assert all(quantity.kind in KINDS for quantity in QUANTITIES)
    assert len(PLACES) <= 8


def test_devices_are_those_that_spoke(write: Write) -> None:
    """One device for each place and each instrument, with its role and its deadline."""
    folder = write(
        Activity=["h1,kitchen,2019-05-15 09:00:00", "h1,back-door,2019-05-15 09:00:01"],
        Physiology=[
            "h1,2019-05-15 11:00:00,Systolic blood pressure,140,mm[Hg]",
            "h1,2019-05-15 11:00:00,Heart rate,70,beats/min",
        ],
    )
    devices = read(folder).home("h1").devices()
    assert {name: device.role for name, device in devices.items()} == {
        "kitchen": Role.MOTION,
        "back-door": Role.DOOR,
        "blood-pressure-monitor": Role.VITALS,
    }
    assert all(device.silent_after_s >= 86_400 for device in devices.values())


def test_the_order_of_rows_changes_nothing(write: Write) -> None:
    """A shuffled file is the same recording."""
    rows = [f"h1,{p.name},2019-05-{d:02d} 09:00:00" for p in PLACES for d in range(1, 29)]
    ordered = list(read(write(Activity=rows)).home("h1").observations())
    random.Random(1).shuffle(rows)
    assert list(read(write(Activity=rows)).home("h1").observations()) == ordered


def test_gzip_and_plain_are_the_same(write: Write) -> None:
    """Activity.csv.gz is read where there is no Activity.csv."""
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00"])
    plain = list(read(folder).home("h1").observations())
    data = (folder / "Activity.csv").read_bytes()
    (folder / "Activity.csv.gz").write_bytes(gzip.compress(data))
    (folder / "Activity.csv").unlink()
    assert list(read(folder).home("h1").observations()) == plain


def test_columns_are_found_by_name(write: Write) -> None:
    """Order, case, further columns, quotes and the archive's own spelling do not matter."""
    folder = write(Activity=[])
    (folder / "Activity.csv").write_text(
        'date,Location_Name,note,patient_id\r\n2019-05-15 09:00:00,"Fridge Door",x,h1\r\n',
        encoding="utf-8",
    )
    (seen,) = read(folder).home("h1").observations()
    assert (seen.device, seen.kind) == ("fridge-door", "usage")


def test_one_home_is_read_without_the_others(write: Write) -> None:
    """`home` leaves the other homes' rows out, and says so when there is no such home."""
    folder = write(Activity=[f"{h},kitchen,2019-05-15 09:00:00" for h in ("h1", "h2")])
    assert read(folder, home="h2").homes == ("h2",)
    with pytest.raises(ConfigError, match="home h3: is not in this recording"):
        read(folder, home="h3")


def test_bands_and_labels_belong_to_their_home(write: Write) -> None:
    """Age and sex are bands, labels are the monitoring team's."""
    folder = write(
        Activity=["h1,kitchen,2019-05-15 09:00:00"],
        Demographics=['h1,"(80, 90]",Female'],
        Labels=["h1,2019-05-15 10:00:00,Agitation", "h2,2019-05-15 10:00:00,Pulse"],
    )
    home = read(folder).home("h1")
    assert (home.person.age, home.person.sex) == ("(80, 90]", "Female")
    assert [label.type for label in home.labels] == ["Agitation"]


# -- what cannot be read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "row, why",
    [
        ("h1,kitchen,2019-13-15 09:00:00", "date is not YYYY-MM-DD"),
        ("h1,kitchen,2019-05-15 09:61:00", "date is not YYYY-MM-DD"),
        ("h1,kitchen,yesterday", "date is not YYYY-MM-DD"),
        ("h1,kitchen,2019-03-31 01:30:00", "does not exist in Europe/London"),
        ("h1,kitchen,1019-05-15 09:00:00", "outside the years"),
        ("h1,garage,2019-05-15 09:00:00", "'garage' is not a known place"),
        ("../x,kitchen,2019-05-15 09:00:00", "patient_id is not"),
        (",kitchen,2019-05-15 09:00:00", "patient_id is not"),
        ("h1,kitchen", "has 2 fields"),
        ('h1,"kitchen,2019-05-15 09:00:00', "unexpected end"),
        ("\udcff\x00", "has 1 fields"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_goes_on(write: Write, row: str, why: str) -> None:
    """File, line and reason; every other row is there."""
    good = "h1,kitchen,2019-05-15 09:00:00"
    folder = write(Activity=[good])
    lines = f"patient_id,location_name,date\n{good}\n{row}\n{good}\n"
    (folder / "Activity.csv").write_bytes(lines.encode("utf-8", "surrogateescape"))
    recording = read(folder)
    assert recording.bad == {"Activity.csv": 1}
    (named,) = recording.bad_named
    assert named.startswith("Activity.csv:3: ")
    assert why in named
    assert len(recording.home("h1")) == 2


@pytest.mark.parametrize(
    "row, why",
    [
        ("h1,2019-05-15 09:00:00,Body weight,heavy,kg", "value is not a number"),
        ("h1,2019-05-15 09:00:00,Body weight,nan,kg", "value is not a number"),
        ("h1,2019-05-15 09:00:00,Body weight,70,lb", "unit 'lb' is not the one"),
        ("h1,2019-05-15 09:00:00,Mood,70,kg", "'Mood' is not known"),
    ],
)
def test_a_bad_vital_is_named(write: Write, row: str, why: str) -> None:
    """A value without a meaning is left out and named, never guessed."""
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00"], Physiology=[row])
    recording = read(folder)
    assert recording.bad_named == (f"Physiology.csv:2: {why}",) or why in recording.bad_named[0]
    assert recording.home("h1").vitals == []


def test_bad_rows_are_counted_beyond_those_named(write: Write) -> None:
    """A file full of bad rows costs a bounded list of names."""
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00", *["broken"] * 500])
    recording = read(folder)
    assert recording.bad == {"Activity.csv": 500}
    assert len(recording.bad_named) == 100


def test_an_empty_line_is_no_fault(write: Write) -> None:
    """A trailing empty line is how some editors end a file."""
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00", ""])
    assert read(folder).bad == {}


def test_missing_things_are_all_named_at_once(write: Write) -> None:
    """Two files with missing columns give every missing column in one message."""
    folder = write(Activity=[])
    (folder / "Activity.csv").write_text("patient_id,when\nx,y\n", encoding="utf-8")
    (folder / "Labels.csv").write_text("patient_id,date\nx,y\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read(folder)
    assert [(fault.file, fault.key) for fault in error.value.faults] == [
        ("Activity.csv", "column location_name"),
        ("Activity.csv", "column date"),
        ("Labels.csv", "column type"),
    ]


def test_a_missing_directory_or_file_is_named(tmp_path: Path) -> None:
    """The message says which and what to do."""
    with pytest.raises(ConfigError, match="nowhere: directory: is not there; name the"):
        read(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"Activity\.csv: file: is not there; put it there"):
        read(tmp_path)


def test_a_torn_archive_is_named(write: Write) -> None:
    """A gzip file that ends in the middle is refused as a file, not read in part."""
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00"] * 1000)
    data = gzip.compress((folder / "Activity.csv").read_bytes())
    (folder / "Activity.csv").unlink()
    (folder / "Activity.csv.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(ConfigError, match=r"Activity\.csv\.gz: file: cannot be read"):
        read(folder)


def test_a_recording_without_a_readable_row_is_refused(write: Write) -> None:
    """An empty recording has no homes to replay."""
    with pytest.raises(ConfigError, match="has no readable row"):
        read(write(Activity=[]))


def test_a_stray_year_is_refused(write: Write) -> None:
    """One date of a far year would make a lifetime of silent days."""
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00", "h1,kitchen,2089-05-15 09:00:00"])
    with pytest.raises(ConfigError, match=f"at most {HOME_DAYS_MAX}"):
        read(folder).home("h1")


def test_too_many_rows_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is bounded: a file beyond the bound is named with its line."""
    monkeypatch.setattr(tihm, "ACTIVITY_ROWS_MAX", 3)
    folder = write(Activity=["h1,kitchen,2019-05-15 09:00:00"] * 4)
    with pytest.raises(ConfigError, match="line 5: is one too many; keep it to 3 rows"):
        read(folder)
