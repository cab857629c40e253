"""Whether a reading may be somebody else's: by what the same person's readings were before.

No norm, no limit and no verdict: a reading is compared with the person's own ones alone, and
what does not fit is stored and flagged as perhaps another person's. When it goes on like that
it is the person who changed, and the range is learnt anew.
"""

from __future__ import annotations

from statistics import median

import msgspec

from edge.domain import Observation, PersonKind, Quality, Sync
from edge.events import Doubted
from edge.home.likeness import RANGES_MAX, Instrument, Range
from edge.home.localday import DAY_MS, MINUTE_MS
from edge.home.state import Home, is_visited

OTHERS = "others_reading"
USER = "user"
_WEIGHT = "body_weight"
# Steps below this are a meal, clothes, a cuff that sits badly: half of the least spread believed.
_FLOORS = {
    _WEIGHT: 0.5,
    "blood_pressure_systolic": 8.0,
    "blood_pressure_diastolic": 6.0,
    "pulse_rate": 8.0,
}
KINDS = frozenset(_FLOORS)
LISTENS_TO = KINDS | {USER}
# The first days learn only.
LEARN_READINGS, LEARN_MS = 5, 3 * DAY_MS
# Nobody's weight goes so far in three days, whatever they wear; in longer it may go further.
STEP_KG, STEP_SHARE, STEP_MS = 5.0, 0.08, 3 * DAY_MS
# Far outside the own range: beyond this many spreads, which in ten years of daily readings of a
# steady person happens hardly ever; and even then only with somebody whom it fits better.
SPREADS = 4.0
# A reading of another person follows one's own within this on the same instrument.
SERIES_MS = 10 * MINUTE_MS
# Measured again at once: to make sure, by the same person.
AGAIN_MS = MINUTE_MS
# What an instrument's own number of its user is worth: once it has come so often.
USER_KNOWN = 5
# The frame that names its user and the readings in it are of one moment.
USER_HOLDS_MS = 2_000
# Strange ones that agree among themselves for so long are the new range.
NEW_RANGE, NEW_RANGE_MS = 6, 4 * DAY_MS
# Told of the instrument after so many in a row: one is a neighbour who tried it.
TOLD_FROM = 3
FOLLOW = 0.15
_DOUBTFUL = frozenset({Quality.POSSIBLE_REPLAY, Quality.UNAUTHENTICATED, Quality.QUESTIONABLE})


def is_strange(home: Home, seen: Observation) -> bool:
    """Whether this reading may be somebody else's; nothing that explains it was told."""
    person, value = _whose(home, seen), seen.value
    if person is None or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if seen.at.sync is Sync.NONE or is_visited(home):
        return False
    wall_ms = seen.at.wall_ms
    instrument = home.likeness.instruments.get(seen.device, Instrument())
    if 0 <= wall_ms - instrument.other_ms <= USER_HOLDS_MS:
        return True
    known = home.likeness.ranges.get(f"{person} {seen.kind}")
    if known is None or not _is_learnt(known, wall_ms):
        return False
    since_ms = wall_ms - instrument.last_ms
    if USER_HOLDS_MS < since_ms <= AGAIN_MS:
        return False
    if seen.kind == _WEIGHT:
        return abs(value - known.middle) > _step_kg(known, wall_ms)
    far = abs(value - known.middle) > SPREADS * known.spread
    in_series = AGAIN_MS < since_ms <= SERIES_MS
    return far and (in_series or _fits_other(home, person, seen.kind, float(value), known))


def fold(home: Home, seen: Observation) -> tuple[Home, tuple[Doubted, ...]]:
    """The home after a reading: learnt from when it fits, counted when it does not."""
    if seen.kind not in LISTENS_TO or seen.at.sync is Sync.NONE or _whose(home, seen) is None:
        return home, ()
    wall_ms = seen.at.wall_ms
    device = home.devices[seen.device]
    old = home.likeness.instruments.get(device.id, Instrument())
    if seen.kind == USER:
        return _with(home, device.id, _named(old, seen, wall_ms)), ()
    if isinstance(seen.value, bool) or not isinstance(seen.value, int | float):
        return home, ()
    if seen.quality in _DOUBTFUL:
        return home, ()
    strange = is_strange(home, seen)
    home = _learnt(home, seen, float(seen.value), wall_ms, strange=strange)
    same = wall_ms - old.last_ms <= USER_HOLDS_MS and old.last_ms > 0
    count = max(old.strange, 1) if strange and same else old.strange + 1 if strange else 0
    if same and old.strange and not strange:
        count = old.strange  # the pulse of a stranger may well be one's own
    new = msgspec.structs.replace(old, last_ms=wall_ms, strange=min(count, TOLD_FROM))
    home = _with(home, device.id, new)
    doubted = OTHERS in device.identity
    if new.strange >= TOLD_FROM and not doubted:
        return home, (Doubted(device=device.id, reason=OTHERS),)
    if doubted and new.strange == 0:
        return home, (Doubted(device=device.id, reason=OTHERS, gone=True),)
    return home, ()


