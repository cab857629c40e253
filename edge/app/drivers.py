"""Drivers that the site's settings name: off by default, or of another maker.

A third-party driver is an installed package with an entry point in the group
`kotivahti.drivers`, whose name is the driver's id. It runs with the gateway's
rights, so nothing is loaded because it is installed: only because an operator
wrote its name into the settings.
"""

from __future__ import annotations

from importlib.metadata import entry_points

import structlog

from edge.config import Config
from edge.domain import ALARM_ROLES, Device, Role
from edge.drivers import DRIVERS, register
from edge.drivers.base import Driver
from edge.errors import ConfigError, ConfigFault
from edge.home.hearing import CALL_ROLES

log = structlog.get_logger()

GROUP = "kotivahti.drivers"


def enable(config: Config, file: str = "settings") -> None:
    """Bring the named drivers into the table; raises ConfigError with every fault."""
    faults = []
    for i, name in enumerate(config.drivers.enable):
        if name in DRIVERS:
            continue  # one of ours that is off by default, or enabled before
        try:
            register(_load(name))
        except (LookupError, TypeError, ValueError) as error:
            mend = (
                f"install a package whose entry point in {GROUP!r} is it; 'kotivahti driver list'"
            )
            faults.append(ConfigFault(file, f"drivers.enable[{i}]", str(error), mend))
        else:
            log.info("driver_loaded", driver=name)
    if faults:
        raise ConfigError(faults)


def fault_of(config: Config, driver: Driver) -> str | None:
    """Why a device may not use this driver at this site, or None."""
    if driver.default_on or driver.id in config.drivers.enable:
        return None
    return f"'{driver.id}' is off until the settings name it"


def is_urgent(device: Device) -> bool:
    """Whether its frames go to the alarm lane: never paced, never dropped as late.

    Water is told by what is wet once. A tag's press is a call too; where its driver reads no
    alarms, the tag only says where it is, and a late word of that would be a wrong one.
    """
    if device.role in ALARM_ROLES or device.role is Role.WATER_ALARM:
        return True
    driver = DRIVERS.get(device.driver)  # None: nothing hears it
    reads_alarms = driver is not None and not ALARM_ROLES.isdisjoint(driver.roles)
    return device.role in CALL_ROLES and reads_alarms


def _load(name: str) -> Driver:
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if not found:
        raise LookupError(f"no driver is called {name!r}, of ours or of an installed package")
    if len(found) > 1:
        packages = ", ".join(sorted(p.dist.name if p.dist else "?" for p in found))
        raise LookupError(f"{name!r} is in more than one package: {packages}")
    try:
        driver = found[0].load()
    except Exception as error:  # a stranger's module may raise anything while it is imported
        raise LookupError(f"{name!r} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(driver, Driver):
        raise TypeError(f"{found[0].value} is no edge.drivers.base.Driver")
    if driver.id != name:
        raise ValueError(f"the driver of entry point {name!r} calls itself {driver.id!r}")
    return driver
