"""What every GATT instrument has: a battery, a name plate, a clock, and doubts of its own.

Sources: Bluetooth SIG Battery Service (0x2A19), Device Information Service
(0x2A29 manufacturer, 0x2A24 model, 0x2A25 serial number, 0x2A26 firmware) and
Date Time (0x2A08).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from edge.domain import Device, Instant, Observation, Quality, Scalar, Sync
from edge.drivers.base import Advert, Decoded, Frame, Notification
from edge.drivers.codec import Reader
from edge.drivers.gatt.gatt_memory import Memory, outcome
from edge.errors import DecodeError
from edge.kinds import observation


def uuid(short: int) -> str:
    """The 128-bit UUID of a number that the Bluetooth SIG assigned, in lower case."""
    return f"{short:08x}-0000-1000-8000-00805f9b34fb"


BATTERY_LEVEL = uuid(0x2A19)
RECORD_ACCESS = uuid(0x2A52)

_NAME_PLATE = {
    uuid(0x2A29): "manufacturer",
    uuid(0x2A24): "model",
    uuid(0x2A25): "serial_number",
    uuid(0x2A26): "firmware",
}
COMMON_READ = (BATTERY_LEVEL, *_NAME_PLATE)
"""What every plan reads; a device without one of them is passed over."""

FULL_PERCENT = 100
USER_UNKNOWN = 0xFF
NOTHING_FLAGGED = "none"

# No heart beats faster; oscillometric cuffs and belts stop at 250.
HIGHEST_PULSE = 400.0

# A name plate is read by a person; the longest seen on a device has 20 characters.
_TEXT_MAX = 64
# A device's clock is set by hand and by season; a day ahead is no summer time any more.
_AHEAD_ALLOWED = timedelta(days=1)
_WHOLE_DATE = len("2026-03-01T")

# The service is known, the model is not.
_CLAIM = 60


def value_of(frame: Frame) -> Notification:
    """The frame as the value of a characteristic; raises DecodeError for any other."""
    if not isinstance(frame, Notification):
        raise DecodeError("not_ours", "not the value of a characteristic")
    return frame


def common(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    """The battery level, or a line of the name plate, which is told when it is new or changed."""
    if frame.characteristic == BATTERY_LEVEL:
        return Decoded(observations=(_battery(device, frame.value, at),))
    kind = _NAME_PLATE.get(frame.characteristic)
    if kind is None:
        text = "neither a measurement of this driver, a battery level nor a name"
        raise DecodeError("not_ours", text)
    text = frame.value.decode("utf-8", "replace")
    quality = Quality.QUESTIONABLE if "\N{REPLACEMENT CHARACTER}" in text else Quality.OK
    printed = "".join(letter for letter in text if letter.isprintable()).strip()[:_TEXT_MAX]
    if not printed:
        return told_once(memory, kind, frame.value, ())
    return told_once(
        memory, kind, frame.value, (observation(device.id, kind, printed, at, quality),)
    )


def told_once(
    memory: Memory, what: str, value: bytes, observations: tuple[Observation, ...]
) -> Decoded:
    """What is read in every session and told only when it is not what it was."""
    after = memory.with_told(what, value)
    return outcome(memory, after, observations, duplicate=after is memory)


def _battery(device: Device, value: bytes, at: Instant) -> Observation:
    reader = Reader(value)
    level = reader.u8("battery level")
    reader.done()
    if level > FULL_PERCENT:
        return observation(device.id, "battery", None, at, Quality.OUT_OF_RANGE)
    return observation(device.id, "battery", level, at)


class Teller:
    """Makes the observations of one measurement: one device, one moment, one offset.

    `frame` is None for a live value, which our own clock dates.
    """

    __slots__ = ("_at", "_device", "_offset_s", "_seq", "_time", "told")

    def __init__(
        self,
        device: Device,
        frame: Notification | None,
        at: Instant,
        time: str | None = None,
        seq: int | None = None,
    ) -> None:
        self._device = device.id
        self._offset_s = None if frame is None else frame.clock_offset_s
        self._at = at
        self._time = time
        self._seq = seq
        self.told: list[Observation] = []

    def __call__(self, kind: str, value: Scalar, quality: Quality = Quality.OK) -> None:
        self.told.append(
            observation(
                self._device,
                kind,
                value,
                self._at,
                quality,
                device_time=self._time,
                device_seq=self._seq,
                device_offset_s=self._offset_s,
            )
        )

    def user(self, user: int | None, clock: Quality) -> None:
        """Who measured, when the instrument has users; 255 means that it does not know."""
        if user == USER_UNKNOWN:
            self("user", None, Quality.NOT_AVAILABLE)
        elif user is not None:
            self("user", user, clock)


def bounded(
    number: float | None, quality: Quality, highest: float, above: float = 0.0
) -> tuple[float | None, Quality]:
    """The number when it is above `above` and at most `highest`; otherwise None and why."""
    if number is not None and not above < number <= highest:
        return None, Quality.OUT_OF_RANGE
    return number, quality


def worse(own: Quality, doubt: Quality) -> Quality:
    """The quality of a value that has its own and a doubt of the whole measurement."""
    return doubt if own is Quality.OK else own


def flagged(status: int, names: Sequence[tuple[int, str]]) -> list[str]:
    """The names of the bits that are set, in the order of the table."""
    return [name for bit, name in names if status & bit]


def time_stamp(reader: Reader, at: Instant) -> tuple[str | None, Quality]:
    """The time stamp as far as it is known; `CLOCK_DOUBTFUL` when it is not whole or not right."""
    time, quality = reader.date_time("time stamp")
    return time, clock_quality(time, quality, at)


def clock_quality(time: str | None, quality: Quality, at: Instant) -> Quality:
    """`CLOCK_DOUBTFUL` for a time without its year or day, and for one a day ahead of ours."""
    if time is None or time.startswith(("-", "T")) or len(time) < _WHOLE_DATE:
        return Quality.CLOCK_DOUBTFUL
    if at.sync is Sync.NONE:
        return quality
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    local = epoch + timedelta(milliseconds=at.wall_ms, minutes=at.offset_min) + _AHEAD_ALLOWED
    if time > local.strftime("%Y-%m-%dT%H:%M:%S"):
        return Quality.CLOCK_DOUBTFUL
    return quality


def matcher(service: str) -> Callable[[Advert], int]:
    """60 for what advertises the service."""

    def match(advert: Advert) -> int:
        return _CLAIM if service in advert.service else 0

    return match


def payload_of(characteristic: str) -> Callable[[bytes, str], Notification]:
    """`Driver.from_payload`: the bytes are the value of this characteristic."""

    def from_payload(payload: bytes, mac: str) -> Notification:  # noqa: ARG001
        return Notification(characteristic=characteristic, value=payload)

    return from_payload
