"""Shelly Plus Smoke: a Wi-Fi smoke alarm that sleeps, by its RPC notifications over MQTT.

Sources: shelly-api-docs.shelly.cloud, "Notifications" (NotifyStatus,
NotifyFullStatus and NotifyEvent on `<prefix>/events/rpc`) and "Smoke" (status
`alarm` and `mute`; events alarm, alarm_off, alarm_test); full statuses of real
devices in home-assistant/core #117818 and openhab-addons #21289.

The device is asleep: it wakes once in `wakeup_period` (86,400 s as delivered),
when it sees smoke, and when its button is pressed. A notification holds what
changed. Its time is Unix time, or the seconds since it woke when it had no
time server. The topic's prefix (its MQTT settings; the device id unless they
say otherwise) is the enrolled address.

A test of the alarm (its button) is told as `alarm_test`: it proves that the way
to us works, and it is nobody's call for help. Muting is told and clears nothing.
"No smoke" over a broker that asked nobody for an account is flagged: whoever is in the
Wi-Fi may raise an alert, and lower none.
"""

from __future__ import annotations

from zlib import crc32

import msgspec

from edge.domain import Device, Instant, Observation, Quality, Role, Scalar
from edge.drivers.base import Decoded, Driver, Frame, MessageFrame, Shape
from edge.drivers.broker.message import body_of, utc
from edge.errors import DecodeError
from edge.kinds import observation

TOPIC = "{address}/events/rpc"

_COMPONENT = "smoke:0"
_STATUSES = frozenset({"NotifyStatus", "NotifyFullStatus"})
_EVENTS = {"alarm": True, "alarm_off": False}
_TEST = "alarm_test"
_PERCENT_MAX = 100
# Three volts as delivered; a supply above this is a wrong number.
_VOLT_MAX = 50


class _Smoke(msgspec.Struct, frozen=True):
    alarm: bool | None = None
    mute: bool | None = None


class _Battery(msgspec.Struct, frozen=True, rename={"volt": "V"}):
    volt: float | None = None
    percent: float | None = None


class _Power(msgspec.Struct, frozen=True):
    battery: _Battery | None = None


class _Event(msgspec.Struct, frozen=True):
    component: str = ""
    event: str = ""


class _Params(msgspec.Struct, frozen=True, rename={"smoke": _COMPONENT, "power": "devicepower:0"}):
    ts: float = 0.0
    smoke: _Smoke | None = None
    power: _Power | None = None
    events: tuple[_Event, ...] = ()


class _Notification(msgspec.Struct, frozen=True):
    method: str
    params: _Params


_decoder = msgspec.json.Decoder(_Notification)

Told = list[tuple[str, Scalar, Quality]]


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """What one notification says; the same one twice, under a known time, is a repeat."""
    said = body_of(frame, TOPIC.format(address=device.address), _decoder)
    time = utc(said.params.ts)
    # Without a time two wake-ups may look the same, and both say that the alarm lives.
    digest = _digest(frame) if time is not None else None
    if digest is not None and digest == state:
        return Decoded(duplicate=True)
    account = isinstance(frame, MessageFrame) and frame.account
    if said.method in _STATUSES:
        told = _status(said.params)
    elif said.method == "NotifyEvent":
        told = _events(said.params)
    else:
        raise DecodeError("unknown_type", "the method is none of Notify(Full)Status, NotifyEvent")
    rows = [_observed(device, one if account else _doubted(one), at, time) for one in told]
    if all(row.quality is Quality.UNAUTHENTICATED for row in rows):
        # About Wi-Fi, the cloud, an update, or doubted: it lives, and that is all there is to know.
        rows.append(_observed(device, ("heartbeat", True, Quality.OK), at, time))
    return Decoded(observations=tuple(rows), state=digest)


def _doubted(told: tuple[str, Scalar, Quality]) -> tuple[str, Scalar, Quality]:
    kind, value, quality = told
    return (kind, value, Quality.UNAUTHENTICATED if kind == "smoke" and value is False else quality)


def _observed(
    device: Device, told: tuple[str, Scalar, Quality], at: Instant, time: str | None
) -> Observation:
    kind, value, quality = told
    return observation(device.id, kind, value, at, quality, device_time=time)


def _status(params: _Params) -> Told:
    told: Told = []
    if params.smoke is not None and params.smoke.alarm is not None:
        told.append(("smoke", params.smoke.alarm, Quality.OK))
    if params.smoke is not None and params.smoke.mute is not None:
        told.append(("alarm_muted", params.smoke.mute, Quality.OK))
    battery = None if params.power is None else params.power.battery
    if battery is not None:
        told += _bounded("battery", battery.percent, _PERCENT_MAX)
        told += _bounded("voltage", battery.volt, _VOLT_MAX)
    return told


def _bounded(kind: str, value: float | None, highest: int) -> Told:
    if value is None:
        return []
    if not 0 <= value <= highest:
        return [(kind, None, Quality.OUT_OF_RANGE)]
    return [(kind, value, Quality.OK)]


def _events(params: _Params) -> Told:
    told: Told = []
    for one in params.events:
        if one.component != _COMPONENT:
            continue
        if one.event in _EVENTS:
            told.append(("smoke", _EVENTS[one.event], Quality.OK))
        elif one.event == _TEST:
            told.append(("alarm_test", True, Quality.OK))
    return told


def _digest(frame: Frame) -> bytes:
    body = frame.body if isinstance(frame, MessageFrame) else b""
    return crc32(body).to_bytes(4, "big")


def from_payload(payload: bytes, mac: str) -> MessageFrame:
    return MessageFrame(topic=TOPIC.format(address=mac), body=payload, account=True)


DRIVER = Driver(
    id="shelly_smoke",
    title="Shelly Plus Smoke (Wi-Fi, MQTT)",
    shape=Shape.MESSAGE,
    roles=frozenset({Role.SMOKE_ALARM}),
    silent_after_s=49 * 3600,
    silent_reason=(
        "it sleeps and wakes once a day to say that it lives; one wake-up may be lost on the "
        "Wi-Fi, and the second is an hour late at most"
    ),
    decode=decode,
    from_payload=from_payload,
    topics=(TOPIC,),
)
