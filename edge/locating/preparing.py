"""Labelled windows as rows to learn from: cut into slots, grouped, freed from each tag's gain."""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain.base import Record
from edge.locating.moving import view
from edge.locating.records import SLOT_MS, WINDOW_MS, Sample, Slot
from edge.locating.slots import levels_of, slots_of

# More folds cost time and hardly move a choice.
FOLDS_MAX = 6
STRETCHES = 4
STRETCH = "stretch"
# Slots of a session before its own gain is believed.
GAIN_SLOTS = 20.0
GAIN_ROUNDS = 3
# Slots that every room was silent in, and heard in, before the walk.
SILENT_BEFORE = 1.0
HEARD_BEFORE = 40.0


class Run(Record, frozen=True, kw_only=True):
    """Windows that follow each other without a gap, as slots."""

    session: str
    person: str
    slots: list[Slot]
    labels: list[int]
    windows: list[int]  # number of the window of each slot, counting over the run


class Training(Record, frozen=True, kw_only=True):
    """Rows with somebody's level in them, and what is counted over all."""

    slots: list[Slot]
    levels: list[tuple[float | None, ...]]
    labels: list[int]
    prior: tuple[float, ...]
    means: tuple[tuple[float | None, ...], ...]
    silent: tuple[float, ...]


def runs_of(samples: Sequence[Sample], receivers: Sequence[str], rooms: Sequence[str]) -> list[Run]:
    """The samples of each session in the order of time; a gap of more than a slot ends a run."""
    index = {name: at for at, name in enumerate(receivers)}
    place = {room: at for at, room in enumerate(rooms)}
    timed = sorted(
        ((one.session, *_bounds(one), at) for at, one in enumerate(samples)),
    )
    runs: list[Run] = []
    last: tuple[str, int] | None = None
    for session, from_ms, until_ms, at in timed:
        sample = samples[at]
        count = max(1, round((until_ms - from_ms) / SLOT_MS))
        slots = slots_of(sample.sightings, index, from_ms, count)
        if last is None or last[0] != session or from_ms - last[1] > SLOT_MS:
            runs.append(Run(session=session, person=sample.person, slots=[], labels=[], windows=[]))
        run = runs[-1]
        number = run.windows[-1] + 1 if run.windows else 0
        run.slots.extend(slots)
        run.labels.extend([place[sample.room]] * count)
        run.windows.extend([number] * count)
        last = (session, until_ms)
    return runs


def _bounds(sample: Sample) -> tuple[int, int]:
    from_ms = sample.from_ms
    if from_ms is None:
        from_ms = min((one.at_ms for one in sample.sightings), default=0)
    until_ms = from_ms + WINDOW_MS if sample.until_ms is None else sample.until_ms
    return from_ms, max(from_ms + 1, until_ms)


