"""The certificate as data: its schema, its bytes, and what it must not hide."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from edge.commissioning import course
from edge.commissioning.certificate import Where, as_bytes, digest, document
from edge.commissioning.record import Build, Run, StepName, Verdict
from edge.commissioning.standing import State, standing
from edge.domain import Instant, Sync
from edge.resources import resource
from tests.commissioning.runs import (
    BUILD,
    at,
    begun,
    done,
    facts,
    lived_in,
    paper,
    passed,
    whole,
)


def validator() -> Draft202012Validator:
    text = resource("config/schemas/certificate-1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("run", [begun(), whole(), lived_in()], ids=["begun", "whole", "lived_in"])
@pytest.mark.parametrize("where", [Where(), facts().where], ids=["unclaimed", "claimed"])
def test_every_certificate_keeps_to_its_schema(run: Run, where: Where) -> None:
    """Begun, finished, with and without a customer."""
    validator().validate(json.loads(as_bytes(document(run, facts(where=where)))))


@pytest.mark.parametrize("broken", [{"verdict": "fine"}, {"id": "1"}, {"steps": []}, {"by": ""}])
def test_the_schema_refuses_what_is_none(broken: dict[str, Any]) -> None:
    """It can fail."""
    assert list(validator().iter_errors(paper() | broken))


def test_what_was_not_proved_stands_in_the_list() -> None:
    """Failed, open and left out, each with its reason; what passed does not."""
    assert [(r["step"], r["subject"], r["verdict"], r["why"]) for r in paper()["open"]] == [
        ("devices", "door-1", "failed", "not_heard"),
        ("mains", "", "open", "mains_not_told"),
        ("recovery", "", "skipped", "skipped"),
    ]
    assert paper()["verdict"] == "failed"
    assert [r["why"] for r in document(begun(), facts())["open"]] == ["not_done"] * 8
    assert (
        document(whole(), facts())["open"]
        == [
            # nobody tested this home's two devices in that run: the table of devices says so
        ]
    )


def test_an_untested_device_is_never_shown_as_passed() -> None:
    """The table of devices holds every device of now."""
    rows = {d["id"]: d for d in document(whole(), facts())["devices"]}
    assert {(d["verdict"], d["why"]) for d in rows.values()} == {("open", "not_tested")}
    rows = {d["id"]: d for d in paper()["devices"]}
    assert rows["help-button"]["received_ms"] == 812
    assert rows["help-button"]["receivers"] == [{"id": "gateway", "dbm": -58}]
    assert rows["door-1"]["verdict"] == "failed"


def test_the_bytes_are_one_spelling() -> None:
    """The same run gives the same digest; one measured value more gives another."""
    assert as_bytes(paper()) == as_bytes(paper())
    assert digest(as_bytes(paper())) != digest(as_bytes(document(whole(), facts())))


def test_a_clock_that_was_not_set_is_said() -> None:
    """Dates of such a run mean little."""
    moment = Instant(boot="b1", boottime_ms=1, wall_ms=0, sync=Sync.NONE)
    run = course.begin("i", by="x", at=moment, build=BUILD, before=None, new=False)
    assert document(run, facts())["clock_trusted"] is False
    assert paper()["clock_trusted"] is True


# -- standing ---------------------------------------------------------------------------------


def ended() -> Run:
    run = whole()
    return type(run)(**{f: getattr(run, f) for f in run.__struct_fields__} | {"devices": ("a",)})


def state(last: Run | None, build: Build = BUILD, **more: Any) -> tuple[State, list[str]]:
    given: dict[str, Any] = {"devices": ["a"], "begun": False, "taken": None} | more
    found = standing(last, build, given.pop("devices"), **given)
    return found.state, [c.what for c in found.changes]


@pytest.mark.parametrize(
    "build, what",
    [
        (Build(release="0.2.0", schema=3, settings=BUILD.settings), ["release"]),
        (Build(release="0.1.0", schema=4, settings=BUILD.settings), ["schema"]),
        (Build(release="0.1.0", schema=3, settings="cd" * 32), ["settings"]),
        (Build(release="0.2.0", schema=4, settings="cd" * 32), ["release", "schema", "settings"]),
    ],
)
def test_an_update_makes_the_certificate_old(build: Build, what: list[str]) -> None:
    """Release, schema and settings, each by its name."""
    assert state(ended(), build) == (State.OUT_OF_DATE, what)


def test_how_a_home_stands() -> None:
    """Never, begun, commissioned; with a device more, or after a replacement, out of date."""
    assert state(None) == (State.NEVER, [])
    assert state(None, begun=True) == (State.UNFINISHED, [])
    assert state(ended()) == (State.COMMISSIONED, [])
    assert state(ended(), begun=True) == (State.UNFINISHED, [])
    assert state(ended(), devices=["a", "b"]) == (State.OUT_OF_DATE, ["device"])
    assert state(ended(), devices=[]) == (State.COMMISSIONED, [])
    assert state(ended(), taken=at(500)) == (State.OUT_OF_DATE, ["replaced"])
    assert state(ended(), taken=at(500, "b2")) == (State.OUT_OF_DATE, ["replaced"])
    assert state(ended(), taken=at(1)) == (State.COMMISSIONED, [])


def test_an_open_certificate_is_a_commissioning_all_the_same() -> None:
    """What is open is on the paper; the home is not "never" commissioned."""
    run = done(course.again(whole(), ["alarm"], at=at(300)), StepName.ALARM, second=301)  # type: ignore[list-item]
    run = done(run, StepName.CERTIFICATE, passed("certificate"), second=320)
    assert course.verdict(run) is Verdict.OPEN
    assert state(run, devices=[])[0] is State.COMMISSIONED
