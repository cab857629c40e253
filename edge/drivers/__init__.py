"""Drivers: one file per protocol, one explicit table."""

from __future__ import annotations

from edge.drivers import (
    appliance,
    blood_pressure,
    bthome,
    dispenser_cloud,
    ruuvitag,
    shelly_smoke,
)
from edge.drivers.base import Advert, Driver

DRIVERS: dict[str, Driver] = {
    driver.id: driver
    for driver in (
        ruuvitag.DRIVER,
        bthome.DRIVER,
        blood_pressure.DRIVER,
        appliance.DRIVER,
        dispenser_cloud.DRIVER,
        shelly_smoke.DRIVER,
    )
}
"""Every driver by its id, in the order in which the documentation shows them."""


def best_match(advert: Advert) -> tuple[Driver, int] | None:
    """The driver that claims this advertisement most surely, with its claim (1-100)."""
    claims = [
        (driver.match(advert), driver) for driver in DRIVERS.values() if driver.match is not None
    ]
    claim, driver = max(claims, key=lambda one: one[0])
    return (driver, claim) if claim > 0 else None
