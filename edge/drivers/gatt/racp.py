"""Record Access Control Point 0x2A52: asking for stored records, and knowing which are collected.

Source: Bluetooth SIG Record Access Control Point, as Glucose and Continuous
Glucose Monitoring use it: op code, operator, operand. We write op code 1
(report stored records) and nothing else; a record is never deleted.

Records come oldest first, and a link can be lost in the middle. So a number
counts as collected when a higher one followed it or the device said that the
report is complete. A live measurement that arrives amid the stored ones is
ahead of them; the next stored one is lower, and the count goes on from there.

An instrument that was reset counts from its beginning again, and would have
nothing "after" the last number for ever. When it has no such record, the next
session asks from the last number itself: an instrument that went on still has
that record. When it has none, or another one under that number, everything is
asked for again, and `Memory.met` tells the repeats.
"""

from __future__ import annotations

import msgspec

from edge.domain import Instant
from edge.drivers.base import Notification, Write
from edge.drivers.codec import Reader
from edge.drivers.gatt.gatt_common import RECORD_ACCESS
from edge.drivers.gatt.gatt_memory import Memory, recall
from edge.errors import DecodeError

_REPORT = 0x01
_RESPONSE = 0x06
_ALL = b"\x01"
_FROM = b"\x03\x01"  # greater than or equal to; by number (sequence or time offset)

_SUCCESS = 0x01
_NO_RECORDS = 0x06
# Op code, operator or operand not understood: the device reports all or nothing.
_CANNOT_FILTER = frozenset({0x02, 0x03, 0x04, 0x05, 0x09})

_HIGHEST = 0xFFFF
_ENDING = bytes((_RESPONSE, 0x00, _REPORT))


def begin(state: bytes, at: Instant) -> tuple[Write, ...]:  # noqa: ARG001
    """The one report request of a session: everything at first, then what came after the last."""
    memory = recall(state)
    # After the highest number comes none, or the first again: only "all" can tell.
    if memory.last is None or memory.last == _HIGHEST:
        request = _ALL
    else:
        first = memory.last if memory.doubted else memory.last + 1
        request = _FROM + first.to_bytes(2, "little")
    return (Write(characteristic=RECORD_ACCESS, value=bytes((_REPORT,)) + request),)


def ends(frame: Notification) -> bool:
    """Whether this is the response to the report request, whatever it says."""
    return frame.characteristic == RECORD_ACCESS and frame.value.startswith(_ENDING)


def took(memory: Memory, number: int, *, known: bool, dated: bool) -> Memory:
    """The memory after record `number`, which was stored before (`known`) or is new."""
    last, newest = memory.last, memory.newest
    if last is not None and not known and (number < last or (number == last and dated)):
        return restarted(memory)
    if memory.hold:
        return memory
    if newest is not None and number > newest:
        last = newest if last is None else max(last, newest)
    doubted = memory.doubted and number != memory.last
    return msgspec.structs.replace(memory, last=last, newest=number, doubted=doubted)


def restarted(memory: Memory) -> Memory:
    """The memory of an instrument that counts from its beginning again: ask for all next time."""
    return msgspec.structs.replace(
        memory, last=None, newest=None, doubted=False, hold=memory.last is not None or memory.hold
    )


def answered(memory: Memory, value: bytes) -> Memory:
    """The memory after the response; raises DecodeError for what is no response to a report."""
    reader = Reader(value)
    op_code = reader.u8("op code")
    reader.u8("operator")
    request, code = reader.u8("requested op code"), reader.u8("response code")
    reader.done()
    if op_code != _RESPONSE or request != _REPORT:
        raise DecodeError("reserved", "not the response to a report of stored records", 0)
    last, newest, doubted = memory.last, memory.newest, memory.doubted
    if memory.hold:
        last, doubted = None, False
    elif code == _SUCCESS:
        last, doubted = newest if last is None else max(last, newest or 0), False
    elif code == _NO_RECORDS:
        last, doubted = (None, False) if doubted else (last, last is not None)
    elif code in _CANNOT_FILTER:
        last, doubted = None, False
    return msgspec.structs.replace(
        memory, last=last, newest=None, doubted=doubted, hold=False, record=None
    )
