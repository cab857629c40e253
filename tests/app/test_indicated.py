"""What a device was told is delivered is durable at once; what it keeps anyway may wait."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.app.ingest import Ingest
from edge.app.opening import open_house
from edge.config import parse
from edge.drivers.base import MessageFrame, Notification
from edge.drivers.gatt.blood_pressure import BATTERY_LEVEL, MEASUREMENT
from edge.transports.lanes import Heard, LaneQueue
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

if TYPE_CHECKING:
    from edge.drivers.base import Frame
    from edge.ports import Batch

DEVICES = """
[ingest]
[[device]]
id = "bp-1"
driver = "blood_pressure"
role = "vitals"
address = "C4:00:00:00:00:51"
[[device]]
id = "robot-1"
driver = "dispenser_cloud"
role = "medication_robot"
address = "R-1"
"""


async def _no_reply(_: str, __: bytes) -> None:
    raise AssertionError("a cuff gets no reply")


@pytest.mark.parametrize(
    "device, frame, commits",
    [
        (
            "bp-1",
            Notification(
                characteristic=MEASUREMENT,
                value=bytes.fromhex("008a0058007800"),
                indicated=True,
            ),
            1,
        ),
        ("bp-1", Notification(characteristic=BATTERY_LEVEL, value=b"\x5b"), 0),
        (
            "robot-1",
            MessageFrame(
                topic="kotivahti/v1/dispenser/R-1",
                body=b'{"v": 1, "id": "e1", "event": "DOSE_TAKEN"}',
                account=True,
            ),
            1,
        ),
    ],
    ids=["indicated", "read", "message"],
)
async def test_what_nobody_else_has_is_committed_in_the_turn_in_which_it_came(
    tmp_path: Path, device: str, frame: Frame, commits: int
) -> None:
    """The stacks have confirmed it: the cuff and the broker may have forgotten it."""
    config = parse(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{tmp_path}/home.db"\n' + DEVICES,
        "test",
    )
    clock = FakeClock()
    async with open_house(config, clock, SeqIds()) as house:
        batches: list[Batch] = []
        house.after_commit.append(batches.append)
        ingest = Ingest(house, LaneQueue(), _no_reply)
        await ingest.take([Heard(device, frame, clock.now())])
        assert len(batches) == commits
        assert not ingest.refused
