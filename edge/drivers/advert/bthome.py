"""BTHome v2: plain and encrypted broadcasts of buttons, alarms and sensors.

Sources: bthome.io/format and bthome.io/encryption (AES-128-CCM, 4-byte tag,
nonce = MAC, D2 FC, device information, counter).

What is accepted:

- Objects stand in ascending order of their ids, so that a receiver that does
  not know an id (its length is then unknown too) still has all that stands
  before it: that is kept, and the rest is left. When nothing stands before it,
  or a known object is cut short, the frame is refused.
- A frame is encrypted or not, by the key of the enrolled device. Its counter
  must rise: equal with the same bytes is a repeat; lower, or equal with other
  bytes, is refused as a replay. Counters may leap (Shelly counts in Unix time).
  A counter that begins again (a changed battery) is watched: when it has risen
  from near 0 for a minute without a frame of the old one, its frames are told, flagged.
  They are trusted again above the old counter (decision 0015).
- Doubt never silences an alarm, and never clears one: from a frame that would
  be refused as replay, as plaintext of a device with a key, or as cut short,
  alarms (pressed, smoke, CO, gas, heat, water, unsafe) come through with a flag,
  and nothing else does. Such a frame moves no counter and hides no later frame.
- A failed decryption changes nothing.
- In a packet with several button objects a press tells its button: "press 2" is
  the second. Other events and several readings of one kind keep their order.
- The same packet id with the same objects within `REPEAT_MS` is a repeat of one
  packet, and so is an event (a press) without packet id.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from edge.domain import Device, Instant, Observation, Quality, Role, Secret
from edge.drivers.advert.bthome_memory import (
    BOTH,
    ONLY_TAIL,
    RELEASE,
    TAIL_BYTES,
    counter_of,
    may_begin,
    new_run,
    packet_of,
    recall,
    repeats,
    run_of,
    with_run,
)
from edge.drivers.advert.bthome_objects import is_alarm
from edge.drivers.advert.bthome_parse import SERVICE, parse
from edge.drivers.advert.shelly import model_of, suggests
from edge.drivers.base import Advert, Decoded, Driver, Frame, Shape
from edge.drivers.codec import mac_bytes
from edge.errors import DecodeError

__all__ = ["DRIVER", "SERVICE", "decode", "from_payload", "match"]

_ENCRYPTED = 0x01
_MAC_INCLUDED = 0x02  # six more bytes in an early draft, reserved since
_VERSION_SHIFT = 5
_VERSION = 2
_SHORTEST = 2  # device information and one byte
_KEY_BYTES = 16
_TAG_BYTES = 4
_SHORTEST_ENCRYPTED = _SHORTEST + TAIL_BYTES
_USUAL = (ONLY_TAIL, BOTH)
_UUID = b"\xd2\xfc"
# Making a cipher costs more than a decryption. One per device, twice when it has two kinds of
# frames (triggered and not); a home has some tens of devices.
_CIPHERS_KEPT = 256

_KNOWN = Decoded(duplicate=True)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """The observations of one frame of service data; the module says what is refused and why."""
    if not isinstance(frame, Advert) or (data := frame.service.get(SERVICE)) is None:
        raise DecodeError("not_ours", "no service data of UUID 0xFCD2")
    if len(data) < _SHORTEST:
        raise DecodeError("length", "the frame ends before its first object", len(data))
    info = data[0]
    if info >> _VERSION_SHIFT != _VERSION:
        text = f"BTHome version {info >> _VERSION_SHIFT} is not read here, only {_VERSION}"
        raise DecodeError("version", text, 0)
    if info & _MAC_INCLUDED:
        raise DecodeError("reserved", "bit 1 of the device information is reserved", 0)
    if info & _ENCRYPTED:
        return _encrypted(device, state, frame, data, at)
    objects = data[1:]
    observations, packet, once, fault = parse(device, objects, None, at)
    if device.key is not None:
        refusal = DecodeError("plaintext", "a plain frame of a device that has a key", 0)
        return _alarms_only(observations, Quality.UNAUTHENTICATED, refusal)
    if fault is not None:
        return _alarms_only(observations, Quality.QUESTIONABLE, fault)
    if packet < 0 and not once:
        return Decoded(observations=tuple(observations))
    _, last_packet = recall(state)
    this_packet = packet_of(packet, objects, at)
    if repeats(last_packet, this_packet):
        return _KNOWN
    return Decoded(observations=tuple(observations), state=RELEASE + this_packet)


def _encrypted(device: Device, state: bytes, frame: Advert, data: bytes, at: Instant) -> Decoded:
    key = device.key
    if key is None or len(data) < _SHORTEST_ENCRYPTED:
        raise _unreadable(device, data)
    tail = data[-TAIL_BYTES:]
    decrypt, sender = _opener(key, frame.address, data[0])
    try:
        objects = decrypt(sender + tail[:4], data[1:-TAIL_BYTES] + tail[4:], None)
    except InvalidTag:
        text = "the tag does not fit: another key, another sender, or changed bytes"
        raise DecodeError("wrong_key", text, len(data) - _TAG_BYTES) from None
    (counter,) = counter_of(tail)
    if state[:1] == RELEASE and len(state) in _USUAL:  # spelt out: most frames come this way
        last_tail, last_packet = state[1:ONLY_TAIL], state[ONLY_TAIL:]
    else:
        last_tail, last_packet = recall(state)
    if tail == last_tail:
        return _KNOWN
    observations, packet, once, fault = parse(device, objects, counter, at)
    if last_tail and counter <= counter_of(last_tail)[0]:
        text = "the counter has been used already"
        refusal = DecodeError("replay", text, len(data) - TAIL_BYTES)
        return _below(state, tail, observations, fault, refusal, at)
    if fault is not None:
        return _alarms_only(observations, Quality.QUESTIONABLE, fault)
    head = RELEASE + tail
    if packet < 0 and not once:
        # Readings come and go; the last packet or press stays the one to compare with.
        return Decoded(observations=tuple(observations), state=head + last_packet)
    this_packet = packet_of(packet, objects, at)
    if repeats(last_packet, this_packet):
        # The counter moves on; the time does not, so that repeats cannot hold off news.
        return Decoded(state=head + last_packet, duplicate=True)
    return Decoded(observations=tuple(observations), state=head + this_packet)


def _below(
    state: bytes,
    tail: bytes,
    observations: list[Observation],
    fault: DecodeError | None,
    refusal: DecodeError,
    at: Instant,
) -> Decoded:
    """An authentic frame whose counter is not above the last one: a replay, or a new beginning.

    No recording can be told from a sender that began again, so nothing here is trusted and
    the last counter stays; decision 0015.
    """
    (counter,) = counter_of(tail)
    last_tail, last_packet = recall(state)
    run = run_of(state)
    watched: bytes | None = None
    if run is not None and counter > run.counter:
        if run.is_proven(at):
            if fault is not None:
                return _alarms_only(observations, Quality.COUNTER_RESTARTED, fault)
            return Decoded(
                observations=_doubted(observations, Quality.COUNTER_RESTARTED),
                state=with_run(last_tail, last_packet, run._replace(tail=tail)),
            )
        if not run.is_of(at):  # boottimes of two boots cannot be compared: watched anew
            watched = with_run(last_tail, last_packet, new_run(tail, at))
    elif may_begin(counter, last_tail) and (run is None or counter < run.counter):
        watched = with_run(last_tail, last_packet, new_run(tail, at))
    refusal.state = watched
    told = _alarms_only(observations, Quality.POSSIBLE_REPLAY, refusal)
    return msgspec.structs.replace(told, state=watched)


def _doubted(observations: list[Observation], doubt: Quality) -> tuple[Observation, ...]:
    """The observations that have a value, flagged.

    One without a value says why in the place of the flag, and would pass for trusted.
    """
    return tuple(
        msgspec.structs.replace(seen, quality=doubt)
        for seen in observations
        if seen.value is not None
    )


def _alarms_only(observations: list[Observation], doubt: Quality, refusal: DecodeError) -> Decoded:
    """The alarms of a doubtful frame, flagged; raises `refusal` when it holds none."""
    alarms = [seen for seen in observations if is_alarm(seen.kind, seen.value)]
    if not alarms:
        raise refusal
    return Decoded(observations=_doubted(alarms, doubt))


def _unreadable(device: Device, data: bytes) -> DecodeError:
    if device.key is None:
        return DecodeError("no_key", "the frame is encrypted and the device has no key", 0)
    text = f"an encrypted frame has at least {_SHORTEST_ENCRYPTED} bytes, not {len(data)}"
    return DecodeError("length", text, len(data))


@lru_cache(maxsize=_CIPHERS_KEPT)
def _opener(
    key: Secret, address: str, info: int
) -> tuple[Callable[[bytes, bytes, None], bytes], bytes]:
    """The cipher of a key, and the nonce of one sender's frames up to their counter."""
    mac = mac_bytes(address)
    if mac is None:
        raise DecodeError("no_address", "the sender's MAC is part of the nonce and is not known")
    raw = key.reveal()
    if len(raw) != _KEY_BYTES:
        raise DecodeError("bad_key", f"a key has {_KEY_BYTES} bytes, the device's has {len(raw)}")
    return AESCCM(raw, tag_length=_TAG_BYTES).decrypt, mac + _UUID + bytes([info])


def from_payload(payload: bytes, mac: str) -> Advert:
    return Advert(address=mac, service={SERVICE: payload})


def match(advert: Advert) -> int:
    """90 for service data of BTHome version 2."""
    data = advert.service.get(SERVICE, b"")
    return 90 if data and data[0] >> _VERSION_SHIFT == _VERSION else 0


DRIVER = Driver(
    id="bthome",
    title="BTHome v2 (plain or encrypted)",
    shape=Shape.ADVERT,
    roles=frozenset(
        {
            Role.HELP_BUTTON,
            Role.OK_BUTTON,
            Role.SMOKE_ALARM,
            Role.CO_ALARM,
            Role.HEAT_ALARM,
            Role.GAS_ALARM,
            Role.WATER_ALARM,
            Role.MOTION,
            Role.DOOR,
            Role.CLIMATE,
            Role.TAG,
        }
    ),
    silent_after_s=24 * 3600,
    silent_reason="a button or an alarm that is not triggered tells of itself once a day",
    decode=decode,
    from_payload=from_payload,
    match=match,
    model=model_of,
    suggests=suggests,
)
