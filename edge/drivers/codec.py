"""Number, time and check formats that several protocols share.

Sources: SFLOAT and FLOAT, ISO/IEEE 11073-20601 §F.7 and the Bluetooth SIG's
medfloat16/medfloat32; Date Time, Bluetooth SIG characteristic 0x2A08;
CRC-16/CCITT-FALSE, ITU-T V.41 polynomial 0x1021 with initial value 0xFFFF;
CRC-16/MCRF4XX, the same polynomial reflected (Continuous Glucose Monitoring
Service §3.11, "E2E-CRC").
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from datetime import datetime, timedelta
from functools import lru_cache

from edge.domain import Quality
from edge.errors import DecodeError

# The specials of ISO/IEEE 11073-20601 as raw words; SFLOAT has them with exponent 0 only.
_SFLOAT_SPECIALS = {
    0x07FE: Quality.POSITIVE_INFINITY,
    0x07FF: Quality.NOT_A_NUMBER,
    0x0800: Quality.NOT_AT_RESOLUTION,
    0x0801: Quality.RESERVED,
    0x0802: Quality.NEGATIVE_INFINITY,
}
_FLOAT_SPECIALS = {
    0x007FFFFE: Quality.POSITIVE_INFINITY,
    0x007FFFFF: Quality.NOT_A_NUMBER,
    0x00800000: Quality.NOT_AT_RESOLUTION,
    0x00800001: Quality.RESERVED,
    0x00800002: Quality.NEGATIVE_INFINITY,
}

# Date Time: 0 means not known; the standard's years begin with the Gregorian calendar.
_FIRST_YEAR = 1582
_LAST_YEAR = 9999
_FEBRUARY = 2
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATE_TIME = struct.Struct("<HBBBBB")

# A leap year, which an unknown year may be.
_SOME_YEAR = "2000"
_SOME_DAY = "2000-01-01"

_MCRF4XX_POLYNOMIAL = 0x8408  # 0x1021 reflected

# Device addresses in use at once in one home, with room for the neighbours' in tests.
_ADDRESSES_KEPT = 1024
_MAC_BYTES = 6


def _signed(raw: int, bits: int) -> int:
    return raw - (1 << bits) if raw >> (bits - 1) else raw


def _scaled(mantissa: int, exponent: int) -> float:
    # An integer division rounds once: 189e-1 is the float that is nearest to 18.9.
    return float(mantissa * 10**exponent) if exponent >= 0 else mantissa / 10**-exponent


def sfloat(raw: int, power: int = 0) -> tuple[float | None, Quality]:
    """The value of a 16-bit SFLOAT word times 10 to the `power`, or None and why there is none.

    Bits 15-12 are the exponent, bits 11-0 the mantissa, both two's complement. The power of
    ten goes into the exponent, so that a change of units rounds no second time.
    """
    special = _SFLOAT_SPECIALS.get(raw)
    if special is not None:
        return None, special
    return _scaled(_signed(raw & 0xFFF, 12), _signed(raw >> 12, 4) + power), Quality.OK


def medfloat32(raw: int) -> tuple[float | None, Quality]:
    """The value of a 32-bit FLOAT word, or None and why there is none.

    Bits 31-24 are the exponent, bits 23-0 the mantissa, both two's complement.
    """
    special = _FLOAT_SPECIALS.get(raw)
    if special is not None:
        return None, special
    return _scaled(_signed(raw & 0xFFFFFF, 24), _signed(raw >> 24, 8)), Quality.OK


def date_time(raw: bytes) -> tuple[str | None, Quality]:
    """The seven bytes of a Date Time as ISO 8601 text, as far as the device knows it.

    A year, month or day of 0 is legal and means "not known": without a year the
    text is `--04-17T20:41:59`, without any date `T18:26:32`, and a year without
    its day ends there (`2018`, `2018-04`). A moment that cannot be (month 13,
    30 February, 24:00) is None with `CLOCK_DOUBTFUL`. Raises DecodeError when
    `raw` is not seven bytes long.
    """
    if len(raw) != _DATE_TIME.size:
        raise DecodeError("length", f"a date and time has 7 bytes, not {len(raw)}", len(raw))
    year, month, day, hour, minute, second = _DATE_TIME.unpack(raw)
    if hour > 23 or minute > 59 or second > 59 or not _is_date(year, month, day):  # noqa: PLR2004
        return None, Quality.CLOCK_DOUBTFUL
    clock = f"T{hour:02}:{minute:02}:{second:02}"
    if not year and not month:
        return (f"---{day:02}{clock}" if day else clock), Quality.OK
    if not year:
        return (f"--{month:02}-{day:02}{clock}" if day else f"--{month:02}"), Quality.OK
    if not month:
        return f"{year:04}", Quality.OK
    return f"{year:04}-{month:02}" + (f"-{day:02}{clock}" if day else ""), Quality.OK


def _is_date(year: int, month: int, day: int) -> bool:
    if year and not _FIRST_YEAR <= year <= _LAST_YEAR:
        return False
    if month > len(_DAYS):
        return False
    longest = _DAYS[month - 1] if month else max(_DAYS)
    if month == _FEBRUARY and (year % 4 or (year % 100 == 0 and year % 400)):
        longest = 28  # an unknown year, 0, may be a leap year
    return day <= longest


def shifted(text: str | None, minutes: int) -> str | None:
    """A time of `date_time` `minutes` later, as far as it was known; None when that is too little.

    Without a year or without any date the clock goes on as it would in any year, on any day.
    A day of an unknown month, a month and a year have no clock to add minutes to.
    """
    if text is None or minutes == 0:
        return text
    date, has_clock, clock = text.partition("T")
    if not has_clock or date.startswith("---"):
        return None
    if not date:
        whole = _SOME_DAY
    elif date.startswith("--"):
        whole = _SOME_YEAR + date[1:]
    else:
        whole = date
    try:
        moved = datetime.fromisoformat(f"{whole}T{clock}") + timedelta(minutes=minutes)
    except OverflowError:
        return None
    told = moved.isoformat()
    return told[len(whole) - len(date) :] if whole == date or not date else f"-{told[4:]}"


def crc16_ccitt_false(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, not reflected; "123456789" -> 0x29B1."""
    return crc_hqx(data, 0xFFFF)


