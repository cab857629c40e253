"""The real clock and ids, and what a log may say."""

from __future__ import annotations

import io
import json
import uuid
from itertools import pairwise

import structlog
from hypothesis import given
from hypothesis import strategies as st

from edge import log
from edge.clock import RandomIds, SystemClock, kernel_synchronised, uuid7
from edge.domain import Secret, Sync


def test_boottime_never_runs_backwards_and_the_offset_is_the_homes():
    """Two looks in a row are in order; Kathmandu is 345 minutes ahead of UTC."""
    clock = SystemClock("Asia/Kathmandu")
    seen = [clock.now() for _ in range(1000)]
    assert all(a.boottime_ms <= b.boottime_ms for a, b in pairwise(seen))
    assert {i.offset_min for i in seen} == {345}


def test_a_clock_without_sync_says_so_unless_a_battery_keeps_it():
    """`trusted_clock` is for machines with a real-time clock; otherwise the kernel is asked."""
    assert SystemClock("UTC", trusted=True).now().sync is Sync.NTP
    expected = Sync.NTP if kernel_synchronised() else Sync.NONE
    assert SystemClock("UTC").now().sync is expected


@given(wall_ms=st.integers(0, 2**48 - 1), entropy=st.integers(0, 2**80 - 1))
def test_uuid7_is_one_and_carries_its_time(wall_ms, entropy):
    """RFC 9562 §5.7: version 7, variant 2, the first 48 bits are Unix milliseconds."""
    made = uuid.UUID(uuid7(wall_ms, entropy))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == wall_ms


def test_ids_differ_within_a_millisecond(at):
    """Ten thousand ids of one moment are ten thousand ids."""
    ids = RandomIds()
    assert len({ids.uuid7(at) for _ in range(10_000)}) == 10_000


def test_readings_names_and_addresses_do_not_pass_into_the_log():
    """A key that is not known to be harmless comes out as [removed]."""
    out = io.StringIO()
    log.configure(out)
    structlog.get_logger().info(
        "frame_refused",
        device="bp-1",
        reason="crc",
        value=182,
        name="Aino Virtanen",
        address="54:48:E6:8F:80:A5",
        key=Secret(b"0123456789abcdef"),
    )
    line = json.loads(out.getvalue())
    assert (line["device"], line["reason"]) == ("bp-1", "crc")
    assert line["value"] == line["name"] == line["address"] == line["key"] == "[removed]"


def test_a_secret_shows_itself_to_nobody():
    """Neither repr, str nor a format gives a key away."""
    secret = Secret(b"CANARY-CANARY-00")
    assert "CANARY" not in f"{secret} {secret!r} {[secret]}"
