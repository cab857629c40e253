"""What a command asked for, checked: names, words, moments, and who said it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from edge.config.words import Ident
from edge.control.protocol import Peer
from edge.errors import ControlError, MisaskedError
from edge.locale.refusing import given, listed, worded

# A name typed by a person; an account name has half of it.
NAME_MAX_CHARS = 60
# The title of a service decision with its date and number.
WORDS_MAX_CHARS = 200
E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


def text_of(
    args: dict[str, Any], key: str, most: int = NAME_MAX_CHARS, missing: str = "missing"
) -> str:
    """Printable words, not blank; raises ControlError naming the key and the mend."""
    value = args.get(key)
    if not isinstance(value, str) or not value.strip():
        raise worded(ControlError, missing, key=key)
    if not value.isprintable():
        raise worded(ControlError, "control_character", key=key)
    if len(value) > most:
        raise worded(ControlError, "too_long", key=key, most=most)
    return value.strip()


def by_of(args: dict[str, Any]) -> str:
    """The named person who does it."""
    return text_of(args, "by", missing="missing_by")


def label_of(args: dict[str, Any]) -> str:
    """Words for people, which may be left out."""
    return text_of(args, "label") if args.get("label") else ""


def told_by(args: dict[str, Any], peer: Peer, key: str = "by") -> str:
    """Who says it, with the account of the machine that the kernel names."""
    return f"{text_of(args, key)} (uid {peer.uid})"


def ident_of(args: dict[str, Any], key: str) -> str:
    """A short name; raises ControlError naming the key."""
    try:
        return msgspec.convert(args.get(key), Ident)
    except msgspec.ValidationError as error:
        name = given(args.get(key))
        raise worded(ControlError, "no_short_name", key=key, name=name) from error


def choice_of(args: dict[str, Any], key: str, kind: type[E], without: frozenset[E]) -> E:
    """One of a closed list; raises ControlError with the list."""
    value = args.get(key)
    known = [one for one in kind if one not in without]
    for one in known:
        if value == one.value:
            return one
    there = listed(one.value for one in known)
    raise worded(ControlError, "not_known", key=key, value=given(value), there=there)


def wall_ms_of(args: dict[str, Any], key: str) -> int | None:
    """A moment in UTC ms since 1970, or None when it is left out."""
    value = args.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 48:
        raise MisaskedError(f"{key}: no moment; give UTC milliseconds since 1970")
    return value


def known_of(args: dict[str, Any], key: str, known: dict[str, T], what: str) -> T:
    """What is there under the name that was asked for; raises ControlError with those there are."""
    name = args.get(key)
    found = known.get(name) if isinstance(name, str) else None
    if found is None:
        there = listed(sorted(known))
        raise worded(ControlError, "not_there", key=key, what=what, name=given(name), there=there)
    return found
