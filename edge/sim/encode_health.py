"""What the virtual health devices say, from the GATT services' own tables. All little-endian.

Written, as `encode`, without a look at the gateway's decoders.
"""

from __future__ import annotations

import struct
from datetime import datetime

from edge.sim.encode import AD_NAME, AD_UUIDS_16, FLAGS, ad, date_time, sfloat

# CGM Feature 0x2AA8, bit 12: every value ends in a check of two bytes.
CGM_E2E_CRC = 1 << 12
# Type and sample location, in nibbles: interstitial fluid in subcutaneous tissue; capillary whole
# blood from a finger.
CGM_SAMPLE = 0x59
FINGER_PRICK = 0x11


def advert(uuid: int, name: str) -> bytes:
    """The service's UUID and a name, as the health profiles ask."""
    return FLAGS + ad(AD_UUIDS_16, struct.pack("<H", uuid)) + ad(AD_NAME, name.encode())


def medfloat32(mantissa: int, exponent: int) -> bytes:
    """IEEE 11073-20601 FLOAT: int24 mantissa, int8 exponent."""
    return struct.pack("<i", mantissa)[:3] + struct.pack("<b", exponent)


def current_time(when: datetime) -> bytes:
    """Current Time 0x2A2B: Date Time, weekday, fractions, adjust reason."""
    return date_time(when) + bytes((when.isoweekday(), 0, 0))


def temperature(celsius: float, when: datetime, *, site: int = 2) -> bytes:
    """Temperature Measurement 0x2A1C in Celsius with time and site (2: body)."""
    flags = 0x02 | 0x04
    return bytes((flags,)) + medfloat32(round(celsius * 10), -1) + date_time(when) + bytes((site,))


def weight(kilograms: float, when: datetime, *, user: int = 1) -> bytes:
    """Weight Measurement 0x2A9D in steps of 5 g with time and user."""
    flags = 0x02 | 0x04
    steps = struct.pack("<H", round(kilograms / 0.005))
    return bytes((flags,)) + steps + date_time(when) + bytes((user,))


def oximeter_spot(saturation: int, pulse: int, when: datetime) -> bytes:
    """PLX Spot-check Measurement 0x2A5E with time."""
    return b"\x01" + sfloat(saturation) + sfloat(pulse) + date_time(when)


def oximeter_live(saturation: int, pulse: int) -> bytes:
    """PLX Continuous Measurement 0x2A5F: the normal pair only."""
    return b"\x00" + sfloat(saturation) + sfloat(pulse)


def heart_rate(per_minute: int) -> bytes:
    """Heart Rate Measurement 0x2A37: one byte, skin contact seen, one RR interval of 1/1024 s."""
    flags = 0x02 | 0x04 | 0x10
    return struct.pack("<BBH", flags, per_minute, round(60 * 1024 / per_minute))


def glucose(sequence: int, mmol_per_litre: float, when: datetime) -> bytes:
    """Glucose Measurement 0x2A18 in mol/L with offset, sample and an all-clear status."""
    flags = 0x01 | 0x02 | 0x04 | 0x08
    offset_min = 0
    concentration = sfloat(round(mmol_per_litre * 10), -4)  # 5.6 mmol/L is 56e-4 mol/L
    return (
        struct.pack("<BH", flags, sequence)
        + date_time(when)
        + struct.pack("<h", offset_min)
        + concentration
        + struct.pack("<BH", FINGER_PRICK, 0)
    )


def cgm(mg_per_decilitre: int, offset_min: int, trend_tenths: int = 0) -> bytes:
    """One record of CGM Measurement 0x2AA7: size, flags, value, time offset, trend, check.

    The trend is in tenths of mg/dL a minute; the size counts itself and the check.
    """
    flags = 0x01
    body = sfloat(mg_per_decilitre) + struct.pack("<H", offset_min) + sfloat(trend_tenths, -1)
    return checked(bytes((len(body) + 4, flags)) + body)


def cgm_feature() -> bytes:
    return checked(struct.pack("<I", CGM_E2E_CRC)[:3] + bytes((CGM_SAMPLE,)))


def cgm_status(offset_min: int) -> bytes:
    """CGM Status 0x2AA9: time offset and three octets without a complaint."""
    return checked(struct.pack("<H", offset_min) + bytes(3))


def insulin_status(therapy: str, reservoir_iu: float, counter: int) -> bytes:
    """IDD Status 0x2B21: therapy, operation, reservoir, flags, E2E counter and check."""
    states = {"stop": 0x33, "pause": 0x3C, "run": 0x55}
    ready, attached = 0x96, 0x01
    left = sfloat(round(reservoir_iu))
    return checked(bytes((states[therapy], ready)) + left + bytes((attached, counter)))


def cgm_session_start(when: datetime) -> bytes:
    """CGM Session Start Time 0x2AAA: local time, zone in quarters of an hour, no summer time."""
    offset = when.utcoffset()
    quarters = 0 if offset is None else round(offset.total_seconds() / 900)
    return checked(date_time(when) + struct.pack("<bB", quarters, 0))


def checked(data: bytes) -> bytes:
    """With its E2E-CRC: CRC-16/MCRF4XX, initial 0xFFFF, polynomial 0x1021 reflected."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return data + struct.pack("<H", crc)
