"""Drivers: one file per protocol, one explicit table."""

from __future__ import annotations

from edge.domain import Device
from edge.drivers.advert import bthome, eddystone, ibeacon, ruuvitag
from edge.drivers.base import Advert, Driver, Shape
from edge.drivers.broker import dispenser_cloud, shelly_smoke
from edge.drivers.gatt import (
    blood_pressure,
    cgm,
    glucose,
    health_thermometer,
    heart_rate,
    insulin,
    pulse_oximeter,
    weight_scale,
)
from edge.drivers.inputs import contact, modbus_inputs
from edge.drivers.serial import and_ua767, appliance, bci, nonin

DRIVERS: dict[str, Driver] = {
    driver.id: driver
    for driver in (
        ruuvitag.DRIVER,
        bthome.DRIVER,
        blood_pressure.DRIVER,
        heart_rate.DRIVER,
        health_thermometer.DRIVER,
        pulse_oximeter.DRIVER,
        weight_scale.DRIVER,
        glucose.DRIVER,
        cgm.DRIVER,
        insulin.DRIVER,
        appliance.DRIVER,
        ibeacon.DRIVER,
        eddystone.DRIVER,
        nonin.DRIVER,
        bci.DRIVER,
        and_ua767.DRIVER,
        contact.DRIVER,
        modbus_inputs.DRIVER,
        dispenser_cloud.DRIVER,
        shelly_smoke.DRIVER,
    )
}
"""Every driver by its id, in the order in which the documentation shows them."""


def register(driver: Driver) -> None:
    """Add a driver that the site's settings name; raises ValueError when its id is taken."""
    if driver.id in DRIVERS:
        raise ValueError(f"a driver is called {driver.id!r} already")
    DRIVERS[driver.id] = driver


def shape_of(device: Device) -> Shape | None:
    """How a device is heard; None when its driver is not there, so that nothing hears it."""
    driver = DRIVERS.get(device.driver)
    return None if driver is None else driver.shape


def best_match(advert: Advert) -> tuple[Driver, int] | None:
    """The driver that claims this advertisement most surely, with its claim (1-100)."""
    claims = [
        (driver.match(advert), driver) for driver in DRIVERS.values() if driver.match is not None
    ]
    claim, driver = max(claims, key=lambda one: one[0])
    return (driver, claim) if claim > 0 else None
