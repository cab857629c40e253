"""Scoring the shipped model on a directory: figures by hand, bad rows by file and line."""

from __future__ import annotations

import gzip
import json
import math
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.models import tihm
from tests.models.scripts import MODELS, script

scores = script("daily_scores")
data = script("daily_data")

pytestmark = pytest.mark.timeout(60)


def days(*told: tuple[float | None, bool]) -> list[Any]:
    return [scores.Scored(f"h{i % 3}", positive, score) for i, (score, positive) in enumerate(told)]


def test_the_area_counts_ties_by_half_and_no_score_as_lowest() -> None:
    """Pairs by hand: 2 positives, 3 negatives; one tie, one positive without a score."""
    found = scores.auc(days((0.9, True), (0.9, False), (0.1, False), (None, True), (None, False)))
    assert found == pytest.approx((0.5 + 1 + 1 + 0 + 0 + 0.5) / 6)
    assert scores.auc(days((0.9, True))) is None


def test_the_area_is_that_of_all_pairs() -> None:
    """Against the plain count over pairs, on drawn days with many ties."""
    draw = random.Random(1)
    told = [(draw.choice([None, 0.1, 0.2, 0.3, 0.4]), draw.random() < 0.3) for _ in range(200)]
    pairs = [
        (-1.0 if a is None else a, -1.0 if b is None else b)
        for a, one in told
        for b, other in told
        if one and not other
    ]
    wins = sum((a > b) + 0.5 * (a == b) for a, b in pairs)
    assert scores.auc(days(*told)) == pytest.approx(wins / len(pairs))


def test_a_budget_is_kept() -> None:
    """Two weeks of days: at 1.0 two days may alert; days with one score alert together or not."""
    told = days(*[(i / 100, i > 11) for i in range(14)])
    assert scores.threshold(told, 1.0) == 0.12
    assert scores.caught(told, 0.12) == 1.0
    assert scores.alert_rate(told, 0.12) == pytest.approx(1.0)
    assert scores.specificity(told, 0.12) == 1.0
    same = days((0.9, True), *[(0.5, False)] * 13)
    assert scores.threshold(same, 1.0) == 0.9
    assert scores.threshold(days(*[(0.5, True)] * 14), 1.0) is None
    assert scores.threshold(days(*[(None, True)] * 14), 1.0) is None
    assert not scores.alerts(scores.Scored("h", True, None), 0.0)  # noqa: FBT003 - a record


def test_calibration_error_by_hand() -> None:
    """Days told 0.2 of which half have a label are off by 0.3."""
    told = days(*[(0.2, i % 2 == 0) for i in range(20)])
    assert scores.calibration_error(told) == pytest.approx(0.3)


def test_the_interval_draws_homes() -> None:
    """Within it the value itself; the same every time."""
    draw = random.Random(2)
    told = [
        scores.Scored(f"h{i % 12}", (p := draw.random()) > 0.7, p + draw.random())
        for i in range(240)
    ]
    low, high = scores.interval(told)
    assert low < scores.auc(told) < high
    assert (low, high) == scores.interval(told)


def evaluate(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MODELS / "evaluate.py"), "--data", str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.parametrize("packed", [True, False])
def test_a_directory_is_scored_and_told_as_one_object(tmp_path: Path, packed: bool) -> None:
    """The command as it is run: the figures that the issue names, silence never alerts."""
    done = evaluate(tihm.write(tmp_path, homes=4, days=30, packed=packed))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["homes"], found["days"], found["positives"]) == (4, 120, 7)
    assert found["abstained"]["silent"] == 7
    assert found["abstained"]["short_baseline"] == 28
    assert found["silent_day_alerts"] == 0
    budgets = {"0.25", "0.5", "1.0", "1.5"}
    assert set(found["caught"]["shipped"]) == set(found["caught"]["budget"]) == budgets
    for name in ("sensitivity", "specificity", "alerts_per_home_week", "thresholds"):
        assert set(found[name]) == budgets
    # Two labelled days have a short baseline. The other five have many times the activity of any
    # day without a label: whatever was learned finds them.
    assert found["caught"]["budget"]["1.5"] == round(5 / 7, 4)
    assert found["auc"] > 0.7
    low, high = found["auc_ci95"]
    assert low <= found["auc"] <= high


