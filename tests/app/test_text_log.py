"""Text messages in the customer's log, and the customer's switches before anybody is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from edge.app.customer.disclosures import Disclosures
from edge.domain import AlertState, Sent, Switch
from edge.errors import ControlError, StoreError, UpstreamUnavailableError
from edge.kinds import observation
from edge.store.database import Database
from edge.store.pages import PageState
from tests.app.escalation_bench import Bench, bench, until
from tests.app.homes import PEER
from tests.escalation.plans import CARE, DAUGHTER, DUTY, made, tables
from tests.support.clock import FakeClock

PEOPLE = ("duty", "care", "daughter")


class Card:
    """A card that refuses every commit while `fault` says how."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fault = ""
        for name in ("record", "change"):
            monkeypatch.setattr(Database, name, self._refusing(getattr(Database, name)))

    def _refusing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(database: Database, *args: Any, **kwargs: Any) -> Any:
            if self.fault and str(database.path) != ":memory:":
                raise StoreError("the card refuses", self.fault)
            return real(database, *args, **kwargs)

        return call


async def lines(one: Bench) -> list[dict[str, Any]]:
    """The log's text messages, the oldest first."""
    found = await Disclosures(one.house).listed({}, PEER)
    return [row for row in reversed(found["disclosures"]) if row["class"] == "message"]


async def off(one: Bench, *people: str) -> None:
    for who in people:
        args = {"recipient": who, "class": "message", "allowed": False, "by": "relative.one"}
        await Disclosures(one.house).switch(args, PEER)


