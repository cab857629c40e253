"""What comes in is a record or a `MessageError` that names the key, never anything else."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.events import Acknowledgement, Receipt
from edge.uplink import envelope
from edge.uplink.envelope import AckKind, MessageError
from tests.uplink import samples
from tests.uplink.samples import NOW, uid
from tests.uplink.test_envelope import PARSERS, built

ACCEPTED = json.loads(built()["ack-1.0-accepted"])


def changed(path: str, value: Any) -> bytes:
    """Return the accepted message with one member replaced, or removed when `value` is ..."""
    message = json.loads(json.dumps(ACCEPTED))
    *way, last = path.split(".")
    inner = message
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    "path, value, reason, key",
    [
        ("id", "7", "schema", "id"),
        ("id", ..., "schema", ""),
        ("specversion", "0.3", "schema", "specversion"),
        ("type", "fi.kotivahti.cmd.v1", "type", "type"),
        ("source", "urn:kotivahti:gateway:gw-0001", "source", "source"),
        ("time", "2026-03-02T14:00:00Z", "schema", "time"),
        ("data.of.source", "urn:kotivahti:gateway:gw-0002", "gateway", "data.of.source"),
        ("data.of.id", 7, "schema", "data.of.id"),
        ("data.of.alert", ..., "schema", "data.of.alert"),
        ("data.of.rev", 0, "schema", "data.of.rev"),
        ("data.kind", "unlock", "kind", "data.kind"),
        ("data.actor", ..., "schema", "data.actor"),
        ("data.actor", {"account": "", "role": "nurse"}, "schema", "data.actor.account"),
        ("data.eta_s", -1, "schema", "data.eta_s"),
        ("data.eta_s", 10**30, "schema", "data.eta_s"),
        ("data.outcome", "sold", "schema", "data.outcome"),
    ],
)
def test_a_refused_answer_names_the_key(path: str, value: Any, reason: str, key: str):
    """One wrong member is refused with a stable code and its place."""
    with pytest.raises(MessageError) as caught:
        envelope.parse_downlink(changed(path, value), "gw-0001")
    assert (caught.value.reason, caught.value.key) == (reason, key)


def test_a_closed_alert_needs_an_outcome():
    """How it ended is part of ending it."""
    with pytest.raises(MessageError) as caught:
        envelope.parse_downlink(changed("data.kind", "closed"), "gw-0001")
    assert caught.value.key == "data.outcome"


@pytest.mark.parametrize(
    "body, reason",
    [
        (b"", "json"),
        (b"{", "json"),
        (b"\xff\xfe", "json"),
        (b'{"id": "\xff"}', "json"),
        (b"null", "schema"),
        (b"[]", "schema"),
        (b"[" * 60_000, "depth"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "depth"),
        (b" " * 65_537, "size"),
    ],
    ids=["empty", "cut", "not-utf8", "bad-string", "null", "list", "deep", "deep-object", "big"],
)
def test_bodies_that_are_no_message(body: bytes, reason: str):
    """Size, depth and syntax are judged before any member is."""
    with pytest.raises(MessageError) as caught:
        envelope.parse_downlink(body, "gw-0001")
    assert caught.value.reason == reason


def test_brackets_inside_words_are_not_depth():
    """A title may contain any characters."""
    told = samples.smoke_alert()
    words = {"en": '[{"\\' * 30}
    body = envelope.alert(samples.ORIGIN, told, words, id=uid(1), sequence=1, at=NOW).body
    assert envelope.parse_alert(body, "gw-0001").data.alert.title == words


@given(body=st.binary(max_size=300))
def test_any_bytes_parse_or_raise_message_error(body: bytes):
    """The invariant of every reader."""
    for parse in PARSERS.values():
        with pytest.raises(MessageError):
            parse(body)


@given(data=st.data(), name=st.sampled_from(sorted(built())))
def test_a_damaged_message_parses_or_raises_message_error(data: st.DataObject, name: str):
    """One flipped byte, or a cut at any length."""
    body = bytearray(built()[name])
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(body))))
    try:
        PARSERS[name.split("-", maxsplit=1)[0]](bytes(body[:cut]))
    except MessageError as error:
        assert error.reason  # noqa: PT017 - accepting it is as good as refusing it


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(data=st.data(), name=st.sampled_from(sorted(built())), value=json_values)
def test_any_value_at_any_place_parses_or_raises(data: st.DataObject, name: str, value: Any):
    """A member of any type at any place is refused by name, or is ignored."""
    message = json.loads(built()[name])
    inner = message
    while True:
        keys = sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        deeper = inner[key]
        if not deeper or not isinstance(deeper, dict | list) or data.draw(st.booleans()):
            inner[key] = value
            break
        inner = deeper
    try:
        PARSERS[name.split("-", maxsplit=1)[0]](json.dumps(message).encode())
    except MessageError as error:
        assert error.reason  # noqa: PT017 - accepting it is as good as refusing it


def test_a_message_on_another_gateways_topic_is_refused():
    """Who speaks on a topic must be who it says it is."""
    for name, parse in {
        "alert-1.0": envelope.parse_alert,
        "obs-1.0": envelope.parse_observations,
        "devstatus-1.0": envelope.parse_device_status,
        "hb-1.0": envelope.parse_heartbeat,
        "claim-1.0-asked": envelope.parse_claim,
        "profile-1.0": envelope.parse_profile,
    }.items():
        with pytest.raises(MessageError) as caught:
            parse(built()[name], "gw-0002")
        assert caught.value.reason == "source"


def test_a_batch_that_does_not_add_up_is_refused():
    """Completeness is proved by the counts, so they are held to the rows."""
    message = json.loads(built()["obs-1.0"])
    message["data"]["count"] = 3
    with pytest.raises(MessageError) as caught:
        envelope.parse_observations(json.dumps(message).encode(), "gw-0001")
    assert caught.value.key == "data.count"


def test_the_id_of_a_refused_message_is_read_where_there_is_one():
    """A sender whose message is refused can be told which."""
    message = json.loads(built()["alert-1.0"])
    message["data"] = 7
    assert envelope.readable_id(json.dumps(message).encode()) == uid(1)
    assert envelope.readable_id(b"{}") is None
    assert envelope.readable_id(b"[" * 100) is None


def test_answers_become_events():
    """A receipt and a decision reach the rules, a refusal does not."""
    out = built()
    accepted = envelope.parse_downlink(out["ack-1.0-accepted"], "gw-0001")
    assert envelope.as_event(accepted) == Acknowledgement(
        alert=uid(0xA1), kind="accepted", actor=samples.ANNA, eta_s=900, message=uid(7), rev=1
    )
    received = envelope.parse_downlink(out["ack-1.0-received"], "gw-0001")
    assert envelope.as_event(received) == Receipt(alert=uid(0xA1), rev=1)
    closed = envelope.parse_downlink(out["ack-1.0-closed"], "gw-0001")
    assert envelope.as_event(closed) == Acknowledgement(
        alert=uid(0xA1),
        kind="closed",
        actor=samples.ANNA,
        outcome="helped",
        message=uid(8),
        rev=1,
    )
    rejected = envelope.parse_downlink(out["ack-1.0-rejected"], "gw-0001")
    assert rejected.kind is AckKind.REJECTED
    assert envelope.as_event(rejected) is None


@pytest.mark.parametrize(
    "tail",
    [b'"' + b'\\"' * 32_000, b'"' * 65_000, b'"' + b"\\" * 65_000],
    ids=["escaped", "quotes", "slashes"],
)
def test_an_unclosed_string_costs_no_more_than_its_length(tail: bytes) -> None:
    """A message of 64 kB that tries every quotation mark anew would hold the loop for seconds."""
    body = (b"[]" * 20 + tail)[: envelope.DOWN_BYTES_MAX]
    began = time.process_time()
    with pytest.raises(MessageError):
        envelope.parse_downlink(body, "gw-0001")
    assert time.process_time() - began < 0.5  # linear: two milliseconds; quadratic: eight seconds


@pytest.mark.parametrize("key", ["since", "last_seen"])
def test_a_device_status_with_an_impossible_moment_is_refused(key: str) -> None:
    """The thirteenth month has the shape of a time and is none."""
    message = json.loads(built()["devstatus-1.0"])
    message["data"][key] = "2026-13-01T00:00:00+00:00"
    with pytest.raises(MessageError) as caught:
        envelope.parse_device_status(json.dumps(message).encode(), samples.ORIGIN.gateway)
    assert (caught.value.reason, caught.value.key) == ("time", f"data.{key}")
