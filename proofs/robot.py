"""A medication robot on a pty: sends without rest, and remembers what was acknowledged.

The acknowledgement is the gateway's own word for "on disk, synced". What was not acknowledged
is sent again, as the link asks of an appliance.
"""

from __future__ import annotations

import contextlib
import os
import pty
import random
import re
import select
import threading
import time
import tty
from typing import Self

import msgspec

from edge.sim.appliance import ROBOT, Appliance

# A jam raises or revises an alert each time; a note is stored and told to nobody.
WORDS = {"jam": "JAM", "note": "NOTE"}
ALARM_EVERY = 3
# Events under way: the appliance's memory holds 256, and none may be forgotten.
WINDOW = 32
BURST_MAX = 8
PAUSE_S = 0.02
AGAIN_S = 1.0
LOOK_S = 0.005
BOOT = 1

_ACK = re.compile(rb"ACK (\d+),(\d+)\r\n")


class Robot:
    """One appliance in a thread of its own; `acked` grows by what the gateway called stored."""

    def __init__(self, serial: str, seed: int, *, alarm_every: int = ALARM_EVERY) -> None:
        self.serial = serial
        self.acked: set[int] = set()
        self.jams: set[int] = set()  # those of the events that raise an alert
        self.sent = 0
        self.limit: int | None = None  # events to send in all; None: no end
        self._alarm_every = alarm_every
        self._chance = random.Random(seed)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        began = time.monotonic()
        model = msgspec.structs.replace(ROBOT, words=WORDS)
        self._appliance = Appliance(
            serial, model, BOOT, lambda: int((time.monotonic() - began) * 1000)
        )
        self._waiting = self._rest = b""
        self._greet = threading.Event()
        self._running = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=serial)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def greet(self) -> None:
        """Say hello, as after a line that came back."""
        self._greet.set()

    def go(self) -> None:
        self._running.set()

    def rest(self) -> None:
        """No new events; what is not acknowledged is sent again all the same."""
        self._running.clear()

    @property
    def unacked(self) -> int:
        return self.sent - len(self.acked)

    def settle(self) -> None:
        """Return when what a dead gateway had written has been read."""
        quiet = time.monotonic() + 2 * LOOK_S
        while time.monotonic() < quiet:
            if select.select([self._master], [], [], 0)[0]:
                quiet = time.monotonic() + 2 * LOOK_S
            time.sleep(LOOK_S)

    # -- inside, in the thread -----------------------------------------------------------------

    def _run(self) -> None:
        next_burst = last_word = time.monotonic()
        while not self._stopped.is_set():
            writing = [self._master] if self._waiting else []
            readable, writable, _ = select.select([self._master], writing, [], LOOK_S)
            now = time.monotonic()
            if readable and self._hear():
                last_word = now
            if writable:
                with contextlib.suppress(BlockingIOError):
                    self._waiting = self._waiting[os.write(self._master, self._waiting) :]
            if self._waiting:
                continue
            if self._greet.is_set():
                self._greet.clear()
                self._waiting += self._appliance.hello()
                last_word = 0.0
            if self.unacked and now - last_word > AGAIN_S:
                last_word = now
                self._waiting += b"".join(self._appliance.again())
            if self._running.is_set() and now >= next_burst and self.unacked < WINDOW:
                self._waiting += self._burst()
                next_burst = now + self._chance.uniform(0, PAUSE_S)

    def _burst(self) -> bytes:
        lines = []
        for _ in range(self._chance.randint(1, BURST_MAX)):
            if self.limit is not None and self.sent >= self.limit:
                break
            word = "note" if (self.sent + 1) % self._alarm_every else "jam"
            self.sent += 1
            if word == "jam":
                self.jams.add(self.sent)
            lines.append(self._appliance.event(word, self.sent))
        return b"".join(lines)

    def _hear(self) -> bool:
        try:
            data = os.read(self._master, 65536)
        except BlockingIOError:
            return False
        self._waiting += b"".join(self._appliance.hear(data))
        text = self._rest + data
        end = 0
        for match in _ACK.finditer(text):
            self.acked.add(int(match[2]))
            end = match.end()
        self._rest = text[max(end, len(text) - 64) :]
        return end > 0
