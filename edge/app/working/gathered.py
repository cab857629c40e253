"""The work of one home as it is now: what rules know, and what only the store does."""

from __future__ import annotations

from edge.app.house import House
from edge.app.signals import gather
from edge.domain import Work
from edge.events import Disputed
from edge.risk.signals import conflicts
from edge.risk.standing import DAY_MS
from edge.risk.tasking import judged_ms
from edge.risk.worklist import Conflict, Gap, work_of
from edge.store import coverage

# The days on which a gap is judged, and from which share on somebody should look.
GAP_DAYS = 7
KNOWN_MIN = 0.90
# A tag that is worn for less makes what it says of its wearer unknown.
WORN_MIN = 0.60
# Questions about us, which an installer and the desk see to, and not a nurse on a visit.
_OURS = frozenset({"upstream", "second_path", "clock", "gateway"})


async def work_now(house: House) -> Work:
    home = house.keeper.home
    return work_of(home, house.clock.now(), await gaps(house), await disputes(house))


async def gaps(house: House) -> list[Gap]:
    """Questions of which too little was known in the last whole days."""
    until_ms = judged_ms(house.keeper.home, house.clock.now())
    asked: dict[str, int] = {}
    known: dict[str, int] = {}
    missed: dict[str, dict[str, int]] = {}
    after: tuple[int, str] | None = None
    while True:
        rows = await house.store.look(
            coverage.hours, from_ms=until_ms - GAP_DAYS * DAY_MS, until_ms=until_ms, after=after
        )
        for row in rows:
            asked[row.question] = asked.get(row.question, 0) + row.asked_s
            known[row.question] = known.get(row.question, 0) + row.known_s
            whys = missed.setdefault(row.question, {})
            whys[row.reason] = whys.get(row.reason, 0) + row.asked_s - row.known_s
        if len(rows) < coverage.ROWS_MAX:
            break
        after = (rows[-1].hour_ms, rows[-1].question)
    found = []
    for question, seconds in sorted(asked.items()):
        least = WORN_MIN if question == "tag_worn" else KNOWN_MIN
        if question in _OURS or not seconds or known[question] / seconds >= least:
            continue
        whys = missed[question]
        reason = max(whys, key=lambda why: (whys[why], why))
        percent = 100 * known[question] // seconds
        found.append(Gap(question=question, percent=percent, reason=reason))
    return found


async def disputes(house: House) -> list[Conflict]:
    """Where a device says otherwise than a person did, since it was first seen so."""
    home, now = house.keeper.home, house.clock.now()
    signals = await gather(house)
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


async def note_disputes(house: House) -> None:
    """Remember since when, so that an old disagreement becomes a nurse's."""
    items = tuple(sorted({one.item for one in await disputes(house)}))
    if items != tuple(sorted(house.keeper.home.disputes)):
        house.tell(Disputed(items=items))
        await house.keep()
