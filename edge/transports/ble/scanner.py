"""The BLE scanner: callback to lane, and a watchdog that rebuilds a scanner gone mute.

After a restart of bluetoothd a bleak scanner gets no callback for ever, raises
nothing, and its `stop()` fails ("No discovery started"); bluez/bluez #1554 is
the same silence without a restart. Only a new scanner helps, so silence is
measured and a failing `stop()` is expected.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import structlog
from bleak.exc import BleakError

from edge.domain import Record
from edge.drivers.advert.noise import is_noise
from edge.drivers.base import Advert
from edge.events import Fault, FaultKind
from edge.ports import Clock
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.trouble import Trouble

if TYPE_CHECKING:
    from bleak import BleakScanner
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from edge.transports.ble.radio import Radio

log = structlog.get_logger()

LOOP = "ble"

# No advertisement of anybody, neighbours' telephones included, since the later of start and last
# one. A flat is never that quiet; habluetooth waits 90 s, an alarm button should wait less.
SILENT_AFTER_MS = 60_000
# Scanners in a row that brought nothing before a person is told: three minutes of a dead radio.
TRIES_BEFORE_FAULT = 3
# How often silence is looked at. Costs a counter compare.
LOOK_EVERY_MS = 5_000
# A start that fails is tried again after 1, 2, 4 ... s: bluetoothd is up seconds after its crash,
# a missing adapter stays missing, and both must be found within half a minute.
RETRY_FIRST_MS = 1_000
RETRY_MAX_MS = 30_000

# What bleak, D-Bus and a virtual radio raise when the radio, its daemon or the line to it fails.
RADIO_ERRORS = (BleakError, OSError, EOFError)


class Listed(Record, frozen=True):
    """How the scanner treats one enrolled address."""

    device: str
    alarm: bool = False  # its frames go to the alarm lane
    connect: bool = False  # its advertisement is an invitation to connect, not a reading


class ScannerLimits(msgspec.Struct, frozen=True):
    """Bounds of a single call to the radio, in seconds (habluetooth's figures)."""

    start_s: float = 15.0
    stop_s: float = 5.0


class Scanner:
    """Hears enrolled devices. Strangers are counted, never queued and never kept."""

    def __init__(
        self,
        radio: Radio,
        queue: LaneQueue,
        clock: Clock,
        *,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
        on_invitation: Callable[[str, BLEDevice], None] | None = None,
        limits: ScannerLimits | None = None,
    ) -> None:
        self.adverts = 0  # everybody's: the watchdog's pulse
        self.strangers = 0
        self.noise = 0  # of our own addresses: what holds nothing that could be a reading
        self.rebuilds = 0
        # Sees every advertisement with its service UUIDs while an installer looks around, and is
        # None otherwise: strangers are for that person's eyes, and never kept by us.
        self.onlooker: Callable[[Advert, tuple[str, ...]], None] | None = None
        self._radio = radio
        self._queue = queue
        self._clock = clock
        self._beat = beat
        self._on_invitation = on_invitation
        self._limits = limits or ScannerLimits()
        self._trouble = Trouble(FaultKind.RADIO, radio.name, on_fault)
        self._table: dict[str, Listed] = {}
        self._scanner: BleakScanner | None = None
        self._lock = asyncio.Lock()  # one start or stop at a time, and none while connecting
        self._closed = False
        self._sought: dict[str, asyncio.Future[BLEDevice]] = {}
        self._pulse = 0  # `adverts` when last looked at
        self._alive_ms = 0  # the later of start and last sign of life
        self._tries = 0  # starts and scanners in a row without an advertisement
        self._failed_starts = 0
        self._not_before_ms = 0

    def enrol(self, table: Mapping[str, Listed]) -> None:
        """Replace the table of addresses ("AA:BB:CC:DD:EE:FF") in one step, also while running."""
        self._table = {address.upper(): listed for address, listed in table.items()}

    async def run(self) -> None:
        """Scan until cancelled. No failure of the radio ends it."""
        try:
            while True:
                self._beat(LOOP)
                async with self._lock:
                    self._beat(LOOP)  # a connection may have held it for as long as a loop may wait
                    await self._keep_scanning()
                await self._clock.sleep_until(self._next_look_ms())
                self._look()
        finally:
            self._closed = True
            await self._stop()

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """No scanning inside this block: many adapters fail to connect while they scan."""
        async with self._lock:
            was_scanning = self._scanner is not None
            await self._stop()
            try:
                yield
            finally:
                if was_scanning and not self._closed:
                    await self._start()

    def hears(self, now_ms: int) -> bool:
        """Whether it scans, and heard somebody within the silence that it lets pass."""
        return self._scanner is not None and now_ms - self._alive_ms < SILENT_AFTER_MS

    async def sight(self, address: str) -> BLEDevice:
        """Wait, without a bound, for the next advertisement of this address, enrolled or not."""
        key = address.upper()
        sought = self._sought.get(key)
        if sought is None or sought.done():
            sought = self._sought[key] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.shield(sought)
        finally:
            self._sought.pop(key, None)

    def heard(self, found: BLEDevice, said: AdvertisementData) -> None:
        """Bleak's detection callback: one lookup for a stranger, one frame for a device of ours."""
        self.adverts += 1
        if self._sought:
            sought = self._sought.get(found.address)
            if sought is not None and not sought.done():
                sought.set_result(found)
        if self.onlooker is not None:
            self.onlooker(_advert(found, said), tuple(said.service_uuids))
        listed = self._table.get(found.address)
        if listed is None:
            self.strangers += 1
            return
        if listed.connect:
            if self._on_invitation is not None:
                self._on_invitation(listed.device, found)
            return
        if is_noise(said.manufacturer_data, said.service_data):
            self.noise += 1
            return
        frame = Heard(listed.device, _advert(found, said), self._clock.now())
        self._queue.put_nowait(frame, alarm=listed.alarm)

    def _now_ms(self) -> int:
        return self._clock.now().boottime_ms

    def _next_look_ms(self) -> int:
        look_ms = self._now_ms() + LOOK_EVERY_MS
        if self._scanner is None:
            return min(look_ms, self._not_before_ms)
        return min(look_ms, max(self._alive_ms + SILENT_AFTER_MS, self._now_ms() + 1))

    def _look(self) -> None:
        if self.adverts == self._pulse:
            return
        self._pulse = self.adverts
        self._alive_ms = self._now_ms()
        self._tries = 0
        self._trouble.back()

    async def _keep_scanning(self) -> None:
        now_ms = self._now_ms()
        if self._scanner is None:
            if now_ms >= self._not_before_ms:
                await self._start()
        elif now_ms - self._alive_ms >= SILENT_AFTER_MS:
            self.rebuilds += 1
            self._tried("silent")
            await self._stop()
            await self._start()

    async def _start(self) -> None:
        scanner = self._radio.scanner(self.heard)
        try:
            async with asyncio.timeout(self._limits.start_s):
                await scanner.start()
        except RADIO_ERRORS as error:
            self._failed_starts += 1
            wait_ms = min(RETRY_MAX_MS, RETRY_FIRST_MS << min(self._failed_starts - 1, 10))
            self._not_before_ms = self._now_ms() + wait_ms
            self._tried(f"start failed: {error_kind(error)}")
            await self._quietly_stop(scanner)
            return
        self._failed_starts = 0
        self._scanner = scanner
        self._alive_ms = self._now_ms()

    async def _stop(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            await self._quietly_stop(scanner)

    async def _quietly_stop(self, scanner: BleakScanner) -> None:
        """A dead scanner cannot be stopped: bounded, told to the log, and left behind."""
        try:
            async with asyncio.timeout(self._limits.stop_s):
                await scanner.stop()
        except RADIO_ERRORS as error:
            log.info("scanner_stop_failed", backend=self._radio.name, error=error_kind(error))

    def _tried(self, reason: str) -> None:
        self._tries += 1
        if not self._trouble.lost:
            log.warning(
                "scanner_rebuild", backend=self._radio.name, reason=reason, attempt=self._tries
            )
        if self._tries >= TRIES_BEFORE_FAULT:
            self._trouble.gone(reason)


def _advert(found: BLEDevice, said: AdvertisementData) -> Advert:
    return Advert(
        address=found.address,
        name=said.local_name,
        manufacturer=said.manufacturer_data,
        service=said.service_data,
        rssi_dbm=said.rssi,
    )


def error_kind(error: BaseException) -> str:
    """What failed, without the message: D-Bus puts radio addresses into its own."""
    name = getattr(error, "dbus_error", "")
    return f"{type(error).__name__} {name}".strip()
