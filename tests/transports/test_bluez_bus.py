"""The radio of a real gateway, unmodified, on a private bus with a BlueZ that has faults."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from edge.app.ble import Ble
from edge.drivers.base import Advert, GattPlan, Notification
from edge.errors import TransportError
from edge.transports.bluez import BluezRadio
from edge.transports.lanes import LaneQueue
from edge.transports.pairing import PairingLimits
from edge.transports.radio import Prompts
from edge.transports.scanner import SILENT_AFTER_MS, Listed
from tests.support.clock import FakeClock
from tests.support.dbus_daemon import dbus_daemon
from tests.support.mock_bluez import MockBluez, MockCharacteristic, MockDevice, mock_bluez
from tests.transports.fakes import Beats, Faults
from tests.transports.virtual import living, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

TAG = "C4:00:00:00:00:31"
CUFF = "C4:00:00:00:00:32"
FCD2 = "0000fcd2-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a35-0000-1000-8000-00805f9b34fb"
TIME = "00002a2b-0000-1000-8000-00805f9b34fb"
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"
PLAN = GattPlan(
    service="00001810-0000-1000-8000-00805f9b34fb",
    write_time=True,
    read=(BATTERY,),
    subscribe=(MEASUREMENT,),
    quiet_s=0.3,
)
LIMITS = PairingLimits(
    look_s=3, pause_s=3, connect_s=2, pair_s=3, passkey_s=3, step_s=2, off_s=0.3, power_cycle_s=3
)


class Box:
    """A gateway's whole radio side over the mocked service."""

    def __init__(self, bluez: MockBluez, adapter: str | None = None) -> None:
        self.bluez = bluez
        self.clock = FakeClock()
        self.queue = LaneQueue()
        self.faults = Faults()
        self.told: list[str] = []
        self.radio = BluezRadio(adapter)
        self.ble = Ble(
            self.radio,
            self.queue,
            self.clock,
            on_fault=self.faults,
            beat=Beats(),
            pairing=LIMITS,
        )
        self.tag = bluez.place(MockDevice(TAG, "Tag"))
        self.measurement = MockCharacteristic(MEASUREMENT, ["indicate"])
        self.cuff = bluez.place(
            MockDevice(
                CUFF,
                "Cuff",
                characteristics=[
                    self.measurement,
                    MockCharacteristic(
                        TIME, ["read", "write"], bytes.fromhex("ea0703020f00000100")
                    ),
                    MockCharacteristic(BATTERY, ["read"], b"\x5b"),
                ],
            )
        )
        self.ble.scanner.enrol({TAG: Listed("tag", alarm=True), CUFF: Listed("bp-1", connect=True)})
        self.ble.sessions.enrol({"bp-1": PLAN})

    def tell(self, step: str, **_: str) -> None:
        self.told.append(step)

    async def heard(self, true: Callable[[], bool], device: MockDevice | None = None) -> None:
        """Let a device advertise until something has happened."""

        def say() -> bool:
            if not true():
                self.bluez.say(device or self.tag, service={FCD2: b"\x40\x3a\x01"})
            return true()

        await until(say)

    @asynccontextmanager
    async def advertising(self, device: MockDevice) -> AsyncIterator[None]:
        async def go_on() -> None:
            while True:
                self.bluez.say(device)
                await asyncio.sleep(0.02)

        task = asyncio.create_task(go_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, adapter: str | None = None
) -> AsyncIterator[Box]:
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(dbus_daemon(tmp_path))
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        bluez = await stack.enter_async_context(mock_bluez())
        here = Box(bluez, adapter)
        await stack.enter_async_context(living(here.ble))
        yield here


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
    assert frames == [
        Notification(characteristic=BATTERY, value=b"\x5b", clock_offset_s=3600),
        *(
            Notification(
                characteristic=MEASUREMENT, value=value, clock_offset_s=3600, indicated=True
            )
            for value in (b"\x01", b"\x02", b"\x02")
        ),
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
    assert isinstance(frames[-1], Notification)
    assert frames[-1].value == b"\x01"
    here.cuff.subscribed = lambda one: here.bluez.notify(one, b"\x02")
    here.clock.pass_time(60_000)
    await here.heard(lambda: here.ble.sessions.counts.completed == 1, here.cuff)


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
    here.clock.pass_time(60_000)
    await here.heard(lambda: here.ble.sessions.counts.completed == 1, here.cuff)
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
                await until(lambda: here.clock.sleepers > 0)
                assert not bluez.discovering
                await here.clock.advance(1_000)
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
                for tries in range(1, 4):
                    await until(lambda n=tries: here.ble.scanner._failed_starts >= n)  # type: ignore[misc]
                    await until(lambda: here.clock.sleepers > 0)
                    await here.clock.advance(4_000)
                await until(lambda: here.faults.gone == [True])
                bluez.powered = True
                await here.clock.advance(30_000)
                await here.heard(lambda: len(here.queue) > 0)
                await here.clock.advance(5_000)
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


async def _pair(here: Box, passkey: int | None = None) -> None:
    """The cuff advertises but for the time when its batteries are out."""

    async def read() -> int:
        assert passkey is not None
        return passkey

    async def hands() -> None:
        async with here.advertising(here.cuff):
            await until(lambda: "power_cycle" in here.told)
        await asyncio.sleep(LIMITS.off_s * 2)
        async with here.advertising(here.cuff):
            await asyncio.Event().wait()

    busy = asyncio.create_task(hands())
    try:
        await here.ble.pair(CUFF, here.tell, None if passkey is None else read)
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)


