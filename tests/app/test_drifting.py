"""Drift over weeks of a real store: a judgement a week, from what assessments keep."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from edge.app.drifting import Drifting, read
from edge.app.house import House
from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.app.working.gathered import work_now
from edge.domain import Hazard, Visit, VisitKind, WorkLine
from edge.errors import StoreError
from edge.events import Assessed, Tick
from edge.locale import LANGUAGES
from edge.paper.work import line_text
from edge.risk.daily.table import FEATURES
from edge.store import drift
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock

DAY_MS = 86_400_000
ROOT = Path(__file__).resolve().parents[2]


def training() -> dict[str, list[float]]:
    folder = ROOT / "models/daily-change/1.0.0"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return {feature["name"]: feature["deciles"] for feature in manifest["features"]}


async def lived(house: House, clock: FakeClock, days: int, *, shift: float = 0.0) -> None:
    """Days whose features are drawn as training had them, `shift` higher."""
    cuts, draw = training(), random.Random(7)
    drifting = Drifting(house)
    for _ in range(days):
        clock.pass_time(DAY_MS)
        day = (date(1970, 1, 1) + timedelta(clock.now().wall_ms // DAY_MS)).isoformat()
        features: dict[str, float | None] = {
            f.name: draw.choice([*cuts[f.name], cuts[f.name][-1] + 1]) + shift for f in FEATURES
        }
        house.tell(
            Assessed(
                hazard=Hazard.WELLBEING,
                index=2.0 + draw.random(),
                reasons=(),
                model="daily-change/1.0.0",
                manifest="0" * 64,
                features=features,
                day=day,
            )
        )
        await house.keep()
        await drifting.look(day)


async def test_a_week_is_judged_once_and_told(tmp_path: Path, clock: FakeClock) -> None:
    """Not known, then as in training: one row a week, in `status` and in `why --drift`."""
    async with house_in(tmp_path, clock) as house:
        await lived(house, clock, 70)
        weeks = await house.store.look(drift.last, 52)
        assert len(weeks) == 10
        assert [w.state for w in weeks[-6:]] == ["unknown"] * 6
        assert weeks[0].state == "steady"
        assert read(weeks[0]).days == 56
        service = Service(house, Timeline())
        told = (await service.status({}, PEER))["drift"]
        assert told == {
            "model": "daily-change/1.0.0",
            "state": "steady",
            "first_day": weeks[0].first_day,
            "last_day": weeks[0].last_day,
            "days": 56,
            "median_psi": told["median_psi"],
            "moved": 0,
            "mean": told["mean"],
        }
        assert told["mean"]["known"]
        assert not told["mean"]["moved"]
        shown = await service.handlers()["why_drift"]({}, PEER)
        assert [w["state"] for w in shown["weeks"]] == [w.state for w in weeks]
        assert set(shown["psi"]) <= {f.name for f in FEATURES}


async def test_a_home_that_moved_is_seen_and_raises_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Everything two spreads higher for eight weeks: a state for the next visit, no alert."""
    async with house_in(tmp_path, clock) as house:
        await lived(house, clock, 57, shift=2.0)
        (newest,) = await house.store.look(drift.last)
        assert newest.state == "act"
        assert read(newest).moved > 20
        assert house.keeper.home.alerts == {}
    async with house_in(tmp_path, clock) as house:
        assert await house.store.look(drift.last) == [newest]


async def test_a_disk_that_refuses_it_leaves_the_rest_of_status(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read lately is told; any other fault of the store is not swallowed."""
    async with house_in(tmp_path, clock) as house:
        service, look = Service(house, Timeline()), house.store.look
        error = StoreError("cannot read: database disk image is malformed", "corrupt")

        async def refused(read: object, *args: object, **more: object) -> object:
            if read is drift.last:
                raise error
            return await look(read, *args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(house.store, "look", refused)
        told = await service.status({}, PEER)
        assert told["drift"] is None
        assert told["levels"]["fire"] == "grey"
        error = StoreError("cannot read: a stored record is broken")
        with pytest.raises(StoreError):
            await service.status({}, PEER)


async def asked_at_the_visit(house: House) -> list[WorkLine]:
    return [line for line in (await work_now(house)).lines if line.code == "model_drift"]


async def test_what_moved_is_asked_at_the_next_visit_and_only_there(
    tmp_path: Path, clock: FakeClock
) -> None:
    """One line until a physical visit is over; not again while the same drift goes on."""
    async with house_in(tmp_path, clock) as house:
        await lived(house, clock, 42, shift=2.0)
        assert await asked_at_the_visit(house) == []
        await lived(house, clock, 15, shift=2.0)
        (newest,) = await house.store.look(drift.last)
        (line,) = await asked_at_the_visit(house)
        assert str(line.params["day"]) <= newest.last_day
        row = {"group": "ask", "code": line.code, "params": line.params}
        for lang in LANGUAGES:
            assert str(line.params["day"]) in line_text(row, {}, lang)
        from_ms = clock.now().wall_ms + 60_000
        for kind, minutes in ((VisitKind.REMOTE, 5), (VisitKind.PHYSICAL, 30)):
            until_ms = from_ms + minutes * 60_000
            house.tell(Visit(kind=kind, role="nurse", from_ms=from_ms, until_ms=until_ms))
        await house.keep()
        clock.pass_time(20 * 60_000)
        house.tell(Tick())
        assert await asked_at_the_visit(house) == [line]
        clock.pass_time(20 * 60_000)
        house.tell(Tick())
        assert await asked_at_the_visit(house) == []
        await lived(house, clock, 7, shift=2.0)
        assert (await house.store.look(drift.last))[0].state == "act"
        assert await asked_at_the_visit(house) == []


async def test_a_visit_that_was_put_off_has_asked_nobody(tmp_path: Path, clock: FakeClock) -> None:
    """Told again by its name with another time, it is to come."""
    async with house_in(tmp_path, clock) as house:
        await lived(house, clock, 57, shift=2.0)
        at_ms = clock.now().wall_ms
        for start_ms in (at_ms + 60_000, at_ms + DAY_MS):
            house.tell(
                Visit(
                    kind=VisitKind.PHYSICAL,
                    role="nurse",
                    from_ms=start_ms,
                    until_ms=start_ms + 60_000,
                    ref="v-1",
                )
            )
        await house.keep()
        clock.pass_time(3_600_000)
        house.tell(Tick())
        assert len(await asked_at_the_visit(house)) == 1
