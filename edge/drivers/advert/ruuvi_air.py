"""Ruuvi Air, data formats 6 and E1: the air of a room, of one driver with the RuuviTag.

Source: docs.ruuvi.com, "Data format 6" and "Data format E1 (Extended v1)", with
their test vectors. Manufacturer data of company 0x0499, most significant byte
first; 20 and 40 bytes. "Not available" is the largest unsigned and the smallest
signed number of a field's width.

The same device sends both formats of one sample. The page has the shorter one
discarded by who receives both: a format 6 is a duplicate while E1 was heard
within `E1_HEARD_MS`, and when it has the number of the E1 heard last. While the
device calibrates itself its readings are flagged `questionable`.
"""

from __future__ import annotations

import math
import struct
from zlib import crc32

from edge.domain import Device, Instant, Observation, Quality, Scalar
from edge.drivers.base import Decoded
from edge.drivers.codec import mac_bytes
from edge.errors import DecodeError
from edge.kinds import KINDS

FORMAT_6 = 0x06
FORMAT_E1 = 0xE1
SIZES = {FORMAT_6: 20, FORMAT_E1: 40}

# A sample comes every few seconds. Half a minute without an E1: this radio has lost it (it needs
# extended advertising), and the short format is all there is.
E1_HEARD_MS = 30_000

_SIX = struct.Struct(">xhHHHHBBBxBB3s")
_E1 = struct.Struct(">xhHHHHHHHBB3s3x3sB5x6s")
_STATE_E1 = struct.Struct(">B3sIq")

_NO_SIGNED = -0x8000
_NO_U16 = 0xFFFF
_NO_INDEX = 0x1FF
_NO_U24 = 0xFFFFFF
_NO_LUX_CODE = 0xFF
# VOC and NOx indices end at 500; 501 to 510 can be written and mean nothing.
_INDEX_MAX = 500
_LUX_STEP = math.log(65_536) / 254

_CALIBRATING = 0x01
_VOC_BIT = 0x40
_NOX_BIT = 0x80

_MAC_AT = {FORMAT_6: 17, FORMAT_E1: 34}
_KNOWN = Decoded(duplicate=True)

Row = tuple[str, Scalar]


def decode(device: Device, state: bytes, data: bytes, at: Instant) -> Decoded:
    """One sample; `data` has the size of its format (`SIZES`). `state` is the last sample's number.

    Raises DecodeError when the payload names another device than the enrolled one.
    """
    if data[0] == FORMAT_6:
        rows, sequence, calibrating, mac = _six(data)
        kept = bytes([FORMAT_6, sequence])
        if state == kept or _is_e1_heard(state, sequence, at):
            return _KNOWN
    else:
        rows, number, calibrating, mac = _e1(data)
        kept = _STATE_E1.pack(FORMAT_E1, number, crc32(at.boot.encode()), at.boottime_ms)
        sequence = int.from_bytes(number)
        if sequence != _NO_U24 and state[: len(number) + 1] == kept[: len(number) + 1]:
            return _KNOWN
    own = mac_bytes(device.address)
    if own is not None and mac not in (own[-len(mac) :], b"\xff" * len(mac)):
        text = "the payload names another device than the enrolled"
        raise DecodeError("not_ours", text, _MAC_AT[data[0]])
    told = None if sequence == _NO_U24 else sequence
    rows += [
        ("measurement_sequence", told),
        ("measurement_status", "calibrating" if calibrating else "measuring"),
    ]
    return Decoded(
        observations=tuple(
            _observation(device.id, kind, value, at, told, doubtful=calibrating)
            for kind, value in rows
        ),
        state=kept,
    )


def _six(data: bytes) -> tuple[list[Row], int, bool, bytes]:
    temperature, humidity, pressure, pm25, co2, voc, nox, lux, sequence, flags, mac = _SIX.unpack(
        data
    )
    rows = [
        *_climate(temperature, humidity, pressure),
        ("pm25", _tenths(pm25)),
        *_gases(co2, voc, nox, flags),
        ("illuminance", None if lux == _NO_LUX_CODE else round(math.expm1(lux * _LUX_STEP), 2)),
    ]
    return rows, sequence, bool(flags & _CALIBRATING), mac


def _e1(data: bytes) -> tuple[list[Row], bytes, bool, bytes]:
    temperature, humidity, pressure, *pms, co2, voc, nox, lux, number, flags, mac = _E1.unpack(data)
    light = int.from_bytes(lux)
    names = ("pm1", "pm25", "pm4", "pm10")
    rows = [
        *_climate(temperature, humidity, pressure),
        *((name, _tenths(pm)) for name, pm in zip(names, pms, strict=True)),
        *_gases(co2, voc, nox, flags),
        ("illuminance", None if light == _NO_U24 else light / 100),
    ]
    return rows, number, bool(flags & _CALIBRATING), mac


def _climate(temperature: int, humidity: int, pressure: int) -> list[Row]:
    # Whole numbers are divided, never multiplied by 0.005: one rounding, so 29.5 stays 29.5.
    return [
        ("temperature", None if temperature == _NO_SIGNED else temperature / 200),
        ("humidity", None if humidity == _NO_U16 else humidity / 400),
        ("pressure", None if pressure == _NO_U16 else pressure + 50_000),
    ]


def _gases(co2: int, voc: int, nox: int, flags: int) -> list[Row]:
    return [
        ("carbon_dioxide", None if co2 == _NO_U16 else co2),
        ("voc_index", _index(voc, flags & _VOC_BIT)),
        ("nox_index", _index(nox, flags & _NOX_BIT)),
    ]


def _tenths(raw: int) -> float | None:
    return None if raw == _NO_U16 else raw / 10


def _index(high: int, low: int) -> Scalar:
    """Nine bits, the least significant one in the flags."""
    value = high << 1 | bool(low)
    if value == _NO_INDEX:
        return None
    return value if value <= _INDEX_MAX else Quality.OUT_OF_RANGE


def _observation(
    device: str, kind: str, value: Scalar, at: Instant, sequence: int | None, *, doubtful: bool
) -> Observation:
    quality = Quality.QUESTIONABLE if doubtful else Quality.OK
    if isinstance(value, Quality):
        quality, value = value, None
    elif value is None:
        quality = Quality.NOT_AVAILABLE
    info = KINDS[kind]
    return Observation(
        device=device,
        kind=kind,
        value=value,
        unit=info.unit,
        code=info.code,
        at=at,
        quality=quality,
        device_seq=sequence,
    )


def _is_e1_heard(state: bytes, sequence: int, at: Instant) -> bool:
    if len(state) != _STATE_E1.size or state[0] != FORMAT_E1:
        return False
    _, number, boot, heard_ms = _STATE_E1.unpack(state)
    if number[-1] == sequence:
        return True
    age_ms = int(at.boottime_ms - heard_ms)
    return bool(boot == crc32(at.boot.encode())) and 0 <= age_ms < E1_HEARD_MS
