"""What time alone changes, and when it next does."""

from __future__ import annotations

import msgspec

from edge.events import FaultKind
from edge.home.behaving import asking_ends, visited
from edge.home.levelling import settle, visit_ends
from edge.home.state import DeviceState, Due, Home
from edge.home.staying import is_elsewhere, pass_stays, stay_ends
from edge.home.waiting import next_times, pass_watch

# One wireless device that goes quiet is that device. Two that go quiet while no other is heard
# for most of their deadlines have one cause: the radio, the gateway's place, the gateway.
QUIET_DEVICES_MIN = 2
QUIET_SHARE = 0.5


def next_due(home: Home) -> int | None:
    """The earliest boottime_ms at which something changes without an event; None: never."""
    times = [d.due_ms for d in home.devices.values() if not d.silent]
    times += home.holds.values()
    times += [d.due_ms for doses in home.doses.values() for d in doses if not d.told]
    times += [c.again_ms for c in home.closed.values() if c.again_ms is not None]
    times += next_times(home)
    if home.frame.synced:
        times += [wall_ms - home.frame.drift_ms for wall_ms in _wall_times(home)]
    return min(times, default=None)


def _wall_times(home: Home) -> list[int]:
    return [*home.assess_by.values(), *stay_ends(home), *visit_ends(home), *asking_ends(home)]


def pass_time(home: Home) -> Home:
    """The home at `home.at_ms`: who fell silent, what ran out, which stay is over."""
    home = pass_watch(pass_stays(_pass_doses(_silence(home))))
    return settle(visited(home, home.visits))


def _pass_doses(home: Home) -> Home:
    doses = {key: _overdue(home, key, dues) for key, dues in home.doses.items()}
    return msgspec.structs.replace(home, doses={key: dues for key, dues in doses.items() if dues})


def _silence(home: Home) -> Home:
    now_ms = home.at_ms
    fallen = {
        key: msgspec.structs.replace(device, silent=True)
        for key, device in home.devices.items()
        if not device.silent and device.due_ms <= now_ms
    }
    if not fallen:
        return home
    devices = {**home.devices, **fallen}
    together = sum(_fell_with_home(device, home.heard_ms) for device in devices.values())
    quiet = home.quiet or together >= QUIET_DEVICES_MIN
    if quiet or any(fault.kind is FaultKind.RADIO for fault in home.faults.values()):
        devices |= {
            key: msgspec.structs.replace(device, masked=True)
            for key, device in fallen.items()
            if not device.wired
        }
    return msgspec.structs.replace(home, devices=devices, quiet=quiet)


def _fell_with_home(device: DeviceState, heard_ms: int | None) -> bool:
    """Whether most of its deadline ran out while nothing wireless was heard in the home."""
    if not device.silent or device.wired:
        return False
    if heard_ms is None:
        return True
    return device.due_ms - heard_ms >= QUIET_SHARE * device.silent_after_ms


def listen_anew(home: Home) -> dict[str, DeviceState]:
    """The devices after a common cause of silence is over: each gets a whole deadline again."""
    return {
        key: msgspec.structs.replace(
            device, silent=False, masked=False, due_ms=home.at_ms + device.silent_after_ms
        )
        if device.masked
        else device
        for key, device in home.devices.items()
    }


def _overdue(home: Home, device: str, dues: tuple[Due, ...]) -> tuple[Due, ...]:
    if all(due.told or due.due_ms > home.at_ms for due in dues):
        return dues
    if is_elsewhere(home, home.devices[device].person):  # nobody is expected to take it
        return tuple(due for due in dues if due.due_ms > home.at_ms)
    return tuple(
        msgspec.structs.replace(due, told=True) if due.due_ms <= home.at_ms else due for due in dues
    )
