"""How bytes are read: bounded, named by their place, never anything but a `MessageError`."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from edge.errors import EdgeError
from edge.uplink.envelope import wire
from edge.uplink.envelope.instants import wall_ms
from edge.uplink.envelope.line import desk_source, gateway_source

# The deepest of our messages has 5 levels. A parser's stack is not for others to spend.
DEPTH_MAX = 16

# A string that is never closed takes the rest of the bytes: it must not be tried again from every
# quotation mark in it, which is quadratic and holds the event loop for seconds.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_OPENING = (b"[", b"{")
_PATH = re.compile(r" - at `\$\.?([^`]*)`")


class MessageError(EdgeError):
    """The other end sent bytes that we refuse: count it, do not act on it.

    `reason` is a short stable code (size, depth, json, schema, type, source,
    gateway, kind, time), `key` the member that is wrong, "" for the whole body.
    """

    def __init__(self, reason: str, text: str, key: str = "") -> None:
        super().__init__(f"{key}: {text}" if key else text)
        self.reason = reason
        self.key = key


M = TypeVar("M")


def decode(body: bytes, decoder: msgspec.json.Decoder[M], bytes_max: int) -> M:
    if len(body) > bytes_max:
        raise MessageError("size", f"{len(body)} bytes, at most {bytes_max}")
    _check_depth(body)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _schema_error(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageError("json", f"not JSON: {error}") from error


def _schema_error(error: msgspec.ValidationError) -> MessageError:
    """The sentence of msgspec without what was sent: only the place and the rule."""
    text = str(error)
    found = _PATH.search(text)
    key = "" if found is None else found.group(1)
    return MessageError("schema", _PATH.sub("", text).replace("`", "'"), key)


def _check_depth(body: bytes) -> None:
    # Fewer brackets than the limit cannot nest deeper than it: the common case, for free.
    if body.count(b"{") + body.count(b"[") <= DEPTH_MAX:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in _OPENING else -1
        if depth > DEPTH_MAX:
            raise MessageError("depth", f"nested deeper than {DEPTH_MAX}")


def expect_origin(envelope: wire.UpEnvelope, kind: str, gateway: str | None) -> None:
    """What came is of this kind and says that it is `gateway`'s; None: of any gateway."""
    expect_type(envelope, kind)
    if gateway is None:
        if not re.fullmatch(gateway_source("[^/+#:]+"), envelope.source):
            raise MessageError("source", f"'{envelope.source}' is no gateway", "source")
    elif envelope.source != gateway_source(gateway):
        text = f"'{envelope.source}' spoke on the topic of '{gateway}'"
        raise MessageError("source", text, "source")
    expect_time(envelope.time, "time")


def expect_type(envelope: wire.Envelope, kind: str) -> None:
    wanted = f"fi.kotivahti.{kind}.v1"
    if envelope.type != wanted:
        raise MessageError("type", f"'{envelope.type}', here is '{wanted}'", "type")


def expect_time(text: str | None, key: str) -> None:
    if text is None:
        return
    try:
        wall_ms(text)
    except (ValueError, OverflowError) as error:
        raise MessageError("time", f"'{text}' is no moment", key) from error


def expect_desk(envelope: wire.Envelope) -> None:
    """Only a desk answers a gateway."""
    if not envelope.source.startswith(desk_source("")):
        raise MessageError("source", f"'{envelope.source}' is not a desk", "source")
