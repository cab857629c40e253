"""Commands and their answers against the schemas that stand in the repository."""

from __future__ import annotations

import base64
import json

import pytest
from jsonschema import ValidationError

from edge.uplink.envelope import MessageError, Outturn, parse_reply, reply
from tests.commands import corpus
from tests.uplink.samples import NOW, ORIGIN, uid
from tests.uplink.test_envelope import validate

TOLD = Outturn(
    of=uid(1),
    nonce="0" * 32,
    command="status",
    verdict="done",
    result=(("owed", 0), ("slot", "current"), ("certificate_days", None)),
)


def test_what_is_obeyed_fits_the_schema():
    """Every right command of the corpus; an issuer can check its own before it signs."""
    right = [case for case in corpus.load() if case["verdict"] == "done"]
    assert len(right) > 3
    for case in right:
        validate(base64.b64decode(case["body"]))


@pytest.mark.parametrize(
    "name", ["unknown-member", "unknown-member-of-data", "an-argument", "mute-command", "no-end"]
)
def test_the_schema_is_as_strict_as_the_reader(name: str):
    """A command with more in it than its reader knows is none."""
    (case,) = [case for case in corpus.load() if case["name"] == name]
    with pytest.raises(ValidationError):
        validate(base64.b64decode(case["body"]))


def test_an_answer_fits_its_schema_and_is_read_back():
    """By the desk, for the gateway that it asked; what a newer one adds is ignored."""
    body = reply(ORIGIN, TOLD, id=uid(2), at=NOW)
    validate(body)
    told = parse_reply(body, ORIGIN.gateway)
    assert (told.data.of, told.data.verdict) == (uid(1), "done")
    assert told.data.result == dict(TOLD.result)
    newer = json.loads(body) | {"addedlater": 1}
    assert parse_reply(json.dumps(newer).encode(), ORIGIN.gateway) == told
    with pytest.raises(MessageError):
        parse_reply(body, "gw-0002")
