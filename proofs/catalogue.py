"""Which proofs there are, what each needs, and how long it takes; in the page's order."""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`proofs/<name>.py` has `prove(run) -> Proof`, plain or async."""

    name: str
    title: str
    minutes: float  # of the full run, on two cores; longest first, so that the end is not awaited
    root: bool = False  # loop devices, mounts, network namespaces
    programs: tuple[str, ...] = ()  # beside mosquitto, looked for on the search path
    alone: bool = False  # figures of milliseconds, which another proof beside it would spoil


PROOFS: tuple[Entry, ...] = (
    Entry(
        name="kills",
        title="The gateway is killed at any moment",
        minutes=15,
        programs=("strace",),
    ),
    Entry(
        name="calls",
        title="The gateway is killed at each write of an alert's life",
        minutes=12,
        programs=("strace",),
    ),
    Entry(
        name="cuts",
        title="The power fails and what was not synced is gone",
        minutes=12,
        root=True,
        programs=("nbdkit", "nbdfuse", "mkfs.ext4"),
    ),
    Entry(
        name="disk",
        title="The disk is full, read-only, or fails",
        minutes=3,
        root=True,
        programs=("nbdkit", "nbdfuse", "mkfs.ext4", "strace"),
    ),
    Entry(
        name="wear",
        title="What the card has to bear in a day",
        minutes=22,
        root=True,
        programs=("mkfs.ext4",),
    ),
    Entry(
        name="memory",
        title="Memory with a month of messages queued",
        minutes=5,
    ),
    Entry(
        name="model",
        title="The whole line as a model, a hundred thousand steps and a month",
        minutes=12,
    ),
    Entry(
        name="broker",
        title="The broker is killed while alerts flow",
        minutes=9,
    ),
    Entry(
        name="networks",
        title="The line is pulled, half-open, one-way, and slow",
        minutes=9,
        root=True,
        programs=("ip",),
        alone=True,
    ),
    Entry(
        name="drain",
        title="A month offline goes out, and a new alarm waits for none of it",
        minutes=4,
        alone=True,
    ),
    Entry(
        name="modem",
        title="A modem dies in the middle of a message",
        minutes=6,
    ),
    Entry(
        name="endurance",
        title="Half an hour under load and trouble",
        minutes=33,
    ),
)

BY_NAME = {entry.name: entry for entry in PROOFS}
