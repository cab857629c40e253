"""The delivery loop under virtual time: what is sent, repeated, settled and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from edge.domain import OutboxClass, OutboxEntry, Priority
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.uplink import envelope
from edge.uplink.deliver import LIFETIME_S, PARKED_RETRY_MS, Delivery, _expires_s
from edge.uplink.envelope import Ack, AckKind, OfPart, Topics
from edge.waking import BEAT_MS
from tests.support.clock import FakeClock, instant
from tests.uplink import samples
from tests.uplink.fakes import FakeLine, MemoryStore
from tests.uplink.samples import NOW, entry, uid


class Bench:
    """One delivery with everything around it faked; `up` and `heard` say what was told."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.store = MemoryStore()
        self.line = FakeLine()
        self.heard: list[Ack] = []
        self.path: list[bool] = []
        self.beats = 0
        self.delivery = Delivery(
            store=self.store,
            connect=self.line.connect,
            clock=clock,
            topics=Topics(gateway="gw-0001"),
            heartbeat=lambda: b"heartbeat",
            on_downlink=self.on_downlink,
            on_path=self.on_path,
            jitter=lambda: 1.0,
        )

    async def on_downlink(self, ack: Ack) -> None:
        self.heard.append(ack)

    async def on_path(self, up: bool, detail: str) -> None:  # noqa: ARG002
        self.path.append(up)

    def beat(self) -> None:
        self.beats += 1

    def commit(self, *entries: OutboxEntry) -> None:
        """Store entries and hand them over, as a commit of the gateway does."""
        self.store.entries |= {one.id: one for one in entries}
        self.delivery.wake(entries)

    def receipt(self, one: OutboxEntry, rejected: str | None = None) -> bytes:
        of = OfPart(source="urn:kotivahti:gateway:gw-0001", id=one.id, alert=uid(0xA1), rev=1)
        return envelope.receipt("area-07", of, id=uid(900), at=NOW, rejected=rejected)

    def alerts(self) -> int:
        return len(self.line.topics(ending="/up/alert"))


@pytest_asyncio.fixture
async def bench(clock: FakeClock) -> AsyncIterator[Bench]:
    """A delivery that runs; it has had its first moment."""
    bench = Bench(clock)
    running = asyncio.create_task(bench.delivery.run(bench.beat))
    await clock.advance(0)
    yield bench
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_connection_begins_with_birth_and_heartbeat(bench: Bench):
    """The desk sees at once that the gateway is back."""
    assert bench.line.published == [
        ("kotivahti/v1/gw-0001/state", envelope.state(online=True, boot=NOW.boot)),
        ("kotivahti/v1/gw-0001/up/hb", b"heartbeat"),
    ]
    assert bench.line.options["kotivahti/v1/gw-0001/state"] == (True, None)
    assert bench.path == [True]


async def test_heartbeats_go_every_minute(bench: Bench):
    """Ten minutes, eleven signs of life."""
    await bench.clock.advance(600_000)
    assert len(bench.line.topics(ending="/up/hb")) == 11


async def test_a_committed_alert_goes_out_without_a_read_of_the_store(bench: Bench):
    """It is handed over in memory."""
    reads = bench.store.reads
    bench.commit(entry(1, body=b"smoke"))
    await bench.clock.advance(0)
    assert bench.line.topics(ending="/up/alert") == [b"smoke"]
    assert bench.store.reads == reads


async def test_an_alert_passes_telemetry(bench: Bench):
    """With forty batches waiting, an alert is the next to go."""
    bench.commit(*(entry(n, None) for n in range(1, 41)))
    bench.commit(entry(99, body=b"smoke"))
    await bench.clock.advance(0)
    assert bench.line.topics(ending="/up/alert") == [b"smoke"]
    assert len(bench.line.topics(ending="/up/obs")) == 16


async def test_only_a_receipt_settles(bench: Bench):
    """The broker's verdict changes nothing in the store; the receipt does, once."""
    one = entry(1)
    bench.commit(one)
    await bench.clock.advance(2_900)
    assert bench.store.entries == {one.id: one}
    bench.line.say(bench.receipt(one))
    bench.line.say(bench.receipt(one))
    await bench.clock.advance(0)
    assert (bench.store.entries, bench.store.received) == ({}, [one.id])
    assert [(ack.kind, ack.alert, ack.rev) for ack in bench.heard] == [
        (AckKind.RECEIVED, uid(0xA1), 1)
    ]
    await bench.clock.advance(120_000)
    assert bench.alerts() == 1


async def test_a_lost_receipt_means_the_same_bytes_again(bench: Bench):
    """3, 6 and 12 s later, byte for byte."""
    bench.commit(entry(1, body=b"smoke"))
    await bench.clock.advance(2_999)
    assert bench.alerts() == 1
    await bench.clock.advance(18_001)
    assert bench.line.topics(ending="/up/alert") == [b"smoke"] * 4


