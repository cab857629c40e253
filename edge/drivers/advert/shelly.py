"""Shelly BLU devices by their model, and what a BTHome sender is likely to be for.

Sources: shelly-api-docs.shelly.cloud, "docs-ble" (short device names, and the
Bluetooth device ids 0x0C, 0x11 and 0x14 to 0x16 of the BLU ZB pages; the ids 1
to 7 are those that Shelly's gateways give as `model_id`); bthome.io/format,
"Device information" (object 0xF0).

A name or a device id is a hint of the sender and no proof: it serves an
installer who looks around, and decides nothing about a reading.
"""

from __future__ import annotations

from edge.domain import Role
from edge.drivers.advert.bthome_objects import BUTTON, DEVICE_TYPE
from edge.drivers.advert.bthome_parse import SERVICE, numbers
from edge.drivers.base import Advert

_BY_DEVICE_TYPE = {
    0x01: "SBBT-002C",
    0x02: "SBDW-002C",
    0x03: "SBHT-003C",
    0x05: "SBMO-003Z",
    0x06: "SBBT-004CEU",
    0x07: "SBBT-004CUS",
    0x0C: "SBHT-103C",
    0x11: "SBHT-203C",
    0x14: "SBDW-103C",
    0x15: "SBBT-104CEU",
    0x16: "SBBT-104CUS",
}
# The letters of a short name say what it is; the digits and what follows, which one.
_FAMILIES = {
    "SBBT-": Role.HELP_BUTTON,
    "SBDW-": Role.DOOR,
    "SBMO-": Role.MOTION,
    "SBHT-": Role.CLIMATE,
}
_FAMILY = 5  # letters and dash
_LONGEST_NAME = 12

# What an unnamed sender measures, the most urgent first: who tells of smoke is a smoke alarm,
# whatever else it tells.
_BY_OBJECT = (
    (0x29, Role.SMOKE_ALARM),
    (0x17, Role.CO_ALARM),
    (0x1C, Role.GAS_ALARM),
    (0x1D, Role.HEAT_ALARM),
    (0x20, Role.WATER_ALARM),
    (0x1A, Role.DOOR),
    (0x2D, Role.DOOR),
    (0x11, Role.DOOR),
    (0x21, Role.MOTION),
    (0x23, Role.MOTION),
    (0x02, Role.CLIMATE),
    (0x45, Role.CLIMATE),
    (0x03, Role.CLIMATE),
    (0x2E, Role.CLIMATE),
    (BUTTON, Role.HELP_BUTTON),
)


def model_of(advert: Advert) -> str | None:
    """The model of a Shelly BLU device, by its advertised name or, in plain, its device type id."""
    name = (advert.name or "").strip().upper()
    if name[:_FAMILY] in _FAMILIES and len(name) <= _LONGEST_NAME:
        return name
    for number, value in _objects(advert).items():
        if number == DEVICE_TYPE:
            return _BY_DEVICE_TYPE.get(value)
    return None


def suggests(advert: Advert) -> Role | None:
    """The role that fits the model, or else what a plain frame speaks of; None: ask a person."""
    model = model_of(advert)
    if model is not None:
        return _FAMILIES[model[:_FAMILY]]
    said = _objects(advert)
    return next((role for number, role in _BY_OBJECT if number in said), None)


def _objects(advert: Advert) -> dict[int, int]:
    """Ids of a plain frame's objects with the two bytes behind each, little-endian."""
    data = advert.service.get(SERVICE, b"")
    if not data or data[0] & 1:
        return {}
    objects = data[1:]
    return {
        number: int.from_bytes(objects[start : start + 2], "little")
        for number, start in numbers(objects)
    }
