"""The published vectors of the digest are what both ends make."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from edge.uplink.envelope import digest_of

PAGE = Path(__file__).parents[2] / "docs/developer/completeness.md"
FENCE = re.compile(r"```json\n(.*?)```", re.DOTALL)


def vectors() -> list[dict[str, Any]]:
    (text,) = FENCE.findall(PAGE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = json.loads(text)
    return found


def ids_of(vector: dict[str, Any]) -> dict[int, str]:
    ids = {int(number): ident for number, ident in vector.get("ids", {}).items()}
    for first, last in vector.get("stretches", ()):
        ids |= {n: f"019cae6b-6600-7000-8000-{n:012x}" for n in range(first, last + 1)}
    return ids


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["what"])
def test_the_digest_is_the_published_one(vector: dict[str, Any]) -> None:
    """By our own function, and by the words of the page with nothing of ours."""
    ids = ids_of(vector)
    found = digest_of(vector["first"], vector["last"], ids)
    assert [found.count, found.sha256, list(found.blocks)] == [
        *(vector["count"], vector["sha256"]),
        vector["blocks"],
    ]
    lines = "".join(f"{n:016d} {ids[n]}\n" for n in sorted(ids))
    assert hashlib.sha256(lines.encode("ascii")).hexdigest() == vector["sha256"]


def test_a_changed_letter_or_number_changes_it() -> None:
    """Neither an id nor its place can be another one."""
    base = ids_of(vectors()[1])
    whole = digest_of(41, 47, base).sha256
    swapped = base | {41: base[42], 42: base[41]}
    moved = {n + (n == 42): ident for n, ident in base.items()}
    others = [swapped, moved, base | {41: base[41].upper()}]
    assert whole not in {digest_of(41, 47, one).sha256 for one in others}