async def test_the_path_is_told_once_each_way(bench: Bench):
    """A line that stays away for an hour is one event, and so is its return."""
    bench.line.connect_error = UpstreamUnavailableError("no route")
    bench.line.cut()
    await bench.clock.advance(3_600_000)
    assert bench.path == [True, False]
    bench.line.connect_error = None
    await bench.clock.advance(60_000)
    assert bench.path == [True, False, True]


@pytest.mark.parametrize("turns", range(8))
async def test_an_end_that_comes_with_a_broken_line_is_an_end(clock: FakeClock, turns: int):
    """SIGTERM at the very moment the broker goes: the task ends, and does not try again."""
    bench = Bench(clock)
    running = asyncio.create_task(bench.delivery.run(bench.beat))
    await clock.advance(0)
    bench.line.cut()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    await clock.advance(600_000)
    assert running.cancelled()


async def test_attempts_grow_to_a_minute_and_start_anew_after_a_connection(bench: Bench):
    """2, 4, 8, 16, 32, 60 s at the longest jitter; then from the beginning."""
    bench.line.connect_error = UpstreamUnavailableError("no route")
    bench.line.cut()
    await bench.clock.advance(2_000 + 4_000 + 8_000 + 16_000 + 32_000)
    assert bench.line.connects == 1 + 5
    await bench.clock.advance(60_000)
    assert bench.line.connects == 1 + 6
    bench.line.connect_error = None
    await bench.clock.advance(60_000)
    assert bench.line.connects == 1 + 7
    bench.line.cut()
    await bench.clock.advance(2_000)
    assert bench.line.connects == 1 + 8


async def test_refused_credentials_are_retried_once_a_minute(bench: Bench):
    """Nobody is hammered, and the reason is in the log, once."""
    with capture_logs() as logs:
        bench.line.connect_error = UpstreamRejectedError("the broker refuses us: not authorised")
        bench.line.cut()
        await bench.clock.advance(2_000 + 10 * 60_000)
    assert bench.line.connects == 1 + 11
    lost = [log for log in logs if log["event"] in {"upstream_lost", "upstream_refuses_us"}]
    assert [log["event"] for log in lost] == ["upstream_lost", "upstream_refuses_us"]
    assert "not authorised" in lost[1]["reason"]


async def test_the_loop_beats_while_connected_and_while_not(bench: Bench):
    """A watchdog of 30 s may stand on it."""
    before = bench.beats
    await bench.clock.advance(60_000)
    assert bench.beats - before >= 60_000 // BEAT_MS
    bench.line.connect_error = UpstreamUnavailableError("no route")
    bench.line.cut()
    before = bench.beats
    await bench.clock.advance(60_000)
    assert bench.beats - before >= 60_000 // BEAT_MS


async def test_unreceipted_entries_go_again_on_a_new_connection(bench: Bench):
    """Everything owed is read from the store and sent, also what was never handed over."""
    bench.commit(entry(1))
    await bench.clock.advance(0)
    bench.store.entries[entry(2).id] = entry(2)
    bench.line.cut()
    await bench.clock.advance(2_000)
    assert bench.alerts() == 3


async def test_five_refusals_park_and_tell(bench: Bench):
    """The entry stays owed, its refusal is one log line and one error."""
    bench.line.refuse = UpstreamRejectedError("the broker refuses the topic: 0x87")
    with capture_logs() as logs:
        bench.commit(entry(1))
        await bench.clock.advance(300_000)
    events = [log["event"] for log in logs]
    assert events == ["outbox_entry_refused", "outbox_entry_parked"]
    assert bench.delivery.status().parked == (entry(1).id,)
    assert bench.store.entries == {entry(1).id: entry(1)}
    assert bench.path == [True]


async def test_the_fifth_rejection_of_the_desk_parks_and_the_rest_moves_on(bench: Bench):
    """Repeated with the same bytes while it may be the desk's mistake; then put aside, in store."""
    bench.commit(entry(1))
    with capture_logs() as logs:
        for _ in range(5):
            await bench.clock.advance(0)
            bench.line.say(bench.receipt(entry(1), rejected="schema"))
            await bench.clock.advance(60_000)
    sent = bench.line.topics(ending="/up/alert")
    assert len(sent) >= 5
    assert set(sent) == {entry(1).body}
    assert {(ack.kind, ack.reason) for ack in bench.heard} == {(AckKind.REJECTED, "schema")}
    assert [log["event"] for log in logs] == ["outbox_entry_parked"]
    assert bench.store.parked == {entry(1).id: entry(1)}
    before = bench.alerts()
    bench.commit(entry(2))
    await bench.clock.advance(120_000)
    assert set(bench.line.topics(ending="/up/alert")[before:]) == {entry(2).body}


async def test_a_broker_that_refuses_one_message_alone_has_it_parked(bench: Bench):
    """Others of its class went through, so neither account nor topic is at fault."""
    bench.commit(entry(1))
    await bench.clock.advance(0)
    bench.line.say(bench.receipt(entry(1)))
    await bench.clock.advance(0)
    bench.line.refuse = UpstreamRejectedError("the broker refuses the payload: 0x99")
    bench.commit(entry(2))
    await bench.clock.advance(300_000)
    assert bench.store.parked == {entry(2).id: entry(2)}


