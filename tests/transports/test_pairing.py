"""Pairing with virtual devices: real SMP over HCI, from the first look to the power cycle."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from bleak.exc import BleakError

from edge.app.ble import Ble
from edge.clock import SystemClock
from edge.drivers.base import GattPlan
from edge.errors import TransportError
from edge.sim.burst import Thermometer
from edge.transports.ble.backends import open_radio
from edge.transports.ble.pairing import PairingLimits
from edge.transports.ble.scanner import Listed
from edge.transports.lanes import LaneQueue
from tests.transports.fakes import Beats, Faults
from tests.transports.virtual import air_with_radio, living, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from edge.transports.ble.radio import Radio

ADDRESS = "C4:00:00:00:00:21"
STEPS = [
    "looking",
    "found",
    "connecting",
    "pairing",
    "bonded",
    "reading",
    "power_cycle",
    "reconnecting",
    "verified",
]
LIMITS = PairingLimits(
    look_s=4, pause_s=4, connect_s=2, pair_s=4, passkey_s=4, step_s=2, off_s=0.25, power_cycle_s=4
)
MEASUREMENT = "00002a1c-0000-1000-8000-00805f9b34fb"
PLAN = GattPlan(service="", subscribe=(MEASUREMENT,), quiet_s=0.3, bonded=True)


class Room:
    """A gateway's radio and a thermometer that shows nothing without a bond."""

    def __init__(self, air: object, backend: str, limits: PairingLimits = LIMITS) -> None:
        self.said: list[str] = []
        self.told: list[tuple[str, dict[str, str]]] = []
        self.device = Thermometer(air, ADDRESS, "Therm", self.said.append)  # type: ignore[arg-type]
        self.device.bonded = True
        self.queue = LaneQueue()
        self.radio: Radio = open_radio(backend)
        clock = SystemClock("UTC", trusted=True)
        self.ble = Ble(
            self.radio, self.queue, clock, on_fault=Faults(), beat=Beats(), pairing=limits
        )

    @property
    def steps(self) -> list[str]:
        return [step for step, _ in self.told]

    def tell(self, step: str, **params: str) -> None:
        self.told.append((step, params))

    async def cycle_power(self) -> None:
        """The installer's hands: batteries out, and in again when the gateway has missed it."""
        await until(lambda: "power_cycle" in self.steps)
        await self.device.power(on=False)
        await asyncio.sleep(LIMITS.off_s * 2)
        await self.device.power(on=True)


@asynccontextmanager
async def room(limits: PairingLimits = LIMITS) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        air, backend = await stack.enter_async_context(air_with_radio())
        here = Room(air, backend, limits)
        await stack.enter_async_context(living(here.device))
        await stack.enter_async_context(living(here.ble))
        yield here


async def test_a_bond_is_made_used_and_proved_by_a_power_cycle() -> None:
    """Every step in its order; the bond is there at the end, and the device out of its mode."""
    async with room() as here:
        here.device.pairing_mode()
        hands = asyncio.create_task(here.cycle_power())
        await here.ble.pair(ADDRESS, here.tell)
        await hands
        assert here.steps == STEPS
        assert await here.radio.is_bonded(ADDRESS)
        assert not here.device.pairing
        assert here.said.count("pairing") == 1  # the reconnection needed none


async def test_a_passkey_is_asked_for_and_a_wrong_one_leaves_no_bond() -> None:
    """The person types in what the device shows; who guesses is told so, and nothing is kept."""
    async with room() as here:
        here.device.passkey = 123_456
        here.device.pairing_mode()

        async def mistaken() -> int:
            return 654_321

        with pytest.raises(TransportError, match="pairing mode"):
            await here.ble.pair(ADDRESS, here.tell, mistaken)
        assert not await here.radio.is_bonded(ADDRESS)
        assert here.steps == ["looking", "found", "connecting", "pairing", "passkey"]
        here.told.clear()

        async def read() -> int:
            await until(lambda: "shows 123456" in here.said)
            return 123_456

        here.device.pairing_mode()
        hands = asyncio.create_task(here.cycle_power())
        await here.ble.pair(ADDRESS, here.tell, read)
        await hands
        assert here.steps == [*STEPS[:4], "passkey", *STEPS[4:]]


async def test_a_device_that_is_not_there_is_named_with_the_mend() -> None:
    """Nothing advertises: the installer hears what to do, after the bound and not for ever."""
    async with room(PairingLimits(look_s=0.2)) as here:
        with pytest.raises(TransportError, match="not heard"):
            await here.ble.pair(ADDRESS, here.tell)
        assert here.steps == ["looking"]


