"""The work of one home as it is now: what rules know, and what only the store does."""

from __future__ import annotations

from edge.app import drifting
from edge.app.house import House
from edge.app.signals import gather
from edge.domain import Work
from edge.events import Disputed
from edge.risk.signals import Signals, conflicts, questions
from edge.risk.standing import DAY_MS
from edge.risk.tasking import judged_ms
from edge.risk.worklist import work_of
from edge.risk.worklist_asks import Conflict, Wonder
from edge.risk.worklist_changes import Gap
from edge.store import coverage

# The days on which a gap is judged, and from which share on somebody should look.
GAP_DAYS = 7
KNOWN_MIN = 0.90
WORN = "tag_worn"
# A tag that is worn for less makes what it says of its wearer unknown.
WORN_MIN = 0.60
# Questions about us, which an installer and the desk see to, and not a nurse on a visit.
_OURS = frozenset({"upstream", "second_path", "clock", "gateway"})


async def work_now(house: House) -> Work:
    home = house.keeper.home
    seen, signals = await _seen(house), await gather(house)
    return work_of(
        home,
        house.clock.now(),
        _gaps(seen),
        _disputes(house, signals),
        _wonders(house, signals),
        worn_percent=seen[WORN].percent if WORN in seen else None,
        drifted=await drifting.to_ask(house),
    )


async def gaps(house: House) -> list[Gap]:
    """Questions of which too little was known in the last whole days."""
    return _gaps(await _seen(house))


class _Seen:
    """One question over the days: seconds asked, seconds known, and why the others were not."""

    def __init__(self) -> None:
        self.asked_s = 0
        self.known_s = 0
        self.missed_s: dict[str, int] = {}

    @property
    def percent(self) -> int:
        return 100 * self.known_s // self.asked_s


async def _seen(house: House) -> dict[str, _Seen]:
    """By question, those that were asked at all."""
    until_ms = judged_ms(house.keeper.home, house.clock.now())
    seen: dict[str, _Seen] = {}
    after: tuple[int, str] | None = None
    while True:
        rows = await house.store.look(
            coverage.hours, from_ms=until_ms - GAP_DAYS * DAY_MS, until_ms=until_ms, after=after
        )
        for row in rows:
            one = seen.setdefault(row.question, _Seen())
            one.asked_s += row.asked_s
            one.known_s += row.known_s
            missed_s = row.asked_s - row.known_s
            one.missed_s[row.reason] = one.missed_s.get(row.reason, 0) + missed_s
        if len(rows) < coverage.ROWS_MAX:
            break
        after = (rows[-1].hour_ms, rows[-1].question)
    return {question: one for question, one in sorted(seen.items()) if one.asked_s}


def _gaps(seen: dict[str, _Seen]) -> list[Gap]:
    found = []
    for question, one in seen.items():
        least = WORN_MIN if question == WORN else KNOWN_MIN
        if question in _OURS or one.known_s / one.asked_s >= least:
            continue
        reason = max(one.missed_s, key=lambda why: (one.missed_s[why], why))
        found.append(Gap(question=question, percent=one.percent, reason=reason))
    return found


async def disputes(house: House) -> list[Conflict]:
    """Where a device says otherwise than a person did, since it was first seen so."""
    return _disputes(house, await gather(house))


def _disputes(house: House, signals: Signals) -> list[Conflict]:
    home, now = house.keeper.home, house.clock.now()
    return [
        Conflict(
            checklist=name,
            item=two.item,
            signal=two.signal,
            since_ms=home.disputes.get(two.item, judged_ms(home, now)),
        )
        for name, one in sorted(house.checklists.items())
        for two in conflicts(one, home.answers.get(name, {}), signals)
    ]


def _wonders(house: House, signals: Signals) -> list[Wonder]:
    """Of the lists that are answered here: others have not been begun, and are asked whole."""
    home = house.keeper.home
    wall_ms = judged_ms(home, house.clock.now())
    return [
        Wonder(checklist=name, item=two.item, signal=two.signal)
        for name, one in sorted(house.checklists.items())
        if home.answers.get(name)
        for two in questions(one, home.answers[name], signals, wall_ms)
    ]


async def note_disputes(house: House) -> None:
    """Remember since when, so that an old disagreement becomes a nurse's."""
    items = tuple(sorted({one.item for one in await disputes(house)}))
    if items != tuple(sorted(house.keeper.home.disputes)):
        house.tell(Disputed(items=items))
        await house.keep()
