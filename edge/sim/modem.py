"""A GSM modem on a serial line, as the gateway meets one: it answers AT commands, takes PDUs,
keeps messages that come in, says things unasked, and misbehaves when it is told to.

3GPP TS 27.005 and 27.007, as far as a modem for text messages needs them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime

from edge.sim.line import Cable
from edge.sim.sms import make_deliver, read_submit

# A SIM card's room; small, so that it is soon full.
MEMORY_MAX = 10
SENT_MAX = 100
_COMMAND_MAX_BYTES = 1_024
_UNREAD, _READ, _DRAFT = 0, 1, 2
# What modems say when they get power, and while they have it.
CHATTER = ("RING", "+CREG: 1", "^RSSI:17", "+CMTI", "^BOOT:1,0,0,0,6")
NOISE = b"\xff\x00\xfe\x13AT\x80\r\n"
_PIN_TRIES = 3


class Modem:
    """The modem behind the cable. `say` puts bytes on the line, `told` hears what it sent."""

    def __init__(self, say: Callable[[bytes], None], told: Callable[[str], None]) -> None:
        self.sent: list[tuple[str, str]] = []
        self.asked: list[str] = []  # the commands, PINs and all
        self.memory: dict[int, tuple[int, str, int]] = {}  # slot: state, hex, octets
        self.pin = ""  # the card's; "": it asks for none
        self.pin_tries = _PIN_TRIES
        self.network = 1  # TS 27.007 §7.2: 1 registered, 2 searching, 3 denied
        self.signal = 20
        self.centre = "+358447983500"
        self.passes_on = False  # +CMT instead of +CMTI
        # Misbehaviour.
        self.answers = True
        self.errors: list[int] = []  # the next messages are refused with these
        self.dies_in_pdu = False
        self.chatters = False  # says things unasked before each answer
        self.garbles = False
        self.line_end = b"\r\n"
        self.keeps_echo = False  # ATE0 changes nothing
        self.tells_reference = True  # what makes an OK a verdict on a message
        self.knows_not: tuple[str, ...] = ()  # commands of another make
        self._say_bytes = say
        self._told = told
        self._forget()

    def _forget(self) -> None:
        """As after power: echo on, no format, no card."""
        self._echo = True
        self._numeric = False
        self._text_mode = True
        self._indicates = False
        self._open = False
        self._awaits: int | None = None  # the length of the PDU that it has asked for
        self._rest = b""
        self._reference = 0

    def restart(self) -> None:
        """Power off and on: everything that it was told is gone, the card's content is not."""
        self._forget()
        self.answers = True
        for line in (*CHATTER, "+CPIN: READY" if not self.pin else "+CPIN: SIM PIN"):
            self._line(line)

    def comes_in(self, number: str, text: str, when: datetime | None = None) -> str:
        """A message from somebody; "full" when there is no room for it."""
        pdu, octets = make_deliver(number, text, when or datetime.now(UTC))
        return self.stores(pdu, octets)

    def stores(self, pdu: str, octets: int) -> str:
        """Bytes that came as a message, whatever they are."""
        if self.passes_on:
            self._line(f"+CMT: ,{octets}")
            self._line(pdu)
            return "passed on"
        slot = next((n for n in range(1, MEMORY_MAX + 1) if n not in self.memory), None)
        if slot is None:
            return "full"
        self.memory[slot] = (_UNREAD, pdu, octets)
        if self._indicates and self.answers:
            self._line(f'+CMTI: "SM",{slot}')
        return f"kept at {slot}"

    def fill(self) -> None:
        """Leave no room in the memory, by messages that were never sent."""
        for slot in range(1, MEMORY_MAX + 1):
            self.memory.setdefault(
                slot, (_DRAFT, *make_deliver("+3581", "draft", datetime.now(UTC)))
            )

    def heard(self, data: bytes) -> None:
        for number in data:
            if self.answers:  # it may die at any byte
                self._byte(bytes((number,)))

    def _byte(self, byte: bytes) -> None:
        if self._echo and byte != b"\x1b":
            self._say_bytes(byte)
        if self._awaits is not None:
            self._pdu_byte(byte)
        elif byte == b"\r":
            command, self._rest = self._rest.decode("ascii", "replace").strip(), b""
            if command.upper().startswith("AT"):
                self.asked.append(command)
                self._obey(command)
        elif byte not in (b"\n", b"\x1b"):
            self._rest = (self._rest + byte)[-_COMMAND_MAX_BYTES:]

    def _pdu_byte(self, byte: bytes) -> None:
        if byte == b"\x1b":
            self._awaits, self._rest = None, b""
            self._line("OK")
            return
        if byte != b"\x1a":
            self._rest = (self._rest + byte)[-_COMMAND_MAX_BYTES:]
            if self.dies_in_pdu and len(self._rest) > 20:  # noqa: PLR2004 (somewhere in the middle)
                self.dies_in_pdu = False
                self.answers = False
            return
        octets, self._awaits = self._awaits, None
        pdu, self._rest = self._rest.decode("ascii", "replace"), b""
        self._send(pdu, octets or 0)

    def _send(self, pdu: str, octets: int) -> None:
        if self.errors:
            self._cms(self.errors.pop(0))
            return
        try:
            number, text = read_submit(bytes.fromhex(pdu), octets)
        except (ValueError, IndexError, KeyError):
            self._cms(304)
            return
        if self.network not in (1, 5):
            self._cms(331)
            return
        self.sent = [*self.sent[-SENT_MAX + 1 :], (number, text)]
        self._told(f"text to {number}: {text}")
        self._reference = self._reference % 255 + 1
        if self.tells_reference:
            self._line(f"+CMGS: {self._reference}")
        self._line("OK")

    def _obey(self, command: str) -> None:
        if self.chatters:
            for line in CHATTER:
                self._line(line)
        if self.garbles:
            self._say_bytes(NOISE)
        body = command[2:].upper()
        if body.startswith(self.knows_not):
            self._error(4)
        elif body.startswith("+CMGS="):
            self._begin_pdu(body)
        elif body.startswith("+CPIN="):
            self._unlock(command.partition("=")[2].strip('"'))
        elif not self._is_open and not body.startswith(("E", "+CMEE", "+CPIN?", "+CMGF?")) and body:
            self._error(11)
        else:
            self._plain(body)

    @property
    def _is_open(self) -> bool:
        return self._open or not self.pin

    def _plain(self, body: str) -> None:
        stored = f"{len(self.memory)},{MEMORY_MAX}"
        says = {
            "+CPIN?": [f"+CPIN: {self._card()}"],
            "+CMGF?": [f"+CMGF: {int(self._text_mode)}"],
            "+CREG?": [f"+CREG: 0,{self.network}"],
            "+CEREG?": [f'+CEREG: 2,{self.network},"00C3","0001A2B3",7'],
            "+CSQ": [f"+CSQ: {self.signal},99"],
            "+CSCA?": [f'+CSCA: "{self.centre}",145'],
            "+CPMS?": ["+CPMS: " + ",".join(f'"SM",{stored}' for _ in range(3))],
        }
        if body in ("E0", "E1"):
            self._echo = body == "E1" or self.keeps_echo
        elif body.startswith("+CMEE="):
            self._numeric = body.endswith("1")
        elif body.startswith("+CMGF="):
            self._text_mode = body.endswith("1")
        elif body.startswith("+CNMI="):
            self._indicates = True
        elif body == "+CMGL=4":
            self._list()
        elif body.startswith("+CMGD="):
            if self.memory.pop(int(re.sub(r"\D", "", body) or 0), None) is None:
                self._cms(321)
                return
        elif body in says:
            for line in says[body]:
                self._line(line)
        elif body and not body.startswith("+CPMS="):
            self._error(4)
            return
        self._line("OK")

    def _list(self) -> None:
        for slot, (state, pdu, octets) in sorted(self.memory.items()):
            self._line(f"+CMGL: {slot},{state},,{octets}")
            if self.chatters:
                self._line(CHATTER[0])
            self._line(pdu)
            if state == _UNREAD:
                self.memory[slot] = (_READ, pdu, octets)

    def _card(self) -> str:
        if self._is_open:
            return "READY"
        return "SIM PIN" if self.pin_tries else "SIM PUK"

    def _unlock(self, pin: str) -> None:
        if not self.pin_tries or pin != self.pin:
            self.pin_tries = max(0, self.pin_tries - 1)
            self._error(16)
            return
        self._open, self.pin_tries = True, _PIN_TRIES
        self._line("OK")

    def _begin_pdu(self, body: str) -> None:
        if not self._is_open or self._text_mode:
            self._cms(311 if not self._is_open else 302)
            return
        self._awaits = int(body.partition("=")[2])
        self._say_bytes(self.line_end + b"> ")

    def _cms(self, code: int) -> None:
        self._line(f"+CMS ERROR: {code}")

    def _error(self, code: int) -> None:
        self._line(f"+CME ERROR: {code}" if self._numeric else "ERROR")

    def _line(self, text: str) -> None:
        self._say_bytes(self.line_end + text.encode("ascii") + self.line_end)


