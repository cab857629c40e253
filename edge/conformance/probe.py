"""One frame through a driver, judged: what came back, and what it cost."""

from __future__ import annotations

import random
import time
from typing import Any

import msgspec

from edge.domain import Device, Instant, Observation, Quality, Role, Secret
from edge.drivers.base import BY_RADIO, Decoded, Driver, Frame
from edge.errors import DecodeError
from edge.kinds import KINDS

# The longest that one frame may take, in CPU time of this machine. A Pi is about ten times
# slower, and 40 adverts a second are then still less than half of one core.
FRAME_MAX_S = 0.001
# A driver's memory between two frames is written with every commit that changes it.
STATE_MAX_BYTES = 8192
# A slow frame is timed again, at best of so many, before it counts: the machine does other things.
TIMED_AGAIN = 5

FLAGGED = frozenset(
    {
        Quality.POSSIBLE_REPLAY,
        Quality.COUNTER_RESTARTED,
        Quality.UNAUTHENTICATED,
        Quality.QUESTIONABLE,
        Quality.CLOCK_DOUBTFUL,
    }
)
"""Qualities that stand beside a value that is there."""

AT = Instant(boot="check", boottime_ms=1_000_000, wall_ms=1_790_000_000_000, offset_min=120)
MAC = "54:48:E6:8F:80:A5"


class Broken(Exception):  # noqa: N818 (a finding, not an error of ours)
    """The driver did what no driver may; the text says what, with the frame in hexadecimal."""


def device_for(
    driver: Driver, role: Role | None = None, mac: str | None = None, key: bytes | None = None
) -> Device:
    """A device not heard before; without `mac`, one whose address nobody has said."""
    return Device(
        id="checked",
        driver=driver.id,
        role=role or min(driver.roles),
        address=(mac or "") if driver.shape in BY_RADIO else "",
        key=None if key is None else Secret(key),
        wired=driver.shape not in BY_RADIO,
    )


def frame_of(driver: Driver, payload: bytes, device: Device) -> Frame | None:
    """The frame of a payload, None when it is refused already; raises Broken for anything else."""
    try:
        return driver.from_payload(payload, device.address)
    except DecodeError:
        return None
    except Exception as error:
        what = f"from_payload raises {type(error).__name__}: {error}"
        raise Broken(f"{what} for {payload.hex()}") from error


def feed(driver: Driver, device: Device, state: bytes, frame: Frame | None) -> Decoded | None:
    """What the driver made of it, None when it refused; raises Broken for anything else."""
    if frame is None:
        return None
    try:
        decoded = driver.decode(device, state, frame, AT)
    except DecodeError as refused:
        if not refused.reason or (refused.byte is not None and refused.byte < 0):
            raise Broken(f"a refusal without reason, or before byte 0: {_show(frame)}") from refused
        return None
    except Exception as error:
        raise Broken(f"raises {type(error).__name__}: {error} for {_show(frame)}") from error
    if not isinstance(decoded, Decoded):
        raise Broken(f"returns {type(decoded).__name__}, not Decoded, for {_show(frame)}")
    for seen in decoded.observations:
        fault = unsound(seen, device)
        if fault:
            raise Broken(f"{fault}, for {_show(frame)}")
    if decoded.state is not None and len(decoded.state) > STATE_MAX_BYTES:
        size = len(decoded.state)
        raise Broken(f"a state of {size} bytes, at most {STATE_MAX_BYTES}, after {_show(frame)}")
    if decoded.duplicate and decoded.observations:
        raise Broken(f"a duplicate with observations, for {_show(frame)}")
    return decoded


def unsound(seen: Observation, device: Device) -> str | None:
    """What is wrong with an observation, or None."""
    info = KINDS.get(seen.kind)
    if info is None:
        return f"kind {seen.kind!r} is not in edge.kinds"
    if seen.unit != info.unit or seen.code != info.code:
        return f"{seen.kind} has unit {seen.unit!r} and code {seen.code!r}, not those of its kind"
    if seen.device != device.id or seen.at != AT:
        return f"{seen.kind} is told of another device or another time"
    missing = seen.quality is not Quality.OK and seen.quality not in FLAGGED
    if seen.value is None and not missing:
        return f"{seen.kind} has no value and quality {seen.quality.value!r}"
    if seen.value is not None and missing:
        return f"{seen.kind} = {seen.value!r} beside {seen.quality.value!r}, which means no value"
    if isinstance(seen.value, float) and seen.value != seen.value:
        return f"{seen.kind} is NaN; write None with Quality.NOT_A_NUMBER"
    try:
        msgspec.json.encode(seen)
    except (TypeError, ValueError, UnicodeEncodeError) as error:
        return f"{seen.kind} cannot be told: {error}"
    return None


def too_slow_s(driver: Driver, device: Device, state: bytes, frame: Frame | None) -> float | None:
    """The CPU seconds of a frame that needs more than FRAME_MAX_S at its best; None: it does not.

    Called for a frame that seemed slow: the first time may have been the machine's.
    """
    best = min(_cpu_s(driver, device, state, frame) for _ in range(TIMED_AGAIN))
    return best if best > FRAME_MAX_S else None


def _cpu_s(driver: Driver, device: Device, state: bytes, frame: Frame | None) -> float:
    begun = time.process_time()
    feed(driver, device, state, frame)
    return time.process_time() - begun


def damaged(rng: random.Random, payload: bytes) -> bytes:
    """`payload` with up to four places changed, cut out or put in."""
    raw = bytearray(payload)
    for _ in range(rng.randint(0, 4)):
        at = rng.randint(0, max(0, len(raw)))
        raw[at : at + rng.randint(0, 2)] = rng.randbytes(rng.randint(0, 2))
    return bytes(raw)


def _show(frame: Frame) -> str:
    text = str(_hex(msgspec.to_builtins(frame, builtin_types=(bytes,))))
    return text if len(text) <= 400 else text[:400] + "..."  # noqa: PLR2004 (a line to read)


def _hex(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _hex(one) for key, one in value.items()}
    return value
