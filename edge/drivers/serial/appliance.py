r"""The appliance link, version 1: medication robots and meal dispensers on a serial line.

An open line protocol that an appliance's maker can implement in a page of code
and a person can read on a terminal. One frame is one line of printable ASCII,
at most 200 bytes with its line end, 115200 baud 8N1:

    $<serial>,<type>,<boot>,<seq>,<uptime_ms>,<key>=<value>...*<CRC>\r\n

`serial` is the appliance's own number, `boot` grows by one at every start,
`uptime_ms` is the time since then, and CRC is CRC-16/CCITT-FALSE over the bytes
between `$` and `*`, four hexadecimal digits. The types:

- `EV`, an event: `event` (see `EVENTS`), `id` of the dose or meal. `seq` counts
  the events of a boot from 1. Acknowledged; the appliance keeps at least the
  newest 256 that are not.
- `HI` after a start and when the line comes back: `proto=1`, `model`, `fw`,
  `code` (ISO/IEEE 11073: 528456 medication monitor). `seq` is that of the newest
  event, 0 before the first. Not acknowledged: `ACK` names an event by its number,
  and this frame carries the number of one that may have been lost on the way.
- `HB` every 30 s, `seq` as in `HI`: `battery` (%), `mains` (0, 1), `faults`
  (bitmap, 0x...), `stock` (doses or meals left). Not acknowledged either: the
  next one says it all again.

The gateway writes nothing but this, each line ending in CR LF:

- `ACK <boot>,<seq>` once that event is on disk; again for a repeat;
- `SYNC <utc>`, ISO 8601, when the line opens and the gateway's clock is good, when that clock
  becomes good or has jumped, and once a day;
- `REPLAY <boot>,<from>` when the line opens, when a boot is heard for the first
  time, and when a `seq` shows that events were lost on the way: send again every
  event kept that is that one or later.

The link is read-only by contract: nothing the gateway can write dispenses,
heats, unlocks or doses.

An event is known by (serial, boot, seq). HI and HB never stand for an event: an
appliance that counts them too loses none, it is only asked more often.
`device_time` is UTC when a HI or HB of its boot has been heard under a good clock, so that an
event that comes late still tells when it was; otherwise it is the time since
the start, `PT12.500S`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from edge.domain import Device, Instant, Observation, Quality, Role, Scalar, Sync
from edge.drivers.base import Decoded, Driver, Frame, SerialFrame, Shape
from edge.drivers.serial.appliance_line import Line, LineFramer, cut
from edge.drivers.serial.appliance_memory import Boot, Memory, recall, remember
from edge.errors import DecodeError
from edge.kinds import observation

PROTOCOL = "1"

EVENTS: dict[str, tuple[str, Scalar]] = {
    # medication robot
    "DOSE_DUE": ("dose", "due"),
    "DOSE_TAKEN": ("dose", "taken"),
    "DOSE_MISSED": ("dose", "missed"),
    "DOSE_RETRIEVED_LATE": ("dose", "retrieved_late"),
    "REFILL_LOW": ("refill_low", True),
    "REFILLED": ("refill_low", False),
    "JAM": ("jam", True),
    "JAM_CLEARED": ("jam", False),
    "DOOR": ("appliance_door", True),
    "DOOR_CLOSED": ("appliance_door", False),
    "TAMPER": ("tamper", True),
    "MAINS_LOST": ("mains_lost", True),
    "MAINS_BACK": ("mains_lost", False),
    # meal dispenser
    "MEAL_SELECTED": ("meal", "selected"),
    "HEAT_START": ("meal", "heat_start"),
    "HEAT_DONE": ("meal", "heat_done"),
    "MEAL_TAKEN": ("meal", "taken"),
    "DOOR_OPEN": ("appliance_door", True),
    "OVERTEMP": ("over_temperature", True),
    "OVERTEMP_OVER": ("over_temperature", False),
    "STOCK_LOW": ("stock_low", True),
    "RESTOCKED": ("stock_low", False),
}
"""What an event becomes: a kind and its value. Another name becomes `appliance_event`.

What begins has an event for its end; a dose, a meal and a tampering have none.
"""

# What a heartbeat may tell, with its highest value where there is one.
_VITALS = {"battery": 100, "mains": 1, "faults": None, "stock": None}
# Bitmaps and counts of an appliance have 32 bits at most.
_HIGHEST_COUNT = 2**32 - 1
_COUNT = re.compile(r"[0-9]+|0x[0-9A-Fa-f]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A start that moves less than this is the line's delay, not news worth a write.
_START_MOVED_MS = 2_000


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One frame; the replies are to be written once observations and state are on disk."""
    if not isinstance(frame, SerialFrame):
        raise DecodeError("not_ours", "not a frame of a serial line")
    line = cut(frame.data)
    if device.address and line.serial != device.address:
        raise DecodeError("other_serial", "the frame is of another appliance than the enrolled", 1)
    if line.type not in _TYPES:
        raise DecodeError("unknown_type", "the type is none of HI, HB and EV", line.at("type"))
    memory = recall(state, line.serial)
    boot, first_heard = memory.boot(line.boot)
    ask = _behind(boot, line) or first_heard
    observations, changed = _TYPES[line.type](device, line, boot, at)
    replies = (b"ACK %d,%d\r\n" % (line.boot, line.seq),) if line.type == "EV" else ()
    return Decoded(
        observations=observations,
        state=remember(memory) if changed or ask else None,
        replies=(*replies, *_replay(memory)) if ask else replies,
        duplicate=not observations,
    )


