"""Records, time, secrets and the few scales that everything is told in."""

from __future__ import annotations

from enum import StrEnum

import msgspec

Scalar = float | int | bool | str | None


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record without containers that could form a cycle (so the collector skips it)."""


class Sync(StrEnum):
    """How far the wall clock can be trusted (reliability: no real-time clock)."""

    NTP = "ntp"  # synchronised in this boot
    HOLDOVER = "holdover"  # was synchronised in this boot, is not now
    NONE = "none"  # never synchronised in this boot, or it jumped and nobody knows which is right


class Instant(Record, frozen=True, kw_only=True):
    """A moment, told so that a wrong wall clock can be repaired later.

    `boottime_ms` (CLOCK_BOOTTIME) is the truth for durations and means nothing
    without `boot`; `wall_ms` is UTC since 1970 and as good as `sync` says;
    `offset_min` is the home's offset from UTC at that moment, in minutes.
    """

    boot: str
    boottime_ms: int
    wall_ms: int
    offset_min: int = 0
    sync: Sync = Sync.NTP


class Priority(StrEnum):
    """How soon a person must act. There is no other scale of urgency."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"


class Level(StrEnum):
    """How a home stands on one hazard. Grey means: not known. Green never says "safe"."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    GREY = "grey"


class Hazard(StrEnum):
    FIRE = "fire"
    FALL = "fall"
    WELLBEING = "wellbeing"


class Quality(StrEnum):
    """Why a value can or cannot be used. Anything but OK stands beside `value=None`,
    except the last six, which flag a value that is there.
    """

    OK = "ok"
    NOT_A_NUMBER = "not_a_number"  # IEEE 11073-20601 NaN
    NOT_AT_RESOLUTION = "not_at_this_resolution"  # IEEE 11073-20601 NRes
    POSITIVE_INFINITY = "positive_infinity"
    NEGATIVE_INFINITY = "negative_infinity"
    RESERVED = "reserved"  # a value the standard keeps for later
    NOT_AVAILABLE = "not_available"  # the device's own "no value"
    OUT_OF_RANGE = "out_of_range"  # outside what the sensor can mean
    POSSIBLE_REPLAY = "possible_replay"  # authentic bytes, old counter
    COUNTER_RESTARTED = "counter_restarted"  # authentic bytes of a counter that began again
    UNAUTHENTICATED = "unauthenticated"  # plaintext from a device that has a key
    QUESTIONABLE = "questionable"  # the device itself doubts it (cuff loose, movement)
    CLOCK_DOUBTFUL = "clock_doubtful"  # the device's own time cannot be right
    IDENTITY_DOUBTFUL = "identity_doubtful"  # it may be another device, place or person's


class Secret:
    """A key that cannot be printed, logged or serialised by accident.

    msgspec and json refuse it, `repr` hides it; who needs the bytes says `reveal()`.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class Actor(Record, frozen=True, kw_only=True):
    """A named person: an authenticated personal account, never typed text."""

    account: str
    role: str
