"""Pulse Oximeter Profile 0x1822: oxygen saturation, pulse and perfusion.

Source: Bluetooth SIG Pulse Oximeter Service: 0x2A5E spot check (flags, SpO2,
pulse rate, time stamp, measurement status, device and sensor status, pulse
amplitude index) and 0x2A5F continuous (flags, SpO2 and pulse rate, then the
same with fast and slow response, the two status fields, the index); SFLOATs.

Of a continuous measurement the normal response is told, the fast and the slow
one are not. What the oximeter calls invalid or unavailable has no value, nor
has what it measured on nobody: sensor off, a demonstration, a test. What it
doubts is there, flagged `QUESTIONABLE`, with its reasons in
`measurement_status`.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt.gatt_memory import Memory, outcome, recall

SERVICE = common.uuid(0x1822)
SPOT_CHECK = common.uuid(0x2A5E)
CONTINUOUS = common.uuid(0x2A5F)

_SPOT_HAS_TIME = 0x01
_SPOT_HAS_STATUS = 0x02
_SPOT_HAS_DEVICE = 0x04
_SPOT_HAS_INDEX = 0x08
_SPOT_CLOCK_NOT_SET = 0x10

_LIVE_HAS_FAST = 0x01
_LIVE_HAS_SLOW = 0x02
_LIVE_HAS_STATUS = 0x04
_LIVE_HAS_DEVICE = 0x08
_LIVE_HAS_INDEX = 0x10

_STATUS_BITS = (
    (0x0020, "measurement_ongoing"),
    (0x0040, "early_estimate"),
    (0x0080, "validated"),
    (0x0100, "fully_qualified"),
    (0x0200, "from_storage"),
    (0x0400, "demonstration"),
    (0x0800, "testing"),
    (0x1000, "calibration_ongoing"),
    (0x2000, "measurement_unavailable"),
    (0x4000, "questionable_measurement"),
    (0x8000, "invalid_measurement"),
)
_STATUS_NO_VALUE = 0x0400 | 0x0800 | 0x2000 | 0x8000
_STATUS_DOUBT = 0x0040 | 0x1000 | 0x4000

_DEVICE_BITS = (
    (0x0001, "display_update_ongoing"),
    (0x0002, "equipment_malfunction"),
    (0x0004, "signal_processing_irregularity"),
    (0x0008, "inadequate_signal"),
    (0x0010, "poor_signal"),
    (0x0020, "low_perfusion"),
    (0x0040, "erratic_signal"),
    (0x0080, "non_pulsatile_signal"),
    (0x0100, "questionable_pulse"),
    (0x0200, "signal_analysis_ongoing"),
    (0x0400, "sensor_interface_malfunction"),
    (0x0800, "sensor_unconnected_to_user"),
    (0x1000, "unknown_sensor"),
    (0x2000, "sensor_displaced"),
    (0x4000, "sensor_malfunction"),
    (0x8000, "sensor_disconnected"),
)
_DEVICE_NO_VALUE = 0x0800 | 0x8000
_DEVICE_NO_DOUBT = 0x0001 | 0x0200

_FULL = float(common.FULL_PERCENT)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One measurement, or what the oximeter says of itself; `state` is a `Memory`."""
    frame = common.value_of(frame)
    if frame.characteristic == CONTINUOUS:
        return _continuous(device, frame, at)
    memory = recall(state)
    if frame.characteristic == SPOT_CHECK:
        return _spot_check(device, memory, frame, at)
    return common.common(device, memory, frame, at)


def _spot_check(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    flags = reader.u8("flags")
    saturation, pulse = reader.sfloat("SpO2"), reader.sfloat("pulse rate")
    time, clock = common.time_stamp(reader, at) if flags & _SPOT_HAS_TIME else (None, Quality.OK)
    status = reader.u16("measurement status") if flags & _SPOT_HAS_STATUS else None
    sensor = reader.u24("device and sensor status") if flags & _SPOT_HAS_DEVICE else None
    index = reader.sfloat("pulse amplitude index") if flags & _SPOT_HAS_INDEX else None
    reader.done()
    clock_set = not flags & _SPOT_CLOCK_NOT_SET
    if time is not None and not clock_set:
        clock = Quality.CLOCK_DOUBTFUL

    tell = common.Teller(device, frame, at, time)
    _tell(tell, (saturation, pulse, index), (status, sensor), clock)
    # A clock that was never set begins at the same moment whenever it is switched on.
    after, known = memory.met(frame.value, time if clock_set else None)
    return outcome(memory, after, tuple(tell.told), duplicate=known)


def _continuous(device: Device, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    flags = reader.u8("flags")
    saturation, pulse = reader.sfloat("SpO2"), reader.sfloat("pulse rate")
    if flags & _LIVE_HAS_FAST:
        reader.take(4, "fast SpO2 and pulse rate")
    if flags & _LIVE_HAS_SLOW:
        reader.take(4, "slow SpO2 and pulse rate")
    status = reader.u16("measurement status") if flags & _LIVE_HAS_STATUS else None
    sensor = reader.u24("device and sensor status") if flags & _LIVE_HAS_DEVICE else None
    index = reader.sfloat("pulse amplitude index") if flags & _LIVE_HAS_INDEX else None
    reader.done()
    tell = common.Teller(device, None, at)
    _tell(tell, (saturation, pulse, index), (status, sensor), Quality.OK)
    return Decoded(observations=tuple(tell.told))


_Number = tuple[float | None, Quality]


def _tell(
    tell: common.Teller,
    numbers: tuple[_Number, _Number, _Number | None],
    states: tuple[int | None, int | None],
    clock: Quality,
) -> None:
    status, sensor = states
    saturation, pulse, index = numbers
    absent = bool((status or 0) & _STATUS_NO_VALUE or (sensor or 0) & _DEVICE_NO_VALUE)
    doubted = bool((status or 0) & _STATUS_DOUBT or (sensor or 0) & ~_DEVICE_NO_DOUBT)
    doubt = Quality.QUESTIONABLE if doubted else clock
    for kind, number, highest in (
        ("oxygen_saturation", saturation, _FULL),
        ("pulse_rate", pulse, common.HIGHEST_PULSE),
        ("perfusion_index", index, _FULL),
    ):
        if number is None:
            continue
        value, quality = common.bounded(*number, highest)
        if absent:
            tell(kind, None, Quality.NOT_AVAILABLE if quality is Quality.OK else quality)
        else:
            tell(kind, value, common.worse(quality, doubt))
    if status is not None or sensor is not None:
        names = [
            *common.flagged(status or 0, _STATUS_BITS),
            *common.flagged(sensor or 0, _DEVICE_BITS),
        ]
        tell("measurement_status", ",".join(names) or common.NOTHING_FLAGGED, clock)


DRIVER = Driver(
    id="pulse_oximeter",
    title="Pulse oximeter (Bluetooth profile 0x1822)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=8 * 24 * 3600,
    silent_reason="it is heard only when used; a measurement a week and a day late is normal",
    decode=decode,
    from_payload=common.payload_of(SPOT_CHECK),
    match=common.matcher(SERVICE),
    plan=GattPlan(
        service=SERVICE,
        write_time=True,
        read=common.COMMON_READ,
        also=(SPOT_CHECK, CONTINUOUS),  # an oximeter has one of them or both
        # A spot check takes ten seconds from the finger in the clip.
        quiet_s=15.0,
        longest_s=30.0,
    ),
)
