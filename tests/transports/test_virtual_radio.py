"""bleak's own classes over Bumble: adverts, sessions, stored bursts, link loss, pairing."""

from __future__ import annotations

import asyncio
import struct
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError, BleakGATTProtocolError

from edge.drivers.base import Advert, GattPlan, Notification
from edge.errors import TransportError
from edge.sim import encode
from edge.sim.cuff import Cuff
from edge.transports.ble.backends import open_radio
from edge.transports.ble.gatt_session import GattLimits
from edge.transports.ble.scanner import Listed
from tests.transports.virtual import Receiver, air_with_radio, collect, living, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bleak.backends.device import BLEDevice

    from edge.sim.air import Air
    from edge.transports.lanes import Heard

ADDRESS = "C4:00:00:00:00:07"
OTHER = "C4:00:00:00:00:08"
MEASUREMENT = "00002a35-0000-1000-8000-00805f9b34fb"
FEATURE = "00002a49-0000-1000-8000-00805f9b34fb"
MODEL = "00002a24-0000-1000-8000-00805f9b34fb"
TIME = "00002a2b-0000-1000-8000-00805f9b34fb"
CCCD = "00002902-0000-1000-8000-00805f9b34fb"
SERVICE = "00001810-0000-1000-8000-00805f9b34fb"
PLAN = GattPlan(
    service=SERVICE, write_time=True, read=(FEATURE,), subscribe=(MEASUREMENT,), quiet_s=0.4
)
CUFF_TABLE = {ADDRESS: Listed("bp-1", connect=True)}


def systolics(frames: list[Notification]) -> list[int]:
    return [
        struct.unpack_from("<H", frame.value, 1)[0]
        for frame in frames
        if frame.characteristic == MEASUREMENT
    ]


class Stage:
    """A cuff on the air and a receiver that is enrolled to it."""

    def __init__(self, air: Air, backend: str, plan: GattPlan = PLAN) -> None:
        self.air = air
        self.log: list[str] = []
        self.cuff = Cuff(air, ADDRESS, "Cuff", self.log.append)
        self.receiver = Receiver(
            backend, CUFF_TABLE, {"bp-1": plan}, GattLimits(connect_s=2, step_s=2, prepare_s=5)
        )

    async def heard(self, measurements: int) -> list[Notification]:
        """Wait for that many different measurements; an unconfirmed one comes twice."""
        got = await collect(
            self.receiver.queue,
            lambda got: len(set(systolics(_notifications(got)))) >= measurements,
        )
        return _notifications(got)


def _notifications(got: list[Heard]) -> list[Notification]:
    return [heard.frame for heard in got if isinstance(heard.frame, Notification)]


@asynccontextmanager
async def stage(plan: GattPlan = PLAN) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        air, backend = await stack.enter_async_context(air_with_radio())
        scene = Stage(air, backend, plan)
        await stack.enter_async_context(living(scene.cuff))
        await stack.enter_async_context(scene.receiver.running())
        yield scene


async def test_adverts_of_every_form_arrive_as_bleak_gives_them() -> None:
    """Service data, manufacturer data and name come through HCI, Bumble and bleak unchanged."""
    async with air_with_radio() as (air, backend):
        receiver = Receiver(backend, {ADDRESS: Listed("a"), OTHER: Listed("b", alarm=True)})
        async with receiver.running():
            await until(lambda: bool(air.link.controllers))
            ruuvi = encode.ruuvi_df5(
                address=ADDRESS, sequence=205, temperature_c=24.3, humidity_pct=53.49
            )
            plain = encode.bthome_plain({0x00: b"\x07", 0x29: b"\x01"})

            def say() -> bool:
                air.say(ADDRESS, encode.ruuvi_advert(ruuvi))
                air.say(OTHER, encode.bthome_advert(plain))
                air.say("C4:00:00:00:00:09", encode.bthome_advert(plain))
                return len(receiver.queue) >= 2

            await until(say)
            first, *_, last = await receiver.queue.get_batch(100)
    assert (first.device, last.device) == ("b", "a")
    assert isinstance(first.frame, Advert)
    assert first.frame.service == {"0000fcd2-0000-1000-8000-00805f9b34fb": plain}
    assert isinstance(last.frame, Advert)
    assert last.frame.manufacturer == {0x0499: ruuvi}
    assert last.frame.address == ADDRESS
    assert receiver.scanner.strangers > 0


async def test_stored_measurements_are_collected_in_one_session() -> None:
    """Everything the cuff has kept comes after the subscription; its clock is set first."""
    async with stage() as scene:
        for systolic in (138, 141, 129):
            scene.cuff.measure(systolic, 84, 66)
        frames = await scene.heard(3)
        await until(lambda: scene.receiver.sessions.counts.completed == 1)
        assert systolics(frames) == [138, 141, 129]
        assert [f.value for f in frames if f.characteristic == FEATURE] == [b"\x00\x00"]
        assert scene.cuff.stored == 0
        assert scene.log[0].startswith("clock set to ")
        assert scene.receiver.sessions.counts.sessions == 1


