"""The driver against a virtual modem on a pty that misbehaves."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.sim.modem import MEMORY_MAX
from edge.uplink.sms.modem import LOOK_EVERY_MS, UNREGISTERED_MAX_MS
from tests.uplink.sms.bench import NUMBER, Bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.clock import FakeClock

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Bench:
    return Bench(tmp_path, clock)


async def test_no_network_is_a_fault_after_a_while(bench: Bench) -> None:
    """A modem is given two minutes to find its network; then it is said, and its end too."""
    bench.virtual.network = 2
    async with bench.running():
        await bench.until(lambda: bench.modem.trouble.startswith("no network yet"))
        with pytest.raises(UpstreamUnavailableError, match="CMS 331, no network service"):
            await bench.sends()
        assert bench.path == []
        await bench.later(UNREGISTERED_MAX_MS)
        await bench.until(lambda: bench.path == ["no network: searching"])
        bench.virtual.network = 5
        await bench.later(LOOK_EVERY_MS)
        await bench.up()
        await bench.sends()
    assert bench.path == ["no network: searching", "back"]


async def test_a_network_that_denies_us_is_named(bench: Bench) -> None:
    bench.virtual.network = 3
    async with bench.running():
        await bench.until(lambda: bench.modem.trouble == "no network yet: denied")


@pytest.mark.parametrize(
    "code, raised, named",
    [
        (1, UpstreamRejectedError, "CMS 1, unassigned number"),
        (28, UpstreamRejectedError, "CMS 28, unidentified subscriber"),
        (42, UpstreamUnavailableError, "CMS 42, congestion"),
        (322, UpstreamUnavailableError, "CMS 322, memory full"),
        (777, UpstreamUnavailableError, "CMS 777, no name"),
    ],
)
async def test_an_error_has_its_name(
    bench: Bench, code: int, raised: type[Exception], named: str
) -> None:
    """What will be refused again is rejected; all else may be tried again, and works then."""
    bench.virtual.errors = [code]
    async with bench.running():
        await bench.up()
        with pytest.raises(raised, match=named):
            await bench.sends()
        await bench.sends()
    assert len(bench.virtual.sent) == 1


async def test_a_locked_card_without_a_pin_is_said_and_not_touched(bench: Bench) -> None:
    bench.virtual.pin = "4711"
    async with bench.running():
        await bench.until(lambda: len(bench.path) > 0)
        assert bench.virtual.pin_tries == 3
    assert "cannot be read" in bench.path[0]


async def test_a_modem_with_words_of_its_own_puts_no_number_into_a_fault(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that no standard names is told without its name: faults are logged and sent."""
    monkeypatch.setattr(bench.virtual, "_card", lambda: "CALL +358401234501")
    async with bench.running():
        await bench.until(lambda: len(bench.path) > 0)
    assert bench.path[0] == "the SIM card is locked (no name); open it in a telephone"


async def test_a_right_pin_opens_the_card(bench: Bench) -> None:
    """From a file; and after a power failure of the modem again."""
    bench.virtual.pin = "4711"
    bench.pin_file.write_text("4711\n")
    async with bench.running():
        await bench.up()
        await bench.sends()
        await bench.later(LOOK_EVERY_MS)
        bench.virtual.restart()
        await bench.until(lambda: "the modem has started anew" in bench.path)
        await bench.up()
        await bench.sends()
    assert not bench.mark.exists()


async def test_a_wrong_pin_is_tried_once_until_its_file_changes(bench: Bench) -> None:
    """Over restarts of modem and gateway: three tries would lock the card."""
    bench.virtual.pin = "4711"
    bench.pin_file.write_text("1234\n")
    for _ in range(3):
        bench.path.clear()
        async with bench.running():
            await bench.until(lambda: any("not tried again" in why for why in bench.path))
            bench.clock.pass_time(300_000)
            await bench.asked_again()
        bench.modem = bench.another()
    assert bench.virtual.pin_tries == 2
    assert not any("1234" in why for why in bench.path)
    bench.pin_file.write_text("4711\n")
    os.utime(bench.pin_file, ns=(1, 1))
    async with bench.running():
        await bench.up()
    assert bench.virtual.pin_tries == 3


@pytest.mark.parametrize("text", ["", "12", "1234 5678", "abcd", "123456789"])
async def test_a_file_that_holds_no_pin_costs_no_try(bench: Bench, text: str) -> None:
    bench.virtual.pin = "4711"
    bench.pin_file.write_text(text)
    async with bench.running():
        await bench.until(lambda: any("holds no PIN" in why for why in bench.path))
    assert bench.virtual.pin_tries == 3


