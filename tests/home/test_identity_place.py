"""A placed device that hangs elsewhere is told; doors, bodies, nights and weather are not."""

from __future__ import annotations

import pytest

from edge.domain import Role
from edge.events import Confirmed, Removed, Surveyed
from edge.home.identity_place import LEARN_WINDOWS
from edge.home.likeness import RECENT_WINDOWS
from edge.home.state import encode
from tests.support.dwelling import WINDOWS_A_DAY, Dwelling
from tests.support.living import MINUTE, Living

Levels = dict[str, dict[str, int]]
# Three rooms in a row, a receiver in each; what is heard of a device in each of them.
LIVING, HALL, BEDROOM = (
    {"": -50, "hall": -62, "bedroom": -75},
    {"": -62, "hall": -48, "bedroom": -63},
    {"": -76, "hall": -61, "bedroom": -49},
)
HOME: Levels = {"a": LIVING, "b": BEDROOM, "c": HALL, "smoke": HALL}
HOUR_WINDOWS = 6


def home_of(levels: Levels) -> Living:
    home = Living()
    for name in levels:
        home.enrol(name, Role.SMOKE_ALARM if name == "smoke" else Role.MOTION)
    return home


def survey(home: Living, levels: Levels, windows: int) -> None:
    for n in range(windows):
        home.ms += 10 * MINUTE
        wobble = (0, 2, -2, 1, -1)[n % 5]
        heard = {d: {r: dbm + wobble for r, dbm in row.items()} for d, row in levels.items()}
        home.tell(Surveyed(heard=heard))


def learnt(levels: Levels = HOME) -> Living:
    home = home_of(levels)
    survey(home, levels, LEARN_WINDOWS + RECENT_WINDOWS)
    assert doubts(home) == {}
    return home


def doubts(home: Living) -> dict[str, tuple[str, ...]]:
    return {d.id: d.identity for d in home.home.devices.values() if d.identity}


def test_a_device_in_another_room_has_moved() -> None:
    """Told within the hour, once, at normal priority, and over an hour after it is back."""
    home = learnt()
    survey(home, HOME | {"a": HALL}, 3)
    assert doubts(home) == {}  # half an hour is not over
    survey(home, HOME | {"a": HALL}, 3)
    assert doubts(home) == {"a": ("moved",)}
    alert = home.open("identity_doubtful", "a")
    assert (alert.priority, alert.params["reason"]) == ("normal", "moved")
    survey(home, HOME | {"a": HALL}, 3 * WINDOWS_A_DAY)
    assert doubts(home) == {"a": ("moved",)}  # a new place is not got used to
    assert home.open("identity_doubtful").repeats == 0
    survey(home, HOME, 2 * HOUR_WINDOWS)
    assert doubts(home) == {}
    assert not home.is_open("identity_doubtful")


def test_a_person_has_looked() -> None:
    """Confirmed: the doubt is over, and the place where it hangs now is learnt as its own."""
    home = learnt()
    survey(home, HOME | {"a": HALL}, 8)
    home.tell(Confirmed(device="a", by="installer.one"))
    assert doubts(home) == {}
    assert not home.is_open("identity_doubtful")
    assert home.home.devices["a"].confirmed_by == "installer.one"
    survey(home, HOME | {"a": HALL}, LEARN_WINDOWS + 8)
    assert doubts(home) == {}
    survey(home, HOME, 8)
    assert doubts(home) == {"a": ("moved",)}


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_two_that_changed_places_name_each_other(order: tuple[str, str]) -> None:
    """In whichever order they are heard."""
    home = learnt()
    mixed = HOME | {"a": BEDROOM, "b": LIVING}
    rows = {key: mixed[key] for key in (*order, "c", "smoke")}
    survey(home, rows, 8)
    assert doubts(home) == {"a": ("swapped",), "b": ("swapped",)}
    assert home.open("identity_doubtful", "a").params["other"] == "b"
    assert home.open("identity_doubtful", "b").params["other"] == "a"


def test_what_stands_in_the_way_is_no_move() -> None:
    """A cupboard of 12 dB before one receiver for a day, of 10 dB before all for an evening."""
    home = learnt()
    survey(home, HOME | {"a": LIVING | {"": LIVING[""] - 12}}, WINDOWS_A_DAY)
    assert doubts(home) == {}
    survey(home, HOME, HOUR_WINDOWS)
    survey(home, HOME | {"a": {r: dbm - 10 for r, dbm in LIVING.items()}}, 6 * HOUR_WINDOWS)
    assert doubts(home) == {}


