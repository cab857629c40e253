"""Runs of a made-up home, for tests of the course, the certificate and the paper."""

from __future__ import annotations

from typing import Any

from edge.commissioning import course
from edge.commissioning.certificate import Facts, Where, document
from edge.commissioning.record import ORDER, Build, Check, Measure, Run, StepName, Verdict
from edge.domain import Device, Instant, Role

BUILD = Build(release="0.1.0", schema=3, settings="ab" * 32)
IDENT = "01a200f6-8b2d-7aaa-8bbb-0123456789ab"
BY = "Asta Asentaja"
WALL_MS = 1_795_680_000_000


def at(second: float, boot: str = "b1") -> Instant:
    ms = int(second * 1000)
    return Instant(boot=boot, boottime_ms=1000 + ms, wall_ms=WALL_MS + ms, offset_min=120)


def begun(build: Build = BUILD, before: Run | None = None) -> Run:
    return course.begin(IDENT, by=BY, at=at(0), build=build, before=before, new=False)


def measure(name: str, value: Any, unit: str = "1") -> Measure:
    return Measure(name=name, value=value, unit=unit)


def done(run: Run, name: StepName, *checks: Check, second: float, hands_on_ms: int = 0) -> Run:
    """The step gone through, ten seconds long."""
    run = course.enter(run, name, at=at(second), by=BY)
    for check in checks:
        run = course.note(run, name, check, at=at(second))
    return course.finish(run, name, at=at(second + 10), hands_on_ms=hands_on_ms)


def passed(name: str, subject: str = "", **more: Any) -> Check:
    return Check(name=name, subject=subject, verdict=Verdict.PASSED, **more)


def whole() -> Run:
    """Every step passed."""
    run = begun()
    for n, name in enumerate(ORDER):
        run = done(run, name, passed(name.value), second=n * 10)
    return run


DEVICES = (
    Device(id="help-button", driver="bthome", role=Role.HELP_BUTTON, address="a", room="bedroom"),
    Device(
        id="door-1",
        driver="bthome",
        role=Role.DOOR,
        address="b",
        label="Front <door>",
        room="hallway",
    ),
)
WHERE = Where(
    state="confirmed",
    customer="c-0188",
    name="Aino Esimerkki",
    address="Mallikatu 12 B 7, Helsinki",
)


def facts(**changes: Any) -> Facts:
    given: dict[str, Any] = {
        "gateway": "gw-0001", "site": "site-88", "customer": "c-0188", "store": "s", "build": BUILD,
        "where": WHERE, "devices": DEVICES,
    }  # fmt: skip
    return Facts(**(given | changes))


def lived_in() -> Run:
    """One of each verdict, with measures, an alarm there and back and a device that failed."""
    run = begun()
    clock = passed("clock", measures=(measure("sync", "ntp", ""),))
    disk = passed("disk", measures=(measure("free", 11_800, "MiBy"), measure("sync_ms", 38, "ms")))
    run = done(run, StepName.BOX, clock, disk, second=0)
    run = done(run, StepName.CLAIM, passed("claim"), second=10, hands_on_ms=41_000)
    button = passed(
        "device",
        "help-button",
        measures=(
            measure("packets", 7), measure("rssi:gateway", -58, "dB[mW]"),
            measure("battery", 97.0, "%"), measure("stored_ms", 14, "ms"),
            measure("received_ms", 812, "ms"),
        ),
    )  # fmt: skip
    door = Check(name="device", subject="door-1", verdict=Verdict.FAILED, why="not_heard")
    run = done(run, StepName.DEVICES, button, door, second=20, hands_on_ms=100_000)
    none = Check(name="tag", verdict=Verdict.NOT_APPLICABLE, why="no_tags")
    run = done(run, StepName.TAGS, none, second=30)
    room = Check(name="room", verdict=Verdict.NOT_APPLICABLE, why="not_decided")
    run = done(run, StepName.ROOMS, room, second=40)
    alarm = passed(
        "alarm", "help-button", by="anna",
        measures=(measure("received_ms", 745, "ms"), measure("acknowledged_ms", 18_400, "ms")),
    )  # fmt: skip
    run = done(run, StepName.ALARM, alarm, second=50, hands_on_ms=20_000)
    mains = Check(name="mains", verdict=Verdict.OPEN, why="mains_not_told")
    run = done(run, StepName.MAINS, mains, second=60)
    run = course.skip(run, StepName.RECOVERY, "the son is not here", at=at(70), by=BY)
    return done(run, StepName.CERTIFICATE, passed("certificate"), second=80)


def paper() -> dict[str, Any]:
    return document(lived_in(), facts())
