"""What may be written to a device: the time, and the wish to hear what it has stored.

Device control is out (architecture, law 8): nothing that a driver asks for may
dispense, dose, heat, unlock, erase or calibrate. Here is the whole list, so that
one test can hold it over every driver, ours or not.

Sources: Record Access Control Point 0x2A52 (Bluetooth SIG Glucose Profile 1.0
§5.4: op code 0x01 report, 0x03 abort, 0x04 report the number), Current Time
0x2A2B, Date Time 0x2A08.
"""

from __future__ import annotations

from edge.drivers.base import Write

RECORD_ACCESS = "00002a52-0000-1000-8000-00805f9b34fb"
CURRENT_TIME = "00002a2b-0000-1000-8000-00805f9b34fb"
DATE_TIME = "00002a08-0000-1000-8000-00805f9b34fb"

_REPORT, _ABORT, _COUNT = 0x01, 0x03, 0x04


def may_write(write: Write) -> bool:
    """True for the clock, and for a request to report, to count or to stop reporting records."""
    if write.characteristic in (CURRENT_TIME, DATE_TIME):
        return True
    allowed = (_REPORT, _ABORT, _COUNT)
    return write.characteristic == RECORD_ACCESS and write.value[:1] in map(_byte, allowed)


def _byte(value: int) -> bytes:
    return bytes((value,))
