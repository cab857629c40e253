"""Which message goes next and when it is repeated, under a virtual clock."""

from __future__ import annotations

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.domain import OutboxClass, OutboxEntry, Priority
from edge.uplink.envelope import reconnect_after_ms, repeat_after_ms
from edge.uplink.schedule import (
    HELD_MAX,
    PARKED_MAX,
    SENDINGS_WITH_A_PLACE,
    SILENT_AFTER_SENDINGS,
    STUBBORN_MAX,
    TELEMETRY_WINDOW_MAX,
    WINDOW_MAX,
    Schedule,
    rank,
)
from tests.uplink.samples import entry

START_MS = 1_000_000


def drain(schedule: Schedule, now_ms: int = START_MS) -> list[int]:
    """Let everything go that may go now, and let the broker have it; the sequences."""
    gone = []
    while (out := schedule.next(now_ms)) is not None:
        gone.append(out.sequence)
        schedule.sent(out.id, now_ms)
    return gone


def test_order_is_critical_newest_first_then_the_rest_oldest_first():
    """The newest emergency is the one that somebody may still be in."""
    schedule = Schedule()
    high, normal, critical = Priority.HIGH, Priority.NORMAL, Priority.CRITICAL
    queue = [(1, None), (2, normal), (3, high), (4, critical), (5, high), (6, critical), (7, None)]
    schedule.offer([entry(n, priority) for n, priority in queue])
    assert drain(schedule) == [6, 4, 3, 5, 2, 1, 7]


def test_without_a_receipt_the_same_entry_goes_again_after_3_6_12_to_60_s():
    """The repetition is slow enough for a slow receiver and never stops."""
    schedule = Schedule()
    first = entry(1)
    schedule.offer([first])
    gaps: list[int] = []
    now_ms, last_ms = START_MS, START_MS
    while len(gaps) < 8:
        out = schedule.next(now_ms)
        if out is not None:
            assert out is first
            gaps.append(now_ms - last_ms)
            last_ms = now_ms
            schedule.sent(out.id, now_ms)
        wake_ms = schedule.wake_at_ms()
        assert wake_ms is not None
        now_ms = wake_ms
    assert gaps == [0, 3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000]


def test_reconnect_waits_grow_to_a_minute_with_full_jitter():
    """The first wait is about a second, none is longer than a minute, and all differ."""
    assert [reconnect_after_ms(n, 1.0) for n in range(1, 9)] == [
        2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]  # fmt: skip
    assert {reconnect_after_ms(n, 0.0) for n in range(1, 9)} == {1_000}
    assert repeat_after_ms(10**6) == 60_000


def test_a_settled_entry_goes_no_more():
    """A receipt ends it."""
    schedule = Schedule()
    schedule.offer([entry(1), entry(2)])
    drain(schedule)
    schedule.settle([entry(1).id])
    assert drain(schedule, START_MS + 60_000) == [2]


def test_what_is_withdrawn_goes_no_more_unless_it_is_on_its_way():
    """Its number may be another entry's by now, which goes in its place."""
    schedule = Schedule()
    old = entry(1)
    newer = msgspec.structs.replace(old, id="newer", body=b"newer")
    schedule.offer([old])
    schedule.withdraw([old.id, "never held"])
    schedule.offer([newer])
    assert schedule.next(START_MS) is newer
    schedule.withdraw([newer.id])
    schedule.sent(newer.id, START_MS)
    assert schedule.next(START_MS + repeat_after_ms(1)) is newer


def test_the_window_is_bounded_and_telemetry_leaves_room():
    """Twenty unanswered messages at most, and sixteen of telemetry."""
    schedule = Schedule()
    schedule.offer([entry(n, None) for n in range(1, 31)])
    assert len(drain(schedule)) == TELEMETRY_WINDOW_MAX
    schedule.offer([entry(n, Priority.NORMAL) for n in range(31, 41)])
    assert len(drain(schedule)) == WINDOW_MAX - TELEMETRY_WINDOW_MAX
    assert schedule.window == WINDOW_MAX


