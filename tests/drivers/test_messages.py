"""Drivers of the local broker: repeats, refusals, and what an account is for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Device, Role
from edge.drivers.base import Decoded, MessageFrame
from edge.drivers.broker import dispenser_cloud, shelly_smoke
from edge.errors import DecodeError
from edge.kinds import KINDS
from tests.support.clock import instant

ALARM = Device(id="smoke-1", driver="shelly_smoke", role=Role.SMOKE_ALARM, address="home/smoke")
ROBOT = Device(id="robot-1", driver="dispenser_cloud", role=Role.MEDICATION_ROBOT, address="R-1042")


def shelly(
    params: Any, state: bytes = b"", method: str = "NotifyStatus", *, account: bool = True
) -> Decoded:
    body = json.dumps({"src": "x", "dst": "y", "method": method, "params": params}).encode()
    frame = MessageFrame(topic="home/smoke/events/rpc", body=body, account=account)
    return shelly_smoke.decode(ALARM, state, frame, instant())


def cloud(message: Any, state: bytes = b"", *, account: bool = True) -> Decoded:
    frame = MessageFrame(
        topic="kotivahti/v1/dispenser/R-1042", body=json.dumps(message).encode(), account=account
    )
    return dispenser_cloud.decode(ROBOT, state, frame, instant())


def told(decoded: Decoded) -> list[tuple[str, object, str]]:
    return [(one.kind, one.value, one.quality.value) for one in decoded.observations]


def test_the_same_notification_twice_is_one() -> None:
    """QoS 1 may deliver twice; the time in it tells a repeat from the next day's."""
    smoke = {"ts": 1_772_452_800.5, "smoke:0": {"alarm": True}}
    first = shelly(smoke)
    assert told(first) == [("smoke", True, "ok")]
    assert first.state is not None
    assert shelly(smoke, first.state).duplicate
    assert told(shelly(smoke | {"ts": 1_772_452_801.0}, first.state)) == [("smoke", True, "ok")]


def test_an_alarm_without_a_time_server_is_heard_every_day() -> None:
    """Two wake-ups that look the same are two: the second must not look like silence."""
    waking = {"ts": 2.46, "smoke:0": {"alarm": False, "mute": False}}
    first = shelly(waking)
    assert first.state is None
    assert told(shelly(waking)) == told(first)
    assert first.observations[0].device_time is None


@pytest.mark.parametrize(
    "body, reason",
    [
        (b"", "json"),
        (b'{"x":' * 1300, "json"),
        (b'{"method": "NotifyStatus"}', "field"),
        (b'{"method": "NotifyStatus", "params": {"ts": "now"}}', "field"),
        (b'{"method": "NotifyStatus", "params": {"smoke:0": {"alarm": 1}}}', "field"),
        (b'{"method": "Switch.Set", "params": {}}', "unknown_type"),
        (b" " * 8193, "length"),
    ],
)
def test_what_is_no_notification_is_refused(body: bytes, reason: str) -> None:
    """Each refusal by its reason; an alarm state that is no truth value is not guessed at."""
    frame = MessageFrame(topic="home/smoke/events/rpc", body=body)
    with pytest.raises(DecodeError) as refused:
        shelly_smoke.decode(ALARM, b"", frame, instant())
    assert refused.value.reason == reason


def test_a_message_of_another_topic_is_not_ours() -> None:
    """The topic is the address: what an account may publish is the broker's to say."""
    for topic in ("home/other/events/rpc", "home/smoke/status/smoke:0"):
        with pytest.raises(DecodeError) as refused:
            shelly_smoke.decode(ALARM, b"", MessageFrame(topic=topic, body=b"{}"), instant())
        assert refused.value.reason == "not_ours"


def test_an_event_is_known_by_its_id() -> None:
    """A second delivery tells nothing, also after others; 256 ids are remembered."""
    state = b""
    for n in range(300):
        decoded = cloud({"v": 1, "id": f"e{n}", "event": "DOSE_DUE"}, state)
        assert told(decoded) == [("dose", "due", "ok")]
        assert decoded.state is not None
        state = decoded.state
    assert len(state) == 8 * dispenser_cloud.IDS_KEPT
    assert cloud({"v": 1, "id": "e299", "event": "DOSE_DUE"}, state).duplicate
    assert cloud({"v": 1, "id": "e44", "event": "DOSE_DUE"}, state).duplicate
    assert not cloud({"v": 1, "id": "e43", "event": "DOSE_DUE"}, state).duplicate


