"""One hazard of the home by all its checklists: the level in force and when it must be redone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from edge.domain import (
    Answer,
    Checklist,
    ChecklistItem,
    Hazard,
    Instant,
    Level,
    Reason,
    RiskAssessment,
    Sync,
)
from edge.home.reassess import HAZARDS
from edge.home.state import Home
from edge.ports import Ids
from edge.risk.added import with_added
from edge.risk.checklist import source
from edge.risk.levels import score
from edge.risk.signals import DEVICE
from edge.risk.standing import DAY_MS, expires_ms, in_season, next_season_ms
from edge.risk.tasking import has_climbed
from edge.risk.together import (
    SHRUGS,
    Answers,
    has_finding,
    is_short,
    is_since,
    views,
    without_settled,
)

# Of two lists about one hazard the worse word counts; "not known" may hide an orange, so it is
# worse than yellow (edge.risk.levels).
_WORSE = (Level.GREEN, Level.YELLOW, Level.GREY, Level.ORANGE, Level.RED)
_CALM = frozenset({Level.GREEN, Level.YELLOW})

# A home in care is assessed anew twice a year, whatever has happened.
ROUTINE_MS = 182 * DAY_MS
ROUTINE = "six_months"

# Reasons beside the answers: short codes that the catalogues have words for.
CONFIRMED = "confirmed"
REASSESS = "reassess"
REPEATED = "repeated"


def answered(home: Home) -> dict[Hazard, list[Checklist]]:
    """The loaded checklists that have answers, as each hazard sees them, in the order of ids."""
    lists: dict[Hazard, list[Checklist]] = {}
    for name, checklist in sorted(home.settings.checklists.items()):
        if home.answers.get(name):
            whole = with_added(checklist, home.answers[name])
            for hazard, view in views(whole).items():
                lists.setdefault(hazard, []).append(view)
    return lists


def assess_all(
    lists: Sequence[Checklist],
    home: Home,
    now: Instant,
    wall_ms: int,
    ids: Ids,
    *,
    repeated: Collection[str] | None = None,
) -> RiskAssessment:
    """The assessment of one hazard, made `now`, by at least one list that has answers.

    Validity is judged by `wall_ms` (UTC): the wall clock of `now` may not be set. A short list
    without a finding leaves the word to the full lists, and confirms a level that they have.
    `repeated`: items whose open critical was found again; None: as the tasks of `home` have it.
    """
    judged = msgspec.structs.replace(now, wall_ms=wall_ms)
    scored: list[RiskAssessment] = []
    confirming: list[Checklist] = []
    has_full = any(not is_short(one) for one in lists)
    for one in lists:
        answers = _counted(one, home, wall_ms)
        found = score(one, answers, judged, ids.uuid7(now))
        if is_short(one) and has_full and not has_finding(one, answers):
            if found.share_unknown <= one.unknown_share_max:
                confirming.append(one)
            continue
        scored.append(found if is_short(one) else _anew(found, one, home, wall_ms))
    worst = max(scored, key=lambda assessment: _WORSE.index(assessment.level))
    climbed = frozenset(i for i, task in home.tasks.items() if has_climbed(task))
    again = _again(lists, climbed if repeated is None else repeated)
    if again:  # repetition is a fact that people found, as points and criticals are
        worst = msgspec.structs.replace(worst, level=Level.RED)
    reasons = (*again, *worst.reasons)
    if worst.level is not Level.GREY:
        reasons += tuple(
            Reason(code=CONFIRMED, weight=0.0, source=source(one)) for one in confirming
        )
    return msgspec.structs.replace(worst, at=now, reasons=reasons)


def due_anew(one: Checklist, home: Home, wall_ms: int) -> tuple[str, ...]:
    """Why a full list is to be asked again: what happened that it was not answered after.

    It was when no more of its items than may be unknown have no person's answer since.
    """
    given = home.answers.get(one.id, {})
    items = [item for item in one.items if in_season(item, wall_ms) and not item.added]
    needed = len(items) * (1.0 - one.unknown_share_max)
    persons = [a for item in items if (a := given.get(item.id)) is not None and _is_said(a)]
    why = {
        event.trigger.value
        for event in home.anew.values()
        if one.hazard in HAZARDS[event.trigger]
        and sum(is_since(a.at, event.at) for a in persons) < needed
    }
    newest = max((a.at.wall_ms for a in persons if a.at.sync is not Sync.NONE), default=None)
    if newest is not None and wall_ms - newest >= ROUTINE_MS:
        why.add(ROUTINE)
    return tuple(sorted(why))


def _again(lists: Sequence[Checklist], repeated: Collection[str]) -> tuple[Reason, ...]:
    """The open criticals that persons found again and again, as reasons."""
    return tuple(
        Reason(code=f"{item.id}:{REPEATED}", weight=0.0, source=source(one))
        for one in lists
        for item in one.items
        if item.id in repeated and any(answer.critical for answer in item.answers)
    )


def last_assessed(home: Home, wall_ms: int) -> dict[Hazard, Instant]:
    """When persons last went through a list about each hazard, by at least what may not be unknown.

    That is within a day: an answer given later, when a task is done, makes no assessment.
    """
    last: dict[Hazard, Instant] = {}
    for hazard, lists in answered(home).items():
        for one in lists:
            given = home.answers.get(one.id, {})
            items = [item for item in one.items if in_season(item, wall_ms) and not item.added]
            needed = max(1.0, len(items) * (1.0 - one.unknown_share_max))
            said = [a.at for i in items if (a := given.get(i.id)) is not None and _is_said(a)]
            said = sorted((at for at in said if at.sync is not Sync.NONE), key=_wall_ms)
            for at in reversed(said):
                near = sum(0 <= at.wall_ms - other.wall_ms < DAY_MS for other in said)
                if near >= needed:
                    if hazard not in last or last[hazard].wall_ms < at.wall_ms:
                        last[hazard] = at
                    break
    return last


def _wall_ms(at: Instant) -> int:
    return at.wall_ms


def _anew(found: RiskAssessment, one: Checklist, home: Home, wall_ms: int) -> RiskAssessment:
    """With the reasons to ask again; until then a calm level is not known any more."""
    why = due_anew(one, home, wall_ms)
    if not why:
        return found
    reasons = tuple(Reason(code=f"{REASSESS}:{w}", weight=0.0, source=source(one)) for w in why)
    return msgspec.structs.replace(
        found,
        level=Level.GREY if found.level in _CALM else found.level,
        reasons=found.reasons + reasons,
    )


def _is_said(answer: Answer) -> bool:
    return answer.source != DEVICE and answer.state not in SHRUGS


def _counted(one: Checklist, home: Home, wall_ms: int) -> Mapping[str, Answer]:
    """The answers that count: of a short list without the findings that were gone into."""
    if not is_short(one):
        return home.answers[one.id]
    full = {
        name: view
        for name, checklist in home.settings.checklists.items()
        if not is_short(checklist) and (view := views(checklist).get(one.hazard)) is not None
    }
    return without_settled(one, full, home.answers, wall_ms)


def next_end_ms(lists: Sequence[Checklist], answers: Answers, wall_ms: int) -> int | None:
    """When the level may change by time alone, UTC ms: an answer or a season ends; None: never."""
    ends = [expires_ms(*held) for one in lists for held in _held(one, answers)]
    ends += [next_season_ms(item, wall_ms) for one in lists for item in one.items]
    ends += [
        answer.at.wall_ms + ROUTINE_MS
        for one in lists
        for _, _, answer in _held(one, answers)
        if answer.at.sync is not Sync.NONE
    ]
    return min((end for end in ends if end is not None and end > wall_ms), default=None)


def of_the_list(assessment: RiskAssessment) -> tuple[Reason, ...]:
    """The reasons that the answers gave, without a model's."""
    return tuple(r for r in assessment.reasons if not r.source.startswith("model:"))


def says_the_same(old: RiskAssessment, new: RiskAssessment) -> bool:
    """Whether two assessments differ in nothing but when they were made and what a model said."""
    return (old.level, old.checklist, old.share_unknown, of_the_list(old)) == (
        new.level,
        new.checklist,
        new.share_unknown,
        of_the_list(new),
    )


def _held(one: Checklist, answers: Answers) -> list[tuple[Checklist, ChecklistItem, Answer]]:
    given = answers[one.id]
    return [(one, item, given[item.id]) for item in one.items if item.id in given]
