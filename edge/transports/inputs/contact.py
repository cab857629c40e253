"""Contacts on the input lines of one port: opened, watched from a thread, reopened by name.

The thread samples whatever the event loop does. A pulse that it may have slept through is in
the kernel: as counted edges (modem lines) or as queued ones (GPIO). A port that disappears is a
fault of the line, and never a word of a contact: what its lines fall to is not told.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import termios
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from edge.domain import Instant, Record
from edge.drivers.base import ContactFrame
from edge.drivers.inputs.contact import REPORT_EVERY_S
from edge.events import Fault, FaultKind
from edge.ports import Clock
from edge.transports.inputs.contact_level import ContactInput, Sample, Watch
from edge.transports.inputs.gpio_lines import GpioInput, GpioPort
from edge.transports.inputs.input_port import InputPort
from edge.transports.inputs.modem_lines import ModemPort
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.lines.port_names import presence
from edge.transports.reopening import Reopening
from edge.transports.trouble import Trouble

# Modem lines are sampled twice within the shortest debounce time, so that every closing that
# counts meets a sample; each costs one or two short USB transfers.
SAMPLES_IN_DEBOUNCE = 2.5
SAMPLE_MAX_S = 0.02
# A GPIO line wakes its thread by itself; this often it looks whether it shall end.
GPIO_WAIT_S = 0.25
# A thread without a turn for this long hangs in its driver: the port is deaf. USB transfers
# give up after 5 s.
HUNG_S = 15.0
# How long the end waits for the thread, which looks for it with every sample.
END_MAX_S = 2.0

OPEN_ERRORS = (OSError, ValueError, termios.error)


class ContactSettings(Record, frozen=True, kw_only=True):
    """One `[[contact]]` of the site's configuration, its line's port already taken off."""

    device: str
    line: str
    rest_line: str | None = None
    opens: bool = False
    debounce_ms: int = 50
    pull: str = "up"  # GPIO only
    held_max_s: int | None = None
    alarm: bool = False  # its frames go to the alarm lane


class ContactCounts(msgspec.Struct):
    """What passed, and what did not."""

    opened: int = 0
    lost: int = 0
    samples: int = 0
    frames: int = 0


class ContactLines:
    """Watches all contacts of one port until cancelled."""

    def __init__(
        self,
        port: str,
        contacts: Sequence[ContactSettings],
        queue: LaneQueue,
        clock: Clock,
        *,
        gpio: bool,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
        open_port: Callable[[], InputPort] | None = None,
    ) -> None:
        """`open_port` stands in for the real one (it may block, and is called in a thread)."""
        self.counts = ContactCounts()
        self._port = port
        self._contacts = {contact.device: contact for contact in contacts}
        self._queue = queue
        self._clock = clock
        self._beat = partial(beat, f"contact:{port}")
        self._reopening = Reopening(port, clock, self._beat)
        self._open = open_port or partial(_open, port, contacts, gpio=gpio)
        self._gpio = gpio
        shortest_s = min(contact.debounce_ms for contact in contacts) / 1000
        self._wait_s = GPIO_WAIT_S if gpio else min(SAMPLE_MAX_S, shortest_s / SAMPLES_IN_DEBOUNCE)
        self._gone = {c.device: Trouble(FaultKind.LINE, c.device, on_fault) for c in contacts}

    async def run(self) -> None:
        """Open, watch, and open again. No failure of the port ends it."""
        while True:
            port = await self._reopening.open(
                lambda: asyncio.to_thread(self._open), OPEN_ERRORS, self._all_gone, _why
            )
            await self._serve(port)
            self.counts.lost += 1
            self._all_gone("the port is gone")

    async def _serve(self, port: InputPort) -> None:
        """Return when the port has ended, or its name has come to mean another one."""
        self.counts.opened += 1
        has_port = partial(_is_there, self._port)
        watcher = _Watcher(port, self._watches(), self._wait_s, self._heard, has_port)
        try:
            watcher.start()
            while not watcher.ended.is_set() and self._reopening.is_same():
                if watcher.turned_within(HUNG_S):
                    self._beat()
                    for trouble in self._gone.values():
                        trouble.back()
                else:
                    self._all_gone("the port hangs")  # and the watchdog ends us, if it stays so
                await self._look(watcher)
        finally:
            await watcher.end()
            self.counts.samples += watcher.turns
        if watcher.error is not None and not isinstance(watcher.error, OSError):
            raise watcher.error  # a fault of ours

    async def _look(self, watcher: _Watcher) -> None:
        """Sleep until the next look at the port, less when it ends."""
        waits = [
            asyncio.ensure_future(self._reopening.look()),
            asyncio.ensure_future(watcher.ended.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _watches(self) -> dict[str, Watch]:
        return {
            c.device: Watch(
                ContactInput(
                    device=c.device,
                    line=c.line,
                    rest_line=c.rest_line,
                    opens=c.opens,
                    # The kernel has taken the bounces out of a GPIO line.
                    debounce_s=0.0 if self._gpio else c.debounce_ms / 1000,
                    held_max_s=c.held_max_s,
                ),
                REPORT_EVERY_S,
            )
            for c in self._contacts.values()
        }

    def _heard(self, device: str, frame: ContactFrame, age_s: float) -> None:
        self.counts.frames += 1
        at = _earlier(self._clock.now(), age_s)
        alarm = self._contacts[device].alarm
        self._queue.put_nowait(Heard(device, frame, at), alarm=alarm)

    def _all_gone(self, detail: str) -> None:
        for trouble in self._gone.values():
            trouble.gone(detail)


class _Watcher:
    """The thread of one open port. `ended` is set when it has stopped by itself, by `error`."""

    def __init__(
        self,
        port: InputPort,
        watches: dict[str, Watch],
        wait_s: float,
        heard: Callable[[str, ContactFrame, float], None],
        has_port: Callable[[], bool],
    ) -> None:
        self.turns = 0
        self.ended = asyncio.Event()
        self.error: Exception | None = None
        self._port = port
        self._watches = watches
        self._wait_s = wait_s
        self._heard = heard
        self._has_port = has_port
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._turned_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="contacts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def turned_within(self, s: float) -> bool:
        return time.monotonic() - self._turned_s <= s

    async def end(self) -> None:
        """Stop the thread and close the port; one that hangs in its driver is left behind."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join, END_MAX_S)
        if not self._thread.is_alive():
            with contextlib.suppress(OSError):
                self._port.close()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                for sample in self._port.samples(self._wait_s):
                    self._judge(sample)
                self.turns += 1
                self._turned_s = time.monotonic()
        except Exception as error:  # noqa: BLE001 (told to the loop, which knows what is ours)
            self.error = error
        self._call(self.ended.set)

    def _judge(self, sample: Sample) -> None:
        for device, watch in self._watches.items():
            frame = watch.see(sample)
            if frame is None:
                continue
            if frame.active and not self._has_port():
                # An adapter that is being pulled drops its lines before it is known to be gone.
                raise OSError(errno.ENODEV, "the port is gone")
            self._call(partial(self._tell, device, frame, sample.at_s))

    def _call(self, what: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(what)

    def _tell(self, device: str, frame: ContactFrame, at_s: float) -> None:
        self._heard(device, frame, max(0.0, time.monotonic() - at_s))


def _is_there(port: str) -> bool:
    return presence(port) is not None


def _open(port: str, contacts: Sequence[ContactSettings], *, gpio: bool) -> InputPort:
    if gpio:
        inputs = {
            line: GpioInput(pull=c.pull, debounce_ms=c.debounce_ms)
            for c in contacts
            for line in (c.line, c.rest_line)
            if line is not None
        }
        return GpioPort(port, inputs)
    lines = [line for c in contacts for line in (c.line, c.rest_line) if line is not None]
    return ModemPort(port, dict.fromkeys(lines))


def _why(error: Exception) -> str:
    """Words for the installer, where the error has a known cause."""
    if isinstance(error, BlockingIOError):
        return "it is in use for data; a port is for data or for contacts"
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOTTY, errno.EINVAL):
        return "it has no input lines"
    if number == errno.EBUSY:
        return "its line is in use by another program"
    return type(error).__name__


def _earlier(now: Instant, age_s: float) -> Instant:
    """The moment `age_s` before `now`: the event loop may have been busy since."""
    ms = round(age_s * 1000)
    return msgspec.structs.replace(now, boottime_ms=now.boottime_ms - ms, wall_ms=now.wall_ms - ms)