async def test_pairing_has_an_agent_of_its_own_for_its_time_only(here: Box) -> None:
    """Registered, made the default, used for the one pairing, gone before the power cycle."""
    for characteristic in here.cuff.characteristics:
        characteristic.bonded = True
    assert not await here.radio.is_bonded(CUFF)
    await _pair(here)
    assert here.told[-2:] == ["reconnecting", "verified"]
    assert here.bluez.pairs == ["NoInputNoOutput"]
    assert here.bluez.calls["RequestDefaultAgent"] == 1
    assert here.bluez.agent is None
    assert here.cuff.paired
    assert await here.radio.is_bonded(CUFF)


async def test_the_agent_hands_the_passkey_over(here: Box) -> None:
    """The device shows six digits; the agent has a keyboard then, and asks the person."""
    here.cuff.passkey = 42
    await _pair(here, 42)
    assert here.bluez.pairs == ["KeyboardDisplay"]
    assert here.told[3:6] == ["pairing", "passkey", "bonded"]


REJECTED = "org.bluez.Error.Rejected"
PATH = "/org/bluez/hci0/dev_C4_00_00_00_00_32"
OTHER = "/org/bluez/hci0/dev_C4_00_00_00_00_31"


@pytest.mark.parametrize(
    "member, signature, body, error",
    [
        ("RequestPasskey", "o", [PATH], None),
        ("RequestPasskey", "o", [OTHER], REJECTED),
        ("RequestConfirmation", "ou", [PATH, 42], None),
        ("RequestConfirmation", "ou", [PATH, 43], REJECTED),
        ("DisplayPasskey", "ouq", [PATH, 7, 0], None),
        ("DisplayPasskey", "ouq", [PATH, 7, 1], None),
        ("DisplayPasskey", "ouq", [OTHER, 7, 0], REJECTED),
        ("RequestAuthorization", "o", [PATH], None),
        ("RequestAuthorization", "o", [OTHER], REJECTED),
        ("AuthorizeService", "os", [PATH, MEASUREMENT], None),
        ("AuthorizeService", "os", [OTHER, MEASUREMENT], REJECTED),
        ("RequestPinCode", "o", [PATH], REJECTED),
        ("Cancel", "", [], None),
        ("Release", "", [], None),
    ],
)
async def test_the_agent_answers_for_its_device_and_for_no_other(
    here: Box, member: str, signature: str, body: list[Any], error: str | None
) -> None:
    """Every question that BlueZ has; a number is shown once, however often it is said."""
    shown: list[int] = []

    async def ask() -> int:
        return 42

    async with here.radio.agent(CUFF, Prompts(ask, shown.append)):
        reply = await here.bluez.ask_agent(member, signature, body)
        assert reply is not None
        assert reply.error_name == error
        assert shown == ([7] if (member, error, body[-1:]) == ("DisplayPasskey", None, [0]) else [])
        if member == "RequestPasskey" and error is None:
            assert reply.body == [42]
    assert here.bluez.agent is None


async def test_without_a_person_the_agent_has_no_number_to_give(here: Box) -> None:
    """NoInputNoOutput: just works is all there is, for this device."""
    async with here.radio.agent(CUFF, None):
        for member in ("RequestPasskey", "RequestAuthorization"):
            reply = await here.bluez.ask_agent(member, "o", [PATH])
            assert reply is not None
            assert reply.error_name == (REJECTED if member == "RequestPasskey" else None)


async def test_a_number_that_is_no_passkey_is_not_handed_on(here: Box) -> None:
    """Seven digits: refused by us, not by the device."""

    async def ask() -> int:
        return 1_000_000

    async with here.radio.agent(CUFF, Prompts(ask, lambda _: None)):
        reply = await here.bluez.ask_agent("RequestPasskey", "o", [PATH])
        assert reply is not None
        assert reply.error_name == REJECTED


async def test_a_refused_agent_is_an_error_that_names_the_call(here: Box) -> None:
    """Another agent of ours is still there, or the bus's policy says no."""
    here.bluez.refuse("RegisterAgent", "AlreadyExists")
    with pytest.raises(TransportError, match="RegisterAgent"):
        async with here.radio.agent(CUFF, None):
            raise AssertionError("not reached")


async def test_a_wrong_passkey_leaves_nothing_behind(here: Box) -> None:
    """`AuthenticationFailed`: told with the mend; no bond and no agent stay."""
    here.cuff.passkey = 42
    with pytest.raises(TransportError, match="AuthenticationFailed"):
        await _pair(here, 43)
    assert not here.cuff.paired
    assert here.bluez.agent is None


async def test_a_stale_bond_is_removed_before_a_new_one_is_made(here: Box) -> None:
    """A device that is paired is not paired again; this one has forgotten, so the keys go first."""
    here.cuff.paired = True
    here.bluez.say(here.cuff)
    await _pair(here)
    assert here.bluez.calls["RemoveDevice"] == 1
    assert here.bluez.pairs == ["NoInputNoOutput"]


async def test_unpairing_is_harmless_for_a_device_that_is_not_known(here: Box) -> None:
    """Nothing to forget is no error; a bond that is there goes."""
    await here.ble.unpair(CUFF)
    assert here.bluez.calls["RemoveDevice"] == 0
    here.cuff.paired = True
    here.bluez.say(here.cuff)
    await here.ble.unpair(CUFF)
    assert not here.cuff.paired


async def test_a_bus_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No D-Bus at all: an error of the radio, which the callers know how to take."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    with pytest.raises(OSError, match="No such file"):
        await BluezRadio().is_bonded(CUFF)
