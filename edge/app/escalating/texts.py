"""What a text message says: plain words, one message, and how to answer it."""

from __future__ import annotations

import unicodedata
from unicodedata import combining

from edge.domain import Alert, Instant
from edge.escalation import AT_ONCE, Recipient
from edge.locale import LANGUAGES, catalogue, render

# One PDU (3GPP TS 23.038): 160 characters of the default alphabet, 70 of any other.
CHARS_MAX = 160
CHARS_MAX_UCS2 = 70
_BMP_LAST = 0xFFFF
# Letters, digits and signs that are one septet of the default alphabet, as far as our words and
# Nordic addresses need them. What is not here makes a message a short one.
_SEPTETS = frozenset(
    "@£$¥èéùìòÇØøÅå_ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Signs of our catalogue that only a screen can show (arrow, dash, ellipsis), and the letters of
# Sámi names that have no plain letter inside. One of them would leave 70 characters, and no room
# for the address.
_PLAIN = str.maketrans(
    {"\u2192": "->", "\u2013": "-", "\u2026": "...", "\u0111": "d", "\u014b": "n", "\u0167": "t"}
    | {"\u0110": "D", "\u014a": "N", "\u0166": "T"}
)


def page_text(alert: Alert, recipient: Recipient, address: str, code: str) -> str:
    """The message to one recipient: what happened, where, and the two answers.

    The address goes with smoke, carbon monoxide, heat and gas, to those who may know it; with
    everything else, and to everybody else, the agreed alias. The code and the words of the
    answer are never what is cut.
    """
    lang = recipient.language
    named = alert.code in AT_ONCE and recipient.address and bool(address)
    where = address if named else recipient.alias
    params = alert.params | {"room": alert.room, "address": where}
    title = render(lang, f"alert.{alert.code}.title", params)
    what = title if alert.code in AT_ONCE else f"{recipient.alias}: {title}"
    return _one_message(what, render(lang, "page.answer", {"code": code}), code)


def held_text(alert: Alert, recipient: Recipient, code: str) -> str:
    """To who took it: until when it is theirs, and how to keep it longer or give it back."""
    lang = recipient.language
    until = "" if alert.next_by is None else _clock(alert.next_by)
    what = render(lang, "page.held", {"until": until, "alias": recipient.alias})
    return _one_message(what, render(lang, "page.more", {"code": code}), code)


def _clock(at: Instant) -> str:
    """The home's time of day."""
    minute = (at.wall_ms // 60_000 + at.offset_min) % 1440
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _one_message(what: str, how: str, code: str) -> str:
    """Both in one message; of `what` as much as there is room for."""
    what = " ".join(_simple(what.translate(_PLAIN)).split())
    if _SEPTETS.issuperset(what + how):
        return f"{_cut(what, CHARS_MAX - len(how) - 1)} {how}"
    if not _SEPTETS.issuperset(how):
        how = code  # no catalogue has such words; the code alone is still what counts
    return f"{_cut(what, CHARS_MAX_UCS2 - len(how) - 1)} {how}"


def _simple(text: str) -> str:
    """A letter with a sign above it as the letter, where the sign costs the whole alphabet."""
    found = []
    for letter in text:
        bare = "".join(c for c in unicodedata.normalize("NFKD", letter) if not combining(c))
        is_simpler = letter not in _SEPTETS and bare and _SEPTETS.issuperset(bare)
        found.append(bare if is_simpler else letter)
    return "".join(found)


def answer_words() -> tuple[frozenset[str], frozenset[str]]:
    """The words that take an alert and those that refuse it, of all languages, in lower case."""
    return _words("page.take"), _words("page.refuse")


def _words(key: str) -> frozenset[str]:
    texts = (catalogue(lang).get(key, "") for lang in LANGUAGES)
    return frozenset(word.casefold() for text in texts for word in text.split())


def _cut(text: str, most: int) -> str:
    """At most `most` units of UTF-16, as a message counts them, ended at a word."""
    if _units(text) <= most:
        return text
    head = text
    while _units(head) > most - 3:
        head = head[:-1]
    return (head.rpartition(" ")[0] or head) + "..."


def _units(text: str) -> int:
    return len(text) + sum(ord(c) > _BMP_LAST for c in text)
