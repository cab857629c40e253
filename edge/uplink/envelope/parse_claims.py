"""Claims, profiles and their answers: bytes in, records out, or a `MessageError`."""

from __future__ import annotations

import msgspec

from edge.uplink.envelope import wire_claim
from edge.uplink.envelope.line import DOWN_BYTES_MAX, UP_BYTES_MAX, gateway_source
from edge.uplink.envelope.reading import (
    MessageError,
    decode,
    expect_desk,
    expect_origin,
    expect_type,
)
from edge.uplink.envelope.wire_claim import (
    PART_BYTES_MAX,
    ClaimStep,
    ProfileData,
    RestoreData,
)

_CLAIM = msgspec.json.Decoder(wire_claim.ClaimEnvelope)
_CLAIMED = msgspec.json.Decoder(wire_claim.ClaimedEnvelope)
_PROFILE = msgspec.json.Decoder(wire_claim.ProfileEnvelope)
_RESTORE = msgspec.json.Decoder(wire_claim.RestoreEnvelope)


def parse_claim(body: bytes, gateway: str) -> wire_claim.ClaimEnvelope:
    """One step of a claim sent by `gateway`; raises MessageError."""
    envelope = decode(body, _CLAIM, UP_BYTES_MAX)
    expect_origin(envelope, "claim", gateway)
    data = envelope.data
    for key in ("kind", "code") if data.step is ClaimStep.ASKED else ():
        if getattr(data, key) is None:
            raise MessageError("schema", "is missing: a claim that asks has one", f"data.{key}")
    return envelope


def parse_profile(body: bytes, gateway: str) -> wire_claim.ProfileEnvelope:
    """A part of a profile sent by `gateway`; raises MessageError."""
    envelope = decode(body, _PROFILE, UP_BYTES_MAX)
    expect_origin(envelope, "profile", gateway)
    if not envelope.data.superseded:
        _expect_size(envelope.data)
    return envelope


def parse_claimed(body: bytes, gateway: str) -> wire_claim.ClaimedData:
    """A desk's answer to a claim of `gateway`; raises MessageError."""
    envelope = decode(body, _CLAIMED, DOWN_BYTES_MAX)
    expect_type(envelope, "claimed")
    expect_desk(envelope)
    data = envelope.data
    _expect_gateway(data.gateway, gateway)
    needed = ("reason",) if data.state == "refused" else ("customer", "name", "address")
    for key in needed:
        if getattr(data, key) is None:
            text = f"is missing: a claim that is {data.state} has one"
            raise MessageError("schema", text, f"data.{key}")
    return data


def parse_restore(body: bytes, gateway: str) -> RestoreData:
    """A part of a profile meant for `gateway`; raises MessageError."""
    envelope = decode(body, _RESTORE, DOWN_BYTES_MAX)
    expect_type(envelope, "restore")
    expect_desk(envelope)
    data = envelope.data
    _expect_gateway(data.gateway, gateway)
    if data.number == 0:
        if data.part or data.parts or data.size or data.body:
            raise MessageError("schema", "is 0, so there is nothing of it", "data.number")
        return data
    if data.part == 0:
        raise MessageError("schema", "parts are counted from 1", "data.part")
    _expect_size(data)
    return data


def _expect_gateway(source: str, gateway: str) -> None:
    if source != gateway_source(gateway):
        raise MessageError("gateway", f"'{source}' is not this gateway", "data.gateway")


def _expect_size(data: ProfileData | RestoreData) -> None:
    """Every part but the last is full, and together they are as large as the whole."""
    if data.part > data.parts:
        raise MessageError("schema", f"part {data.part} of {data.parts}", "data.part")
    left = data.size - (data.part - 1) * PART_BYTES_MAX
    due = PART_BYTES_MAX if data.part < data.parts else left
    if data.parts != max(1, -(-data.size // PART_BYTES_MAX)) or len(data.body) != due:
        text = f"{len(data.body)} bytes in part {data.part} of {data.parts}, {due} are due"
        raise MessageError("schema", text, "data.body")
