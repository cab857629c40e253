"""What a device was told is delivered is durable at once; what it keeps anyway may wait."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.app.ingest import Ingest
from edge.app.opening import open_house
from edge.config import parse
from edge.drivers.base import Notification
from edge.drivers.blood_pressure import BATTERY_LEVEL, MEASUREMENT
from edge.transports.lanes import Heard, LaneQueue
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

if TYPE_CHECKING:
    from edge.ports import Batch

CUFF = """
[[device]]
id = "bp-1"
driver = "blood_pressure"
role = "vitals"
address = "C4:00:00:00:00:51"
"""


async def _no_reply(_: str, __: bytes) -> None:
    raise AssertionError("a cuff gets no reply")


@pytest.mark.parametrize(
    "frame, commits",
    [
        (
            Notification(
                characteristic=MEASUREMENT,
                value=bytes.fromhex("008a0058007800"),
                indicated=True,
            ),
            1,
        ),
        (Notification(characteristic=BATTERY_LEVEL, value=b"\x5b"), 0),
    ],
    ids=["indicated", "read"],
)
async def test_an_indication_is_committed_in_the_turn_in_which_it_came(
    tmp_path: Path, frame: Notification, commits: int
) -> None:
    """The radio's own stack has confirmed it, and the cuff may have forgotten it."""
    config = parse(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{tmp_path}/home.db"\n' + CUFF,
        "test",
    )
    clock = FakeClock()
    async with open_house(config, clock, SeqIds()) as house:
        batches: list[Batch] = []
        house.after_commit.append(batches.append)
        ingest = Ingest(house, LaneQueue(), _no_reply)
        await ingest.take([Heard("bp-1", frame, clock.now())])
        assert len(batches) == commits
        assert not ingest.refused
