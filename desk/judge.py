"""One incoming message: what it is, or why it is refused. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from edge.uplink.envelope import (
    AlertEnvelope,
    ClaimEnvelope,
    DeviceStatusEnvelope,
    DigestEnvelope,
    HeartbeatEnvelope,
    MessageError,
    ObservationsEnvelope,
    ProfileEnvelope,
    RequestEnvelope,
    StateBody,
    WorkEnvelope,
    parse_alert,
    parse_claim,
    parse_device_status,
    parse_digest,
    parse_heartbeat,
    parse_observations,
    parse_profile,
    parse_request,
    parse_state,
    parse_work,
    readable_id,
)

Told = (
    AlertEnvelope
    | ObservationsEnvelope
    | DeviceStatusEnvelope
    | HeartbeatEnvelope
    | ClaimEnvelope
    | ProfileEnvelope
    | RequestEnvelope
    | DigestEnvelope
    | WorkEnvelope
    | StateBody
)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway said, with its bytes as they came.

    An alert, readings and a device's state may be another gateway's that this one took over
    from; whether it did is for the database to say.
    """

    gateway: str
    told: Told
    body: bytes


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What cannot be taken; `id` is set where the sender can be told which it was."""

    gateway: str
    reason: str
    text: str
    id: str | None = None


# A heartbeat is not owed: a refused one is only counted.
_ANSWERED = frozenset(
    {
        *("up/alert", "up/obs", "up/devstatus", "up/claim", "up/profile", "up/request"),
        *("up/digest", "up/work"),
    }
)


def judge(topic: str, body: bytes, *, retained: bool) -> Message | Refusal:
    """`topic` stands below `kotivahti/v1/`: `gw-0001/up/alert`."""
    gateway, _, rest = topic.partition("/")
    try:
        return Message(gateway=gateway, told=_told(gateway, rest, body, retained), body=body)
    except MessageError as error:
        answered = rest in _ANSWERED and not retained
        return Refusal(
            gateway=gateway,
            reason=error.reason,
            text=str(error),
            id=readable_id(body) if answered else None,
        )


def _told(gateway: str, rest: str, body: bytes, retained: bool) -> Told:
    if rest == "state":
        return parse_state(body)
    if retained:
        raise MessageError("retained", "only the state of a gateway is kept by a broker")
    of_itself = _OF_ITSELF.get(rest)
    if of_itself is not None:
        return of_itself(body, gateway)
    carried = _MAY_BE_CARRIED.get(rest)
    if carried is None:
        raise MessageError("topic", f"nothing is received on '{rest[:40]}'")
    return carried(body, None)


# What a box says of itself, and what it may send on for one that it took over from.
_OF_ITSELF: dict[str, Callable[[bytes, str], Told]] = {
    "up/claim": parse_claim,
    "up/profile": parse_profile,
    "up/request": parse_request,
    "up/hb": parse_heartbeat,
    "up/work": parse_work,
}
_MAY_BE_CARRIED: dict[str, Callable[[bytes, str | None], Told]] = {
    "up/alert": parse_alert,
    "up/obs": parse_observations,
    "up/devstatus": parse_device_status,
    "up/digest": parse_digest,
}
