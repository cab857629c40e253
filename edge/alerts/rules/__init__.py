"""The table of rules: what each listens to, how urgent it is and when it speaks again.

`BY_KIND` and `BY_EVENT` are the table turned round, so that an observation
meets only the rules that listen to its kind.
"""

from __future__ import annotations

from edge.alerts.findings import Rule
from edge.alerts.rules import (
    battery_low,
    device_silent,
    gateway_fault,
    help_button,
    home_silent,
    level_changed,
    missed_dose,
    no_activity,
    smoke,
    stay_expired,
)
from edge.domain import Priority
from edge.events import Answered, Assessed, ConfigLoaded, Fault, Tick
from edge.kinds import ACTIVITY_KINDS, KINDS

_MINUTE_MS = 60_000
_DAY_MS = 24 * 60 * _MINUTE_MS

RULES: tuple[Rule, ...] = (
    # A call for help. Each press counts: somebody who presses twice is waiting, and one who
    # presses after the alert was closed calls anew.
    Rule(
        code=help_button.CODE,
        priority=Priority.CRITICAL,
        check=help_button.check,
        kinds=frozenset({"button"}),
        reopens=True,
    ),
    # Alarms repeat themselves every few seconds: one word every five minutes says it goes on,
    # also when somebody closed the alert while it sounds.
    Rule(
        code=smoke.CODE,
        priority=Priority.CRITICAL,
        check=smoke.check,
        kinds=frozenset({"smoke"}),
        reopens=True,
        gap_ms=5 * _MINUTE_MS,
    ),
    # The next dose that is missed is news to whoever took the last one.
    Rule(
        code=missed_dose.CODE,
        priority=Priority.HIGH,
        check=missed_dose.check,
        kinds=frozenset({"dose"}),
        events=frozenset({Tick}),
        reopens=True,
    ),
    # Twice the span without movement is worse than what was taken.
    Rule(
        code=no_activity.CODE,
        priority=Priority.HIGH,
        check=no_activity.check,
        kinds=ACTIVITY_KINDS,
        reopens=True,
    ),
    # About us. A device that stays silent after somebody closed its alert is named again after
    # a week: by then a visit has passed on which it could have been mended.
    Rule(
        code=device_silent.CODE,
        priority=Priority.NORMAL,
        check=device_silent.check,
        on_return=True,
        events=frozenset({Tick}),
        again_ms=7 * _DAY_MS,
        stands=device_silent.stands,
    ),
    # Nobody would hear the button either. Closed without being mended, it is told the next day.
    Rule(
        code=home_silent.CODE,
        priority=Priority.HIGH,
        check=home_silent.check,
        on_return=True,
        events=frozenset({Tick}),
        gap_ms=_DAY_MS,
        again_ms=_DAY_MS,
        stands=home_silent.stands,
    ),
    Rule(
        code=battery_low.CODE,
        priority=Priority.NORMAL,
        check=battery_low.check,
        kinds=frozenset({"battery", "battery_low", "battery_voltage"}),
        again_ms=7 * _DAY_MS,
        stands=battery_low.stands,
    ),
    # An open one carries the newest levels; only a worse priority interrupts who has it.
    Rule(
        code=level_changed.CODE,
        priority=Priority.NORMAL,
        check=level_changed.check,
        events=frozenset({Answered, Assessed, ConfigLoaded, Tick}),
    ),
    Rule(
        code=gateway_fault.CODE,
        priority=Priority.NORMAL,
        check=gateway_fault.check,
        events=frozenset({Fault}),
        gap_ms=_DAY_MS,
        again_ms=_DAY_MS,
        stands=gateway_fault.stands,
    ),
    Rule(
        code=stay_expired.CODE,
        priority=Priority.NORMAL,
        check=stay_expired.check,
        events=frozenset({Tick}),
    ),
)

BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}

ON_RETURN: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.on_return)
BY_KIND: dict[str, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in RULES if kind in rule.kinds) for kind in KINDS
}
BY_EVENT: dict[type, tuple[Rule, ...]] = {
    event: tuple(rule for rule in RULES if event in rule.events)
    for event in (Tick, Answered, Assessed, ConfigLoaded, Fault)
}
