"""A day made again through the handlers of a house: from its readings, and by the model."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.app.daily import DailyChange
from edge.app.house import House
from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.domain import Hazard, RiskAssessment
from edge.replay.again import Verdict, assessment_again
from edge.risk.runtime import ModelProcess
from tests.app.homes import PEER, house_in
from tests.app.test_daily import PLACED, lived, word

pytestmark = pytest.mark.timeout(60)

MODELS = Path(__file__).resolve().parents[2] / "models"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


async def again(house: House, one: RiskAssessment) -> Verdict:
    """As the command asks: from a thread of its own, over the handlers."""
    handlers = Service(house, Timeline()).handlers()
    loop = asyncio.get_running_loop()

    async def answer(do: str, args: dict[str, Any]) -> Any:
        return await handlers[do](args, PEER)

    def ask(do: str, args: dict[str, Any]) -> Any:
        asked = asyncio.run_coroutine_threadsafe(answer(do, args), loop)
        return msgspec.json.decode(msgspec.json.encode(asked.result(20)))  # as over the socket

    model = ModelProcess(MODELS, timeout_s=50.0)
    return await asyncio.to_thread(assessment_again, one, ask, {}, model)


async def test_a_day_is_the_same_after_restarts_and_in_any_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked, stored, the gateway started anew elsewhere: counted and asked again bit for bit."""
    clock = await lived(tmp_path, 9, restless=True)
    clock.pass_time(HOUR_MS)
    async with house_in(tmp_path, clock, PLACED) as house:
        await DailyChange(house).turn()
        found = word(house)
    assert found is not None
    assert found.outputs == {"index": found.index}
    assert len(found.contributions["index"]) == 10
    for zone in ("Asia/Tokyo", "America/Lima"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        clock.pass_time(5 * HOUR_MS)
        async with house_in(tmp_path, clock, PLACED) as house:
            verdict = await again(house, found)
            assert verdict == Verdict(verdict="same", model=True, recounted=True)
    monkeypatch.undo()
    time.tzset()
    # A reading less is another day.
    async with house_in(tmp_path, clock, PLACED) as house:
        await house.store.change(
            lambda connection, _: connection.execute(
                "DELETE FROM observation WHERE seq = (SELECT max(seq) - 3 FROM observation)"
            )
        )
        verdict = await again(house, found)
        assert verdict.verdict == "differs"
        assert [one.part for one in verdict.differences] == ["features"]


async def test_a_day_of_which_nothing_was_said_is_counted_again(tmp_path: Path) -> None:
    """Silent, or too few days known: the same from the readings, while those are kept."""
    clock = await lived(tmp_path, 3)
    clock.pass_time(HOUR_MS)
    async with house_in(tmp_path, clock, PLACED) as house:
        await DailyChange(house).turn()
        found = word(house)
        assert found is not None
        assert (found.abstained, found.hazard) == ("short_baseline", Hazard.WELLBEING)
        assert await again(house, found) == Verdict(verdict="same", recounted=True)
        claimed = msgspec.structs.replace(found, abstained="silent")
        assert (await again(house, claimed)).verdict == "differs"
        clock.pass_time(20 * DAY_MS)
        assert await again(house, found) == Verdict(verdict="not_made", missing=("readings",))
