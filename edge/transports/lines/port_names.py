"""Names of serial ports that survive a replug and a restart.

`/dev/ttyUSB0` is whatever was plugged in first. udev also links each port under
/dev/serial by the adapter's serial number (by-id) and by its socket (by-path).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

_NUMBERED = re.compile(r"^/dev/tty(USB|ACM)\d+$")
_LINK_DIRS = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
_USB_PORTS = ("ttyUSB*", "ttyACM*")


def is_unstable(port: str) -> bool:
    """Whether the name depends on the order in which adapters were found."""
    return _NUMBERED.match(port) is not None


def stable_name(port: str, link_dirs: tuple[Path, ...] = _LINK_DIRS) -> str | None:
    """The by-id name of `port`, else its by-path name, else None."""
    target = os.path.realpath(port)
    for directory in link_dirs:
        if not directory.is_dir():
            continue
        for link in sorted(directory.iterdir()):
            if os.path.realpath(link) == target:
                return str(link)
    return None


def candidate_ports(
    dev: Path = Path("/dev"), link_dirs: tuple[Path, ...] = _LINK_DIRS
) -> tuple[str, ...]:
    """Every port of a USB adapter that is plugged in, by a name that is its own.

    By its socket first: adapters that share one serial number share one by-id name too,
    which then means whichever of them was plugged in last.
    """
    ports = sorted(str(port) for pattern in _USB_PORTS for port in dev.glob(pattern))
    return tuple(stable_name(port, link_dirs[::-1]) or port for port in ports)


def ports_without_own_id(
    dev: Path = Path("/dev"), link_dirs: tuple[Path, ...] = _LINK_DIRS
) -> tuple[str, ...]:
    """Adapters that no by-id name leads to: without a serial number, or with that of a twin."""
    return tuple(
        port for port in candidate_ports(dev, link_dirs) if stable_name(port, link_dirs[:1]) is None
    )


class Presence(NamedTuple):
    """What is behind a name now. `changed_ns` moves with a replug and with a change of rights."""

    device: int
    inode: int
    changed_ns: int


def presence(port: str) -> Presence | None:
    """The device behind the name, links followed; None when there is none."""
    try:
        found = Path(port).stat()
    except OSError:
        return None
    return Presence(found.st_rdev, found.st_ino, found.st_ctime_ns)
