"""All that is known of one home, as one frozen record.

A home is rebuilt at start from its snapshot and the events after it, so the
snapshot holds everything but the settings, which are told anew at every start.

Every `_ms` field that is not a wall time is boottime of the boot in `frame`,
so that no duration ever hangs on a wall clock; `edge.home.boot` moves them all
when the boot changes. Every collection has a bound, named here.
"""

from __future__ import annotations

import msgspec

from edge.domain import (
    Alert,
    AlertState,
    Answer,
    Considered,
    Decision,
    Hazard,
    Instant,
    Level,
    Person,
    Question,
    Record,
    RiskAssessment,
    Role,
    Room,
    Stay,
    Task,
    Tenure,
    Visit,
    VisitKind,
)
from edge.errors import StoreError
from edge.events import ConfigLoaded, Fault
from edge.home.budget import Budget
from edge.home.coverage import Coverage
from edge.home.ledger import Ledger
from edge.home.likeness import Likeness
from edge.home.limits import Vitals
from edge.home.reassess import Anew
from edge.home.watch import Watch, Worn

# A well-equipped home has a dozen devices; sheltered flats with a device in every drawer stay
# below this.
DEVICES_MAX = 64
# A couple, their relatives, their care team and a dog.
PERSONS_MAX = 32
# A large house with its halls, stairs and outbuildings.
ROOMS_MAX = 32
# Two weeks of four visits a day are planned ahead.
VISITS_MAX = 64
# Answers in force: a checklist has 25 or so items, and a home a handful of checklists.
CHECKLISTS_MAX = 16
ANSWERS_MAX = 128
# Radios, ports, paths and devices that can be broken at the same time.
FAULTS_MAX = 64
# Doses of one appliance that are due at the same time: one for each of a day's rounds.
DOSES_MAX = 8
# Closed alerts that are remembered, so that a late word about them is answered and a condition
# that still stands is told again.
CLOSED_MAX = 64
# Downlink messages remembered, so that a second delivery is harmless. More than a broker keeps
# in flight for one client (20) several times over.
MESSAGES_MAX = 64
# Boots in a row that never knew the time: a box whose power fails every hour, for a day.
UNDATED_MAX = 24
# Two-state things that one device reports: contacts, alarms; an appliance has eight.
STATES_MAX = 16


class Frame(Record, frozen=True, kw_only=True):
    """How boottime maps to wall time now: `wall = boottime + drift`, in ms."""

    boot: str = ""
    drift_ms: int = 0
    offset_min: int = 0
    synced: bool = False

    @property
    def local_shift_ms(self) -> int:
        """What turns boottime into the home's local time."""
        return self.drift_ms + self.offset_min * 60_000


class Undated(Record, frozen=True, kw_only=True):
    """An earlier boot that never knew the time.

    It ran until boottime `last_ms` at least, and began no earlier than `start_ms` (UTC, ms).
    """

    boot: str
    last_ms: int
    start_ms: int | None = None


