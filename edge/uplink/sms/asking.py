"""What is asked of a modem: to get ready, how it stands, which messages it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edge.domain import Record
from edge.errors import TransportError
from edge.uplink.sms.pin import PinFile
from edge.uplink.sms.talk import CARD_WITHIN_MS, QUIET_MS, Talk

# After its PIN a card reads its files before it says that it is ready.
READY_TRIES = 10
# Own network, roaming, and both again for text messages alone or beside calls (TS 27.007 §7.2).
_REGISTERED = frozenset({1, 5, 6, 7, 9, 10})
_STATES = {0: "not searching", 2: "searching", 3: "denied", 4: "unknown", 8: "emergency only"}
# TS 27.007 §8.5: steps of 2 dB above -113 dBm; 99 is "not known".
_CSQ_MAX = 31
# TS 27.005 §3.1: received and unread, received and read.
_RECEIVED = frozenset({0, 1})

# TS 27.007 §8.3: SIM PUK, PH-NET PIN, SIM PIN2 ...
_LOCK = re.compile(r"[A-Z][A-Z -]{2,20}2?")
_STATE = re.compile(r"\+CE?REG:\s*\d\s*,\s*(\d{1,2})\s*(?:,|$)")
_LISTED = re.compile(r"\+CMGL:\s*(\d{1,4})\s*,\s*(\d)\s*,[^,]*,\s*(\d{1,3})\s*$")
_STORED = re.compile(r'"[A-Z]{2}"\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})')


class Standing(Record, frozen=True, kw_only=True):
    """How the modem stands with its network and its card."""

    registered: bool
    network: str  # "registered", "searching", "denied", ...
    signal_dbm: int | None
    stored: int | None = None  # messages on the card
    room_for: int | None = None


class Listed(Record, frozen=True, kw_only=True):
    """One message in the modem's memory."""

    index: int
    received: bool
    tpdu_bytes: int
    pdu: str  # hex


async def begin(talk: Talk, pins: PinFile) -> None:
    """From whatever state the modem is in to one in which it sends; TransportError says why not."""
    await talk.settle()
    # A modem that refuses these is understood all the same: an echo is no answer, an error has
    # no number, and what comes in is found at the next look.
    await talk.ask("ATE0")
    await talk.ask("AT+CMEE=1")
    await _unlock(talk, pins)
    mode = await talk.ask("AT+CMGF=0", within_ms=CARD_WITHIN_MS)
    if not mode.ok:
        raise TransportError(f"the modem has no PDU mode: {mode.error}")
    # Kept, and then told of: a message that is only passed on is lost with the process.
    await _one_of(talk, 'AT+CPMS="SM","SM","SM"', 'AT+CPMS="ME","ME","ME"')
    await _one_of(talk, "AT+CNMI=2,1,0,0,0", "AT+CNMI=1,1,0,0,0")


async def is_as_left(talk: Talk) -> bool:
    """Whether the modem has kept what it was told; one that has started anew has not."""
    pin = await talk.ask("AT+CPIN?", "+CPIN:")
    mode = await talk.ask("AT+CMGF?", "+CMGF:")
    return pin.value == "READY" and mode.value == "0"


async def standing(talk: Talk) -> Standing:
    states = await _states(talk)
    quality = (await talk.ask("AT+CSQ", "+CSQ:")).value.partition(",")[0]
    level = int(quality) if quality.isdecimal() else None
    room = _STORED.search((await talk.ask("AT+CPMS?", "+CPMS:")).value)
    registered = not _REGISTERED.isdisjoint(states)
    other = next((_STATES[state] for state in states if state in _STATES), "unknown")
    return Standing(
        registered=registered,
        network="registered" if registered else other,
        signal_dbm=None if level is None or level > _CSQ_MAX else -113 + 2 * level,
        stored=None if room is None else int(room[1]),
        room_for=None if room is None else int(room[2]),
    )


async def has_centre(talk: Talk) -> bool:
    """Whether the card knows its service centre, without which nothing goes out.

    True also of a modem that does not tell.
    """
    answer = await talk.ask("AT+CSCA?", "+CSCA:", within_ms=CARD_WITHIN_MS)
    return not answer.ok or re.match(r'"\+?\d+"', answer.value) is not None


async def messages(talk: Talk) -> tuple[list[Listed], str]:
    """All that the memory holds, in its order; and what it was refused with, "" for nothing."""
    answer = await talk.ask("AT+CMGL=4", "+CMGL:", within_ms=CARD_WITHIN_MS)
    return list(_listed(answer.pdus)), "" if answer.ok else answer.error


async def delete(talk: Talk, index: int) -> bool:
    return (await talk.ask(f"AT+CMGD={index}", within_ms=CARD_WITHIN_MS)).ok


def _listed(pdus: list[tuple[str, str]]) -> Iterator[Listed]:
    for header, pdu in pdus:
        found = _LISTED.match(header)
        if found is not None:
            yield Listed(
                index=int(found[1]),
                received=int(found[2]) in _RECEIVED,
                tpdu_bytes=int(found[3]),
                pdu=pdu,
            )


async def _states(talk: Talk) -> list[int]:
    """What each kind of network says; a modem knows one of the commands at least."""
    found = []
    for command, prefix in (("AT+CREG?", "+CREG:"), ("AT+CEREG?", "+CEREG:")):
        for line in (await talk.ask(command, prefix)).lines:
            # With one number it is no answer but news that came in between.
            state = _STATE.match(line)
            if state is not None:
                found.append(int(state[1]))
    return found


async def _unlock(talk: Talk, pins: PinFile) -> None:
    state = await _card(talk)
    if state == "SIM PIN":
        pin = await pins.take()
        answer = await talk.ask(f'AT+CPIN="{pin}"', within_ms=CARD_WITHIN_MS, name="AT+CPIN=")
        if not answer.ok:
            wrong = f"the SIM card refused its PIN ({answer.error})"
            raise TransportError(f"{wrong}; write the right one, it is not tried again")
        for _ in range(READY_TRIES):
            if (state := await _card(talk)) == "READY":
                break
            await talk.until((), QUIET_MS)
    if state != "READY":
        # Anything else is a modem that misbehaves, and may hold a number.
        named = state if _LOCK.fullmatch(state) else "no name"
        text = f"the SIM card is locked ({named}); open it in a telephone"
        raise TransportError(text)
    await pins.opened()


async def _card(talk: Talk) -> str:
    answer = await talk.ask("AT+CPIN?", "+CPIN:", within_ms=CARD_WITHIN_MS)
    if not answer.ok:
        raise TransportError(f"the SIM card cannot be used: {answer.error}")
    return answer.value


async def _one_of(talk: Talk, *commands: str) -> None:
    """The first of these that the modem takes, if any."""
    for command in commands:
        if (await talk.ask(command, within_ms=CARD_WITHIN_MS)).ok:
            return
