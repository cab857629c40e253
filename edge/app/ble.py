"""The home's radio: scanner and GATT sessions over whichever backend the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import structlog

from edge.app.drivers import is_urgent
from edge.domain import Device
from edge.drivers import DRIVERS, shape_of
from edge.drivers.base import BY_RADIO, Shape
from edge.errors import TransportError
from edge.events import Fault
from edge.locale.refusing import worded
from edge.ports import Clock
from edge.transports.ble.gatt import GattSessions
from edge.transports.ble.pairing import PairingContext, PairingLimits, Passkey, Tell, pair
from edge.transports.ble.scanner import RADIO_ERRORS, Listed, Scanner, error_kind
from edge.transports.lanes import LaneQueue

if TYPE_CHECKING:
    from edge.transports.ble.radio import Radio

log = structlog.get_logger()

# One question to the Bluetooth daemon; a busy one answers within a second.
BOND_WITHIN_S = 2.0


class Ble:
    """Scanner and sessions over one radio."""

    def __init__(
        self,
        radio: Radio,
        queue: LaneQueue,
        clock: Clock,
        *,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
        state_of: Callable[[str], bytes] = lambda _: b"",
        pairing: PairingLimits | None = None,
    ) -> None:
        self.radio = radio
        self.scanner = Scanner(
            radio, queue, clock, on_fault=on_fault, beat=beat, on_invitation=self._invited
        )
        self.sessions = GattSessions(
            radio, self.scanner.paused, queue, clock, beat=beat, state_of=state_of
        )
        self._device_at: dict[str, str] = {}
        self._pairing = asyncio.Lock()  # a person has two hands
        self._context = PairingContext(
            radio,
            self.scanner.paused,
            self.sessions.linking,
            self.scanner.sight,
            pairing or PairingLimits(),
        )

    def _invited(self, device: str, found: object) -> None:
        self.sessions.invited(device, found)  # type: ignore[arg-type]  # bleak's BLEDevice

    def enrol(self, devices: Iterable[Device]) -> None:
        """Listen for these and no others."""
        known = [d for d in devices if shape_of(d) in BY_RADIO]
        self._device_at = {d.address: d.id for d in known}
        self.scanner.enrol(
            {
                d.address: Listed(
                    device=d.id,
                    alarm=is_urgent(d),
                    connect=DRIVERS[d.driver].shape is Shape.GATT,
                )
                for d in known
            }
        )
        plans = {d.id: DRIVERS[d.driver].plan for d in known}
        self.sessions.enrol(
            {device: plan for device, plan in plans.items() if plan is not None},
            alarms=[d.id for d in known if is_urgent(d)],
        )

    async def pair(self, address: str, tell: Tell, passkey: Passkey | None = None) -> None:
        """Bond with a device, enrolled or not, while `run` is running; see `transports.pairing`.

        Raises TransportError with the mend, also when another pairing is going on.
        """
        if self._pairing.locked():
            raise worded(TransportError, "pairing_goes_on")
        async with self._pairing, self.sessions.reserved(address.upper()):
            await pair(self._context, address.upper(), tell=tell, passkey=passkey)
        device = self._device_at.get(address.upper())
        if device is not None:
            self.sessions.paired(device)

    async def is_bonded(self, address: str) -> bool:
        """Whether the radio holds keys of it; a radio that does not answer holds none."""
        try:
            async with asyncio.timeout(BOND_WITHIN_S):
                return await self.radio.is_bonded(address)
        except (*RADIO_ERRORS, TransportError):
            return False

    async def unpair(self, address: str) -> bool:
        """Forget a device's keys, on our side; the device keeps its own until it is told.

        False when the radio does not answer: they are kept there.
        """
        try:
            async with asyncio.timeout(BOND_WITHIN_S):
                await self.radio.unpair(address)
        except (*RADIO_ERRORS, TransportError) as error:
            log.warning("bond_kept", error=error_kind(error))
            return False
        return True

    async def run(self) -> None:
        """Scan and hold sessions until cancelled; gives the radio back at the end."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.scanner.run(), name="ble-scanner")
                tasks.create_task(self.sessions.run(), name="ble-sessions")
        finally:
            await self.radio.close()
