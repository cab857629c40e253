"""Whose answer takes whose place: a danger that a worker found goes by a worker's word alone."""

from __future__ import annotations

import msgspec
import pytest

from edge.home import told
from edge.home.state import Home
from tests.risk.lists import given
from tests.support.clock import instant

LATER = instant(60_000)
WORKER = {"role": "home_care"}
RESIDENT = {"role": "self"}
RELATIVE = {"role": "relative"}
DEVICE = {"role": "device", "source": "device"}

# What was said first, what is said then, and whether that is in force.
CASES = [
    ("dead", WORKER, "ok", WORKER, True),
    ("dead", WORKER, "dead:fixed", WORKER, True),
    ("dead", WORKER, "unknown", WORKER, False),
    ("dead", WORKER, "declined", WORKER, False),
    ("dead", WORKER, "ok", RESIDENT, False),
    ("dead", WORKER, "dead:fixed", RELATIVE, False),
    ("dead", WORKER, "ok", DEVICE, False),
    ("old_or_untested", WORKER, "dead", RELATIVE, True),
    ("dead", RESIDENT, "ok", RELATIVE, True),
    ("dead", RESIDENT, "unknown", RESIDENT, False),
    ("dead", RESIDENT, "ok", WORKER, True),
    ("ok", WORKER, "unknown", WORKER, True),
    ("ok", WORKER, "dead", RELATIVE, True),
    ("ok", WORKER, "old_or_untested", DEVICE, False),
    ("unknown", WORKER, "ok", DEVICE, False),
    ("old_or_untested", DEVICE, "ok", DEVICE, True),
    ("old_or_untested", DEVICE, "ok", RESIDENT, True),
    ("old_or_untested", DEVICE, "unknown", WORKER, False),
]


@pytest.mark.parametrize("case", CASES)
def test_whose_word_stands(case: tuple[str, dict[str, str], str, dict[str, str], bool]) -> None:
    """No shrug, no device and nobody who lives there calms what a worker found."""
    first, by, then, whose, counts = case
    old = msgspec.structs.replace(given("FS-02", first), **by)
    new = msgspec.structs.replace(given("FS-02", then, LATER), **whose)
    home = told.answer(told.answer(Home.new(), (old,)), (new,))
    assert home.answers["fire"]["FS-02"] == (new if counts else old)
