"""Packets per second of our decoders and of the packaged parsers, on the same payloads.

Every round decodes the same list of frames with one decoder, then with the
other, and so on in turn; each decoder's best round counts, so that what else
the machine does weighs on neither side. Frames are built beforehand, in the
form in which each side takes them from bleak. Every payload differs from the
last, as on the air: neither side may answer from its memory of a repeat.
"""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Callable, Iterator

from bleak.backends.device import BLEDevice
from bthome_ble import BTHomeBluetoothDeviceData
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from habluetooth import BluetoothServiceInfoBleak
from home_assistant_bluetooth import BluetoothServiceInfo
from ruuvitag_ble import RuuvitagBluetoothDeviceData

from edge.domain import Device, Instant, Role, Secret
from edge.drivers.advert import bthome, ruuvitag
from edge.drivers.base import Advert, Decode

PACKETS = 3_000
ROUNDS = 7
TIMES_MIN = 10.0
ADDRESS = "54:48:E6:8F:80:A5"
MAC = bytes.fromhex("5448E68F80A5")
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
AT = Instant(boot="bench", boottime_ms=0, wall_ms=1_750_000_000_000)

Pass = Callable[[], None]


def _device(driver: str, *, key: bytes | None = None) -> Device:
    secret = None if key is None else Secret(key)
    return Device(id="bench", driver=driver, role=Role.CLIMATE, address=ADDRESS, key=secret)


def _ruuvi(number: int) -> bytes:
    fields = (5, 4860 + number % 500, 21396, 50044, 4, -4, 1036, 0xAC36, number % 255, number)
    return struct.pack(">BhHHhhhHBH", *fields) + MAC


def _objects(number: int) -> bytes:
    return bytes([0x01, 100, 0x02]) + struct.pack("<hBH", 2500 + number % 500, 0x03, 5055)


def _plain(number: int) -> bytes:
    return b"\x40" + _objects(number)


def _numbered(number: int) -> bytes:
    return b"\x40\x00" + bytes([number % 256]) + _objects(number)


def _encrypted(number: int) -> bytes:
    counter = struct.pack("<I", 1_750_000_000 + number)
    sealed = AESCCM(KEY, tag_length=4).encrypt(
        MAC + b"\xd2\xfc\x41" + counter, _objects(number), None
    )
    return b"\x41" + sealed[:-4] + counter + sealed[-4:]


def _ours(decode: Decode, device: Device, adverts: list[Advert]) -> Pass:
    """Our decoder as the gateway calls it: every frame with the state that the last one left."""

    def once() -> None:
        state = b""
        for advert in adverts:
            decoded = decode(device, state, advert, AT)
            if decoded.state is not None:
                state = decoded.state
            assert decoded.observations

    return once


def _ruuvitag_ble(payloads: list[bytes]) -> Pass:
    infos = [
        BluetoothServiceInfo(
            name="Ruuvi 80A5",
            address=ADDRESS,
            rssi=-60,
            manufacturer_data={ruuvitag.COMPANY_ID: payload},
            service_data={},
            service_uuids=[],
            source="",
        )
        for payload in payloads
    ]

    def once() -> None:
        parser = RuuvitagBluetoothDeviceData()
        for info in infos:
            parser.update(info)

    return once


def _bthome_ble(payloads: list[bytes], key: bytes | None) -> Pass:
    infos = [
        BluetoothServiceInfoBleak(
            name="Bench 80A5",
            address=ADDRESS,
            rssi=-60,
            manufacturer_data={},
            service_data={bthome.SERVICE: payload},
            service_uuids=[],
            source="",
            device=BLEDevice(ADDRESS, "Bench 80A5", None),
            advertisement=None,
            connectable=False,
            time=float(second * 10),
            tx_power=None,
        )
        for second, payload in enumerate(payloads)
    ]

    def once() -> None:
        parser = BTHomeBluetoothDeviceData(bindkey=key)
        for info in infos:
            parser.update(info)

    return once


def _contests() -> Iterator[tuple[str, str, Pass, Pass]]:
    payloads = [_ruuvi(number) for number in range(PACKETS)]
    adverts = [ruuvitag.from_payload(payload, ADDRESS) for payload in payloads]
    ours = _ours(ruuvitag.decode, _device("ruuvitag"), adverts)
    yield "RuuviTag DF5", "ruuvitag-ble", ours, _ruuvitag_ble(payloads)
    for name, build, key in (
        ("BTHome v2 plain", _plain, None),
        ("BTHome v2 with packet id", _numbered, None),
        ("BTHome v2 encrypted", _encrypted, KEY),
    ):
        payloads = [build(number) for number in range(PACKETS)]
        adverts = [bthome.from_payload(payload, ADDRESS) for payload in payloads]
        ours = _ours(bthome.decode, _device("bthome", key=key), adverts)
        yield name, "bthome-ble", ours, _bthome_ble(payloads, key)


def _seconds(once: Pass) -> float:
    start = time.perf_counter()
    once()
    return time.perf_counter() - start


def run() -> list[dict[str, object]]:
    """One row a format: packets/s of both and their ratio."""
    logging.getLogger("bthome_ble").setLevel(logging.CRITICAL)
    rows: list[dict[str, object]] = []
    for name, peer, ours, theirs in _contests():
        rounds = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
        best_ours = min(first for first, _ in rounds)
        best_theirs = min(second for _, second in rounds)
        ratio = best_theirs / best_ours
        packets = f"{PACKETS / best_ours:,.0f}/s ({best_ours / PACKETS * 1e6:.1f} us)"
        rows.append(
            {
                "measure": f"{name}, packets decoded",
                "value": f"{packets} = {ratio:.1f} x {peer} ({PACKETS / best_theirs:,.0f}/s)",
                "limit": f"{TIMES_MIN:.0f} x",
                "ok": ratio >= TIMES_MIN,
            }
        )
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
