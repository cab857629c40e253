"""The one way in which a command is written, and the bytes that are signed.

CloudEvents 1.0 as canonical JSON (RFC 8785: members sorted, no white space). Unlike every other
message it may hold nothing that its reader does not know: what was signed must be understood.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.domain import CommandName

# The longest that our own writer makes has 900 bytes.
COMMAND_BYTES_MAX = 2_048

TYPE = "fi.kotivahti.command.v1"
SCHEMA = "urn:kotivahti:schema:command:1.0"
GATEWAY = "urn:kotivahti:gateway:"
# Says what the signature is about, so that it fits nothing else that the same key may sign.
_DOMAIN = TYPE.encode() + b"\n"

_Time = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"(\.[0-9]{3})?[+-][0-9]{2}:[0-9]{2}\Z",
        max_length=40,
    ),
]
_Ident = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]
_Uuid7 = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class NoArgs(_Part, frozen=True, kw_only=True):
    """No command of this release takes an argument."""


class CommandData(_Part, frozen=True, kw_only=True):
    args: NoArgs
    command: CommandName
    gateway: Annotated[str, Meta(pattern=r"^urn:kotivahti:gateway:[a-z0-9][a-z0-9-]{2,39}\Z")]
    # The person who gave it, by the account at the desk.
    issuer: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")]
    key: _Ident  # as the settings of the gateway call it
    nonce: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    signature: Annotated[str, Meta(pattern=r"^([A-Za-z0-9+/]{86}==)?\Z")]  # "" while it is signed


class CommandEnvelope(_Part, frozen=True, kw_only=True):
    """`time` is when it was given, `expirytime` when it ends."""

    data: CommandData
    datacontenttype: Literal["application/json"]
    dataschema: Literal["urn:kotivahti:schema:command:1.0"]
    expirytime: _Time
    id: _Uuid7
    source: Annotated[str, Meta(pattern=r"^urn:kotivahti:desk:[a-z0-9][a-z0-9-]{0,39}\Z")]
    specversion: Literal["1.0"]
    time: _Time
    type: Literal["fi.kotivahti.command.v1"]


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(CommandEnvelope)


def encode(envelope: CommandEnvelope) -> bytes:
    """The only bytes that say this."""
    return _encoder.encode(envelope)


def decode(body: bytes) -> CommandEnvelope:
    """Raises ValueError for what is not, byte for byte, what `encode` makes.

    So a member that stands twice, white space and another spelling of the same text are refused,
    and a change of any byte changes what was signed.
    """
    envelope = _decoder.decode(body)
    if encode(envelope) != body:
        raise ValueError("is not canonical JSON (RFC 8785)")
    return envelope


def signed_bytes(envelope: CommandEnvelope) -> bytes:
    """What the signature is made over: the same message with an empty `signature`."""
    data = msgspec.structs.replace(envelope.data, signature="")
    return _DOMAIN + encode(msgspec.structs.replace(envelope, data=data))
