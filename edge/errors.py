"""What can go wrong on purpose, sorted by what the caller must do.

Every error carries its facts as attributes and one sentence that names the
file, key or byte and the mend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The key of a text in the catalogues, and what stands in its places.
Words = tuple[str, Mapping[str, str | int | float | bool | None]]


class EdgeError(Exception):
    """Base of every error we raise on purpose.

    `words`, when there are some, say the same sentence in every language of the catalogues.
    """

    words: Words | None = None


class DecodeError(EdgeError):
    """A device sent bytes that we refuse: count it, drop the frame, go on.

    `reason` is a short stable code for counters ("length", "crc", "replay",
    "no_key", "wrong_key", "plaintext", "reserved", "not_ours", ...), `byte` the
    offset of the first byte that is wrong, or None when the whole frame is.
    `state`, when there is one, is the driver state to keep all the same: what a
    refused frame taught the driver to look out for.
    """

    def __init__(self, reason: str, text: str, byte: int | None = None) -> None:
        where = "" if byte is None else f"byte {byte}: "
        super().__init__(where + text)
        self.reason = reason
        self.byte = byte
        self.state: bytes | None = None


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One fault of a file: where, what is wrong, and the mend."""

    file: str
    key: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.wrong}; {self.mend}"


class ConfigError(EdgeError):
    """Do not start; `faults` lists every fault found, not only the first."""

    def __init__(self, faults: list[ConfigFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class ChecklistError(ConfigError):
    """A checklist file is broken; rules and everything else go on without it."""


class StoreError(EdgeError):
    """The database refused: nothing of the batch was stored.

    `fault` says when it is the disk's: "full", "read_only", "io", "corrupt"; "" for all else.
    """

    def __init__(self, text: str = "", fault: str = "") -> None:
        super().__init__(text)
        self.fault = fault


class NotDurableError(StoreError):
    """It counts, and goes upstream, but is held in memory: the disk refuses at present."""


class StoreBusyError(StoreError):
    """Another process owns the database (a gateway runs, or a command is at work)."""


class StoreTooNewError(StoreError):
    """The database was written by a newer release than this one."""


class ModelUnavailableError(EdgeError):
    """The model gave no answer; rules and checklists go on. `code` says why:
    missing_file, wrong_hash, wrong_signature, no_runtime, crashed, timeout, memory,
    too_large, bad_output, golden.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class UpstreamUnavailableError(EdgeError):
    """The line is down or silent: try again later, the entry stays."""


class UpstreamRejectedError(EdgeError):
    """The other side refuses this message for good: park it and tell a person."""


class TransportError(EdgeError):
    """A radio or line failed: back off, rebuild, report as a fault of ours."""


class ControlError(EdgeError):
    """A command could not be carried out; the text is meant for the person who gave it."""


class MisaskedError(ControlError):
    """A program asked wrongly at the socket: the command line never does, so it has no `words`."""


class PaperError(EdgeError):
    """A document could not be put on paper; its data are there all the same."""


class NotNowError(EdgeError):
    """Asked rightly, and refused by the state things are in; the text says what would mend it."""
