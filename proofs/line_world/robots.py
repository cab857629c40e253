"""Medication robots on ptys: each jam is an event of its own, from the line's bytes."""

from __future__ import annotations

import binascii
import contextlib
import os
import pty
import tty
from typing import Any

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
        """CRC-16/CCITT-FALSE over what stands between $ and *."""
        self.sent += 1
        text = f"{self._serial},EV,1,{self.sent},{self.sent * 100},event=JAM,id={self.sent % 1000}"
        body = text.encode("ascii")
        os.write(self._master, b"$%s*%04X\r\n" % (body, binascii.crc_hqx(body, 0xFFFF)))

    def listen(self) -> None:
        """Take note of what was acknowledged until now."""
        with contextlib.suppress(BlockingIOError):
            *lines, self._unread = (self._unread + os.read(self._master, _READ_BYTES)).split(b"\n")
            self.acknowledged.update(line for line in lines if line.startswith(b"ACK"))

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)
