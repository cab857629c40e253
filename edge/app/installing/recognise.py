"""What a sender is: which driver claims it and why, what it says, what it may be enrolled as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from edge.domain import Device, Instant, Observation, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Advert, Driver, Shape
from edge.errors import DecodeError

# Bytes of a part that are shown as its beginning.
HEAD_BYTES = 1
_SHORT_UUID_TAIL = "-0000-1000-8000-00805f9b34fb"

# What a sample says about what its sender is for.
ROLE_OF_KIND: Mapping[str, Role] = {
    "button": Role.HELP_BUTTON,
    "smoke": Role.SMOKE_ALARM,
    "carbon_monoxide": Role.CO_ALARM,
    "heat": Role.HEAT_ALARM,
    "gas": Role.GAS_ALARM,
    "moisture": Role.WATER_ALARM,
    "stove_cut": Role.STOVE_GUARD,
    "fall": Role.FALL_DETECTOR,
    "motion": Role.MOTION,
    "occupancy": Role.MOTION,
    "door": Role.DOOR,
    "window": Role.DOOR,
    "opening": Role.DOOR,
    "temperature": Role.CLIMATE,
    "humidity": Role.CLIMATE,
    "beacon": Role.TAG,
}


def claims(advert: Advert) -> list[tuple[int, Driver]]:
    """Every driver that claims this advertisement, the surest first."""
    found = [(d.match(advert), d) for d in DRIVERS.values() if d.match is not None]
    return sorted((one for one in found if one[0] > 0), key=lambda one: -one[0])


def why(driver: Driver, advert: Advert, claim: int) -> list[dict[str, str]]:
    """What the claim stands on: the parts without which it would be lower.

    Found by asking the driver again without each part, so it is the driver's own reason and
    never a second opinion. A part that another one makes up for is named when it is enough alone.
    """
    if driver.match is None:
        return []
    parts = _parts(advert)
    needed = [part for part, without, _ in parts if driver.match(without) < claim]
    return needed or [part for part, _, only in parts if driver.match(only) == claim]


def _parts(advert: Advert) -> list[tuple[dict[str, str], Advert, Advert]]:
    """Each part as (its words, the advertisement without it, it alone)."""
    bare = Advert(address=advert.address)
    found: list[tuple[dict[str, str], Advert, Advert]] = []
    for uuid, data in advert.service.items():
        part = {"part": "service_data" if data else "service", "id": short_uuid(uuid)}
        rest = {u: d for u, d in advert.service.items() if u != uuid}
        found.append(
            (
                part | _head(data),
                msgspec.structs.replace(advert, service=rest),
                msgspec.structs.replace(bare, service={uuid: data}),
            )
        )
    for company, data in advert.manufacturer.items():
        part = {"part": "manufacturer", "id": f"0x{company:04X}"}
        others = {c: d for c, d in advert.manufacturer.items() if c != company}
        found.append(
            (
                part | _head(data),
                msgspec.structs.replace(advert, manufacturer=others),
                msgspec.structs.replace(bare, manufacturer={company: data}),
            )
        )
    if advert.name:
        found.append(
            (
                {"part": "name", "id": advert.name},
                msgspec.structs.replace(advert, name=None),
                msgspec.structs.replace(bare, name=advert.name),
            )
        )
    return found


def _head(data: bytes) -> dict[str, str]:
    return {"head": data[:HEAD_BYTES].hex().upper()} if data else {}


def short_uuid(uuid: str) -> str:
    """0xFCD2 for a UUID of the Bluetooth SIG, the whole one otherwise."""
    if uuid.endswith(_SHORT_UUID_TAIL) and uuid.startswith("0000"):
        return "0x" + uuid[4:8].upper()
    return uuid


def model_of(driver: Driver, advert: Advert) -> str | None:
    """The model by name, from a driver that knows its makers' models."""
    ask = getattr(driver, "model", None)
    found = ask(advert) if callable(ask) else None
    return found if isinstance(found, str) and found else None


def sample(
    driver: Driver, advert: Advert, device: Device | None, key: Secret | None, at: Instant
) -> tuple[tuple[Observation, ...], str | None]:
    """What the driver reads in it, and the short code of its refusal.

    Read as of a device that was never heard before, so nothing counts as a repetition.
    """
    if driver.shape is not Shape.ADVERT:
        return (), None
    if device is None or device.driver != driver.id:
        device = Device(
            id="decoded", driver=driver.id, role=min(driver.roles), address=advert.address, key=key
        )
    try:
        return driver.decode(device, b"", advert, at).observations, None
    except DecodeError as error:
        return (), error.reason


def samples(
    driver: Driver,
    adverts: Iterable[Advert],
    device: Device | None,
    key: Secret | None,
    at: Instant,
) -> tuple[tuple[Observation, ...], str | None]:
    """All that it said in several packets, the newest of each kind, and the last refusal if none
    could be read.
    """
    found: dict[str, Observation] = {}
    refusal = None
    for advert in adverts:
        said, refused = sample(driver, advert, device, key, at)
        found |= {seen.kind: seen for seen in said}
        refusal = refused or refusal
    return tuple(found.values()), None if found else refusal


def fitting_roles(driver: Driver, advert: Advert, seen: tuple[Observation, ...]) -> list[Role]:
    """The roles that this one may have, by its driver's word, or else by what it says.

    One is a suggestion, several are none.
    """
    if len(driver.roles) == 1:
        return list(driver.roles)
    ask = getattr(driver, "suggests", None)
    likely = ask(advert) if callable(ask) else None
    if likely in driver.roles:
        return [likely]
    said = {ROLE_OF_KIND[o.kind] for o in seen if o.kind in ROLE_OF_KIND} & driver.roles
    if len(said) > 1:
        said.discard(Role.CLIMATE)  # many a sensor measures the air besides
    return sorted(said)
