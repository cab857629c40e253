"""Which findings of the checklists an authority may hear of, and under which category.

A list of what is allowed: a finding that is not in it cannot be drafted, whatever a checklist
gains. Left out are those of a body: medicines, dizziness, sight, mood, weight, a disease. Where
such an item bears on how somebody gets out, its sentence says that and not why ("reacts slowly to
an alarm"). The sentences stand in the catalogues, table `notify_finding`.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.domain import Record
from edge.domain.notification import ConcernCategory, NotificationKind

_C = ConcernCategory


class Tellable(Record, frozen=True, kw_only=True):
    """`gates` and `critical` as the list has them, for judging what is worse."""

    concern: ConcernCategory
    gates: str  # "I", "IE"; as the gates of a checklist item
    critical: bool = False


def _row(concern: ConcernCategory, gates: str, *, critical: bool = False) -> Tellable:
    return Tellable(concern=concern, gates=gates, critical=critical)


# "FS-02:dead" -> what it is about
TELLABLE: dict[str, Tellable] = {
    "FS-01:short": _row(_C.ALARMS, "D"),
    "FS-01:none": _row(_C.ALARMS, "D", critical=True),
    "FS-02:old_or_untested": _row(_C.ALARMS, "D"),
    "FS-02:dead": _row(_C.ALARMS, "D", critical=True),
    "FS-03:unsure": _row(_C.ALARMS, "D"),
    "FS-03:no": _row(_C.ALARMS, "D"),
    "FS-04:no": _row(_C.ALARMS, "D"),
    "FS-05:inside": _row(_C.SMOKING, "I"),
    "FS-05:bed": _row(_C.SMOKING, "I", critical=True),
    "FS-06:old": _row(_C.BURN_MARKS, "I"),
    "FS-06:new": _row(_C.BURN_MARKS, "I", critical=True),
    "FS-07:weekly": _row(_C.FUNCTIONAL_ABILITY, "IE"),
    "FS-07:daily": _row(_C.FUNCTIONAL_ABILITY, "IE"),
    "FS-08:remains": _row(_C.STOVE, "I", critical=True),
    "FS-09:once": _row(_C.STOVE, "I"),
    "FS-09:repeated": _row(_C.STOVE, "I", critical=True),
    "FS-10:missing": _row(_C.STOVE, "I"),
    "FS-10:bypassed": _row(_C.STOVE, "I"),
    "FS-11:minor": _row(_C.ELECTRICAL, "I"),
    "FS-11:dangerous": _row(_C.ELECTRICAL, "I", critical=True),
    "FS-12:night": _row(_C.ELECTRICAL, "I"),
    "FS-12:exit_route": _row(_C.ELECTRICAL, "I"),
    "FS-13:remains": _row(_C.HEATING_FIREPLACE, "I", critical=True),
    "FS-14:remains": _row(_C.SAUNA, "I", critical=True),
    "FS-15:lacking": _row(_C.HEATING_FIREPLACE, "I"),
    "FS-16:watched": _row(_C.OPEN_FIRE, "I"),
    "FS-16:unattended": _row(_C.OPEN_FIRE, "I"),
    "FS-17:present": _row(_C.OTHER, "I"),
    "FS-17:with_flame": _row(_C.OTHER, "I", critical=True),
    "FS-18:crowded": _row(_C.GOODS_LOAD, "IE"),
    "FS-18:blocked": _row(_C.GOODS_LOAD, "IE", critical=True),
    "FS-19:some": _row(_C.GOODS_LOAD, "I"),
    "FS-19:at_exit": _row(_C.GOODS_LOAD, "I"),
    "FS-20:once": _row(_C.PREVIOUS_FIRES, "I"),
    "FS-20:repeated": _row(_C.PREVIOUS_FIRES, "I", critical=True),
    "FS-21:fault": _row(_C.EXITS, "E"),
    "FS-21:blocked": _row(_C.EXITS, "E", critical=True),
    "FS-22:maybe": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "FS-22:no": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "FS-23:partly": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "FS-23:no": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "FS-24:other_frail": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "FS-24:alone": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "FS-25:lacking": _row(_C.EXITS, "R"),
    "FS-26:lacking": _row(_C.OTHER, "R"),
    "TE-01:doubt": _row(_C.ALARMS, "D"),
    "TE-01:dead": _row(_C.ALARMS, "D", critical=True),
    "TE-02:once": _row(_C.STOVE, "I"),
    "TE-02:open": _row(_C.STOVE, "I", critical=True),
    "TE-03:some": _row(_C.SMOKING, "I"),
    "TE-03:marks": _row(_C.BURN_MARKS, "I", critical=True),
    "TE-04:minor": _row(_C.ELECTRICAL, "I"),
    "TE-04:dangerous": _row(_C.ELECTRICAL, "I", critical=True),
    "TE-05:crowded": _row(_C.GOODS_LOAD, "IE"),
    "TE-05:blocked": _row(_C.GOODS_LOAD, "IE", critical=True),
    "TE-06:fault": _row(_C.EXITS, "E"),
    "TE-06:blocked": _row(_C.EXITS, "E", critical=True),
    "TE-07:maybe": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "TE-07:no": _row(_C.FUNCTIONAL_ABILITY, "E"),
    "TE-08:weekly": _row(_C.FUNCTIONAL_ABILITY, "IE"),
    "TE-08:daily": _row(_C.FUNCTIONAL_ABILITY, "IE"),
    "TE-09:mild": _row(_C.FUNCTIONAL_ABILITY, "IF"),
    "TE-09:marked": _row(_C.FUNCTIONAL_ABILITY, "IF"),
    "TE-10:yes": _row(_C.FUNCTIONAL_ABILITY, "F"),
    "TE-10:grave": _row(_C.FUNCTIONAL_ABILITY, "F", critical=True),
    "FA-01:once": _row(_C.FUNCTIONAL_ABILITY, "H"),
    "FA-01:repeated": _row(_C.FUNCTIONAL_ABILITY, "H"),
    "FA-01:repeated_month": _row(_C.FUNCTIONAL_ABILITY, "H", critical=True),
    "FA-02:yes": _row(_C.FUNCTIONAL_ABILITY, "H", critical=True),
    "FA-03:yes": _row(_C.FUNCTIONAL_ABILITY, "M"),
    "FA-11:mild": _row(_C.FUNCTIONAL_ABILITY, "W"),
    "FA-11:marked": _row(_C.FUNCTIONAL_ABILITY, "W"),
    "FA-13:yes": _row(_C.FUNCTIONAL_ABILITY, "W"),
    "FA-18:missed_meals": _row(_C.SELF_NEGLECT, "W"),
    "FA-19:remains": _row(_C.GOODS_LOAD, "S"),
    "FA-20:no": _row(_C.OTHER, "S"),
    "FA-21:lacking": _row(_C.OTHER, "S"),
    "FA-22:fault": _row(_C.OTHER, "S"),
    "FA-24:lacking": _row(_C.OTHER, "S"),
    "FA-25:not_worn": _row(_C.FUNCTIONAL_ABILITY, "A"),
    "FA-25:none": _row(_C.FUNCTIONAL_ABILITY, "A"),
}
# Findings that say something of a body and nothing that a receiver has to act on.
OF_A_BODY = frozenset(
    {
        *("FA-04", "FA-05", "FA-06", "FA-07", "FA-08", "FA-09", "FA-10"),
        *("FA-12", "FA-14", "FA-15", "FA-16", "FA-17", "FA-18:weight_loss"),
    }
)
# Their sentence says what follows for getting out; the item's own name would say why.
NEUTRAL = frozenset({"FS-07", "TE-08", "TE-09", "FA-11"})
# Gates of one home's fire; what is of falling alone is for social welfare.
_FIRE = frozenset("IDER")
# What bears on nothing but how a fire begins, is noticed or is reached is not social welfare's.
_FIRE_ALONE = frozenset("IDR")


def item_of(finding: str) -> str:
    """The item as the receiver may see it; "" where its name tells of a body."""
    item = finding.partition(":")[0]
    return "" if item in NEUTRAL else item


def is_left_out(finding: str) -> bool:
    return finding in OF_A_BODY or finding.partition(":")[0] in OF_A_BODY


def of_kind(kind: NotificationKind, findings: Iterable[str]) -> tuple[str, ...]:
    """Those of `findings` that a notification of this kind may tell, critical ones first."""
    seen = dict.fromkeys(one for one in findings if one in TELLABLE)
    if kind is NotificationKind.DANGER:
        seen = {one: None for one in seen if _FIRE & set(TELLABLE[one].gates)}
    else:
        seen = {one: None for one in seen if not set(TELLABLE[one].gates) <= _FIRE_ALONE}
    return tuple(sorted(seen, key=lambda one: not TELLABLE[one].critical))
