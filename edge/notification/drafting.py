"""A draft out of what is known, and the changes that a person makes to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from edge.domain.notification import (
    AtRisk,
    Detection,
    EscapeCapacity,
    IndexLine,
    InterimMeasure,
    Known,
    NotificationContent,
    NotificationKind,
    ObservedFact,
    RequestedAction,
    Resident,
    SeenBy,
    Site,
    Urgency,
)
from edge.notification.bounds import OBSERVATIONS_MAX, ContentError, checked
from edge.notification.findings import TELLABLE, item_of, of_kind

# "Mallikatu 5 A 12, 02100 Espoo"; whoever drafts sees what was read and corrects it.
_ADDRESS = re.compile(
    r"(?P<street>[^\d,]+?)\s+(?P<number>\d+\w?(?:\s*[-\u2013]\s*\d+\w?)?)"
    r"(?:\s+(?P<stair>[A-Za-zÅÄÖåäö])\b)?(?:\s+(?:as\.?\s*)?(?P<flat>\d+\w?))?"
    r"\s*,\s*(?:(?P<postcode>\d{5})\s+)?(?P<municipality>[^\d,]+)"
)
# By finding: what it says of getting out, the worst first.
_ESCAPE = {
    "FS-22:no": EscapeCapacity.CANNOT,
    "TE-07:no": EscapeCapacity.CANNOT,
    "FS-22:maybe": EscapeCapacity.MAY,
    "TE-07:maybe": EscapeCapacity.MAY,
}
_ALONE = "FS-24:alone"


def site_of(address: str) -> Site:
    """An address on one line as its parts; what cannot be told apart stays with the street."""
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        return Site(street=address.strip())
    parts = {name: (value or "").strip() for name, value in found.groupdict().items()}
    return msgspec.structs.replace(Site(), **parts)


def draft(
    kind: NotificationKind,
    basis: str,
    findings: Iterable[str],
    *,
    say: Callable[[str], str],
    on: str,
    seen: Mapping[str, tuple[str, SeenBy]] | None = None,
    address: str = "",
    name: str = "",
    index: IndexLine | None = None,
    is_prompt: bool = False,
) -> NotificationContent:
    """A draft from findings, critical ones first, each thing once; as many as a page holds.

    `say` gives the sentence of a finding, `on` the day of those that `seen` does not date. Whom a
    crew has to carry out, and what alarms there are, is told of all that was `seen`: a notification
    of one finding says it too.
    """
    told = _once(of_kind(kind, findings), say)[:OBSERVATIONS_MAX]
    dated = {one: (seen or {}).get(one, (on, SeenBy.WORKER)) for one in told}
    days = sorted(day for day, _ in dated.values() if day)
    concerns = tuple(dict.fromkeys(TELLABLE[one].concern for one in told))
    known = {*told, *(seen or {})}
    out = next((one for one in _ESCAPE if one in known), "")
    escape = _ESCAPE.get(out, EscapeCapacity.NOT_ASSESSED)
    assessed = (seen or {}).get(out, (on, SeenBy.WORKER))[0]
    asked = (
        RequestedAction.INSPECTION
        if kind is NotificationKind.DANGER
        else RequestedAction.SERVICE_NEED
    )
    return NotificationContent(
        kind=kind,
        basis=basis,
        urgency=Urgency.PROMPT if is_prompt else Urgency.NORMAL,
        observed_first=days[0] if days else "",
        observed_last=days[-1] if days else "",
        site=site_of(address),
        resident=Resident(name=name),
        concerns=concerns,
        observations=tuple(
            ObservedFact(text=say(one), item=item_of(one), finding=one, on=day, seen=by)
            for one, (day, by) in dated.items()
        ),
        escape=escape,
        escape_basis=f"{out.partition(':')[0]} {_day(assessed)}".strip() if out else "",
        detection=_detection(known),
        at_risk=AtRisk(
            alone_at_night=_known(_ALONE in known),
            needs_assistance=_known(escape is EscapeCapacity.CANNOT),
        ),
        requested=(asked,),
        index=index,
    )


def _once(findings: Iterable[str], say: Callable[[str], str]) -> list[str]:
    """One finding for each sentence: two lists ask the same, and the full one's item is named."""
    told: dict[str, str] = {}
    for one in findings:
        text = say(one)
        told[text] = min(told.get(text, one), one)  # "FS-18" stands before "TE-05"
    return list(told.values())


def _detection(findings: Iterable[str]) -> Detection:
    """What the findings say of the smoke alarms; what they do not say is not known."""
    found = set(findings)
    none = 0 if "FS-01:none" in found else None
    return Detection(
        alarms=none,
        working=0 if "TE-01:dead" in found else none,
        heard=Known.NO if "FS-03:no" in found else Known.UNKNOWN,
        linked=Known.NO if "FS-04:no" in found else Known.UNKNOWN,
    )


def _day(iso: str) -> str:
    """2026-03-01 as 1.3.2026, as a page writes it."""
    return ".".join(part.lstrip("0") for part in reversed(iso[:10].split("-")))


def _known(is_so: bool) -> Known:
    return Known.YES if is_so else Known.UNKNOWN


def amended(
    content: NotificationContent,
    changes: Mapping[str, Any],
    *,
    observe: Iterable[ObservedFact] = (),
    measure: Iterable[InterimMeasure] = (),
    drop: Iterable[int] = (),
) -> NotificationContent:
    """`content` with the changes of a person; raises ContentError.

    `changes` names fields, those of a part as "site.street". `drop`: observations by number.
    """
    gone = set(drop)
    if wrong := [one for one in gone if not 1 <= one <= len(content.observations)]:
        raise ContentError(f"there is no observation {wrong[0]}", "no_observation", n=wrong[0])
    values: dict[str, Any] = {}
    for name, value in changes.items():
        part, _, field = name.partition(".")
        if field:
            before = values.get(part, getattr(content, part))
            values[part] = msgspec.structs.replace(before, **{field: value})
        else:
            values[part] = value
    kept = [one for n, one in enumerate(content.observations, 1) if n not in gone]
    values["observations"] = (*kept, *observe)
    values["measures"] = (*content.measures, *measure)
    return checked(msgspec.structs.replace(content, **values))


# Under which law a draft stands until a person chooses another one of the same kind.
DEFAULT_BASIS = {
    NotificationKind.DANGER: "PelL-379-2011-42",
    NotificationKind.CONCERN: "VanhPL-980-2012-25",
}
