"""Whether a command may be obeyed: size, schema, gateway, key, signature, time; then its nonce.

The nonce and the rate come after, because they need what lasts (`edge.app.commanding`).
Nothing that a sender wrote stands in a refusal's text before the signature was found right.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.commands import wire
from edge.domain import WITHOUT_CLOCK, CommandName, Instant, Record, Sync
from edge.errors import EdgeError

# A command that waited longer for its gateway is of another situation.
LIFETIME_MAX_MS = 300_000
# How far the issuer's clock may be ahead of ours; both are synchronised.
FUTURE_MS = 60_000


class Verdict(StrEnum):
    """Why a command was refused, or that it was done; stands in `command` and in counters."""

    SIZE = "size"
    SCHEMA = "schema"
    GATEWAY = "gateway"
    KEY = "key"
    SIGNATURE = "signature"
    LIFETIME = "lifetime"
    CLOCK = "clock"
    FUTURE = "future"
    EXPIRED = "expired"
    REPLAY = "replay"
    RATE = "rate"
    STATE = "state"
    DONE = "done"


class IssuerKey(Record, frozen=True, kw_only=True):
    """A key that may sign, and what."""

    public: bytes
    commands: frozenset[CommandName]


class Command(Record, frozen=True, kw_only=True):
    """A command whose signature is right."""

    id: str
    name: CommandName
    issuer: str
    key: str
    nonce: str
    expires_ms: int  # wall clock, UTC


class CommandRefusedError(EdgeError):
    """Count it, do not obey. With `command` the signature was right, and its issuer is told."""

    def __init__(self, verdict: Verdict, text: str, command: Command | None = None) -> None:
        super().__init__(text)
        self.verdict = verdict
        self.command = command


def verify(body: bytes, *, gateway: str, keys: Mapping[str, IssuerKey], at: Instant) -> Command:
    """The command in `body`, when `gateway` may obey it at `at`; raises CommandRefusedError."""
    envelope = _read(body)
    data = envelope.data
    issued_ms, expires_ms = _moment(envelope.time), _moment(envelope.expirytime)
    if data.gateway != wire.GATEWAY + gateway:
        raise CommandRefusedError(Verdict.GATEWAY, "is for another gateway")
    key = keys.get(data.key)
    if key is None or data.command not in key.commands:
        text = "the settings name no key of this name for this command; see [[command_key]]"
        raise CommandRefusedError(Verdict.KEY, text)
    _check_signature(envelope, key.public)
    command = Command(
        id=envelope.id,
        name=data.command,
        issuer=data.issuer,
        key=data.key,
        nonce=data.nonce,
        expires_ms=expires_ms,
    )
    refusal = _too_early_or_late(command, issued_ms, at)
    if refusal is not None:
        raise CommandRefusedError(*refusal, command)
    return command


def _read(body: bytes) -> wire.CommandEnvelope:
    if len(body) > wire.COMMAND_BYTES_MAX:
        text = f"{len(body)} bytes, at most {wire.COMMAND_BYTES_MAX}"
        raise CommandRefusedError(Verdict.SIZE, text)
    try:
        return wire.decode(body)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        text = f"is no command of this release ({type(error).__name__})"
        raise CommandRefusedError(Verdict.SCHEMA, text) from error


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise CommandRefusedError(Verdict.SCHEMA, "has a time that is no moment") from error


def _check_signature(envelope: wire.CommandEnvelope, public: bytes) -> None:
    given = envelope.data.signature
    try:
        signature = base64.b64decode(given, validate=True)
        # Another spelling of the same bytes would be another message with the same signature.
        if base64.b64encode(signature).decode("ascii") != given:
            signature = b""
        Ed25519PublicKey.from_public_bytes(public).verify(signature, wire.signed_bytes(envelope))
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise CommandRefusedError(Verdict.SIGNATURE, "the signature is wrong") from error


def _too_early_or_late(command: Command, issued_ms: int, at: Instant) -> tuple[Verdict, str] | None:
    lifetime_ms = command.expires_ms - issued_ms
    if not 0 < lifetime_ms <= LIFETIME_MAX_MS:
        most_s = LIFETIME_MAX_MS // 1000
        return Verdict.LIFETIME, f"is meant for {lifetime_ms // 1000} s; 1 to {most_s} s are taken"
    if at.sync is Sync.NONE:
        if command.name in WITHOUT_CLOCK:
            return None
        return Verdict.CLOCK, "this gateway does not know the time; only ping and status are taken"
    if issued_ms > at.wall_ms + FUTURE_MS:
        return Verdict.FUTURE, "was given in the future; set the clock of who gave it"
    if at.wall_ms >= command.expires_ms:
        return Verdict.EXPIRED, "came too late; give it anew"
    return None