async def test_a_text_message_is_a_line_for_its_recipient(tmp_path: Path, clock: FakeClock) -> None:
    """What, why, by which path; the network's word is the receipt. The confirmation is another."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(19_999)
        assert await lines(one) == []
        await one.pass_ms(1)
        (line,) = await lines(one)
        (page,) = await one.rows()
        assert (line["recipient"], line["what"], line["basis"]) == ("duty", "help_button", "plan")
        assert (line["path"], line["ref"]) == ("sms", page.id)
        assert (line["messages"], line["received"]) == (1, 1)
        code = one.pager.code_to("+358401234501")
        assert await one.answer(f"{code} otan") == "accepted"
        await until(lambda: len(one.pager.sent) == 2)
        await one.settle()
        assert [(row["recipient"], row["received"]) for row in await lines(one)] == [
            ("duty", 1),
            ("duty", 1),
        ]
        assert "+358" not in str(await lines(one))


async def test_tries_are_one_line_that_nobody_confirmed(tmp_path: Path, clock: FakeClock) -> None:
    """It may be out from the first try on, also over a restart; confirmed when the network says."""
    async with bench(tmp_path, clock) as one:
        one.pager.trouble = UpstreamUnavailableError("no verdict; it may have gone out")
        await one.press()
        while one.pager.tried < 2:
            await one.pass_ms(5_000)
        assert [(row["messages"], row["received"]) for row in await lines(one)] == [(1, 0)]
    async with bench(tmp_path, clock) as one:
        await until(lambda: bool(one.pager.sent))
        await one.settle()
        assert [(row["messages"], row["received"]) for row in await lines(one)] == [(1, 1)]


async def test_who_is_switched_off_is_passed_over_at_once(tmp_path: Path, clock: FakeClock) -> None:
    """An empty level is no wait: the next one is asked at the time at which it was due."""
    async with bench(tmp_path, clock) as one:
        await off(one, "duty")
        assert one.escalator.status()["switched_off"] == 1
        await one.press()
        await one.pass_ms(20_000)
        assert one.sent == [(20_000, "2")]
        await one.pass_ms(220_000)
        assert {who for _, who in one.sent} == {"2", "3"}
        assert {row["recipient"] for row in await lines(one)} == {"care", "daughter"}


async def test_the_others_of_a_level_are_asked(tmp_path: Path, clock: FakeClock) -> None:
    plan = made(tables([DUTY, CARE], [DAUGHTER]))
    async with bench(tmp_path, clock, plan) as one:
        await off(one, "duty")
        await one.press()
        await one.pass_ms(20_000)
        assert one.sent == [(20_000, "2")]


async def test_where_all_are_off_the_home_does_not_wait(tmp_path: Path, clock: FakeClock) -> None:
    """No message, and with the line down the sounder is at once: never a silent nobody."""
    async with bench(tmp_path, clock) as one:
        await off(one, *PEOPLE)
        await one.uplink(down=True)
        await one.press()
        await one.pass_ms(2_000)
        assert one.sounder.loud()
        await one.pass_ms(300_000)
        assert one.sent == []
        assert await lines(one) == []


async def test_no_switch_holds_back_a_fire(tmp_path: Path, clock: FakeClock) -> None:
    async with bench(tmp_path, clock) as one:
        await off(one, *PEOPLE)
        await one.press("smoke")
        await until(lambda: len(one.pager.sent) == 3)
        await one.settle()
        assert {row["what"] for row in await lines(one)} == {"smoke"}


async def test_a_switch_told_while_a_message_waits_holds(tmp_path: Path, clock: FakeClock) -> None:
    """It is withdrawn, and the next level is asked instead; nothing goes to who is off."""
    async with bench(tmp_path, clock) as one:
        one.pager.trouble = UpstreamUnavailableError("no network")
        await one.press()
        await one.pass_ms(20_000)
        await off(one, "duty")
        one.pager.trouble = None
        await one.pass_ms(10_000)
        assert [who for _, who in one.sent] == ["2"]
        mine = [row for row in await one.rows() if row.page.recipient == "duty"]
        assert [(row.state, row.reason) for row in mine] == [(PageState.WITHDRAWN, "switched_off")]


async def test_a_name_that_stands_in_no_plan_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    """One letter wrong switches nothing; who left the plan can still be switched on again."""
    async with bench(tmp_path, clock) as one:
        with pytest.raises(ControlError, match=r"'dauhgter' is in no plan.*known: service, care"):
            await off(one, "dauhgter")
        assert one.house.sending.known() == []
        left = Switch(recipient="left", cls=Sent.MESSAGE, allowed=False, by="x", told=clock.now())
        one.house.sending.put(left)
        args = {"recipient": "left", "class": "message", "allowed": True, "by": "relative.one"}
        assert (await Disclosures(one.house).switch(args, PEER))["allowed"] is True


@pytest.mark.parametrize("fault", ["full", "read_only"])
async def test_a_disk_that_refuses_holds_no_message_back(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Messages go, are answered, and stand in the log once the disk takes it again."""
    card = Card(monkeypatch)
    async with bench(tmp_path, clock) as one:
        card.fault = fault
        assert one.house.hear(observation("button", "button", "press", clock.now()))
        assert not await one.house.keep()
        await one.settle()
        await one.pass_ms(20_000)
        assert one.sent == [(20_000, "1")]
        assert await lines(one) == []
        code = one.pager.code_to("+358401234501")
        assert await one.answer(f"{code} otan") == "accepted"
        await until(lambda: len(one.pager.sent) == 2)
        await one.settle()
        (press,) = [a for a in one.house.keeper.home.alerts.values() if a.code == "help_button"]
        assert press.state is AlertState.ACKNOWLEDGED
        card.fault = ""
        assert await one.answer(f"{one.pager.code_to('+358401234501')} otan") == "accepted"
        await until(lambda: len(one.pager.sent) == 3)
        await one.settle()
        assert [row["received"] for row in await lines(one)] == [1, 1, 1]


async def test_a_pagers_words_are_in_no_log(tmp_path: Path, clock: FakeClock) -> None:
    """Another modem's error may hold the number it could not reach."""
    async with bench(tmp_path, clock) as one:
        with structlog.testing.capture_logs() as said:
            one.pager.trouble = UpstreamUnavailableError("+358401234501 is not reachable")
            await one.press()
            await one.pass_ms(20_000)
        lost = [row for row in said if row["event"] == "pager_lost"]
        assert [row["reason"] for row in lost] == ["not_taken"]
        assert "+358" not in str(said)
