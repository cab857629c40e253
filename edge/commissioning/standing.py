"""Whether this home is commissioned as it is now: what changed since the certificate."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import msgspec

from edge.commissioning.record import Build, Run
from edge.domain import Instant, Record


class State(StrEnum):
    NEVER = "never"
    UNFINISHED = "unfinished"  # somebody is at it, or left in the middle
    COMMISSIONED = "commissioned"
    OUT_OF_DATE = "out_of_date"


class Change(Record, frozen=True, kw_only=True):
    """One thing that is not as it was: `what` is release, schema, settings, device, replaced."""

    what: str
    before: str = ""
    now: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    state: State
    at: Instant | None = None  # when the last whole run ended
    changes: tuple[Change, ...] = ()


def standing(
    last: Run | None,
    build: Build,
    devices: Collection[str],
    *,
    begun: bool,
    taken: Instant | None,
) -> Standing:
    """`last` is the newest run that ended; `begun`: a newer one is not over; `taken`: when this
    box took over from another one.
    """
    if last is None or last.ended is None:
        return Standing(state=State.UNFINISHED if begun else State.NEVER)
    changes = tuple(_changes(last, build, devices, taken))
    if changes:
        return Standing(state=State.OUT_OF_DATE, at=last.ended, changes=changes)
    return Standing(state=State.UNFINISHED if begun else State.COMMISSIONED, at=last.ended)


def _changes(
    last: Run, build: Build, devices: Collection[str], taken: Instant | None
) -> list[Change]:
    was = last.build
    found = []
    if was.release != build.release:
        found.append(Change(what="release", before=was.release, now=build.release))
    if was.schema != build.schema:
        found.append(Change(what="schema", before=str(was.schema), now=str(build.schema)))
    if was.settings != build.settings:
        found.append(Change(what="settings", before=was.settings[:8], now=build.settings[:8]))
    found += [Change(what="device", now=d) for d in sorted(set(devices) - set(last.devices))]
    # A box that took over says so whatever its clock showed: the run cannot have been here.
    if taken is not None and last.ended is not None and is_later(taken, last.ended):
        found.append(Change(what="replaced"))
    return found


def is_later(one: Instant, other: Instant) -> bool:
    """By the clock of the boot where it is the same, by the wall otherwise."""
    if one.boot == other.boot:
        return one.boottime_ms > other.boottime_ms
    return one.wall_ms > other.wall_ms
