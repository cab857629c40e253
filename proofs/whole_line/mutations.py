"""Faults put into the code on purpose: a model that does not notice them proves nothing.

    python -m proofs.whole_line.mutations emptied-on-puback

A mutation is a piece of source text and what stands there instead; the module is compiled with
it, in a process of its own. Exit code 0: the model noticed; 1: it did not.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import structlog

ROOT = Path(__file__).parents[2]
# Each was noticed within some hundred steps; a lucky run is given ten times as many.
STEPS_MAX = 6_000
NOTICED, NOT_NOTICED = 0, 1


class Mutation(msgspec.Struct, frozen=True, kw_only=True):
    """`old` stands once in the module's source, and `new` in its place breaks a promise."""

    name: str
    says: str
    module: str
    old: str
    new: str


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="emptied-on-puback",
        says="the outbox is emptied by the broker's PUBACK instead of the desk's receipt",
        module="edge.uplink.deliver",
        old="        self._schedule.sent(entry.id, now_ms)\n",
        new=(
            "        self._schedule.sent(entry.id, now_ms)\n"
            "        await self._books._store.mark_received([entry.id], began)\n"
            "        self._schedule.settle([entry.id])\n"
        ),
    ),
    Mutation(
        name="no-dedupe",
        says="the desk takes a message again that it has had",
        module="desk.intake",
        old="    return made.rowcount == 1\n",
        new="    return made.rowcount <= 1\n",
    ),
    Mutation(
        name="level-falls",
        says="a later word lowers the escalation level",
        module="edge.alerts.lifecycle",
        old="or level <= alert.escalation:",
        new="or level == alert.escalation:",
    ),
    Mutation(
        name="older-wins",
        says="an older revision that comes later replaces the newer one on the board",
        module="desk.intake",
        old='if known is not None and known["rev"] >= alert.rev:',
        new='if known is not None and known["rev"] == alert.rev:',
    ),
    Mutation(
        name="decided-twice",
        says="a decision that comes again is obeyed again",
        module="edge.advance",
        old="if ack.message and ack.message in self.home.messages:",
        new="if ack.message and ack.message in ():",
    ),
    Mutation(
        name="not-sent-again",
        says="a new connection begins with what is new, and not with what is owed",
        module="edge.uplink.schedule",
        old="            held.due_ms = 0\n            held.sent = 0\n",
        new="            held.due_ms = 1 << 62\n            held.sent = 0\n",
    ),
)

BY_NAME = {mutation.name: mutation for mutation in MUTATIONS}


class _Loader(importlib.abc.Loader):
    """Compiles one module with its mutation."""

    def __init__(self, mutation: Mutation, file: Path) -> None:
        self._mutation = mutation
        self._file = file

    def exec_module(self, module: ModuleType) -> None:
        source = self._file.read_text(encoding="utf-8")
        assert source.count(self._mutation.old) == 1, f"{self._file}: the text to mutate is gone"
        mutated = source.replace(self._mutation.old, self._mutation.new)
        exec(compile(mutated, str(self._file), "exec"), module.__dict__)  # noqa: S102 (our own text)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutation: Mutation) -> None:
        self._mutation = mutation

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutation.module:
            return None
        file = ROOT / Path(*fullname.split(".")).with_suffix(".py")
        loader = _Loader(self._mutation, file)
        return importlib.util.spec_from_file_location(fullname, file, loader=loader)


def main(name: str) -> int:
    mutation = BY_NAME[name]
    assert mutation.module not in sys.modules
    sys.meta_path.insert(0, _Finder(mutation))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    machine: Any = importlib.import_module("proofs.whole_line.machine")
    try:
        machine.search(STEPS_MAX)
    except AssertionError as error:
        print(f"noticed: {mutation.says}\n{error}")
        return NOTICED
    print(f"NOT noticed in {STEPS_MAX} steps: {mutation.says}")
    return NOT_NOTICED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