class ModemOnALine:
    """A modem with its power switch and its cable."""

    def __init__(self, cable: Cable, modem: Modem) -> None:
        self.cable = cable
        self.modem = modem

    @property
    def on(self) -> bool:
        return self.modem.answers

    def switch(self, *, on: bool) -> None:
        if on and not self.modem.answers:
            self.modem.restart()
        self.modem.answers = on

    def plug(self) -> None:
        """It takes its power from the cable."""
        if not self.cable.plugged:
            self.cable.plug()
            self.modem.restart()

    def unplug(self) -> None:
        self.cable.pull()

    def tell(self, word: str, more: list[str]) -> str:
        """One kind of misbehaviour, or its end; KeyError for a word that is none."""
        modem, on = self.modem, more[:1] != ["off"]
        match word:
            case "network":
                modem.network = 1 if on else 2
            case "pin":
                modem.pin, modem.pin_tries = more[0], _PIN_TRIES
                modem.restart()
            case "error":
                modem.errors.append(int(more[0]))
            case "silent":
                modem.answers = not on
            case "dies":
                modem.dies_in_pdu = True
            case "garbage":
                modem.garbles = modem.chatters = on
            case "echo":
                modem.keeps_echo = on
                modem.restart()
            case "full":
                modem.fill()
            case "restart":
                modem.restart()
            case _:
                raise KeyError(word)
        return " ".join(["modem:", word, *more])

    def state(self) -> str:
        """Which messages went out, and how many are kept."""
        sent = "".join(f"; to {number}: {text}" for number, text in self.modem.sent[-3:])
        return f"{len(self.modem.sent)} sent, {len(self.modem.memory)} kept{sent}"

    async def run(self) -> None:
        """It speaks when asked; this holds the cable until cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            self.cable.pull()
