"""What virtual tags and air monitors say, byte by byte, from the published formats.

Written, as `edge.sim.encode`, without a look at the gateway's decoders.
"""

from __future__ import annotations

import math
import struct

from edge.sim.encode import (
    AD_MANUFACTURER,
    AD_SERVICE_DATA_16,
    AD_UUIDS_16,
    FLAGS,
    ad,
    address_bytes,
)

APPLE_COMPANY = 0x004C
EDDYSTONE_UUID = struct.pack("<H", 0xFEAA)

# docs.ruuvi.com: all fields most significant byte first.
_RUUVI_CLIMATE = ">BhHH"
_TOP_LUX, _TOP_CODE = 65_535, 254


class Room:
    """The air that a monitor measures; `calibrating` in the first minutes after it is started."""

    def __init__(self) -> None:
        self.temperature_c = 21.5
        self.humidity_pct = 38.0
        self.pressure_pa = 101_325
        self.dust_ug_m3 = (1.2, 1.9, 2.1, 2.3)  # PM 1, 2.5, 4 and 10
        self.co2_ppm = 620
        self.voc = 101
        self.nox = 1
        self.light_lx = 210.0
        self.calibrating = False

    @property
    def climate(self) -> tuple[int, int, int]:
        return (
            round(self.temperature_c * 200),
            round(self.humidity_pct * 400),
            self.pressure_pa - 50_000,
        )

    @property
    def flags(self) -> int:
        """Bit 0 calibration; bits 6 and 7 the lowest bits of VOC and NOx."""
        return (self.nox & 1) << 7 | (self.voc & 1) << 6 | self.calibrating


def ruuvi_df6(room: Room, *, address: str, sequence: int) -> bytes:
    """Data format 6: 20 bytes without the company id; light as a logarithm."""
    step = math.log(_TOP_LUX + 1) / _TOP_CODE
    light = min(_TOP_CODE, round(math.log(room.light_lx + 1) / step))
    dust = round(room.dust_ug_m3[1] * 10)
    head = struct.pack(_RUUVI_CLIMATE + "HH", 6, *room.climate, dust, room.co2_ppm)
    tail = bytes((room.voc >> 1, room.nox >> 1, light, 0xFF, sequence & 0xFF, room.flags))
    return head + tail + address_bytes(address)[3:]


def ruuvi_e1(room: Room, *, address: str, sequence: int) -> bytes:
    """Data format E1: 40 bytes, more than a legacy advertisement holds."""
    dust = [round(one * 10) for one in room.dust_ug_m3]
    head = struct.pack(_RUUVI_CLIMATE + "5H", 0xE1, *room.climate, *dust, room.co2_ppm)
    light = round(room.light_lx * 100).to_bytes(3, "big")
    index = bytes((room.voc >> 1, room.nox >> 1))
    number = (sequence & 0xFFFFFF).to_bytes(3, "big")
    reserved = b"\xff"
    end = bytes((room.flags,)) + reserved * 5 + address_bytes(address)
    return head + index + light + reserved * 3 + number + end


def ibeacon(*, uuid: bytes, major: int, minor: int, power_dbm: int = -59) -> bytes:
    """Apple, Proximity Beacon Specification: type 0x02, 21 bytes to come."""
    data = struct.pack("<H", APPLE_COMPANY) + b"\x02\x15" + uuid
    return FLAGS + ad(AD_MANUFACTURER, data + struct.pack(">HHb", major, minor, power_dbm))


def _eddystone(frame: bytes) -> bytes:
    listed = ad(AD_UUIDS_16, EDDYSTONE_UUID)
    return FLAGS + listed + ad(AD_SERVICE_DATA_16, EDDYSTONE_UUID + frame)


def eddystone_uid(*, namespace: bytes, instance: bytes, power_dbm: int = -18) -> bytes:
    """Eddystone-UID: 10 bytes of namespace, 6 of instance, two reserved."""
    return _eddystone(struct.pack(">Bb", 0x00, power_dbm) + namespace + instance + bytes(2))


def eddystone_tlm(
    *, battery_mv: int, temperature_c: float | None, frames: int, uptime_s: float
) -> bytes:
    """Eddystone-TLM, unencrypted: temperature in 8.8 fixed point, uptime in tenths of a second."""
    temperature = -0x8000 if temperature_c is None else round(temperature_c * 256)
    fields = (battery_mv, temperature, frames, round(uptime_s * 10))
    return _eddystone(struct.pack(">BBHhII", 0x20, 0x00, *fields))
