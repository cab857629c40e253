"""From a commit in the home to a decision at the desk and back, over real brokers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from desk import decisions, intake, silence
from desk import service as service_module
from desk.happened import AlertShown, Decided, LineShown, Presence
from edge.domain import Actor, AlertState, OutboxClass, OutboxEntry, Priority
from edge.uplink import envelope
from edge.uplink.envelope import AckKind, Outcome
from edge.uplink.mqtt import client, line
from tests.desk.living import IDS, TOPICS, Home, Office, until
from tests.support.mosquitto import Mosquitto
from tests.uplink.brokers import Amqtt, engine

pytestmark = pytest.mark.timeout(60)

ANNA = Actor(account="anna", role="nurse")


@pytest.fixture(params=["mosquitto", "amqtt"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mosquitto | Amqtt]:
    """Each of the two engines in turn."""
    with engine(request.param, tmp_path) as started:
        yield started


async def test_an_alert_is_received_taken_and_closed(broker: Mosquitto | Amqtt, tmp_path: Path):
    """Commit, receipt, decision, revision, end: each step seen by the other side."""
    home, office = Home(broker), Office(broker, tmp_path)
    async with office.living(), home.living():
        told = home.alert()
        home.commit(told)
        await until(lambda: not home.store.entries)
        assert [(a.kind, a.alert, a.rev) for a in home.heard] == [(AckKind.RECEIVED, told.id, 1)]
        office.decide(told.id, AckKind.ACCEPTED)
        await until(lambda: len(home.heard) > 1)
        assert (home.heard[1].kind, home.heard[1].actor) == (AckKind.ACCEPTED, ANNA)
        taken = msgspec.structs.replace(
            told, rev=2, state=AlertState.ACKNOWLEDGED, actor=ANNA, changed=home.clock.now()
        )
        home.commit(taken)
        office.decide(told.id, AckKind.CLOSED, Outcome.HELPED)
        await until(lambda: any(a.kind is AckKind.CLOSED for a in home.heard))
        home.commit(
            msgspec.structs.replace(taken, rev=3, state=AlertState.CLOSED, outcome="helped")
        )
        await until(lambda: not home.store.entries)
    told_states = [
        h.envelope.data.alert.state for h in office.happened if isinstance(h, AlertShown)
    ]
    assert told_states == ["raised", "acknowledged", "closed"]
    decided = [(h.kind, h.state) for h in office.happened if isinstance(h, Decided)]
    for kind in (AckKind.ACCEPTED, AckKind.CLOSED):
        assert [s for k, s in decided if k is kind] == ["made", "sent", "shown"]
    assert [r["state"] for r in office.rows("SELECT state FROM decision")] == ["shown", "shown"]


async def test_a_home_appears_and_says_goodbye(broker: Mosquitto | Amqtt, tmp_path: Path):
    """Birth by its first sign of life, an orderly end by its last word."""
    home, office = Home(broker), Office(broker, tmp_path)
    async with office.living():
        async with home.living():
            await until(lambda: _states(office) == ["online"])
        await until(lambda: _states(office) == ["online", "offline"])


async def test_a_lost_receipt_costs_a_repetition_and_no_double_effect(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The first receipt of every message falls through the cracks."""
    real = envelope.receipt
    dropped: set[str] = set()

    def first_is_lost(desk: str, of: object, **more: object) -> bytes:
        body = real(desk, of, **more)  # type: ignore[arg-type]
        if of.id in dropped:  # type: ignore[attr-defined]
            return body
        dropped.add(of.id)  # type: ignore[attr-defined]
        return b"{}"

    monkeypatch.setattr(service_module, "receipt", first_is_lost)
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    async with office.living(), home.living():
        entries = [home.commit(home.alert()) for _ in range(10)]
        await until(lambda: not home.store.entries)
    assert dropped == {entry.id for entry in entries}
    assert home.delivery.status().published >= 20
    assert len(office.rows("SELECT 1 FROM alert_revision")) == 10
    assert home.delivery.status().refused_down == {"schema": 10}


async def test_a_broker_killed_again_and_again_loses_and_doubles_nothing(
    mosquitto: Mosquitto, tmp_path: Path
):
    """200 alerts, the broker dead by SIGKILL three times in between, without persistence."""
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    sent: set[str] = set()
    async with office.living(), home.living():
        await until(lambda: home.path)
        for n in range(200):
            told = home.alert(priority=list(Priority)[n % 3])
            sent.add(told.id)
            home.commit(told)
            if n % 60 == 30:
                await asyncio.sleep(0.02)
                mosquitto.kill()
            if n % 60 == 45:
                mosquitto.start()
            await asyncio.sleep(0.002)
        await until(lambda: not home.store.entries, 30)
    rows = office.rows("SELECT id, rev FROM alert")
    assert {row["id"] for row in rows} == sent
    assert len(office.rows("SELECT 1 FROM alert_revision")) == 200
    assert office.rows("SELECT coalesce(sum(last - first + 1), 0) AS n FROM gap")[0]["n"] == 0
    shown = [h.envelope.data.alert.id for h in office.happened if isinstance(h, AlertShown)]
    assert sorted(shown) == sorted(sent)


