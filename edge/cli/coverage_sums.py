"""Hours of coverage added up: the share of each question, and where most of it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

HOUR_S = 3600
_HOUR_MS = 3_600_000


class Hour(msgspec.Struct, frozen=True):
    """One question in one hour, as the gateway counts it."""

    hour_ms: int
    question: str
    asked_s: int
    known_s: int
    reason: str


class Stretch(msgspec.Struct, frozen=True):
    """Hours that follow each other, each with some of it missing."""

    from_ms: int
    until_ms: int
    missed_s: int
    reason: str


class Sum(msgspec.Struct, frozen=True):
    """One question; `worst`: its stretches, the one that misses most first."""

    question: str
    asked_s: int
    known_s: int
    missed_s: dict[str, int]
    worst: tuple[Stretch, ...]

    @property
    def share(self) -> float:
        return self.known_s / self.asked_s if self.asked_s else 0.0


def sums(hours: Iterable[Hour], order: Sequence[str]) -> list[Sum]:
    """Each question that was one, in `order`; those that it does not name come last."""
    by: dict[str, list[Hour]] = {}
    for hour in hours:
        by.setdefault(hour.question, []).append(hour)
    known = [question for question in order if question in by]
    return [_sum(q, by[q]) for q in [*known, *sorted(by.keys() - set(order))]]


def _sum(question: str, hours: list[Hour]) -> Sum:
    missed: dict[str, int] = {}
    for hour in hours:
        if hour.known_s < hour.asked_s:
            missed[hour.reason] = missed.get(hour.reason, 0) + hour.asked_s - hour.known_s
    return Sum(
        question,
        sum(hour.asked_s for hour in hours),
        sum(hour.known_s for hour in hours),
        dict(sorted(missed.items(), key=lambda item: (-item[1], item[0]))),
        tuple(sorted(_stretches(hours), key=lambda s: (-s.missed_s, s.from_ms))),
    )


def _stretches(hours: list[Hour]) -> list[Stretch]:
    found: list[Stretch] = []
    for hour in sorted(hours, key=lambda one: one.hour_ms):
        missed_s = hour.asked_s - hour.known_s
        if not missed_s:
            continue
        last = found[-1] if found else None
        if last is not None and last.until_ms == hour.hour_ms and last.reason == hour.reason:
            until_ms = hour.hour_ms + _HOUR_MS
            found[-1] = Stretch(last.from_ms, until_ms, last.missed_s + missed_s, last.reason)
        else:
            end_ms = hour.hour_ms + _HOUR_MS
            found.append(Stretch(hour.hour_ms, end_ms, missed_s, hour.reason))
    return found
