"""Who may be on which serial port, and who cannot be told from whom. Pure: no port is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from edge.domain import Record
from edge.drivers.base import Driver, LineSettings


class Seeker(msgspec.Struct, frozen=True, kw_only=True):
    """A line that looks for its port. No `ports`: any that udev knows."""

    device: str
    driver: Driver
    line: LineSettings
    ports: tuple[str, ...] = ()
    accepts: Callable[[bytes], bool]  # whether a frame is this device's, as far as frames tell


class Doubt(Record, frozen=True):
    """Devices that no handshake tells apart, with the driver that reads all of them."""

    driver: str
    devices: tuple[str, ...]


def doubtful_ports(seekers: Iterable[Seeker]) -> tuple[Doubt, ...]:
    """Lines that can be told apart by nothing: the installer names their ports, or moves one.

    Two devices of one driver whose frames carry no number, when both may be on the same port.
    """
    kinds: dict[str, list[Seeker]] = {}
    for seeker in seekers:
        if not seeker.driver.named:
            kinds.setdefault(seeker.driver.id, []).append(seeker)
    doubts = []
    for driver, alike in kinds.items():
        crossing = [one for one in alike if any(_cross(one, o) for o in alike if o is not one)]
        if crossing:
            doubts.append(Doubt(driver, tuple(sorted(one.device for one in crossing))))
    return tuple(doubts)


def _cross(one: Seeker, other: Seeker) -> bool:
    return not one.ports or not other.ports or not set(one.ports).isdisjoint(other.ports)


class Settled(msgspec.Struct, frozen=True):
    """What a round has found: a device's port, or the ports among which it cannot be told."""

    bound: dict[str, str]
    doubtful: dict[str, tuple[str, ...]]


def settle(answers: Mapping[str, frozenset[str]], named: frozenset[str]) -> Settled:
    """Who is where, from which devices' drivers have read something on each port.

    `named` devices are known by their number and come first: their ports are no longer
    anybody else's. Another one has a port when that is the only one for it, and it the only
    one for the port.
    """
    ports: dict[str, list[str]] = {}
    for port, devices in sorted(answers.items()):
        for device in devices:
            ports.setdefault(device, []).append(port)
    bound = {d: own[0] for d, own in ports.items() if d in named and len(own) == 1}
    doubtful = {d: tuple(own) for d, own in ports.items() if d in named and len(own) > 1}
    theirs = set(bound.values())
    for device in ports.keys() - named:
        own = [port for port in ports[device] if port not in theirs]
        rivals = any(answers[port] - named - {device} for port in own)
        if len(own) == 1 and not rivals:
            bound[device] = own[0]
        elif own:
            doubtful[device] = tuple(own)
    return Settled(bound, doubtful)
