"""The table of rules: what each listens to, how urgent it is and when it speaks again.

`BY_KIND` and `BY_EVENT` are the table turned round, so that an observation
meets only the rules that listen to its kind.
"""

from __future__ import annotations

from edge.alerts.findings import Rule
from edge.alerts.rules import (
    appliance_fault,
    appliance_refill,
    assessment_due,
    battery_low,
    behaviour_changed,
    carbon_monoxide,
    decision_expired,
    decision_review,
    device_silent,
    gas,
    gateway_fault,
    heat,
    help_button,
    home_silent,
    identity_doubtful,
    level_changed,
    missed_dose,
    missed_meal,
    night_door,
    no_activity,
    possible_fall,
    smoke,
    stay_expired,
    stove_cut,
    stove_unattended,
    tag_not_worn,
    vital_limit,
    water_leak,
    wire_fault,
)
from edge.domain import Decision, Priority, Stay, VitalLimit, VitalLimitEnded, Withdrawn
from edge.events import (
    Answered,
    Assessed,
    ConfigLoaded,
    Confirmed,
    Doubted,
    Enrolled,
    Fault,
    Removed,
    Tick,
)
from edge.home.appliances import APPLIANCE_KINDS
from edge.home.wearing import STIR_KINDS
from edge.kinds import ACTIVITY_KINDS, KINDS, VITAL_KINDS

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS

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
    # As smoke: minutes count, and "112" are the first words. Carbon monoxide puts people to
    # sleep, heat is a fire where smoke is ordinary, gas needs only a spark.
    Rule(
        code=carbon_monoxide.CODE,
        priority=Priority.CRITICAL,
        check=carbon_monoxide.check,
        kinds=frozenset({"carbon_monoxide"}),
        reopens=True,
        gap_ms=5 * _MINUTE_MS,
    ),
    Rule(
        code=heat.CODE,
        priority=Priority.CRITICAL,
        check=heat.check,
        kinds=frozenset({"heat"}),
        reopens=True,
        gap_ms=5 * _MINUTE_MS,
    ),
    Rule(
        code=gas.CODE,
        priority=Priority.CRITICAL,
        check=gas.check,
        kinds=frozenset({"gas"}),
        reopens=True,
        gap_ms=5 * _MINUTE_MS,
    ),
    # High at once, because a fall cannot be told from a watch that hits a table; critical when
    # a press or stillness confirms it. What is told within five minutes is the same fall.
    Rule(
        code=possible_fall.CODE,
        priority=Priority.HIGH,
        check=possible_fall.check,
        kinds=frozenset({"fall"}),
        events=frozenset({Tick, Removed}),
        on_watch=True,
        reopens=True,
        gap_ms=5 * _MINUTE_MS,
    ),
    # Water ruins a home within hours and hurts nobody within minutes: today. It stays wet.
    Rule(
        code=water_leak.CODE,
        priority=Priority.HIGH,
        check=water_leak.check,
        kinds=frozenset({"moisture"}),
        reopens=True,
        gap_ms=_HOUR_MS,
    ),
    # The danger is averted, the attention was not there. Guards cut again when a pot boils
    # over: whoever has it is not called a second time.
    Rule(
        code=stove_cut.CODE,
        priority=Priority.HIGH,
        check=stove_cut.check,
        kinds=frozenset({"stove_cut"}),
        gap_ms=_DAY_MS,
    ),
    # A call may still save the pot. Once for each time that the cooker is on; left a second
    # time before it was turned off is the same cooking.
    Rule(
        code=stove_unattended.CODE,
        priority=Priority.HIGH,
        check=stove_unattended.check,
        events=frozenset({Tick}),
        on_watch=True,
        gap_ms=6 * _HOUR_MS,
    ),
    # Somebody may be out in the cold: today means now, at night. Not critical: a door that was
    # opened proves nobody outside. Each opening that is not followed by somebody inside is new.
    Rule(
        code=night_door.CODE,
        priority=Priority.HIGH,
        check=night_door.check,
        events=frozenset({Tick}),
        on_watch=True,
        reopens=True,
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
    # "Who gives the dose now?" is high where a robot stopped (the rule says so), else it waits.
    # A state that goes on is told once a day; a new fault joins the same alert and interrupts
    # only if it is worse.
    Rule(
        code=appliance_fault.CODE,
        priority=Priority.NORMAL,
        check=appliance_fault.check,
        kinds=APPLIANCE_KINDS,
        events=frozenset({Tick}),
        gap_ms=_DAY_MS,
    ),
    # A visit fills it. Said again by the appliance it is the same one for a day.
    Rule(
        code=appliance_refill.CODE,
        priority=Priority.NORMAL,
        check=appliance_refill.check,
        kinds=appliance_refill.KINDS,
        gap_ms=_DAY_MS,
    ),
    # One meal is no emergency: the next visit looks at the plate and at the refrigerator.
    Rule(
        code=missed_meal.CODE,
        priority=Priority.NORMAL,
        check=missed_meal.check,
        kinds=frozenset({"meal"}),
        events=frozenset({Tick}),
    ),
    # Twice the span without movement is worse than what was taken.
    Rule(
        code=no_activity.CODE,
        priority=Priority.HIGH,
        check=no_activity.check,
        kinds=ACTIVITY_KINDS | STIR_KINDS | {"dose", "meal"},
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
    # The wire does not mend itself: closed without being mended it is told at its next word.
    Rule(
        code=wire_fault.CODE,
        priority=Priority.NORMAL,
        check=wire_fault.check,
        kinds=frozenset({"wire_fault"}),
        gap_ms=_DAY_MS,
    ),
    # On a shelf it guards nobody, and that may be the resident's wish: for the next visit.
    Rule(
        code=tag_not_worn.CODE,
        priority=Priority.NORMAL,
        check=tag_not_worn.check,
        kinds=STIR_KINDS | {"button"},
        again_ms=7 * _DAY_MS,
        stands=tag_not_worn.stands,
    ),
    # What it says is flagged meanwhile and its alarms come through: for the next visit, never
    # sooner. Nobody believes a gateway that doubts every day.
    Rule(
        code=identity_doubtful.CODE,
        priority=Priority.NORMAL,
        check=identity_doubtful.check,
        events=frozenset({Doubted, Confirmed, Enrolled}),
        gap_ms=_DAY_MS,
        again_ms=7 * _DAY_MS,
        stands=identity_doubtful.stands,
    ),
    Rule(
        code=battery_low.CODE,
        priority=Priority.NORMAL,
        check=battery_low.check,
        kinds=frozenset({"battery", "battery_low", "battery_voltage"}),
        again_ms=7 * _DAY_MS,
        stands=battery_low.stands,
    ),
    # Orange is today's work and red interrupts; the other levels ask nobody. An open one carries
    # the newest levels; only a worse priority interrupts who has it.
    Rule(
        code=level_changed.CODE,
        priority=Priority.NORMAL,
        check=level_changed.check,
        events=frozenset({Answered, Assessed, ConfigLoaded, Tick}),
    ),
    # For today or for now as the nurse chose with the limit; the next day's reading is news.
    Rule(
        code=vital_limit.CODE,
        priority=Priority.NORMAL,
        check=vital_limit.check,
        kinds=VITAL_KINDS,
        reopens=True,
    ),
    # A call or the next visit: no model knows an emergency. An open one is told of no further day.
    Rule(
        code=behaviour_changed.CODE,
        priority=Priority.NORMAL,
        check=behaviour_changed.check,
        events=frozenset({Assessed}),
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
    # Somebody has to decide anew; asked again monthly as long as the old decision stands there.
    Rule(
        code=decision_expired.CODE,
        priority=Priority.NORMAL,
        check=decision_expired.check,
        events=frozenset({Tick, ConfigLoaded, Decision, Withdrawn}),
        again_ms=30 * _DAY_MS,
        stands=decision_expired.stands,
    ),
    # Said a month ahead, at the next visit; closed without a decision, the end itself is told.
    Rule(
        code=decision_review.CODE,
        priority=Priority.NORMAL,
        check=decision_review.check,
        events=frozenset({Tick, ConfigLoaded, Decision, Withdrawn}),
        stands=decision_review.stands,
    ),
    Rule(
        code=stay_expired.CODE,
        priority=Priority.NORMAL,
        check=stay_expired.check,
        events=frozenset({Tick}),
    ),
    # Whoever ended the stay knows it; whoever comes next has to look with new eyes.
    Rule(
        code=assessment_due.CODE,
        priority=Priority.NORMAL,
        check=assessment_due.check,
        events=frozenset({Stay}),
    ),
)

BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}

ON_RETURN: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.on_return)
ON_WATCH: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.on_watch)
BY_KIND: dict[str, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in RULES if kind in rule.kinds) for kind in KINDS
}
BY_EVENT: dict[type, tuple[Rule, ...]] = {
    event: tuple(rule for rule in RULES if event in rule.events)
    for event in (
        *(Tick, Answered, Assessed, ConfigLoaded, Fault),
        *(Decision, Withdrawn, Doubted, Confirmed, Enrolled, Stay),
        *(VitalLimit, VitalLimitEnded, Removed),
    )
}