async def test_a_line_that_breaks_during_a_commit_costs_the_screen_nothing(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A receipt finds the line dead while the thread commits the next alert, which comes again."""
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    first, second = home.alert(), home.alert()
    committing, go_on = threading.Event(), threading.Event()
    slow_line = asyncio.Event()
    take, publish = intake.take, line.MqttLine.publish

    def slow(*args: Any) -> intake.Taken:
        taken = take(*args)
        if any(isinstance(h, AlertShown) and _alert(h) == second.id for h in taken.happened):
            committing.set()
            assert go_on.wait(10)
        return taken

    async def late(way: line.MqttLine, topic: str, *args: Any, **more: Any) -> None:
        if topic == TOPICS.down:
            await slow_line.wait()
        await publish(way, topic, *args, **more)

    monkeypatch.setattr(intake, "take", slow)
    monkeypatch.setattr(line.MqttLine, "publish", late)
    async with office.living(), home.living():
        home.commit(first)
        await until(lambda: any(isinstance(h, AlertShown) for h in office.happened))
        home.commit(second)
        await until(committing.is_set)
        mosquitto.kill()
        slow_line.set()  # the first one's receipt: the line is seen to be dead
        await asyncio.sleep(0.2)  # the desk cannot tell of it before its commit is over
        go_on.set()
        mosquitto.start()
        await until(lambda: not home.store.entries)
    shown = [_alert(h) for h in office.happened if isinstance(h, AlertShown)]
    assert shown == [first.id, second.id]


async def test_a_frozen_broker_is_left_within_seconds_and_met_again(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A publish without a verdict breaks the line; the alert arrives once the broker thaws."""
    monkeypatch.setattr(client, "VERDICT_S", 1.0)
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    async with office.living(), home.living():
        await until(lambda: home.path == [True])
        mosquitto.freeze()
        home.commit(home.alert())
        await until(lambda: home.path == [True, False], 5)
        mosquitto.cont()
        # The receipt may come with the session, before the line is told to be up: wait for both.
        await until(lambda: not home.store.entries and home.path == [True, False, True])
    assert len(office.rows("SELECT 1 FROM alert")) == 1


async def test_a_broker_that_comes_late_finds_everything_waiting(
    mosquitto: Mosquitto, tmp_path: Path
):
    """Neither side gives up; the newest critical one is the first to arrive."""
    mosquitto.stop()
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    async with office.living(), home.living():
        for _ in range(30):
            home.commit(home.alert(priority=Priority.NORMAL))
        last = home.alert()
        home.commit(last)
        await until(lambda: home.path == [False])
        mosquitto.start()
        await until(lambda: not home.store.entries)
    shown = [h.envelope.data.alert.id for h in office.happened if isinstance(h, AlertShown)]
    assert len(shown) == 31
    assert shown[0] == last.id
    assert [h.up for h in office.happened if isinstance(h, LineShown)] == [False, True]


async def test_a_decision_made_while_the_desk_is_down_is_carried_later(
    mosquitto: Mosquitto, tmp_path: Path
):
    """The command writes it down; the next run of the desk brings it to the home."""
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    async with home.living():
        async with office.living():
            told = home.alert()
            home.commit(told)
            await until(lambda: not home.store.entries)
        office.decide(told.id, AckKind.ACCEPTED)
        await asyncio.sleep(0.1)
        assert len(home.heard) == 1
        async with office.living():
            await until(lambda: len(home.heard) > 1)
    assert home.heard[1].kind is AckKind.ACCEPTED


async def test_what_the_desk_refuses_is_parked_and_said(mosquitto: Mosquitto, tmp_path: Path):
    """A message that no desk can read is not repeated for ever, and stays owed."""
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    at = home.clock.now()
    id_ = IDS.uuid7(at)
    broken = OutboxEntry(
        sequence=1,
        id=id_,
        cls=OutboxClass.ALERT,
        priority=Priority.HIGH,
        body=b'{"id": "%s", "data": 7}' % id_.encode(),
        created_ms=at.wall_ms,
    )
    with capture_logs() as logs:
        async with office.living(), home.living():
            home.store.entries[broken.id] = broken
            home.store.refusals_most = 1  # four repetitions take 45 s
            home.delivery.wake([broken])
            await until(lambda: home.heard and home.store.parked)
    (ack,) = home.heard
    assert (ack.kind, ack.of) == (AckKind.REJECTED, broken.id)
    assert list(home.store.parked) == [broken.id]
    assert "outbox_entry_parked" in [log["event"] for log in logs]
    (refusal,) = office.rows("SELECT gateway, reason, count FROM refusal")
    assert tuple(refusal) == ("gw-0001", "schema", 1)


async def test_a_silent_home_is_told_once_and_its_return_too(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A fault of the installation, not a word about the resident."""
    monkeypatch.setattr(silence, "LOST_AFTER_MS", 300)
    monkeypatch.setattr(service_module, "VIGIL_EVERY_MS", 20)
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    async with office.living(), home.living():
        await until(lambda: _states(office) == ["online", "lost"], 5)
        home.commit(home.alert())
        await until(lambda: _states(office)[:3] == ["online", "lost", "back"], 5)


async def test_a_decision_that_is_given_up_is_shown(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever decided learns that no home has confirmed it."""
    monkeypatch.setattr(service_module, "VIGIL_EVERY_MS", 20)
    home, office = Home(mosquitto), Office(mosquitto, tmp_path)
    async with office.living():
        async with home.living():
            told = home.alert()
            home.commit(told)
            await until(lambda: not home.store.entries)
        office.decide(told.id, AckKind.ACCEPTED)
        monkeypatch.setattr(decisions, "EXPIRE_MS", -1)
        await until(lambda: "expired" in [h.state for h in _decided(office)], 5)
    (given_up,) = [h for h in _decided(office) if h.state == "expired"]
    assert (given_up.alert, given_up.account, given_up.gateway) == (told.id, "anna", "gw-0001")


def _decided(office: Office) -> list[Decided]:
    return [h for h in office.happened if isinstance(h, Decided)]


def _alert(shown: AlertShown) -> str:
    return shown.envelope.data.alert.id


def _states(office: Office) -> list[str]:
    return [h.state for h in office.happened if isinstance(h, Presence)]
