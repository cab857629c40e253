"""The main job, whole: from a device's bytes to a named person, through public commands alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.world import NURSE, World, eventually

pytestmark = pytest.mark.timeout(90)


def test_every_device_of_the_home_is_heard(world: World):
    """Adverts, a measuring device and two serial lines: all are alive within half a minute."""
    world.happen("measure", "bp-1", "138", "84", "66")

    def silent() -> list[str]:
        return [d["id"] for d in world.gateway("status")["devices"] if d["heard_s_ago"] is None]

    eventually("every device heard", lambda: not silent(), 30)


def test_a_help_button_reaches_a_named_person_and_is_closed(world: World):
    """Raised, received, acknowledged by a person with an account, closed with an outcome."""
    world.happen("press", "help-button")
    alert = world.on_desk("help_button", "raised")
    assert alert["priority"] == "critical"
    assert alert["raised_to_received_ms"] < 5_000
    world.decide("accept", alert["id"], "--eta", "10")
    taken = eventually(
        "the gateway knows who has it",
        lambda: [a for a in world.gateway("alerts", "--open") if a["state"] == "acknowledged"],
    )
    assert taken[0]["by"] == NURSE
    world.decide("close", alert["id"], "--outcome", "helped")
    closed = world.on_desk("help_button", "closed")
    assert closed["outcome"] == "helped"
    steps = next(a for a in world.gateway("alerts") if a["id"] == alert["id"])["steps_ms"]
    assert steps["stored"] <= steps["received"] <= steps["acknowledged"] <= steps["closed"]


def test_a_missed_dose_is_told_from_the_robots_own_line(world: World):
    """The robot says that a dose was missed; the event is acknowledged on the line once stored."""
    world.happen("event", "robot-1", "due", "1")
    world.happen("event", "robot-1", "missed", "1")
    assert world.on_desk("missed_dose")["priority"] == "high"
    eventually("the robot has nothing left to send", lambda: "0 unack" in _status(world))


def _status(world: World) -> str:
    return world.happen("status").replace("unacknowledged", "unack")


def _smoke(world: World) -> dict[str, Any]:
    """The smoke alarm sounds; one alert, however often a test asks for it."""
    world.happen("smoke", "smoke-1", "on")
    return world.on_desk("smoke")


def test_smoke_asks_for_112_first(world: World):
    """The first words are what to do, in each language; the alarm's end closes nothing."""
    alert = _smoke(world)
    assert alert["title"]["fi"].startswith("Soita 112")
    assert alert["title"]["sv"].startswith("Ring 112")
    assert alert["title"]["en"].startswith("Call 112")
    world.happen("smoke", "smoke-1", "off")
    eventually("the quiet alarm is noted", lambda: world.on_desk("smoke")["rev"] > alert["rev"])
    assert world.on_desk("smoke")["state"] == "raised"


def test_the_fire_level_has_its_reasons_from_checklist_and_model(world: World):
    """Answers become a level; the model adds reasons and an index and sets nothing."""
    before = world.gateway("checklist", "score", "fire")
    assert before["level"] == "grey"
    answers = ["FS-01=ok", "FS-02=dead", "FS-05=bed", "FS-06=new", "FS-22=no"]
    options = [word for answer in answers for word in ("--answer", answer)]
    found = world.gateway("checklist", "ask", "fire", "--by", NURSE, *options)
    assert found["level"] == "red"
    sources = {reason["source"].partition(":")[0] for reason in found["reasons"]}
    assert sources == {"checklist", "model"}
    assert found["model"] == "home-risk/2.0.0"
    assert world.on_desk("level_changed")["priority"] == "high"


def test_a_wrong_password_decides_nothing(world: World, tmp_path):
    """An account that does not authenticate exits 3 and changes nothing."""
    alert = _smoke(world)
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password")
    out = world.desk(
        "accept", alert["id"], "--as", NURSE, "--password-file", str(wrong), check=False
    )
    assert "accepted" not in out
    assert world.on_desk("smoke")["holder"] is None


def test_readings_without_a_purpose_stay_in_the_home(world: World):
    """Blood pressure was measured and stored; that a cuff works is told, no reading of it is."""
    world.happen("measure", "bp-1", "141", "86", "70")
    eventually("the cuff is heard", lambda: _heard(world, "bp-1"), 30)
    world.happen("press", "help-button")  # whatever waits in the telemetry lane goes along
    pressed = world.on_desk("help_button", "raised")  # it is done with before the next test's press
    world.decide("accept", pressed["id"], "--eta", "10")
    world.decide("close", pressed["id"], "--outcome", "false_alarm")
    eventually("readings are at the desk", lambda: b"battery" in _desk_bytes(world))
    there = _desk_bytes(world)
    kinds = (b"blood_pressure_systolic", b"blood_pressure_diastolic", b"pulse_rate")
    assert not [kind for kind in kinds if kind in there]


def _desk_bytes(world: World) -> bytes:
    return (world.folder / "desk.db").read_bytes() + (world.folder / "desk.db-wal").read_bytes()


def _heard(world: World, device: str) -> bool:
    rows = world.gateway("status")["devices"]
    return next(d for d in rows if d["id"] == device)["heard_s_ago"] is not None
