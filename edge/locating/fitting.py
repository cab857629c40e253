"""From labelled windows to a fit, with what to expect of it. Deterministic; seconds to a minute.

What to expect is found by leaving out one person, else one session, else one stretch of each
room at a time. Nothing is chosen by it: a choice from two or three sessions forgets other days,
and did worse in homes it had not seen than what is fixed here (docs/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from edge.locating import forest, histograms, normals
from edge.locating.chain import chain, forward
from edge.locating.chance import Chance
from edge.locating.judging import Held, expected_of, in_a_row
from edge.locating.moving import arriving, at_rest, change_db, news, turn_of, turnover, view
from edge.locating.preparing import (
    STRETCH,
    Run,
    Training,
    gains_of,
    groups_of,
    runs_of,
    trained_rows,
)
from edge.locating.reading import (
    Belief,
    Nats,
    belief_of,
    emission,
    learned_gain,
    residual_db,
    room_nats,
    silence,
)
from edge.locating.records import RECEIVERS_MAX, ROOMS_MAX, Expected, Fit, Sample
from edge.locating.slots import features, levels_of

SEED = 20_113
# What a tree's rows are shifted by: what is left of a tag's gain when it is being learned.
SHIFTS_DB = (-4.0, -2.0, 0.0, 0.0, 2.0, 4.0)
# And by what a body turned a little, a chair moved, or another day differ at one receiver.
JITTER_DB = (-4.0, -2.0, 0.0, 2.0, 4.0)
# Slots that trees are grown from; more make the fit slower, not better.
ROWS_MAX = 6_000
CHECK_TREES = 24
# A walk test goes from room to room: it says nothing of how long people stay.
DWELL_S = 140.0


class FitError(ValueError):
    """The samples cannot be fitted; the text names the mend."""


def fit(
    samples: Sequence[Sample],
    receivers: Sequence[str],
    neighbours: Mapping[str, frozenset[str]] | None = None,
    *,
    dwell_s: float = DWELL_S,
) -> Fit:
    """What `samples` teach. `receivers` are those of the home, also when they heard nothing.

    `dwell_s` is the mean stay in a room, where it is known.
    """
    rooms = tuple(sorted({one.room for one in samples}))
    if not samples or not rooms:
        raise FitError("no labelled window: walk each room for a minute or more")
    if len(rooms) > ROOMS_MAX:
        raise FitError(f"{len(rooms)} rooms, at most {ROOMS_MAX}: join small ones")
    names, deaf = _receivers(samples, receivers)
    if not names:
        raise FitError("no receiver heard the tag: check its battery and that it is worn")
    runs = runs_of(samples, names, rooms)
    belief = belief_of(slot for run in runs for slot in run.slots)
    # Before stretches are cut: they know no change of room.
    whole = _train(runs, rooms, names, deaf, neighbours, belief, trees=forest.TREES)
    moves = _moves(runs)
    shares = _time_shares(runs, len(rooms))
    by, groups = groups_of(runs)
    held: list[Held] = []
    for group in sorted(set(groups)):
        rest = [run for run, one in zip(runs, groups, strict=True) if one != group]
        # A window a room is one stretch: there is nothing else to judge it by than itself.
        part = _train(rest or runs, rooms, names, deaf, neighbours, belief, trees=CHECK_TREES)
        some = [_held(part, run) for run, one in zip(runs, groups, strict=True) if one == group]
        held += [in_a_row(some, part.turnover[-1])] if by == STRETCH else some
    found = chain(rooms, moves, shares, neighbours, dwell_s)
    return replace(
        whole,
        windows=len(samples),
        chain=found,
        expected=expected_of(rooms, held, found, belief, by),
    )


def _receivers(
    samples: Sequence[Sample], known: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that heard the tag, the ones that heard most first when there are too many."""
    heard: dict[str, int] = {}
    for sample in samples:
        for one in sample.sightings:
            heard[one.receiver] = heard.get(one.receiver, 0) + 1
    best = sorted((name for name in known if name in heard), key=lambda n: (-heard[n], n))
    return tuple(sorted(best[:RECEIVERS_MAX])), tuple(n for n in known if n not in heard)


