"""What the driver tests share: the published vectors, devices, and frames made by hand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from edge.domain import Device, Observation, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Frame

VECTORS = Path(__file__).parent / "vectors"
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
MAC = "54:48:E6:8F:80:A5"
SERIAL = "MR-1042"


@cache
def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def cases() -> list[Any]:
    """Every published payload with its driver: (driver id, name, case)."""
    return [
        (sheet["driver"], f"{path.stem}: {case['name']}", case)
        for path in sorted(VECTORS.glob("*.json"))
        if "cases" in (sheet := vectors(path.stem))
        for case in sheet["cases"]
    ]


def device(driver: str, *, address: str = MAC, key: bytes | None = None) -> Device:
    role = min(DRIVERS[driver].roles) if driver != "bthome" else Role.HELP_BUTTON
    return Device(
        id="dev",
        driver=driver,
        role=role,
        address=address,
        key=None if key is None else Secret(key),
    )


def frame(driver: str, payload: bytes, mac: str = MAC) -> Frame:
    return DRIVERS[driver].from_payload(payload, mac)


def as_row(seen: Observation) -> dict[str, Any]:
    """An observation as the vector files write it: no device, no code, nothing that is None."""
    row = {
        "kind": seen.kind,
        "value": seen.value,
        "unit": seen.unit,
        "quality": seen.quality.value,
        "device_time": seen.device_time,
        "device_seq": seen.device_seq,
        "device_offset_s": seen.device_offset_s,
    }
    return {
        key: value for key, value in row.items() if value is not None or key in ("value", "unit")
    }


def sealed(objects: bytes, counter: int, *, key: bytes = KEY, info: int = 0x41) -> bytes:
    """BTHome service data, encrypted as a sender does it."""
    count = counter.to_bytes(4, "little")
    nonce = bytes.fromhex(MAC.replace(":", "")) + b"\xd2\xfc" + bytes([info]) + count
    both = AESCCM(key, tag_length=4).encrypt(nonce, objects, None)
    return bytes([info]) + both[:-4] + count + both[-4:]


def crc16_bitwise(data: bytes) -> int:
    """CRC-16/CCITT-FALSE as its definition reads, to check the fast one against."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def line(body: str) -> bytes:
    """A frame of the appliance link around `body`, without its line end."""
    return b"$" + body.encode() + b"*%04X" % crc16_bitwise(body.encode())