def test_a_receiver_that_moved_is_not_every_device() -> None:
    """Most devices are heard differently there: it is learnt anew, and nothing is doubted."""
    home = learnt()
    shifts = {"a": 12, "b": -14, "c": 9, "smoke": -11}
    moved = {d: row | {"hall": row["hall"] + shifts[d]} for d, row in HOME.items()}
    survey(home, moved, 2 * WINDOWS_A_DAY)
    assert doubts(home) == {}
    survey(home, moved | {"b": moved["a"]}, 8)
    assert doubts(home) == {"b": ("moved",)}  # and it judges again


def test_a_doubt_does_not_end_because_the_receivers_are_away() -> None:
    """Both satellites are unplugged: the gateway alone cannot say that it is back."""
    home = learnt()
    moved = HOME | {"a": {"": -58, "hall": -44, "bedroom": -62}}
    survey(home, moved, 14)
    assert doubts(home) == {"a": ("moved",)}
    survey(home, {d: {"": row[""]} for d, row in moved.items()}, 2 * WINDOWS_A_DAY)
    assert doubts(home) == {"a": ("moved",)}
    survey(home, moved, 2 * HOUR_WINDOWS)
    assert doubts(home) == {"a": ("moved",)}
    survey(home, HOME, 2 * HOUR_WINDOWS)
    assert doubts(home) == {}


def test_one_receiver_alone_is_less_sure() -> None:
    """Only a big change, only after long, and told as "may"."""
    alone = {d: {"": row[""]} for d, row in HOME.items()}
    home = learnt(alone)
    survey(home, alone | {"b": {"": BEDROOM[""] + 10}}, WINDOWS_A_DAY)
    assert doubts(home) == {}
    survey(home, alone | {"b": {"": BEDROOM[""] + 26}}, 6)
    assert doubts(home) == {}
    survey(home, alone | {"b": {"": BEDROOM[""] + 26}}, 10)
    assert doubts(home) == {"b": ("moved_perhaps",)}


def test_what_is_carried_has_no_place() -> None:
    home = home_of({"a": LIVING})
    home.enrol("tag", Role.TAG)
    home.enrol("wired", Role.SMOKE_ALARM, wired=True)
    home.tell(Surveyed(heard=dict.fromkeys(("a", "tag", "wired", "stranger"), LIVING)))
    assert set(home.home.likeness.places) == {"a"}


def test_a_device_that_is_gone_leaves_nothing() -> None:
    """Removed, or enrolled anew: what it was known by goes with it, also through a restart."""
    home = learnt()
    home.restart()
    home.enrol("b", Role.MOTION, room="kitchen")
    home.tell(Removed(device="a"))
    assert set(home.home.likeness.places) == {"c", "smoke"}


def test_the_snapshot_stays_small() -> None:
    """Sixteen devices at nine receivers: what is kept of them is a few kilobytes."""
    levels = {f"m{n}": {f"r{r}": -50 - n - r for r in range(9)} for n in range(16)}
    home = home_of(levels)
    bare = len(encode(home.home))
    survey(home, levels, 12)
    assert len(encode(home.home)) - bare < 16 * 1_200


def test_a_quiet_flat_is_not_doubted_and_a_moved_sensor_is_found() -> None:
    """Eight devices, three receivers, a week of nights, drift and shadows; `benchmarks.identity`
    has the numbers over many flats.
    """
    flat, home = Dwelling(7, 3), Living()
    for name, role in flat.roles.items():
        home.enrol(name, role)
    for _ in range(7 * WINDOWS_A_DAY):
        home.ms += 10 * MINUTE
        home.tell(Surveyed(heard=flat.next_window(seldom=0.12)))
        assert doubts(home) == {}
    flat.move("d1", least_m=5.0)
    for _ in range(9 * HOUR_WINDOWS):
        home.ms += 10 * MINUTE
        home.tell(Surveyed(heard=flat.next_window(seldom=0.12)))
    assert doubts(home) == {"d1": ("moved",)}
