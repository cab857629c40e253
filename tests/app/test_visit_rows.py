"""A planner's CSV: every broken line is named with its column, the good ones are what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.household.times import IMPORT_MAX_ROWS
from edge.app.household.visit_rows import RowFault, rows_of

HEAD = "ref,from,until,kind,role\n"
GOOD = "v-1,2026-11-24T09:00+02:00,2026-11-24T09:30+02:00,physical,home_care\n"


def places(faults: list[RowFault]) -> list[tuple[int, str]]:
    return [(fault.line, fault.column) for fault in faults]


@pytest.mark.parametrize("head", [HEAD, "role,kind,until,from,ref\n"])
def test_columns_stand_in_any_order(head: str) -> None:
    """Times become UTC; the offset that was written counts."""
    cells = dict(zip(HEAD.strip().split(","), GOOD.strip().split(","), strict=True))
    line = ",".join(cells[name] for name in head.strip().split(","))
    rows, faults = rows_of(head + line)
    assert faults == []
    assert rows == [
        {
            "ref": "v-1",
            "kind": "physical",
            "role": "home_care",
            "from_ms": 1_795_503_600_000,
            "until_ms": 1_795_505_400_000,
        }
    ]


def test_a_spreadsheets_semicolons_are_read() -> None:
    """As it saves a table where a comma is decimal."""
    rows, faults = rows_of((HEAD + GOOD).replace(",", ";"))
    assert (len(rows), faults) == (1, [])


@pytest.mark.parametrize(
    "column, cell",
    [
        ("from", "2026-11-24T09:00"),
        ("from", "24.11.2026 9:00"),
        ("until", "2026-11-24T08:30+02:00"),
        ("until", "2026-11-26T09:30+02:00"),
        ("kind", "Physical"),
        ("ref", ""),
        ("role", "x" * 61),
    ],
)
def test_a_broken_cell_is_named_by_line_and_column(column: str, cell: str) -> None:
    """The line after it is taken all the same, for whoever asks for the good ones."""
    cells = dict(zip(HEAD.strip().split(","), GOOD.strip().split(","), strict=True))
    broken = ",".join((cells | {column: cell}).values())
    rows, faults = rows_of(f"{HEAD}{broken}\n\n{GOOD.replace('v-1', 'v-2')}")
    assert places(faults) == [(2, column)]
    assert [row["ref"] for row in rows] == ["v-2"]
    assert faults[0].mend


@pytest.mark.parametrize(
    "text, where",
    [
        ("", [(1, "ref"), (1, "from"), (1, "until"), (1, "kind"), (1, "role")]),
        ("ref,from,until,kind\n", [(1, "role")]),
        ("ref,from,until,kind,role,name\n", [(1, "name")]),
        ("ref,ref,from,until,kind,role\n", [(1, "ref")]),
        (HEAD + "v-1,too,few\n", [(2, "")]),
        (HEAD + GOOD + GOOD, [(3, "ref")]),
        (HEAD + 'v-1,"never closed\n', [(2, "")]),
    ],
)
def test_a_table_that_is_none_is_refused_where_it_breaks(
    text: str, where: list[tuple[int, str]]
) -> None:
    """Missing, unknown and doubled columns, lines of another length, one visit twice."""
    assert places(rows_of(text)[1]) == where


def test_a_file_is_bounded() -> None:
    """The line at which it is too much is named."""
    lines = [GOOD.replace("v-1", f"v-{n}") for n in range(IMPORT_MAX_ROWS + 1)]
    rows, faults = rows_of(HEAD + "".join(lines))
    assert len(rows) == IMPORT_MAX_ROWS
    assert places(faults) == [(IMPORT_MAX_ROWS + 2, "")]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Never anything but rows and faults, and every row is whole."""
    for table in (text, HEAD + text, HEAD + GOOD + text):
        rows, faults = rows_of(table)
        assert all(len(row) == 5 for row in rows)
        assert all(fault.line >= 0 and fault.mend for fault in faults)
