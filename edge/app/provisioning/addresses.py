"""Whose home it is and where, and whether two people wrote down the same address."""

from __future__ import annotations

import re
import unicodedata

from edge.domain import Record


class Where(Record, frozen=True, kw_only=True):
    """Whose home this is, as the desk said and a person confirmed."""

    customer: str
    name: str
    address: str


def same_address(one: str, other: str) -> bool:
    """Whether two people wrote the same address, however they set commas and capitals."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    # A gap stays a gap: "11 2" and "1 12" are two homes.
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", folded)))
