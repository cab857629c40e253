"""sd_notify(3): tells systemd that the gateway is ready, alive or stopping."""

from __future__ import annotations

import os
import socket

# systemd asks for a sign at least this often when the unit has no WatchdogSec=.
WATCHDOG_DEFAULT_S = 10.0


def notify(state: str) -> bool:
    """Send one assignment such as "READY=1"; False when no service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.sendto(state.encode(), address)
    return True


def watchdog_interval_s() -> float:
    """A third of WatchdogSec=, so that two signs may be late."""
    usec = os.environ.get("WATCHDOG_USEC", "")
    return int(usec) / 3e6 if usec.isdigit() and int(usec) > 0 else WATCHDOG_DEFAULT_S
