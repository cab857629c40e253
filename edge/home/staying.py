"""Who is elsewhere, and what that pauses.

A Stay elsewhere pauses what is one person's (their dispenser, what they wear) and, when every
resident is elsewhere, what follows the life of the whole home. It never pauses an alarm, a leak,
a cooker or a press. Persons who were not told live here as before: the home's own stay is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.domain import PersonKind, Stay, StayKind
from edge.home.localday import DAY_MS
from edge.home.state import Home, Stillness


def residents(home: Home) -> tuple[str, ...]:
    """Who is told to live here; nobody told: it is not known how many do."""
    return tuple(p.id for p in home.persons.values() if p.kind is PersonKind.RESIDENT)


def has_pet(home: Home) -> bool:
    return any(p.kind is PersonKind.PET for p in home.persons.values())


def is_paused(home: Home) -> bool:
    """Whether nobody who lives here is expected to be home now."""
    told = residents(home)
    if not told:
        return _is_elsewhere_by(home, home.stay)
    return all(_is_away(home, person) for person in told)


def is_elsewhere(home: Home, person: str | None) -> bool:
    """Whether this person is elsewhere now; of nobody in particular: whether everybody is."""
    if person is not None and (person in home.stays or person in residents(home)):
        return _is_away(home, person)
    return is_paused(home)


def is_ended(home: Home, person: str | None) -> bool:
    """Whether the residence of this person (None: of everybody) has ended."""
    told = residents(home)
    if person is not None and (person in home.stays or person in told):
        return _has_ended(home, home.stays.get(person, home.stay))
    if not told:
        return _has_ended(home, home.stay)
    return all(_has_ended(home, home.stays.get(one, home.stay)) for one in told)


def stay_of(home: Home, person: str | None) -> Stay | None:
    """The stay that counts for this person: their own before everybody's."""
    return home.stay if person is None else home.stays.get(person, home.stay)


def begin_stay(home: Home, told: Stay, persons_max: int) -> Home:
    """Where everybody, or one person, is from now on.

    What is told of everybody replaces what was told of each. Stillness begins anew when the
    whole home's life is told anew, or stops or starts being followed.
    """
    if told.person is None:
        after = msgspec.structs.replace(home, stay=told, stays={})
    else:
        stays = {**home.stays, told.person: told}
        if len(stays) > persons_max:
            return home
        after = msgspec.structs.replace(home, stays=stays)
    if told.person is None or is_paused(after) is not is_paused(home):
        after = msgspec.structs.replace(after, still=Stillness(to_ms=home.at_ms))
    return after


def pass_stays(home: Home) -> Home:
    """The home without the stays whose time is over; under an unset clock nothing runs out.

    Whoever has a stay of their own that ran out is home, also where everybody else is not.
    """
    if not home.frame.synced:
        return home
    wall_ms = home.at_ms + home.frame.drift_ms
    stay = None if _is_over(home.stay, wall_ms) else home.stay
    over = [person for person, one in home.stays.items() if _is_over(one, wall_ms)]
    if stay is home.stay and not over:
        return home
    others = [person for person in residents(home) if person not in over]
    followed = stay is not home.stay or all(_is_away(home, person) for person in others)
    stays = {person: one for person, one in home.stays.items() if person not in over}
    if stay is not None:
        stays |= {person: _back(home.stays[person]) for person in over}
    return msgspec.structs.replace(
        home,
        stay=stay,
        stays=stays,
        still=Stillness(to_ms=home.at_ms) if followed else home.still,
    )


def stay_ends(home: Home) -> list[int]:
    """Wall times, UTC ms, at which a stay is over."""
    return [stay.until_ms for stay in _all(home) if stay.until_ms is not None]


def stay_begins(home: Home) -> list[int]:
    """Wall times, UTC ms, at which a stay begins."""
    return [stay.from_ms for stay in _all(home)]


def in_force(told: Iterable[Stay]) -> tuple[Stay | None, dict[str, Stay]]:
    """Of all stays in the order in which they were told: everybody's, and each person's own."""
    everybody: Stay | None = None
    each: dict[str, Stay] = {}
    for stay in told:
        if stay.person is None:
            everybody, each = stay, {}
        else:
            each[stay.person] = stay
    return everybody, each


def _all(home: Home) -> tuple[Stay, ...]:
    return (*([] if home.stay is None else [home.stay]), *home.stays.values())


def _back(stay: Stay) -> Stay:
    return msgspec.structs.replace(
        stay, kind=StayKind.HOME, from_ms=stay.until_ms or stay.from_ms, until_ms=None
    )


def _is_over(stay: Stay | None, wall_ms: int) -> bool:
    return stay is not None and stay.until_ms is not None and stay.until_ms <= wall_ms


def _is_away(home: Home, person: str) -> bool:
    return _is_elsewhere_by(home, home.stays.get(person, home.stay))


def _has_ended(home: Home, stay: Stay | None) -> bool:
    return stay is not None and stay.kind is StayKind.ENDED and _is_elsewhere_by(home, stay)


def _is_elsewhere_by(home: Home, stay: Stay | None) -> bool:
    """Whether a stay says "elsewhere" now; being home never does.

    While the wall clock is not synchronised nothing runs out, and only a stay that had begun by
    the last known day counts.
    """
    if stay is None or stay.kind is StayKind.HOME:
        return False
    if not home.frame.synced:
        day = home.coverage.day
        return day is not None and stay.from_ms < (day + 1) * DAY_MS
    wall_ms = home.at_ms + home.frame.drift_ms
    return stay.from_ms <= wall_ms and (stay.until_ms is None or wall_ms < stay.until_ms)
