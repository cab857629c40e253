"""What the kernel says of mains and batteries (/sys/class/power_supply).

Source: the kernel's Documentation/ABI/testing/sysfs-class-power. A supply with scope "Device" is
the battery of a mouse or a tag, and says nothing of this box.
"""

from __future__ import annotations

from pathlib import Path

from edge.domain import Record

# A box has one or two supplies; a laptop used for training four.
SUPPLIES_MAX = 16
# The attributes are words or numbers of one line.
ATTRIBUTE_MAX_CHARS = 64

_BATTERIES = frozenset({"Battery", "UPS"})
_FED = frozenset({"Charging", "Full", "Not charging"})


class Supply(Record, frozen=True, kw_only=True):
    """What feeds the box now. `mains` None: nobody can tell; `capacity` in percent."""

    battery: bool = False
    mains: bool | None = None
    capacity: int | None = None


def look(root: Path) -> Supply:
    """All supplies of the box as one; a folder that is not there is a box without any."""
    try:
        folders = sorted(root.iterdir())[:SUPPLIES_MAX]
    except OSError:
        return Supply()
    battery, capacity = False, None
    online: list[bool] = []
    fed: list[bool] = []
    for folder in folders:
        if _read(folder / "scope") == "Device" or _read(folder / "present") == "0":
            continue
        if _read(folder / "type") in _BATTERIES:
            battery = True
            percent = _read(folder / "capacity")
            capacity = int(percent) if percent.isdecimal() else capacity
            status = _read(folder / "status")
            fed += [status in _FED] if status in _FED | {"Discharging"} else []
        elif (state := _read(folder / "online")) in ("0", "1", "2"):
            online.append(state != "0")
    # A plug that says whether it is in is sooner than a battery that notices.
    told = online or fed
    return Supply(battery=battery, mains=any(told) if told else None, capacity=capacity)


def _read(file: Path) -> str:
    """One attribute; "" when there is none, or when its driver refuses to say."""
    try:
        with file.open(encoding="ascii", errors="replace") as opened:
            return opened.read(ATTRIBUTE_MAX_CHARS).strip()
    except OSError:
        return ""
