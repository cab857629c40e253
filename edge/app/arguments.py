"""What a command gave over the control socket, checked where every handler needs the same."""

from __future__ import annotations

from typing import Any

from edge.errors import ControlError

NAME_MAX_CHARS = 60


def text_of(args: dict[str, Any], key: str, most: int, mend: str) -> str:
    """A printable text of 1 to `most` characters; raises ControlError naming `key`."""
    value = args.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ControlError(f"{key} is missing; {mend}")
    if not value.isprintable():
        raise ControlError(f"{key} holds a control character; {mend}")
    if len(value) > most:
        raise ControlError(f"{key} is longer than {most} characters; {mend}")
    return value.strip()


def by_of(args: dict[str, Any]) -> str:
    """The named person who does it."""
    return text_of(args, "by", NAME_MAX_CHARS, "say who does it: --by NAME")
