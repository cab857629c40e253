"""Limits of readings, set by a named nurse, and NEWS2 of what was measured: both off by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edge.app.house import House
from edge.app.household.decisions import day_ahead_of, decision_row, nurse_of
from edge.app.household.lived import living
from edge.app.requests.asked import known_of, text_of, told_by
from edge.app.view import wall_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Priority, Question, Sync, VitalLimit, VitalLimitEnded
from edge.errors import ControlError, MisaskedError, NotNowError
from edge.home.deciding import is_decided
from edge.home.limits import LIMITS_MAX, limit_key
from edge.home.localday import DAY_MS
from edge.home.vitals import in_force
from edge.kinds import KINDS, VITAL_KINDS
from edge.locale.refusing import given, listed, worded
from edge.risk import news2
from edge.risk.news2 import CONSCIOUSNESS, OXYGEN, RESPIRATION, STATES, Score, Taken, Value
from edge.store import activity, limits

# A second reading is asked for while the person sits there; a plan with one measurement a day lets
# the next day's confirm.
CONFIRM_MAX_S = 36 * 3600
# No instrument of a home shows more; a limit beyond it is a slip of the hand.
LIMIT_MAX = 1_000.0
# Breaths that somebody counts in a minute.
BREATHS_MAX = 100
# A person who is looked at today was measured today.
LOOK_BACK_MS = DAY_MS
# What an instrument calls each parameter.
PARAMETER_OF = {
    "oxygen_saturation": news2.SATURATION,
    "blood_pressure_systolic": news2.SYSTOLIC,
    "pulse_rate": news2.PULSE,
    "heart_rate": news2.PULSE,
    "body_temperature": news2.TEMPERATURE,
}


class VitalsCommands:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "vital_limit_set": self.set,
            "vital_limit_off": self.off,
            "vital_limits": self.all,
            "vital_news2": self.news2,
        }

    async def set(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Put a limit in force; the one before of the same person and kind ends."""
        home = self._house.keeper.home
        person = known_of(args, "person", home.persons, "person").id
        living(home, person)
        kind = self._kind(args)
        low, high = _number_of(args, "low"), _number_of(args, "high")
        if low is None and high is None:
            raise worded(ControlError, "no_limit")
        if low is not None and high is not None and low >= high:
            raise worded(ControlError, "limits_turned", low=low, high=high)
        scale_2 = args.get("scale_2") is True
        if scale_2 and kind != news2.SATURATION:
            raise worded(ControlError, "scale_of_saturation")
        known = limit_key(person, kind) in home.vitals.limits
        if not known and len(home.vitals.limits) >= LIMITS_MAX:
            raise worded(NotNowError, "too_many_limits", most=LIMITS_MAX)
        limit = VitalLimit(
            person=person,
            kind=kind,
            low=low,
            high=high,
            priority=Priority.HIGH if args.get("priority") == "high" else Priority.NORMAL,
            confirm_s=_whole_of(args, "confirm_s", CONFIRM_MAX_S),
            scale_2=scale_2,
            set_by=text_of(args, "set_by"),
            role=nurse_of(args),
            valid_until=day_ahead_of(args, "valid_until", self._house.clock.now()),
            by=told_by(args, peer, "by" if args.get("by") else "set_by"),
        )
        self._house.tell(limit)
        await self._house.commit()
        return {"limits": [self._row(limit)], **self._switches()}

    async def off(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Take a limit back: nothing is told of that kind from now on."""
        person, kind = text_of(args, "person"), self._kind(args)
        limit = self._house.keeper.home.vitals.limits.get(limit_key(person, kind))
        if limit is None:
            raise worded(NotNowError, "no_such_limit", person=person, kind=kind)
        self._house.tell(VitalLimitEnded(person=person, kind=kind, by=told_by(args, peer)))
        await self._house.commit()
        return {"limits": [self._row(limit) | {"state": "over"}], **self._switches()}

    async def all(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Limits in force, what lies beyond one, and with `history` all that ever were."""
        home = self._house.keeper.home
        rows = [self._row(limit) for _, limit in sorted(home.vitals.limits.items())]
        found = {"limits": rows, **self._switches()}
        if args.get("history") is True:
            told = await self._house.store.look(limits.history)
            found["history"] = [
                self._row(limit)
                | {"set": self._house.times.text(at), "ended_by": ended_by}
                | ({} if ended_by is None else {"state": "over"})
                for limit, ended_by, at in told
            ]
        return found

    async def news2(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """The score of one person's newest readings and of what somebody there sees."""
        house, now = self._house, self._house.clock.now()
        person = known_of(args, "person", house.keeper.home.persons, "person").id
        switches = self._switches()
        if now.sync is Sync.NONE or not (switches["setting"] and switches["decided"]):
            raise worded(NotNowError, "vitals_off")
        taken = [*await self._measured(person), *_looked_at(args, now.wall_ms)]
        limit = house.keeper.home.vitals.limits.get(limit_key(person, news2.SATURATION))
        scale_2 = limit is not None and limit.scale_2 and in_force(house.keeper.home, limit)
        return _score_row(news2.score(taken, scale_2=scale_2)) | {
            "person": person,
            "scale_set_by": limit.set_by if scale_2 and limit is not None else None,
        }

    async def _measured(self, person: str) -> list[Taken]:
        house, now = self._house, self._house.clock.now()
        await house.keep()  # what was measured a moment ago may wait for its commit
        mine = {
            d.id
            for d in house.keeper.home.devices.values()
            if d.person == person and not d.identity
        }
        rows = await house.store.look(
            activity.seen, now.wall_ms - LOOK_BACK_MS, now.wall_ms + 1, frozenset(PARAMETER_OF)
        )
        return [
            Taken(parameter=PARAMETER_OF[kind], value=float(value), at_ms=wall_ms)
            for device, kind, value, wall_ms, _ in rows or ()
            if device in mine and isinstance(value, int | float)
        ]

    def _kind(self, args: dict[str, Any]) -> str:
        kind = args.get("kind")
        if kind not in VITAL_KINDS:
            there = listed(sorted(VITAL_KINDS))
            raise worded(ControlError, "not_known", key="kind", value=given(kind), there=there)
        return str(kind)

    def _switches(self) -> dict[str, Any]:
        home = self._house.keeper.home
        return {
            "setting": home.settings.vitals,
            "decided": is_decided(home, Question.VITALS),
            "decision": decision_row(home, Question.VITALS)["state"],
        }

    def _row(self, limit: VitalLimit) -> dict[str, Any]:
        home = self._house.keeper.home
        beyond = home.vitals.beyond.get(limit_key(limit.person, limit.kind))
        row: dict[str, Any] = msgspec.to_builtins(limit) | {
            "unit": KINDS[limit.kind].unit,
            "state": "on" if in_force(home, limit) else "off",
        }
        row.pop("type", None)
        if beyond is not None:
            row["beyond"] = {
                "value": beyond.value,
                "side": beyond.side,
                "confirmed": beyond.told,
                "at": self._house.times.text(beyond.at),
            }
        return row


def _looked_at(args: dict[str, Any], at_ms: int) -> list[Taken]:
    """What no instrument measures: counted and seen by who is there."""
    seen: dict[str, Value] = {}
    if args.get(RESPIRATION) is not None:
        seen[RESPIRATION] = float(_whole_of(args, RESPIRATION, BREATHS_MAX))
    if args.get(OXYGEN) is not None:
        seen[OXYGEN] = args[OXYGEN] is True
    if args.get(CONSCIOUSNESS) is not None:
        state = args[CONSCIOUSNESS]
        if state not in STATES:
            there = listed(STATES)
            raise worded(
                ControlError, "not_known", key=CONSCIOUSNESS, value=given(state), there=there
            )
        seen[CONSCIOUSNESS] = str(state)
    return [Taken(parameter=name, value=value, at_ms=at_ms) for name, value in seen.items()]


def _score_row(found: Score) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(found) | {"missing": list(found.missing)}
    for key in ("from", "until"):
        ms = row.pop(f"{key}_ms")
        row[key] = None if ms is None else wall_text(ms)
    return row


def _number_of(args: dict[str, Any], key: str) -> float | None:
    value = args.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MisaskedError(f"{key}: no number")
    if not 0 <= value <= LIMIT_MAX:
        raise worded(ControlError, "limit_range", key=key, most=LIMIT_MAX)
    return float(value)


def _whole_of(args: dict[str, Any], key: str, most: int) -> int:
    value = args.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise MisaskedError(f"{key}: give a whole number from 0 to {most}")
    return value
