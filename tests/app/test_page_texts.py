"""Text messages of every alert in every language: one message, with its code."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.escalating.texts import (
    CHARS_MAX,
    CHARS_MAX_UCS2,
    answer_words,
    held_text,
    page_text,
)
from edge.domain import Alert
from edge.escalation import AT_ONCE, Answered, Recipient, read_reply
from edge.locale import LANGUAGES
from tests.escalation.plans import alert, made
from tests.locale.test_catalogues import CODES, PARAMS
from tests.support.clock import instant

CODE = "K7Q4M2"
DUTY, CARE, DAUGHTER = made().recipients
ADDRESS = "Mallikatu 5 A 12, 02100 Espoo"
CALL = {"fi": "Soita 112", "sv": "Ring 112", "en": "Call 112"}


def told(code: str, **more: object) -> Alert:
    params = {key: value for key, value in PARAMS[code].items() if key != "room"}
    return alert(code, params=params | more, room="bedroom")


def speaking(one: Recipient, lang: str) -> Recipient:
    return msgspec.structs.replace(one, language=lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_alert_fits_one_message_and_can_be_answered(code: str, lang: str) -> None:
    """In 160 characters of the default alphabet; copied back, its own words answer it."""
    text = page_text(told(code), speaking(DUTY, lang), ADDRESS, CODE)
    assert len(text) <= CHARS_MAX
    assert (ADDRESS in text) is (code in AT_ONCE)
    assert text.startswith(CALL[lang] if code in AT_ONCE else "Koti 88: ")
    take, refuse = answer_words()
    answers = text[text.index(CODE) :].replace(CODE, f"|{CODE}").split("|")[1:]
    read = [
        read_reply(one.split(" ")[0] + " " + one.split(" ")[1], take, refuse) for one in answers
    ]
    assert read == [Answered(code=CODE, take=True), Answered(code=CODE, take=False)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_took_it_is_told_until_when(lang: str) -> None:
    taken = msgspec.structs.replace(alert(), next_by=instant(45 * 60_000))
    text = held_text(taken, speaking(CARE, lang), CODE)
    assert "14:45" in text
    assert text.count(CODE) == 2
    assert len(text) <= CHARS_MAX


def test_who_may_not_know_the_address_is_told_the_alias() -> None:
    """Also with smoke; and where no address is known, everybody is."""
    text = page_text(told("smoke"), DAUGHTER, ADDRESS, CODE)
    assert "Osoite: Äidin koti" in text
    assert ADDRESS not in text
    assert "Osoite: Koti 88" in page_text(told("smoke"), DUTY, "", CODE)


def test_an_address_with_letters_of_its_own_is_still_there() -> None:
    """Sámi and French letters lose their signs, not the address its place."""
    text = page_text(told("smoke"), DUTY, "Šilljobálggis 3, Ŋuorgam\nÉvry", CODE)
    assert "Osoite: Silljobalggis 3, Nuorgam Évry" in text
    assert _is_septets(text)


@given(
    device=st.text(max_size=80),
    alias=st.text(min_size=1, max_size=30),
    address=st.text(max_size=250),
    code=st.sampled_from(CODES),
)
def test_no_name_makes_a_message_too_long_or_loses_its_code(
    device: str, alias: str, address: str, code: str
) -> None:
    one = msgspec.structs.replace(DUTY, alias=alias)
    text = page_text(told(code, device=device), one, address, CODE)
    assert CODE in text
    assert len(text) <= CHARS_MAX
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert _is_septets(text) or units <= CHARS_MAX_UCS2


def _is_septets(text: str) -> bool:
    """3GPP TS 23.038 §6.2.1, without the Greek letters and the controls."""
    return set(text) <= set(
        "@£$¥èéùìòÇØøÅå_ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
        "abcdefghijklmnopqrstuvwxyzäöñüà"
    )
