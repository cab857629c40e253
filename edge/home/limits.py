"""What is known of readings and their limits: the limits in force, and what lies beyond one."""

from __future__ import annotations

import msgspec

from edge.domain import Instant, Record, VitalLimit

# Eight kinds that a nurse follows, of four people.
LIMITS_MAX = 32


class Beyond(Record, frozen=True, kw_only=True):
    """A reading beyond its limit. `told`: confirmed, and an alert says so."""

    device: str
    value: float
    unit: str
    at: Instant
    side: str  # below, above
    told: bool = False


class Vitals(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By "person:kind". A first reading beyond a limit that nobody confirmed stays in `beyond`."""

    limits: dict[str, VitalLimit] = {}
    beyond: dict[str, Beyond] = {}


def limit_key(person: str, kind: str) -> str:
    return f"{person}:{kind}"