def _train(
    runs: Sequence[Run],
    rooms: tuple[str, ...],
    receivers: tuple[str, ...],
    deaf: tuple[str, ...],
    neighbours: Mapping[str, frozenset[str]] | None,
    belief: Belief,
    *,
    trees: int,
) -> Fit:
    gains = gains_of(runs, len(rooms))
    changes = _changes(runs)
    scale = at_rest(size for size, _ in changes)
    rows: Training = trained_rows(runs, gains, len(rooms), ROWS_MAX, scale)
    levels, pairs = histograms.learn(rows.levels, rows.labels, len(rooms))

    def shifted(chance: Chance) -> list[list[int]]:
        found = []
        for slot, level in zip(rows.slots, rows.levels, strict=True):
            common = SHIFTS_DB[chance.below(len(SHIFTS_DB))]
            shifts = [common + JITTER_DB[chance.below(len(JITTER_DB))] for _ in receivers]
            found.append(features(slot, level, shifts))
        return found

    grown = forest.grow(shifted, rows.labels, len(rooms), seed=SEED, trees=trees)
    shares = _time_shares(runs, len(rooms))
    return Fit(
        rooms=rooms,
        receivers=receivers,
        deaf=deaf,
        windows=0,
        trees=grown,
        prior=rows.prior,
        levels=levels,
        pairs=pairs,
        normals=normals.learn(rows.levels, rows.labels, len(rooms)),
        means=rows.means,
        silent=rows.silent,
        weights=belief.weights,
        change_db=scale,
        turnover=turnover((size / scale, gone) for size, gone in changes),
        rest_weight=belief.rest_weight,
        chain=chain(rooms, _moves(runs), shares, neighbours, DWELL_S),
        expected=Expected(by="", windows=0, right=0, unknown=0, rooms={}, alike=()),
    )


def _moves(runs: Sequence[Run]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for run in runs:
        for one, other in zip(run.labels, run.labels[1:], strict=False):
            if one != other:
                found[one, other] = found.get((one, other), 0) + 1
    return found


def _changes(runs: Sequence[Run]) -> list[tuple[float, bool]]:
    """For each slot how much levels changed round it, and whether the room did."""
    return [
        (change_db(run.slots[at - 1], run.slots[at + 1]), run.labels[at - 1] != run.labels[at + 1])
        for run in runs
        for at in range(1, len(run.slots) - 1)
    ]


def _time_shares(runs: Sequence[Run], rooms: int) -> tuple[float, ...]:
    """The share of time in each room, as if every room had had a minute more."""
    counts = [24.0] * rooms
    for run in runs:
        for label in run.labels:
            counts[label] += 1.0
    whole = sum(counts)
    return tuple(one / whole for one in counts)


def _held(part: Fit, run: Run) -> Held:
    """A run that `part` has not seen, read as in a home: the gain is learned on the way."""
    found: list[Nats] = []
    silent: list[list[float] | None] = []
    changes, turns = [], []
    gain_db = weight = told = 0.0
    before: Sequence[float] = part.chain.start
    for at in range(len(run.slots)):
        near, size = view(run.slots, at, part.change_db)
        turn = turn_of(part.turnover, size)
        changes.append(size)
        turns.append(turn)
        fresh = news(size, part.rest_weight)
        told = arriving(fresh, told)
        if any(cell[0] for cell in near):
            row = levels_of(near, gain_db)
            nats = room_nats(part, near, row)
            seen = emission(part.weights, nats, told)
            before = forward(part.chain, before, seen, turn)
            residual = residual_db(part, row, before)
            gain_db, weight = learned_gain(gain_db, weight, residual, fresh)
            silent.append(None)
        else:
            nats = ([], [], [])
            seen = silence(part)
            before = forward(part.chain, before, seen, turn)
            silent.append(seen)
        found.append(nats)
    return Held(
        labels=run.labels,
        windows=run.windows,
        nats=found,
        silent=silent,
        changes=changes,
        turns=turns,
    )
