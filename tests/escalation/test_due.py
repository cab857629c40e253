"""The table of deadlines, moment by moment."""

from __future__ import annotations

import msgspec
import pytest

from edge.alerts.flags import Flag
from edge.domain import ESCALATION_MAX, AlertState, Priority, Sync
from edge.escalation import Asking, Page, Paths, Side, due, first_asking, joined
from edge.escalation.asking import elapsed_ms
from edge.escalation.table import AT_ONCE, BY_PRIORITY, ENDED_FLAG
from tests.escalation.plans import CARE, DAUGHTER, DUTY, alert, made, row, tables
from tests.support.clock import NOON_BOOTTIME_MS, instant

MODEM = Paths(sms=True, sounder=True)
MIN = 60_000
HOUR = 60 * MIN


def asked(
    code: str, priority: Priority, ms: int, paths: Paths = MODEM, **more: object
) -> list[str]:
    """Who is asked at `ms` when nothing was asked before: "2 care sms"."""
    told = alert(code, priority)
    asking = msgspec.structs.replace(first_asking(told), **more)
    found = due(told, made(), asking, instant(ms), paths)
    return [f"{page.level} {page.recipient} {page.path}" for page in found.pages]


@pytest.mark.parametrize(
    "priority, ms, expected",
    [
        (Priority.CRITICAL, 19_999, []),
        (Priority.CRITICAL, 20_000, ["1 duty sms"]),
        (Priority.CRITICAL, 119_999, ["1 duty sms"]),
        (Priority.CRITICAL, 120_000, ["2 care sms", "0 home sounder"]),
        (
            Priority.CRITICAL,
            240_000,
            ["3 duty sms", "3 care sms", "3 daughter sms", "0 home sounder"],
        ),
        (Priority.HIGH, 59_999, []),
        (Priority.HIGH, 60_000, ["1 duty sms"]),
        (Priority.HIGH, 10 * MIN, ["2 care sms"]),
        (Priority.HIGH, 20 * MIN, ["3 duty sms", "3 care sms", "3 daughter sms"]),
        (Priority.NORMAL, 5 * MIN - 1, []),
        (Priority.NORMAL, 5 * MIN, ["1 duty sms"]),
        (Priority.NORMAL, 24 * HOUR, ["2 care sms"]),
        (Priority.NORMAL, 48 * HOUR, ["2 care sms"]),
    ],
)
def test_without_a_receipt_and_without_a_person(
    priority: Priority, ms: int, expected: list[str]
) -> None:
    """20 s, 120 s, 240 s; 1, 10 and 20 min; 5 min, then the next working days."""
    assert asked("x", priority, ms) == expected


def test_what_the_desk_has_it_asks_level_1_about_itself() -> None:
    """With a receipt no text message goes to level 1; the next levels are asked all the same."""
    assert asked("x", Priority.CRITICAL, 119_999, received=True) == []
    assert asked("x", Priority.CRITICAL, 120_000, received=True) == ["2 care sms", "0 home sounder"]


@pytest.mark.parametrize("code", sorted(AT_ONCE))
@pytest.mark.parametrize("received", [False, True])
def test_smoke_asks_everybody_at_once(code: str, *, received: bool) -> None:
    """No ladder, no window, the sounder with it, whatever a system has received."""
    expected = ["3 duty sms", "3 care sms", "3 daughter sms", "0 home sounder"]
    assert asked(code, Priority.CRITICAL, 0, received=received) == expected


def test_the_sounder_does_not_wait_where_nothing_gets_out() -> None:
    """Every path known to be down: at once; one that may work: at its time."""
    nothing = Paths(uplink_down=True, sms=False, sounder=True, hook=True)
    assert asked("x", Priority.CRITICAL, 0, nothing) == ["0 home sounder", "0 home hook"]
    dead_modem = Paths(uplink_down=True, sms=True, sms_down=True, sounder=True)
    assert asked("x", Priority.CRITICAL, 0, dead_modem) == ["0 home sounder"]
    modem_only = Paths(uplink_down=True, sms=True, sounder=True)
    assert asked("x", Priority.CRITICAL, 0, modem_only) == []
    assert asked("x", Priority.HIGH, 0, nothing) == []


def test_a_modem_that_is_down_is_owed_its_messages() -> None:
    """They are written down at their time and go out when it is back."""
    paths = Paths(sms=True, sms_down=True)
    assert asked("x", Priority.CRITICAL, 20_000, paths) == ["1 duty sms"]


def test_without_a_plan_the_sounder_is_left() -> None:
    told = alert()
    found = due(told, None, first_asking(told), instant(240_000), MODEM)
    assert [page.path for page in found.pages] == ["sounder"]
    assert found.level == ESCALATION_MAX


@pytest.mark.parametrize("state", [s for s in AlertState if s is not AlertState.RAISED])
def test_what_somebody_has_asks_nobody(state: AlertState) -> None:
    """Taken, closed or cancelled: no page and no next moment; the level stays known."""
    told = alert(state=state, escalation=2)
    found = due(told, made(), first_asking(told), instant(HOUR), MODEM)
    assert (found.pages, found.wake_at_ms, found.level) == ((), None, 2)


def test_an_alert_of_a_proof_asks_nobody() -> None:
    told = alert("smoke", flags=("test",))
    assert due(told, made(), first_asking(told), instant(HOUR), MODEM).pages == ()


