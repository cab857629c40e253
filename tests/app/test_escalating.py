"""The gateway asks people, and remembers whom: under virtual time, over a real database."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edge.app.escalating.replies import IGNORED_MS, WRONG_MAX
from edge.app.escalating.sounding import Hook, run_hook
from edge.domain import Actor, AlertState, Instant, Sync
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.events import Acknowledgement, Tick
from edge.store import pages, plans
from edge.store.pages import PageState
from tests.app.escalation_bench import ADDRESS, bench, until
from tests.escalation.plans import DUTY, made, tables
from tests.support.clock import NOON_WALL_MS, FakeClock

DUTY_NUMBER, CARE_NUMBER = "+358401234501", "+358401234502"


async def test_without_a_receipt_a_text_message_goes_out_at_20_s(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Not earlier, not later; with the alias, without the address, with a code to answer by."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(19_999)
        assert one.sent == []
        await one.pass_ms(1)
        assert one.sent == [(20_000, "1")]
        text = one.pager.sent[0][2]
        assert text.startswith("Koti 88: Avunpyyntö")
        assert ADDRESS not in text
        assert f"{one.pager.code_to(DUTY_NUMBER)} OTAN" in text
        assert len(text) <= 160


async def test_a_reply_takes_it_everywhere(tmp_path: Path, clock: FakeClock) -> None:
    """The named recipient has it until the time they said; nobody is asked any more."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        code = one.pager.code_to(DUTY_NUMBER)
        assert await one.answer(f"{code} otan 20") == "accepted"
        alert = one.alert
        assert alert.state is AlertState.ACKNOWLEDGED
        assert alert.actor == Actor(account="duty", role="coordinator")
        assert alert.next_by is not None
        assert alert.next_by.boottime_ms - clock.now().boottime_ms == 20 * 60_000
        owed = await one.house.store.owed(10)
        assert any(b'"acknowledged"' in e.body and b'"duty"' in e.body for e in owed)
        await one.pass_ms(300_000)
        assert [number for _, number, _ in one.pager.sent] == [DUTY_NUMBER] * 2
        assert not one.sounder.loud()


