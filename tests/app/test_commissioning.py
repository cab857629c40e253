"""Commissioning beside a real database: each check is kept at once, and nothing is made better."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from edge.app.commissioning import box, firing, mains, roundtrip, supply
from edge.app.commissioning.service import Commissioning
from edge.app.house import House
from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.commissioning.record import Check, StepName, Verdict
from edge.domain import (
    Actor,
    AlertState,
    Decision,
    Instant,
    OutboxClass,
    Person,
    PersonKind,
    Quality,
    Question,
    Sync,
)
from edge.errors import ControlError, StoreError
from edge.events import Acknowledgement, Receipt
from edge.kinds import observation
from edge.store import commissionings
from edge.store.migrations import MIGRATIONS
from edge.store.names import Names
from tests.app.homes import PEER, house_in
from tests.app.test_device_trial import enrol
from tests.support.clock import FakeClock

Row = dict[str, Any]
BY = {"by": "Asta"}


class Line:
    """What the gateway knows of its line; a test says how it is."""

    def __init__(self, *, up: bool = True, receipts: int = 1) -> None:
        self.up = up
        self.receipts = receipts

    def __call__(self) -> Row:
        return {"up": self.up, "detail": "", "receipts": self.receipts, "verdict_ms": 3}


def service_of(house: House, line: Line | None = None) -> Commissioning:
    timeline = Timeline()
    house.after_commit.append(lambda batch: timeline.committed(batch, house.clock.now()))
    one = Service(house, timeline).commissioning
    one.ports.path = line or Line()
    return one


async def rows_of(stream: AsyncGenerator[Row, None]) -> list[Row]:
    return [row async for row in stream]


async def verdicts(one: Commissioning) -> dict[str, str | None]:
    run = (await one.state({}, PEER))["run"]
    return {step["name"]: step["verdict"] for step in run["steps"]}


async def finished(one: Commissioning, *names: str) -> Row:
    found: Row = {}
    for name in names:
        found = await one.conduct.finish({"step": name}, PEER)
    return found


# -- the course -------------------------------------------------------------------------------


async def test_a_run_goes_on_after_the_gateway_was_killed(tmp_path: Path, clock: FakeClock) -> None:
    """What was finished stands in the database; the next process goes on behind it."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        begun = await one.conduct.begin(BY, PEER)
        await finished(one, "claim")
        await one.conduct.skip({"step": "tags", "reason": "nobody wears one", **BY}, PEER)
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        again = await one.conduct.begin({"by": "Somebody Else"}, PEER)
        assert again["run"]["id"] == begun["run"]["id"]
        assert again["run"]["by"] == "Asta"
        found = await verdicts(one)
        assert (found["claim"], found["tags"], found["box"]) == ("open", "skipped", None)
        assert again["run"]["next"] == "box"
        new = await one.conduct.begin({**BY, "new": True}, PEER)
        assert new["run"]["id"] != begun["run"]["id"]
        assert new["run"]["reason"] == "again"


REFUSED: tuple[tuple[str, Row, str], ...] = (
    ("begin", {"by": ""}, "by is missing"),
    ("begin", {"by": "a\nb"}, "control character"),
    ("begin", {"by": "x" * 61}, "longer than 60"),
    ("skip", {"step": "mains", "by": "a"}, "reason is missing"),
    ("skip", {"step": "cellar", "by": "a", "reason": "r"}, "no step 'cellar'"),
    ("finish", {"step": None}, "no step 'None'"),
    ("finish", {"step": "claim", "hands_on_ms": -1}, "hands_on_ms"),
    ("again", {"steps": []}, "steps is empty"),
    ("tag", {"device": "nobody"}, "no device 'nobody'"),
)


async def test_what_cannot_be_is_refused_with_the_mend(tmp_path: Path, clock: FakeClock) -> None:
    """And changes nothing."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        before = await verdicts(one)
        for do, args, text in REFUSED:
            with pytest.raises(ControlError, match=text):
                await one.handlers()[f"commission_{do}"](args, PEER)
            assert await verdicts(one) == before, do


async def test_a_step_before_the_begin_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    """There is no run that it could belong to."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        with pytest.raises(ControlError, match="kotivahti commission"):
            await one.conduct.finish({"step": "claim"}, PEER)
        with pytest.raises(ControlError, match="never commissioned"):
            await one.certifier.certificate({}, PEER)


