"""What core and adapters ask of each other. The composition root wires them.

Every wait an implementation makes has a bound; every refusal is an
`edge.errors` class. Methods marked "own thread" never block the event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import msgspec

from edge.domain import (
    Alert,
    Answer,
    Claim,
    Considered,
    Decision,
    Device,
    HourCoverage,
    Instant,
    Observation,
    OutboxEntry,
    Person,
    PersonLeft,
    Plan,
    ProfileSent,
    Record,
    RiskAssessment,
    Stay,
    Task,
    Tenancy,
    Visit,
    VitalLimit,
    VitalLimitEnded,
    Withdrawn,
)

# What a named person decides, and takes back.
Decided = Decision | Withdrawn | VitalLimit | VitalLimitEnded


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> Instant: ...

    async def sleep_until(self, boottime_ms: int) -> None: ...


class Ids(Protocol):
    """The only source of identifiers."""

    def uuid7(self, at: Instant) -> str:
        """A new UUIDv7 (RFC 9562 §5.7) whose 48-bit time is `at.wall_ms`."""
        ...


class Told(Record, frozen=True, kw_only=True):
    """One event that the rules were told and that is no observation, for running them again."""

    kind: str  # its tag: "fault"
    after: int  # the number of the last observation told before it
    at: Instant
    body: str  # JSON


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """All that one commit stores: everything in it becomes durable together, or nothing does.

    `observations` take the sequence numbers from `first_observation` on;
    `alerts` are revisions, the newest per alert wins and every one is kept in
    the history; `home` is the snapshot of the state that contains all of it.
    Hours of `coverage` replace what was written of them; those from `coverage_until_ms`
    on were written by a clock that was ahead, and go first.
    """

    at: Instant
    first_observation: int
    observations: Sequence[Observation] = ()
    driver_states: Mapping[str, bytes] = {}
    alerts: Sequence[Alert] = ()
    assessments: Sequence[RiskAssessment] = ()
    answers: Sequence[Answer] = ()
    enrolled: Sequence[Device] = ()
    removed: Sequence[str] = ()
    visits: Sequence[Visit] = ()
    stays: Sequence[Stay] = ()
    persons: Sequence[Person | PersonLeft] = ()
    plans: Sequence[Plan] = ()
    decisions: Sequence[Decided] = ()
    tasks: Sequence[Task] = ()
    considered: Sequence[Considered] = ()
    tenancies: Sequence[Tenancy] = ()
    messages: Sequence[OutboxEntry] = ()
    claims: Sequence[Claim] = ()
    profile: ProfileSent | None = None
    coverage: Sequence[HourCoverage] = ()
    coverage_until_ms: int | None = None
    home: bytes | None = None
    told: Sequence[Told] = ()
    checkpoint: bool = False  # keep this `home` as a place to run the rules again from


class Heads(Record, frozen=True, kw_only=True):
    """Where the numbering of this store stands: the last numbers given out."""

    store_id: str  # a replaced database has a new one and starts at 1
    observation: int
    message: int


class Store(Protocol):
    """The one database of the home (own thread; synced before any method returns)."""

    async def heads(self) -> Heads: ...

    async def record(self, batch: Batch) -> bool:
        """Commit with `synchronous=FULL`; raises StoreError and stores nothing of it.

        False: the disk refuses at present. It is held in memory in its place, is owed upstream
        all the same, and nobody may be told that it is stored.
        """
        ...

    async def owed(self, limit: int) -> list[OutboxEntry]:
        """At most `limit` entries without a receipt, in the order in which they must go out:
        critical (newest first), high, normal, telemetry (each oldest first).
        """
        ...

    async def mark_received(self, ids: Sequence[str], at: Instant) -> list[str]:
        """Settle these envelopes; returns the ids that were owed until now.

        Telemetry is owed no more from here on; on the disk it may be with the next commit.
        """
        ...

    async def refuse(self, ident: str, reason: str) -> bool:
        """Count a refusal of this envelope; True: it is parked now, and owed no longer."""
        ...


class Downlink(Record, frozen=True, kw_only=True):
    """One message from upstream, as it came: topic below `down/`, bytes, retained or not."""

    topic: str
    body: bytes
    retained: bool


class Uplink(Protocol):
    """One connected line to the broker. `open` is entered anew for every attempt."""

    async def publish(
        self, topic: str, body: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """QoS 1; returns when the broker has it, which is not a receipt.

        Raises UpstreamUnavailableError after 5 s without a verdict (the message may have
        arrived all the same) and UpstreamRejectedError when the broker refuses it.
        """
        ...

    def messages(self) -> AsyncIterator[Downlink]: ...


class Inbox(Protocol):
    """One connected line to the home's own broker, subscribed; never used again after it broke."""

    async def take(self, limit: int) -> list[Downlink]:
        """All that has come, at most `limit`, topics whole; waits for the first.

        Raises UpstreamUnavailableError when the line is broken.
        """
        ...

    @property
    def dropped(self) -> int:
        """Messages that found the inbox full."""
        ...


class IndexAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One index of a model that has several: 0-100, its log odds, and what adds up to them."""

    index: float
    logit: float
    contributions: dict[str, float]


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One row's result: `index` 0-100 and one contribution (log odds) per feature.

    A model of several indices has them all in `indices`; the first stands in `index` too.
    """

    index: float
    contributions: dict[str, float]
    missing: tuple[str, ...] = ()  # features that it had to do without
    outside: float = 0.0  # share of known features beyond what training saw
    indices: dict[str, IndexAnswer] = {}
    model: str  # "home-risk/1.0.0"
    manifest: str  # the manifest's SHA-256
    # From which index on it is told of a day, and below which that is over; None: of no day.
    alert_from: float | None = None
    calm_below: float | None = None


class Model(Protocol):
    """A model in its own short-lived process."""

    async def assess(
        self, model: str, rows: Sequence[Mapping[str, float | None]]
    ) -> list[ModelAnswer]:
        """One answer a row; raises ModelUnavailableError with its code."""
        ...


class Reply(Record, frozen=True, kw_only=True):
    """A text message that came in. The number proves nothing: a code in the text does."""

    number: str  # as the network told it: "+358401234567"
    text: str


class Pager(Protocol):
    """A modem that sends text messages (3GPP TS 27.005): the second path to people."""

    async def send(self, number: str, text: str) -> None:
        """Hand one message (one PDU) to the network; returns when the network took it.

        That is no proof that it was read: a reply with its code is. Raises
        UpstreamUnavailableError (no modem, no network, no verdict in time: it may have gone out
        all the same) and UpstreamRejectedError when the network refuses this number or text.
        """
        ...

    async def reply(self) -> Reply:
        """The next message that came in; waits for it."""
        ...


class Sounder(Protocol):
    """Something loud in the home, on a contact output."""

    def sound(self, *, on: bool) -> None:
        """Set the output; at once. Raises TransportError when it cannot be set."""
        ...
