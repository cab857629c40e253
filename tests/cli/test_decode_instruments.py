"""`kotivahti decode` with the value of an instrument's characteristic."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from edge.cli.decode import decode
from edge.drivers import DRIVERS
from edge.drivers.base import Shape
from tests.drivers.tools import vectors

GATT = [name for name, driver in DRIVERS.items() if driver.shape is Shape.GATT]


@pytest.mark.parametrize("name", GATT)
def test_a_published_value_is_read(name: str) -> None:
    """What the vector says is what a person sees."""
    case = vectors(name)["cases"][0]
    done = CliRunner().invoke(decode, [name, case["payload"], "--json"])
    assert done.exit_code == 0
    shown = [(row["kind"], row["value"], row["unit"]) for row in json.loads(done.output)]
    assert shown == [(row["kind"], row["value"], row["unit"]) for row in case["observations"]]


@pytest.mark.parametrize("name", GATT)
def test_half_a_value_is_refused_with_its_byte(name: str) -> None:
    """Exit code 2, the reason and the place."""
    done = CliRunner().invoke(decode, [name, "00"])
    assert done.exit_code == 2
    assert "refused (length): byte " in done.output


def test_the_help_says_which_characteristic() -> None:
    """Each instrument is named with the bytes that it takes."""
    text = " ".join(CliRunner().invoke(decode, ["--help"]).output.split())
    assert [name for name in DRIVERS if f"({name})" not in text] == []
