"""Stays and visits: who is elsewhere until when, and who comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.app.house import House
from edge.app.household.lived import living
from edge.app.requests.asked import (
    choice_of,
    known_of,
    text_of,
    told_by,
    wall_ms_of,
)
from edge.app.view import moment_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import PersonKind, Role, Stay, StayKind, Visit, VisitKind
from edge.errors import ControlError, MisaskedError, NotNowError
from edge.home.hearing import WORN_ROLES
from edge.home.state import VISITS_MAX, Home
from edge.home.staying import is_elsewhere, is_paused, residents, stay_of
from edge.locale.refusing import listed, worded

# Whoever is there for longer than a day lives there for a while; a visit explains what is seen,
# and nothing may be explained away for weeks by a mistyped year.
VISIT_MAX_MS = 24 * 3_600_000
# One import: two weeks of ten visits a day, over the control socket in one line.
IMPORT_MAX_ROWS = 1_000
# History that is shown beside what is in force.
STAYS_SHOWN_MAX = 20
# Of these a stay pauses doses, meals, and whether they are worn; never a press or an alarm.
PAUSED_ROLES = WORN_ROLES | {Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER}
_NOT_BEGUN = frozenset({StayKind.HOME, StayKind.ENDED})


class Times:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "stay_begin": self.begin,
            "stay_end": self.end,
            "stay_list": self.stays,
            "visit_add": self.add_visits,
            "visit_list": self.visits,
        }

    # -- stays ----------------------------------------------------------------------------------

    async def begin(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Somebody, or everybody, is elsewhere."""
        kind = choice_of(args, "kind", StayKind, _NOT_BEGUN)
        now_ms = self._house.clock.now().wall_ms
        from_ms, until_ms = wall_ms_of(args, "from_ms") or now_ms, wall_ms_of(args, "until_ms")
        if until_ms is not None and until_ms <= max(now_ms, from_ms):
            raise worded(ControlError, "until_over")
        person = self._resident(args)
        living(self._house.keeper.home, person)
        stay = Stay(
            kind=kind, by=told_by(args, peer), from_ms=from_ms, until_ms=until_ms, person=person
        )
        return await self._told(stay)

    async def end(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Home again; whoever has been in care elsewhere is to be assessed anew."""
        person = self._resident(args)
        home = self._house.keeper.home
        standing = [stay_of(home, person), *(() if person else home.stays.values())]
        if all(stay is None or stay.kind is StayKind.HOME for stay in standing):
            if person is None:
                raise worded(NotNowError, "no_stay")
            raise worded(NotNowError, "no_stay_of", person=person)
        now_ms = self._house.clock.now().wall_ms
        by = told_by(args, peer)
        return await self._told(Stay(kind=StayKind.HOME, by=by, from_ms=now_ms, person=person))

    async def stays(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        home = self._house.keeper.home
        told = await self._house.store.stays()
        return {
            "paused": is_paused(home),
            "elsewhere": _elsewhere(home),
            "stays": [self._row(stay) for stay in in_force_of(home)],
            "history": [self._row(stay) for stay in told[-STAYS_SHOWN_MAX:]],
        }

    async def _told(self, stay: Stay) -> dict[str, Any]:
        self._house.tell(stay)
        await self._house.commit()
        home = self._house.keeper.home
        owned = [d for d in home.devices.values() if d.role in PAUSED_ROLES]
        return self._row(stay) | {
            "paused": is_paused(home),
            "elsewhere": _elsewhere(home),
            "devices": [d.id for d in owned if d.person and is_elsewhere(home, d.person)],
            # With somebody else at home it is not known whose they are: they go on being followed.
            "nobodys": [d.id for d in owned if d.person is None and not is_paused(home)],
            "assessment_due": any(a.code == "assessment_due" for a in home.alerts.values()),
        }

    def _resident(self, args: dict[str, Any]) -> str | None:
        if args.get("person") is None:
            return None
        home = self._house.keeper.home
        person = known_of(args, "person", home.persons, "person")
        if person.kind is not PersonKind.RESIDENT:
            there = listed(residents(home))
            raise worded(ControlError, "not_resident", person=person.id, there=there)
        return person.id

    def _row(self, stay: Stay) -> dict[str, Any]:
        return stay_row(stay, self._house.config.gateway.zone)

    # -- visits ---------------------------------------------------------------------------------

    async def add_visits(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Visits `{"visits": [{"kind", "role", "from_ms", "until_ms", "ref"}]}`, all or none."""
        rows = args.get("visits")
        if not isinstance(rows, list) or not rows:
            raise MisaskedError("visits is empty; name at least one")
        if len(rows) > IMPORT_MAX_ROWS:
            raise worded(ControlError, "visits_most", n=len(rows), most=IMPORT_MAX_ROWS)
        visits = [_visit(row) for row in rows]
        home = self._house.keeper.home
        known = {visit.ref: visit for visit in home.visits if visit.ref}
        changes = []
        for visit in visits:
            old = known.get(visit.ref) if visit.ref else None
            if visit != old:
                self._house.tell(visit)
            changes.append("new" if old is None else "same" if old == visit else "changed")
        await self._house.commit()
        home, zone = self._house.keeper.home, self._house.config.gateway.zone
        held = frozenset(home.visits)
        return {
            "visits": [
                visit_row(visit, zone) | {"change": change, "held": visit in held}
                for visit, change in zip(visits, changes, strict=True)
            ],
            "ahead": len(home.visits),
            "most": VISITS_MAX,
        }

    async def visits(self, _: dict[str, Any], __: Peer) -> list[dict[str, Any]]:
        """Those that are not over, the soonest first."""
        zone, now_ms = self._house.config.gateway.zone, self._house.clock.now().wall_ms
        ahead = (v for v in self._house.keeper.home.visits if v.until_ms > now_ms)
        return [visit_row(visit, zone) for visit in ahead]


def in_force_of(home: Home) -> list[Stay]:
    """Everybody's stay, and each person's own."""
    return [*([] if home.stay is None else [home.stay]), *home.stays.values()]


def stay_row(stay: Stay, zone: str) -> dict[str, Any]:
    return {
        "stay": stay.kind.value,
        "person": stay.person,
        "from": moment_text(stay.from_ms, zone),
        "until": None if stay.until_ms is None else moment_text(stay.until_ms, zone),
        "by": stay.by,
    }


def visit_row(visit: Visit, zone: str) -> dict[str, Any]:
    return {
        "ref": visit.ref,
        "kind": visit.kind.value,
        "role": visit.role,
        "from": moment_text(visit.from_ms, zone),
        "until": moment_text(visit.until_ms, zone),
    }


def _elsewhere(home: Home) -> list[str]:
    """Residents who are told to be elsewhere: what is theirs is not followed."""
    return [person for person in residents(home) if is_elsewhere(home, person)]


def _visit(row: object) -> Visit:
    args: dict[str, Any] = row if isinstance(row, dict) else {}
    from_ms, until_ms = wall_ms_of(args, "from_ms"), wall_ms_of(args, "until_ms")
    if from_ms is None or until_ms is None:
        raise MisaskedError("from, until: are missing; a visit has both")
    if not 0 < until_ms - from_ms <= VISIT_MAX_MS:
        hours = VISIT_MAX_MS // 3_600_000
        raise worded(ControlError, "visit_span", hours=hours)
    return Visit(
        kind=choice_of(args, "kind", VisitKind, frozenset()),
        role=text_of(args, "role"),
        from_ms=from_ms,
        until_ms=until_ms,
        ref=text_of(args, "ref") if args.get("ref") else "",
    )
