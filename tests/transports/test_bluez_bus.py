"""The radio of a real gateway, unmodified, on a private bus with a BlueZ that has faults."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest

from edge.drivers.base import Advert, Notification
from edge.transports.ble.bluez import BluezRadio
from edge.transports.ble.bond import MustPair
from edge.transports.ble.gatt import GattCounts
from edge.transports.ble.scanner import SILENT_AFTER_MS, TRIES_BEFORE_FAULT, Listed
from tests.support.dbus_daemon import dbus_daemon
from tests.support.mock_bluez import mock_bluez
from tests.support.mock_bluez_objects import MockCharacteristic
from tests.transports.virtual import living, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

from tests.transports.bluez_box import BATTERY, CUFF, FCD2, MEASUREMENT, PLAN, TAG, Box, box


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Box]:
    async with box(tmp_path, monkeypatch) as one:
        await until(lambda: one.bluez.discovering)
        yield one


async def test_adverts_come_through_as_they_were_said(here: Box) -> None:
    """Service and manufacturer data are dictionaries of variants on the bus, bytes in the lane."""
    here.ble.scanner.enrol({TAG: Listed("tag")})
    await until(lambda: here.bluez.discovering)
    here.bluez.say(here.tag, manufacturer={0x0499: b"\x05\x12"}, service={FCD2: b"\x40"})
    (heard,) = await here.queue.get_batch(10)
    assert heard.device == "tag"
    assert heard.frame == Advert(
        address=TAG,
        name="Tag",
        manufacturer={0x0499: b"\x05\x12"},
        service={FCD2: b"\x40"},
        rssi_dbm=-60,
    )


async def test_a_session_reads_sets_the_clock_and_takes_every_indication(here: Box) -> None:
    """One hour ahead, told so with each value; scanning goes on again when it is connected."""
    written: list[bytes] = []
    here.cuff.written = lambda _, value: written.append(value)

    def burst(characteristic: MockCharacteristic) -> None:
        for value in (b"\x01", b"\x02", b"\x02"):
            here.bluez.notify(characteristic, value)

    here.cuff.subscribed = burst
    await here.heard(lambda: here.ble.sessions.counts.completed == 1, here.cuff)
    frames = [heard.frame for heard in await here.queue.get_batch(10)]
    battery = Notification(characteristic=BATTERY, value=b"\x5b", clock_offset_s=3600)
    assert battery in frames  # before, between or after the values, as the link has it
    assert [frame for frame in frames if frame != battery] == [
        Notification(characteristic=MEASUREMENT, value=value, clock_offset_s=3600, indicated=True)
        for value in (b"\x01", b"\x02", b"\x02")
    ]
    assert [len(value) for value in written] == [10]
    assert here.bluez.discovering
    assert not here.cuff.connected


async def test_a_link_that_is_lost_in_the_middle_is_counted(here: Box) -> None:
    """What came before is in the lane; the device may be connected to again."""

    def cut(characteristic: MockCharacteristic) -> None:
        here.bluez.notify(characteristic, b"\x01")
        here.bluez.drop(here.cuff)

    here.cuff.subscribed = cut
    await here.heard(lambda: here.ble.sessions.counts.link_lost == 1, here.cuff)
    frames = [heard.frame for heard in await here.queue.get_batch(10)]
    values = [frame.value for frame in frames if isinstance(frame, Notification)]
    assert b"\x01" in values
    here.cuff.subscribed = lambda one: here.bluez.notify(one, b"\x02")
    await here.in_time(lambda: here.ble.sessions.counts.completed == 1, here.cuff)


def _above(counts: GattCounts, most: int) -> bool:
    return counts.failed > most


async def test_connections_that_fail_make_a_missing_bond_suspected(here: Box) -> None:
    """Bluetoothd tells no reason; the third failure without a bond does. With one it was cleared.

    A session that brings something takes the suspicion back.
    """
    here.cuff.wants_bond, here.cuff.pairing_mode = True, False

    counts = here.ble.sessions.counts

    async def fails(times: int) -> MustPair | None:
        for most in range(counts.failed, counts.failed + times):
            await here.in_time(partial(_above, counts, most), here.cuff)
            await until(lambda: here.bluez.discovering)
        await asyncio.sleep(0.05)  # the radio is asked after the count
        return here.ble.sessions.must_pair("bp-1")

    assert await fails(2) is None
    assert await fails(1) is MustPair.PERHAPS
    here.cuff.wants_bond = False
    here.cuff.subscribed = lambda one: here.bluez.notify(one, b"\x01")
    await here.in_time(lambda: counts.completed == 1, here.cuff)
    await until(lambda: here.ble.sessions.must_pair("bp-1") is None)
    here.cuff.paired = True
    here.bluez.refuse("Connect", "Failed", 3)
    assert await fails(3) is MustPair.REFUSED


async def test_a_device_that_says_that_it_wants_a_bond_is_believed_at_once(here: Box) -> None:
    """Its values are closed and it sends nothing: the link is good, and nothing is told by it."""
    for characteristic in here.cuff.characteristics:
        characteristic.bonded = True
    await here.heard(lambda: here.ble.sessions.must_pair("bp-1") is not None, here.cuff)
    assert here.ble.sessions.must_pair("bp-1") is MustPair.NONE_HELD


@pytest.mark.parametrize("how", ["vanishes", "Failed", "InProgress"])
async def test_a_device_that_vanishes_while_connecting_costs_one_session(
    here: Box, how: str
) -> None:
    """Its object is gone, or the call fails: counted, the scanner is on again, the next is held."""
    if how == "vanishes":
        here.cuff.vanishes = True
    else:
        here.bluez.refuse("Connect", how)
    await here.heard(lambda: here.ble.sessions.counts.failed == 1, here.cuff)
    here.cuff.vanishes = False
    await here.in_time(lambda: here.ble.sessions.counts.completed == 1, here.cuff)
    await here.heard(lambda: len(here.queue) > 0)


async def test_a_connection_that_is_never_answered_is_given_up_and_taken_back(here: Box) -> None:
    """The caller's bound ends it, and BlueZ is told to stop trying; the next one goes through."""
    here.ble.sessions.enrol({})
    sighted = asyncio.create_task(here.ble.scanner.sight(CUFF))
    await here.heard(sighted.done, here.cuff)
    here.cuff.hangs = True
    for hangs in (True, False):
        here.cuff.hangs = hangs
        client = here.radio.client(sighted.result(), lambda _: None, 5.0)
        try:
            async with asyncio.timeout(0.3 if hangs else 5):
                await client.connect()
        except TimeoutError:
            assert hangs
            assert here.bluez.calls["Disconnect"] == 1
        else:
            await client.disconnect()
            assert here.bluez.calls["Disconnect"] == 2