async def test_a_silent_modem_is_given_up_and_tried_again(bench: Bench) -> None:
    """One that says nothing from the start, and one that falls silent."""
    bench.box.plug()
    bench.virtual.answers = False
    async with bench.running():
        await bench.until(lambda: bench.path == ["the modem does not answer"])
        bench.virtual.restart()
        await bench.up()
        bench.virtual.answers = False
        await bench.later(LOOK_EVERY_MS)
        await bench.until(lambda: len(bench.path) == 3)
        assert bench.path[2] == "no answer to AT+CPIN? within 5 s"
        with pytest.raises(UpstreamUnavailableError, match="no answer to"):
            await bench.sends()
        bench.virtual.restart()
        await bench.up()
        await bench.sends()


async def test_a_modem_that_dies_in_the_middle_of_a_message(bench: Bench) -> None:
    """The caller hears that nobody knows; the modem is found again, and sends the next one."""
    async with bench.running():
        await bench.up()
        bench.virtual.dies_in_pdu = True
        with pytest.raises(UpstreamUnavailableError, match="it may have gone out within 60 s"):
            await bench.sends("katoaa matkalla")
        bench.virtual.restart()
        await bench.until(lambda: len(bench.path) == 3)
        await bench.up()
        await bench.sends("menee perille")
    assert [text for _, text in bench.virtual.sent] == ["menee perille"]


async def test_an_ok_without_a_reference_is_no_verdict(bench: Bench) -> None:
    """It may be the answer to anything."""
    bench.virtual.tells_reference = False
    async with bench.running():
        await bench.up()
        with pytest.raises(UpstreamUnavailableError, match="OK without a reference"):
            await bench.sends()


async def test_a_message_that_failed_makes_it_look(bench: Bench) -> None:
    """A modem that has started anew refuses everything: found at once, not at the next minute."""
    async with bench.running():
        await bench.up()
        bench.virtual.restart()
        before_ms = bench.clock.now().boottime_ms
        with pytest.raises(UpstreamUnavailableError, match="CMS 302"):
            await bench.sends()
        await bench.until(lambda: bench.path[-2:] == ["the modem has started anew", "back"])
        await bench.sends()
        assert bench.clock.now().boottime_ms - before_ms < LOOK_EVERY_MS // 2
    assert len(bench.virtual.sent) == 1


async def test_a_late_verdict_is_not_the_next_ones(bench: Bench) -> None:
    """The word on a message that was given up comes while the next one is asked about."""
    async with bench.running():
        await bench.up()
        bench.virtual.dies_in_pdu = True
        with pytest.raises(UpstreamUnavailableError):
            await bench.sends("ei tietoa")
        bench.virtual.answers = True
        bench.virtual.heard(b"\x1b")
        bench.virtual.errors = [42]
        bench.box.cable.say(b"\r\n+CMGS: 7\r\n\r\nOK\r\n")
        with pytest.raises(UpstreamUnavailableError, match="CMS 42"):
            await bench.sends("ruuhka")
        await bench.sends("menee perille")
    assert [text for _, text in bench.virtual.sent] == ["menee perille"]


@pytest.mark.parametrize(
    "command, told",
    [
        ("E0", ""),
        ("+CMEE", ""),
        ("+CPMS", ""),
        ("+CNMI", ""),
        ("+CSCA", ""),
        ("+CREG", ""),
        ("+CEREG", ""),
        ("+CSQ", ""),
        ("+CMGL", "what comes in cannot be read: CME 4, operation not supported"),
    ],
)
async def test_a_modem_of_another_make_still_sends(bench: Bench, command: str, told: str) -> None:
    """What it does not know is done without, or said; a call for help goes out."""
    bench.virtual.knows_not = (command,)
    async with bench.running():
        await bench.until(lambda: bench.modem.checked_ms is not None)
        await bench.sends("hälytys")
        assert bench.modem.trouble == told
    assert [text for _, text in bench.virtual.sent] == ["hälytys"]


async def test_a_modem_without_pdu_mode_is_none(bench: Bench) -> None:
    bench.virtual.knows_not = ("+CMGF=",)
    async with bench.running():
        await bench.until(lambda: len(bench.path) > 0)
    assert bench.path == ["the modem has no PDU mode: CME 4, operation not supported"]


async def test_a_card_without_a_service_centre_is_said(bench: Bench) -> None:
    bench.virtual.centre = ""
    async with bench.running():
        await bench.until(lambda: len(bench.path) > 0)
    assert bench.path == ["no service centre's number on the SIM card; write [pager] smsc"]


async def test_a_gateway_that_died_in_the_middle_of_a_message(bench: Bench) -> None:
    """The modem still waits for the rest of a PDU: an escape ends it, unsent."""
    bench.box.plug()
    bench.virtual.heard(b"ATE0\rAT+CMGF=0\rAT+CMGS=23\r0011000B9153")
    async with bench.running():
        await bench.up()
        await bench.sends("uusi alku")
    assert [text for _, text in bench.virtual.sent] == ["uusi alku"]


