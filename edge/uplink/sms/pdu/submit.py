"""A message to the network: SMS-SUBMIT (3GPP TS 23.040 §9.2.2.2), one PDU and no more."""

from __future__ import annotations

import re
import unicodedata

from edge.domain import Record
from edge.errors import UpstreamRejectedError
from edge.uplink.sms.pdu.address import INTERNATIONAL, number_octets, swapped
from edge.uplink.sms.pdu.alphabet import pack, septets_of

# TS 23.040 §9.2.3.24: 140 octets of user data.
SEPTETS_MAX = 160
UCS2_MAX = 70  # code units of 16 bits
# How long the network tries to reach a telephone that is off. An hour later the alert has been
# told to others, and an old call for help would send a person out for nothing.
VALID_MIN = 60

# MTI 01 (SMS-SUBMIT), VPF 10 (relative validity), no status report, no header, no reply path.
_FIRST_OCTET = 0x11
_PID_PLAIN = 0x00
_DCS_GSM7, _DCS_UCS2 = 0x00, 0x08
# E.164: at most 15 digits with the country code. A number of less than 7 is a service's, or an
# emergency's, and those are never called from here.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# TS 23.040 §9.2.3.12.1: steps of 5 min up to 12 h, of 30 min up to 24 h.
_FIVE_MIN_UP_TO, _HALF_HOUR_UP_TO = 720, 1440

# What a word processor writes, in characters that cost one septet and do not force UCS-2.
_PLAIN = {
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00b4": "'",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2026": "...", "\u2192": "->", "\t": " ",
}  # fmt: skip
_MORE = "..."


class Submit(Record, frozen=True):
    """A PDU as the modem wants it: the service centre's octets, then the TPDU."""

    centre: bytes
    tpdu: bytes

    @property
    def hex(self) -> str:
        return (self.centre + self.tpdu).hex().upper()


def is_number(text: str) -> bool:
    """Whether it is a whole telephone number: "+358401234567"."""
    return _NUMBER.fullmatch(text) is not None


def submit(
    number: str, text: str, *, centre: str | None = None, valid_min: int = VALID_MIN
) -> Submit:
    """The PDU of one message; `centre` is the service centre's number, None the SIM card's own.

    Raises UpstreamRejectedError for a number that is none, and for a text that is empty or does
    not fit. Neither stands in the error: both are a person's.
    """
    if not is_number(number):
        raise UpstreamRejectedError("the number is none; write it with its country code: +358...")
    centre_octets = b"\0"
    if centre is not None:
        octets = number_octets(centre)
        centre_octets = bytes((len(octets),)) + octets
    digits = number.removeprefix("+")
    coding, units, data = _user_data(unicodedata.normalize("NFC", text))
    tpdu = (
        # TP-MR is 0: the modem counts its references by itself.
        bytes((_FIRST_OCTET, 0, len(digits), INTERNATIONAL))
        + swapped(digits)
        + bytes((_PID_PLAIN, coding, _validity(valid_min), units))
        + data
    )
    return Submit(centre_octets, tpdu)


def fit(text: str) -> str:
    """The text, in plain characters, shortened at a word until it fits one message."""
    text = unicodedata.normalize("NFC", "".join(_PLAIN.get(char, char) for char in text)).strip()
    if _fits(text):
        return text
    words = re.findall(r"\s*\S+", text)
    while len(words) > 1:
        words.pop()
        shorter = "".join(words).rstrip(" ,;:.-") + _MORE
        if _fits(shorter):
            return shorter
    # One word alone, longer than a message.
    while text and not _fits(text + _MORE):
        text = text[:-1]
    return text + _MORE


def _fits(text: str) -> bool:
    septets = septets_of(text)
    return len(septets) <= SEPTETS_MAX if septets is not None else _units(text) <= UCS2_MAX


def _units(text: str) -> int:
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def _user_data(text: str) -> tuple[int, int, bytes]:
    """Coding scheme, length in its units, and octets."""
    if not text.strip():
        raise UpstreamRejectedError("the text is empty; say what has happened")
    septets = septets_of(text)
    if septets is not None:
        _refuse_long(len(septets), SEPTETS_MAX, "")
        return _DCS_GSM7, len(septets), pack(septets)
    _refuse_long(_units(text), UCS2_MAX, " with a character outside the GSM alphabet")
    try:
        data = text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        wrong = "the text holds half a character; write it again"
        raise UpstreamRejectedError(wrong) from error
    return _DCS_UCS2, len(data), data


def _refuse_long(units: int, most: int, why: str) -> None:
    if units > most:
        wrong = f"the text has {units} characters, one message{why} holds {most}"
        raise UpstreamRejectedError(f"{wrong}; shorten it (fit does, at a word)")


def _validity(minutes: int) -> int:
    """TP-VP, relative, rounded up; at most 24 h of what the field could say."""
    if not 0 < minutes <= _HALF_HOUR_UP_TO:
        raise ValueError(f"valid_min: {minutes} is not within 1 to {_HALF_HOUR_UP_TO}")
    if minutes <= _FIVE_MIN_UP_TO:
        return -(-minutes // 5) - 1
    return 143 - (-(minutes - _FIVE_MIN_UP_TO) // 30)