async def test_a_broker_that_refuses_all_is_tried_again_within_the_hour(bench: Bench):
    """Rights that were forgotten and mended: no alert waits for a broken line to be sent."""
    bench.line.refuse = UpstreamRejectedError("the broker refuses the topic: 0x87")
    bench.commit(entry(1))
    await bench.clock.advance(300_000)
    assert bench.alerts() == 0
    assert not bench.store.parked
    bench.line.refuse = None
    await bench.clock.advance(PARKED_RETRY_MS)
    assert bench.alerts() >= 1


async def test_decisions_are_handed_on_each_time_they_come(bench: Bench):
    """The rules know a second delivery by the message's id."""
    body = envelope.decision(
        "area-07", samples.OF, AckKind.ACCEPTED, samples.ANNA, id=uid(7), at=NOW
    )
    bench.line.say(body)
    bench.line.say(body)
    await bench.clock.advance(0)
    assert [ack.kind for ack in bench.heard] == [AckKind.ACCEPTED] * 2


async def test_refused_answers_are_counted_and_logged_once(bench: Bench):
    """Retained, forged and broken ones: no effect, one line each."""
    with capture_logs() as logs:
        for _ in range(3):
            bench.line.say(bench.receipt(entry(1)), retained=True)
            bench.line.say(b"{")
        other = OfPart(source="urn:kotivahti:gateway:gw-0002", id=uid(1))
        bench.line.say(envelope.receipt("area-07", other, id=uid(2), at=NOW))
        await bench.clock.advance(0)
    assert bench.delivery.status().refused_down == {"retained": 3, "json": 3, "gateway": 1}
    assert [log["reason"] for log in logs] == ["retained", "json", "gateway"]
    assert bench.heard == []


async def test_a_store_that_refuses_once_is_asked_again(bench: Bench):
    """The receipt is not lost, and sending goes on meanwhile."""
    bench.store.failures = 2
    bench.commit(entry(1))
    await bench.clock.advance(0)
    bench.line.say(bench.receipt(entry(1)))
    await bench.clock.advance(500)
    bench.commit(entry(2))
    await bench.clock.advance(0)
    assert bench.alerts() == 2
    await bench.clock.advance(2_000)
    assert bench.store.received == [entry(1).id]


async def test_ten_thousand_entries_drain_with_little_in_memory(bench: Bench):
    """A backlog is read in pages; memory never holds more than it should."""
    bench.line.cut()
    backlog = [entry(n, Priority.NORMAL) for n in range(1, 1_001)]
    bench.store.entries = {one.id: one for one in backlog}
    await bench.clock.advance(2_000)
    for _ in range(200):
        for body_topic, _ in bench.line.published:
            assert body_topic.startswith("kotivahti/v1/gw-0001/")
        for held in list(bench.delivery._schedule._held.values()):
            if held.sent:
                bench.line.say(bench.receipt(held.entry))
        assert len(bench.delivery._schedule) <= 64
        await bench.clock.advance(0)
        if not bench.store.entries:
            break
    assert bench.store.entries == {}


def test_telemetry_is_told_its_remaining_time_and_alerts_none():
    """A broker may drop what is of no use any more, and an alert never."""
    old = instant(86_400_000 * 10)
    assert _expires_s(entry(1, None), NOW) == 30 * 86_400
    assert _expires_s(entry(1, None), old) == 20 * 86_400
    assert _expires_s(entry(1, None), instant(86_400_000 * 31)) is None
    assert _expires_s(entry(1, None), instant(-86_400_000 * 365)) == 30 * 86_400
    assert _expires_s(entry(1), old) is None
    assert set(LIFETIME_S) == set(OutboxClass)


async def test_what_was_switched_off_is_not_sent(bench: Bench):
    """Asked at every send: also of what was sealed before, and of every repetition."""
    off: set[OutboxClass] = set()
    bench.delivery._may_send = lambda one: one.cls not in off
    first, second = entry(1, None, body=b"first"), entry(2, None, body=b"second")
    bench.commit(first)
    await bench.clock.advance(0)
    off.add(OutboxClass.OBSERVATIONS)
    bench.commit(second)
    await bench.clock.advance(600_000)
    assert bench.line.topics(ending="/up/obs") == [b"first"]
    bench.commit(entry(3, body=b"smoke"))
    await bench.clock.advance(0)
    assert b"smoke" in bench.line.topics(ending="/up/alert")


async def test_what_was_taken_back_is_forgotten(bench: Bench):
    """Without a line it waits in memory; taken back, the next line does not bring it out."""
    bench.line.cut()
    await bench.clock.advance(0)
    waiting = entry(1, None, body=b"waiting")
    bench.commit(waiting)
    del bench.store.entries[waiting.id]
    bench.delivery.forget([waiting.id])
    await bench.clock.advance(120_000)
    assert bench.line.topics(ending="/up/obs") == []
    assert bench.path[-1] is True
