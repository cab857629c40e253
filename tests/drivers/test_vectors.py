from __future__ import annotations

from typing import Any

import pytest

from edge.domain import Instant
from edge.drivers.inspect import decode_payload
from edge.errors import DecodeError
from edge.kinds import KINDS
from tests.drivers.tools import VECTORS, as_row, cases, vectors

CASES = cases()


def payload_of(case: Any) -> bytes:
    return bytes.fromhex(case["payload"])


def key_of(case: Any) -> bytes | None:
    return bytes.fromhex(case["key"]) if "key" in case else None


@pytest.mark.parametrize("driver, name, case", CASES, ids=[name for _, name, _ in CASES])
def test_published_vector(driver: str, name: str, case: Any, at: Instant) -> None:
    """Each published payload reads as its source says."""
    seen = decode_payload(driver, payload_of(case), case.get("mac"), key_of(case), at)
    assert [as_row(one) for one in seen] == case["observations"]
    for one in seen:
        assert (one.unit, one.code) == (KINDS[one.kind].unit, KINDS[one.kind].code)
        assert one.at == at


@pytest.mark.parametrize("driver, name, case", CASES, ids=[name for _, name, _ in CASES])
def test_a_vector_cut_at_any_length_is_read_or_refused(
    driver: str, name: str, case: Any, at: Instant
) -> None:
    """A payload that lost its end gives part of what it said, or a refusal with its byte."""
    whole = payload_of(case)
    told = case["observations"]
    for length in range(len(whole)):
        byte: int | None = 0
        kinds: list[str] = []
        try:
            seen = decode_payload(driver, whole[:length], case.get("mac"), key_of(case), at)
            kinds = [one.kind for one in seen]
        except DecodeError as refused:
            byte = refused.byte
        assert byte is None or 0 <= byte <= len(whole)
        rest = iter([one["kind"] for one in told])
        assert all(kind in rest for kind in kinds)  # in their order; an alarm may be all there is


def test_every_sheet_names_its_source() -> None:
    """A vector without a source proves nothing."""
    for path in VECTORS.glob("*.json"):
        assert len(vectors(path.stem)["source"]) > 20
