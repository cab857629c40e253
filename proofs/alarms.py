"""Sixty battery alarms, heard by a satellite: bytes of BTHome adverts on the home's own broker."""

from __future__ import annotations

import json
import time
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

SATELLITE = "hall"
DEVICES = 60
# BTHome v2, ascending object ids: each of these is an alert of its own.
CODES = ("carbon_monoxide", "gas", "heat", "water_leak", "smoke", "help_button")
_OBJECTS = bytes.fromhex("1701 1c01 1d01 2001 2901 3a01")
ALERTS = DEVICES * len(CODES)


def address(number: int) -> str:
    return f"C4:4B:56:48:01:{number:02X}"


def tables(port: int) -> dict[str, Any]:
    """The settings for it: a satellite on the broker at `port`, and the devices."""
    return {
        "ingest": {
            "host": "127.0.0.1",
            "port": port,
            "tls": False,
            "satellite": [{"id": SATELLITE}],
        },
        "device": [
            {
                "id": f"alarm-{number:02}",
                "driver": "bthome",
                "role": "help_button",
                "address": address(number),
            }
            for number in range(DEVICES)
        ],
    }


def all_alerts() -> set[tuple[str, str]]:
    """Code and subject of each alert that one round raises."""
    return {(code, f"alarm-{number:02}") for number in range(DEVICES) for code in CODES}


class Alarms:
    """The satellite's side: publishes what the devices' radios say."""

    def __init__(self, port: int) -> None:
        self._began = time.monotonic()
        self._seq = 0
        self._packet = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="proof-satellite")
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def round(self) -> None:
        """Every device says once that there is CO, gas, heat, water, smoke, and a press."""
        self._packet += 1
        for number in range(DEVICES):
            self.say(number, _OBJECTS)

    def press(self, number: int) -> None:
        """One device's button alone."""
        self._packet += 1
        self.say(number, bytes.fromhex("3a01"))

    def temperature(self, number: int, celsius: float) -> None:
        """A climate tag's advert: one observation."""
        self._packet += 1
        self.say(number, b"\x02" + round(celsius * 100).to_bytes(2, "little", signed=True))

    def say(self, number: int, objects: bytes) -> None:
        self._seq += 1
        payload = bytes([0x40, 0x00, self._packet % 256]) + objects
        record = {
            "boot": 1,
            "seq": self._seq,
            "t": int((time.monotonic() - self._began) * 1000),
            "address": address(number),
            "rssi": -60,
            "service": {"fcd2": payload.hex()},
        }
        topic = f"kotivahti/v1/satellite/{SATELLITE}/adv"
        self._client.publish(topic, json.dumps(record), qos=0)
