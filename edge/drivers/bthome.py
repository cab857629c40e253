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
  There is no way back: the readings of a device that counts from the beginning
  again stay refused until its state is wiped, and no command does that yet.
- Doubt never silences an alarm, and never clears one: from a frame that would
  be refused as replay, as plaintext of a device with a key, or as cut short,
  alarms (pressed, smoke, CO, gas, heat, water, unsafe) come through with a flag,
  and nothing else does. Such a frame leaves the state as it was.
- A failed decryption changes nothing.
- The same packet id with the same objects within `REPEAT_MS` is a repeat of one
  packet, and so is an event (a press) without packet id.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from zlib import crc32

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from edge.domain import Device, Instant, Observation, Quality, Role, Secret
from edge.drivers.base import Advert, Decoded, Driver, Frame, Shape
from edge.drivers.bthome_objects import is_alarm
from edge.drivers.bthome_parse import parse
from edge.drivers.codec import mac_bytes
from edge.errors import DecodeError

SERVICE = "0000fcd2-0000-1000-8000-00805f9b34fb"

# A press is sent five times and more within about a second. Longer than this, the same bytes
# are news: a sender without memory uses one packet id for every press, and a smoke alarm that
# still sounds must be able to say so.
REPEAT_MS = 5_000

_ENCRYPTED = 0x01
_MAC_INCLUDED = 0x02  # six more bytes in an early draft, reserved since
_VERSION_SHIFT = 5
_VERSION = 2
_SHORTEST = 2  # device information and one byte
_KEY_BYTES = 16
_TAG_BYTES = 4
_TAIL_BYTES = 8  # counter and tag
_SHORTEST_ENCRYPTED = _SHORTEST + _TAIL_BYTES
_UUID = b"\xd2\xfc"
# Making a cipher costs more than a decryption. One per device, twice when it has two kinds of
# frames (triggered and not); a home has some tens of devices.
_CIPHERS_KEPT = 256
# Boots that one process meets: its own, and those that tests make up.
_BOOTS_KEPT = 16

_KNOWN = Decoded(duplicate=True)

from_bytes = int.from_bytes


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
    _, last_packet = _recall(state)
    this_packet = _packet(packet, objects, at)
    if _repeats(last_packet, this_packet):
        return _KNOWN
    return Decoded(observations=tuple(observations), state=_RELEASE + this_packet)


def _encrypted(device: Device, state: bytes, frame: Advert, data: bytes, at: Instant) -> Decoded:
    key = device.key
    if key is None or len(data) < _SHORTEST_ENCRYPTED:
        raise _unreadable(device, data)
    tail = data[-_TAIL_BYTES:]
    decrypt, sender = _opener(key, frame.address, data[0])
    try:
        objects = decrypt(sender + tail[:4], data[1:-_TAIL_BYTES] + tail[4:], None)
    except InvalidTag:
        text = "the tag does not fit: another key, another sender, or changed bytes"
        raise DecodeError("wrong_key", text, len(data) - _TAG_BYTES) from None
    (counter,) = _counter(tail)
    last_tail, last_packet = _recall(state)
    if tail == last_tail:
        return _KNOWN
    observations, packet, once, fault = parse(device, objects, counter, at)
    if last_tail and counter <= _counter(last_tail)[0]:
        refusal = DecodeError("replay", "the counter has been used already", len(data) - 8)
        return _alarms_only(observations, Quality.POSSIBLE_REPLAY, refusal)
    if fault is not None:
        return _alarms_only(observations, Quality.QUESTIONABLE, fault)
    head = _RELEASE + tail
    if packet < 0 and not once:
        # Readings come and go; the last packet or press stays the one to compare with.
        return Decoded(observations=tuple(observations), state=head + last_packet)
    this_packet = _packet(packet, objects, at)
    if _repeats(last_packet, this_packet):
        # The counter moves on; the time does not, so that repeats cannot hold off news.
        return Decoded(state=head + last_packet, duplicate=True)
    return Decoded(observations=tuple(observations), state=head + this_packet)


# The state: the release of its shape; of a device with a key, counter and tag as they were on
# the air; then, if there was one, the last packet that could be repeated: its id, CRC-32 of its
# objects, CRC-32 of the boot and boottime in ms at which it came. Its length tells what is there.
_RELEASE = b"\x01"
_counter = struct.Struct("<I").unpack_from
_PACKET = struct.Struct("<hIIq")
_WHAT = slice(0, 10)
_WHEN = slice(10, 18)
_ONLY_TAIL = 1 + _TAIL_BYTES
_ONLY_PACKET = 1 + _PACKET.size
_BOTH = 1 + _TAIL_BYTES + _PACKET.size


def _recall(state: bytes) -> tuple[bytes, bytes]:
    """Counter and tag of the last authentic frame, and the last packet; each empty when unknown.

    Bytes of another release are a device never heard before: it must not fall silent.
    """
    if state[:1] != _RELEASE:
        return b"", b""
    size = len(state)
    if size in (_ONLY_TAIL, _BOTH):
        return state[1:_ONLY_TAIL], state[_ONLY_TAIL:]
    return b"", (state[1:] if size == _ONLY_PACKET else b"")


def _packet(packet: int, objects: bytes, at: Instant) -> bytes:
    return _PACKET.pack(packet, crc32(objects), _boot_digest(at.boot), at.boottime_ms)


def _repeats(last: bytes, this: bytes) -> bool:
    if last[_WHAT] != this[_WHAT]:
        return False
    age_ms = from_bytes(this[_WHEN], "little") - from_bytes(last[_WHEN], "little")
    return 0 <= age_ms < REPEAT_MS


@lru_cache(maxsize=_BOOTS_KEPT)
def _boot_digest(boot: str) -> int:
    return crc32(boot.encode())


def _alarms_only(observations: list[Observation], doubt: Quality, refusal: DecodeError) -> Decoded:
    """The alarms of a doubtful frame, flagged; raises `refusal` when it holds none."""
    alarms = tuple(
        msgspec.structs.replace(seen, quality=doubt)
        for seen in observations
        if is_alarm(seen.kind, seen.value)
    )
    if not alarms:
        raise refusal
    return Decoded(observations=alarms)


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
            Role.SMOKE_ALARM,
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
)