async def test_scanning_goes_on_while_a_session_waits_for_more() -> None:
    """Only connecting pauses the scanner: a press during the session is heard at once."""
    async with stage() as scene:
        scene.receiver.scanner.enrol({**CUFF_TABLE, OTHER: Listed("button", alarm=True)})
        scene.cuff.measure(120, 80, 60)
        await scene.heard(1)
        assert scene.receiver.sessions.counts.completed == 0
        scene.air.say(OTHER, encode.bthome_advert(b"\x40\x3a\x01"))
        press = await collect(scene.receiver.queue, lambda got: len(got) > 0)
        assert [heard.device for heard in press] == ["button"]
        await until(lambda: scene.receiver.sessions.counts.completed == 1)


async def test_link_loss_in_the_middle_is_counted_and_the_rest_comes_at_the_next_advert() -> None:
    """What was heard is kept, the link's loss is counted, and nothing stored is lost."""
    async with stage() as scene:
        for systolic in range(120, 140):
            scene.cuff.measure(systolic, 84, 66)
        first = set(systolics(await scene.heard(3)))
        assert len(first) < 20
        await scene.cuff.drop_link()
        await until(lambda: scene.receiver.sessions.counts.link_lost == 1)
        scene.receiver.sessions._past.clear()  # two seconds later
        rest = await collect(
            scene.receiver.queue,
            lambda got: len(first | set(systolics(_notifications(got)))) == 20,
        )
        assert max(systolics(_notifications(rest))) == 139
        await until(lambda: scene.receiver.sessions.counts.completed == 1)
        assert scene.receiver.sessions.counts.link_lost == 1


async def test_a_cuff_that_never_answers_costs_its_bound_and_the_scanner_goes_on() -> None:
    """An invitation without a device behind it: a failed session, then adverts again."""
    async with air_with_radio() as (air, backend):
        table = {ADDRESS: Listed("bp-1", connect=True), OTHER: Listed("climate")}
        limits = GattLimits(connect_s=0.3, step_s=0.5, prepare_s=1)
        receiver = Receiver(backend, table, {"bp-1": PLAN}, limits)
        async with receiver.running():

            def invite() -> bool:
                air.say(ADDRESS, encode.cuff_advert("Ghost"))
                return receiver.sessions.counts.sessions == 1

            await until(invite)
            await until(lambda: receiver.sessions.counts.failed == 1)

            def speak() -> bool:
                air.say(OTHER, encode.bthome_advert(b"\x40\x01\x61"))
                return len(receiver.queue) > 0

            await until(speak)
        assert not receiver.faults.told


@pytest.mark.parametrize("adverts", [1, 100])
async def test_a_failed_connection_does_not_spoil_the_next_one(adverts: int) -> None:
    """A ghost that answers nothing, or is gone at once, and then the real cuff in its place."""
    async with air_with_radio() as (air, backend):
        limits = GattLimits(connect_s=0.3, step_s=1, prepare_s=3)
        receiver = Receiver(backend, CUFF_TABLE, {"bp-1": PLAN}, limits)
        async with receiver.running():
            said = 0

            def invite() -> bool:
                nonlocal said
                if receiver.scanner.adverts < adverts and said < 1000:
                    air.say(ADDRESS, encode.cuff_advert("Ghost"))
                    said += 1
                return receiver.sessions.counts.failed == 1

            await until(invite)
            receiver.sessions._past.clear()  # two seconds later
            cuff = Cuff(air, ADDRESS, "Cuff", lambda _: None)
            async with living(cuff):
                cuff.measure(131, 81, 61)
                got = await collect(
                    receiver.queue, lambda got: bool(systolics(_notifications(got)))
                )
                assert systolics(_notifications(got)) == [131]


async def test_a_device_without_the_characteristic_is_a_failed_session() -> None:
    """A driver that does not fit its device is counted, not fatal."""
    plan = GattPlan(service=SERVICE, subscribe=("0000ffff-0000-1000-8000-00805f9b34fb",))
    async with stage(plan) as scene:
        scene.cuff.measure(120, 80, 60)
        await until(lambda: scene.receiver.sessions.counts.failed == 1)
        assert scene.cuff.stored == 1


async def test_a_completed_session_is_not_repeated_at_every_advert() -> None:
    """After a burst the device is left alone for its cool-down, whatever it advertises."""
    async with stage() as scene:
        scene.cuff.measure(120, 80, 60)
        await scene.heard(1)
        await until(lambda: scene.receiver.sessions.counts.completed == 1)
        scene.cuff.measure(121, 80, 60)
        await asyncio.sleep(0.5)
        assert scene.receiver.sessions.counts.sessions == 1


async def test_a_lost_controller_is_opened_anew() -> None:
    """The virtual home was restarted: the next start gets a new line and a new controller."""
    async with AsyncExitStack() as stack:
        air, backend = await stack.enter_async_context(air_with_radio())
        receiver = Receiver(backend, {OTHER: Listed("climate")})
        await stack.enter_async_context(receiver.running())
        await until(lambda: len(air.link.controllers) == 1)
        await receiver.radio.close()
        await until(lambda: not air.link.controllers)
        async with receiver.scanner.paused():
            pass
        assert await _rescued(receiver, air)


