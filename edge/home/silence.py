"""How long each kind of device may be quiet before we say that we cannot hear it.

The installer's word counts first. Without it the import of a device takes the
shorter of what its driver says and this table, so a number here is the longest
for its role, and a driver that knows its device better only shortens it. A
device that comes without a deadline at all has the one of this table. Past the
deadline the gateway says "cannot hear", a fault of the installation, and never
"all well".
"""

from __future__ import annotations

from edge.domain import Device, Role

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS

# Appliances stand on a line of their own, whatever their enrolment says.
_WIRED_ROLES = frozenset({Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER})

SILENT_AFTER_MS: dict[Role, int] = {
    # EN 50134-2: a trigger device that has not been heard for a day counts as lost.
    Role.HELP_BUTTON: _DAY_MS,
    Role.OK_BUTTON: _DAY_MS,
    # Alarms with a radio report their own health at least daily; a lost one warns nobody.
    Role.SMOKE_ALARM: _DAY_MS,
    Role.CO_ALARM: _DAY_MS,
    Role.HEAT_ALARM: _DAY_MS,
    Role.GAS_ALARM: _DAY_MS,
    Role.WATER_ALARM: _DAY_MS,
    # A contact says how its line stands once an hour; a radio sender once a day.
    Role.STOVE_GUARD: _DAY_MS,
    # Worn day and night like a tag, but many of them beacon only when touched or once an hour.
    Role.FALL_DETECTOR: 6 * _HOUR_MS,
    # An appliance that beats every 30 s: ten beats outlast its restart and a replugged cable.
    # Appliance link 1 says less itself, 120 s, which is what its appliances get.
    Role.MEDICATION_ROBOT: 5 * _MINUTE_MS,
    Role.MEAL_DISPENSER: 5 * _MINUTE_MS,
    # A motion sensor reports its battery every few hours when nobody moves.
    Role.MOTION: 12 * _HOUR_MS,
    # A door may stay shut for a day; the sensor's own report comes at least once in it.
    Role.DOOR: _DAY_MS,
    # For an air sensor that reports every few minutes an hour is many reports lost in a row.
    # Those that beacon every few seconds say less themselves (ruuvitag: 600 s).
    Role.CLIMATE: _HOUR_MS,
    # A tag beacons every 10 s or so; ten minutes outlast a lift, a cellar and a body in between.
    Role.TAG: 10 * _MINUTE_MS,
    # Instruments speak when somebody measures: two weeks outlast every agreed rhythm. A
    # driver whose instrument is used every week says less (blood_pressure: 8 days).
    Role.VITALS: 14 * _DAY_MS,
}


def is_wired(device: Device) -> bool:
    """Whether the device says nothing of the radio, and the radio nothing of it."""
    return device.wired or device.role in _WIRED_ROLES


def silent_after_ms(device: Device) -> int:
    """The longest plausible silence of this device, in ms."""
    if device.silent_after_s > 0:
        return device.silent_after_s * 1000
    return SILENT_AFTER_MS[device.role]