def _reflected_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_MCRF4XX_POLYNOMIAL if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_MCRF4XX = _reflected_table()


def crc16_mcrf4xx(data: bytes) -> int:
    """CRC-16/MCRF4XX: polynomial 0x1021, start 0xFFFF, reflected; "123456789" -> 0x6F91."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _MCRF4XX[(crc ^ byte) & 0xFF]
    return crc


@lru_cache(maxsize=_ADDRESSES_KEPT)
def mac_bytes(address: str) -> bytes | None:
    """The six bytes of a MAC in display order, or None when `address` is not one."""
    try:
        raw = bytes.fromhex(address.replace(":", "").replace("-", ""))
    except ValueError:
        return None
    return raw if len(raw) == _MAC_BYTES else None


class Reader:
    """Takes little-endian fields off a value one after the other.

    Every method raises DecodeError("length") at the first byte that is missing;
    `done` raises it at the first byte that is too many.
    """

    __slots__ = ("_data", "pos")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.pos = 0

    def take(self, size: int, what: str) -> bytes:
        end = self.pos + size
        if end > len(self._data):
            missing = end - len(self._data)
            text = f"the value ends in the middle of the {what}; {missing} more needed"
            raise DecodeError("length", text, len(self._data))
        raw = self._data[self.pos : end]
        self.pos = end
        return raw

    def u8(self, what: str) -> int:
        return self.take(1, what)[0]

    def u16(self, what: str) -> int:
        return int.from_bytes(self.take(2, what), "little")

    def s16(self, what: str) -> int:
        return int.from_bytes(self.take(2, what), "little", signed=True)

    def u24(self, what: str) -> int:
        return int.from_bytes(self.take(3, what), "little")

    def sfloat(self, what: str, power: int = 0) -> tuple[float | None, Quality]:
        return sfloat(self.u16(what), power)

    def medfloat32(self, what: str) -> tuple[float | None, Quality]:
        return medfloat32(int.from_bytes(self.take(4, what), "little"))

    def date_time(self, what: str) -> tuple[str | None, Quality]:
        return date_time(self.take(_DATE_TIME.size, what))

    @property
    def left(self) -> int:
        return len(self._data) - self.pos

    def done(self) -> None:
        if self.left:
            text = f"{self.left} bytes more than the flags speak of"
            raise DecodeError("length", text, self.pos)
