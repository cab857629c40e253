"""The messages between a home and its desk: pure bytes in, bytes out, records on both sides.

CloudEvents 1.0 (JSON event format) in UTF-8, one event an MQTT message. The
JSON Schemas of the same messages stand in `config/schemas/`.
"""

from edge.uplink.envelope.answer import decision, escalated, receipt
from edge.uplink.envelope.build import Health, device_status, heartbeat, observations, state
from edge.uplink.envelope.build_alert import alert
from edge.uplink.envelope.build_claim import ProfilePart, claim, claimed, cut, profile, restore
from edge.uplink.envelope.claim_code import ClaimCodeError, make_code, read_code, shown_code
from edge.uplink.envelope.instants import iso, wall_ms
from edge.uplink.envelope.line import (
    DOWN_BYTES_MAX,
    GATEWAY_LOST_AFTER_MS,
    HEARTBEAT_EVERY_MS,
    UP_BYTES_MAX,
    Topics,
    gateway_source,
    heartbeat_topic,
    reconnect_after_ms,
    repeat_after_ms,
)
from edge.uplink.envelope.origin import Origin
from edge.uplink.envelope.parse import (
    Ack,
    as_event,
    parse_alert,
    parse_device_status,
    parse_downlink,
    parse_heartbeat,
    parse_observations,
    parse_state,
    readable_id,
)
from edge.uplink.envelope.parse_claims import (
    parse_claim,
    parse_claimed,
    parse_profile,
    parse_restore,
)
from edge.uplink.envelope.proof import PROOF_LATE_MS, ProofStanding, is_proof, path_test
from edge.uplink.envelope.reading import MessageError
from edge.uplink.envelope.reply import REPLY_EXPIRES_S, Outturn, ReplyEnvelope, parse_reply, reply
from edge.uplink.envelope.request import parse_request, request
from edge.uplink.envelope.sharing import KIND_CLASSES, DataClass, Sharing, tells_value
from edge.uplink.envelope.wire import (
    AckKind,
    AlertEnvelope,
    AlertPart,
    DeviceStatusEnvelope,
    HeartbeatEnvelope,
    ObservationsEnvelope,
    OfPart,
    Outcome,
    ProofPart,
    StateBody,
)
from edge.uplink.envelope.wire_claim import (
    GAPS_MAX,
    HELD_MAX,
    PART_BYTES_MAX,
    PROFILE_BYTES_MAX,
    ClaimData,
    ClaimedData,
    ClaimEnvelope,
    ClaimRefusal,
    ClaimStep,
    HeldPart,
    ProfileData,
    ProfileEnvelope,
    RestoreData,
)
from edge.uplink.envelope.wire_request import RequestEnvelope, RequestKind

__all__ = [
    "DOWN_BYTES_MAX",
    "GAPS_MAX",
    "GATEWAY_LOST_AFTER_MS",
    "HEARTBEAT_EVERY_MS",
    "HELD_MAX",
    "KIND_CLASSES",
    "PART_BYTES_MAX",
    "PROFILE_BYTES_MAX",
    "PROOF_LATE_MS",
    "REPLY_EXPIRES_S",
    "UP_BYTES_MAX",
    "Ack",
    "AckKind",
    "AlertEnvelope",
    "AlertPart",
    "ClaimCodeError",
    "ClaimData",
    "ClaimEnvelope",
    "ClaimRefusal",
    "ClaimStep",
    "ClaimedData",
    "DataClass",
    "DeviceStatusEnvelope",
    "Health",
    "HeartbeatEnvelope",
    "HeldPart",
    "MessageError",
    "ObservationsEnvelope",
    "OfPart",
    "Origin",
    "Outcome",
    "Outturn",
    "ProfileData",
    "ProfileEnvelope",
    "ProfilePart",
    "ProofPart",
    "ProofStanding",
    "ReplyEnvelope",
    "RequestEnvelope",
    "RequestKind",
    "RestoreData",
    "Sharing",
    "StateBody",
    "Topics",
    "alert",
    "as_event",
    "claim",
    "claimed",
    "cut",
    "decision",
    "device_status",
    "escalated",
    "gateway_source",
    "heartbeat",
    "heartbeat_topic",
    "is_proof",
    "iso",
    "make_code",
    "observations",
    "parse_alert",
    "parse_claim",
    "parse_claimed",
    "parse_device_status",
    "parse_downlink",
    "parse_heartbeat",
    "parse_observations",
    "parse_profile",
    "parse_reply",
    "parse_request",
    "parse_restore",
    "parse_state",
    "path_test",
    "profile",
    "read_code",
    "readable_id",
    "receipt",
    "reconnect_after_ms",
    "repeat_after_ms",
    "reply",
    "request",
    "restore",
    "shown_code",
    "state",
    "tells_value",
    "wall_ms",
]