def test_a_critical_one_passes_a_full_window():
    """It takes the place of the last in order, which stays owed."""
    schedule = Schedule()
    schedule.offer([entry(n, Priority.NORMAL) for n in range(1, 31)])
    drain(schedule)
    schedule.offer([entry(99)])
    assert drain(schedule) == [99]
    assert schedule.window == WINDOW_MAX
    schedule.settle([entry(n).id for n in range(1, 20)])
    assert 20 in drain(schedule, START_MS + 3_000)


def test_a_critical_one_waits_for_no_verdict_of_another():
    """With every place in flight, the next free one is the critical one's."""
    schedule = Schedule()
    schedule.offer([entry(n, Priority.NORMAL) for n in range(1, 31)])
    flying = []
    while (out := schedule.next(START_MS)) is not None:
        flying.append(out)
    schedule.offer([entry(99)])
    assert schedule.next(START_MS) is None
    schedule.sent(flying[0].id, START_MS)
    assert schedule.next(START_MS) == entry(99)


def test_a_message_the_receiver_never_answers_gives_up_its_place():
    """One stumbling block does not hold up the rest, and is still repeated."""
    schedule = Schedule()
    schedule.offer([entry(n, Priority.NORMAL) for n in range(1, WINDOW_MAX + 1)])
    now_ms = START_MS
    for _ in range(SENDINGS_WITH_A_PLACE + 1):
        assert len(drain(schedule, now_ms)) == WINDOW_MAX
        now_ms += 60_000
    schedule.offer([entry(77, Priority.NORMAL)])
    assert 77 in drain(schedule, now_ms)
    assert 1 in drain(schedule, now_ms + 60_000)


def test_when_nobody_listens_one_telemetry_message_tries():
    """A metered line is not spent on repeating telemetry to an absent receiver."""
    schedule = Schedule()
    schedule.offer([entry(n, None) for n in range(1, 17)] + [entry(50)])
    now_ms, sendings = START_MS, 0
    while sendings < SILENT_AFTER_SENDINGS:
        sendings += len(drain(schedule, now_ms))
        now_ms += 60_000
    assert drain(schedule, now_ms) == [50, 1]
    schedule.settle([entry(50).id])
    assert len(drain(schedule, now_ms + 60_000)) == TELEMETRY_WINDOW_MAX


def test_five_refusals_park_an_entry_until_the_next_connection():
    """A poison message is put aside and comes back with a new connection."""
    schedule = Schedule()
    schedule.offer([entry(1), entry(2, Priority.NORMAL)])
    now_ms = START_MS
    parked = []
    for _ in range(5):
        out = schedule.next(now_ms)
        assert out is not None
        assert out.sequence == 1
        parked.append(schedule.refuse(out.id, now_ms))
        now_ms += 60_000
    assert parked == [False, False, False, False, True]
    schedule.offer([entry(1)])
    assert drain(schedule, now_ms) == [2]
    schedule.connected()
    schedule.refill([entry(1)], schedule.wants)
    assert 1 in drain(schedule, now_ms)


def test_a_new_connection_makes_everything_due_at_once():
    """What was in flight on the old line is unknown, so it goes again."""
    schedule = Schedule()
    schedule.offer([entry(1), entry(2)])
    drain(schedule)
    schedule.connected()
    assert drain(schedule) == [2, 1]


def test_the_store_is_read_only_when_memory_lags_behind_it():
    """A commit that is handed over in memory costs no read."""
    schedule = Schedule()
    assert schedule.wants == HELD_MAX
    schedule.refill([], HELD_MAX)
    schedule.offer([entry(1)])
    assert schedule.wants == 0
    schedule.offer([entry(n, None) for n in range(2, HELD_MAX + 2)])
    assert len(schedule) == HELD_MAX
    assert schedule.behind
    schedule.settle([entry(n).id for n in range(1, 50)])
    assert schedule.wants == HELD_MAX


