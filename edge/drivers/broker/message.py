"""What the drivers of the local broker share: a message's body, read once and within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from edge.drivers.base import Frame, MessageFrame
from edge.errors import DecodeError

T = TypeVar("T")

# More than any message of these formats has; the transport's bound is the same.
BODY_BYTES_MAX = 8_192

# Before 2020 no device of these kinds was sold: a smaller number is a time since its start.
_FIRST_S = 1_577_836_800
_LAST_S = 32_503_680_000  # the year 3000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def body_of(frame: Frame, topic: str, decoder: msgspec.json.Decoder[T]) -> T:
    """The message on `topic`; raises DecodeError: not_ours, length, json, field."""
    if not isinstance(frame, MessageFrame):
        raise DecodeError("not_ours", "not a message of the local broker")
    if frame.topic != topic:
        raise DecodeError("not_ours", "the topic is of another device than the enrolled")
    if len(frame.body) > BODY_BYTES_MAX:
        text = f"a message has at most {BODY_BYTES_MAX} bytes"
        raise DecodeError("length", text, BODY_BYTES_MAX)
    try:
        return decoder.decode(frame.body)
    except msgspec.ValidationError as error:
        raise DecodeError("field", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DecodeError("json", "the message is no JSON") from None


def utc(unix_s: float) -> str | None:
    """Unix time as ISO 8601 UTC; None for a number that is no time of this device's life."""
    if not _FIRST_S <= unix_s < _LAST_S:
        return None
    moment = _EPOCH + timedelta(milliseconds=round(unix_s * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
