"""What the devices of this home say to its checklists now (`edge.risk.signals` names it).

A signal that cannot be known is left out: no device of that role, or one whose identity is in
doubt. Alerts count when a person has closed them as having happened.
"""

from __future__ import annotations

from edge.app import lived
from edge.app.house import House
from edge.domain import Alert, AlertState, Instant, Observation, Quality, Role, Sync
from edge.home.state import DeviceState, Home
from edge.home.wearing import is_worn_by_somebody
from edge.risk.routine.observed import elsewhere
from edge.risk.standing import DAY_MS
from edge.store import activity
from edge.store.history import told_since

_HAPPENED = frozenset({"helped", "no_contact", "handed_to_112", "other"})
_FIRE = frozenset({"smoke", "heat"})

# Fewer doses than this in two weeks say nothing of a habit.
DOSES_MIN = 7
DOSE_DAYS = 14
MEAL_DAYS = 7


async def gather(house: House) -> dict[str, float]:
    """Every signal that is known, by name."""
    home, now = house.keeper.home, house.clock.now()
    wall_ms = now.wall_ms
    found = _of_devices(home)
    if now.sync is Sync.NONE:
        return found  # without the time of day nothing can be counted by days
    found |= _of_alerts(await house.store.alerts(), wall_ms)
    found |= _of_tests(home, await house.store.latest_observations(), wall_ms)
    roles = {device.role for device in home.devices.values()}
    if roles & {Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER}:
        since = wall_ms - DOSE_DAYS * DAY_MS
        seen = await house.store.look(told_since, ("dose", "meal"), since)
        stays, _ = await house.store.look(activity.lived)
        away = elsewhere(stays)  # nobody is there to take what an appliance offers
        here = [one for one in seen if not any(a <= one.at.wall_ms < b for a, b in away)]
        found |= _of_appliances(here, wall_ms, roles)
    return found | await lived.gather(house, now)


def _of_devices(home: Home) -> dict[str, float]:
    found: dict[str, float] = {}
    alarms = _sure(home, Role.SMOKE_ALARM)
    if alarms:
        found["smoke_alarm.silent"] = sum(_is_silent(d) for d in alarms)
        found["smoke_alarm.battery_low"] = sum(bool(d.low) for d in alarms)
    guards = _sure(home, Role.STOVE_GUARD)
    if guards:
        found["stove_guard.silent"] = sum(_is_silent(d) for d in guards)
    worn = [d for d in home.devices.values() if is_worn_by_somebody(d) and d.worn is not None]
    if worn:
        found["tag.not_worn"] = sum(d.worn is not None and d.worn.off for d in worn)
    return {name: float(value) for name, value in found.items()}


def _sure(home: Home, role: Role) -> list[DeviceState]:
    return [d for d in home.devices.values() if d.role is role and not d.identity]


def _is_silent(device: DeviceState) -> bool:
    """Silent by itself: not because the radio or the whole home is."""
    return device.silent and not device.masked


def _of_alerts(alerts: list[Alert], wall_ms: int) -> dict[str, float]:
    def count(codes: frozenset[str], days: int) -> float:
        return float(
            sum(
                alert.code in codes
                and alert.state is AlertState.CLOSED
                and alert.outcome in _HAPPENED
                and _is_within(alert.raised, wall_ms, days)
                for alert in alerts
            )
        )

    return {
        "stove_guard.cuts_90d": count(frozenset({"stove_cut"}), 90),
        "fire.events_730d": count(_FIRE, 730),
        "co_alarm.events_365d": count(frozenset({"carbon_monoxide"}), 365),
        "no_activity.events_30d": count(frozenset({"no_activity"}), 30),
        "falls.count_30d": count(frozenset({"possible_fall"}), 30),
        "falls.count_365d": count(frozenset({"possible_fall"}), 365),
    }


def _of_tests(home: Home, latest: list[tuple[int, Observation]], wall_ms: int) -> dict[str, float]:
    """Days since the alarm was tested whose test is the longest ago; all must have been heard."""
    alarms = {d.id for d in _sure(home, Role.SMOKE_ALARM)}
    tested = {
        seen.device: seen.at.wall_ms
        for _, seen in latest
        if seen.kind == "alarm_test"
        and seen.device in alarms
        and seen.value is True
        and seen.quality is Quality.OK
        and seen.at.sync is not Sync.NONE
    }
    if not alarms or set(tested) != alarms:
        return {}
    return {"smoke_alarm.tested_days": max(wall_ms - min(tested.values()), 0) / DAY_MS}


def _of_appliances(seen: list[Observation], wall_ms: int, roles: set[Role]) -> dict[str, float]:
    found: dict[str, float] = {}
    sure = [one for one in seen if one.quality is Quality.OK]
    doses = [one.value for one in sure if one.kind == "dose"]
    due = sum(value in ("taken", "missed", "retrieved_late") for value in doses)
    if Role.MEDICATION_ROBOT in roles and due >= DOSES_MIN:
        found["dose.taken_percent_14d"] = 100.0 * doses.count("taken") / due
    meals = [
        one.value for one in sure if one.kind == "meal" and _is_within(one.at, wall_ms, MEAL_DAYS)
    ]
    if Role.MEAL_DISPENSER in roles and meals:
        missed = meals.count("heat_done") - meals.count("taken")
        found["meal.missed_7d"] = float(max(missed, 0))
    return found


def _is_within(at: Instant, wall_ms: int, days: int) -> bool:
    return at.sync is not Sync.NONE and 0 <= wall_ms - at.wall_ms <= days * DAY_MS
