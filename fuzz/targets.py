"""Fuzz targets: from a fuzzer's bytes to frames of a driver, judged as the conformance kit does.

Most random bytes die at a checksum, a cipher or a length, and teach nothing
about what stands behind it. So the first byte of an input may ask that the
rest be sealed: given the CRC, the tag or the line end that makes it pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from edge.conformance.probe import (
    FRAME_MAX_S,
    MAC,
    device_for,
    feed,
    frame_of,
    too_slow_s,
)
from edge.domain import Device
from edge.drivers import DRIVERS
from edge.drivers.base import Driver, Frame, Notification, Shape
from edge.drivers.codec import crc16_ccitt_false
from edge.drivers.inputs.modbus_inputs import crc16_modbus
from fuzz import sms

KEY = bytes(range(16))
# A framer lets no longer frame through.
FRAME_MAX_BYTES = 255
# Frames in a row on one state: a counter, a duplicate and what comes after them.
FRAMES_MAX = 4
# Four of the longest frames that a radio hands over: a length byte each.
INPUT_MAX_BYTES = 1024

Seal = Callable[[bytes], bytes]
Slow = Callable[[bytes, float], None]
"""Told of an input with a frame that needs too long, and how long in CPU seconds."""


def _bthome(objects: bytes) -> bytes:
    """An authentic encrypted frame: four bytes of counter, then the objects."""
    info, counter, rest = b"\x41", objects[:4].ljust(4, b"\0"), objects[4:60]
    nonce = bytes.fromhex(MAC.replace(":", "")) + b"\xd2\xfc" + info + counter
    both = AESCCM(KEY, tag_length=4).encrypt(nonce, rest or b"\0", None)
    return info + both[:-4] + counter + both[-4:]


def _appliance(body: bytes) -> bytes:
    text = bytes(0x20 + byte % 0x5F for byte in body[:180] if byte % 0x5F not in (4, 10))
    return b"$" + text + b"*%04X\r\n" % crc16_ccitt_false(text)


def _modbus(body: bytes) -> bytes:
    return body + crc16_modbus(body).to_bytes(2, "little")


SEALS: dict[str, Seal] = {"bthome": _bthome, "appliance": _appliance, "modbus_inputs": _modbus}
"""What makes bytes pass the outer check of a driver."""


def run(driver: Driver, slow: Slow, whole: bytes, data: bytes) -> None:
    """Up to FRAMES_MAX frames of `data` in a row; raises Broken when the driver breaks a rule.

    `whole` is the input of which `data` is the driver's part.
    """
    if not data:
        return
    mode, rest = data[0], data[1:INPUT_MAX_BYTES]
    roles = sorted(driver.roles)
    device = device_for(
        driver, roles[(mode >> 4) % len(roles)], mac=MAC, key=KEY if mode & 2 else None
    )
    state = rest[: mode >> 5] if mode & 4 else b""
    for frame in _frames(driver, device, mode, rest):
        begun = time.perf_counter()
        decoded = feed(driver, device, state, frame)
        if time.perf_counter() - begun > FRAME_MAX_S:
            slow_s = too_slow_s(driver, device, state, frame)
            if slow_s is not None:
                slow(whole, slow_s)
        if decoded is not None and decoded.state is not None:
            state = decoded.state


def _frames(driver: Driver, device: Device, mode: int, rest: bytes) -> Iterator[Frame | None]:
    """Cut the input into frames: a length byte, then the frame; a line also as one stream."""
    seal = SEALS.get(driver.id)
    if driver.framer is not None and not mode & 1:
        for whole in driver.framer().feed(rest)[:FRAMES_MAX]:
            yield frame_of(driver, whole, device)
        return
    for _ in range(FRAMES_MAX):
        if not rest:
            return
        size = rest[0] or len(rest)
        part, rest = rest[1 : 1 + size], rest[1 + size :]
        if seal is not None and mode & 1:
            part = seal(part)
        if driver.shape is Shape.SERIAL:
            part = part[:FRAME_MAX_BYTES]
        if driver.shape is Shape.GATT and part:
            yield _notification(driver, part)
        else:
            yield frame_of(driver, part, device)


def _notification(driver: Driver, part: bytes) -> Notification:
    """A value of any characteristic that the driver's plan reads or subscribes to."""
    plan = driver.plan
    assert plan is not None  # noqa: S101 (a GATT driver has one)
    known = (*plan.subscribe, *plan.also, *plan.read)
    return Notification(characteristic=known[part[0] % len(known)], value=part[1:])


def _any_of(drivers: list[Driver], slow: Slow, data: bytes) -> None:
    if len(drivers) == 1:
        run(drivers[0], slow, data, data)
    elif data:
        run(drivers[data[0] % len(drivers)], slow, data, data[1:])


def names() -> list[str]:
    """Every target: one for all GATT drivers, one for each other driver, one for text messages."""
    return ["gatt", *(d.id for d in DRIVERS.values() if d.shape is not Shape.GATT), sms.NAME]


def target(name: str, slow: Slow) -> Callable[[bytes], None]:
    """What atheris calls with each input."""
    if name == sms.NAME:
        return partial(sms.run, slow)
    gatt = [one for one in DRIVERS.values() if one.shape is Shape.GATT]
    return partial(_any_of, gatt if name == "gatt" else [DRIVERS[name]], slow)
