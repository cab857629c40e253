"""The clock of a health device, as Current Time 0x2A2B shows and takes it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from bumble.att import ATT_Error, ErrorCode

from edge.sim import encode_health

CURRENT_TIME_BYTES = 10


class DeviceClock:
    """A device's own clock: ahead, behind, or never set."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.set = True
        self.refuses = False  # takes no time from anybody

    def now(self) -> datetime:
        return datetime.now(tz=UTC).astimezone() + self.ahead

    def read(self) -> bytes:
        return encode_health.current_time(self.now()) if self.set else bytes(CURRENT_TIME_BYTES)

    def write(self, value: bytes) -> datetime:
        """Raises ATT_Error for what it does not take."""
        if self.refuses:
            raise ATT_Error(ErrorCode.WRITE_NOT_PERMITTED)
        if len(value) != CURRENT_TIME_BYTES:
            raise ATT_Error(ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        year, month, day, hour, minute, second = struct.unpack_from("<H5B", value)
        machine = datetime.now(tz=UTC).astimezone()
        told = datetime(year, month, day, hour, minute, second, tzinfo=machine.tzinfo)
        self.ahead, self.set = told - machine, True
        return told