async def _rescued(receiver: Receiver, air: Air) -> bool:
    def speak() -> bool:
        air.say(OTHER, encode.bthome_advert(b"\x40\x01\x61"))
        return len(receiver.queue) > 0

    await until(speak)
    return True


async def test_no_controller_is_a_failed_start_not_a_crash(free_port: int) -> None:
    """Nobody listens at the configured transport: tried again, like a missing adapter."""
    receiver = Receiver(f"bumble:tcp-client:127.0.0.1:{free_port}", {})
    async with receiver.running():
        await asyncio.sleep(0.1)
        assert receiver.beats.count["ble"] >= 1


async def _found(backend: str) -> tuple[object, BLEDevice]:
    radio = open_radio(backend)
    seen: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

    def detected(found: BLEDevice, _: object) -> None:
        if found.address == ADDRESS and not seen.done():
            seen.set_result(found)

    scanner: BleakScanner = radio.scanner(detected)
    await scanner.start()
    try:
        found = await asyncio.wait_for(seen, 5)
    finally:
        await scanner.stop()
    assert scanner.discovered_devices == []
    return radio, found


async def test_the_client_is_a_whole_bleak_client() -> None:
    """Name, MTU, reads, descriptors, writes, notifications on and off; errors are BleakError."""
    async with air_with_radio() as (air, backend):
        cuff = Cuff(air, ADDRESS, "Cuff", lambda _: None)
        async with living(cuff):
            cuff.measure(120, 80, 60)
            radio, found = await _found(backend)
            lost = asyncio.Event()
            client: BleakClient = radio.client(found, lambda _: lost.set(), 2.0)  # type: ignore[attr-defined]
            with pytest.raises(BleakError):
                _ = client.mtu_size
            await client.connect()
            assert client.is_connected
            assert client.name == "Cuff"
            assert client.mtu_size >= 23
            assert bytes(await client.read_gatt_char(MODEL)) == b"Virtual cuff"
            measurement = client.services.get_characteristic(MEASUREMENT)
            assert measurement is not None
            assert measurement.properties == ["indicate"]
            assert measurement.max_write_without_response_size == client.mtu_size - 3
            cccd = measurement.get_descriptor(CCCD)
            assert cccd is not None
            assert bytes(await client.read_gatt_descriptor(cccd)) == b"\x00\x00"
            got: asyncio.Queue[bytes] = asyncio.Queue()
            await client.start_notify(MEASUREMENT, lambda _, value: got.put_nowait(bytes(value)))
            assert struct.unpack_from("<H", await asyncio.wait_for(got.get(), 2), 1) == (120,)
            await client.stop_notify(MEASUREMENT)
            with pytest.raises(BleakGATTProtocolError):
                await client.write_gatt_char(TIME, b"too short", response=True)
            await client.write_gatt_char(TIME, bytes.fromhex("ea070302090000010000"), response=True)
            assert bytes(await client.read_gatt_char(TIME))[:4] == bytes.fromhex("ea070302")
            await client.disconnect()
            await asyncio.wait_for(lost.wait(), 2)
            with pytest.raises(BleakError):
                await client.read_gatt_char(MODEL)
            await radio.close()  # type: ignore[attr-defined]


async def test_a_link_that_breaks_during_a_read_is_an_error_and_no_cancellation() -> None:
    """Bumble cancels what waits on a lost link; the session's task must not end by it."""
    async with air_with_radio() as (air, backend):
        cuff = Cuff(air, ADDRESS, "Cuff", lambda _: None)
        async with living(cuff):
            cuff.measure(120, 80, 60)
            radio, found = await _found(backend)
            client: BleakClient = radio.client(found, lambda _: None, 2.0)  # type: ignore[attr-defined]
            await client.connect()
            dropping = asyncio.create_task(cuff.drop_link())
            with pytest.raises(BleakError):
                await _read_for_ever(client)
            await dropping
            await radio.close()  # type: ignore[attr-defined]


async def _read_for_ever(client: BleakClient) -> None:
    while True:
        await client.read_gatt_char(MODEL)


async def test_pairing_goes_through() -> None:
    """LE pairing with a virtual device, as an installer's command will ask for it."""
    async with air_with_radio() as (air, backend):
        cuff = Cuff(air, ADDRESS, "Cuff", lambda _: None)
        async with living(cuff):
            cuff.measure(120, 80, 60)
            radio, found = await _found(backend)
            client: BleakClient = radio.client(found, lambda _: None, 2.0)  # type: ignore[attr-defined]
            await client.connect()
            await client.pair()
            await client.disconnect()
            await radio.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("backend", ["bluetooth", "bumble:", "bluez:hci0", ""])
def test_an_unknown_backend_is_refused_with_the_mend(backend: str) -> None:
    """A typing error in the configuration is named, not tried."""
    with pytest.raises(TransportError, match="bluez"):
        open_radio(backend)