async def test_a_device_outside_its_pairing_mode_refuses_and_no_half_bond_stays() -> None:
    """It advertises a measurement, but its button was not held."""
    async with room() as here:
        here.device.measure(36.6)
        with pytest.raises(TransportError, match="pairing mode"):
            await here.ble.pair(ADDRESS, here.tell)
        assert not await here.radio.is_bonded(ADDRESS)
        assert here.steps[-1] == "pairing"
        assert here.device.stored == 1


async def test_a_bond_that_works_only_once_is_found_out_and_removed() -> None:
    """The device forgets its keys with its batteries: the completion test is there for that."""
    limits = PairingLimits(look_s=1, connect_s=2, step_s=2, off_s=LIMITS.off_s)
    async with room(limits) as here:
        here.device.pairing_mode()

        async def forgetful() -> None:
            await until(lambda: "power_cycle" in here.steps)
            await here.device.power(on=False)
            await here.device.forget_bonds()
            await asyncio.sleep(LIMITS.off_s * 2)
            await here.device.power(on=True)

        hands = asyncio.create_task(forgetful())
        with pytest.raises(TransportError, match="does not know the gateway"):
            await here.ble.pair(ADDRESS, here.tell)
        await hands
        assert here.steps[-1] == "reconnecting"
        assert not await here.radio.is_bonded(ADDRESS)


async def test_a_person_who_walks_away_leaves_a_bond_that_is_not_tested() -> None:
    """No power cycle: the bond may be good, so it stays, and the command says what is missing."""
    limits = PairingLimits(look_s=4, connect_s=2, step_s=2, off_s=0.2, power_cycle_s=0.6)
    async with room(limits) as here:
        here.device.pairing_mode()
        with pytest.raises(TransportError, match="not tested"):
            await here.ble.pair(ADDRESS, here.tell)
        assert await here.radio.is_bonded(ADDRESS)


async def test_only_one_pairing_at_a_time() -> None:
    """Two installers, one agent: the second is told to wait."""
    async with room() as here:
        first = asyncio.create_task(here.ble.pair(ADDRESS, here.tell))
        await until(lambda: here.steps == ["looking"])
        with pytest.raises(TransportError, match="another device"):
            await here.ble.pair("C4:00:00:00:00:22", here.tell)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        here.device.measure(36.6)
        with pytest.raises(TransportError, match="pairing mode"):  # the way is free again
            await here.ble.pair(ADDRESS, here.tell)


async def test_a_plan_that_needs_a_bond_is_tried_only_with_one() -> None:
    """Unbonded: no connection at all. Bonded: the link is encrypted and the readings come."""
    async with room() as here:
        here.ble.sessions.enrol({"temp-1": PLAN})
        here.ble.scanner.enrol({ADDRESS: Listed("temp-1", connect=True)})
        here.device.measure(36.6)
        await until(lambda: here.ble.sessions.counts.unbonded > 0)
        assert here.ble.sessions.counts.sessions == 0
        here.device.pairing_mode()
        hands = asyncio.create_task(here.cycle_power())
        await here.ble.pair(ADDRESS, here.tell)
        await hands
        here.ble.sessions._past.clear()  # ten seconds later
        await until(lambda: here.device.stored == 0)
        await until(lambda: here.ble.sessions.counts.completed == 1)
        (heard,) = await here.queue.get_batch(10)
        assert heard.device == "temp-1"


async def test_unpairing_forgets_our_keys_and_nothing_else_happens_twice() -> None:
    """After it the device has to be paired anew; a second time is harmless."""
    async with room() as here:
        here.device.pairing_mode()
        hands = asyncio.create_task(here.cycle_power())
        await here.ble.pair(ADDRESS, here.tell)
        await hands
        await here.ble.unpair(ADDRESS)
        assert not await here.radio.is_bonded(ADDRESS)
        await here.ble.unpair(ADDRESS)


async def test_a_link_that_breaks_while_pairing_is_an_error_with_a_mend() -> None:
    """Out of range at the worst moment: no bond, no hanging command."""
    async with room() as here:
        here.device.passkey = 1
        here.device.pairing_mode()

        async def leave() -> int:
            await here.device.drop_link()
            return 1

        with pytest.raises(TransportError, match="try again"):
            await here.ble.pair(ADDRESS, here.tell, leave)
        assert not await here.radio.is_bonded(ADDRESS)


async def test_the_values_of_a_bonded_device_are_closed_to_an_open_link() -> None:
    """What the tests above stand on: without a bond the virtual device shows nothing."""
    async with room() as here:
        here.device.measure(36.6)
        found = await here.ble.scanner.sight(ADDRESS)
        client = here.radio.client(found, lambda _: None, 2.0)
        async with here.ble.scanner.paused():
            await client.connect()
        with pytest.raises(BleakError, match="Insufficient"):
            await client.read_gatt_char("00002a19-0000-1000-8000-00805f9b34fb")
        await client.disconnect()
