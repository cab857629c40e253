"""Record Access Control Point 0x2A52: what a meter makes of a request for its records.

Source: Bluetooth SIG, Glucose Service 1.0.1 §3.5 and CGM Service 1.0.2 §3.8, op codes,
operators, filter types and response codes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import msgspec

REPORT = 0x01
DELETE = 0x02
ABORT = 0x03
COUNT = 0x04
COUNT_RESPONSE = 0x05
RESPONSE = 0x06

SUCCESS = 0x01
NO_SUCH_OP_CODE = 0x02
NO_SUCH_OPERATOR = 0x04
BAD_OPERAND = 0x05
NO_RECORDS = 0x06
NO_SUCH_FILTER = 0x09

_NULL = 0x00
_ALL = 0x01
_UP_TO = 0x02
_FROM = 0x03
_RANGE = 0x04
_FIRST = 0x05
_LAST = 0x06

# The only filter: sequence number of a glucose meter, time offset in minutes of a CGM.
_BY_NUMBER = 0x01

_WITHOUT_OPERAND = frozenset({_NULL, _ALL, _FIRST, _LAST})
_OPERAND_NUMBERS = {_UP_TO: 1, _FROM: 1, _RANGE: 2}


class Record(msgspec.Struct, frozen=True):
    """One stored measurement under the number that a filter asks for."""

    number: int
    value: bytes


class Refused(Exception):  # noqa: N818 (a refusal is an answer, not an error)
    """`code` is the response code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def chosen(request: bytes, records: Sequence[Record]) -> list[Record]:
    """The records that a report or count request means; raises Refused with what to answer."""
    if len(request) < 2:  # noqa: PLR2004 (op code and operator)
        raise Refused(BAD_OPERAND)
    op, operator = request[0], request[1]
    if op not in (REPORT, COUNT):
        raise Refused(NO_SUCH_OP_CODE)  # deletion too: what is stored stays
    low, high = _bounds(operator, request[2:])
    found = [record for record in records if low <= record.number <= high]
    if operator == _FIRST:
        found = found[:1]
    elif operator == _LAST:
        found = found[-1:]
    if not found and op == REPORT:
        raise Refused(NO_RECORDS)
    return found


def _bounds(operator: int, operand: bytes) -> tuple[int, int]:
    if operator in _WITHOUT_OPERAND and operator != _NULL:
        if operand:
            raise Refused(BAD_OPERAND)
        return 0, 0xFFFF
    count = _OPERAND_NUMBERS.get(operator)
    if count is None:
        raise Refused(NO_SUCH_OPERATOR)
    if not operand or operand[0] != _BY_NUMBER:
        raise Refused(NO_SUCH_FILTER)
    if len(operand) != 1 + 2 * count:
        raise Refused(BAD_OPERAND)
    numbers = struct.unpack(f"<{count}H", operand[1:])
    if operator == _UP_TO:
        return 0, numbers[0]
    if operator == _FROM:
        return numbers[0], 0xFFFF
    if numbers[0] > numbers[1]:
        raise Refused(BAD_OPERAND)
    return numbers[0], numbers[1]


def answer(request: bytes, code: int) -> bytes:
    """`06 00 <op code asked> <response code>`."""
    return bytes((RESPONSE, _NULL, request[0] if request else 0, code))


def counted(number: int) -> bytes:
    """`05 00 <count>`."""
    return struct.pack("<BBH", COUNT_RESPONSE, _NULL, number)