def groups_of(runs: list[Run]) -> tuple[str, list[int]]:
    """What is left out together: persons, else sessions, else stretches. `runs` may be cut anew."""
    for by, names in (
        ("person", [run.person for run in runs]),
        ("session", [run.session for run in runs]),
    ):
        order = {name: at for at, name in enumerate(dict.fromkeys(names))}
        if len(order) > 1:
            return by, [order[name] % FOLDS_MAX for name in names]
    pieces: list[Run] = []
    groups: list[int] = []
    for run in _by_room(runs):
        numbers = sorted(set(run.windows))
        size = -(-len(numbers) // STRETCHES)
        edges = [run.windows.index(one) for one in numbers[::size]]
        for part, (at, end) in enumerate(zip(edges, [*edges[1:], len(run.slots)], strict=True)):
            pieces.append(
                Run(
                    session=run.session,
                    person=run.person,
                    slots=run.slots[at:end],
                    labels=run.labels[at:end],
                    windows=run.windows[at:end],
                )
            )
            groups.append(part)
    runs[:] = pieces
    return STRETCH, groups


def _by_room(runs: Sequence[Run]) -> list[Run]:
    """All slots of a room as one run: a stretch of each room can then be left out."""
    rooms = sorted({label for run in runs for label in run.labels})
    found = []
    for room in rooms:
        slots, windows, number = [], [], 0
        for run in runs:
            last = None
            for slot, label, window in zip(run.slots, run.labels, run.windows, strict=True):
                if label == room:
                    number += last is not None and window != last
                    last = window
                    slots.append(slot)
                    windows.append(number)
            number += 1
        found.append(
            Run(
                session=runs[0].session,
                person=runs[0].person,
                slots=slots,
                labels=[room] * len(slots),
                windows=windows,
            )
        )
    return found


def gains_of(runs: Sequence[Run], rooms: int) -> list[float]:
    """How much stronger each run's session was than all of them together, in dB."""
    rows = [
        [(levels_of(slot), label) for slot, label in zip(run.slots, run.labels, strict=True)]
        for run in runs
    ]
    sessions = [run.session for run in runs]
    gains = dict.fromkeys(sessions, 0.0)
    if len(gains) == 1:
        return [0.0] * len(runs)
    for _ in range(GAIN_ROUNDS):
        means = _means(rows, [gains[one] for one in sessions], rooms)
        for session in gains:
            total, count = 0.0, GAIN_SLOTS
            for name, run in zip(sessions, rows, strict=True):
                if name != session:
                    continue
                for levels, label in run:
                    both = [
                        level - mean
                        for level, mean in zip(levels, means[label], strict=True)
                        if level is not None and mean is not None
                    ]
                    if both:
                        total += sum(both) / len(both)
                        count += 1.0
            gains[session] = total / count
        middle = sum(gains.values()) / len(gains)
        gains = {name: gain - middle for name, gain in gains.items()}
    return [gains[one] for one in sessions]


def _means(
    rows: Sequence[Sequence[tuple[tuple[float | None, ...], int]]],
    gains: Sequence[float],
    rooms: int,
) -> tuple[tuple[float | None, ...], ...]:
    size = max((len(levels) for run in rows for levels, _ in run), default=0)
    total = [[0.0] * size for _ in range(rooms)]
    count = [[0] * size for _ in range(rooms)]
    for run, gain in zip(rows, gains, strict=True):
        for levels, label in run:
            for at, level in enumerate(levels):
                if level is not None:
                    total[label][at] += level - gain
                    count[label][at] += 1
    return tuple(
        tuple(t / n if n else None for t, n in zip(ts, ns, strict=True))
        for ts, ns in zip(total, count, strict=True)
    )


def trained_rows(
    runs: Sequence[Run], gains: Sequence[float], rooms: int, rows_max: int, change_db: float
) -> Training:
    """The rows that trees and histograms learn from, thinned evenly to `rows_max`."""
    slots: list[Slot] = []
    levels: list[tuple[float | None, ...]] = []
    labels: list[int] = []
    silent, slots_in = [0] * rooms, [0] * rooms
    for run, gain in zip(runs, gains, strict=True):
        for at, label in enumerate(run.labels):
            near, _ = view(run.slots, at, change_db)
            slots_in[label] += 1
            if not any(cell[0] for cell in near):
                silent[label] += 1
                continue
            slots.append(near)
            levels.append(levels_of(near, gain))
            labels.append(label)
    means = _means([list(zip(levels, labels, strict=True))], [0.0], rooms)
    step = -(-len(slots) // rows_max) or 1
    kept = labels[::step]
    whole = len(kept) + rooms
    return Training(
        slots=slots[::step],
        levels=levels[::step],
        labels=kept,
        prior=tuple((kept.count(room) + 1) / whole for room in range(rooms)),
        means=means,
        silent=tuple(
            (n + SILENT_BEFORE) / (of + SILENT_BEFORE + HEARD_BEFORE)
            for n, of in zip(silent, slots_in, strict=True)
        ),
    )