async def fill(one: Commissioning) -> None:
    """Runs until the disk takes no more: pages that are there already are filled first."""
    for n in range(300):
        await one.conduct.skip({"step": "mains", "reason": f"{n}" * 40, **BY}, PEER)
        await one.conduct.begin({**BY, "new": True}, PEER)


async def test_a_full_disk_in_the_middle_is_told_and_gone_on_from(
    tmp_path: Path, clock: FakeClock
) -> None:
    """SQLite's own refusal: the sentence names file and mend, the run is as it was before."""

    def pages(connection: sqlite3.Connection, _: object, most: int) -> int:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {now + most}")
        return int(now)

    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        await house.store.look(pages, 0)
        with pytest.raises(StoreError, match=r"home\.db: .*full; free space on this disk"):
            await fill(one)
        before = await verdicts(one)
        await house.store.look(pages, 1_000)
        assert await verdicts(one) == before
        await one.conduct.skip({"step": "claim", "reason": "later", **BY}, PEER)
        assert (await verdicts(one))["claim"] == "skipped"


async def test_the_gateway_outlives_a_full_disk_while_it_completes(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that cannot be stored now is stored at a later look."""
    async with house_in(tmp_path, clock) as house:
        line = Line(receipts=0)
        one = service_of(house, line)
        await one.conduct.begin(BY, PEER)
        await rows_of(one.look_at_box({}, PEER))
        assert (await verdicts(one))["box"] == "open"
        line.receipts = 1
        kept = commissionings.keep

        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr("edge.store.commissionings.keep", full)
        task = asyncio.create_task(one.completion.run(lambda: None))
        try:
            await clock.advance(5_000)
            assert not task.done()
            monkeypatch.setattr("edge.store.commissionings.keep", kept)
            for _ in range(20):
                await clock.advance(2_000)
                await asyncio.sleep(0.01)
            assert (await verdicts(one))["box"] == "passed"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


# -- the box ----------------------------------------------------------------------------------


async def test_the_box_says_what_it_is_worth(tmp_path: Path, clock: FakeClock) -> None:
    """Every part has its line; the last of them ends the step."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        rows = {row["name"]: row for row in await rows_of(one.look_at_box({}, PEER))}
        assert list(rows) == ["clock", "radio", "disk", "database", "broker", "desk", "power"]
        assert rows["radio"]["why"] == "no_radio"
        assert rows["disk"]["measures"]["free"] > 0
        assert rows["database"]["measures"]["schema"] == len(MIGRATIONS)
        assert (await one.state({}, PEER))["run"]["next"] == "claim"


@pytest.mark.parametrize(
    "sync, verdict, why",
    [
        (Sync.NTP, Verdict.PASSED, ""),
        (Sync.HOLDOVER, Verdict.OPEN, "sync_lost"),
        (Sync.NONE, Verdict.OPEN, "no_sync"),
    ],
)
async def test_a_clock_that_is_not_synchronised_is_open(
    tmp_path: Path, clock: FakeClock, sync: Sync, verdict: Verdict, why: str
) -> None:
    """It may become so by itself, and the gateway completes it."""
    async with house_in(tmp_path, clock) as house:
        clock.sync = sync
        found = box.clock(house)
        assert (found.verdict, found.why) == (verdict, why)


@pytest.mark.parametrize("adverts, verdict", [(0, Verdict.FAILED), (7, Verdict.PASSED)])
async def test_a_radio_that_hears_nobody_fails(adverts: int, verdict: Verdict) -> None:
    """A flat is never that quiet."""
    heard = iter([0, *[adverts] * 1_000])
    found = await box.radio(box.Ports(adverts=lambda: next(heard)), within_s=0.3)
    assert found.verdict is verdict


async def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    """Folder and cause; nothing of the probe stays behind."""
    found = await box.disk(tmp_path / "gone")
    assert (found.verdict, found.why) == (Verdict.FAILED, "disk_refused")
    assert "gone" in found.text
    assert (await box.disk(tmp_path)).verdict is Verdict.PASSED
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_fails_before_anything_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Less room than a month without a line needs."""
    monkeypatch.setattr("edge.app.commissioning.box.FREE_MIN_BYTES", 1 << 62)
    assert (await box.disk(tmp_path)).why == "disk_full"


async def test_satellites_and_lines_are_looked_at(tmp_path: Path, clock: FakeClock) -> None:
    """Each by its name; a silent one fails, and so does a shut port."""
    more = '[ingest]\n[[ingest.satellite]]\nid = "up"\n[[ingest.satellite]]\nid = "down"\n'
    async with house_in(tmp_path, clock, more) as house:
        one = service_of(house)
        counts = {"up": {"records": 4, "starts": 1}, "down": {"records": 0, "starts": 0}}
        one.ports.satellites = lambda: counts
        one.ports.lines = lambda: {"robot-1": True, "meal-1": False}
        await one.conduct.begin(BY, PEER)
        rows = await rows_of(one.look_at_box({}, PEER))
        found = {row["subject"]: row["verdict"] for row in rows if row["subject"]}
        assert found == {"up": "passed", "down": "failed", "robot-1": "passed", "meal-1": "failed"}
        assert (await verdicts(one))["box"] == "failed"


# -- devices ----------------------------------------------------------------------------------


async def fired(one: Commissioning, house: House, *seen: Any) -> list[Row]:
    """The stream of the device "thing", with these observations after its "ask"."""
    stream = one.fire({"device": "thing", "seconds": 5}, PEER)
    rows = []
    async for row in stream:
        rows.append(row)
        if row["step"] == "ask":
            for observed in seen:
                house.hear(observed)
            await house.commit()
    return rows


async def test_a_door_that_opens_is_passed_and_not_asked_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Its check is in the database when its row comes."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "door")
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        rows = await fired(one, house, observation("thing", "door", value=True, at=clock.now()))
        assert (rows[-1]["step"], rows[-1]["verdict"]) == ("check", "passed")
        kept = await house.store.look(commissionings.newest)
        assert kept is not None
        assert kept.step(StepName.DEVICES).checks[0].subject == "thing"
        (row,) = (await one.state({}, PEER))["devices"]
        assert row["verdict"] == "passed"


async def test_who_fires_by_themselves_is_not_asked(tmp_path: Path, clock: FakeClock) -> None:
    """The installer walked past the sensor: it has fired. A word of before the run is none."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "motion")
        one = service_of(house)
        house.hear(observation("thing", "motion", value=True, at=clock.now()))
        await clock.advance(1_000)
        await one.conduct.begin(BY, PEER)
        assert (await one.state({}, PEER))["devices"][0]["how"] == "ask"
        house.hear(observation("thing", "motion", value=True, at=clock.now()))
        assert (await one.state({}, PEER))["devices"][0]["how"] == "fired"
        rows = await rows_of(one.fire({"device": "thing"}, PEER))
        assert [row["step"] for row in rows] == ["check"]
        assert rows[0]["verdict"] == "passed"


async def test_a_doubtful_word_fires_nothing_by_itself(tmp_path: Path, clock: FakeClock) -> None:
    """Anybody near the home can send in its name."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "motion")
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        house.hear(
            observation(
                "thing", "motion", value=True, at=clock.now(), quality=Quality.POSSIBLE_REPLAY
            )
        )
        assert (await one.state({}, PEER))["devices"][0]["how"] == "ask"


async def test_a_tag_for_the_air_is_heard_and_not_fired(tmp_path: Path, clock: FakeClock) -> None:
    """Nobody is asked; one that is not heard fails."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "climate", "ruuvitag")
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        silent = await rows_of(one.fire({"device": "thing", "seconds": 0.05}, PEER))
        assert (silent[-1]["verdict"], silent[-1]["why"]) == ("failed", "not_heard")
        house.hear(observation("thing", "temperature", 21.0, clock.now()))
        rows = await rows_of(one.fire({"device": "thing", "seconds": 0.05}, PEER))
        assert (rows[-1]["verdict"], rows[-1]["why"]) == ("passed", "heard_only")


async def test_a_silent_device_fails_and_can_be_left_out(tmp_path: Path, clock: FakeClock) -> None:
    """With the reason of who left it out; the step is then no passed one."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "door")
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        rows = await rows_of(one.fire({"device": "thing", "seconds": 0.05}, PEER))
        assert (rows[-1]["verdict"], rows[-1]["why"]) == ("failed", "not_heard")
        await finished(one, "devices")
        assert (await verdicts(one))["devices"] == "failed"
        await one.conduct.again({"steps": ["devices"]}, PEER)
        await one.conduct.skip(
            {"step": "devices", "device": "thing", "reason": "no hinge", **BY}, PEER
        )
        await finished(one, "devices")
        assert (await verdicts(one))["devices"] == "skipped"


async def test_devices_that_nobody_tried_are_open(tmp_path: Path, clock: FakeClock) -> None:
    """Finishing the step makes nothing passed; a home without devices is no passed one either."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        await finished(one, "devices")
        assert (await verdicts(one))["devices"] == "open"
        await enrol(house, "door")
        await one.conduct.again({"steps": ["devices"]}, PEER)
        await finished(one, "devices")
        run = (await one.state({}, PEER))["run"]
        (check,) = run["steps"][2]["checks"]
        assert (check["subject"], check["why"]) == ("thing", "not_tested")


async def test_without_a_line_a_button_fires_and_its_receipt_is_waited_for(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Nobody stands there for a minute; the receipt completes it, with its time."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "help_button")
        one = service_of(house, Line(up=False))
        await one.conduct.begin(BY, PEER)
        rows = await fired(one, house, observation("thing", "button", "press", clock.now()))
        assert (rows[-1]["verdict"], rows[-1]["why"]) == ("open", "no_receipt")
        await finished(one, "devices")
        await one.completion.look()
        assert (await verdicts(one))["devices"] == "open"
        await clock.advance(90_000)
        await received(house)
        await one.completion.look()
        assert (await verdicts(one))["devices"] == "passed"
        run = (await one.state({}, PEER))["run"]
        assert run["steps"][2]["checks"][0]["measures"]["received_ms"] == 90_000


async def received(house: House) -> None:
    """The desk confirms everything that is owed."""
    owed = [e.id for e in await house.store.owed(100) if e.cls is OutboxClass.ALERT]
    assert owed
    await house.store.mark_received(owed, house.clock.now())
    for alert in house.keeper.home.alerts.values():
        house.tell(Receipt(alert=alert.id, rev=alert.rev))


# -- there and back ---------------------------------------------------------------------------


async def taken(house: House, by: str = "anna") -> None:
    """A named person accepts every open alert."""
    for alert in list(house.keeper.home.alerts.values()):
        actor = Actor(account=by, role="nurse")
        house.tell(Acknowledgement(alert=alert.id, kind="accepted", actor=actor, message=by))
    await house.commit()


async def pressed(one: Commissioning, house: House) -> list[Row]:
    rows = []
    async for row in one.alarm({"device": "thing", "seconds": 5}, PEER):
        rows.append(row)
        if row["step"] == "ask":
            house.hear(observation("thing", "button", "press", house.clock.now()))
            await house.commit()
    return rows


async def test_an_alarm_comes_back_a_day_later(tmp_path: Path, clock: FakeClock) -> None:
    """Offline and over a restart: the receipt and the person complete it, with their times."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "help_button")
        one = service_of(house, Line(up=False))
        await one.conduct.begin(BY, PEER)
        rows = await pressed(one, house)
        assert (rows[-1]["verdict"], rows[-1]["why"]) == ("open", "no_receipt")
        await finished(one, "alarm")
        await clock.advance(60_000)
        await received(house)
        await one.completion.look()
        run = (await one.state({}, PEER))["run"]
        (check,) = run["steps"][5]["checks"]
        assert (check["verdict"], check["why"]) == ("open", "not_taken")
        assert check["measures"]["received_ms"] == 60_000
    await clock.advance(86_400_000)
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await taken(house)
        await one.completion.look()
        found = await one.certifier.certificate({}, PEER)
        assert found["alarm"]["verdict"] == "passed"
        assert found["alarm"]["by"] == "anna"
        assert found["alarm"]["acknowledged_ms"] == 86_460_000
        assert found["alarm"]["received_ms"] == 60_000


async def test_who_took_the_alert_before_the_press_took_nothing(
    tmp_path: Path, clock: FakeClock
) -> None:
    """A hold from an earlier test is no answer to this call, and neither is its repetition."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "help_button")
        one = service_of(house, Line(up=False))
        await one.conduct.begin(BY, PEER)
        house.hear(observation("thing", "button", "press", clock.now()))
        await house.commit()
        await taken(house)
        await clock.advance(5_000)
        await pressed(one, house)
        await received(house)
        await one.completion.look()
        run = (await one.state({}, PEER))["run"]
        assert run["steps"][5]["checks"][0]["why"] == "not_taken"
        await clock.advance(5_000)
        await taken(house, "eeva")
        await one.completion.look()
        run = (await one.state({}, PEER))["run"]
        (check,) = run["steps"][5]["checks"]
        assert (check["verdict"], check["by"]) == ("passed", "eeva")
        assert check["measures"]["acknowledged_ms"] == 5_000


async def test_the_best_thing_to_call_with_is_a_button(tmp_path: Path, clock: FakeClock) -> None:
    """Before a smoke alarm, whose alert says 112; a thermometer calls nobody."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        assert (await one.state({}, PEER))["best"] is None
        await finished(one, "alarm")
        assert (await verdicts(one))["alarm"] == "failed"
        await enrol(house, "smoke_alarm")
        assert (await one.state({}, PEER))["best"] == "thing"
        row = {"id": "a-button", "driver": "bthome", "role": "help_button", "address": ADDRESS_2}
        await one._devices.enrol({"devices": [{"row": row}]}, PEER)
        assert (await one.state({}, PEER))["best"] == "a-button"
        row = {"id": "air", "driver": "ruuvitag", "role": "climate", "address": ADDRESS_3}
        await one._devices.enrol({"devices": [{"row": row}]}, PEER)
        with pytest.raises(ControlError, match="calls nobody"):
            await rows_of(one.alarm({"device": "air"}, PEER))


ADDRESS_2 = "54:48:E6:8F:80:A6"
ADDRESS_3 = "54:48:E6:8F:80:A7"


def test_a_smoke_alarm_that_still_sounds_is_followed_from_its_trial() -> None:
    """The states of an alert that count as taken are those of a person."""
    assert {AlertState.ACKNOWLEDGED, AlertState.CLOSED} == set(roundtrip._TAKEN)
    assert firing.CALL == roundtrip.CHECK


# -- tags -------------------------------------------------------------------------------------


async def bound(one: Commissioning, first: str, again: str, how: str = "pressed") -> Row:
    args = {"device": "thing", "person": first, "again": again, "how": how}
    return await one.tag(args, PEER)


async def test_a_tag_is_somebodys_when_both_answers_and_the_hand_agree(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Only then the person is put in force; two answers bind nobody."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "tag", "bthome")
        house.tell(Person(id="aino", kind=PersonKind.RESIDENT, by="x"))
        house.tell(Person(id="eino", kind=PersonKind.RESIDENT, by="x"))
        await house.commit()
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        assert [p["id"] for p in (await one.state({}, PEER))["persons"]] == ["aino", "eino"]
        row = await bound(one, "aino", "eino")
        assert (row["verdict"], row["why"]) == ("failed", "two_answers")
        assert house.devices["thing"].person is None
        row = await bound(one, "aino", "aino", how="")
        assert (row["verdict"], row["why"]) == ("open", "not_proved")
        row = await bound(one, "aino", "aino")
        assert (row["verdict"], row["by"]) == ("passed", "aino")
        assert house.devices["thing"].person == "aino"


async def test_the_hand_is_proved_by_what_the_tag_says(tmp_path: Path, clock: FakeClock) -> None:
    """A press or a movement is one; a beacon from far away is none."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "tag", "bthome")
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        rows = []
        async for row in one.worn({"device": "thing", "seconds": 5}, PEER):
            rows.append(row)
            if row["step"] == "ask":
                house.hear(observation("thing", "battery", 90, clock.now()))
                house.hear(observation("thing", "button", "press", clock.now()))
        assert [(r["step"], r.get("how")) for r in rows] == [("ask", None), ("heard", "pressed")]
        rows = await rows_of(one.worn({"device": "thing", "seconds": 0.05}, PEER))
        assert (rows[-1]["step"], rows[-1]["why"]) == ("result", "not_heard")


# -- rooms, recovery --------------------------------------------------------------------------


async def test_rooms_are_walked_only_where_it_was_decided(tmp_path: Path, clock: FakeClock) -> None:
    """A decision that ran out is none; without the locator an agreed home is open."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        await finished(one, "rooms")
        assert (await verdicts(one))["rooms"] == "not_applicable"
        for review_by, decided in (("2026-03-01", False), ("2026-03-02", True)):
            house.tell(
                Decision(
                    question=Question.LOCATION,
                    basis="agreed with the resident",
                    decided_by="anna",
                    role="nurse",
                    review_by=review_by,
                    by="x",
                )
            )
            assert (await one.state({}, PEER))["location"] is decided
        await one.conduct.again({"steps": ["rooms"]}, PEER)
        await finished(one, "rooms")
        assert (await verdicts(one))["rooms"] == "open"


async def test_a_room_is_walked_through_the_locators_own_stream(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Its rows are handed on, its windows are measured, its refusal is the room's failure."""

    async def walk(args: Row, _: object) -> AsyncGenerator[Row, None]:
        if args["room"] == "kitchen":
            raise ControlError("nobody wears a tag")
        assert args["by"] == "Asta"
        yield {"left_s": 1.0, "windows": 3, "enough": False}
        yield {"left_s": 0.5, "windows": 12, "enough": args["room"] == "hall"}

    async def fit(args: Row, _: object) -> AsyncGenerator[Row, None]:
        yield {"done": False}
        yield {"done": True, "fit": {"expected": {"share_right": 0.934}}}

    async with house_in(tmp_path, clock) as house:
        await enrol(house, "door")
        rooms = [{"row": {"id": "thing", "room": "kitchen"}}]
        one = service_of(house)
        await one._devices.enrol({"devices": rooms, "merge": True}, PEER)
        row = {"id": "b", "driver": "bthome", "role": "door", "address": ADDRESS_2, "room": "hall"}
        await one._devices.enrol({"devices": [{"row": row}]}, PEER)
        streams: Mapping[str, Any] = {"locator_walk": walk, "locator_fit": fit}
        one.others.streams = streams
        await one.conduct.begin(BY, PEER)
        rows = await rows_of(one.walk({"room": "hall"}, PEER))
        assert rows[-1]["measures"] == {"windows": 12}
        assert rows[-1]["verdict"] == "passed"
        rows = await rows_of(one.walk({"room": "kitchen"}, PEER))
        assert (rows[-1]["verdict"], rows[-1]["text"]) == ("failed", "nobody wears a tag")
        await one._devices.enrol(
            {"devices": [{"row": {"id": "b", "room": "bath"}}], "merge": True}, PEER
        )
        rows = await rows_of(one.walk({"room": "bath"}, PEER))
        assert (rows[-1]["verdict"], rows[-1]["why"]) == ("open", "walk_short")
        rows = await rows_of(one.fit({}, PEER))
        assert (rows[-1]["verdict"], rows[-1]["measures"]) == ("passed", {"share_right": 93})
        with pytest.raises(ControlError, match="no room 'attic'"):
            await rows_of(one.walk({"room": "attic"}, PEER))


async def test_without_other_parts_their_steps_are_open(tmp_path: Path, clock: FakeClock) -> None:
    """A gateway that cannot claim or keep a profile says so, and nothing is passed by it."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        one.others.handlers = {}
        await one.conduct.begin(BY, PEER)
        with pytest.raises(ControlError, match="no recovery code"):
            await one.recovery(BY, PEER)
        await finished(one, "claim", "recovery")
        found = await verdicts(one)
        assert (found["claim"], found["recovery"]) == ("open", "open")
        assert (await one.certifier.certificate({}, PEER))["home"]["state"] == "none"


async def test_the_recovery_code_is_handed_over_and_not_kept(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The certificate says that it was written down, and when; the code is nowhere."""
    code = "7QF3-KXYZ-SECRET"

    async def make(_: Row, __: object) -> Row:
        return {"code": code}

    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        one.others.handlers = {**one.others.handlers, "profile_key_make": make}
        await one.conduct.begin(BY, PEER)
        assert (await one.recovery(BY, PEER))["code"] == code
        assert (await one.handed_over({"ok": True, "hands_on_ms": 9_000}, PEER))[
            "verdict"
        ] == "passed"
        await finished(one, "recovery")
        assert code not in str(await one.certifier.certificate({}, PEER))
    assert code.encode() not in b"".join(p.read_bytes() for p in tmp_path.glob("home.db*"))


# -- mains ------------------------------------------------------------------------------------


def plug(root: Path, *, online: int, capacity: int = 90, battery: str = "Battery") -> None:
    """A folder as the kernel shows a plug and a battery."""
    files = {
        "AC": {"type": "Mains", "online": str(online)},
        "BAT0": {
            "type": battery, "present": "1", "capacity": str(capacity),
            "status": "Charging" if online else "Discharging",
        },
        "mouse": {"type": "Battery", "scope": "Device", "status": "Discharging", "capacity": "3"},
    }  # fmt: skip
    for name, attributes in files.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for attribute, text in attributes.items():
            (root / name / attribute).write_text(text + "\n", encoding="ascii")


def test_what_the_kernel_says_of_the_mains(tmp_path: Path) -> None:
    """The battery of a mouse is none of the box; no folder is a box without a battery."""
    assert supply.look(tmp_path / "none") == supply.Supply()
    plug(tmp_path, online=1)
    assert supply.look(tmp_path) == supply.Supply(battery=True, mains=True, capacity=90)
    plug(tmp_path, online=0, capacity=88)
    assert supply.look(tmp_path) == supply.Supply(battery=True, mains=False, capacity=88)
    (tmp_path / "AC" / "online").unlink()
    assert supply.look(tmp_path).mains is False  # the battery says that it discharges
    (tmp_path / "BAT0" / "status").write_text("Unknown\n", encoding="ascii")
    assert supply.look(tmp_path) == supply.Supply(battery=True, mains=None, capacity=88)


async def test_mains_are_pulled_and_put_back(tmp_path: Path) -> None:
    """Each stage is told; how long it held is measured."""
    plug(tmp_path, online=1)
    rows: list[Any] = []
    async for row in mains.stream(tmp_path, 5.0, hold_s=0.1):
        rows.append(row)
        if isinstance(row, dict) and row["step"] in ("pull", "restore"):
            plug(tmp_path, online=int(row["step"] == "restore"), capacity=89)
    assert [r["step"] for r in rows[:-1] if r["step"] not in ("wait", "hold")] == [
        "pull", "pulled", "restore",
    ]  # fmt: skip
    check = rows[-1]
    assert check.verdict is Verdict.PASSED
    assert check.measured("capacity_before") == 90


@pytest.mark.parametrize(
    "online, after, why", [(1, 1, "not_pulled"), (1, 0, "not_restored")], ids=["never", "for-good"]
)
async def test_mains_that_do_not_change_fail(
    tmp_path: Path, online: int, after: int, why: str
) -> None:
    """Nobody pulled, or nobody put it back."""
    plug(tmp_path, online=online)
    last: Any = None
    async for row in mains.stream(tmp_path, 0.1, hold_s=0.01):
        last = row
        plug(tmp_path, online=after)
    assert (last.verdict, last.why) == (Verdict.FAILED, why)


async def test_a_box_that_died_of_the_pull_says_so(tmp_path: Path, clock: FakeClock) -> None:
    """The stage was kept before the plug was pulled; another boot is the proof."""
    root = tmp_path / "supply"
    plug(root, online=1)
    async with house_in(tmp_path, clock) as house:
        house.config = _with_supplies(house, root)
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        stream = one.pull({"seconds": 5}, PEER)
        async for row in stream:
            if row["step"] == "pull":
                break
        await stream.aclose()
    clock.boot = "another-boot"
    async with house_in(tmp_path, clock) as house:
        house.config = _with_supplies(house, root)
        one = service_of(house)
        rows = await rows_of(one.pull({"seconds": 5}, PEER))
        assert (rows[-1]["verdict"], rows[-1]["why"]) == ("failed", "box_died")
        # Asked again, it is tried again.
        await one.conduct.again({"steps": ["mains"]}, PEER)
        again = one.pull({"seconds": 5}, PEER)
        assert (await anext(again))["step"] == "pull"
        await again.aclose()


def _with_supplies(house: House, root: Path) -> Any:
    gateway = replace(house.config.gateway, power_supplies=str(root))
    return replace(house.config, gateway=gateway)


# -- the certificate --------------------------------------------------------------------------


async def test_status_says_whether_the_home_is_commissioned(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Never, not finished, since when; and what changed since."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        assert (await one.certifier.standing_row())["state"] == "never"
        await one.conduct.begin(BY, PEER)
        assert (await one.certifier.standing_row())["state"] == "unfinished"
        for name in StepName:
            await one.conduct.skip({"step": name.value, "reason": "a test", **BY}, PEER)
        found = await one.certifier.standing_row()
        assert (found["state"], found["at"][:10]) == ("commissioned", "2026-03-02")
        await enrol(house, "door")
        found = await one.certifier.standing_row()
        assert found["state"] == "out_of_date"
        assert found["changes"] == [{"what": "device", "before": "", "now": "thing"}]
        # What the gateway completes after the end tests no device that came later.
        await one.ledger.change(lambda run: replace(run, rev=run.rev + 1))
        assert (await one.certifier.standing_row())["state"] == "out_of_date"
    async with house_in(tmp_path, clock, "[rules]\nno_activity_after_s = 7200\n") as house:
        one = service_of(house)
        found = await one.certifier.standing_row()
        assert [c["what"] for c in found["changes"]] == ["settings", "device"]
        begun = await one.conduct.begin(BY, PEER)
        assert begun["run"]["reason"] == "update"
        await one.conduct.skip({"step": "box", "reason": "later", **BY}, PEER)
        await one.conduct.skip({"step": "mains", "reason": "later", **BY}, PEER)
    async with house_in(tmp_path, clock, "[rules]\nno_activity_after_s = 7300\n") as house:
        one = service_of(house)
        again = await one.conduct.begin(BY, PEER)
        assert again["run"]["id"] == begun["run"]["id"]
        assert again["run"]["next"] == "box"
        assert (await verdicts(one))["mains"] == "skipped"


async def test_a_box_that_took_over_is_commissioned_anew(tmp_path: Path, clock: FakeClock) -> None:
    """The certificate of before is out of date, and the new run says why it was made."""

    def take(connection: sqlite3.Connection, names: Names, at: Instant) -> None:
        connection.execute(
            "INSERT INTO predecessor (gateway, store_id, last_message, carried, source, told_by, "
            "taken_boot, taken_boottime_ms, taken_wall_ms, taken_offset_min, taken_sync) "
            "VALUES ('gw-0', 's', 1, 0, 'line', 'x', ?, ?, ?, ?, ?)",
            names.moment(at),
        )

    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        await one.conduct.begin(BY, PEER)
        for name in StepName:
            await one.conduct.skip({"step": name.value, "reason": "a test", **BY}, PEER)
        assert (await one.certifier.standing_row())["state"] == "commissioned"
        await clock.advance(1_000)
        await house.store.change(take, clock.now())
        found = await one.certifier.standing_row()
        assert (found["state"], found["changes"][0]["what"]) == ("out_of_date", "replaced")
        await clock.advance(1_000)
        begun = await one.conduct.begin(BY, PEER)
        assert begun["run"]["reason"] == "replaced"


async def test_an_earlier_certificate_is_found_by_its_id(tmp_path: Path, clock: FakeClock) -> None:
    """The beginning of it is enough where no other begins so."""
    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        first = (await one.conduct.begin(BY, PEER))["run"]["id"]
        second = (await one.conduct.begin({**BY, "new": True}, PEER))["run"]["id"]
        certificate = one.certifier.certificate
        assert (await certificate({}, PEER))["id"] == second
        assert (await certificate({"id": first}, PEER))["id"] == first
        for wrong in ("f" * 12, "short", 7):
            with pytest.raises(ControlError):
                await certificate({"id": wrong}, PEER)


async def test_whose_home_it_is_comes_from_the_claim(tmp_path: Path, clock: FakeClock) -> None:
    """Each state of the claim has its verdict; the answer completes an open one."""
    state = {"state": "waiting", "customer": "", "name": "", "address": "", "reason": ""}

    async def claim_state(_: Row, __: object) -> Row:
        return state

    async with house_in(tmp_path, clock) as house:
        one = service_of(house)
        one.others.handlers = {**one.others.handlers, "claim_state": claim_state}
        await one.conduct.begin(BY, PEER)
        await finished(one, "claim")
        assert (await verdicts(one))["claim"] == "open"
        state |= {"state": "confirmed", "customer": "c-1", "name": "Aino", "address": "Katu 1"}
        await one.completion.look()
        assert (await verdicts(one))["claim"] == "passed"
        assert (await one.certifier.certificate({}, PEER))["home"]["address"] == "Katu 1"
        for claimed, verdict in (("refused", "failed"), ("mismatch", "failed"), ("none", "open")):
            state |= {"state": claimed}
            await one.conduct.again({"steps": ["claim"]}, PEER)
            await finished(one, "claim")
            assert (await verdicts(one))["claim"] == verdict


def test_a_check_knows_its_measures() -> None:
    """What was not measured is None, never nought."""
    assert Check(name="a", verdict=Verdict.OPEN).measured("rssi") is None
