"""Scenarios: what happens in the virtual home, and when. Read from TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from edge.errors import ConfigError, ConfigFault

_UNREADABLE = (OSError, msgspec.DecodeError, tomllib.TOMLDecodeError)

_FOLDER = Path(__file__).parent / "scenarios"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command at one moment, in seconds of the scenario."""

    at_s: float
    do: str


class Every(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command again and again, with some disorder in the intervals."""

    every_s: float
    do: str
    from_s: float = 0.0
    jitter_s: float = 0.0


class Gadget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device of the virtual home. `address` is a radio address or a serial number."""

    id: str
    kind: str
    address: str
    room: str
    label: str
    period_s: float = 30.0
    encrypted: bool = False
    model: str = ""  # the name that it advertises
    wire: str = ""  # which of its formats an oximeter speaks; "": its usual one
    bonded: bool = False  # a health device that shows nothing without a bond
    passkey: int | None = None  # what its display shows while it is paired; None: no display
    person: str = ""  # who wears it, and takes it along
    at: tuple[float, float, int] | None = None  # metres, metres, floor; None: amid its room


class Dwelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The devices of a home and how many strangers are near it."""

    device: tuple[Gadget, ...]
    strangers: int = 0
    plan: str = ""  # its floor plan; "": everything is heard everywhere
    gateway_at: tuple[float, float, int] | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A script: `step` at fixed moments, `every` in between."""

    title: str
    step: tuple[Step, ...] = ()
    every: tuple[Every, ...] = ()


def load_dwelling(name: str = "home") -> Dwelling:
    """The home that comes with us by that name, or the one in that file; raises ConfigError."""
    path = _path(name)
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Dwelling)
    except _UNREADABLE as error:
        raise _refused(path, error) from error


def load_scenario(name: str) -> Scenario:
    """The script that comes with us by that name, or the one in that file; raises ConfigError."""
    path = _path(name)
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Scenario)
    except _UNREADABLE as error:
        raise _refused(path, error) from error


def _path(name: str) -> Path:
    own = _FOLDER / f"{name}.toml"
    return own if own.is_file() else Path(name)


def _refused(path: Path, error: Exception) -> ConfigError:
    known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.toml")))
    mend = f"correct the file, or name one of: {known}"
    return ConfigError([ConfigFault(str(path), "(file)", str(error), mend)])
