"""Figures by area: what they are, and that nobody can be told from them."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

import desk.kpi
from desk.kpi.figures import COUNTS, SMALL, TOTAL, WEEK_S, Facts, Kpi, figures, together
from desk.kpi.words import WORDS

LARGE = Facts(
    homes=40,
    home_s=40 * 4 * WEEK_S,
    offline_s=4 * WEEK_S,
    assessments=22,
    open_critical=9,
    close_days={"building_owner": (1.0, 2.0, 3.0, 9.0, 20.0), "nurse": (2.0, 3.0)},
    drafts=7,
    released=6,
    rejected=0,
    alerts=80,
    interrupts=24,
    useful=30,
    not_useful=10,
    worn=(0.9,) * 20 + (0.5,) * 20,
)


def test_each_figure_is_what_it_says() -> None:
    row = figures({"north": LARGE})["north"]
    value = {name: cell.value for name, cell in row.items()}
    assert value["homes"] == 40
    assert value["assessments_per_100"] == 55
    assert value["alerts_per_home_week"] == 0.5
    assert value["interrupts_per_home_week"] == 0.15
    assert value["useful_share"] == 0.75
    assert value["online_share"] == 1 - 4 / 160
    assert value["worn_share"] == 0.7
    assert value["days_to_close:building_owner"] == 3.0
    assert row["days_to_close:nurse"].hidden  # two tasks tell of two homes
    assert value["rejected"] == 0
    assert not row["rejected"].hidden  # that there was none tells of nobody


def test_what_nobody_counted_is_not_known_and_not_nought() -> None:
    row = figures({"north": msgspec.structs.replace(LARGE, worn=(), useful=0, not_useful=0)})[
        "north"
    ]
    assert row["worn_share"].value is None
    assert row["useful_share"].value is None
    assert not row["worn_share"].hidden


def test_an_area_of_four_homes_tells_nothing() -> None:
    few = msgspec.structs.replace(LARGE, homes=4)
    rows = figures({"few": few, "north": LARGE, "south": LARGE})
    assert all(cell.hidden for cell in rows["few"].values() if cell.value is not None)
    assert rows["few"]["homes"].hidden
    # 84 less 40 less 40 would be the four
    assert rows["north"]["homes"].hidden or rows[TOTAL]["homes"].hidden


def test_a_rate_does_not_tell_the_count_that_is_hidden() -> None:
    rows = figures({"north": msgspec.structs.replace(LARGE, assessments=2)})
    assert rows["north"]["assessments"].hidden
    assert rows["north"]["assessments_per_100"].hidden


AREA = st.builds(
    Facts,
    homes=st.integers(0, 30),
    home_s=st.integers(0, 30).map(lambda weeks: float(weeks * WEEK_S)),
    assessments=st.integers(0, 12),
    open_critical=st.integers(0, 12),
    drafts=st.integers(0, 9),
    released=st.integers(0, 9),
    rejected=st.integers(0, 9),
    useful=st.integers(0, 9),
    not_useful=st.integers(0, 9),
    close_days=st.dictionaries(
        st.sampled_from(["nurse", "owner"]),
        st.lists(st.floats(0, 90), min_size=1, max_size=9).map(tuple),
    ),
)


@given(st.dictionaries(st.sampled_from("abcdef"), AREA, min_size=1))
def test_no_subtraction_tells_a_small_number(areas: dict[str, Facts]) -> None:
    """What is hidden of a column sums to five at least, or the total is hidden as well."""
    rows = figures(areas)
    facts = {**areas, TOTAL: together(list(areas.values()))}
    for kpi in COUNTS:
        hidden = [area for area in areas if rows[area][kpi].hidden]
        shown = [area for area in facts if not rows[area][kpi].hidden]
        for area in shown:
            assert not 0 < getattr(facts[area], kpi) < SMALL
            assert facts[area].homes == 0 or facts[area].homes >= SMALL
        if hidden and not rows[TOTAL][kpi].hidden:
            assert sum(getattr(areas[area], kpi) for area in hidden) >= SMALL


@given(st.dictionaries(st.sampled_from("abcdef"), AREA, min_size=1))
def test_nothing_that_is_shown_stands_on_less_than_five(areas: dict[str, Facts]) -> None:
    for row in figures(areas).values():
        for name, cell in row.items():
            if cell.value is not None and not cell.hidden and name not in COUNTS:
                assert cell.n >= SMALL, name


def test_no_figure_is_of_an_employee() -> None:
    """No statement reads who did it; `told_by` of an imported figure is its origin."""
    folder = Path(desk.kpi.__file__).parent
    for file in ("facts.py", "figures.py"):
        text = (folder / file).read_text(encoding="utf-8").split('"""', 2)[2]
        for word in ("account", "told_by", "holder", "role", "who"):
            assert f"{word} " not in text, (file, word)
            assert f"{word}," not in text, (file, word)


def test_every_figure_has_its_words() -> None:
    assert {kpi.value for kpi in Kpi} <= set(WORDS)
    for words in WORDS.values():
        assert set(words) == {"fi", "sv", "en"}
