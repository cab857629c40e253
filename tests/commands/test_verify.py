"""Which commands are obeyed: the corpus, every single byte of one, and what stays unsaid."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.commands import COMMAND_BYTES_MAX, CommandRefusedError, Pace, verify
from edge.commands.pace import RATE_MAX, RATE_WINDOW_MS
from edge.config import Config
from edge.domain import CommandName
from tests.commands import corpus
from tests.commands.corpus import AT, GATEWAY, KEYS

CASES = {case["name"]: case for case in corpus.load()}
# What only a running gateway can judge: tests/app/test_commanding.py.
LASTING = {"replay", "rate", "retained"}
RIGHT = corpus.given()


def judged(body: bytes, **changes: Any) -> str:
    facts: dict[str, Any] = {"gateway": GATEWAY, "keys": KEYS, "at": AT}
    try:
        verify(body, **(facts | changes))
    except CommandRefusedError as error:
        return error.verdict.value
    return "done"


def test_the_corpus_is_the_one_that_the_script_writes():
    """A case that was changed by hand, or forgotten, shows."""
    assert {case["name"]: case for case in corpus.cases()} == CASES
    assert sum(case["verdict"] != "done" for case in CASES.values()) >= 40


@pytest.mark.parametrize("name", sorted(n for n, c in CASES.items() if c["verdict"] not in LASTING))
def test_each_forged_command_gets_its_verdict(name: str):
    """Not only refused: refused at the step at which it must be."""
    case = CASES[name]
    body = base64.b64decode(case["body"])
    assert judged(body, at=corpus.clock_of(case)) == case["verdict"]


@given(st.data())
def test_no_change_of_a_command_is_obeyed(data: st.DataObject):
    """Bytes set, cut, put in or doubled: what verifies is, byte for byte, what was signed."""
    body = bytearray(RIGHT)
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                body[where] = data.draw(st.integers(0, 255))
            case 1:
                del body[where]
            case 2:
                body.insert(where, data.draw(st.integers(0, 255)))
            case _:
                body[where:where] = body[where : where + data.draw(st.integers(1, 40))]
    assume(bytes(body) != RIGHT)
    assert judged(bytes(body)) != "done"


def test_no_bit_of_a_command_can_be_turned():
    """Each of them, one by one."""
    for where in range(len(RIGHT) * 8):
        body = bytearray(RIGHT)
        body[where // 8] ^= 1 << where % 8
        assert judged(bytes(body)) != "done", where


@given(st.binary(max_size=COMMAND_BYTES_MAX + 1))
def test_any_bytes_are_refused_and_nothing_else(body: bytes):
    """No other error than the one that is meant."""
    assert judged(body) in {"schema", "size"}


def test_a_refusal_before_the_signature_repeats_nothing_of_the_sender():
    """What is unsigned enters no log; and who sent it is told nothing."""
    marked = corpus.given(issuer="canary", by=corpus.STRANGER)
    with pytest.raises(CommandRefusedError) as caught:
        verify(marked, gateway=GATEWAY, keys=KEYS, at=AT)
    assert "canary" not in str(caught.value)
    assert caught.value.command is None


def test_twelve_a_minute_and_no_more():
    """The window slides; a restart empties it."""
    pace = Pace()
    assert [pace.take(n) for n in range(RATE_MAX + 1)] == [True] * RATE_MAX + [False]
    assert pace.take(RATE_WINDOW_MS)
    assert not pace.take(RATE_WINDOW_MS)


def test_the_settings_know_the_same_commands():
    """A command that no key can be given for would be dead."""
    hints = Config.__struct_fields__
    assert "command_key" in hints
    assert {name.value for name in CommandName} == {"ping", "status", "profile_send", "test_alert"}
