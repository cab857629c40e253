"""Which serial ports this machine has, by names that survive a replug."""

from __future__ import annotations

from typing import NamedTuple

from serial.tools import list_ports  # type: ignore[import-untyped]

from edge.transports.lines.port_names import is_unstable, stable_name

# A gateway has a hub of adapters at most; a machine with more is no gateway.
PORTS_MAX = 64


class Port(NamedTuple):
    """One adapter: its best name, what the kernel calls it today, and what it says it is."""

    name: str
    device: str
    product: str
    serial_number: str
    stable: bool


def serial_ports() -> list[Port]:
    """USB adapters and the like, by name; built-in ports without hardware are left out.

    Reads sysfs: call it in a thread.
    """
    found = []
    for port in list_ports.comports():
        if port.vid is None and not is_unstable(port.device):
            continue  # ttyS0 to ttyS31 are listed whether or not anything is behind them
        name = stable_name(port.device)
        found.append(
            Port(
                name=name or port.device,
                device=port.device,
                product=port.product or "",
                serial_number=port.serial_number or "",
                stable=name is not None,
            )
        )
    return sorted(found)[:PORTS_MAX]
