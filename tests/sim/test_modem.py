"""The virtual modem: told what to do by the commands of the virtual home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.errors import ControlError
from edge.sim.air import Air
from edge.sim.line import Cable
from edge.sim.modem import MEMORY_MAX, Modem, ModemOnALine
from edge.sim.verbs import Verbs

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+358401234567"
# python-gsmmodem's own example: "Hello World!" to +27820001111.
HELLO = "0001000B917228001011F100000CC8329BFD065DDF72363904"


class Box:
    """A modem without anybody at the other end of its cable."""

    def __init__(self, folder: Path) -> None:
        self.said: list[bytes] = []
        self.told: list[str] = []
        self.modem = Modem(self.said.append, self.told.append)
        thing = ModemOnALine(Cable(folder / "modem", self.modem.heard), self.modem)
        self.verbs = Verbs({"modem-1": thing}, Air(), speed=1.0)

    def ask(self, command: str, end: str = "\r") -> list[str]:
        self.said.clear()
        self.modem.heard((command + end).encode("ascii"))
        return b"".join(self.said).decode("ascii", "replace").split()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    made = Box(tmp_path)
    made.ask("ATE0")
    made.ask("AT+CMGF=0")
    return made


def test_it_takes_a_published_message(box: Box) -> None:
    assert box.ask("AT+CMGS=24") == [">"]
    assert box.ask(HELLO, "\x1a") == ["+CMGS:", "1", "OK"]
    assert box.modem.sent == [("+27820001111", "Hello World!")]
    assert box.told == ["text to +27820001111: Hello World!"]


def test_it_refuses_what_is_no_message(box: Box) -> None:
    """Another length than announced, no hex, an escape in the middle."""
    for octets, pdu in ((23, HELLO), (24, "xyz"), (2, "00"), (24, HELLO[:-2] + "zz")):
        assert box.ask(f"AT+CMGS={octets}") == [">"]
        assert box.ask(pdu, "\x1a") == ["+CMS", "ERROR:", "304"]
    assert box.ask("AT+CMGS=24") == [">"]
    assert box.ask(HELLO[:9], "\x1b") == ["OK"]
    assert box.modem.sent == []


async def test_it_is_told_to_misbehave(box: Box) -> None:
    """Each word of the command, and what can be seen of it at the port."""
    await box.verbs.do("modem modem-1 network off")
    assert box.ask("AT+CREG?") == ["+CREG:", "0,2", "OK"]
    await box.verbs.do("modem modem-1 error 42")
    box.ask("AT+CMGS=24")
    assert box.ask(HELLO, "\x1a") == ["+CMS", "ERROR:", "42"]
    await box.verbs.do("modem modem-1 full")
    assert len(box.modem.memory) == MEMORY_MAX
    assert await box.verbs.do(f"sms modem-1 {NUMBER} ok") == "a text message comes in: full"
    await box.verbs.do("modem modem-1 garbage")
    assert "RING" in box.ask("AT")
    await box.verbs.do("modem modem-1 garbage off")
    await box.verbs.do("modem modem-1 pin 4711")
    assert box.ask("AT+CPIN?") == ["AT+CPIN?", "+CPIN:", "SIM", "PIN", "OK"]
    assert box.ask('AT+CPIN="0000"')[-1] == "ERROR"
    assert box.ask('AT+CPIN="4711"')[-1] == "OK"
    await box.verbs.do("modem modem-1 dies")
    box.ask("AT+CMGF=0")
    assert box.ask("AT+CMGS=24")[-1] == ">"
    box.ask(HELLO, "\x1a")
    assert box.ask("AT") == []
    await box.verbs.do("modem modem-1 restart")
    assert box.ask("AT")[-1] == "OK"
    await box.verbs.do("modem modem-1 echo")
    box.ask("ATE0")
    assert box.ask("AT") == ["AT", "OK"]
    await box.verbs.do("modem modem-1 silent")
    assert box.ask("AT") == []
    await box.verbs.do("modem modem-1 silent off")
    assert box.ask("AT")[-1] == "OK"
    assert "kept" in await box.verbs.do("status")
    with pytest.raises(ControlError):
        await box.verbs.do("modem modem-1 dance")


async def test_a_message_comes_in(box: Box) -> None:
    assert await box.verbs.do(f"sms modem-1 {NUMBER} K7QZ4M ok") == (
        "a text message comes in: kept at 1"
    )
    assert box.ask("AT+CMGL=4")[:2] == ["+CMGL:", "1,0,,27"]
    assert box.ask("AT+CMGD=1") == ["OK"]
    assert box.ask("AT+CMGD=1") == ["+CMS", "ERROR:", "321"]