@pytest.mark.parametrize("alarm, quality", [(True, "ok"), (False, "unauthenticated")])
def test_without_an_account_smoke_may_begin_and_not_end(alarm: bool, quality: str) -> None:
    """Anybody in the Wi-Fi may publish there: a status and an event of the alarm alike."""
    status = {"ts": 1_772_452_800.5, "smoke:0": {"alarm": alarm}}
    # What is doubted proves no life either; the message itself does.
    expected = [("smoke", alarm, quality), *([] if alarm else [("heartbeat", True, "ok")])]
    assert told(shelly(status, account=False)) == expected
    event = {"component": "smoke:0", "event": "alarm" if alarm else "alarm_off"}
    events = {"ts": 1_772_452_800.5, "events": [event]}
    said = shelly(events, method="NotifyEvent", account=False)
    assert told(said) == expected


@pytest.mark.parametrize(
    "event, quality",
    [
        ("DOSE_MISSED", "ok"),
        ("JAM", "ok"),
        ("DOSE_TAKEN", "unauthenticated"),
        ("DOSE_RETRIEVED_LATE", "unauthenticated"),
        ("MAINS_BACK", "unauthenticated"),
    ],
)
def test_without_an_account_nothing_is_ended(event: str, quality: str) -> None:
    """What raises comes through as it is; what would end something is flagged."""
    one = {"v": 1, "id": "a", "event": event}
    assert told(cloud(one, account=False))[0][2] == quality
    assert told(cloud(one))[0][2] == "ok"


@pytest.mark.parametrize(
    "message, reason",
    [
        ({"v": 2, "id": "a", "event": "JAM"}, "version"),
        ({"v": 1, "event": "JAM"}, "field"),
        ({"v": 1, "id": "", "event": "JAM"}, "field"),
        ({"v": 1, "id": "a"}, "field"),
        ({"v": 1, "id": "a", "event": "JAM", "time": "yesterday"}, "field"),
        ({"v": 1, "id": "a", "event": "JAM", "stock": -1}, "field"),
    ],
)
def test_what_is_no_event_is_refused(message: dict[str, object], reason: str) -> None:
    """Version, id and fields are the contract's."""
    with pytest.raises(DecodeError) as refused:
        cloud(message)
    assert refused.value.reason == reason


KEYS = [
    "v",
    "id",
    "event",
    "time",
    "battery",
    "stock",
    "method",
    "params",
    "ts",
    "smoke:0",
    "devicepower:0",
    "events",
    "component",
    "alarm",
    "mute",
    "V",
    "percent",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["NotifyStatus", "NotifyEvent", "smoke:0", "alarm", "DOSE_TAKEN", "HEARTBEAT", "", "\ud800"]
    )
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-02"])
)
MESSAGES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8)
    ),
    max_leaves=20,
)
SOUND = st.fixed_dictionaries(
    {"v": st.just(1), "event": LEAVES, "method": LEAVES, "params": MESSAGES},
    optional=dict.fromkeys(("id", "time", "battery", "stock"), LEAVES),
)


@given(message=SOUND | MESSAGES, state=st.binary(max_size=40), account=st.booleans())
def test_any_json(message: object, state: bytes, account: bool) -> None:
    """Whatever stands in a message: observations that are sound, or a refusal."""
    body = json.dumps(message).encode()
    reasons: set[str] = set()
    for driver, device in ((shelly_smoke, ALARM), (dispenser_cloud, ROBOT)):
        topic = driver.TOPIC.format(address=device.address)
        frame = MessageFrame(topic=topic, body=body, account=account)
        try:
            decoded = driver.decode(device, state, frame, instant())
        except DecodeError as refused:
            reasons.add(refused.reason)
            continue
        for seen in decoded.observations:
            assert seen.unit == KINDS[seen.kind].unit
            assert seen.value is not None or seen.quality.value == "out_of_range"
            msgspec.json.encode(seen)
    assert reasons <= {"field", "json", "unknown_type", "version"}
