"""What became of a command: the gateway's answer on `up/reply`, for whoever waits there."""

from __future__ import annotations

import msgspec

from edge.domain import Instant, Record, Scalar
from edge.uplink.envelope import wire
from edge.uplink.envelope.instants import iso, iso_after
from edge.uplink.envelope.line import DOWN_BYTES_MAX, gateway_source
from edge.uplink.envelope.origin import Origin, clock_part
from edge.uplink.envelope.reading import decode, expect_origin

# As long as a command lives: who asked has gone by then.
REPLY_EXPIRES_S = 300


class ReplyData(wire.Part, frozen=True, kw_only=True):
    """`verdict` is `done` or why not; `of` and `nonce` are the command's."""

    of: wire.Id
    nonce: wire.Name
    command: wire.Name
    verdict: wire.Name
    clock: wire.ClockPart
    reason: str = ""
    result: dict[str, Scalar] = {}


class ReplyEnvelope(wire.UpEnvelope, frozen=True, kw_only=True):
    expirytime: wire.Time
    data: ReplyData


class Outturn(Record, frozen=True, kw_only=True):
    """What a gateway did with one command."""

    of: str
    nonce: str
    command: str
    verdict: str
    reason: str = ""
    result: tuple[tuple[str, Scalar], ...] = ()


def reply(
    origin: Origin,
    told: Outturn,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
) -> bytes:
    """Not owed and not numbered: lost when it is lost, and then asked again."""
    envelope = ReplyEnvelope(
        specversion="1.0",
        type="fi.kotivahti.reply.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:reply:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        expirytime=iso_after(at, REPLY_EXPIRES_S),
        data=ReplyData(
            of=told.of,
            nonce=told.nonce,
            command=told.command,
            verdict=told.verdict,
            clock=clock_part(at),
            reason=told.reason,
            result=dict(told.result),
        ),
    )
    return msgspec.json.encode(envelope)


def parse_reply(body: bytes, gateway: str) -> ReplyEnvelope:
    """What `gateway` did; raises MessageError."""
    envelope = decode(body, _REPLY, DOWN_BYTES_MAX)
    expect_origin(envelope, "reply", gateway)
    return envelope


_REPLY = msgspec.json.Decoder(ReplyEnvelope)
