"""Power cuts, restarts and clocks that are not set, at any moment of a home's life."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Alert, Stay, StayKind, Sync, Visit, VisitKind
from tests.advance.test_machine import DEVICES, OVER, SETTINGS, WORDS, lawful
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

STEPS = 80


def step(home: Living, chance: random.Random) -> None:
    now = home.now.wall_ms
    what = chance.random()
    if what < 0.55:
        home.observe(*chance.choice(WORDS))
    elif what < 0.8:
        home.wait(chance.choice([SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR]))
    elif what < 0.86:
        home.restart(chance.choice([0, SECOND, HOUR]))
    elif what < 0.92:
        sync = chance.choice([Sync.NTP, Sync.NTP, Sync.NONE])
        home.reboot(chance.choice([SECOND, HOUR, DAY]), sync=sync)
    elif what < 0.95:
        begins = now + chance.randrange(-5, 5) * HOUR
        kind = chance.choice(list(StayKind))
        home.tell(Stay(kind=kind, by="nurse.one", from_ms=begins, until_ms=begins + 8 * HOUR))
    elif what < 0.98:
        until = now + HOUR
        home.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=until))
    elif home.home.alerts:
        home.close(chance.choice(list(home.home.alerts.values())))
    home.wait(0)


@given(st.integers(0, 2**32))
def test_a_cut_at_any_moment_loses_no_alert_and_leaves_no_deadline_behind(seed: int) -> None:
    """Revisions follow each other, what is open stays open, and the next wake-up lies ahead."""
    home, chance = Living(settings=SETTINGS), random.Random(seed)
    for name, (role, after_s, more) in DEVICES.items():
        home.enrol(name, role, silent_after_s=after_s, **more)
    for _ in range(STEPS):
        step(home, chance)
        assert home.wake is None or home.wake > home.ms
    known: dict[str, Alert] = {}
    for alert in home.alerts():
        assert alert.rev == (known[alert.id].rev + 1 if alert.id in known else 1)
        lawful(alert)
        known[alert.id] = alert
    still_open = {a.id for a in known.values() if a.state not in OVER}
    assert {a.id for a in home.home.alerts.values()} == still_open
