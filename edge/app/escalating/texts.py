"""What a text message says: plain words, one message, and how to answer it."""

from __future__ import annotations

from edge.domain import Alert, Instant
from edge.escalation import AT_ONCE, Recipient
from edge.locale import LANGUAGES, catalogue, render

# One PDU (3GPP TS 23.038): 160 characters of the default alphabet, 70 of any other.
CHARS_MAX = 160
CHARS_MAX_UCS2 = 70
# Letters, digits and signs that are one septet of the default alphabet, as far as our words and
# Nordic addresses need them. What is not here makes a message a short one.
_SEPTETS = frozenset(
    "@£$¥èéùìòÇØøÅå_ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# The words of our catalogue have signs that a screen can show: arrow, dash, ellipsis.
_PLAIN = str.maketrans({"\u2192": "->", "\u2013": "-", "\u2026": "..."})


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
    what = what.translate(_PLAIN)
    most = CHARS_MAX if _SEPTETS.issuperset(what + how) else CHARS_MAX_UCS2
    if most == CHARS_MAX_UCS2 and not _SEPTETS.issuperset(how):
        how = code  # no catalogue has such words; the code alone is still what counts
    return f"{_cut(what, most - len(how) - 1)} {how}"


def answer_words() -> tuple[frozenset[str], frozenset[str]]:
    """The words that take an alert and those that refuse it, of all languages, in lower case."""
    return _words("page.take"), _words("page.refuse")


def _words(key: str) -> frozenset[str]:
    texts = (catalogue(lang).get(key, "") for lang in LANGUAGES)
    return frozenset(word.casefold() for text in texts for word in text.split())


def _cut(text: str, most: int) -> str:
    """At most `most` characters, ended at a word."""
    if len(text) <= most:
        return text
    head = text[: most - 3]
    return (head.rpartition(" ")[0] or head) + "..."
