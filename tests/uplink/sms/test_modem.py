"""The driver against a virtual modem on a pty: what it does with one that behaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.ports import Pager, Reply
from edge.uplink.sms.modem import CHECK_EVERY_MS
from tests.uplink.sms.bench import NUMBER, Bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.clock import FakeClock

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Bench:
    return Bench(tmp_path, clock)


async def test_a_message_goes_out_in_finnish(bench: Bench) -> None:
    """From words to what the network reads, through the modem's own decoder of PDUs."""
    pager: Pager = bench.modem
    async with bench.running():
        await bench.up()
        await bench.done(pager.send(NUMBER, "Pyykkiä? Ei: hälytys, Åke & Öljynen {1 €}"))
    assert bench.virtual.sent == [(NUMBER, "Pyykkiä? Ei: hälytys, Åke & Öljynen {1 €}")]
    assert bench.modem.counts.sent == 1


async def test_a_service_centre_of_the_settings_goes_with_the_message(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Without changing the card; and then the card need not know one."""
    bench = Bench(tmp_path, clock, centre="+358447983500")
    bench.virtual.centre = ""
    async with bench.running():
        await bench.up()
        await bench.sends()
    assert [number for number, _ in bench.virtual.sent] == [NUMBER]


async def test_messages_wait_for_each_other(bench: Bench) -> None:
    """Three callers at once: three messages, in their order."""
    async with bench.running():
        await bench.up()
        work = [bench.modem.send(NUMBER, f"viesti {n}") for n in range(3)]
        await bench.done(asyncio.gather(*work))
    assert [text for _, text in bench.virtual.sent] == ["viesti 0", "viesti 1", "viesti 2"]


async def test_a_caller_that_has_gone_costs_nothing(bench: Bench) -> None:
    """Cancelled before its turn: nothing goes out for it, and the next one does."""
    async with bench.running():
        await bench.up()
        first = asyncio.ensure_future(bench.modem.send(NUMBER, "ensimmäinen"))
        gone = asyncio.ensure_future(bench.modem.send(NUMBER, "peruttu"))
        await asyncio.sleep(0)
        gone.cancel()
        await bench.sends("viimeinen")
        await first
        await asyncio.gather(gone, return_exceptions=True)
    assert [text for _, text in bench.virtual.sent] == ["ensimmäinen", "viimeinen"]


async def test_without_a_modem_it_is_said_at_once(bench: Bench) -> None:
    """Nobody waits for a port that is not there."""
    async with bench.running(plugged=False):
        await bench.until(lambda: bench.path)
        with pytest.raises(UpstreamUnavailableError, match="the port is not there"):
            await bench.sends()
    assert bench.path == ["the port is not there"]


async def test_what_is_no_number_or_no_message_is_refused_before_the_modem(bench: Bench) -> None:
    """Too long, empty, 112, a number without its country: refused, and not in the error's words."""
    async with bench.running():
        await bench.up()
        for number, text in (
            (NUMBER, "a" * 161),
            (NUMBER, "š" * 71),
            (NUMBER, " "),
            ("112", "apua"),
            ("0401234567", "apua"),
        ):
            with pytest.raises(UpstreamRejectedError) as refused:
                await bench.modem.send(number, text)
            assert number not in str(refused.value)
    assert bench.virtual.sent == []
    assert not any(command.startswith("AT+CMGS") for command in bench.virtual.asked)


async def test_a_reply_is_handed_on_and_then_deleted(bench: Bench) -> None:
    """A message that comes in is told; it is deleted when the next one is asked for, not before."""
    async with bench.running():
        await bench.up()
        bench.virtual.comes_in(NUMBER, "K7QZ4M ok, tulen")
        assert await bench.done(bench.modem.reply()) == Reply(
            number=NUMBER, text="K7QZ4M ok, tulen"
        )
        assert len(bench.virtual.memory) == 1
        waiting = asyncio.ensure_future(bench.modem.reply())
        await bench.until(lambda: not bench.virtual.memory)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert bench.modem.counts.received == 1


async def test_messages_that_waited_on_the_card_are_told_at_the_start(bench: Bench) -> None:
    """Those that came while no gateway ran, and the one that a gateway took and died with."""
    bench.virtual.comes_in(NUMBER, "yksi")
    bench.virtual.comes_in("+4670123456", "två")
    async with bench.running():
        await bench.up()
        assert (await bench.done(bench.modem.reply())).text == "yksi"
    bench.modem = bench.another()
    async with bench.running():
        assert (await bench.done(bench.modem.reply())).text == "yksi"
        assert (await bench.done(bench.modem.reply())).text == "två"


async def test_a_message_that_is_passed_on_is_told_too(bench: Bench) -> None:
    """A modem that sends +CMT, whatever it was asked for."""
    bench.virtual.passes_on = True
    async with bench.running():
        await bench.up()
        bench.virtual.comes_in("Posti", "Paketti on noudettavissa")
        assert await bench.done(bench.modem.reply()) == Reply(
            number="Posti", text="Paketti on noudettavissa"
        )


async def test_it_tells_how_it_stands(bench: Bench) -> None:
    """Network, strength, room on the card, and when the path was last walked without sending."""
    async with bench.running():
        await bench.up()
        found = bench.modem.standing
        assert found is not None
        assert (found.network, found.signal_dbm) == ("registered", -73)
        assert (found.stored, found.room_for) == (0, 10)
        walked_ms = bench.modem.checked_ms
        assert walked_ms is not None
        await bench.later(CHECK_EVERY_MS)
        await bench.until(lambda: bench.modem.checked_ms != walked_ms)
    assert bench.virtual.sent == []
    assert bench.virtual.asked.count("AT+CSCA?") == 2


async def test_the_loop_says_that_it_turns(bench: Bench) -> None:
    """Also while it waits a minute for a verdict: the watchdog must not end a gateway for it."""
    async with bench.running():
        await bench.up()
        bench.virtual.dies_in_pdu = True
        with pytest.raises(UpstreamUnavailableError):
            await bench.sends("tämä viesti ei mene perille")
    bench.beats.append(bench.clock.now().boottime_ms)
    gaps = [later - before for before, later in zip(bench.beats, bench.beats[1:], strict=False)]
    assert max(gaps) <= 10_000
