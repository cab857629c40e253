"""Every driver, any bytes, any state: observations or a DecodeError, and nothing else."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Observation, Quality
from edge.drivers import DRIVERS
from edge.drivers.base import Decoded, Notification, Shape
from edge.drivers.gatt.gatt_memory import Memory
from edge.drivers.inspect import decode_payload
from edge.drivers.serial import appliance
from edge.errors import DecodeError
from edge.kinds import KINDS
from tests.drivers.tools import KEY, MAC, SERIAL, cases, device, frame, line, sealed
from tests.support.clock import instant

FLAGS = {
    Quality.POSSIBLE_REPLAY,
    Quality.COUNTER_RESTARTED,
    Quality.UNAUTHENTICATED,
    Quality.QUESTIONABLE,
    Quality.CLOCK_DOUBTFUL,
}
REAL = {
    name: [bytes.fromhex(case["payload"]) for driver, _, case in cases() if driver == name]
    for name in DRIVERS
}
KEYS = st.sampled_from([None, KEY])

payloads = st.binary(max_size=80)
small_states = st.binary(max_size=64) | st.binary(max_size=64).map(lambda tail: b"\x01" + tail)
numbers = st.integers(-(2**63), 2**63 - 1)
memories = st.builds(
    lambda serial, boots: msgspec.msgpack.encode([serial, boots]),
    st.sampled_from([SERIAL, "", "other"]),
    st.lists(
        st.tuples(
            numbers,
            st.lists(numbers, max_size=4),
            st.lists(numbers, max_size=4),
            numbers,
            st.none() | numbers,
            numbers,
        ),
        max_size=6,
    ),
)
digests = st.binary(min_size=8, max_size=8)
u16s = st.integers(0, 0xFFFF)
instruments = st.builds(
    Memory,
    seen=st.lists(digests, max_size=4).map(b"".join) | st.just(bytes(512 * 8)),
    told=st.dictionaries(st.sampled_from(["model", "firmware", "x"]), digests),
    last=st.none() | u16s,
    newest=st.none() | u16s,
    doubted=st.booleans(),
    hold=st.booleans(),
    session=st.binary(max_size=9),
    record=st.none() | st.tuples(u16s, st.none() | st.text(max_size=19), st.booleans()),
).map(msgspec.msgpack.encode)
states = small_states | memories | instruments
GATT = [name for name, driver in DRIVERS.items() if driver.shape is Shape.GATT]
# 512 digests, eight lines of a name plate, the rest.
INSTRUMENT_STATE_MAX = 512 * 8 + 8 * 32 + 100


def decoded(name: str, payload: bytes, state: bytes, key: bytes | None) -> Decoded | None:
    address = SERIAL if name == "appliance" else MAC
    one = device(name, address=address, key=key)
    try:
        result = DRIVERS[name].decode(one, state, frame(name, payload), instant())
    except DecodeError as refused:
        check_refusal(refused)
        return None
    for seen in result.observations:
        assert_sound(seen)
    if result.duplicate:
        assert not result.observations
    return result


def check_refusal(refused: DecodeError) -> None:
    assert refused.reason
    assert KEY.hex() not in repr(refused)
    assert refused.byte is None or refused.byte >= 0


def assert_sound(seen: Observation) -> None:
    assert KINDS[seen.kind].code == seen.code
    assert KINDS[seen.kind].unit == seen.unit
    assert (seen.value is None) == (seen.quality is not Quality.OK and seen.quality not in FLAGS)
    msgspec.json.encode(seen)


@pytest.mark.parametrize("name", DRIVERS)
@given(payload=payloads, state=states, key=KEYS)
def test_any_bytes(name: str, payload: bytes, state: bytes, key: bytes | None) -> None:
    """Random bytes in a random state."""
    decoded(name, payload, state, key)


@pytest.mark.parametrize("name", DRIVERS)
@given(data=st.data(), state=states, key=KEYS)
def test_damaged_payloads(name: str, data: st.DataObject, state: bytes, key: bytes | None) -> None:
    """A published payload with bytes changed, cut out or put in."""
    payload = bytearray(data.draw(st.sampled_from(REAL[name])))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, max(0, len(payload) - 1)))
        payload[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    decoded(name, bytes(payload), state, key)


@given(objects=st.binary(min_size=1, max_size=30), state=states, info=st.sampled_from([0x40, 0x44]))
def test_any_objects_in_plain(objects: bytes, state: bytes, info: int) -> None:
    """BTHome: random objects behind a sound first byte."""
    decoded("bthome", bytes([info]) + objects, state, None)


@given(objects=st.binary(min_size=1, max_size=30), counter=st.integers(0, 2**32 - 1), state=states)
def test_any_objects_encrypted(objects: bytes, counter: int, state: bytes) -> None:
    """BTHome: random objects, authentic, under any counter."""
    decoded("bthome", sealed(objects, counter), state, KEY)


@pytest.mark.parametrize("name", GATT)
@given(data=st.data(), value=st.binary(max_size=40), state=states)
def test_any_value_of_any_characteristic(
    name: str, data: st.DataObject, value: bytes, state: bytes
) -> None:
    """An instrument: random values of all it is asked for; the state keeps to its bound."""
    plan = DRIVERS[name].plan
    assert plan is not None
    characteristic = data.draw(st.sampled_from([*plan.read, *plan.subscribe, *plan.also]))
    offset = data.draw(st.none() | st.integers(-(2**31), 2**31))
    frame = Notification(characteristic=characteristic, value=value, clock_offset_s=offset)
    try:
        result = DRIVERS[name].decode(device(name), state, frame, instant())
    except DecodeError as refused:
        check_refusal(refused)
        return
    for seen in result.observations:
        assert_sound(seen)
    assert not (result.duplicate and result.observations)
    assert not result.replies  # what an instrument is asked for stands in its plan
    assert len(result.state or b"") <= INSTRUMENT_STATE_MAX


@given(
    body=st.lists(
        st.sampled_from([SERIAL, "EV", "HI", "HB", "event=JAM", "proto=1", "battery=9", "mains="])
        | st.integers(-1, 2**64).map(str)
        | st.text(max_size=8),
        max_size=9,
    ),
    state=states,
)
def test_any_fields(body: list[str], state: bytes) -> None:
    """The appliance link: sound frames around unsound fields."""
    text = ",".join(body)
    decoded("appliance", line(text), state, None)


@given(state=states)
def test_any_state_opens_the_line(state: bytes) -> None:
    """The appliance link: a line opens whatever the state, and only the contract is written."""
    for written in appliance.on_open(state, instant()):
        assert written.startswith((b"SYNC ", b"REPLAY "))
        assert written.endswith(b"\r\n")


@pytest.mark.parametrize("name", DRIVERS)
@given(
    payload=payloads, mac=st.none() | st.text(max_size=20), key=st.none() | st.binary(max_size=20)
)
def test_inspect(name: str, payload: bytes, mac: str | None, key: bytes | None) -> None:
    """What a person types in is read or refused."""
    try:
        decode_payload(name, payload, mac, key, instant())
    except DecodeError as refused:
        check_refusal(refused)
