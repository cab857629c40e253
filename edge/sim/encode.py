"""What the virtual devices say, byte by byte, from the published formats.

Written without a look at the gateway's decoders: two readings of one
specification that agree are worth more than one that agrees with itself.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

# Bluetooth Core Specification Supplement, Part A: types of AD structures.
AD_FLAGS = 0x01
AD_UUIDS_16 = 0x03
AD_NAME = 0x09
AD_SERVICE_DATA_16 = 0x16
AD_MANUFACTURER = 0xFF

BTHOME_UUID = bytes.fromhex("D2FC")  # 0xFCD2 as it goes over the air
RUUVI_COMPANY = 0x0499

# BTHome v2 device information: version 2 in bits 5-7, bit 0 encrypted, bit 2 trigger based.
BTHOME_VERSION_2 = 0x40
BTHOME_ENCRYPTED = 0x01
BTHOME_TRIGGERED = 0x04


def ad(kind: int, data: bytes) -> bytes:
    """One AD structure: length, type, data."""
    return bytes((len(data) + 1, kind)) + data


# LE General Discoverable, BR/EDR not supported.
FLAGS = ad(AD_FLAGS, b"\x06")


def address_bytes(address: str) -> bytes:
    """The six bytes of "AA:BB:CC:DD:EE:FF" in display order."""
    return bytes.fromhex(address.replace(":", ""))


Objects = Mapping[int, bytes | tuple[bytes, ...]]
"""BTHome object ids with a value each; several values are several objects of that id, in order."""


def bthome_objects(objects: Objects) -> bytes:
    """Object ids with their little-endian values, ids ascending as the format asks."""
    said = b""
    for number in sorted(objects):
        values = objects[number]
        for value in values if isinstance(values, tuple) else (values,):
            said += bytes((number,)) + value
    return said


def bthome_plain(objects: Objects, *, triggered: bool = False) -> bytes:
    """BTHome v2 service data without the UUID."""
    info = BTHOME_VERSION_2 | (BTHOME_TRIGGERED if triggered else 0)
    return bytes((info,)) + bthome_objects(objects)


def bthome_encrypted(
    objects: Objects, *, key: bytes, address: str, counter: int, triggered: bool = False
) -> bytes:
    """BTHome v2 service data without the UUID: info, ciphertext, counter, 4-byte MIC.

    AES-128-CCM; the nonce is address, UUID, info and counter (bthome.io, "Encryption").
    """
    info = BTHOME_VERSION_2 | BTHOME_ENCRYPTED | (BTHOME_TRIGGERED if triggered else 0)
    count = struct.pack("<I", counter)
    nonce = address_bytes(address) + BTHOME_UUID + bytes((info,)) + count
    sealed = AESCCM(key, tag_length=4).encrypt(nonce, bthome_objects(objects), None)
    return bytes((info,)) + sealed[:-4] + count + sealed[-4:]


def bthome_advert(service_data: bytes) -> bytes:
    return FLAGS + ad(AD_SERVICE_DATA_16, BTHOME_UUID + service_data)


def ruuvi_df5(
    *,
    address: str,
    sequence: int,
    temperature_c: float,
    humidity_pct: float,
    pressure_pa: int = 101_325,
    battery_mv: int = 2977,
    movements: int = 0,
    acceleration_mg: tuple[int, int, int] = (4, -4, 1036),
) -> bytes:
    """RuuviTag data format 5, 24 bytes without the company id (docs.ruuvi.com)."""
    tx_power_dbm = 4
    power = (battery_mv - 1600) << 5 | (tx_power_dbm + 40) // 2
    return struct.pack(
        ">BhHHhhhHBH",
        5,
        round(temperature_c / 0.005),
        round(humidity_pct / 0.0025),
        pressure_pa - 50_000,
        *acceleration_mg,
        power,
        movements & 0xFF,
        sequence & 0xFFFF,
    ) + address_bytes(address)


def ruuvi_advert(payload: bytes) -> bytes:
    return FLAGS + ad(AD_MANUFACTURER, struct.pack("<H", RUUVI_COMPANY) + payload)


def name_advert(name: str) -> bytes:
    """A bare name, as in the answer to a scan request of a device whose data fill a packet."""
    return FLAGS + ad(AD_NAME, name.encode())


def cuff_advert(name: str) -> bytes:
    """Blood Pressure Profile 1.1.1 §4.2: the service's UUID and a name."""
    return FLAGS + ad(AD_UUIDS_16, struct.pack("<H", 0x1810)) + ad(AD_NAME, name.encode())


def sfloat(mantissa: int, exponent: int = 0) -> bytes:
    """IEEE 11073-20601 SFLOAT: 4-bit exponent, 12-bit mantissa, both two's complement."""
    return struct.pack("<H", (exponent & 0xF) << 12 | (mantissa & 0xFFF))


def date_time(when: datetime) -> bytes:
    """GATT Date Time, 7 bytes."""
    moment = (when.month, when.day, when.hour, when.minute, when.second)
    return struct.pack("<H5B", when.year, *moment)


def blood_pressure(
    systolic: int, diastolic: int, pulse: int, when: datetime, *, user: int = 1, status: int = 0
) -> bytes:
    """Blood Pressure Measurement 0x2A35 in mmHg with time, pulse, user and status: 19 bytes."""
    flags = 0x02 | 0x04 | 0x08 | 0x10
    mean = diastolic + (systolic - diastolic) // 3
    values = b"".join(map(sfloat, (systolic, diastolic, mean)))
    tail = sfloat(pulse) + struct.pack("<BH", user, status)
    return bytes((flags,)) + values + date_time(when) + tail


def crc16_ccitt_false(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xFFFF, neither reflected nor inverted."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def link_line(
    device: str, kind: str, *, boot: int, seq: int, uptime_ms: int, fields: Mapping[str, object]
) -> bytes:
    """One line of the appliance link: "$dev,type,boot,seq,uptime_ms,k=v,...*CRC", CR LF."""
    parts = [device, kind, str(boot), str(seq), str(uptime_ms)]
    parts += [f"{key}={value}" for key, value in fields.items()]
    body = ",".join(parts).encode("ascii")
    return b"$" + body + b"*%04X\r\n" % crc16_ccitt_false(body)
