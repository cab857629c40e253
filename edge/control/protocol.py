"""The control socket's messages and bounds."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.domain import Scalar

VERSION = 1
# A checklist with every note filled in is below 20 kB.
LINE_MAX_BYTES = 256 * 1024
# Command line, local page, a watcher or two: more is a mistake.
CLIENTS_MAX = 16
# Of those, how many may only watch: the others are for questions.
STREAMS_MAX = 8
# A client that connects and says nothing holds a slot.
REQUEST_WITHIN_S = 10.0
# A reader that has stopped reading must not hold the gateway's memory.
WRITE_WITHIN_S = 5.0


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    do: str
    v: int = VERSION
    args: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    v: int
    ok: bool = False
    result: Any = None
    error: str | None = None
    # The same in any language: the key of a text in the catalogues, and its parameters.
    words: tuple[str, dict[str, Scalar]] | None = None
    code: int | None = None
    end: bool = False


class Peer(msgspec.Struct, frozen=True):
    """Who is on the other end, by the kernel's word (SO_PEERCRED)."""

    pid: int
    uid: int
