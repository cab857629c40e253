"""The published vectors of the appliance link, against the gateway's side and the simulator's."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from edge.domain import Device, Role
from edge.drivers.base import SerialFrame
from edge.drivers.codec import crc16_ccitt_false
from edge.drivers.serial import appliance
from edge.drivers.serial.appliance_line import FRAME_BYTES, LineFramer, cut
from edge.errors import DecodeError
from edge.sim import appliance as simulator
from edge.sim import encode
from tests.support.clock import instant

FILE = Path(__file__).parents[2] / "docs/appliance-link/vectors.toml"
SHEET: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
VALID = [one for one in SHEET["frame"] if "refused" not in one]
REFUSED = [one for one in SHEET["frame"] if "refused" in one]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def decoded(line: str, serial: str, state: bytes = b"") -> Any:
    device = Device(id="a", driver="appliance", role=Role.MEDICATION_ROBOT, address=serial)
    frame = SerialFrame(data=line.encode("latin-1"))
    return appliance.decode(device, state, frame, instant())


@pytest.mark.parametrize("one", SHEET["crc"], ids=lambda one: one["text"])
def test_the_checksum(one: dict[str, str]) -> None:
    """Both of ours, written apart."""
    assert f"{crc16_ccitt_false(one['text'].encode()):04X}" == one["crc"]
    assert f"{encode.crc16_ccitt_false(one['text'].encode()):04X}" == one["crc"]


@pytest.mark.parametrize("one", VALID, ids=names(VALID))
def test_a_valid_frame_means_what_stands_beside_it(one: dict[str, Any]) -> None:
    """Cut by the gateway, made anew by the simulator, and told."""
    raw = one["line"].encode("ascii")
    framer = LineFramer()
    assert framer.feed(raw + b"\r\n") == [raw]
    line = cut(raw)
    assert [line.serial, line.type, line.boot, line.seq, line.uptime_ms, line.values] == [
        one[key] for key in ("serial", "type", "boot", "seq", "uptime_ms", "values")
    ]
    made = encode.link_line(
        one["serial"],
        one["type"],
        boot=one["boot"],
        seq=one["seq"],
        uptime_ms=one["uptime_ms"],
        fields=one["values"],
    )
    assert made == raw + b"\r\n"
    assert len(made) <= FRAME_BYTES
    told = decoded(one["line"], one["serial"]).observations
    assert [[seen.kind, seen.value] for seen in told] == one["tells"]


@pytest.mark.parametrize("one", REFUSED, ids=names(REFUSED))
def test_a_refused_frame_is_refused_for_its_reason(one: dict[str, Any]) -> None:
    """Reason and byte are the published ones."""
    with pytest.raises(DecodeError) as refused:
        decoded(one["line"], "")
    assert (refused.value.reason, refused.value.byte) == (one["refused"], one["byte"])


@pytest.mark.parametrize("one", SHEET["exchange"], ids=names(SHEET["exchange"]))
def test_an_exchange_goes_as_published(one: dict[str, Any]) -> None:
    """What the gateway writes after each line, and which events are new."""
    state = b""
    for step in one["steps"]:
        said = decoded(step["in"], "MR-1042", state)
        state = state if said.state is None else said.state
        assert [reply.decode().removesuffix("\r\n") for reply in said.replies] == step["out"]
        new = [seen for seen in said.observations if seen.kind == "dose"]
        assert len(new) == step["told"]


def test_every_event_has_a_vector_and_a_word_in_the_simulator() -> None:
    """Published, decoded and playable: none is left out."""
    published = {one["values"].get("event") for one in VALID if one["type"] == "EV"}
    assert set(appliance.EVENTS) <= published
    models = (simulator.ROBOT, simulator.DISPENSER)
    playable = {event for model in models for event in model.words.values()}
    assert playable == set(appliance.EVENTS)


def test_what_begins_can_end() -> None:
    """Every state that an event begins has an event that ends it; tampering stays for a person."""
    values: dict[str, set[object]] = {}
    for kind, value in appliance.EVENTS.values():
        values.setdefault(kind, set()).add(value)
    states = {kind for kind, told in values.items() if True in told} - {"tamper"}
    assert {kind for kind in states if False not in values[kind]} == set()
