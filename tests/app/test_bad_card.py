"""A card that fails to read or write ends no loop, stops no start, and is told of as it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.app.gateway import Gateway
from edge.app.installing.device_trial import DeviceTrial
from edge.app.installing.devices import Devices
from edge.app.opening import open_house
from edge.config import parse
from edge.domain import SERVICE, AlertState, Sent, Switch
from edge.errors import NotDurableError, StoreError
from edge.kinds import observation
from edge.ports import Downlink, Reply
from edge.store import plans
from edge.store.database import Database
from edge.store.steadfast import Steadfast
from edge.store.store import SqliteStore
from edge.uplink.envelope import Topics, claimed
from tests.app.escalation_bench import bench, until
from tests.app.homes import PEER, house_in
from tests.escalation.plans import made
from tests.store.samples import batch, one_of_everything
from tests.store.test_disk_refuses import SMALL
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds
from tests.uplink.samples import REFUSED

SETTINGS = (
    '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
)
ROBOT = (
    '[[device]]\nid = "robot-1"\ndriver = "appliance"\nrole = "medication_robot"\n'
    'address = "0a1b2c3d"\n[[serial]]\ndevice = "robot-1"\nport = "/dev/null"\n'
)


def broken(
    monkeypatch: pytest.MonkeyPatch, name: str, fault: str, times: int = 1_000_000
) -> dict[str, int]:
    """Calls of this name of the database fail with `fault`, so many times."""
    real: Callable[..., Any] = getattr(Database, name)
    left = {"times": times}

    def call(database: Database, *args: object, **kwargs: object) -> object:
        if left["times"]:
            left["times"] -= 1
            raise StoreError("the card refuses", fault)
        return real(database, *args, **kwargs)

    monkeypatch.setattr(Database, name, call)
    return left


async def test_an_answer_by_text_message_counts_on_a_bad_card(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody says that they go: it is in force, and the loop listens on to the next."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        code = one.pager.code_to("+358401234501")
        left = broken(monkeypatch, "record", "io")
        one.pager.came.put_nowait(Reply(number="+358409999999", text=f"{code} otan 20"))
        await until(lambda: one.alert.state is AlertState.ACKNOWLEDGED)
        await one.settle()
        assert one.escalator.replies is not None
        assert one.escalator.replies.counts["accepted"] == 1
        left["times"] = 0
        clock.pass_time(2_000)
        assert (await one.house.store.check(clock.now())).trouble in ("", "full")
        assert (await one.house.store.alerts())[0].state is AlertState.ACKNOWLEDGED


@pytest.mark.parametrize("name", ["look", "alert_history", "owed"])
async def test_who_is_asked_does_not_hang_on_what_can_be_read(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An open alert whose past cannot be read at the start is asked about as if it were new."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        one.escalator.book.opened.clear()
        left = broken(monkeypatch, name, "io")
        await one.escalator.load()
        left["times"] = 0
        known = one.escalator.book.opened[one.alert.id]
        assert known.alert == one.alert
        await one.escalator.read_plan()
        await one.pass_ms(20_000)
        assert [who for _, who in one.sent] == ["1"]


@contextlib.asynccontextmanager
async def adrift(
    path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> AsyncIterator[SqliteStore]:
    """A store whose disk was read-only at its start, as the gateway opens it."""
    real = Database.open.__func__  # type: ignore[attr-defined]

    def refused(cls: type[Database], at: Path, /, **opening: Any) -> Database:
        if Path(at) == path:
            raise StoreError("mounted for reading only", "read_only")
        opened: Database = real(cls, at, **opening)
        return opened

    monkeypatch.setattr(Database, "open", classmethod(refused))
    store = await SqliteStore.open(path, home="s", at=clock.now(), mend=True)
    monkeypatch.setattr(Database, "open", classmethod(real))
    try:
        yield store
    finally:
        await store.close()


async def test_nothing_is_called_done_that_only_the_stand_in_in_memory_has(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A switch, a plan, the nonce of a command: refused, for the disk will never hear of it."""
    path = tmp_path / "home.db"
    Database.open(path, home="s").close()
    switch = Switch(recipient=SERVICE, cls=Sent.READINGS, allowed=False, by="x", told=clock.now())
    async with adrift(path, monkeypatch, clock) as store:
        for call in (
            store.switch(switch, owed=True),
            store.change(plans.keep, made(), "x", clock.now()),
            store.retry(None),
            store.erase_readings(1, clock.now()),
        ):
            with pytest.raises(StoreError, match="forgotten") as refused:
                await call
            assert refused.value.fault == "read_only"
        assert not await store.jot(plans.keep, made(), "x", clock.now())
        clock.pass_time(2_000)
        assert not (await store.check(clock.now())).moved
        assert await store.switch(switch, owed=True) == []


