"""Dispensers that tell their maker's cloud: its events, brought to the local broker by a bridge.

Medication robots such as Evondos' have no open interface in the home; their
events reach a care organisation through the maker's cloud. A bridge, which
that organisation or the maker runs, publishes them in the format of this
module (docs/satellites.md, "Dispenser events"), one JSON object each on
`kotivahti/v1/dispenser/<address>`, QoS 1, never retained:

    {"v": 1, "id": "…", "event": "DOSE_TAKEN", "time": "2026-03-02T12:00:00Z"}

`event` is one of the appliance link's, or HEARTBEAT, every 15 minutes while
the bridge can hear its cloud; `battery` (%) and `stock` may stand in any.

An event is known by its `id`: a second delivery is a repeat. What would end
something (taken, closed, back) over a broker that asked nobody for an account
is flagged, and flagged events end nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated

import msgspec

from edge.domain import Device, Instant, Observation, Quality, Role, Scalar
from edge.drivers.base import Decoded, Driver, Frame, MessageFrame, Shape
from edge.drivers.broker.message import body_of
from edge.drivers.serial.appliance import EVENTS
from edge.errors import DecodeError
from edge.kinds import observation

TOPIC = "kotivahti/v1/dispenser/{address}"
VERSION = 1
HEARTBEAT = "HEARTBEAT"

# Event ids remembered: three weeks of a dozen events a day. A cloud that delivers an older one
# twice is stored twice, which an event too many is: better than one too few.
IDS_KEPT = 256
_DIGEST_BYTES = 8
# Of dose and meal, what says that all is well; of everything else, the end of a state.
_GOOD = frozenset({"taken", "retrieved_late", False})
_PERCENT_MAX = 100


class _Message(msgspec.Struct, frozen=True):
    v: int
    event: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None
    time: datetime | None = None
    battery: float | None = None
    stock: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None


_decoder = msgspec.json.Decoder(_Message)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One event, or a heartbeat; the state is the digests of the last ids, the newest last."""
    said = body_of(frame, TOPIC.format(address=device.address), _decoder)
    if said.v != VERSION:
        text = f"the message is of version {said.v}, the gateway reads {VERSION}"
        raise DecodeError("version", text)
    account = isinstance(frame, MessageFrame) and frame.account
    time, doubt = _time(said.time)
    if said.event == HEARTBEAT:
        beat = observation(device.id, "heartbeat", value=True, at=at, device_time=time)
        return Decoded(observations=(beat, *_vitals(device, said, at, time)))
    if said.id is None:
        raise DecodeError("field", "an event has an id, by which a second delivery is known")
    digest = _digest(said.id)
    known = _recall(state)
    if digest in known:
        return Decoded(duplicate=True)
    kind, value = EVENTS.get(said.event, ("appliance_event", said.event))
    quality = Quality.UNAUTHENTICATED if not account and value in _GOOD else doubt
    event = observation(device.id, kind, value, at, quality, device_time=time)
    return Decoded(
        observations=(event, *_vitals(device, said, at, time)),
        state=b"".join([*known, digest][-IDS_KEPT:]),
    )


def _recall(state: bytes) -> list[bytes]:
    """The digests in `state`; bytes that are none of ours are no memory."""
    if len(state) % _DIGEST_BYTES:
        return []
    return [state[n : n + _DIGEST_BYTES] for n in range(0, len(state), _DIGEST_BYTES)]


def _digest(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def _time(time: datetime | None) -> tuple[str | None, Quality]:
    """The event's moment in UTC; without a zone nobody knows which one it is."""
    if time is None:
        return None, Quality.OK
    if time.tzinfo is None:
        return None, Quality.CLOCK_DOUBTFUL
    try:
        moment = time.astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar
        return None, Quality.CLOCK_DOUBTFUL
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), Quality.OK


def _vitals(
    device: Device, said: _Message, at: Instant, time: str | None
) -> tuple[Observation, ...]:
    told: list[tuple[str, Scalar, Quality]] = []
    if said.battery is not None:
        fits = 0 <= said.battery <= _PERCENT_MAX
        told.append(
            ("battery", said.battery, Quality.OK)
            if fits
            else ("battery", None, Quality.OUT_OF_RANGE)
        )
    if said.stock is not None:
        told.append(("stock", said.stock, Quality.OK))
    return tuple(
        observation(device.id, kind, value, at, quality, device_time=time)
        for kind, value, quality in told
    )


def from_payload(payload: bytes, mac: str) -> MessageFrame:
    return MessageFrame(topic=TOPIC.format(address=mac), body=payload, account=True)


DRIVER = Driver(
    id="dispenser_cloud",
    title="Dispenser events from a maker's cloud (local broker)",
    shape=Shape.MESSAGE,
    roles=frozenset({Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER}),
    silent_after_s=3600,
    silent_reason="the bridge sends a heartbeat every 15 min; three may be lost",
    decode=decode,
    from_payload=from_payload,
    topics=(TOPIC,),
)
