"""Two escalators over one alert, whatever happens and in whatever order."""

from __future__ import annotations

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.alerts.lifecycle import Refused, acknowledge, cancel, escalate, reopen
from edge.domain import Actor, Alert, AlertState, Instant, Priority, Sync
from edge.escalation import Asking, Due, Page, Paths, Side, deadlines_of, due, first_asking, joined
from edge.escalation.asking import elapsed_ms
from edge.events import Acknowledgement
from tests.escalation.plans import CARE, DAUGHTER, DUTY, alert, made, row, tables
from tests.support.clock import instant

MODEM = Paths(sms=True, sounder=True)
PLANS = [
    made(tables([DUTY], [CARE], [DAUGHTER])),
    made(tables([DUTY], [CARE, DAUGHTER])),
    made(tables([DUTY])),
    made(tables([row("screen")], [CARE], [DAUGHTER])),
]
PEOPLE = [Actor(account=who, role="nurse") for who in ("duty", "care")]
SECOND = 1_000


class Escalators(RuleBasedStateMachine):
    """Gateway and desk ask about one alert; the desk sees a revision when it has come."""

    @initialize(
        plan=st.sampled_from(PLANS),
        code=st.sampled_from(["help_button", "smoke"]),
        priority=st.sampled_from(Priority),
    )
    def begin(self, plan: object, code: str, priority: Priority) -> None:
        self.plan = plan
        self.ms = 0
        self.boots = 0
        self.alert: Alert = alert(code, Priority.CRITICAL if code == "smoke" else priority)
        self.at_desk: Alert | None = None
        self.paths = MODEM
        self.asking = {side: first_asking(self.alert) for side in Side}
        self.asked: list[tuple[int, Side, Page]] = []  # the revision that (re)opened, who, what
        self.levels: list[int] = []
        self.wake: dict[Side, int | None] = {}
        self.on_its_way: list[int] = []  # levels that the desk told, not yet at the home
        self.settle()

    def now(self, sync: Sync = Sync.NTP) -> Instant:
        return instant(self.ms, sync=sync)

    def settle(self) -> None:
        """Both look, as they do after every change and at every wake."""
        for side in Side:
            told = self.alert if side is Side.GATEWAY else self.at_desk
            if told is None:
                continue
            found = due(told, self.plan, self.asking[side], self.now(), self.paths, side)  # type: ignore[arg-type]
            self.check(told, self.asking[side], found)
            self.asked += [(self.asking[side].rev, side, page) for page in found.pages]
            self.asking[side] = joined(self.asking[side], found, self.now(), found.pages)
            self.wake[side] = found.wake_at_ms
            if side is Side.GATEWAY:
                higher = escalate(self.alert, found.level, self.now())
                self.alert = self.alert if higher is None else higher
            elif found.level > told.escalation:
                self.on_its_way.append(found.level)

    def check(self, told: Alert, asking: Asking, found: Due) -> None:
        assert found.level >= max(asking.level, told.escalation)
        if told.state is not AlertState.RAISED:
            assert found.pages == ()

    def change(self, after: Alert | Refused) -> None:
        if isinstance(after, Refused):
            return
        opened = after.state is AlertState.RAISED and self.alert.state is AlertState.ACKNOWLEDGED
        self.alert = after
        if opened:
            self.asking[Side.GATEWAY] = first_asking(after)
        self.settle()

    @rule(s=st.sampled_from([1, 5, 19, 20, 60, 119, 300, 900, 86_400]))
    def time_passes(self, s: int) -> None:
        """In steps no longer than either of them asked to be woken after."""
        until = self.ms + s * SECOND
        for _ in range(200):
            wakes = [ms - instant().boottime_ms for ms in self.wake.values() if ms is not None]
            self.ms = min([until, *(ms for ms in wakes if ms > self.ms)])
            self.settle()
            if self.ms == until:
                return
        self.ms = until
        self.settle()

    @rule()
    def a_revision_arrives(self) -> None:
        before = self.at_desk
        self.at_desk = self.alert
        if before is None or (
            before.state is AlertState.ACKNOWLEDGED and self.alert.state is AlertState.RAISED
        ):
            self.asking[Side.DESK] = first_asking(self.alert)
        self.settle()

    @rule(data=st.data(), lost=st.booleans(), again=st.booleans())
    @precondition(lambda self: self.on_its_way)
    def a_level_of_the_desk_arrives(self, data: st.DataObject, lost: bool, again: bool) -> None:
        """In any order, twice, or never: the home's level follows it up and never down."""
        at = data.draw(st.integers(0, len(self.on_its_way) - 1))
        level = self.on_its_way[at] if again else self.on_its_way.pop(at)
        if lost:
            return
        before = self.alert
        higher = escalate(before, level, self.now())
        if higher is not None:
            self.alert = higher
            self.settle()
        assert self.alert.escalation >= before.escalation
        if before.state is AlertState.RAISED:
            assert self.alert.escalation >= level

    @rule()
    def a_receipt_comes(self) -> None:
        self.asking[Side.GATEWAY] = msgspec.structs.replace(
            self.asking[Side.GATEWAY], received=True
        )
        self.settle()

    @rule(
        kind=st.sampled_from(["accepted", "declined", "closed"]),
        who=st.sampled_from(PEOPLE),
        old=st.booleans(),
    )
    def a_person_answers(self, kind: str, who: Actor, old: bool) -> None:
        ack = Acknowledgement(
            alert="a", kind=kind, actor=who, outcome="helped", rev=1 if old else self.alert.rev
        )
        before = self.alert
        after = acknowledge(before, ack, self.now())
        if before.state is AlertState.ACKNOWLEDGED and old and kind != "closed":
            first = before.actor
            if first != who and before.taken > 1:
                assert isinstance(after, Refused), "the first answer wins"
        self.change(after)

    @rule()
    @precondition(lambda self: self.alert.state is AlertState.ACKNOWLEDGED)
    def the_hold_runs_out(self) -> None:
        self.change(reopen(self.alert, self.now()))

    @rule()
    def it_is_called_off(self) -> None:
        self.change(cancel(self.alert, self.now()))

    @rule(down=st.booleans(), dead=st.booleans())
    def paths_change(self, down: bool, dead: bool) -> None:
        self.paths = Paths(sms=True, sounder=True, uplink_down=down, sms_down=dead)
        self.settle()

    @rule()
    def the_gateway_starts_again(self) -> None:
        """What was written down is all that it knows."""
        known = self.asking[Side.GATEWAY]
        self.asking[Side.GATEWAY] = Asking(
            since=known.since,
            rev=known.rev,
            level=self.alert.escalation,
            received=known.received,
            reached=known.reached,
            sounded=known.sounded,
            made=known.made,
        )
        self.settle()

    @invariant()
    def nobody_is_asked_twice_for_one_thing(self) -> None:
        assert len(set(self.asked)) == len(self.asked)

    @invariant()
    def the_level_only_rises(self) -> None:
        self.levels.append(self.alert.escalation)
        assert self.levels == sorted(self.levels)

    @invariant()
    def never_silent_before_somebody_has_it(self) -> None:
        """A raised alert has a next moment, and once its time is over, somebody was asked."""
        if self.alert.state is not AlertState.RAISED:
            assert self.wake[Side.GATEWAY] is None
            return
        assert self.wake[Side.GATEWAY] is not None
        asking, table = self.asking[Side.GATEWAY], deadlines_of(self.alert)
        late_ms = table.levels_ms[-1] if asking.received else table.receipt_ms
        if table.by_shift or elapsed_ms(asking.since, self.now()) < late_ms:
            return
        asked = [page for page in asking.made if page.path == "sms"]
        assert asked
        ms = elapsed_ms(asking.since, self.now())
        turns_due = max(0, (ms - table.levels_ms[-1]) // table.repeat_ms)
        assert max(page.turn for page in asked) >= turns_due


TestEscalators = Escalators.TestCase
TestEscalators.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