async def test_a_command_that_has_the_file_open_is_waited_for(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back from memory the gateway finds its file taken: no reason to end, the next look tries."""
    path = tmp_path / "home.db"
    Database.open(path, home="s").close()
    async with adrift(path, monkeypatch, clock) as store:
        with Database.open(path, home="s"):
            clock.pass_time(2_000)
            assert (await store.check(clock.now())).trouble == "read_only"
        clock.pass_time(2_000)
        assert (await store.check(clock.now())).trouble in ("", "full")


@pytest.mark.parametrize("fault, times", [("corrupt", 1), ("io", 2)])
async def test_a_page_that_only_the_start_reads_does_not_stop_every_start(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, fault: str, times: int
) -> None:
    """The file opens, and then the snapshot cannot be read: set aside, its devices go on."""
    async with house_in(tmp_path, clock, ROBOT):
        pass
    broken(monkeypatch, "snapshot", fault, times)
    settings = parse(f'{SETTINGS}[store]\npath = "{tmp_path}/home.db"\n', "test")
    async with open_house(settings, clock, SeqIds(), mend=True) as house:
        assert list(house.devices) == ["robot-1"]
        assert len((await house.store.check(clock.now())).aside) == 1


async def test_a_hiccup_at_the_start_sets_nothing_aside(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One read that fails is tried again, and a command without `mend` says what it is."""
    async with house_in(tmp_path, clock, ROBOT):
        pass
    settings = parse(f'{SETTINGS}[store]\npath = "{tmp_path}/home.db"\n', "test")
    broken(monkeypatch, "snapshot", "io", 1)
    async with open_house(settings, clock, SeqIds(), mend=True) as house:
        assert (await house.store.check(clock.now())).aside == ()
    broken(monkeypatch, "snapshot", "corrupt", 1)
    with pytest.raises(StoreError, match="the card refuses"):
        async with open_house(settings, clock, SeqIds()):
            pass


async def test_the_line_is_opened_and_kept_when_claims_cannot_be_read(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alerts go out: neither the start nor a letter from the desk ends the line or the papers."""
    async with house_in(tmp_path, clock, gateway="gw-0001") as house:
        gateway = Gateway(house)
        upstream = gateway.upstream
        waits = asyncio.Event()
        monkeypatch.setattr(upstream.delivery, "run", lambda _: waits.wait())
        left = broken(monkeypatch, "look", "io")
        await gateway.service.papers.open()
        running = asyncio.create_task(upstream.run())
        await until(lambda: left["times"] <= 1_000_000 - 2)
        letter = claimed("area-07", REFUSED, id=REFUSED.request, at=clock.now())
        topic = Topics(gateway="gw-0001").down_claim
        message = Downlink(topic=topic, body=letter, retained=False)
        await upstream.delivery._books._take(message)
        assert upstream.delivery._books.refused == {"disk": 1}
        assert not running.done()
        waits.set()
        await running
        left["times"] = 0


@pytest.mark.parametrize("name", ["open", "record"])
def test_a_new_beginning_that_fails_does_not_push_out_the_file_of_before(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """On a full disk it is tried each second: what was set aside is the home, once, and stays."""
    path = tmp_path / "home.db"
    with Steadfast.open(path, mend=True, at=clock.now(), bounds=SMALL) as store:
        store.record(one_of_everything())
        old = store.heads().store_id
        store.spoilt(StoreError("a page is broken", "corrupt"))
        left = _broken_open(monkeypatch) if name == "open" else broken(monkeypatch, name, "full")
        for _ in range(5):
            clock.pass_time(2_000)
            store.replace(batch(store.heads().observation, home=b"now", at=clock.now()))
            with pytest.raises(StoreError) as refused:
                store.on_disk()
            assert refused.value.fault == "corrupt"
        left["times"] = 0
        clock.pass_time(2_000)
        state = store.check(clock.now())
        assert state.moved
    (kept,) = state.aside
    with Database.open(path.with_name(kept)) as database:
        assert database.heads().store_id == old


def _broken_open(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    real = Database.open.__func__  # type: ignore[attr-defined]
    left = {"times": 1_000_000}

    def refused(cls: type[Database], at: Path, /, **opening: Any) -> Database:
        if left["times"]:
            at.touch()  # SQLite makes the file before it finds no room in it
            raise StoreError("no room", "full")
        opened: Database = real(cls, at, **opening)
        return opened

    monkeypatch.setattr(Database, "open", classmethod(refused))
    return left


async def test_no_test_of_an_alarm_passes_on_a_card_that_stored_nothing(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert counts and goes out; whoever tests must not read that it was stored."""
    async with house_in(tmp_path, clock) as house:
        timeline = Gateway(house).timeline
        row = {"id": "guard", "driver": "contact", "role": "smoke_alarm", "address": "c2"}
        devices = Devices(house)
        assert (await devices.enrol({"devices": [{"row": row}]}, PEER))["faults"] == []
        stream = DeviceTrial(devices, timeline).test({"device": "guard", "seconds": 8}, PEER)
        await anext(stream)
        left = broken(monkeypatch, "record", "read_only")
        house.hear(observation("guard", "smoke", value=True, at=clock.now()))
        assert not await house.keep()
        rows: list[str] = []
        with pytest.raises(NotDurableError, match="held in memory"):
            rows += [row["step"] async for row in stream]
        assert "stored" not in rows
        (alert,) = house.keeper.home.alerts.values()
        assert timeline.of(alert.id) == {}
        left["times"] = 0
