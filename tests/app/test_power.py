"""Mains and battery: told at once, told before the end, and everything on the disk by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.app.house import House
from edge.app.power import LOOKS_ALIKE, LOW_PERCENT, PowerWatch
from edge.domain import AlertState, Priority
from tests.app.homes import house_in
from tests.support.clock import FakeClock


def plug(root: Path, *, online: int, capacity: int) -> None:
    """A small UPS as the kernel shows it."""
    for name, facts in {
        "ac": {"type": "Mains", "online": str(online)},
        "ups": {"type": "Battery", "status": "Full" if online else "Discharging"}
        | {"capacity": str(capacity)},
    }.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for fact, value in facts.items():
            (root / name / fact).write_text(value + "\n", encoding="ascii")


async def looks(watch: PowerWatch, count: int = LOOKS_ALIKE) -> None:
    for _ in range(count):
        await watch.turn()


def faults(house: House) -> dict[str, tuple[AlertState, Priority]]:
    return {
        alert.subject: (alert.state, alert.priority)
        for alert in house.keeper.home.alerts.values()
        if alert.code == "gateway_fault"
    }


RAISED = (AlertState.RAISED, Priority.HIGH)


async def test_mains_that_fail_are_told_at_once_and_the_battery_before_its_end(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Both high, durable when the look returns; over when the mains are back."""
    root = tmp_path / "supply"
    plug(root, online=1, capacity=100)
    async with house_in(tmp_path, clock) as house:
        watch = _watch(house, root)
        await looks(watch)
        assert faults(house) == {}
        plug(root, online=0, capacity=99)
        await watch.turn()
        assert faults(house) == {}  # a lamp flickered
        await looks(watch, LOOKS_ALIKE - 1)
        assert faults(house) == {"power/mains": RAISED}
        plug(root, online=0, capacity=LOW_PERCENT)
        await watch.turn()
        assert faults(house) == {"power/mains": RAISED, "power/battery": RAISED}
        plug(root, online=0, capacity=LOW_PERCENT + 3)
        await watch.turn()
        assert faults(house)["power/battery"] == RAISED
        assert sum(one.rows for one in await house.store.outbox_counts()) == 2
        plug(root, online=1, capacity=LOW_PERCENT)
        await looks(watch)
        assert faults(house) == {}


async def test_mains_that_came_back_while_the_box_was_dead_end_their_alert(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The battery did not last; the next start finds the mains, and says so."""
    root = tmp_path / "supply"
    plug(root, online=0, capacity=4)
    async with house_in(tmp_path, clock) as house:
        await looks(_watch(house, root))
        assert set(faults(house)) == {"power/mains", "power/battery"}
    plug(root, online=1, capacity=4)
    async with house_in(tmp_path, clock) as house:
        assert set(faults(house)) == {"power/mains", "power/battery"}
        await looks(_watch(house, root))
        assert faults(house) == {}


async def test_a_box_that_cannot_tell_says_nothing(tmp_path: Path, clock: FakeClock) -> None:
    """No supply that the kernel knows: neither a fault nor its end."""
    async with house_in(tmp_path, clock) as house:
        watch = _watch(house, tmp_path / "absent")
        await looks(watch, 5)
        assert faults(house) == {}
        assert watch.status() == {"battery": False, "mains": None, "capacity": None}


async def test_on_battery_nothing_waits_for_a_commit(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sudden end costs what came since the last look, and no alert."""
    root = tmp_path / "supply"
    plug(root, online=0, capacity=50)
    kept: list[str] = []
    async with house_in(tmp_path, clock) as house:
        watch = _watch(house, root)
        await looks(watch)
        real = house.keep

        async def keep() -> bool:
            kept.append("kept")
            return await real()

        monkeypatch.setattr(house, "keep", keep)
        await looks(watch, 3)
        assert len(kept) == 3
        plug(root, online=1, capacity=50)
        await looks(watch, LOOKS_ALIKE + 2)
        settled = len(kept)
        await looks(watch, 3)
        assert len(kept) == settled


def _watch(house: House, root: Path) -> PowerWatch:
    watch = PowerWatch(house)
    watch._root = root
    return watch
