"""Text messages as octets: published examples, other people's decoders, and whatever bytes.

Sources: python-gsmmodem (LGPL, test/test_pdu.py), HeboTech.ATLib (MIT, PduTests.cs), and the
example of TS 23.038 §6.1.2.1 that many tutorials repeat ("hellohello"). What is expected is
what they say; the virtual modem's own reading of the standard is a third.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.errors import DecodeError, UpstreamRejectedError
from edge.sim.sms import make_deliver, read_submit
from edge.uplink.sms.pdu import deliver, fit, is_number, submit
from edge.uplink.sms.pdu.address import number_octets, sender, swapped
from edge.uplink.sms.pdu.alphabet import pack, septets_of, text_of, unpack

PACKED = {
    "123": "31d90c",
    "12345678": "31d98c56b3dd70",
    "123456789": "31d98c56b3dd7039",
    "Hello World!": "c8329bfd065ddf72363904",
    "[{abc}]~": "1bde0615168f37a98d6fd303",
    "{åΦΓΛΩΠΨΣΘ€}": "1bd44332a1542c174c6653dea400",
    "a[]{}€": "e10d6fe3dba036a94d19",
    "hellohello": "e8329bfd4697d9ec37",
}


@pytest.mark.parametrize("text, octets", PACKED.items())
def test_the_alphabet_as_published(text: str, octets: str) -> None:
    """Into octets and back, with the extension table."""
    septets = septets_of(text)
    assert septets is not None
    assert pack(septets).hex() == octets
    assert text_of(unpack(bytes.fromhex(octets), len(septets))) == text


def test_every_septet_has_a_letter() -> None:
    """All 128 and the ten behind the escape lead there and back."""
    letters = text_of(bytes(n for n in range(128) if n != 0x1B))
    assert len(set(letters)) == 127
    assert septets_of(letters) == bytes(n for n in range(128) if n != 0x1B)
    assert septets_of("^{}\\[~]|€\f") == bytes.fromhex("1b141b281b291b2f1b3c1b3d1b3e1b401b651b0a")
    assert text_of(b"\x1b\x41\x1b\x1b\x1b") == "A  "  # a table that we do not have; nowhere; cut


@given(st.binary(max_size=160).map(lambda b: bytes(n & 0x7F for n in b)), st.integers(0, 6))
def test_septets_survive_any_fill(septets: bytes, fill_bits: int) -> None:
    assert unpack(pack(septets, fill_bits), len(septets), fill_bits) == septets


ADDRESSES = {
    "+9876543210": "0A918967452301",
    "+987654321": "099189674523F1",
    "+27829135934": "0B917228195339F4",
    "abc": "06D061F118",
    "FRANCOIS": "0ED04669D0397C26A7",
    "a[]{}€": "14D0E10D6FE3DBA036A94D19",
    "0129998765": "0AA11092997856",
}


@pytest.mark.parametrize("number, octets", ADDRESSES.items())
def test_a_sender_as_published(number: str, octets: str) -> None:
    """International, national, and a name; what follows it is not touched."""
    raw = bytes.fromhex(octets)
    assert sender(raw + b"\xd3\xf1", 0) == (number, len(raw))
    if octets[2:4] == "91":
        assert bytes((len(number) - 1,)) + number_octets(number) == raw


@given(st.from_regex(r"[+ ]{0,2}[0-9]{0,4}[- ]?[0-9]{0,4}", fullmatch=True).filter(bool))
def test_no_name_passes_for_a_number(name: str) -> None:
    """Whoever may choose the name of a sender chooses no number of ours."""
    septets = septets_of(name)
    assert septets is not None
    octets = pack(septets)
    with pytest.raises(DecodeError, match="passes for a number"):
        sender(bytes((-(-7 * len(septets) // 4), 0xD0)) + octets, 0)


def test_digits_are_swapped() -> None:
    assert swapped("15125551234").hex() == "5121551532f4"


def test_a_message_as_published() -> None:
    """Field for field as python-gsmmodem has it, but for the validity that we always give."""
    # 0001000B917228001011F1 00 00 0C C8329BFD065DDF72363904
    found = submit("+27820001111", "Hello World!")
    assert found.hex == "0011000B917228001011F100000B0CC8329BFD065DDF72363904"
    # 07914400000000F0 1100099121436587F9 00 08 F4 0A 4E16754C60A8597DFF01
    far = submit("+123456789", "世界您好\uff01", centre="+44000000000", valid_min=1440)
    assert far.hex == "07914400000000F01100099121436587F90008A70A4E16754C60A8597DFF01"
    assert len(far.tpdu) == len(far.hex) // 2 - 8


def test_an_emoji_takes_two_units() -> None:
    """As HeboTech.ATLib encodes it: D83D DE00."""
    assert submit("+12345678", "😀").hex.endswith("04D83DDE00")


@pytest.mark.parametrize(
    "minutes, octet",
    [(5, 0), (30, 5), (60, 11), (720, 143), (750, 144), (960, 151), (1440, 167)],
)
def test_validity_as_published(minutes: int, octet: int) -> None:
    """TS 23.040 §9.2.3.12.1; 30 min and 16 h are python-gsmmodem's own examples."""
    assert submit("+3584012345", "a", valid_min=minutes).tpdu[-3] == octet