@pytest.mark.parametrize("error", ["NotReady", "InProgress", "Failed"])
async def test_a_start_that_is_refused_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    """The adapter is off, or somebody else's discovery is in the way: again after a second."""
    async with dbus_daemon(tmp_path) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        async with mock_bluez() as bluez:
            bluez.refuse("StartDiscovery", error)
            here = Box(bluez)
            async with living(here.ble):
                await until(lambda: bluez.calls["StartDiscovery"] == 1)
                assert not bluez.discovering
                await here.in_time(lambda: bluez.discovering)
                await here.heard(lambda: len(here.queue) > 0)
                assert not here.faults.told


async def test_an_adapter_that_is_switched_off_is_a_fault_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`NotReady` at every start: told after three tries, and told again when it is over."""
    async with dbus_daemon(tmp_path) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        async with mock_bluez() as bluez:
            bluez.powered = False
            here = Box(bluez, "hci0")
            async with living(here.ble):
                await here.in_time(lambda: here.faults.gone == [True])
                assert here.ble.scanner._failed_starts >= TRIES_BEFORE_FAULT
                bluez.powered = True
                await here.in_time(lambda: bluez.discovering)
                await here.heard(lambda: len(here.queue) > 0)
                await here.in_time(lambda: len(here.faults.gone) > 1)
                assert here.faults.gone == [True, False]


async def test_a_discovery_that_falls_silent_is_started_anew(here: Box) -> None:
    """No error, no advert: after a minute a new scanner, which hears at once."""
    await here.heard(lambda: len(here.queue) > 0)
    await here.queue.get_batch(100)
    await until(lambda: here.clock.sleepers > 0)
    await here.clock.advance(5_000)
    here.bluez.stalled = True
    starts = here.bluez.calls["StartDiscovery"]
    here.bluez.say(here.tag, service={FCD2: b"\x40"})
    for _ in range(SILENT_AFTER_MS // 5_000 + 1):
        await here.clock.advance(5_000)
        await asyncio.sleep(0.01)
    await until(lambda: here.bluez.calls["StartDiscovery"] == starts + 1)
    await here.heard(lambda: len(here.queue) > 0)
    assert here.ble.scanner.rebuilds == 1


async def test_a_restarted_service_is_scanned_with_again(here: Box) -> None:
    """The daemon dies and comes back: the old scanner hears nothing for ever, a new one does."""
    await here.heard(lambda: len(here.queue) > 0)
    await here.queue.get_batch(100)
    await here.bluez.stop()
    await here.bluez.start()
    here.bluez.say(here.tag, service={FCD2: b"\x40"})
    assert not here.bluez.discovering
    for _ in range(2 * SILENT_AFTER_MS // 5_000):
        await here.clock.advance(5_000)
        await asyncio.sleep(0.01)
    await until(lambda: here.bluez.discovering)
    await here.heard(lambda: len(here.queue) > 0)
    assert here.ble.scanner.rebuilds >= 1


async def test_a_service_that_dies_in_a_session_ends_the_session_only(here: Box) -> None:
    """The link's end is never told; the session's own bounds end it, and the scanner comes back."""
    here.ble.sessions.enrol({"bp-1": PLAN})
    dead = asyncio.Event()
    here.cuff.subscribed = lambda _: dead.set()
    async with here.advertising(here.cuff):
        async with asyncio.timeout(5):
            await dead.wait()
    await here.bluez.stop()
    counts = here.ble.sessions.counts
    await until(lambda: counts.completed + counts.failed + counts.link_lost == 1)
    await here.bluez.start()
    for _ in range(2 * SILENT_AFTER_MS // 5_000):
        await here.clock.advance(5_000)
        await asyncio.sleep(0.01)
    await here.heard(lambda: len(here.queue) > 1)


async def test_a_bus_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No D-Bus at all: an error of the radio, which the callers know how to take."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    with pytest.raises(OSError, match="No such file"):
        await BluezRadio().is_bonded(CUFF)