class DeviceState(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One enrolled device as the rules see it: no address and no key."""

    id: str
    role: Role
    silent_after_ms: int
    due_ms: int  # silent when not heard until then
    heard_ms: int | None = None
    last_heard: Instant | None = None
    looked_ms: int | None = None  # when it last said whether somebody moves
    room: str | None = None
    label: str = ""
    person: str | None = None
    silent: bool = False
    masked: bool = False  # silent for a cause that is told instead: the radio, the whole home
    wired: bool = False  # says nothing of the radio, and the radio nothing of it
    keyed: bool = False  # its frames cannot be made by somebody else
    battery: float | None = None  # percent
    low: str = ""  # the kind of observation that said the battery is low; only it takes it back
    refused: int = 0  # frames of it that its decoder refused
    doubted: dict[str, int] = {}  # alarm kind -> when a doubtful one was last let through, ms
    states: dict[str, bool] = {}  # last trusted word of each two-state kind
    pressed_ms: int | None = None  # when its button was last pressed, if it is worn
    worn: Worn | None = None  # of a worn device that tells of movement
    identity: tuple[str, ...] = ()  # why it may not be what it was enrolled as; no score uses it
    confirmed_by: str = ""  # who last looked and said that it is right as enrolled
    confirmed_wall_ms: int | None = None


class Due(Record, frozen=True, kw_only=True):
    """A dose that waits for a hand. `told`: its time ran out and an alert says so."""

    due_ms: int
    at: Instant
    told: bool = False


class Stillness(Record, frozen=True, kw_only=True):
    """How long living sensors have seen nobody move; nothing else counts as stillness.

    `ms` is time by day between two words "nobody moves" of the same sensor, since somebody
    was last seen (`since`; None: never yet), counted up to `to_ms`. `unsynced`: some of it was
    counted without knowing the time of day. `unsure`: movement that only a device of doubtful
    identity saw since; it ends no stillness. `moved`: when anything last moved; where a pet
    lives that may be later than `since`, and then it may have been the pet. `left`: the last that
    was heard is an outer door that was shut, at a time when nobody else was said to be there.
    `room`: where a sensor of movement saw somebody last.
    """

    since: Instant | None = None
    ms: int = 0
    to_ms: int = 0
    unsynced: bool = False
    unsure: Instant | None = None
    moved: Instant | None = None
    left: bool = False
    room: str | None = None


class Closed(Record, frozen=True, kw_only=True):
    """An alert that is over. `again_ms`: when to look whether its cause still stands."""

    id: str
    state: AlertState
    at_ms: int
    again_ms: int | None = None


class ToldLevel(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The level of a hazard that counts as told (`edge.home.levelling`).

    `critical`: the open critical items of this orange or red. `act`, `act_critical`: the last
    orange or red before it, left at the wall time `act_ms` (UTC).
    """

    level: Level
    critical: tuple[str, ...] = ()
    act: Level | None = None
    act_ms: int = 0
    act_critical: tuple[str, ...] = ()


class Course(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The level of a hazard over its assessments (`edge.home.course`).

    `level`: of the assessment that began at wall time `began_ms` (UTC), so far; `before`:
    of the one before it, up to which the level had risen `rises` times in a row.
    """

    level: Level
    began_ms: int
    before: Level | None = None
    rises: int = 0


class Whereabouts(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Where a worn device was last said to be: a room's id, "home", "near" or "away".

    `at`: the last moment at which that held; `lost`: since then nobody knows.
    """

    place: str
    confidence: float
    at: Instant
    lost: bool = False


class Home(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One home. `alerts` holds the open ones by `alert_key`, so there is one for each at most."""

    format: int = 1
    at_ms: int = 0  # the latest moment that was told; it never runs back
    due_ms: int | None = None  # nothing changes by time alone before then
    frame: Frame = Frame()
    # The last wall time (UTC, ms) of a set clock before the present unset one; 0: never set.
    trusted_wall_ms: int = 0
    undated: tuple[Undated, ...] = ()  # the boots since then that are over, the oldest first
    devices: dict[str, DeviceState] = {}
    heard_ms: int | None = None  # when any wireless device was last heard
    quiet: bool = False  # wireless devices went silent together, and none was heard since
    still: Stillness = Stillness()
    coverage: Coverage = Coverage()
    ledger: Ledger = Ledger()
    persons: dict[str, Person] = {}
    rooms: dict[str, Room] = {}
    decisions: dict[Question, Decision] = {}  # told and not taken back; whether in force: by date
    places: dict[str, Whereabouts] = {}  # by worn device, while a decision lets them be known
    stay: Stay | None = None  # of everybody
    stays: dict[str, Stay] = {}  # of one person each
    visits: tuple[Visit, ...] = ()
    doses: dict[str, tuple[Due, ...]] = {}
    watch: Watch = Watch()
    likeness: Likeness = Likeness()
    resumed_ms: int = 0  # since when this process, or this boot, has been listening
    alerts: dict[str, Alert] = {}
    holds: dict[str, int] = {}  # alert key -> until when its acknowledgement holds
    closed: dict[str, Closed] = {}  # by alert key, oldest first
    messages: tuple[str, ...] = ()
    answers: dict[str, dict[str, Answer]] = {}  # checklist -> item -> the answer in force
    tenure: Tenure = Tenure.FALLBACK
    tasks: dict[str, Task] = {}  # by item: open, and those that ended, which count repetitions
    disputes: dict[str, int] = {}  # item -> since when a device contradicts a person, UTC ms
    considered: dict[str, Considered] = {}  # by item: the last word on a notification about it
    assessments: dict[Hazard, RiskAssessment] = {}
    anew: dict[str, Anew] = {}  # alert id or trigger -> why the home is to be assessed anew
    levels: dict[Hazard, ToldLevel] = {}
    courses: dict[Hazard, Course] = {}
    assess_by: dict[Hazard, int] = {}  # wall time, UTC ms, at which an answer of it runs out
    vitals: Vitals = Vitals()  # limits that a nurse has set, and what lies beyond one
    behaviour: Budget = Budget()  # what may be told of changed behaviour, and what waits
    faults: dict[str, Fault] = {}  # "kind/subject" -> a fault that stands
    settings: ConfigLoaded = ConfigLoaded()

    @classmethod
    def new(cls) -> Home:
        """A home of which nothing is known yet."""
        return cls()


NO_SETTINGS = Home().settings


class SnapshotError(StoreError, ValueError):
    """The snapshot cannot be read; the tables of the store hold what it held."""


def encode(home: Home) -> bytes:
    """The snapshot: MessagePack, without the settings."""
    return _ENCODER.encode(msgspec.structs.replace(home, settings=NO_SETTINGS))


def decode(snapshot: bytes) -> Home:
    """The home of a snapshot; fields it lacks take their defaults, unknown ones are skipped.

    Raises SnapshotError for bytes that are no snapshot.
    """
    try:
        home = _DECODER.decode(snapshot)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"snapshot of {len(snapshot)} bytes: {error}; the home starts from its tables"
        raise SnapshotError(msg) from error
    return msgspec.structs.replace(home, settings=NO_SETTINGS)


def alert_key(code: str, subject: str) -> str:
    """What an open alert is found by; a code has no slash."""
    return f"{code}/{subject}"


def latest_wall_ms(home: Home) -> int:
    """The wall time (UTC, ms) by which answers are judged.

    An unset clock counts only where it is ahead of the last time that was known: what had run
    out by then stays so. A clock that was set back while it was synchronised is believed.
    """
    wall_ms = home.at_ms + home.frame.drift_ms
    return wall_ms if home.frame.synced else max(wall_ms, home.trusted_wall_ms)


def is_visited(home: Home) -> bool:
    """Whether somebody is said to be with the resident now, and sees for themselves."""
    if not home.visits or not home.frame.synced:
        return False
    wall_ms = home.at_ms + home.frame.drift_ms
    return any(
        v.kind is VisitKind.PHYSICAL and v.from_ms <= wall_ms < v.until_ms for v in home.visits
    )


def is_living(home: Home, device: DeviceState) -> bool:
    """Whether it was heard within its deadline: more than not being missed yet."""
    heard_ms = device.heard_ms
    if device.silent or heard_ms is None:
        return False
    return home.at_ms - heard_ms <= device.silent_after_ms


def has_eyes(home: Home) -> bool:
    """Whether a living sensor would see somebody move."""
    return any(d.role is Role.MOTION and is_living(home, d) for d in home.devices.values())


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Home)
