"""What months, quarters and years tell together, held against a rank that numpy counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.kpi import periods, withheld
from desk.kpi.differencing import Told, plain_sum
from desk.kpi.figures import SMALL, TOTAL, WEEK_S, Facts, Row, figures, together
from desk.kpi.periods import Period
from tests.support import figures as drawn

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("assessments", "drafts")


def period(name: str) -> Period:
    found = periods.parse(name)
    assert found is not None
    return found


def facts(homes: int = 10, **counts: int) -> Facts:
    made = Facts(homes=homes, home_s=homes * 4.0 * WEEK_S)
    return msgspec.structs.replace(made, **counts)


class Told12:
    """A desk with the facts of each month of 2026."""

    def __init__(self, months: Mapping[str, Mapping[str, Facts]]) -> None:
        self.months = months

    def of(self, part: Period) -> dict[str, Facts]:
        inside = [self.months[one.name] for one in part.months() if one.name in self.months]
        areas = sorted({area for month in inside for area in month})
        found = {area: together([m[area] for m in inside if area in m]) for area in areas}
        homes = {area: max(m[area].homes for m in inside if area in m) for area in areas}
        return {
            area: Facts(homes=homes[area], home_s=one.home_s, open_critical=one.open_critical)
            for area, one in found.items()
        } | ({area: inside[0][area] for area in areas} if len(inside) == 1 else {})

    def rows(self, name: str) -> dict[str, Row]:
        return withheld.table(period(name), self.of)


def of(*months: Mapping[str, Facts]) -> Told12:
    return Told12({f"2026-{number:02d}": month for number, month in enumerate(months, 1)})


def test_a_quarter_less_two_months_does_not_tell_the_third() -> None:
    """Two in January is hidden; twenty in the quarter less eighteen would be the two."""
    desk = of(
        {"north": facts(assessments=2)},
        {"north": facts(assessments=9)},
        {"north": facts(assessments=9)},
    )
    assert desk.rows("2026-01")["north"]["assessments"].hidden
    assert desk.rows("2026-02")["north"]["assessments"].value == 9
    quarter = desk.rows("2026-Q1")
    assert quarter["north"]["assessments"].hidden
    assert quarter[TOTAL]["assessments"].hidden
    assert quarter["north"]["assessments_per_100"].hidden


def test_two_small_months_may_stand_in_a_quarter_that_hides_which() -> None:
    """Three and four are seven together: the quarter tells seven, and not which is which."""
    desk = of({"north": facts(drafts=3)}, {"north": facts(drafts=4)}, {"north": facts(drafts=8)})
    assert desk.rows("2026-Q1")["north"]["drafts"].value == 15
    less = of({"north": facts(drafts=2)}, {"north": facts(drafts=2)}, {"north": facts(drafts=8)})
    assert less.rows("2026-Q1")["north"]["drafts"].hidden


def test_a_rate_of_few_alerts_is_hidden_with_them() -> None:
    """Three alerts of ten homes in four weeks are 0.075: whoever divides back has the three."""
    rows = of({"north": facts(alerts=3, interrupts=0), "south": facts(alerts=30)}).rows("2026-01")
    assert rows["north"]["alerts_per_home_week"].hidden
    assert not rows["north"]["interrupts_per_home_week"].hidden
    assert (
        rows["south"]["alerts_per_home_week"].hidden or rows[TOTAL]["alerts_per_home_week"].hidden
    )


def test_a_home_that_moves_takes_no_earlier_count_to_its_new_area() -> None:
    """A quarter adds up its months as they were told, each home where it lived then."""
    desk = of(
        {"north": facts(assessments=9), "south": facts(assessments=9)},
        {"north": facts(assessments=8), "south": facts(assessments=7)},
        {"south": facts(assessments=12)},
    )
    row = desk.rows("2026-Q1")
    assert (row["north"]["assessments"].value, row["south"]["assessments"].value) == (17, 28)


COUNT = st.integers(0, 9)
MONTH = st.dictionaries(
    st.sampled_from("abc"),
    st.builds(
        lambda homes, assessments, drafts: facts(homes, assessments=assessments, drafts=drafts),
        st.sampled_from([3, 8, 20]), COUNT, COUNT,
    ),
)  # fmt: skip


@pytest.mark.parametrize("longest, count", [("2026-Q1", 3), ("2026", 12)])
@settings(max_examples=25)
@given(data=st.data())
def test_no_difference_of_what_is_told_is_a_small_number(
    longest: str, count: int, data: st.DataObject
) -> None:
    """All cells of all tables are equations; no hidden small one follows from them (by rank)."""
    months = data.draw(st.lists(MONTH, min_size=count, max_size=count))
    desk = of(*months)
    areas = sorted({area for month in months for area in month})
    whole = period(longest)
    parts = {part.name: part for part in (*whole.months(), *whole.quarters(), whole)}
    for name in NAMES:
        told, secrets = [], []
        for part in parts.values():
            rows = desk.rows(part.name)
            places = [int(one.name[-2:]) - 1 for one in part.months()]
            for area in (*areas, TOTAL):
                who = areas if area == TOTAL else [area]
                line = [float(a in who and m in places) for a in areas for m in range(count)]
                value = sum(
                    getattr(months[m][a], name) for a in who for m in places if a in months[m]
                )
                if area not in rows or rows[area][name].hidden:
                    secrets += [line] if 0 < value < SMALL else []
                else:
                    assert rows[area][name].value == value
                    told.append(line)
        rank = np.linalg.matrix_rank(np.array(told)) if told else 0
        for secret in secrets:
            assert np.linalg.matrix_rank(np.array([*told, secret])) > rank, (name, secret)


def test_what_follows_already_tells_nothing_new() -> None:
    known = Told([plain_sum("a")])
    known.tell(plain_sum("bc"))
    assert not known.would_tell(plain_sum("bc"))
    assert not known.would_tell(plain_sum("ab"))
    assert known.would_tell(plain_sum("abc"))
    known.tell(plain_sum("ab"))
    assert known.would_tell(plain_sum("b"))


def test_a_month_is_told_as_it_stands_alone() -> None:
    month = {"north": facts(assessments=9), "south": facts(assessments=2)}
    assert of(month).rows("2026-01") == figures(month)


def test_the_picture_of_the_docs_is_what_the_code_draws(tmp_path: Path) -> None:
    """Otherwise: `python -m tests.support.figures docs/images`."""
    drawn.main(tmp_path)
    name = "figures-made-up.svg"
    assert (tmp_path / name).read_text() == (ROOT / "docs" / "images" / name).read_text()