BAD = {
    "Activity.csv: line 3: date '2019-06-31 10:00:00'": (
        "Activity", "synthetic-00,kitchen,2019-06-31 10:00:00",
    ),
    "Activity.csv: line 3: date '2019-06-01T10:00:00+01:00'": (
        "Activity", "synthetic-00,kitchen,2019-06-01T10:00:00+01:00",
    ),
    "Activity.csv: line 3: date '2019-06-01 10:00'": (
        "Activity", "synthetic-00,kitchen,2019-06-01 10:00",
    ),
    "Activity.csv: line 3: home synthetic-00: 1970-01-01 lies over 550 days": (
        "Activity", "synthetic-00,kitchen,1970-01-01 00:00:00",
    ),
    "Activity.csv: line 3: date '2019-06-01 24:00:00'": (
        "Activity", "synthetic-00,kitchen,2019-06-01 24:00:00",
    ),
    "Activity.csv: line 3: location_name 'attic'": (
        "Activity", "synthetic-00,attic,2019-06-01 10:00:00",
    ),
    "Activity.csv: line 3: 2 values, the header has 3": ("Activity", "synthetic-00,kitchen"),
    "Activity.csv: line 3: patient_id is empty": ("Activity", ",kitchen,2019-06-01 10:00:00"),
    "Physiology.csv: line 3: value 'high' is no number": (
        "Physiology", "synthetic-00,2019-06-01 10:00:00,Heart rate,high,beats/min",
    ),
    "Physiology.csv: line 3: value 'inf' is not finite": (
        "Physiology", "synthetic-00,2019-06-01 10:00:00,Heart rate,inf,beats/min",
    ),
    "Labels.csv: line 3: type 'Bored'": ("Labels", "synthetic-00,2019-06-01 10:00:00,Bored"),
    "Labels.csv: line 3: date '2019-06-31'": ("Labels", "synthetic-00,2019-06-31,Agitation"),
    "Labels.csv: line 3: cannot be read (": ("Labels", 'synthetic-00,"2019-06-01" 1,Agitation'),
    "Labels.csv: line 3: has bytes that are no UTF-8": (
        "Labels", "p\udce4rt,2019-06-01 10:00:00,Agitation",
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", BAD)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, told: str) -> None:
    """Refused, with where it is and what is wrong with it."""
    file, row = BAD[told]
    folder = tihm.write(tmp_path, homes=2, days=20, packed=False)
    insert(folder / f"{file}.csv", row)
    with pytest.raises(data.BadDataError) as caught:
        data.read(folder)
    assert told in str(caught.value)


def insert(path: Path, *rows: str) -> None:
    """Rows behind the second line of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2:2] = rows
    text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")


def test_what_can_be_scored_is_scored_and_the_rest_named(tmp_path: Path) -> None:
    """Broken rows, unknown words, a row told twice: figures of the rest, and exit code 2."""
    sound = evaluate(tihm.write(tmp_path / "sound", homes=4, days=30, packed=False))
    folder = tihm.write(tmp_path / "odd", homes=4, days=30, packed=False)
    again = (folder / "Activity.csv").read_text().splitlines()[1]
    insert(
        folder / "Activity.csv",
        "synthetic-00,kitchen,31.6.2019 10:00",
        "synthetic-00,kitchen",
        "synthetic-00,attic,2019-06-01 10:00:00",
        again,
    )
    insert(folder / "Physiology.csv", "synthetic-00,2019-06-20 10:00:00,Heart rate,high,beats/min")
    insert(folder / "Physiology.csv", "synthetic-00,2019-06-20 10:00:00,Heart rate,,beats/min")
    insert(folder / "Labels.csv", "elsewhere,2019-06-20 10:00:00,Agitation", '"a"b,c,d')
    (folder / "Demographics.csv").unlink()
    odd = evaluate(folder)
    assert (sound.returncode, odd.returncode) == (0, 2)
    found, plain = json.loads(odd.stdout), json.loads(sound.stdout)
    repeated = plain["repeated_rows"] + 1  # of the drawn rows some are the same
    notes = {
        "bad_rows": 4,
        "ignored_rows": {"attic": 1, "empty": 1},
        "repeated_rows": repeated,
        "absent_files": ["Demographics.csv"],
        "labels_elsewhere": 1,
    }
    assert found == plain | notes
    assert odd.stderr.splitlines() == [
        "Activity.csv: line 3: date '31.6.2019 10:00' is not YYYY-MM-DD HH:MM:SS",
        "Activity.csv: line 4: 2 values, the header has 3",
        "Physiology.csv: line 4: value 'high' is no number",
        "Labels.csv: line 4: cannot be read (',' expected after '\"')",
        "Activity.csv: line 5: location_name 'attic': not known to the model; rows left out: 1",
        "Physiology.csv: line 3: value 'empty': not known to the model; rows left out: 1",
        "Demographics.csv: not found; scored without it",
        f"rows that repeat another: {repeated}; each counts once",
        "labelled days on which their home has no activity: 1",
    ]


def test_many_broken_rows_among_many_more_are_counted(tmp_path: Path) -> None:
    """The first are named, the rest counted; what is sound is scored."""
    folder = tihm.write(tmp_path, homes=2, days=20, packed=False)
    insert(folder / "Activity.csv", *(["synthetic-00,kitchen"] * 150))
    done = evaluate(folder)
    assert (done.returncode, json.loads(done.stdout)["bad_rows"]) == (2, 150)
    assert "Activity.csv: line 22: 2 values" in done.stderr
    assert "Activity.csv: line 23:" not in done.stderr
    assert "Activity.csv: and 130 more rows that cannot be read" in done.stderr


def test_a_day_that_stands_for_no_day_is_a_bad_row(tmp_path: Path) -> None:
    """Also where it is all that there is of a home: it has no day before it, or none behind."""
    folder = tihm.write(tmp_path, homes=2, days=20, packed=False)
    before, _ = data.read(folder)
    insert(
        folder / "Activity.csv", "x,kitchen,9999-12-31 23:59:59", "y,kitchen,0001-01-01 00:00:00"
    )
    notes = data.Notes(strict=False)
    assert data.read(folder, notes)[0] == before
    assert notes.named == [
        "Activity.csv: line 3: date '9999-12-31 23:59:59' is of no year from 1970 to 2099",
        "Activity.csv: line 4: date '0001-01-01 00:00:00' is of no year from 1970 to 2099",
    ]


def test_a_table_of_another_kind_has_no_figures(tmp_path: Path) -> None:
    """Every date of another form: the first is named, and nothing is printed that could mislead."""
    folder = tihm.write(tmp_path, homes=1, days=10, packed=False)
    text = (folder / "Activity.csv").read_text().replace("2019-06-", "19/06/")
    (folder / "Activity.csv").write_text(text)
    done = evaluate(folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Activity.csv: line 2: date '19/06/2")
    assert "rows are like it: this is no table in the TIHM format" in done.stderr
    open_quote = text.replace("synthetic-00,", 'synthetic-00,"', 1)
    (folder / "Activity.csv").write_text(open_quote)
    done = evaluate(folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Activity.csv: line 2: cannot be read (unexpected end of data)")
    words = "\n".join(f"synthetic-00,sensor {n},2019-06-20 10:00:00" for n in range(200))
    (folder / "Activity.csv").write_text(f"patient_id,location_name,date\n{words}\n")
    assert "the 101th word that nobody knows" in evaluate(folder).stderr


def crlf(text: str) -> bytes:
    quoted = (",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines())
    return b"\xef\xbb\xbf" + "\r\n".join(quoted).encode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "quoted, with CRLF and a mark at the beginning": crlf,
    "with a T and parts of a second": lambda text: re.sub(
        r"(2019-..-..) (..:..:..)", r"\1T\2.250", text
    ).encode(),
    "rows in another order": lambda text: "\n".join(
        [text.splitlines()[0], *reversed(text.splitlines()[1:])]
    ).encode(),
    "columns of its own, empty rows": lambda text: (
        "\n".join(f"{n},{line},x" for n, line in enumerate(text.splitlines())) + "\n,,,,\n\n"
    ).encode(),
    "spaces and capitals": lambda text: (
        text.replace("fridge-door", " Fridge Door").replace("Agitation", "AGITATION ").encode()
    ),
    "packed": lambda text: text.encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_in_another_form_gives_the_same_days(tmp_path: Path, form: str) -> None:
    """What other tools make of the same tables."""
    folder = tihm.write(tmp_path, homes=2, days=20, packed=False)
    told = data.Notes()
    before, _ = data.read(folder, told)
    for name in ("Activity", "Physiology", "Labels"):
        path = folder / f"{name}.csv"
        raw = FORMS[form](path.read_text(encoding="utf-8"))
        if form == "packed":
            path.unlink()
            path, raw = folder / f"{name}.csv.gz", gzip.compress(raw)
        path.write_bytes(raw)
    notes = data.Notes(strict=False)
    assert data.read(folder, notes)[0] == before
    assert list(notes.lines()) == list(told.lines())


def test_one_home_and_homes_without_a_label_are_scored(tmp_path: Path) -> None:
    """No area without a label, and no interval of a single home."""
    folder = tihm.write(tmp_path, homes=1, days=30)
    one = json.loads(evaluate(folder).stdout)
    assert (one["homes"], one["auc"] is None, one["auc_ci95"]) == (1, False, None)
    (folder / "Labels.csv").write_text("patient_id,date,type\n")
    none = json.loads(evaluate(folder).stdout)
    assert (none["positives"], none["auc"], none["auc_ci95"]) == (0, None, None)
    assert none["alerts_per_home_week"] == one["alerts_per_home_week"]


def test_the_command_refuses_with_its_codes(tmp_path: Path) -> None:
    """2: a file that is not there or is no table; 1: a model that is refused; nothing on stdout."""
    missing = evaluate(tmp_path)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "Activity.csv: not found" in missing.stderr
    folder = tihm.write(tmp_path / "data", homes=2, days=10)
    refused = evaluate(folder, "--models", str(tmp_path))
    assert (refused.returncode, refused.stdout) == (1, "")
    (folder / "Activity.csv.gz").write_bytes(b"no gzip")
    assert "cannot be read" in evaluate(folder).stderr
    packed = bytearray(gzip.compress(b"patient_id,location_name,date\n" * 99))
    packed[12] ^= 0xFF  # sound at its head, and broken on the way
    (folder / "Activity.csv.gz").write_bytes(packed)
    assert "cannot be read (Error -3" in evaluate(folder).stderr


def test_what_the_model_knows_nothing_of_is_counted_and_no_fault(tmp_path: Path) -> None:
    """A reading of another device, an empty line at the end, columns in another order."""
    folder = tihm.write(tmp_path, homes=2, days=20, packed=False)
    before, _ = data.read(folder)
    with (folder / "Physiology.csv").open("a", encoding="utf-8") as file:
        file.write("synthetic-00,2019-06-20 10:00:00,Blood glucose,6.1,mmol/l\n\n")
    rows = [line.split(",") for line in (folder / "Activity.csv").read_text().splitlines()]
    turned = "\n".join(f"{at},{place.title()},{home}" for home, place, at in rows[1:])
    (folder / "Activity.csv").write_text(f"date,location_name,patient_id\n{turned}\n")
    notes = data.Notes()
    assert data.read(folder, notes)[0] == before
    assert notes.unknown == {"Blood glucose": 1}


def test_days_run_from_the_first_to_the_last_activity(tmp_path: Path) -> None:
    """A label before, behind or on a silent day between; each day is one entry."""
    folder = tihm.write(tmp_path, homes=1, days=20, packed=False)
    labels = folder / "Labels.csv"
    labels.write_text(
        "patient_id,date,type\nsynthetic-00,2018-01-01 12:00:00,Agitation\n"
        "synthetic-00,2019-06-12 12:00:00,Agitation\nsynthetic-00,2019-06-12 18:00:00,Agitation\n"
        "synthetic-00,2019-06-13 18:00:00,Pulse\nsomebody,2019-06-12 12:00:00,Agitation\n"
    )
    found, people = data.read(folder)
    assert [str(day.day) for day in found if day.positive] == ["2019-06-12"]
    assert (found[12].abstained, str(found[12].day)) == (None, "2019-06-22")
    assert [str(d.day) for d in found if d.abstained == "silent"] == ["2019-06-12"]
    assert math.isclose(len(found), 20)
    assert people["synthetic-00"] == ("(70, 80]", "Female")
