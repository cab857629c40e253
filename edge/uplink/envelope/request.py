"""The customer's own word to the service: made by a home, read by a desk. Pure."""

from __future__ import annotations

import msgspec

from edge.domain import Instant, OutboxClass, OutboxEntry, Priority, Telling
from edge.uplink.envelope.instants import iso
from edge.uplink.envelope.line import UP_BYTES_MAX, gateway_source
from edge.uplink.envelope.origin import Origin, clock_part
from edge.uplink.envelope.reading import MessageError, decode, expect_origin
from edge.uplink.envelope.wire import SubjectPart
from edge.uplink.envelope.wire_request import RequestData, RequestEnvelope, RequestKind

_REQUEST = msgspec.json.Decoder(RequestEnvelope)


def request(
    origin: Origin,
    kind: str,
    *,
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
    cls: str | None = None,
    allowed: bool | None = None,
) -> OutboxEntry:
    """A request of `kind` (RequestKind); pseudonyms alone stand in it."""
    envelope = RequestEnvelope(
        specversion="1.0",
        type="fi.kotivahti.request.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:request:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        data=RequestData(
            subject=SubjectPart(client=origin.customer, site=origin.site),
            clock=clock_part(at),
            kind=RequestKind(kind),
            cls=cls,
            allowed=allowed,
        ),
    )
    return OutboxEntry(
        sequence=sequence,
        id=id,
        cls=OutboxClass.REQUEST,
        priority=Priority.NORMAL,
        body=msgspec.json.encode(envelope),
        created_ms=at.wall_ms,
        tells=Telling(what=kind),
    )


def parse_request(body: bytes, gateway: str) -> RequestEnvelope:
    """A request sent by `gateway`; raises MessageError."""
    envelope = decode(body, _REQUEST, UP_BYTES_MAX)
    expect_origin(envelope, "request", gateway)
    data = envelope.data
    for key in ("cls", "allowed") if data.kind is RequestKind.SENDING else ():
        if getattr(data, key) is None:
            raise MessageError("schema", "is missing: a switch that is told has one", f"data.{key}")
    return envelope
