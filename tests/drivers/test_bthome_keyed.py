"""The replay corpus: what an attacker with a recorder and no key may and may not do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Device, Instant, Observation
from edge.drivers.advert import bthome
from edge.drivers.base import Decoded
from edge.errors import DecodeError
from tests.drivers.tools import KEY, MAC, device, frame, sealed
from tests.support.clock import instant

BUTTON = device("bthome", key=KEY)
READING = bytes.fromhex("02C409")
PRESS = bytes.fromhex("3A01")
SMOKE_ON = bytes.fromhex("2901")
SMOKE_OFF = bytes.fromhex("2900")
OTHER_KEY = bytes(range(16))

Row = tuple[str, object, str]


class Gateway:
    """The driver with the state that a store keeps for it."""

    def __init__(self, one: Device = BUTTON, state: bytes = b"") -> None:
        self.device = one
        self.state = state
        self.now = instant()

    def hear(self, payload: bytes, at: Instant | None = None) -> Decoded | str:
        """What came of the frame, or the reason of its refusal."""
        try:
            decoded = bthome.decode(
                self.device, self.state, frame("bthome", payload), at or self.now
            )
        except DecodeError as refused:
            return refused.reason
        if decoded.state is not None:
            self.state = decoded.state
        return decoded

    def rows(self, payload: bytes, at: Instant | None = None) -> list[Row]:
        decoded = self.hear(payload, at)
        assert isinstance(decoded, Decoded), decoded
        return [(one.kind, one.value, one.quality.value) for one in decoded.observations]

    def restarted(self) -> Gateway:
        return Gateway(self.device, self.state)


def test_counters_must_rise() -> None:
    """Higher is accepted, equal is a repeat, lower is refused."""
    gateway = Gateway()
    assert gateway.rows(sealed(READING, 5000)) == [("temperature", 25.0, "ok")]
    assert gateway.rows(sealed(READING, 5001)) == [("temperature", 25.0, "ok")]
    again = gateway.hear(sealed(READING, 5001))
    assert isinstance(again, Decoded)
    assert again.duplicate
    assert not again.observations
    assert gateway.hear(sealed(READING, 4000)) == "replay"


@pytest.mark.parametrize("counter", [0, 50, 99])
def test_trick_1_a_low_counter_is_no_restart(counter: int) -> None:
    """A recording from the sender's first hours is refused like any other."""
    gateway = Gateway()
    gateway.rows(sealed(READING, 5000))
    assert gateway.hear(sealed(READING, counter)) == "replay"
    assert gateway.hear(sealed(READING, 4999)) == "replay"


def test_trick_2_forged_frames_open_no_door() -> None:
    """Failed decryptions change nothing, so the recording behind them is refused."""
    gateway = Gateway()
    gateway.rows(sealed(READING, 5000))
    before = gateway.state
    for counter in (5001, 6000):
        assert gateway.hear(sealed(READING, counter, key=OTHER_KEY)) == "wrong_key"
    assert gateway.state == before
    assert gateway.hear(sealed(READING, 4000)) == "replay"


def test_trick_3_a_restart_forgets_nothing() -> None:
    """The counter lives in the store, not in the process."""
    gateway = Gateway()
    gateway.rows(sealed(READING, 5000))
    after = gateway.restarted()
    assert after.hear(sealed(READING, 4000)) == "replay"
    repeated = after.hear(sealed(READING, 5000))
    assert isinstance(repeated, Decoded)
    assert repeated.duplicate
    assert after.rows(sealed(READING, 5001)) == [("temperature", 25.0, "ok")]


TRICKS = {
    "a counter below 100": (50, ()),
    "forged frames first": (4000, (5002, 6000)),
    "a counter of long ago": (4000, ()),
}


@pytest.mark.parametrize("restart", [False, True], ids=["", "gateway restarted in between"])
@pytest.mark.parametrize("counter, forged", TRICKS.values(), ids=TRICKS)
def test_no_recording_passes(counter: int, forged: tuple[int, ...], restart: bool) -> None:
    """What passes the packaged parser: refused, or an alarm that is told with its doubt."""
    gateway = Gateway()
    gateway.rows(sealed(READING, 5000))
    gateway.rows(sealed(PRESS, 5001))
    for number in forged:
        assert gateway.hear(sealed(READING, number, key=OTHER_KEY)) == "wrong_key"
    if restart:
        gateway = gateway.restarted()
    assert gateway.hear(sealed(READING, counter)) == "replay"
    assert gateway.hear(sealed(SMOKE_OFF, counter)) == "replay"
    assert gateway.rows(sealed(PRESS, counter)) == [("button", "press", "possible_replay")]
    assert gateway.rows(sealed(READING, 5002)) == [("temperature", 25.0, "ok")]


