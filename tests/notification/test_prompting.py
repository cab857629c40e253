"""When a person is asked: at red, once in six months for the same findings, again when worse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Hazard, Level
from edge.domain.notification import NotificationKind
from edge.notification.findings import TELLABLE
from edge.notification.prompting import AGAIN_MS, Considered, Worse, is_due, kind_of, worse

NOW_MS = 1_800_000_000_000
BED = "FS-05:bed"


def known(*findings: str, level: Level = Level.RED, ago_ms: int = 0) -> Considered:
    return Considered(findings=frozenset(findings), level=level, at_ms=NOW_MS - ago_ms)


@pytest.mark.parametrize("level", [one for one in Level if one is not Level.RED])
def test_only_red_asks(level: Level) -> None:
    """Any worker may draft at any level; the system asks at one."""
    assert kind_of(Hazard.FIRE.value, level.value, is_client=False) is None


def test_fire_asks_for_the_rescue_authority_and_a_fall_of_no_client_for_social_welfare() -> None:
    """Whoever is a client has a nurse and a plan."""
    assert kind_of("fire", "red", is_client=True) is NotificationKind.DANGER
    assert kind_of("fall", "red", is_client=False) is NotificationKind.CONCERN
    assert kind_of("fall", "red", is_client=True) is None
    assert kind_of("wellbeing", "red", is_client=False) is None


@given(
    st.sets(st.sampled_from(sorted(TELLABLE))),
    st.integers(min_value=0, max_value=AGAIN_MS - 1),
)
def test_the_same_findings_do_not_ask_again_within_six_months(
    findings: set[str], ago_ms: int
) -> None:
    """Fewer of them neither; after six months the same ones do."""
    before = [known(*findings, ago_ms=ago_ms)]
    assert not is_due(before, known(*findings))
    assert not is_due(before, known(*sorted(findings)[:1]))
    assert is_due([known(*findings, ago_ms=AGAIN_MS)], known(*findings))


@pytest.mark.parametrize(
    "before, now, why",
    [
        (known(BED), known(BED, "FS-08:remains"), (Worse.NEW_CRITICAL,)),
        (known(BED, level=Level.ORANGE), known(BED), (Worse.LEVEL_UP,)),
        (known(BED, level=Level.GREY), known(BED), (Worse.LEVEL_UP,)),
        (known(BED), known(BED, "FS-03:no"), (Worse.NEW_GATE,)),
        (known(BED), known(BED, "FS-21:blocked"), (Worse.NEW_CRITICAL, Worse.NEW_GATE)),
        (known(BED), known(BED, "FS-09:once"), ()),
    ],
)
def test_worse_is_a_new_critical_a_higher_level_or_a_new_gate(
    before: Considered, now: Considered, why: tuple[Worse, ...]
) -> None:
    """One more ordinary finding of a known gate is not."""
    assert worse([before], now) == why
    assert is_due([before], now) == bool(why)


def test_all_that_was_considered_counts_together() -> None:
    """Two visits that each found one thing make no third question of both."""
    assert not is_due([known(BED), known("FS-21:blocked")], known(BED, "FS-21:blocked"))


def test_what_a_clock_that_was_ahead_wrote_is_not_waited_for() -> None:
    """A consideration of the future is none."""
    assert is_due([known(BED, ago_ms=-1)], known(BED))