class Line(RuleBasedStateMachine):
    """Store, schedule, broker and receiver, with everything that can go wrong between."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule = Schedule()
        self.owed: dict[str, OutboxEntry] = {}
        self.flying: list[OutboxEntry] = []
        self.landed: list[OutboxEntry] = []
        self.last_sent: dict[str, int] = {}
        self.now_ms = START_MS
        self.sequence = 0

    @rule(priority=st.sampled_from([*Priority, None]), count=st.integers(1, 30))
    def commit(self, priority: Priority | None, count: int) -> None:
        """Entries are stored and handed over."""
        made = []
        for _ in range(count):
            self.sequence += 1
            made.append(entry(self.sequence, priority))
        self.owed |= {one.id: one for one in made}
        self.schedule.offer(made)
        self.forget_let_go()

    @rule()
    def refill(self) -> None:
        """The store is asked when the schedule wants it."""
        wants = self.schedule.wants
        if wants:
            self.schedule.refill(sorted(self.owed.values(), key=rank)[:wants], wants)

    @rule()
    def pump(self) -> None:
        """All that may go goes, in order, and none twice at a time."""
        while (out := self.schedule.next(self.now_ms)) is not None:
            assert out not in self.flying
            assert out.id in self.owed, "sent after its receipt"
            waited_ms = self.now_ms - self.last_sent.get(out.id, -(10**9))
            assert waited_ms >= 3_000
            self.flying.append(out)

    def forget_let_go(self) -> None:
        """What was let go for want of room and read again is new to the schedule."""
        self.last_sent = {k: v for k, v in self.last_sent.items() if k in self.schedule._held}

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), refused=st.booleans())
    def verdict(self, data: st.DataObject, refused: bool) -> None:
        """The broker takes or refuses one."""
        out = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        self.last_sent[out.id] = self.now_ms
        if refused:
            self.schedule.refuse(out.id, self.now_ms)
        else:
            self.schedule.sent(out.id, self.now_ms)
            self.landed.append(out)
        self.forget_let_go()

    @precondition(lambda self: self.landed)
    @rule(data=st.data())
    def receipt(self, data: st.DataObject) -> None:
        """The receiver answers one, perhaps for the second time."""
        out = data.draw(st.sampled_from(self.landed))
        self.owed.pop(out.id, None)
        self.schedule.settle([out.id])

    @rule(ms=st.integers(1, 90_000))
    def time_passes(self, ms: int) -> None:
        """Time passes."""
        self.now_ms += ms

    @rule()
    def reconnect(self) -> None:
        """The line breaks and comes back."""
        self.flying.clear()
        self.last_sent.clear()
        self.schedule.connected()

    @invariant()
    def bounds_hold(self) -> None:
        """Nothing in memory grows without a bound."""
        assert self.schedule.window <= WINDOW_MAX
        assert len(self.schedule) <= HELD_MAX + STUBBORN_MAX + 1
        assert len(self.schedule.parked) <= PARKED_MAX

    def teardown(self) -> None:
        """On a good line everything that is owed arrives."""
        self.reconnect()
        for _ in range(40 + len(self.owed)):
            self.refill()
            while (out := self.schedule.next(self.now_ms)) is not None:
                self.schedule.sent(out.id, self.now_ms)
                self.owed.pop(out.id, None)
                self.schedule.settle([out.id])
        assert not self.owed


Line.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestLine = Line.TestCase


def test_parts_of_a_profile_go_one_at_a_time():
    """Twenty of them on a poor line would break it, and an alert with it."""
    parts = [msgspec.structs.replace(entry(n, None), cls=OutboxClass.PROFILE) for n in (1, 2)]
    schedule = Schedule()
    schedule.offer([*parts, entry(3, None)])
    assert schedule.next(0) == parts[0]
    assert schedule.next(0) == entry(3, None)
    assert schedule.next(0) is None
    schedule.offer([entry(4)])
    assert schedule.next(0) == entry(4)
    schedule.sent(parts[0].id, 10)
    assert schedule.next(10) == parts[1]
