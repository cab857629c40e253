"""A real gateway whose clock is not set, over TLS to a real broker: told at once, dated later.

The process is started with clocks of its own (`tests/support/wall_clock.cpp`): a wall clock that
begins in 1970, a kernel that does not vouch for it, and boots that follow each other.
"""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_rotation import DESK, GATEWAY, Secured
from tests.e2e.world import eventually, kotivahti
from tests.support.certificates import Authority
from tests.support.region import ready
from tests.support.wall_clock import WallClock

pytestmark = pytest.mark.timeout(180)

# The gateway looks at the kernel every ten seconds.
SYNC_MAX_S = 30.0
YEARS_10_S = 3_652 * 86_400


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[WallClock]:
    made = WallClock(tmp_path)
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path, clock: WallClock) -> Iterator[Secured]:
    papers = tmp_path / "papers"
    papers.mkdir()
    authority = Authority(papers)
    authority.issue("broker")
    with ready(tmp_path, papers, DESK) as broker:
        made = Secured(tmp_path, broker, authority)
        made.env["gateway"] = clock.env
        try:
            made.start_home()
            text = made.settings.read_text(encoding="utf-8")
            assert "trusted_clock = true" in text
            text = text.replace("trusted_clock = true", "trusted_clock = false")
            made.settings.write_text(text, encoding="utf-8")
            made.secure(made.settings, GATEWAY)
            made.start_desk()
            yield made
        finally:
            made.stop()


def start(world: Secured) -> None:
    super(Secured, world).start_gateway()
    eventually("connected over TLS", lambda: world.path()["up"])


def newer(world: Secured, code: str, known: set[tuple[str, int]]) -> dict[str, Any]:
    """A revision of that code which is not known yet, as the desk has it."""

    def look() -> dict[str, Any] | None:
        rows = [row for row in world.desk_alerts() if row["code"] == code]
        return next((row for row in rows if (row["id"], row["rev"]) not in known), None)

    found: dict[str, Any] = eventually(f"{code} at the desk", look, SYNC_MAX_S)
    return found


def happen(world: Secured, code: str, *what: str) -> dict[str, Any]:
    known = {(row["id"], row["rev"]) for row in world.desk_alerts()}
    world.happen(*what)
    return newer(world, code, known)


def synced(world: Secured, state: str) -> None:
    eventually(f"clock {state}", lambda: world.gateway("status")["clock"] == state, SYNC_MAX_S)


def export(world: Secured, path: Path) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The readings of an export, from its JSON and from its table."""
    kotivahti("export", str(path), "--by", "relative.one", "--config", str(world.settings))
    with zipfile.ZipFile(path) as archive:
        rows = json.loads(archive.read("readings.json"))["tables"]["observation"]
        table = archive.read("readings.csv").decode()
    return rows, list(csv.DictReader(io.StringIO(table)))


def ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


def now_ms() -> float:
    return time.time() * 1000


def test_told_in_1970_and_dated_by_the_time_server(
    world: Secured, clock: WallClock, tmp_path: Path
) -> None:
    """One alert, one more revision, nobody asked anew; commands and export have the true time."""
    start(world)  # every certificate is "not yet valid" for it
    assert world.gateway("status")["clock"] == "none"
    began_ms = now_ms() - 1_000
    early = happen(world, "help_button", "press", "help-button")
    ended_ms = now_ms() + 1_000
    assert (early["sync"], early["state"], early["priority"]) == ("none", "raised", "critical")
    (row,) = world.gateway("alerts")
    assert row["raised"] == "../.."
    assert "time not known" in world.gateway_says("alerts")

    clock.set_right()
    dated = newer(world, "help_button", {(early["id"], early["rev"])})
    assert (dated["id"], dated["rev"]) == (early["id"], early["rev"] + 1)
    assert (dated["sync"], dated["state"], dated["priority"]) == ("ntp", "raised", "critical")
    assert (dated["escalation"], dated["late"], dated["holder"]) == (1, False, None)
    assert began_ms <= dated["raised_ms"] <= ended_ms
    (row,) = world.gateway("alerts")
    assert began_ms <= ms(row["raised"]) <= ended_ms
    lines = world.gateway("disclosures")["disclosures"]
    assert {line["clock"] for line in lines} == {"none", "ntp"}
    assert all(began_ms - 60_000 <= ms(line["first"]) <= now_ms() for line in lines)

    rows, table = export(world, tmp_path / "home.zip")
    pressed = [one["at"] for one in rows if one["kind"] == "button"]
    assert pressed
    assert all(at["raw"].startswith("1970-") and at["error_ms"] < 2_000 for at in pressed)
    assert all(began_ms <= ms(at["time"]) <= ended_ms for at in pressed)
    assert [one["at"]["time"] for one in rows] == [one["time"] for one in table]
    assert "1970-" in {one["raw_time"][:5] for one in table}


@pytest.mark.slow
def test_a_jump_of_ten_years_is_not_believed(
    world: Secured, clock: WallClock, tmp_path: Path
) -> None:
    """The kernel vouches for it, boottime does not: told at once, marked, and right afterwards."""
    clock.set_right()
    start(world)
    synced(world, "ntp")
    clock.set(time.time() + YEARS_10_S)
    synced(world, "none")
    jumped = happen(world, "help_button", "press", "help-button")
    assert (jumped["sync"], jumped["state"]) == ("none", "raised")
    clock.set_right()
    dated = newer(world, "help_button", {(jumped["id"], jumped["rev"])})
    assert (dated["id"], dated["sync"], dated["late"]) == (jumped["id"], "ntp", False)
    assert now_ms() - 60_000 < dated["raised_ms"] < now_ms()
    rows, _ = export(world, tmp_path / "home.zip")
    assert any(one["kind"] == "button" for one in rows)
    assert all(ms(one["at"]["time"]) < now_ms() + 1_000 for one in rows)


@pytest.mark.slow
def test_a_boot_that_never_knew_the_time_is_told_as_an_interval(
    world: Secured, clock: WallClock, tmp_path: Path
) -> None:
    """Between the boots around it, at the desk, in commands and in the export; never a moment."""
    clock.set_right()
    start(world)
    synced(world, "ntp")
    world.happen("press", "help-button")
    world.on_desk("help_button", "raised")
    trusted_ms = now_ms() - 60_000
    world.kill("gateway")
    clock.reboot()
    start(world)
    lost = happen(world, "smoke", "smoke", "smoke-1", "on")
    smoked_ms = now_ms()
    world.kill("gateway")
    clock.reboot()
    clock.set_right()
    start(world)
    placed = newer(world, "smoke", {(lost["id"], lost["rev"])})
    assert (placed["id"], placed["sync"], placed["state"]) == (lost["id"], "none", "raised")
    ends = (placed["raised_after_ms"], placed["raised_before_ms"])
    assert trusted_ms <= ends[0] <= smoked_ms <= ends[1] + 1_000
    assert "time uncertain: " in world.desk("alerts", "--lang", "en")
    rows = [row for row in world.gateway("alerts") if row["code"] == "smoke"]
    after, before = rows[0]["raised"].split("/")
    assert (round(ms(after)), round(ms(before))) == ends
    assert "time uncertain: between" in world.gateway_says("alerts")
    seen, _ = export(world, tmp_path / "home.zip")
    assert any("/" in one["at"]["time"] for one in seen)
