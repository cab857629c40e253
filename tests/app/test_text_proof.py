"""The second path proved once a month, to the number of maintenance and to nobody else."""

from __future__ import annotations

from pathlib import Path

from edge.app.house import House
from edge.app.proving import due
from edge.app.proving.texting import TextProof
from edge.domain import Sync
from edge.errors import UpstreamUnavailableError
from tests.app.escalation_bench import PaperPager
from tests.app.homes import house_in
from tests.support.clock import FakeClock

MODEM = '[pager]\nport = "/dev/null"\n'
TO = "+358401234567"
DAY = 86_400_000


def at_slot(clock: FakeClock) -> None:
    """To the gateway's minute of this day or the next; the tests' noon is 14:00 in the home."""
    minutes = due.slot_min("gw-1") - 14 * 60
    clock.pass_time((minutes if minutes >= 0 else minutes + 24 * 60) * 60_000)


async def opened(house: House, pager: PaperPager) -> TextProof:
    made = TextProof(house, pager)
    await made.load()
    return made


async def test_one_message_a_month_in_working_hours(tmp_path: Path, clock: FakeClock):
    """Also over restarts; it holds the gateway's name and a fixed sentence."""
    pager = PaperPager(clock)
    more = f'{MODEM}prove_to = "{TO}"\n'
    async with house_in(tmp_path, clock, more) as house:
        one = await opened(house, pager)
        at_slot(clock)
        for _ in range(40):
            await one.turn()
            clock.pass_time(DAY)
            one = await opened(house, pager)
        assert len(pager.sent) == 2
        assert pager.sent[1][0] - pager.sent[0][0] == 30 * DAY
        assert {to for _, to, _ in pager.sent} == {TO}
        assert pager.sent[0][2].startswith("gw-1: Tämä on Kotivahdin tekstiviestien kokeilu.")
        clock.pass_time(40 * DAY - 10 * 3_600_000)  # by night it waits
        await one.turn()
        assert len(pager.sent) == 2
        status = one.status()
        assert status is not None
        assert status["last_taken"]["cause"] == "monthly"


async def test_a_clock_that_was_ahead_stops_it_for_no_year(tmp_path: Path, clock: FakeClock):
    """The last one is dated ten years from now, by another boot: nobody knows when it was."""
    pager = PaperPager(clock)
    async with house_in(tmp_path, clock, f'{MODEM}prove_to = "{TO}"\n') as house:
        one = await opened(house, pager)
        at_slot(clock)
        await one.turn()
        clock.boot = "another"
        clock.step_wall(-3_650 * DAY)
        for _ in range(2):
            await one.turn()
            clock.pass_time(DAY)
        assert len(pager.sent) == 2


async def test_without_a_number_nothing_goes_out(tmp_path: Path, clock: FakeClock):
    pager = PaperPager(clock)
    async with house_in(tmp_path, clock, MODEM) as house:
        one = await opened(house, pager)
        at_slot(clock)
        await one.turn()
        assert (pager.tried, one.status()) == (0, None)


async def test_a_refusal_is_a_fault_until_one_goes_through(tmp_path: Path, clock: FakeClock):
    """Tried again on the next day, not every minute."""
    pager = PaperPager(clock)
    async with house_in(tmp_path, clock, f'{MODEM}prove_to = "{TO}"\n') as house:
        one = await opened(house, pager)
        at_slot(clock)
        pager.trouble = UpstreamUnavailableError("no network")
        for _ in range(3):
            await one.turn()
            clock.pass_time(60_000)
        assert pager.tried == 1
        assert "path/sms-proof" in house.keeper.home.faults
        pager.trouble = None
        clock.pass_time(DAY)
        await one.turn()
        assert len(pager.sent) == 1
        assert house.keeper.home.faults == {}


async def test_an_unset_clock_sends_none(tmp_path: Path, clock: FakeClock):
    """It knows neither working hours nor a month."""
    pager = PaperPager(clock)
    async with house_in(tmp_path, clock, f'{MODEM}prove_to = "{TO}"\n') as house:
        one = await opened(house, pager)
        at_slot(clock)
        clock.sync = Sync.NONE
        await one.turn()
        assert pager.tried == 0
