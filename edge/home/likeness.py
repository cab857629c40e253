"""What the devices of a home are known by, learnt slowly: where, by what words, on whom.

`edge.home.identity` and its neighbours judge by it. Everything is counted, or dated by the wall
clock while that is set, so a restart moves nothing. An enrolment, a removal and a person's
confirmation forget what was known of the device: it is learnt anew.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from edge.domain import Record

T = TypeVar("T")

# The gateway's own radio and the satellites that the settings can name.
RECEIVERS_MAX = 9
# The windows that "now" is made of: four of ten minutes span half an hour.
RECENT_WINDOWS = 4
# Kinds by which one device tells itself from another of its model, and a few to spare.
TOLD_MAX = 8
# Judged hours of one sensor, and of one day: three days at least, because a locator can be wrong
# of one armchair for a whole day.
HOURS_JUDGED, HOURS_A_DAY = 12, 4
# Different two rooms in which one person's tags were at once; more say no more.
APART_ROOMS_MAX = 4
# Nights remembered of one tag: a fortnight.
NIGHTS_MAX = 14
# Pairs of tags: six tags make fifteen of them, and a home has two or three.
PAIRS_MAX = 16
# Residents whose own range is learnt, and the kinds of reading that are.
RANGES_MAX = 64


class Reach(Record, frozen=True, kw_only=True):
    """How well one receiver hears one device: median and spread in dB, share of its windows."""

    dbm: float
    spread: float
    share: float
    windows: int = 1


class Place(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One placed device. `recent`: dBm by receiver in its last windows, newest last.

    `off`, `well`: windows in a row in which it was judged to be elsewhere, or as it was.
    """

    reaches: dict[str, Reach] = {}
    recent: tuple[dict[str, int], ...] = ()
    off: int = 0
    well: int = 0


class Agreement(Record, frozen=True, kw_only=True, omit_defaults=True):
    """How one placed sensor and the tag agree. `hours`: newest last, "x" against, "." for.

    `hour` is the local hour since 1970 that is being judged, with what was seen in it so far;
    `today` counts those of its day that are judged.
    """

    hours: str = ""
    hour: int = 0
    today: int = 0
    agrees: int = 0
    against: int = 0
    waits_wall_ms: int | None = None  # a movement that is not compared yet


class Roaming(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Where one tag is said to be: a room, "away", or "" for no more than somewhere; wall ms.

    `stirred_ms`: when it last went into another room or shook. `night`: ms in each room in the
    night that runs. `nights`: the room of each past one, newest last.
    """

    room: str
    since_ms: int
    was: str = ""
    stirred_ms: int = 0
    jumps: int = 0
    jump_day: int = 0
    night: dict[str, int] = {}
    night_day: int = 0
    counted_ms: int = 0  # up to when `night` is counted
    nights: tuple[str, ...] = ()


class Pair(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Two tags. `apart`: moments in which one person would be in two places, by slot of time.

    `beside`: those in which they agree; `where`: the different two rooms in which they do not, on
    `apart_days` days. `joint`: changes of room that both made together, on `days` days since they
    were last apart.
    """

    apart: int = 0
    beside: int = 0
    where: tuple[str, ...] = ()
    apart_day: int = 0
    apart_days: int = 0
    slot: int = 0
    joint: int = 0
    joint_day: int = 0
    days: int = 0
    single: int = 0
    waits_wall_ms: int | None = None  # one of them walked, and the other may follow


class Range(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One person's readings of one kind: middle and spread, in its unit; no limit of any norm.

    `strange`: the last ones that did not fit, newest last; when they agree they are the new range.
    """

    middle: float
    spread: float
    count: int = 1
    first_ms: int = 0
    fit_ms: int = 0
    strange: tuple[float, ...] = ()
    strange_ms: int = 0


class Instrument(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One measuring instrument: its own number of who measures, and when it measured last."""

    user: str = ""
    users: int = 0  # how often that number came, up to where it counts as known
    other_ms: int = 0  # when it last said that somebody else measures
    last_ms: int = 0
    strange: int = 0  # readings in a row that may be somebody else's


class Likeness(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it, by device, by pair of tags ("a b", in order), by person and kind ("p kind")."""

    places: dict[str, Place] = {}
    deaf: dict[str, int] = {}  # receiver -> windows in a row in which it hears all differently
    told: dict[str, dict[str, str]] = {}
    agreements: dict[str, Agreement] = {}
    tags: dict[str, Roaming] = {}
    pairs: dict[str, Pair] = {}
    ranges: dict[str, Range] = {}
    instruments: dict[str, Instrument] = {}


def forget(likeness: Likeness, device: str) -> Likeness:
    """The same without what one device was known by."""
    return msgspec.structs.replace(
        likeness,
        places=without(likeness.places, device),
        told=without(likeness.told, device),
        agreements=without(likeness.agreements, device),
        tags=without(likeness.tags, device),
        pairs={key: pair for key, pair in likeness.pairs.items() if device not in key.split(" ")},
        instruments=without(likeness.instruments, device),
    )


def forget_roaming(likeness: Likeness) -> Likeness:
    """The same without anybody's whereabouts: nobody decided that they may be known."""
    if not (likeness.tags or likeness.pairs or likeness.agreements):
        return likeness
    return msgspec.structs.replace(likeness, tags={}, pairs={}, agreements={})


def forget_wearer(likeness: Likeness, device: str) -> Likeness:
    """The same without where whoever wore this device was: it is nobody's from now on."""
    return msgspec.structs.replace(
        likeness,
        tags=without(likeness.tags, device),
        pairs={key: pair for key, pair in likeness.pairs.items() if device not in key.split(" ")},
    )


def without_person(likeness: Likeness, person: str) -> Likeness:
    """The same without one person's ranges."""
    ranges = {k: r for k, r in likeness.ranges.items() if k.split(" ")[0] != person}
    return msgspec.structs.replace(likeness, ranges=ranges)


def without(parts: dict[str, T], key: str) -> dict[str, T]:
    return parts if key not in parts else {k: part for k, part in parts.items() if k != key}
