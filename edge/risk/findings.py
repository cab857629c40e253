"""The open hazards of a home as its answers stand: what tasks and drafts begin from. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain import Answer, Checklist, Finding, Instant, Sync
from edge.home.state import Home
from edge.risk.added import with_added
from edge.risk.rules import FIXED
from edge.risk.standing import DAY_MS, known
from edge.risk.together import is_short, without_settled

# A deficiency without a day of its own in the list: "actions done within 30 days".
DUE_DAYS = 30
_MOMENT = Instant(boot="", boottime_ms=0, wall_ms=0, sync=Sync.NTP)


def whole_lists(home: Home) -> dict[str, Checklist]:
    """The loaded lists that have answers, with what was added to them in this home."""
    return {
        name: with_added(one, home.answers[name])
        for name, one in sorted(home.settings.checklists.items())
        if home.answers.get(name)
    }


def counted(one: Checklist, home: Home, wall_ms: int) -> Mapping[str, Answer]:
    """The answers that count: of a short list without the findings that were gone into."""
    if not is_short(one):
        return home.answers[one.id]
    full = {k: v for k, v in home.settings.checklists.items() if not is_short(v)}
    return without_settled(one, full, home.answers, wall_ms)


def open_findings(home: Home, wall_ms: int) -> tuple[Finding, ...]:
    """Every open hazard, judged at `wall_ms` (UTC): also one whose answer has grown old.

    Of a question that several lists share each list has its finding; all but one name its `twin`.
    """
    found = []
    shared: dict[str, str] = {}
    # Full lists first: a short one asks what they go into.
    for one in sorted(whole_lists(home).values(), key=lambda c: (is_short(c), c.id)):
        answers = counted(one, home, wall_ms)
        case = known(one, answers, msgspec.structs.replace(_MOMENT, wall_ms=wall_ms))
        for item in one.items:
            standing = case[item.id]
            if not standing.points or standing.code == FIXED:
                continue
            answer = answers[item.id]
            found.append(
                Finding(
                    checklist=one.id,
                    version=one.version,
                    item=item.id,
                    code=standing.code,
                    critical=standing.critical,
                    points=standing.points,
                    gates=item.gates,
                    hazards=item.hazards or (one.hazard,),
                    at=answer.at,
                    role=answer.role,
                    source=answer.source,
                    days=item.due_days.get(standing.code, DUE_DAYS),
                    responsible=item.responsible,
                    doubt=standing.doubt,
                    twin=shared.setdefault(item.shared, item.id) if item.shared else "",
                )
            )
    return tuple(
        msgspec.structs.replace(one, twin="") if one.twin == one.item else one for one in found
    )


def due_ms(at: Instant, days: int) -> int | None:
    """When `days` from a moment are over, UTC ms; None: nobody knows when it was."""
    return None if at.sync is Sync.NONE else at.wall_ms + days * DAY_MS