def _whose(home: Home, seen: Observation) -> str | None:
    """The resident it is enrolled for; what is nobody's in particular is compared with nothing."""
    person = seen.person if seen.person is not None else home.devices[seen.device].person
    if person is None:
        return None
    known = home.persons.get(person)
    return person if known is None or known.kind is PersonKind.RESIDENT else None


def _with(home: Home, device: str, instrument: Instrument) -> Home:
    instruments = {**home.likeness.instruments, device: instrument}
    likeness = msgspec.structs.replace(home.likeness, instruments=instruments)
    return msgspec.structs.replace(home, likeness=likeness)


def _named(old: Instrument, seen: Observation, wall_ms: int) -> Instrument:
    """Who measures by the instrument's own number; the one that comes first and stays is theirs."""
    if seen.value is None:
        return old
    user = str(seen.value)
    if user == old.user:
        users = min(old.users + 1, USER_KNOWN)
        return msgspec.structs.replace(old, users=users, other_ms=0)
    if old.users >= USER_KNOWN:
        return msgspec.structs.replace(old, other_ms=wall_ms)
    return msgspec.structs.replace(old, user=user, users=1, other_ms=0)


# -- one person's range -------------------------------------------------------


def _is_learnt(known: Range, wall_ms: int) -> bool:
    return known.count >= LEARN_READINGS and wall_ms - known.first_ms >= LEARN_MS


def _step_kg(known: Range, wall_ms: int) -> float:
    """More after a pause in measuring; not because strange ones keep coming."""
    step = max(STEP_KG, STEP_SHARE * known.middle)
    since_ms = (known.strange_ms if known.strange else wall_ms) - known.fit_ms
    return step * max(1.0, since_ms / STEP_MS)


def _fits_other(home: Home, person: str, kind: str, value: float, known: Range) -> bool:
    """Whether somebody else's own range is much nearer to it."""
    others = [
        one
        for key, one in home.likeness.ranges.items()
        if key.endswith(" " + kind) and key.split(" ")[0] != person and one.count >= LEARN_READINGS
    ]
    return any(2 * abs(value - one.middle) < abs(value - known.middle) for one in others)


def _learnt(home: Home, seen: Observation, value: float, wall_ms: int, *, strange: bool) -> Home:
    key = f"{_whose(home, seen)} {seen.kind}"
    ranges = home.likeness.ranges
    known = ranges.get(key)
    if known is None:
        if len(ranges) >= RANGES_MAX:
            return home
        spread = 2 * _FLOORS[seen.kind]
        new = Range(middle=value, spread=spread, first_ms=wall_ms, fit_ms=wall_ms)
    elif strange:
        new = _stranger(known, value, wall_ms)
    else:
        new = _fitted(known, seen.kind, value, wall_ms)
    likeness = msgspec.structs.replace(home.likeness, ranges={**ranges, key: new})
    return msgspec.structs.replace(home, likeness=likeness)


def _fitted(known: Range, kind: str, value: float, wall_ms: int) -> Range:
    """A robust step: how far is bounded by the spread once that is known."""
    weight = max(FOLLOW, 1 / (known.count + 1))
    miss = value - known.middle
    near = (
        miss
        if known.count < LEARN_READINGS
        else max(-4, min(4, miss / known.spread)) * known.spread
    )
    spread = known.spread + weight * (1.25 * abs(near) - known.spread)
    return msgspec.structs.replace(
        known,
        middle=known.middle + weight * near,
        spread=max(_FLOORS[kind], spread),
        count=known.count + 1 if known.count < LEARN_READINGS else known.count,
        fit_ms=wall_ms,
        strange=(),
    )


def _stranger(known: Range, value: float, wall_ms: int) -> Range:
    first_ms = known.strange_ms if known.strange else wall_ms
    strange = (*known.strange, value)[-NEW_RANGE:]
    middle = median(strange)
    agree = all(abs(one - middle) <= SPREADS * known.spread for one in strange)
    if len(strange) < NEW_RANGE or wall_ms - first_ms < NEW_RANGE_MS or not agree:
        return msgspec.structs.replace(known, strange=strange, strange_ms=first_ms)
    return msgspec.structs.replace(known, middle=middle, fit_ms=wall_ms, strange=())
