"""The agreement of both ends: topics, names of sources, sizes and paces."""

from __future__ import annotations

from edge.domain import OutboxClass, Record

ROOT = "kotivahti/v1"

# A receipt or a decision has 500 bytes, a part of a profile 46 kB. What is larger is not ours.
DOWN_BYTES_MAX = 65_536
# 500 rows of observations have 60 kB; rows with long device times stay below four times that.
UP_BYTES_MAX = 262_144

# A receiver that has not answered within 3 s will rarely answer in the next second; one
# that was away for long hears of every message within a minute of its return.
REPEAT_FIRST_MS = 3_000
REPEAT_MAX_MS = 60_000

# Once the broker is back, no alert waits longer than this for a new attempt.
RECONNECT_FIRST_MS = 1_000
RECONNECT_MAX_MS = 60_000
# 2^6 seconds is beyond the cap: no larger power is ever needed.
_DOUBLINGS_MAX = 6

# A gateway says that it lives once a minute; three missed ones mean that it is lost
# (EN 50136-1 asks at most three minutes of its quicker path categories).
HEARTBEAT_EVERY_MS = 60_000
GATEWAY_LOST_AFTER_MS = 180_000


class Topics(Record, frozen=True, kw_only=True):
    """Where the messages of one gateway go."""

    gateway: str

    def up(self, cls: OutboxClass) -> str:
        """Where a message of this class is published by the gateway."""
        return f"{ROOT}/{self.gateway}/up/{cls.value}"

    @property
    def heartbeat(self) -> str:
        return heartbeat_topic(self.gateway)

    @property
    def state(self) -> str:
        """Retained; also the last will."""
        return f"{ROOT}/{self.gateway}/state"

    @property
    def down(self) -> str:
        """Where the gateway is answered."""
        return f"{ROOT}/{self.gateway}/down/ack"

    @property
    def down_claim(self) -> str:
        """Where it is told whose it is."""
        return f"{ROOT}/{self.gateway}/down/claim"

    @property
    def down_profile(self) -> str:
        """Where it is given the profile of the gateway that it takes over from."""
        return f"{ROOT}/{self.gateway}/down/profile"

    @property
    def down_command(self) -> str:
        """Where it is asked to do something; signed, or not done."""
        return f"{ROOT}/{self.gateway}/down/cmd"

    @property
    def reply(self) -> str:
        """Where it says what became of a command."""
        return f"{ROOT}/{self.gateway}/up/reply"


def heartbeat_topic(gateway: str) -> str:
    return f"{ROOT}/{gateway}/up/hb"


def gateway_source(gateway: str) -> str:
    """CloudEvents `source` of a gateway."""
    return f"urn:kotivahti:gateway:{gateway}"


def desk_source(desk: str) -> str:
    """CloudEvents `source` of a desk."""
    return f"urn:kotivahti:desk:{desk}"


def repeat_after_ms(sent: int) -> int:
    """How long to wait for a receipt after the `sent`-th sending: 3, 6, 12 ... 60 s."""
    doublings = min(max(sent, 1) - 1, _DOUBLINGS_MAX)
    return min(REPEAT_MAX_MS, REPEAT_FIRST_MS << doublings)


def reconnect_after_ms(failures: int, share: float) -> int:
    """How long to wait after the `failures`-th failed attempt in a row; `share` is random, 0-1.

    Full jitter: a region's gateways do not come back in one wave.
    """
    doublings = min(max(failures, 1), _DOUBLINGS_MAX)
    span_ms = min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS << doublings) - RECONNECT_FIRST_MS
    return RECONNECT_FIRST_MS + round(span_ms * share)