def _behind(boot: Boot, line: Line) -> bool:
    """True when the frame's number shows events that were neither heard nor asked for yet."""
    before = line.seq - 1 if line.type == "EV" else line.seq
    if before <= max(boot.newest, boot.asked):
        return False
    boot.asked = before
    return True


Read = tuple[tuple[Observation, ...], bool]
"""What a frame said (nothing when it is a repeat), and whether the memory changed."""


def _event(device: Device, line: Line, boot: Boot, at: Instant) -> Read:
    name = line.values.get("event")
    if not name:
        raise DecodeError("field", "an EV frame names its event in event=", line.at("values"))
    if not boot.take(line.seq):
        return (), False
    kind, value = EVENTS.get(name, ("appliance_event", name))
    return (_told(device, line, boot, at, kind, value),), True


def _hello(device: Device, line: Line, boot: Boot, at: Instant) -> Read:
    proto = line.values.get("proto", PROTOCOL)
    if proto != PROTOCOL:
        text = f"the appliance speaks version {proto} of the link, the gateway {PROTOCOL}"
        raise DecodeError("version", text, line.at("values"))
    moved = _learn_start(boot, line, at)
    if boot.hello == line.seq:
        return (), moved
    boot.hello = line.seq
    told = " ".join(line.values[key] for key in ("model", "fw") if line.values.get(key))
    return (_told(device, line, boot, at, "hello", told or line.serial),), True


def _heartbeat(device: Device, line: Line, boot: Boot, at: Instant) -> Read:
    moved = _learn_start(boot, line, at)
    seen = [_told(device, line, boot, at, "heartbeat", value=True)]
    for key, highest in _VITALS.items():
        text = line.values.get(key)
        if text is None:
            continue
        number, quality = _number(text, highest)
        value = bool(number) if key == "mains" and number is not None else number
        seen.append(_told(device, line, boot, at, key, value, quality))
    return tuple(seen), moved


_TYPES = {"HI": _hello, "HB": _heartbeat, "EV": _event}


def _number(text: str, highest: int | None) -> tuple[int | None, Quality]:
    if not text:
        return None, Quality.NOT_AVAILABLE
    if _COUNT.fullmatch(text) is None:
        return None, Quality.OUT_OF_RANGE
    number = int(text, 16 if text.startswith("0x") else 10)
    if number > (_HIGHEST_COUNT if highest is None else highest):
        return None, Quality.OUT_OF_RANGE
    return number, Quality.OK


def _told(
    device: Device,
    line: Line,
    boot: Boot,
    at: Instant,
    kind: str,
    value: Scalar,
    quality: Quality = Quality.OK,
) -> Observation:
    return observation(
        device.id,
        kind,
        value,
        at,
        quality,
        device_time=_device_time(line, boot),
        device_seq=line.seq,
    )


def _learn_start(boot: Boot, line: Line, at: Instant) -> bool:
    """Note when the appliance started; HI and HB are never sent late, so they tell it."""
    if at.sync is Sync.NONE:
        return False
    start_ms = at.wall_ms - line.uptime_ms
    if boot.start_ms is not None and abs(boot.start_ms - start_ms) < _START_MOVED_MS:
        return False
    boot.start_ms = start_ms
    return True


def _device_time(line: Line, boot: Boot) -> str:
    if boot.start_ms is None:
        return f"PT{line.uptime_ms // 1000}.{line.uptime_ms % 1000:03}S"
    return _utc(boot.start_ms + line.uptime_ms)


def _utc(wall_ms: int) -> str:
    moment = _EPOCH + timedelta(milliseconds=wall_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _replay(memory: Memory) -> tuple[bytes, ...]:
    wanted = memory.wanted
    return () if wanted is None else (b"REPLAY %d,%d\r\n" % wanted,)


def on_open(state: bytes, now: Instant) -> tuple[bytes, ...]:
    """What to write when the line opens: the time, when it is good, and what is still wanted.

    An appliance never heard before is asked for nothing yet: it may hold another
    home's past. Its first frame tells the boot from which on it is asked.
    """
    return (*on_clock(now), *_replay(recall(state, None)))


def on_clock(now: Instant) -> tuple[bytes, ...]:
    """The time, for an appliance that shows or logs it; nothing while ours is not known."""
    return () if now.sync is Sync.NONE else (b"SYNC %s\r\n" % _utc(now.wall_ms).encode(),)


def from_payload(payload: bytes, mac: str) -> SerialFrame:  # noqa: ARG001
    return SerialFrame(data=payload)


DRIVER = Driver(
    id="appliance",
    title="Medication robot or meal dispenser (appliance link 1)",
    shape=Shape.SERIAL,
    roles=frozenset({Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER}),
    silent_after_s=120,
    silent_reason="it sends a heartbeat every 30 s; three may be lost",
    decode=decode,
    from_payload=from_payload,
    framer=LineFramer,
    on_open=on_open,
    named=True,
    on_clock=on_clock,
)