def test_one_pdu_and_no_more() -> None:
    """160 septets, 70 units; one more is refused with its numbers, never split or cut."""
    assert len(submit("+3584012345", "ä" * 160).tpdu) == 10 + 4 + 140 - 1
    assert len(submit("+3584012345", "š" * 70).tpdu) == 10 + 4 + 140 - 1
    for text, named in (
        ("ä" * 161, "161 characters, one message holds 160"),
        ("€" * 81, "162 characters, one message holds 160"),
        ("š" * 71, "71 characters, one message with a character outside the GSM alphabet holds 70"),
    ):
        with pytest.raises(UpstreamRejectedError, match=named):
            submit("+3584012345", text)


@pytest.mark.parametrize(
    "number", ["112", "+112", "", "0401234567", "+0401234567", "+35840 123456"]
)
def test_what_is_no_whole_number_is_refused(number: str) -> None:
    """Above all 112: this gateway never calls it."""
    assert not is_number(number)
    with pytest.raises(UpstreamRejectedError):
        submit(number, "apua")


def test_letters_that_were_put_together_stay_short() -> None:
    """An a with a separate diaeresis is the letter of the alphabet, not a reason for UCS-2."""
    assert submit("+3584012345", "Ha\u0308lytys").hex == submit("+3584012345", "Hälytys").hex


def test_fit_shortens_at_a_word() -> None:
    assert fit("Hälytys \u2013 Åke\u2019s ovi\u2026") == "Hälytys - Åke's ovi..."
    long = "Palovaroitin hälyttää keittiössä. " * 10
    short = fit(long)
    assert len(short) <= 160
    assert short.endswith("hälyttää...")
    assert long.startswith(short.removesuffix("..."))


@given(st.text(max_size=400))
@example("š" * 300)
@example("a" * 300)
@example("ä" * 159 + " \u0161")
def test_whatever_is_fitted_goes_out(text: str) -> None:
    """Any words with something to read in them become one message."""
    short = fit(text)
    if short.strip() and not any("\ud800" <= char <= "\udfff" for char in short):
        submit("+3584012345", short)


GSM = "".join(text_of(bytes((n,))) for n in range(128) if n != 0x1B) + "^{}\\[~]|€"
NUMBERS = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
TEXTS = st.one_of(
    st.text(st.sampled_from(GSM), max_size=80),
    st.text(st.characters(codec="utf-8"), max_size=35),
)


@given(NUMBERS, TEXTS.filter(lambda text: bool(text.strip())))
def test_the_network_reads_what_we_wrote(number: str, text: str) -> None:
    """Through the virtual modem's own decoder."""
    with contextlib.suppress(UpstreamRejectedError):  # 35 characters may compose to other ones
        found = submit(number, text)
        got = read_submit(bytes.fromhex(found.hex))
        assert got[0] == number
        assert fit(got[1]) == fit(text)


@given(
    NUMBERS,
    TEXTS,
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 (the zone is next)
    st.integers(-48, 56),
)
def test_we_read_what_the_network_wrote(
    number: str, text: str, when: datetime, quarters: int
) -> None:
    """Through the virtual modem's own encoder; an offset of either sign."""
    when = when.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    pdu, octets = make_deliver(number, text, when)
    found = deliver(bytes.fromhex(pdu), octets)
    assert (found.number, found.text) == (number, text)
    assert found.sent is not None
    assert datetime.fromisoformat(found.sent) == when


# sender, text, moment: as python-gsmmodem and HeboTech.ATLib read them.
DELIVERED = {
    "06917228195339040B917228214365F700003130805120618005D4F29C2E03": (
        "+27821234567", "Test2", "2013-03-08T15:02:16+02:00",
    ),
    "07915892000000F0040B915892214365F700007040213252242331493A283D0795C3F33C88FE06C9CB6132885E"
    "C6D341EDF27C1E3E97E7207B3A0C0A5241E377BB1D7693E72E": (
        "+85291234567", "It is easy to read text messages via AT commands.",
        "2007-04-12T23:25:42+08:00",
    ),
    "06917228195339040B917228214365F70000313062315352800A800D8A5E98D337A910": (
        "+27821234567", "@{tést}!", "2013-03-26T13:35:25+02:00",
    ),
    "07911326040000F0040B911346610089F60000208062917314800CC8F71D14969741F977FD07": (
        "+31641600986", "How are you?", "2002-08-26T19:37:41+02:00",
    ),
    "07917238010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37": (
        "27838890001", "hellohello", "2099-03-29T15:16:59+02:00",
    ),
    # A header with one part of one.
    "0591721891F1400781721881F800003160526104848059050003C30101916536FB1DCABEEB2074D85E064941B19C"
    "AB060319A5C522289C96D3D3ED32286C0FA7D96131BBEC024941B19CAB0603DDD36C36A88C87A7E565D0DB0D82"
    "C55EB0DB4B068BCD5C20": (
        "2781188",
        "Hello!You have R 19.50 FREE airtime available. R 19.50 will expire on 01/07/2013. ",
        "2013-06-25T16:40:48+02:00",
    ),
}  # fmt: skip


