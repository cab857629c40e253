"""The messages between a home and its desk: pure bytes in, bytes out, records on both sides.

CloudEvents 1.0 (JSON event format) in UTF-8, one event an MQTT message. The
JSON Schemas of the same messages stand in `config/schemas/`.
"""

from edge.uplink.envelope.answer import decision, receipt
from edge.uplink.envelope.build import Health, device_status, heartbeat, observations, state
from edge.uplink.envelope.build_alert import alert
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
    MessageError,
    as_event,
    parse_alert,
    parse_device_status,
    parse_downlink,
    parse_heartbeat,
    parse_observations,
    parse_state,
    readable_id,
)
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
    StateBody,
)

__all__ = [
    "DOWN_BYTES_MAX",
    "GATEWAY_LOST_AFTER_MS",
    "HEARTBEAT_EVERY_MS",
    "KIND_CLASSES",
    "UP_BYTES_MAX",
    "Ack",
    "AckKind",
    "AlertEnvelope",
    "AlertPart",
    "DataClass",
    "DeviceStatusEnvelope",
    "Health",
    "HeartbeatEnvelope",
    "MessageError",
    "ObservationsEnvelope",
    "OfPart",
    "Origin",
    "Outcome",
    "Sharing",
    "StateBody",
    "Topics",
    "alert",
    "as_event",
    "decision",
    "device_status",
    "gateway_source",
    "heartbeat",
    "heartbeat_topic",
    "iso",
    "observations",
    "parse_alert",
    "parse_device_status",
    "parse_downlink",
    "parse_heartbeat",
    "parse_observations",
    "parse_state",
    "readable_id",
    "receipt",
    "reconnect_after_ms",
    "repeat_after_ms",
    "state",
    "tells_value",
    "wall_ms",
]
