"""Thirty days without a line, as the gateway's own commits: what `proofs.memory` starts from.

python -m proofs.month FILE     fills the database of these settings; prints what it made
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from benchmarks.drain import _fill
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import load


async def main() -> None:
    """Alerts and telemetry of a month, oldest first, sealed and committed as in a home."""
    config = load(Path(sys.argv[1]))
    async with open_house(config, SystemClock("UTC", trusted=True), RandomIds()) as house:
        alerts, telemetry = await _fill(house)
    print(len(alerts), len(telemetry))


if __name__ == "__main__":
    asyncio.run(main())
