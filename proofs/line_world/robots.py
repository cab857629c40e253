"""Medication robots on ptys: each jam is an event of its own, from the line's bytes."""

from __future__ import annotations

import contextlib
import os
import pty
import time
import tty
from typing import Any

from edge.sim.appliance import ROBOT, Appliance

# One read of acknowledgements.
_READ_BYTES = 65_536


class Robot:
    """The appliance's end of a serial line (version 1 of the appliance link)."""

    def __init__(self, number: int) -> None:
        self.id = f"robot-{number}"
        self._serial = f"KV-ROBOT-{number:04d}"
        self._master, self._slave = pty.openpty()  # the slave is held: the port outlives a gateway
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._port = os.ttyname(self._slave)
        self._unread = b""
        began = time.monotonic()
        self._appliance = Appliance(
            self._serial, ROBOT, 1, lambda: int((time.monotonic() - began) * 1000)
        )
        self.sent = 0
        self.acknowledged: set[bytes] = set()

    @property
    def rows(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Its device and its line in the gateway's settings."""
        device = {
            "id": self.id,
            "driver": "appliance",
            "role": "medication_robot",
            "address": self._serial,
        }
        return device, {"device": self.id, "port": self._port}

    def jam(self) -> None:
        self.sent += 1
        self._say(self._appliance.event("jam", self.sent))

    def listen(self) -> None:
        """Take note of what was acknowledged until now, and answer what the gateway asked."""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._master, _READ_BYTES)
            *lines, self._unread = (self._unread + data).split(b"\n")
            self.acknowledged.update(line for line in lines if line.startswith(b"ACK"))
            for answer in self._appliance.hear(data):
                self._say(answer)

    def _say(self, data: bytes) -> None:
        os.write(self._master, data)

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)
