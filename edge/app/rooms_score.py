"""How often the locator is right on recorded homes: fits on some sessions, scores the others.

The same `fit` and `follow` as in a home, window by window, each session from its first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from edge.app.rssi_files import Recording, Session
from edge.errors import ConfigError, ConfigFault
from edge.locating import (
    BY_WINDOW,
    SLOT_MS,
    WINDOW_MS,
    Fit,
    FitError,
    Sample,
    Track,
    fit,
    follow,
)

LEAVE_ONE_OUT = "leave one session out"
NAMED = "sessions named by --fit"
_SLOTS = WINDOW_MS // SLOT_MS


@dataclass
class Count:
    windows: int = 0
    right: int = 0
    unknown: int = 0

    def add(self, *, right: bool, unknown: bool) -> None:
        self.windows += 1
        self.right += right
        self.unknown += unknown

    def told(self) -> dict[str, int]:
        return {"windows": self.windows, "right": self.right, "unknown": self.unknown}


@dataclass
class Scores:
    """All that is counted. `confusion` is truth, then what was said ("unknown" among it)."""

    method: str
    whole: Count = field(default_factory=Count)
    by_room: dict[str, Count] = field(default_factory=dict)
    sessions: dict[str, Count] = field(default_factory=dict)
    confusion: dict[str, dict[str, int]] = field(default_factory=dict)
    not_fitted: set[str] = field(default_factory=set)
    fit_windows: int = 0
    followed: int = 0
    took_s: float = 0.0

    def told(self) -> dict[str, object]:
        """The document of `--json`, without what the files were."""
        return self.whole.told() | {
            "method": self.method,
            "share_right": round(self.whole.right / max(1, self.whole.windows), 4),
            "by_room": {name: one.told() for name, one in sorted(self.by_room.items())},
            "sessions": {
                name: one.told() | {"share_right": round(one.right / max(1, one.windows), 4)}
                for name, one in sorted(self.sessions.items())
            },
            "confusion": self.confusion,
            "rooms_not_fitted": sorted(self.not_fitted),
            "fit_windows": self.fit_windows,
            "ms_a_window": round(1000.0 * self.took_s / max(1, self.followed), 3),
        }


def evaluate(
    recording: Recording,
    patterns: Sequence[str],
    timer: Callable[[], float],
    progress: Callable[[str], None] = lambda _: None,
) -> Scores:
    """Scores of the sessions that are not fitted; of all, each by the others, without patterns.

    `timer` is a clock in seconds for the cost of a window; `progress` hears what is done next.
    """
    named = _named(recording, patterns)
    rest = [name for name in recording.sessions if name not in named]
    if named and rest:
        scores = Scores(method=NAMED)
        progress(", ".join(sorted(named)))
        found = _fitted(recording, sorted(named))
        scores.fit_windows = found.windows
        for name in rest:
            _score(found, recording.sessions[name], scores, timer)
        return scores
    if len(recording.sessions) == 1:
        wrong = "one session alone cannot be fitted and scored"
        mend = "add a session of another day or person"
        raise ConfigError([ConfigFault("truth.csv", "session", wrong, mend)])
    scores = Scores(method=LEAVE_ONE_OUT)
    for name in recording.sessions:
        progress(name)
        found = _fitted(recording, [one for one in recording.sessions if one != name])
        scores.fit_windows = max(scores.fit_windows, found.windows)
        _score(found, recording.sessions[name], scores, timer)
    return scores


def _named(recording: Recording, patterns: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        some = {
            name for name in recording.sessions if name == pattern or fnmatchcase(name, pattern)
        }
        if not some:
            wrong = f"{pattern!r} is no session"
            mend = "there are " + ", ".join(recording.sessions)
            raise ConfigError([ConfigFault("--fit", pattern, wrong, mend)])
        found |= some
    return found


def _fitted(recording: Recording, names: Sequence[str]) -> Fit:
    samples = [one for name in names for one in samples_of(recording.sessions[name])]
    try:
        return fit(samples, recording.receivers, recording.neighbours)
    except FitError as error:
        fault = ConfigFault("truth.csv", "room", str(error), "label more of the fitted sessions")
        raise ConfigError([fault]) from error


def samples_of(session: Session) -> Iterator[Sample]:
    """The labelled stretches of a session, cut at changes of room and after a window."""
    count = -(-(session.end_ms - session.begin_ms) // SLOT_MS)
    labels = [
        session.room_at(session.begin_ms + number * SLOT_MS + SLOT_MS // 2)
        for number in range(count)
    ]
    begin, at = 0, 0
    for number in range(1, count + 1):
        if number < count and labels[number] == labels[begin] and number - begin < _SLOTS:
            continue
        from_ms = session.begin_ms + begin * SLOT_MS
        until_ms = session.begin_ms + number * SLOT_MS
        first = at
        while at < len(session.sightings) and session.sightings[at].at_ms < until_ms:
            at += 1
        if labels[begin]:
            yield Sample(
                session=session.name,
                person="",
                room=labels[begin],
                sightings=tuple(session.sightings[first:at]),
                from_ms=from_ms,
                until_ms=until_ms,
            )
        begin = number


def _score(found: Fit, session: Session, scores: Scores, timer: Callable[[], float]) -> None:
    """Every window of a session; what is said one window later is about this one."""
    track = Track(began_ms=session.begin_ms)
    windows = -(-(session.end_ms - session.begin_ms) // WINDOW_MS)
    at = 0
    count = scores.sessions.setdefault(session.name, Count())
    for number in range(windows + 1):
        until_ms = session.begin_ms + (number + 1) * WINDOW_MS
        first = at
        while at < len(session.sightings) and session.sightings[at].at_ms < until_ms:
            at += 1
        began = timer()
        track, place = follow(
            found, track, session.sightings[first:at], (), until_ms, pace=BY_WINDOW
        )
        scores.took_s += timer() - began
        scores.followed += 1
        truth = _truth(session, until_ms - 2 * WINDOW_MS) if number else ""
        if not truth:
            continue
        if truth not in found.rooms:
            scores.not_fitted.add(truth)
        said = place.room if place.room is not None else place.kind.value
        right = place.room == truth
        unknown = place.room is None
        for one in (scores.whole, count, scores.by_room.setdefault(truth, Count())):
            one.add(right=right, unknown=unknown)
        row = scores.confusion.setdefault(truth, {})
        row[said] = row.get(said, 0) + 1


def _truth(session: Session, from_ms: int) -> str:
    """The room that most of a window was spent in, or "" where most has no label."""
    spent: Mapping[str, int] = session.time_in_rooms(from_ms, from_ms + WINDOW_MS)
    return max(spent, key=lambda room: (spent[room], room), default="")