async def test_a_cable_pulled_in_the_middle_of_a_message(bench: Bench) -> None:
    async with bench.running():
        await bench.up()
        bench.virtual.dies_in_pdu = True
        sending = asyncio.ensure_future(bench.modem.send(NUMBER, "katoaa matkalla"))
        await bench.until(lambda: not bench.virtual.answers)
        bench.box.unplug()
        with pytest.raises(UpstreamUnavailableError, match="the port is gone: no verdict"):
            await bench.done(sending)
        await bench.until(lambda: bench.path[-1] == "the port is not there")
        bench.virtual.answers = True
        bench.box.plug()
        await bench.up()
        await bench.sends("menee perille")
    assert [text for _, text in bench.virtual.sent] == ["menee perille"]
    assert bench.modem.counts.opened == 2


async def test_what_is_said_unasked_is_no_answer(bench: Bench) -> None:
    """RING, +CREG:, ^RSSI: before each answer and between a message and its header; noise; echo."""
    bench.virtual.chatters = bench.virtual.garbles = bench.virtual.keeps_echo = True
    bench.virtual.comes_in(NUMBER, "K7QZ4M ok")
    async with bench.running():
        await bench.up()
        assert (await bench.done(bench.modem.reply())).text == "K7QZ4M ok"
        await bench.sends("häly")
        found = bench.modem.standing
        assert found is not None
        assert found.registered
    assert [text for _, text in bench.virtual.sent] == ["häly"]
    assert bench.modem.counts.unsound == {}


async def test_lines_may_end_as_they_like(bench: Bench) -> None:
    """LF alone, as some modems do it."""
    bench.virtual.line_end = b"\n"
    async with bench.running():
        await bench.up()
        await bench.sends()
    assert len(bench.virtual.sent) == 1


async def test_a_full_memory_is_a_fault_and_is_cleared(bench: Bench) -> None:
    """Drafts of somebody's telephone leave when there is no room for what comes in."""
    bench.virtual.fill()
    assert bench.virtual.comes_in(NUMBER, "ok") == "full"
    async with bench.running():
        await bench.up()
        await bench.until(lambda: not bench.virtual.memory)
        bench.virtual.comes_in(NUMBER, "ok")
        assert (await bench.done(bench.modem.reply())).text == "ok"


async def test_a_memory_full_of_what_nobody_takes_is_said(bench: Bench) -> None:
    """Nothing that was not read is deleted; that no more can come in is a fault of the path."""
    for n in range(MEMORY_MAX):
        bench.virtual.comes_in(NUMBER, f"viesti {n}")
    async with bench.running():
        await bench.until(lambda: bench.path == ["the SIM card's memory is full"])
        for n in range(MEMORY_MAX):
            assert (await bench.done(bench.modem.reply())).text == f"viesti {n}"
        await bench.up()
        await bench.until(lambda: len(bench.virtual.memory) == 1)  # the last one is being read


# A whole message of "How are you?", cut and bent: what a stranger, or a broken modem, may say.
WHOLE = "07911326040000F0040B911346610089F60000208062917314800CC8F71D14969741F977FD07"
UNSOUND = {
    "length": (WHOLE[:-2], 29),
    "number": (WHOLE.replace("0B91", "1691"), 30),
    "report": ("00" + WHOLE[16:].replace("04", "06", 1), 30),
    "long": ("00440B911346610089F600002080629173148008050003170301C8", 26),
    "binary": ("00040B911346610089F600042080629173148004C8F71D14", 23),
    "silent": ("00040B911346610089F640002080629173148004C8F71D14", 23),
    "hex": (WHOLE + "F", 30),
}


@pytest.mark.parametrize("reason", UNSOUND)
@pytest.mark.parametrize("passed_on", [False, True])
async def test_an_unsound_message_is_refused_counted_and_gone(
    bench: Bench, reason: str, *, passed_on: bool
) -> None:
    """Cut, forged, a part, data: named and deleted, and the sound one behind it is read."""
    bench.virtual.passes_on = passed_on
    pdu, octets = UNSOUND[reason]
    async with bench.running():
        await bench.up()
        bench.virtual.stores(pdu, octets)
        bench.virtual.comes_in(NUMBER, "ehjä")
        assert (await bench.done(bench.modem.reply())).text == "ehjä"
        await bench.until(lambda: len(bench.virtual.memory) == (0 if passed_on else 1))
    assert bench.modem.counts.unsound == {reason: 1}


async def test_an_endless_line_ends(bench: Bench) -> None:
    """A megabyte without a line end is thrown away, and the modem goes on."""
    async with bench.running():
        await bench.up()
        for _ in range(20):
            bench.box.cable.say(b"x" * 50_000)
            await bench.until(lambda: bench.box.cable.quiet)
        bench.box.cable.say(b"\r\n")
        await bench.sends()
    assert len(bench.virtual.sent) == 1
