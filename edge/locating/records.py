"""What the locator is told, what it keeps and what it says. Levels in dBm, times in ms."""

from __future__ import annotations

from enum import StrEnum

from edge.domain.base import Record

# One decision in the measure that homes are judged by.
WINDOW_MS = 10_000
# The grain of the chain: at 1 packet a second and 15 % lost there are still two in it.
SLOT_MS = 2_500
# A home with more has satellites for other reasons; the strongest ones tell rooms apart.
RECEIVERS_MAX = 16
ROOMS_MAX = 32
# Below this the two best rooms are as good as each other, or three compete.
UNSURE_BELOW = 0.4
# Heard by nobody for so long, the last room is no longer a statement about now.
SILENT_MS = 60_000
# So long unheard after an outer door: walked out. Shorter is a tag under a blanket.
AWAY_MS = 120_000
# A median this strong is within a few metres and no wall of the only receiver.
NEAR_DBM = -62


class Sighting(Record, frozen=True, kw_only=True):
    """One reception of the tag; receiver "" is the gateway's own radio."""

    receiver: str
    rssi_dbm: int
    at_ms: int


class EvidenceKind(StrEnum):
    MOTION = "motion"
    DOOR = "door"


class Evidence(Record, frozen=True, kw_only=True):
    """A sensor spoke: motion in one room; a door between two, an outer door of one."""

    rooms: tuple[str, ...]
    kind: EvidenceKind
    at_ms: int


class Sample(Record, frozen=True, kw_only=True):
    """One labelled stretch of at most a window.

    `from_ms` and `until_ms` bound it; without them it begins with its first sighting and is a
    window long. A sample that nobody heard needs both, and teaches silence.
    """

    session: str
    person: str
    room: str
    sightings: tuple[Sighting, ...]
    from_ms: int | None = None
    until_ms: int | None = None


class PlaceKind(StrEnum):
    ROOM = "room"
    UNKNOWN = "unknown"
    AWAY = "away"
    NEAR = "near"  # of the only receiver
    HOME = "home"  # heard by the only receiver


class Place(Record, frozen=True, kw_only=True):
    """Where the wearer is. `confidence` is a probability; `since_ms` when it began."""

    kind: PlaceKind
    room: str | None
    confidence: float
    since_ms: int


class Pace(Record, frozen=True, kw_only=True):
    """How far behind now a statement is, over how much, and how firmly it holds on.

    `margin` is how much more probable another room must be than the one last told.
    """

    lag_ms: int
    span_ms: int
    margin: float


# In a home: a slot behind, because a slot is read with the one that follows it.
LIVE = Pace(lag_ms=SLOT_MS, span_ms=SLOT_MS, margin=0.25)
# Judged by windows: the window is decided when the next one is over.
BY_WINDOW = Pace(lag_ms=WINDOW_MS, span_ms=WINDOW_MS, margin=0.0)


class Tree(Record, frozen=True, kw_only=True):
    """One tree, a node a place in the tuples; children stand side by side.

    `feature` -1 is a leaf, whose `child` is the first of its shares in `shares` (of 255).
    Small whole numbers throughout: the interpreter keeps one copy of each.
    """

    feature: tuple[int, ...]
    limit: tuple[int, ...]
    child: tuple[int, ...]
    shares: tuple[int, ...]


class Normal(Record, frozen=True, kw_only=True):
    """One room's levels as a normal distribution: dBm, 1/dB², and the log of its size."""

    mean: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    log_size: float


class Weights(Record, frozen=True, kw_only=True):
    """How far each way of reading a slot is believed, in parts of its own nats."""

    trees: float
    histograms: float
    normals: float


class Chain(Record, frozen=True, kw_only=True):
    """How people move: `step[i][j]` is the probability of room j a slot after room i."""

    step: tuple[tuple[float, ...], ...]
    start: tuple[float, ...]


class RoomScore(Record, frozen=True, kw_only=True):
    """How a room does in cross-validation, in windows."""

    windows: int
    right: int
    unknown: int
    taken_for: dict[str, int]  # other rooms that were said instead


class Expected(Record, frozen=True, kw_only=True):
    """What to expect of the fit: each group of the walk scored by the others.

    `by` says what was left out: "person", "session" or "stretch" (of one session).
    `alike` are pairs of rooms that the receivers cannot tell apart.
    """

    by: str
    windows: int
    right: int
    unknown: int
    rooms: dict[str, RoomScore]
    alike: tuple[tuple[str, str], ...]


class Fit(Record, frozen=True, kw_only=True):
    """What a walk taught of one home. Levels in `histograms` are hundredths of a nat."""

    rooms: tuple[str, ...]
    receivers: tuple[str, ...]
    deaf: tuple[str, ...]  # receivers that never heard the tag in the walk
    windows: int
    trees: tuple[Tree, ...]
    prior: tuple[float, ...]  # share of each room in the walk
    levels: tuple[tuple[tuple[int, ...], ...], ...]  # room, receiver, bin
    pairs: tuple[tuple[tuple[int, ...], ...], ...]  # room, pair of receivers, bin
    normals: tuple[Normal, ...]
    means: tuple[tuple[float | None, ...], ...]  # room, receiver: dBm, None where never heard
    silent: tuple[float, ...]  # share of slots of each room in which nobody heard the tag
    weights: Weights
    # Moving about: what levels change by within a slot or two, in dB (at rest in the walk), how
    # much likelier another room is by how much they changed, and the weight of a slot at rest.
    change_db: float
    turnover: tuple[float, ...]
    rest_weight: float
    chain: Chain
    expected: Expected


# A slot: per receiver how many were heard, their sum and the strongest, in dBm.
Slot = tuple[tuple[int, int, int], ...]


class Track(Record, frozen=True, kw_only=True):
    """What is kept of one tag between two calls. Begin with `Track()`."""

    began_ms: int | None = None
    slots_closed: int = 0
    pending: tuple[Sighting, ...] = ()
    pending_evidence: tuple[Evidence, ...] = ()
    last_slots: tuple[Slot, ...] = ()  # the newest two, whose neighbours are still to come
    bonus: tuple[tuple[float, ...], ...] = ()  # evidence of those two
    before: tuple[float, ...] = ()  # probability of each room before the first of `heard`
    heard: tuple[tuple[float, ...], ...] = ()  # emissions that are still being smoothed
    turns: tuple[float, ...] = ()  # and how much likelier a change of room is in each
    fresh: tuple[float, ...] = ()  # how much of each is news
    weight: float = 0.0  # with which the newest tells a room
    levels: tuple[tuple[float | None, ...], ...] = ()  # their levels, for the tag's gain
    gain_db: float = 0.0  # how much stronger this tag on this body is than those of the walk
    gain_weight: float = 0.0
    told: str | None = None
    place: Place | None = None
    last_heard_ms: int | None = None
    last_room: str | None = None
    last_exit_ms: int | None = None
