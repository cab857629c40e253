"""What a proof found, in numbers with their limits; stored as JSON in `proofs/results`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

RESULTS = Path(__file__).parent / "results"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number. Without a limit it is told, and judged by nobody."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    # How a measured number became this one ("20 minutes, times 72"); empty: it was measured whole.
    scaled: str = ""

    @property
    def ok(self) -> bool:
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def limit(self) -> str:
        """The limit for people: "≤ 150 MB"; empty when there is none."""
        said = []
        if self.at_least is not None:
            said.append(f"≥ {shown(self.at_least)}")
        if self.at_most is not None:
            said.append(f"≤ {shown(self.at_most)}")
        return " and ".join(said) + (f" {self.unit}" if said and self.unit else "")

    @property
    def text(self) -> str:
        return f"{shown(self.value)} {self.unit}".strip()


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What one proof says: the promise, how it was put to the test, what came out."""

    promise: str
    how: str
    figures: Sequence[Figure]
    # What a reader must know before believing more than was proved.
    scaled: Sequence[str] = ()
    unproved: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        return bool(self.figures) and all(figure.ok for figure in self.figures)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was run: without it a number of seconds says nothing."""

    processor: str
    cores: int
    memory_mb: int
    kernel: str
    system: str
    python: str
    sqlite: str
    mosquitto: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one proof, as it is stored."""

    name: str
    title: str
    passed: bool
    quick: bool
    date: str  # UTC, ISO 8601
    took_s: float
    commit: str
    command: str
    machine: Machine
    proof: Proof


def shown(value: float) -> str:
    """A number with as many places as it is worth."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def file_of(name: str, *, quick: bool) -> Path:
    """A short run has a file of its own: it never takes the place of a full one."""
    return RESULTS / (f"{name}.quick.json" if quick else f"{name}.json")


def store(result: Result) -> Path:
    path = file_of(result.name, quick=result.quick)
    text = msgspec.json.format(msgspec.json.encode(result), indent=2).decode()
    path.write_text(text + "\n", encoding="utf-8")
    return path


def stored(name: str, *, quick: bool = False) -> Result | None:
    """The last run of that kind; None when there was none."""
    path = file_of(name, quick=quick)
    if not path.exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=Result)