async def test_who_took_it_may_keep_it_longer_or_give_it_back(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Each answer has a code of its own; one reply extends by 45 minutes, another returns it."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        assert await one.answer(f"{one.pager.code_to(DUTY_NUMBER)} otan") == "accepted"
        await until(lambda: len(one.pager.sent) == 2)
        assert "sinulla 14:45 asti" in one.pager.sent[1][2]
        await one.pass_ms(60_000)
        await one.settle()
        assert await one.answer(f"{one.pager.code_to(DUTY_NUMBER)} otan") == "accepted"
        await until(lambda: len(one.pager.sent) == 3)
        assert "sinulla 14:46 asti" in one.pager.sent[2][2]
        await one.settle()
        assert await one.answer(f"{one.pager.code_to(DUTY_NUMBER)} ei") == "declined"
        assert (one.alert.state, one.alert.escalation) == (AlertState.RAISED, 2)
        await until(lambda: one.sent[-1][1] == "2")


async def test_a_receipt_leaves_level_1_to_the_desk(tmp_path: Path, clock: FakeClock) -> None:
    """At 120 s nobody has accepted: level 2 by text message, the sounder, and a revision."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.received()
        await one.pass_ms(119_999)
        assert (one.sent, one.sounder.loud(), one.alert.escalation) == ([], False, 1)
        await one.pass_ms(1)
        assert one.sent == [(120_000, "2")]
        assert one.sounder.loud()
        assert (one.alert.escalation, one.alert.rev) == (2, 2)
        await one.pass_ms(120_000)
        assert [who for _, who in one.sent] == ["2", "1", "2", "3"]
        assert one.alert.escalation == 3


async def test_smoke_asks_everybody_at_once(tmp_path: Path, clock: FakeClock) -> None:
    """First words "Call 112" in each language, the address for those who may know it."""
    async with bench(tmp_path, clock) as one:
        await one.press("smoke")
        await until(lambda: len(one.pager.sent) == 3)
        await one.settle()
        assert one.ms == 0
        assert one.sounder.loud()
        texts = {number[-1]: text for _, number, text in one.pager.sent}
        assert all(text.startswith("Soita 112") for text in texts.values())
        assert ADDRESS in texts["1"]
        assert ADDRESS not in texts["3"]
        assert "Äidin koti" in texts["3"]
        assert one.alert.rev == 1


async def test_the_sounder_is_at_once_where_nothing_gets_out(
    tmp_path: Path, clock: FakeClock
) -> None:
    """No modem, and the line upstream is known to be down: within two seconds."""
    async with bench(tmp_path, clock, has_pager=False) as one:
        await one.uplink(down=True)
        await one.press()
        await one.pass_ms(2_000)
        assert one.sounder.loud()
        assert {row.page.path for row in await one.house.store.look(pages.of_open)} == {"sounder"}


async def test_a_modem_that_fails_makes_it_loud_and_is_tried_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The failed message is the news; when the network is back, it goes out once."""
    async with bench(tmp_path, clock) as one:
        await one.uplink(down=True)
        one.pager.trouble = UpstreamUnavailableError("no network")
        await one.press()
        await one.pass_ms(20_000)
        assert one.pager.tried == 1
        await one.settle()
        assert one.sounder.loud()
        one.pager.trouble = None
        await one.pass_ms(10_000)
        assert [who for _, who in one.sent] == ["1"]
        sent = [row for row in await one.house.store.look(pages.of_open) if row.page.path == "sms"]
        assert [(row.state, row.attempts) for row in sent] == [(PageState.SENT, 2)]


async def test_a_number_that_the_network_refuses_is_given_up(
    tmp_path: Path, clock: FakeClock
) -> None:
    """And said: the next level is asked in its time."""
    async with bench(tmp_path, clock) as one:
        one.pager.trouble = UpstreamRejectedError("number not allocated")
        await one.press()
        await one.pass_ms(20_000)
        (row,) = await one.rows()
        assert (row.state, row.reason) == (PageState.REFUSED, "number not allocated")
        one.pager.trouble = None
        await one.pass_ms(100_000)
        assert [who for _, who in one.sent] == ["2"]


async def test_a_restart_doubles_and_forgets_nothing(tmp_path: Path, clock: FakeClock) -> None:
    """What was asked is not asked again; the code that is out there still answers."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        code = one.pager.code_to(DUTY_NUMBER)
    async with bench(tmp_path, clock) as one:
        await one.pass_ms(99_000)
        assert one.sent == []
        await one.pass_ms(1_000)
        assert [who for _, who in one.sent] == ["2"]
        assert one.sounder.loud()
        assert await one.answer(f"{code} OTAN") == "accepted"
        assert one.alert.actor == Actor(account="duty", role="coordinator")
        await one.settle()
        assert not one.sounder.loud()


async def test_what_was_owed_at_a_restart_goes_out(tmp_path: Path, clock: FakeClock) -> None:
    async with bench(tmp_path, clock) as one:
        one.pager.trouble = UpstreamUnavailableError("no network")
        await one.press()
        await one.pass_ms(20_000)
        assert one.sent == []
    async with bench(tmp_path, clock) as one:
        await until(lambda: bool(one.pager.sent))
        assert await one.answer(f"{one.pager.code_to(DUTY_NUMBER)} OK") == "accepted"


async def test_a_receipt_before_a_restart_is_remembered(tmp_path: Path, clock: FakeClock) -> None:
    """The outbox knows what a system has: level 1 stays the desk's."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        owed = await one.house.store.owed(10)
        await one.house.store.mark_received([e.id for e in owed], clock.now())
    async with bench(tmp_path, clock) as one:
        await one.pass_ms(60_000)
        assert one.sent == []
        await one.pass_ms(60_000)
        assert [who for _, who in one.sent] == ["2"]


async def test_the_first_answer_wins(tmp_path: Path, clock: FakeClock) -> None:
    """A second recipient's word, and a decision made at the desk before it knew, come too late."""
    async with bench(tmp_path, clock) as one:
        await one.press("smoke")
        await until(lambda: len(one.pager.sent) == 3)
        await one.settle()
        first, second = one.pager.code_to(DUTY_NUMBER), one.pager.code_to(CARE_NUMBER)
        assert await one.answer(f"{first} otan") == "accepted"
        assert await one.answer(f"{second} tar") == "taken_already"
        late = Acknowledgement(
            alert=one.alert.id, kind="accepted", actor=Actor(account="anna", role="nurse"), rev=1
        )
        assert one.house.tell(late) == ("taken_already",)
        assert await one.answer(f"{first} ei") == "used"
        assert one.alert.actor == Actor(account="duty", role="coordinator")


async def test_a_refusal_asks_the_next_level_at_once(tmp_path: Path, clock: FakeClock) -> None:
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        assert await one.answer(f"{one.pager.code_to(DUTY_NUMBER)} EI") == "declined"
        await until(lambda: len(one.pager.sent) == 2)
        assert one.sent[1] == (20_000, "2")
        assert one.alert.escalation == 2


async def test_when_the_hold_runs_out_they_are_asked_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    """45 minutes without an ETA; a new asking, with codes of its own."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        old = one.pager.code_to(DUTY_NUMBER)
        assert await one.answer(f"{old} otan") == "accepted"
        clock.pass_time(45 * 60_000)
        one.house.tell(Tick())
        await one.house.commit()
        assert one.alert.state is AlertState.RAISED
        await one.pass_ms(20_000)
        assert [who for _, who in one.sent] == ["1", "1", "1"]
        assert one.pager.code_to(DUTY_NUMBER) != old
        assert await one.answer(f"{old} otan") == "over"


async def test_guessed_codes_are_counted_and_then_not_listened_to(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Five from one number, an hour; nobody else's answer is lost by it."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        code = one.pager.code_to(DUTY_NUMBER)
        for n in range(WRONG_MAX):
            assert await one.answer(f"Z9ZZZ{n} otan", "+358400000001") == "wrong_code"
        assert await one.answer(f"{code} otan", "+358400000001") == "ignored"
        assert one.alert.state is AlertState.RAISED
        assert await one.answer("otan", "+358400000002") == "no_code"
        clock.pass_time(IGNORED_MS)
        assert await one.answer(f"{code} otan", "+358400000001") == "accepted"
        assert one.escalator.replies is not None
        assert one.escalator.replies.counts["wrong_code"] == WRONG_MAX


async def test_who_left_the_plan_answers_no_more(tmp_path: Path, clock: FakeClock) -> None:
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(20_000)
        code = one.pager.code_to(DUTY_NUMBER)
        other = made(tables([DUTY | {"id": "other"}]))
        await one.house.store.change(plans.keep, other, "test", clock.now())
        await one.escalator.read_plan()
        assert await one.answer(f"{code} otan") == "not_in_plan"
        assert one.alert.state is AlertState.RAISED


async def test_messages_that_nobody_needs_are_withdrawn(tmp_path: Path, clock: FakeClock) -> None:
    """Closed at the desk while the network was away."""
    async with bench(tmp_path, clock) as one:
        one.pager.trouble = UpstreamUnavailableError("no network")
        await one.press()
        await one.pass_ms(21_000)
        alert = one.alert.id
        nurse = Actor(account="anna", role="nurse")
        one.house.tell(Acknowledgement(alert=alert, kind="closed", actor=nurse, outcome="helped"))
        await one.house.commit()
        one.pager.trouble = None
        await one.pass_ms(60_000)
        assert one.sent == []
        assert one.escalator.book.opened == {}


async def test_what_is_taken_while_it_is_written_is_not_sent(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The last look is the one just before the modem."""
    async with bench(tmp_path, clock) as one:

        async def taken() -> None:
            one.meanwhile = None
            nurse = Actor(account="anna", role="nurse")
            one.house.tell(Acknowledgement(alert=one.alert.id, kind="accepted", actor=nurse))
            await one.house.commit()

        await one.press()
        one.meanwhile = taken
        await one.pass_ms(21_000)
        assert one.sent == []
        assert [row.state for row in await one.rows()] == [PageState.WITHDRAWN]


async def test_a_restart_still_tells_the_hook_of_the_end(tmp_path: Path, clock: FakeClock) -> None:
    out = tmp_path / "told"
    script = f"import sys; open({str(out)!r}, 'a').write(sys.argv[1] + ' ')"
    hook = Hook(argv=(sys.executable, "-c", script), timeout_s=10)
    async with bench(tmp_path, clock, hook=hook) as one:
        await one.press("smoke")
        await until(lambda: out.exists() and out.read_text() == "start ")
        await one.settle()
    async with bench(tmp_path, clock, hook=hook) as one:
        nurse = Actor(account="anna", role="nurse")
        one.house.tell(Acknowledgement(alert=one.alert.id, kind="accepted", actor=nurse))
        await one.house.commit()
        await until(lambda: out.read_text() == "start stop ")


async def test_without_a_plan_only_the_sounder_asks(tmp_path: Path, clock: FakeClock) -> None:
    """And no level is raised: there is nobody to pass it on to."""
    async with bench(tmp_path, clock, keep_plan=False) as one:
        await one.press()
        await one.pass_ms(300_000)
        assert one.sent == []
        assert (one.alert.escalation, one.alert.rev) == (1, 1)
        assert [row.page.path for row in await one.rows()] == ["sounder"]


async def test_the_sounder_pauses_and_a_broken_one_is_told(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Three of five minutes; one that cannot be switched is a fault of ours."""
    async with bench(tmp_path, clock, keep_plan=False) as one:
        await one.press("smoke")
        assert one.sounder.loud()
        await one.pass_ms(180_000)
        assert not one.sounder.loud()
        await one.pass_ms(120_000)
        assert one.sounder.loud()
        one.sounder.broken = True
        await one.pass_ms(6_000)
        assert "line/sounder" in one.house.keeper.home.faults
        one.sounder.broken = False
        await one.pass_ms(2_000)
        assert "line/sounder" not in one.house.keeper.home.faults


async def test_the_hook_is_told_of_the_beginning_and_the_end(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Its own arguments first; code, priority, level and id, and nothing of the resident."""
    out = tmp_path / "told"
    script = f"import sys; open({str(out)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')"
    hook = Hook(argv=(sys.executable, "-c", script, "loud"), timeout_s=10)
    async with bench(tmp_path, clock, hook=hook) as one:
        await one.press("smoke")
        await until(lambda: out.exists() and out.read_text().count("\n") == 1)
        nurse = Actor(account="anna", role="nurse")
        alert = one.alert.id
        one.house.tell(Acknowledgement(alert=alert, kind="accepted", actor=nurse))
        await one.house.commit()
        await until(lambda: out.read_text().count("\n") == 2)
        lines = out.read_text().splitlines()
        assert lines[0] == f"loud start smoke critical 3 {alert}"
        assert lines[1].startswith("loud stop smoke")


@pytest.mark.parametrize(
    "argv, reason",
    [
        (("/nowhere/at/all",), "cannot be started"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with 3"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "did not end within 1 s"),
    ],
)
async def test_a_hook_that_fails_says_how(argv: tuple[str, ...], reason: str) -> None:
    assert (await run_hook(Hook(argv=argv, timeout_s=1), ("start",))).startswith(reason)


async def test_a_clock_that_is_set_meanwhile_asks_nobody_twice(tmp_path: Path) -> None:
    """One revision with the right time; the ladder goes on by boottime, at 120 s."""
    began = Instant(boot="a", boottime_ms=90_000, wall_ms=90_000, sync=Sync.NONE)
    clock = FakeClock(began)
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(30_000)
        first = list(one.sent)
        assert [level for _, level in first] == ["1"]
        rev = one.alert.rev
        clock.step_wall(NOON_WALL_MS, sync=Sync.NTP)
        one.house.tell(Tick())
        await one.house.keep()
        assert one.alert.rev == rev + 1
        assert one.alert.raised.sync is Sync.HOLDOVER
        assert NOON_WALL_MS <= one.alert.raised.wall_ms - began.wall_ms < NOON_WALL_MS + 1_000
        await one.pass_ms(88_000)
        assert one.sent == first
        await one.pass_ms(10_000)
        assert one.sent[:1] == first
        assert {level for _, level in one.sent[1:]} == {"2"}
