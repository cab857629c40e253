"""The Current Time characteristic, 10 bytes."""

from __future__ import annotations

import struct

from edge.domain import Sync
from edge.transports.ble.current_time import current_time
from tests.support.clock import instant


def test_it_is_the_home_s_local_time() -> None:
    """Monday 2 March 2026, 12:00:00.5 UTC is 14:00 in a Finnish winter; weekday 1 is Monday."""
    told = current_time(instant(500))
    assert told is not None
    assert struct.unpack("<H7BB", told) == (2026, 3, 2, 14, 0, 0, 1, 128, 2)


def test_a_clock_that_was_never_set_is_not_passed_on() -> None:
    """The device's own clock may be right; ours is known to be wrong."""
    assert current_time(instant(sync=Sync.NONE)) is None
