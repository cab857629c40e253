"""The fire checklist as shipped: its items, points, words, and the schema beside it."""

from __future__ import annotations

import msgspec

from edge.domain import Checklist
from tests.risk.homes import FIRE, ITEMS

# Item: gates, points by answer in order; "C" marks a critical answer.
EXPECTED = {
    "FS-01": ("D", "ok 0, short 2, none 4 C"),
    "FS-02": ("D", "ok 0, old_or_untested 2, dead 4 C"),
    "FS-03": ("D", "yes 0, unsure 2, no 3"),
    "FS-04": ("D", "yes 0, no 1"),
    "FS-05": ("I", "no 0, outside 1, inside 3, bed 4 C"),
    "FS-06": ("I", "none 0, old 2, new 4 C"),
    "FS-07": ("I,E", "no 0, weekly 1, daily 3"),
    "FS-08": ("I", "no 0, fixed 1, remains 3 C"),
    "FS-09": ("I", "none 0, once 3, repeated 4 C"),
    "FS-10": ("I", "ok 0, na 0, missing 2, bypassed 3"),
    "FS-11": ("I", "ok 0, minor 1, dangerous 3 C"),
    "FS-12": ("I", "no 0, night 1, exit_route 2"),
    "FS-13": ("I", "no 0, fixed 1, remains 3 C"),
    "FS-14": ("I", "no 0, fixed 1, remains 3 C"),
    "FS-15": ("I", "ok 0, na 0, lacking 2"),
    "FS-16": ("I", "none 0, watched 1, unattended 3"),
    "FS-17": ("I", "none 0, present 1, with_flame 4 C"),
    "FS-18": ("I,E", "clear 0, crowded 2, blocked 4 C"),
    "FS-19": ("I", "no 0, some 1, at_exit 2"),
    "FS-20": ("I", "none 0, once 2, repeated 4 C"),
    "FS-21": ("E", "ok 0, fault 2, blocked 4 C"),
    "FS-22": ("E", "yes 0, maybe 2, no 4"),
    "FS-23": ("E", "yes 0, partly 1, no 3"),
    "FS-24": ("E", "able_adult 0, other_frail 1, alone 2"),
    "FS-25": ("R", "ok 0, lacking 1"),
    "FS-26": ("R", "ok 0, lacking 1"),
}


def test_items_and_points_are_those_of_the_list() -> None:
    """Every item has its gates, answer codes, points and critical marks; codes are stable."""
    found = {
        item.id: (
            ",".join(item.gates),
            ", ".join(f"{a.code} {a.points}{' C' if a.critical else ''}" for a in item.answers),
        )
        for item in FIRE.items
    }
    assert found == EXPECTED


def test_the_building_owner_answers_for_smoke_alarms() -> None:
    """Rescue Act 379/2011 §17 since 1 January 2026: owner of the building, by tenure."""
    for item in ("FS-01", "FS-02"):
        assert ITEMS[item].responsible == {
            "apartment": "building_owner",
            "rented": "building_owner",
            "own_house": "owner",
            "fallback": "relative",
        }
        assert "PelL-379-2011-17" in ITEMS[item].refs


def test_every_hazard_has_a_due_date_and_criticals_come_first() -> None:
    """No hazard without a due date, and no critical with more than three days."""
    for item in FIRE.items:
        for given in item.answers:
            assert (given.code in item.due_days) == (given.points > 0 and given.code != "fixed")
            assert not given.critical or item.due_days[given.code] <= 3


def test_words_for_doubt_go_with_every_item() -> None:
    """Whoever shows an item finds words for unknown, declined, expired and unanswered there."""
    for item in FIRE.items:
        doubts = {"unknown", "declined", "expired", "unanswered"}
        assert doubts <= set(item.answer_labels)


def test_the_list_survives_the_wire() -> None:
    """A list can be told as plain data and read back as the record that others know."""
    told = msgspec.json.decode(msgspec.json.encode(FIRE), type=Checklist)
    assert told.items == FIRE.items


def test_validity_follows_the_class() -> None:
    """Habits stand for half a year, structure for a year."""
    assert ITEMS["FS-05"].valid_days == 182
    assert ITEMS["FS-01"].valid_days == 365
    assert FIRE.device_valid_days == 7
