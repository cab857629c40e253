"""The log: names of events with ids, one line each, for journald.

Only the keys listed here pass. A reading, a person's name or a radio address
that somebody binds by mistake comes out as "[removed]", so a support bundle
can be handed on without being read first.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

# Ids, codes, counts, durations, places in our own software: nothing about a person.
SAFE_KEYS = frozenset(
    {
        "alert", "applied", "attempt", "backend", "byte", "code", "count", "detail", "device",
        "driver", "error", "event", "file", "gateway", "id", "kind", "level", "loops", "model",
        "path", "port", "reason", "role", "state", "subject", "timestamp", "topic", "version",
    }
)  # fmt: skip
# A log line is for a person; longer values are somebody's payload.
VALUE_MAX_CHARS = 300
# Enough to find the place.
FRAMES_MAX = 6


def only_safe(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what may not be logged; cut what is too long."""
    for key, value in event.items():
        if key not in SAFE_KEYS:
            event[key] = "[removed]"
        elif isinstance(value, str) and len(value) > VALUE_MAX_CHARS:
            event[key] = value[:VALUE_MAX_CHARS] + "..."
    return event


def where(error: BaseException) -> str:
    """The innermost lines of our own that an error came through; never its text, which may hold
    what a device or a person said.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-FRAMES_MAX:]))


def configure(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Log to `stream` (standard error); key=value for a terminal, JSON for journald."""
    out = sys.stderr if stream is None else stream
    # Libraries speak of addresses and readings in their own words; what they report of use comes
    # back to us as errors.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.lastResort = None
    renderer: Any
    if out.isatty():
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    else:
        renderer = structlog.processors.JSONRenderer(sort_keys=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            only_safe,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
