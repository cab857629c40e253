"""The line as a state machine for hypothesis: any of these may happen, in any order."""

from __future__ import annotations

import random
from collections.abc import Awaitable
from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from edge.uplink.envelope import AckKind
from proofs.whole_line.ends import BUTTONS
from proofs.whole_line.network import Fate
from proofs.whole_line.world import World

STEPS_AN_EXAMPLE = 120
EXAMPLES_A_SEED = 100

_SEEDS = st.integers(0, 2**16)
_COUNTS = st.integers(1, 12)
# Up to the longest repetition, and past the hold of a person who took an alert.
_WAITS_MS = st.sampled_from((20, 400, 1_000, 3_000, 3_000, 7_000, 12_000, 25_000, 61_000))
_HOLD_MS = 46 * 60_000
_NURSES = ("anna", "bertta")


class Line(RuleBasedStateMachine):
    """Raise, send, lose, double, reorder, die, escalate, accept, erase; then heal, and compare."""

    steps: ClassVar[int] = 0
    kills: ClassVar[int] = 0
    erasures: ClassVar[int] = 0
    revisions: ClassVar[int] = 0
    virtual_ms: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.is_broken = False

    def _done(self, ms: int = 0, doing: Awaitable[object] | None = None) -> None:
        type(self).steps += 1
        self.is_broken = True  # unless we come to the end of this step
        if doing is not None:
            self.world.run(doing)
        self.world.settle(ms)
        self.is_broken = False

    # -- the home ------------------------------------------------------------------------------

    @rule(device=st.sampled_from(BUTTONS), times=st.integers(1, 4))
    def press(self, device: str, times: int) -> None:
        for _ in range(times):
            self.world.home.press(device)
        self._done()

    @rule(on=st.booleans())
    def smoke(self, on: bool) -> None:
        self.world.home.smoke(on=on)
        self._done()

    @rule(hundredths=st.integers(1_800, 2_600))
    def temperature(self, hundredths: int) -> None:
        self.world.home.temperature(hundredths)
        self._done()

    @rule(ms=_WAITS_MS)
    def wait(self, ms: int) -> None:
        self._done(ms)

    @precondition(lambda self: self.world.oracle.is_taken())
    @rule(long=st.integers(0, 3))
    def wait_for_somebody(self, long: int) -> None:
        self._done(_HOLD_MS if long == 0 else 1_000)

    @precondition(lambda self: self.world.oracle.newest)
    @rule(which=_SEEDS, level=st.integers(0, 4))
    def escalate(self, which: int, level: int) -> None:
        alerts = sorted(self.world.oracle.newest)
        self._done(doing=self.world.home.escalate(alerts[which % len(alerts)], level))

    @rule()
    def erase_readings(self) -> None:
        self._done(doing=self.world.home.erase_readings())

    @rule(how=st.sampled_from(("", "", "kill", "kill", "reboot", "erase")))
    def begin_anew(self, how: str) -> None:
        """Not every time: between two deaths there must be a life."""
        if not how:
            self._done()
            return
        home = self.world.home
        self._done(doing=home.erase() if how == "erase" else home.kill(reboot=how == "reboot"))

    @rule(requests=st.integers(0, 3), before=st.booleans())
    def kill_at(self, requests: int, before: bool) -> None:
        self.world.home.kill_at(requests, before=before)
        self._done()

    @rule()
    def exchange(self) -> None:
        """A calm moment: all that is under way arrives."""
        self.world.exchange()
        self._done()

    # -- the line ------------------------------------------------------------------------------

    @rule(fates=st.lists(st.sampled_from(list(Fate)), min_size=1, max_size=6))
    def weather(self, fates: list[Fate]) -> None:
        self.world.broker.fates.extend(fates)
        self._done()

    @rule()
    def cut(self) -> None:
        self.world.broker.cut()
        self._done()

    @rule()
    def broker_dies(self) -> None:
        self.world.broker.die()
        self._done()

    @rule()
    def broker_is_back(self) -> None:
        self.world.broker.is_up = True
        self._done()

    @rule(thaw=st.booleans())
    def freeze(self, thaw: bool) -> None:
        if thaw:
            self.world.broker.thaw()
        else:
            self.world.broker.freeze()
        self._done()

    # -- the desk ------------------------------------------------------------------------------

    @rule(
        count=_COUNTS,
        order=_SEEDS,
        double=st.booleans(),
        dies=st.sampled_from(("", "", "before", "after")),
    )
    def desk_takes(self, count: int, order: int, double: bool, dies: str) -> None:
        self.world.desk.take(count, random.Random(order), double=double, dies=dies)
        self._done()

    @rule(count=_COUNTS, order=_SEEDS, lose=st.booleans(), double=st.booleans())
    def home_hears(self, count: int, order: int, lose: bool, double: bool) -> None:
        self.world.broker.pass_down(count, random.Random(order), lose=lose, double=double)
        self._done()

    @precondition(lambda self: self.world.desk.open_alerts())
    @rule(which=_SEEDS, kind=st.sampled_from(list(AckKind)[-3:]), nurse=st.sampled_from(_NURSES))
    def decide(self, which: int, kind: AckKind, nurse: str) -> None:
        alerts = self.world.desk.open_alerts()
        self.world.desk.decide(alerts[which % len(alerts)], kind, nurse)
        self.world.desk.carry()
        self._done()

    @rule(double=st.booleans())
    def carry(self, double: bool) -> None:
        for _ in range(1 + double):
            self.world.desk.carry()
        self._done()

    @rule()
    def tidy(self) -> None:
        self.world.desk.tidy()
        self._done()

    # -- the end -------------------------------------------------------------------------------

    def teardown(self) -> None:
        cls = type(self)
        try:
            if not self.is_broken:
                self.is_broken = True
                self.world.heal()
                self.is_broken = False
        finally:
            cls.kills += self.world.home.kills
            cls.erasures += self.world.home.erasures
            cls.revisions += len(self.world.oracle.stored)
            cls.virtual_ms += round(self.world.loop.time() * 1000)
            self.world.close(is_broken=self.is_broken)


def search(steps: int, first_seed: int = 1, *, shrink: bool = False) -> type[Line]:
    """Run until so many steps were taken; raises what broke, with the shortest way to it."""

    class Counted(Line):
        pass

    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
    number = first_seed
    while Counted.steps < steps:
        left = max(1, (steps - Counted.steps) // STEPS_AN_EXAMPLE)
        how = settings(
            max_examples=min(EXAMPLES_A_SEED, left),
            stateful_step_count=STEPS_AN_EXAMPLE,
            deadline=None,
            database=None,
            phases=phases,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(seed(number)(Counted), settings=how)
        number += 1
    return Counted
