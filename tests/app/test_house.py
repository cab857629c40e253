"""A house over a real database: what the rules want to know by themselves is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from edge.app.consultant import LOOK_EVERY_MS, Consultant
from edge.app.house import House
from edge.app.opening import open_house
from edge.app.ticker import QUIET_TICK_MS, Ticker
from edge.config import Config, parse
from edge.domain import Answer, AnswerState, Hazard
from edge.errors import ModelUnavailableError, StoreError
from edge.events import Answered, FaultKind, Tick
from edge.ports import ModelAnswer
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

DAY_MS = 86_400_000


class FakeModel:
    """Answers every row the same, or is away."""

    def __init__(self) -> None:
        self.asked: list[dict[str, float | None]] = []
        self.away: str | None = None

    async def assess(
        self, model: str, rows: Sequence[Mapping[str, float | None]]
    ) -> list[ModelAnswer]:
        self.asked += [dict(row) for row in rows]
        if self.away is not None:
            raise ModelUnavailableError(self.away, f"{model}: made unavailable")
        return [
            ModelAnswer(index=50.0, contributions={}, model=f"{model}/1.0.0", manifest="0" * 12)
            for _ in rows
        ]


def _config(folder: Path) -> Config:
    return parse(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{folder}/home.db"\n',
        "test",
    )


def _answered(house: House) -> Answered:
    """Nobody smokes, says who was there; holds for a month."""
    at = house.clock.now()
    return Answered(
        answers=(
            Answer(
                checklist="fire",
                item="FS-05",
                code="no",
                state=AnswerState.OK,
                by="anna",
                role="nurse",
                source="human",
                at=at,
                valid_until_ms=at.wall_ms + 30 * DAY_MS,
            ),
        )
    )


async def test_an_answer_that_runs_out_asks_the_model_again(tmp_path: Path, clock: FakeClock):
    """Nobody does anything for a month: the rules re-score, and the model is asked by itself."""
    async with open_house(_config(tmp_path), clock, SeqIds()) as house:
        house.model = model = FakeModel()
        house.tell(_answered(house))
        await house.commit()
        await house.consult_all()
        assert len(model.asked) == 1
        loop = asyncio.create_task(Consultant(house).run(lambda: None))
        clock.pass_time(31 * DAY_MS)
        house.tell(Tick())
        await house.commit()
        await clock.advance(2 * LOOK_EVERY_MS)
        for _ in range(100):
            if len(model.asked) > 1:
                break
            await asyncio.sleep(0.02)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        assert len(model.asked) == 2
        assert model.asked[0] != model.asked[1]


async def test_a_model_that_is_away_is_a_fault_of_ours_until_it_is_back(
    tmp_path: Path, clock: FakeClock
):
    """The assessment says why, a fault stands, and both go when the model answers again."""
    async with open_house(_config(tmp_path), clock, SeqIds()) as house:
        house.model = model = FakeModel()
        model.away = "no_runtime"
        house.tell(_answered(house))
        await house.consult_all()
        assert house.keeper.home.assessments[Hazard.FIRE].abstained == "no_runtime"
        assert f"{FaultKind.MODEL}/home-risk" in house.keeper.home.faults
        model.away = None
        house.tell(_answered(house))
        await house.consult_all()
        assert house.keeper.home.assessments[Hazard.FIRE].index == 50.0
        assert house.keeper.home.faults == {}
        assert house.faults == {}


async def test_a_silent_home_is_stored_every_quarter_of_an_hour(tmp_path: Path, clock: FakeClock):
    """Nothing is heard: the state is committed all the same, so listening time adds up."""
    async with open_house(_config(tmp_path), clock, SeqIds()) as house:
        commits: list[int] = []
        house.after_commit.append(lambda batch: commits.append(batch.at.boottime_ms))
        ticker = Ticker(house)
        start_ms = clock.now().boottime_ms
        while clock.now().boottime_ms < start_ms + 4 * QUIET_TICK_MS:
            clock.pass_time(60_000)
            await ticker.turn()
        assert 3 <= len(commits) <= 4


async def test_a_batch_that_cannot_be_stored_ends_the_gateway_whoever_asked(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    """A command's commit fails: its person is told, and the process must not live on."""
    with pytest.raises(StoreError):  # noqa: PT012 - the closing commit fails as well
        async with open_house(_config(tmp_path), clock, SeqIds()) as house:

            async def refuse(*_: object) -> None:
                raise StoreError("disk full")

            monkeypatch.setattr(house.store, "record", refuse)
            house.tell(_answered(house))
            with pytest.raises(StoreError):
                await house.commit()
            assert house.lost.is_set()
