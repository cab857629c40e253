"""The weighted table, imported figures and periods."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desk.kpi import imported, periods, results
from desk.kpi.figures import TOTAL, Cell
from desk.kpi.words import actual, source
from edge.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "key-results.example.toml"


def test_the_example_is_a_table() -> None:
    table = results.load(EXAMPLE)
    assert sum(one.weight for one in table.key_result) == 100


def test_what_is_not_known_counts_for_nothing_and_is_said() -> None:
    table = results.load(EXAMPLE)
    rows = {
        TOTAL: {
            "assessments_per_100": Cell(25.0, 100),  # half of 50, weight 20
            "alerts_per_home_week": Cell(0.4, 100),  # below 0.5, weight 10
            "useful_share": Cell(None, 0, hidden=True),
        }
    }
    found = results.reached(table, rows, {"emergency_visits": (24.0, "county register")})
    by = {row.id: row for row in found.rows}
    assert by["assessed"].attainment == 0.5
    assert by["calm"].attainment == 1.0
    assert by["emergency_visits"].attainment == 0.5
    assert by["emergency_visits"].said_by == "county register"
    assert by["nps"].attainment is None
    assert by["useful"].attainment is None
    assert (by["useful"].hidden, by["nps"].hidden) == (True, False)
    assert actual(None, "useful_share", "en", hidden=True) == "hidden"
    assert source("useful_share", "", "sv") == "till nytta"
    assert found.known == 20 + 10 + 15
    assert found.attainment == pytest.approx((10 + 10 + 7.5) / 45)


@pytest.mark.parametrize(
    "old, new, where",
    [
        ('source = "useful_share"', 'source = "per_nurse"', "source"),
        ("weight = 20", "weight = 21", "key_result"),
        ('id = "calm"', 'id = "nps"', "id"),
        ('better = "lower"', 'better = "less"', "better"),
    ],
)
def test_a_wrong_table_is_refused_by_key(tmp_path: Path, old: str, new: str, where: str) -> None:
    path = tmp_path / "table.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        results.load(path)
    assert any(where in fault.key for fault in refused.value.faults)


def test_an_import_names_every_bad_row() -> None:
    text = "period,figure,value,source\n2026-Q5,nps,41,survey\n2026-Q3,NPS,x,\n2026-Q3,nps,41\n"
    with pytest.raises(ConfigError) as refused:
        imported.parse(text, "nps.csv")
    keys = [fault.key for fault in refused.value.faults]
    assert keys == [
        "line 2, period",
        "line 3, figure",
        "line 3, value",
        "line 3, source",
        "line 4",
    ]


def test_an_import_of_another_table_is_refused() -> None:
    with pytest.raises(ConfigError, match="line 1"):
        imported.parse("month;nps\n", "nps.csv")


def test_periods_are_whole_local_days() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    quarter = periods.parse("2026-Q4")
    assert quarter is not None
    assert (quarter.first, quarter.end) == (date(2026, 10, 1), date(2027, 1, 1))
    first, end = quarter.span_ms(zone)
    assert end - first == (92 * 24 + 1) * 3_600_000  # an hour more: the clocks go back in October
    assert periods.before(date(2026, 1, 9)).name == "2025-12"
    for text in ("2026-Q5", "2026-13", "26", "2026-1", "0026", ""):
        assert periods.parse(text) is None