def test_a_triggered_device_has_one_counter() -> None:
    """The trigger flag is part of the nonce; frames with it and without it count together."""
    gateway = Gateway()
    assert gateway.rows(sealed(READING, 10, info=0x41)) == [("temperature", 25.0, "ok")]
    assert gateway.rows(sealed(PRESS, 11, info=0x45)) == [("button", "press", "ok")]
    assert gateway.hear(sealed(READING, 11, info=0x41)) == "replay"
    turned = bytearray(sealed(READING, 12, info=0x41))
    turned[0] = 0x45
    assert gateway.hear(bytes(turned)) == "wrong_key"


def test_the_first_frame_of_a_device_is_accepted() -> None:
    """A device that was never heard may stand at any number."""
    assert Gateway().rows(sealed(READING, 0)) == [("temperature", 25.0, "ok")]
    assert Gateway().rows(sealed(READING, 2**32 - 1)) == [("temperature", 25.0, "ok")]


def test_counters_may_leap() -> None:
    """Senders that count in Unix time leap by what they were silent."""
    gateway = Gateway()
    gateway.rows(sealed(READING, 1_750_000_000))
    assert gateway.rows(sealed(READING, 1_780_000_000)) == [("temperature", 25.0, "ok")]


@pytest.mark.parametrize(
    "objects, row",
    [
        (PRESS, ("button", "press", "possible_replay")),
        (SMOKE_ON, ("smoke", True, "possible_replay")),
        (bytes.fromhex("1701"), ("carbon_monoxide", True, "possible_replay")),
        (bytes.fromhex("1C01"), ("gas", True, "possible_replay")),
        (bytes.fromhex("1D01"), ("heat", True, "possible_replay")),
        (bytes.fromhex("2001"), ("moisture", True, "possible_replay")),
        (bytes.fromhex("2800"), ("safety", False, "possible_replay")),
        (bytes.fromhex("02C4093A01"), ("button", "press", "possible_replay")),
    ],
)
def test_a_replayed_alarm_is_flagged_never_silenced(objects: bytes, row: Row) -> None:
    """An old alarm is told with its doubt, alone, and moves no counter."""
    gateway = Gateway()
    gateway.rows(sealed(READING, 5000))
    before = gateway.state
    assert gateway.rows(sealed(objects, 4000)) == [row]
    assert gateway.rows(sealed(objects, 4000)) == [row]
    assert gateway.state == before


@pytest.mark.parametrize("objects", [SMOKE_OFF, bytes.fromhex("2801"), bytes.fromhex("3A00")])
def test_a_replay_clears_nothing(objects: bytes) -> None:
    """An old "all clear" is refused."""
    gateway = Gateway()
    gateway.rows(sealed(SMOKE_ON, 5000))
    assert gateway.hear(sealed(objects, 4000)) == "replay"


def test_other_bytes_under_the_same_counter_are_no_repeat() -> None:
    """A sender whose counter stands still must not have its alarm taken for a repeat."""
    gateway = Gateway()
    gateway.rows(sealed(READING, 5000))
    assert gateway.rows(sealed(PRESS, 5000)) == [("button", "press", "possible_replay")]
    assert gateway.hear(sealed(bytes.fromhex("02C509"), 5000)) == "replay"


def test_plaintext_of_a_device_with_a_key_is_refused() -> None:
    """Whoever knows no key reports no reading."""
    gateway = Gateway()
    assert gateway.hear(b"\x40" + READING) == "plaintext"
    assert gateway.hear(b"\x40" + SMOKE_OFF) == "plaintext"
    assert gateway.hear(b"\x44\x3a\x00") == "plaintext"
    assert gateway.state == b""


def test_a_plaintext_alarm_is_flagged_and_nothing_else_of_it_is_told() -> None:
    """It may be real; what stands beside it may be a lie."""
    gateway = Gateway()
    rows = gateway.rows(b"\x40\x01\x64" + READING + b"\x1c\x00" + SMOKE_ON + PRESS)
    assert rows == [
        ("smoke", True, "unauthenticated"),
        ("button", "press", "unauthenticated"),
    ]