def test_a_decline_asks_the_next_level_at_once() -> None:
    """Within the window too: a named person has spoken."""
    told = alert(escalation=2, rev=2, changed=instant(5_000))
    asking = first_asking(alert())
    found = due(told, made(), asking, instant(5_000), MODEM)
    assert [(p.level, p.recipient) for p in found.pages] == [(2, "care")]


def test_relatives_are_not_told_after_the_end() -> None:
    assert ENDED_FLAG == Flag.ENDED
    told = alert(flags=(ENDED_FLAG,))
    found = due(told, made(), first_asking(told), instant(240_000), MODEM)
    assert [p.recipient for p in found.pages if p.path == "sms"] == ["duty", "care"]


def test_who_is_not_there_is_passed_over_until_the_last_level() -> None:
    """At night home care does not answer: its level is the next one's; the last asks everybody."""
    night = 8 * HOUR  # ten in the evening in Helsinki
    told = alert(at=instant(night))
    at = [
        due(told, made(), first_asking(told), instant(night + ms), Paths(sms=True))
        for ms in (120_000, 240_000)
    ]
    assert [[p.recipient for p in found.pages] for found in at] == [
        ["daughter"],
        ["duty", "care", "daughter"],
    ]


def test_who_has_no_telephone_is_asked_by_the_desk_alone() -> None:
    """The gateway goes on to the next level that it can reach."""
    plan = made(tables([row("desk-only")], [CARE]))
    told = alert()
    at = instant(20_000)
    assert [p.recipient for p in due(told, plan, first_asking(told), at, MODEM).pages] == ["care"]
    found = due(told, plan, first_asking(told), at, Paths(), Side.DESK)
    assert [(p.recipient, p.path) for p in found.pages] == [("desk-only", "desk")]


def test_the_last_level_is_asked_again_and_again() -> None:
    """Every five minutes after it was first asked, each time once."""
    told, asking, turns = alert(), first_asking(alert()), []
    for ms in range(0, 20 * MIN + 1, 10_000):
        found = due(told, made(), asking, instant(ms), MODEM)
        asking = joined(asking, found, instant(ms), found.pages)
        turns += [(ms // 1000, p.recipient, p.turn) for p in found.pages if p.level != 0]
    assert turns[0] == (20, "duty", 0)
    assert turns[1] == (120, "care", 0)
    last = [(s, turn) for s, who, turn in turns if who == "daughter"]
    assert last == [(240, 0), (540, 1), (840, 2), (1140, 3)]
    assert sorted({p.turn for p in asking.made if p.path == "sounder"}) == [0, 1, 2, 3]


def test_normal_alerts_wait_for_the_working_day() -> None:
    """A stay that ran out on Friday evening is asked about on Monday at eight."""
    friday = (4 * 24 + 4) * HOUR
    told = alert("stay_expired", Priority.NORMAL, at=instant(friday))
    asking = first_asking(told)
    found = due(told, made(), asking, instant(friday + 10 * MIN), MODEM)
    assert found.pages == ()
    monday = friday + (2 * 24 + 14) * HOUR
    assert due(told, made(), asking, instant(monday - 1), MODEM).pages == ()
    assert due(told, made(), asking, instant(monday), MODEM).pages != ()


@pytest.mark.parametrize("levels", [1, 2])
def test_a_short_plan_is_asked_whole_by_its_last_level(levels: int) -> None:
    plan = made(tables([DUTY], [DAUGHTER])) if levels == 2 else made(tables([DUTY]))
    told = alert()
    found = due(
        told,
        plan,
        msgspec.structs.replace(first_asking(told), received=True),
        instant(120_000),
        Paths(sms=True),
    )
    assert len(found.pages) == levels
    assert {p.level for p in found.pages} == {levels}


def test_time_goes_on_over_a_restart() -> None:
    """By the boot's own time, by the wall clock across boots, and never backwards."""
    later = msgspec.structs.replace(instant(HOUR), boot="other", boottime_ms=7)
    assert elapsed_ms(instant(), instant(5)) == 5
    assert elapsed_ms(instant(5), instant()) == 0
    assert elapsed_ms(instant(), later) == HOUR
    assert elapsed_ms(instant(), msgspec.structs.replace(later, sync=Sync.NONE)) == 7


def test_the_next_moment_is_never_after_what_is_due() -> None:
    """Waking when told to makes each page within a second of its time."""
    told, asking, now, seen = alert(), first_asking(alert()), instant(), []
    for _ in range(40):
        found = due(told, made(), asking, now, MODEM)
        asking = joined(asking, found, now, found.pages)
        seen += [now.boottime_ms - NOON_BOOTTIME_MS for _ in found.pages]
        assert found.wake_at_ms is not None
        assert found.wake_at_ms > now.boottime_ms
        now = instant(found.wake_at_ms - NOON_BOOTTIME_MS)
    assert sorted(set(seen))[:4] == [20_000, 120_000, 240_000, 420_000]


def test_the_table_is_in_order() -> None:
    """Nobody is asked before the window closed, and no level before the one below it."""
    for table in BY_PRIORITY.values():
        steps = [table.cancel_ms, table.receipt_ms, *table.levels_ms]
        assert steps == sorted(steps)
        assert len(table.levels_ms) < ESCALATION_MAX


def test_a_page_is_made_once() -> None:
    page = Page(level=1, turn=0, recipient="duty", path="sms")
    asking = Asking(since=instant(), rev=1, made=frozenset({page}))
    assert due(alert(), made(), asking, instant(20_000), MODEM).pages == ()
