"""What commands say of times that nobody knew, and alerts that were over before somebody did."""

from __future__ import annotations

from pathlib import Path

from edge.app.house import House
from edge.app.opening import open_house
from edge.app.redating import PIECE_MAX, Redating
from edge.app.view import alert_row
from edge.config import parse
from edge.domain import Actor, AlertState, Device, Instant, Role, Sync
from edge.events import Acknowledgement, Enrolled, Tick
from edge.kinds import observation
from tests.app.homes import house_in
from tests.support.clock import NOON_WALL_MS, FakeClock
from tests.support.ids import SeqIds

HOUR = 3_600_000
SETTINGS = """[gateway]
id = "gw-1"
site = "s"
customer = "c"
[mqtt]
host = "127.0.0.1"
tls = false
[store]
path = "{path}"
"""


def moment(boot: str, boottime_ms: int, wall_ms: int | None = None) -> Instant:
    sync = Sync.NONE if wall_ms is None else Sync.NTP
    return Instant(boot=boot, boottime_ms=boottime_ms, wall_ms=wall_ms or boottime_ms, sync=sync)


async def press(house: House, n: int = 0) -> None:
    house.tell(
        Enrolled(device=Device(id=f"b{n}", driver="bthome", role=Role.HELP_BUTTON, address=f"A{n}"))
    )
    house.hear(observation(f"b{n}", "button", "press", house.clock.now()))
    await house.commit()


async def close(house: House) -> None:
    for alert in list(house.keeper.home.alerts.values()):
        actor = Actor(account="nurse.one", role="nurse")
        house.tell(Acknowledgement(alert=alert.id, kind="closed", actor=actor, outcome="helped"))
    await house.commit()


async def test_alerts_that_ended_before_the_clock_was_set_are_dated_too(tmp_path: Path) -> None:
    """A piece at a time, each once; they stay closed, and the message says when it was."""
    clock = FakeClock(moment("a", HOUR))
    count = PIECE_MAX + 3
    async with house_in(tmp_path, clock) as house:
        redating = Redating(house)
        for n in range(count):
            await press(house, n)
        await close(house)
        await redating.turn()
        before = await house.store.alerts()
        assert {a.changed.sync for a in before} == {Sync.NONE}
        clock.pass_time(HOUR)
        clock.step_wall(NOON_WALL_MS, sync=Sync.NTP)
        for _ in range(4):
            await redating.turn()
        after = await house.store.alerts()
        assert [a.rev for a in after] == [a.rev + 1 for a in before]
        assert {(a.state, a.raised.sync) for a in after} == {(AlertState.CLOSED, Sync.HOLDOVER)}
        assert {a.raised.wall_ms for a in after} == {NOON_WALL_MS + HOUR}
        assert house.keeper.home.alerts == {}
        sequence = house.keeper.last_message
        await redating.turn()
        assert house.keeper.last_message == sequence
        owed = await house.store.owed(500)
        assert sum(b'"raised_sync":"holdover"' in one.body for one in owed) == count


async def test_commands_tell_the_time_as_it_is_known(tmp_path: Path) -> None:
    """Unknown, then after the last trusted time, then between two, and exact where it can be."""
    clock, ids = FakeClock(moment("a", HOUR)), SeqIds()
    settings = parse(SETTINGS.format(path=tmp_path / "home.db"), "test")
    async with open_house(settings, clock, ids) as house:
        await press(house)
        (alert,) = await house.store.alerts()
        assert alert_row(alert, {}, house.times)["raised"] == "../.."
        assert house.times.text(alert.raised) == "../.."
        clock.step_wall(NOON_WALL_MS - HOUR, sync=Sync.NTP)
        house.tell(Tick())
        await house.commit()
        assert house.times.text(alert.raised) == "2026-03-02T12:00:00.000Z"
        assert house.times.is_current(clock.now())
    clock = FakeClock(moment("b", HOUR))
    async with open_house(settings, clock, ids) as house:
        lost = clock.now()
        await press(house, 2)
        assert house.times.text(lost) == "2026-03-02T13:00:00.000Z/.."
    clock = FakeClock(moment("c", 0, NOON_WALL_MS + 5 * HOUR))
    async with open_house(settings, clock, ids) as house:
        between = "2026-03-02T13:00:00.000Z/2026-03-02T17:00:00.000Z"
        assert house.times.text(lost) == between
        newest = next(a for a in house.keeper.home.alerts.values() if a.subject == "b2")
        assert (newest.raised.sync, newest.rev) == (Sync.NONE, 2)
        assert alert_row(newest, {}, house.times)["raised"] == between
        first = next(a for a in house.keeper.home.alerts.values() if a.subject == "b0")
        assert house.times.order(first.raised) < house.times.order(newest.raised)


async def test_how_long_ago_is_no_matter_of_a_wall_clock_that_was_set(tmp_path: Path) -> None:
    """Heard and owed an hour ago, not 56 years; of another boot at least since this one began."""
    clock = FakeClock(moment("a", HOUR))
    async with house_in(tmp_path, clock) as house:
        times = house.times
        then = clock.now()
        clock.pass_time(HOUR)
        clock.step_wall(NOON_WALL_MS, sync=Sync.NTP)
        await house.commit()
        assert times.ago_ms(then, clock.now()) == HOUR
        assert times.ago_ms(then, moment("b", 60_000)) == 60_000
        later = moment("b", 0, clock.now().wall_ms + HOUR)
        assert times.ago_ms(then, later) == 2 * HOUR