def test_a_plaintext_frame_cannot_make_a_true_press_look_like_a_copy() -> None:
    """Frames in doubt leave no trace that a later, authentic frame is compared with."""
    gateway = Gateway()
    objects = b"\x00\x09" + PRESS
    gateway.rows(sealed(b"\x00\x08" + READING, 5000))
    gateway.rows(b"\x44" + objects)
    gateway.rows(sealed(objects, 4000))
    assert gateway.rows(sealed(objects, 5001)) == [("button", "press", "ok")]


def test_copies_under_rising_counters_are_one_event() -> None:
    """A sender that encrypts each copy anew is told by its packet id; the counter moves on."""
    gateway = Gateway()
    events: list[Observation] = []
    for copy in range(5):
        decoded = gateway.hear(sealed(b"\x00\x09" + PRESS, 100 + copy), instant(copy * 100))
        assert isinstance(decoded, Decoded)
        assert decoded.duplicate == (copy > 0)
        events += decoded.observations
    assert [(one.kind, one.device_seq) for one in events] == [("button", 100)]
    assert gateway.hear(sealed(READING, 103)) == "replay"


def test_copies_cannot_hold_off_news_for_ever() -> None:
    """The window runs from the packet that counted, not from its copies."""
    gateway = Gateway()
    news = 0
    for second in range(10):
        decoded = gateway.hear(sealed(b"\x00\x00" + SMOKE_ON, 100 + second), instant(second * 1000))
        assert isinstance(decoded, Decoded)
        news += not decoded.duplicate
    assert news == 2


def test_a_reading_between_two_copies_changes_nothing() -> None:
    """The last packet stays the one to compare with until another packet comes."""
    gateway = Gateway()
    gateway.rows(sealed(PRESS, 100), instant())
    gateway.rows(sealed(READING, 101), instant(50))
    copy = gateway.hear(sealed(PRESS, 102), instant(100))
    assert isinstance(copy, Decoded)
    assert copy.duplicate
    assert copy.state is not None


def test_an_authentic_frame_that_was_cut_short_still_tells_its_alarm() -> None:
    """Broken firmware must not silence smoke; the rest is refused."""
    gateway = Gateway()
    assert gateway.rows(sealed(SMOKE_ON + b"\x2a", 5)) == [("smoke", True, "questionable")]
    assert gateway.hear(sealed(READING + b"\x2a", 6)) == "length"


@given(
    flip=st.integers(1, 8 * 15 - 1),
    counter=st.integers(0, 2**32 - 1),
)
def test_no_changed_bit_is_accepted(flip: int, counter: int) -> None:
    """Any flipped bit is refused, as reserved, unreadable, or not authentic; state stays.

    Bit 0 of the frame says "encrypted": without it the frame is plaintext, whose
    alarms are told as what they are.
    """
    gateway = Gateway()
    payload = bytearray(sealed(READING + b"\x03\xbf\x13", counter))
    payload[flip // 8] ^= 1 << flip % 8
    assert gateway.hear(bytes(payload)) in {"wrong_key", "reserved", "version"}
    assert gateway.state == b""


@given(counters=st.lists(st.integers(0, 40), max_size=30), restarts=st.sets(st.integers(0, 30)))
def test_what_is_accepted_rises_strictly(counters: list[int], restarts: set[int]) -> None:
    """Whatever is sent in whatever order, over restarts, accepted readings rise strictly."""
    gateway = Gateway()
    accepted: list[int] = []
    for turn, counter in enumerate(counters):
        if turn in restarts:
            gateway = gateway.restarted()
        decoded = gateway.hear(sealed(READING, counter))
        if isinstance(decoded, Decoded) and not decoded.duplicate:
            accepted += [one.device_seq or 0 for one in decoded.observations]
    assert accepted == sorted(set(accepted))


@pytest.mark.parametrize("key", [KEY, KEY[:15], KEY + b"x", b""])
@pytest.mark.parametrize(
    "payload",
    [sealed(READING, 5, key=OTHER_KEY), b"\x40" + READING, b"\x41", b"\x41" * 9, b"", b"\x45\xff"],
    ids=["other key", "plain", "short", "nine", "empty", "two"],
)
def test_no_error_shows_the_key(key: bytes, payload: bytes) -> None:
    """Neither the text nor the repr of a refusal, nor of the device, shows a byte of the key."""
    one = device("bthome", key=key)
    with pytest.raises(DecodeError) as refused:
        bthome.decode(one, b"", frame("bthome", payload), instant())
    for text in (str(refused.value), repr(refused.value), repr(refused.value.__cause__), repr(one)):
        for shown in (KEY.hex(), KEY.hex()[:8], repr(KEY), MAC):
            assert shown not in text or (text == repr(one) and shown == MAC)