@pytest.mark.parametrize("pdu", DELIVERED)
def test_a_message_that_came_in_as_published(pdu: str) -> None:
    found = deliver(bytes.fromhex(pdu))
    assert (found.number, found.text, found.sent) == DELIVERED[pdu]


HEAD = "00{first}0B911346610089F6{pid}{dcs}20806291731480{rest}"


def bent(first: str = "04", pid: str = "00", dcs: str = "00", rest: str = "0141") -> bytes:
    return bytes.fromhex(HEAD.format(first=first, pid=pid, dcs=dcs, rest=rest))


@pytest.mark.parametrize(
    "pdu, reason",
    [
        (b"", "length"),
        (b"\0", "length"),
        (b"\x0c" + bytes(40), "length"),
        (bytes(300), "length"),
        (bent(first="06"), "report"),
        (bent(first="05"), "type"),
        (bent(pid="40"), "silent"),
        (bent(dcs="20"), "compressed"),
        (bent(dcs="04"), "binary"),
        (bent(dcs="F5"), "binary"),
        (bent(dcs="08", rest="02D800"), "text"),
        (bent(dcs="08", rest="0100"), "text"),
        (bent(rest="A041"), "length"),
        (bent(rest="014100"), "length"),
        (bent(dcs="08", rest="8D" + "0041" * 71), "length"),
        (bent(first="44", rest="08050003C3020141"), "long"),
        (bent(first="44", dcs="08", rest="0605080300C302"), "header"),
        (bent(first="44", dcs="08", rest="09060804000102020041"), "long"),
        (bent(first="44", dcs="08", rest="0706050415B315B3"), "port"),
        (bent(first="44", dcs="08", rest="0403240101"), "alphabet"),
        (bent(first="44", dcs="08", rest="02FF41"), "header"),
        (bent(first="44", dcs="08", rest="0403010541"), "header"),
        (bent(first="44", dcs="08", rest="00"), "header"),
        (bytes.fromhex("0004" + "1691" + "00" * 40), "number"),
        (bytes.fromhex("00040B9113F6610089F6000020806291731480014100")[:-1], "number"),
    ],
)
def test_what_is_not_whole_is_refused_by_name(pdu: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as refused:
        deliver(pdu)
    assert refused.value.reason == reason


def test_the_length_that_the_modem_gives_is_held_against_the_message() -> None:
    """A line of a modem that lost bytes may still look whole."""
    assert deliver(bent(), 20).text == "A"
    for octets in (19, 21):
        with pytest.raises(DecodeError, match="announced"):
            deliver(bent(), octets)


@pytest.mark.parametrize("dcs", ["10", "40", "80", "C0", "D8", "F0"])
def test_coding_schemes_of_plain_letters(dcs: str) -> None:
    """Classes, waiting marks and reserved values all mean the GSM alphabet (TS 23.038 §4)."""
    assert deliver(bent(dcs=dcs)).text == "A"


@pytest.mark.parametrize("pdu", DELIVERED)
def test_a_message_that_is_cut_is_refused_at_any_byte(pdu: str) -> None:
    whole = bytes.fromhex(pdu)
    for length in range(len(whole)):
        with pytest.raises(DecodeError):
            deliver(whole[:length])


def test_a_moment_that_never_was_is_not_known() -> None:
    """Month 13, a digit that is none, an offset; the message itself is read."""
    for stamp in ("02319262917314", "20F06291731480", "FFFFFFFFFFFFFF", "00000000000000"):
        pdu = bytes.fromhex(f"00040B911346610089F60000{stamp:.14}0141")
        assert deliver(pdu).sent is None
    utc = bytes.fromhex("00040B911346610089F60000208062917314000141")
    assert deliver(utc).sent == datetime(2002, 8, 26, 19, 37, 41, tzinfo=UTC).isoformat()


@given(st.binary(max_size=220), st.none() | st.integers(0, 200))
def test_any_bytes_are_read_or_refused(pdu: bytes, octets: int | None) -> None:
    with contextlib.suppress(DecodeError):
        found = deliver(pdu, octets)
        assert len(found.text) <= 160
        assert len(found.number) <= 20
