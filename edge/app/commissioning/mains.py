"""The plug is pulled and put back, while the gateway goes on by its battery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from edge.app.commissioning import supply
from edge.app.installing.listening import TELL_EVERY_S, Window
from edge.commissioning.record import Check, Measure, Step, Verdict
from edge.domain import Instant

CHECK = "mains"
PULLED = "pulled"  # the stage in which a box that has no battery dies
# A battery that lasts ten seconds carries the box over a fuse; how long it lasts in all is for
# its maker's sheet.
HOLD_S = 10.0


def died(step: Step, now: Instant) -> Check | None:
    """The failure that a restart in the middle proves; None when there was none."""
    if step.stage != PULLED or step.begun is None or step.begun.boot == now.boot:
        return None
    return Check(name=CHECK, verdict=Verdict.FAILED, why="box_died")


async def stream(
    root: Path, window_s: float, hold_s: float = HOLD_S
) -> AsyncGenerator[dict[str, Any] | Check, None]:
    """Rows for the person, then the check."""
    before = await asyncio.to_thread(supply.look, root)
    if not before.battery:
        yield Check(name=CHECK, verdict=Verdict.NOT_APPLICABLE, why="no_battery")
        return
    if before.mains is None:
        yield Check(name=CHECK, verdict=Verdict.OPEN, why="mains_not_told")
        return
    yield {"step": "pull", "seconds": window_s}
    lost_s = None
    async for left_s in Window(window_s, TELL_EVERY_S):
        if (await asyncio.to_thread(supply.look, root)).mains is False:
            lost_s = asyncio.get_running_loop().time()
            break
        yield {"step": "wait", "left_s": round(left_s, 1)}
    if lost_s is None:
        yield Check(name=CHECK, verdict=Verdict.FAILED, why="not_pulled")
        return
    yield {"step": "pulled"}
    async for left_s in Window(hold_s, TELL_EVERY_S):
        yield {"step": "hold", "left_s": round(left_s, 1)}
    yield {"step": "restore", "seconds": window_s}
    back = False
    async for left_s in Window(window_s, TELL_EVERY_S):
        if (await asyncio.to_thread(supply.look, root)).mains:
            back = True
            break
        yield {"step": "wait", "left_s": round(left_s, 1)}
    on_battery_s = round(asyncio.get_running_loop().time() - lost_s, 1)
    after = await asyncio.to_thread(supply.look, root)
    yield Check(
        name=CHECK,
        verdict=Verdict.PASSED if back else Verdict.FAILED,
        why="" if back else "not_restored",
        measures=(
            Measure(name="on_battery_s", value=on_battery_s, unit="s"),
            Measure(name="capacity_before", value=before.capacity, unit="%"),
            Measure(name="capacity", value=after.capacity, unit="%"),
        ),
    )
