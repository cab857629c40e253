"""Every cell of the published table; whole with seven parameters, or named partial."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.risk import news2
from edge.risk.news2 import PARAMETERS, TOGETHER_MS, Score, Taken, Value, score

# The table as it stands in the report: parameter, from, to, points. Read off it again, not made
# from the bands of the code.
TABLE = """
respiration_rate 0 8 3 | 9 11 1 | 12 20 0 | 21 24 2 | 25 80 3
oxygen_saturation 50 91 3 | 92 93 2 | 94 95 1 | 96 100 0
blood_pressure_systolic 40 90 3 | 91 100 2 | 101 110 1 | 111 219 0 | 220 300 3
pulse_rate 10 40 3 | 41 50 1 | 51 90 0 | 91 110 1 | 111 130 2 | 131 250 3
"""
TEMPERATURES = ((300, 350, 3), (351, 360, 1), (361, 380, 0), (381, 390, 1), (391, 430, 2))
SCALE_2 = {
    False: ((50, 83, 3), (84, 85, 2), (86, 87, 1), (88, 100, 0)),
    True: (
        (50, 83, 3),
        (84, 85, 2),
        (86, 87, 1),
        (88, 92, 0),
        (93, 94, 1),
        (95, 96, 2),
        (97, 100, 3),
    ),
}
STATES = {"alert": 0, "confusion": 3, "voice": 3, "pain": 3, "unresponsive": 3}
WELL: dict[str, Value] = {
    "respiration_rate": 16.0,
    "oxygen_saturation": 97.0,
    "supplemental_oxygen": False,
    "blood_pressure_systolic": 130.0,
    "pulse_rate": 70.0,
    "consciousness": "alert",
    "body_temperature": 36.8,
}


def of(values: dict[str, Value], *, scale_2: bool = False) -> Score:
    taken = [Taken(parameter=name, value=value, at_ms=1_000_000) for name, value in values.items()]
    return score(taken, scale_2=scale_2)


def test_every_whole_number_of_every_row() -> None:
    for row in TABLE.strip().splitlines():
        name, _, cells = row.partition(" ")
        for cell in cells.split("|"):
            low, high, points = map(int, cell.split())
            for value in range(low, high + 1):
                found = of(WELL | {name: float(value)})
                assert (found.name, found.total) == ("news2", points), (name, value)


def test_every_tenth_of_a_degree() -> None:
    for low, high, points in TEMPERATURES:
        for tenths in range(low, high + 1):
            assert of(WELL | {"body_temperature": tenths / 10}).total == points, tenths


@pytest.mark.parametrize("oxygen", [False, True])
def test_the_second_scale(*, oxygen: bool) -> None:
    """On air nothing above 88 has a point; with oxygen too much of it has up to three."""
    for low, high, points in SCALE_2[oxygen]:
        for value in range(low, high + 1):
            values = WELL | {"oxygen_saturation": float(value), "supplemental_oxygen": oxygen}
            assert of(values, scale_2=True).total == points + 2 * oxygen


def test_oxygen_and_consciousness() -> None:
    for state, points in STATES.items():
        for oxygen in (False, True):
            values = WELL | {"consciousness": state, "supplemental_oxygen": oxygen}
            assert of(values).total == points + 2 * oxygen
    assert set(STATES) == set(news2.STATES)


def test_the_most_is_twenty() -> None:
    worst: dict[str, Value] = {
        "respiration_rate": 30.0,
        "oxygen_saturation": 80.0,
        "supplemental_oxygen": True,
        "blood_pressure_systolic": 80.0,
        "pulse_rate": 140.0,
        "consciousness": "pain",
        "body_temperature": 34.0,
    }
    assert of(worst).total == 20
    assert of(WELL).total == 0


def test_whatever_is_missing_it_is_partial_and_has_no_total() -> None:
    """Each of the 127 sets that lack one parameter or more."""
    for count in range(len(PARAMETERS)):
        for names in itertools.combinations(PARAMETERS, count):
            found = of({name: WELL[name] for name in names})
            assert (found.name, found.total) == ("partial_news2", None)
            assert found.missing == tuple(n for n in PARAMETERS if n not in names)
            assert set(found.points) == set(names)


def test_on_the_second_scale_a_high_saturation_needs_to_know_of_oxygen() -> None:
    rest = {name: value for name, value in WELL.items() if name != "supplemental_oxygen"}
    found = of(rest | {"oxygen_saturation": 95.0}, scale_2=True)
    assert found.missing == ("oxygen_saturation", "supplemental_oxygen")
    assert of(rest | {"oxygen_saturation": 90.0}, scale_2=True).points["oxygen_saturation"] == 0


def test_values_between_two_cells_are_rounded_half_up() -> None:
    for name, value, points in (
        ("body_temperature", 35.04, 3),
        ("body_temperature", 35.05, 1),
        ("oxygen_saturation", 91.5, 2),
        ("respiration_rate", 20.5, 2),
        ("pulse_rate", 90.4, 0),
    ):
        assert of(WELL | {name: value}).total == points


@given(st.dictionaries(st.sampled_from(PARAMETERS), st.integers(0, 3 * TOGETHER_MS), min_size=1))
def test_what_is_further_apart_than_a_quarter_of_an_hour_is_never_one_score(
    times: dict[str, int],
) -> None:
    taken = [Taken(parameter=name, value=WELL[name], at_ms=ms) for name, ms in times.items()]
    found = score(taken)
    newest = max(times.values())
    assert set(found.values) == {n for n, ms in times.items() if newest - ms <= TOGETHER_MS}
    assert found.until_ms == newest
    assert found.from_ms is not None
    assert newest - found.from_ms <= TOGETHER_MS
    assert score(taken[::-1]) == found


def test_the_newest_of_a_parameter_counts() -> None:
    taken = [Taken(parameter=n, value=v, at_ms=0) for n, v in WELL.items()]
    later = Taken(parameter="pulse_rate", value=140.0, at_ms=TOGETHER_MS)
    assert score([*taken, later]).total == 3
    assert score([later, *taken]).total == 3
    assert score([]).missing == PARAMETERS
