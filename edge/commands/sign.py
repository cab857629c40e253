"""Writes and signs a command: the issuer's side. Ids, nonce and time are arguments."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands import wire
from edge.domain import CommandName, Instant, Record


class Order(Record, frozen=True, kw_only=True):
    """What is asked, of whom and by whom."""

    command: CommandName
    gateway: str
    desk: str
    issuer: str  # a person's account
    key: str  # the name that the gateway's settings give to the signing key
    nonce: str  # 16 random bytes, hexadecimal


def sign(
    order: Order,
    key: Ed25519PrivateKey,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
    lifetime_ms: int,
) -> bytes:
    """The message, ready for `down/cmd`; obeyed for `lifetime_ms` from `at` on."""
    envelope = wire.CommandEnvelope(
        specversion="1.0",
        type="fi.kotivahti.command.v1",
        source=f"urn:kotivahti:desk:{order.desk}",
        id=id,
        time=_iso(at.wall_ms),
        expirytime=_iso(at.wall_ms + lifetime_ms),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:command:1.0",
        data=wire.CommandData(
            args=wire.NoArgs(),
            command=order.command,
            gateway=wire.GATEWAY + order.gateway,
            issuer=order.issuer,
            key=order.key,
            nonce=order.nonce,
            signature="",
        ),
    )
    signature = base64.b64encode(key.sign(wire.signed_bytes(envelope))).decode("ascii")
    data = msgspec.structs.replace(envelope.data, signature=signature)
    return wire.encode(msgspec.structs.replace(envelope, data=data))


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half as `[[command_key]]` has it: 32 bytes in base64."""
    raw = key.public_key().public_bytes_raw()
    return base64.b64encode(raw).decode("ascii")


def _iso(wall_ms: int) -> str:
    moment = datetime.fromtimestamp(wall_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds")
